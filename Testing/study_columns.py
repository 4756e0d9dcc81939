"""The columns of a synthetic signature: which there are, what drives them, and which are the causes of the outcome."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from NACResponseLib.features.names import deep_names, handcrafted_names
from NACResponseLib.features.table import HANDCRAFTED
from NACResponseLib.protocol import Delta, Protocol

FACTORS, CAUSES, FOLLOWERS = 10, 3, 4
DEEP = "resnet50"
"""What a signature of deep features is made of."""


@dataclass(frozen=True)
class Block:
    """The columns of a signature.

    Attributes:
        names: (p,) in the order of their table.
        loadings: (p, factors + causes) on the latent variables; ``noise`` (p,) beside them.
        skewed, scale, shift: (p,) how a column's value is made of that.
        families: by cause: itself, then the columns that follow it.
    """

    feature_set: str
    names: tuple[str, ...]
    loadings: NDArray[np.float64]
    noise: NDArray[np.float64]
    skewed: NDArray[np.bool_]
    scale: NDArray[np.float64]
    shift: NDArray[np.float64]
    families: tuple[tuple[str, ...], ...]

    def columns(self, latent: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
        """(n, p) from (n, factors + causes)."""
        values = latent @ self.loadings.T + self.noise * random.normal(size=(len(latent), len(self.names)))
        return self.shift + self.scale * np.where(self.skewed, np.exp(0.6 * values), values)


def signature_columns(
    protocol: Protocol, spec: Mapping[str, Any], columns: int | None, random: np.random.Generator
) -> tuple[str, tuple[str, ...]]:
    """The feature set and the columns that a signature is made of."""
    feature_set = {"deep": DEEP}.get(spec["features"], spec["features"])
    if feature_set == HANDCRAFTED:
        names = handcrafted_names(protocol)
    else:
        names = deep_names(protocol, int(feature_set.removeprefix("resnet")))
    kinds = list(dict.fromkeys(split(name)[2] for name in names))
    if columns is not None and columns < len(names):
        kept = max(2, round(columns / len(names) * len(kinds)))
        kinds = list(random.choice(kinds, kept, replace=False))
    return feature_set, tuple(name for name in names if split(name)[2] in kinds and _belongs(protocol, name, spec))


def split(name: str) -> tuple[str, str, str]:
    """``MRI_T2``, ``Peri``, ``glcm_Contrast`` of a feature's name."""
    place, region, kind = re.split("_(Intra|Peri)_", name, maxsplit=1)
    return place, region, kind


def _belongs(protocol: Protocol, name: str, spec: Mapping[str, Any]) -> bool:
    place, contours = split(name)[0], spec.get("contours") or (*protocol.contours, "delta")
    if place in protocol.deltas:
        return bool(spec.get("deltas", "delta" in contours))
    return (protocol.images[place].contour if place in protocol.images else place) in contours


def changes(protocol: Protocol, names: Sequence[str]) -> Iterator[tuple[Delta, str, str, str]]:
    """Each change among the columns: the names of the change itself, of before and of after."""
    known = set(names)
    for name in names:
        place, region, kind = split(name)
        if place in protocol.deltas:
            delta = protocol.deltas[place]
            before, after = (f"{one}_{region}_{kind}" for one in (delta.before, delta.after))
            if {before, after} <= known:
                yield delta, name, before, after


def plant(feature_set: str, names: tuple[str, ...], made: set[str], random: np.random.Generator) -> Block:
    """Loadings on one to three factors; causes and their families stand where the values are not made of others."""
    count = len(names)
    loadings = np.zeros((count, FACTORS + CAUSES))
    for row in loadings:
        places = random.choice(FACTORS, random.integers(1, 4), replace=False)
        row[places] = random.choice([-1, 1], len(places)) * np.sqrt(random.dirichlet(np.ones(len(places))))
    explained = random.uniform(0.5, 0.97, count)
    skewed = random.random(count) < 0.5
    free = random.permutation([place for place, name in enumerate(names) if name not in made])
    families = free[: CAUSES * (1 + FOLLOWERS)].reshape(CAUSES, -1)
    for cause, family in enumerate(families):
        loadings[family] = 0.0
        loadings[family, FACTORS + cause] = random.choice([-1, 1], len(family))
        explained[family] = random.uniform(0.7, 0.9, len(family))
        explained[family[0]], skewed[family[0]] = 1.0, False
    return Block(
        feature_set,
        names,
        loadings * np.sqrt(explained)[:, None],
        np.sqrt(1 - explained),
        skewed,
        10 ** random.uniform(-1, 2, count),
        random.normal(0, 10, count),
        tuple(tuple(names[place] for place in family) for family in families),
    )
