"""How often each feature was selected over partitions, by image, region and kind (Jang et al., tables 3 and 4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass

RECURRENT_SHARE = 0.5
_IMAGING = re.compile(r"(?P<image>.+)_(?P<region>Intra|Peri)_(?P<rest>\d{4,}|[a-z]+(2D)?_.+)")
_OTHERS = {
    "shape": re.compile(r"(^|_)(shape|shape2D|morph|morphology)_"),
    "first-order": re.compile(r"(^|_)(firstorder|stat|ih|ivh|loc)_"),
    "texture": re.compile(r"(^|_)(glcm|glrlm|glszm|gldm|ngtdm|cm|rlm|szm|dzm|ngt|ngl)_"),
}
"""Kinds of features by parts of the names that pyradiomics and MIRP give them."""
_FAMILIES = {"shape": "shape", "shape2D": "shape", "firstorder": "first-order"}
_FAMILIES |= dict.fromkeys(("glcm", "glrlm", "glszm", "gldm", "ngtdm"), "texture")


@dataclass(frozen=True)
class Origin:
    """Where a feature comes from: ``image`` (or contour), ``region`` (both empty where not from images), and ``kind``:
    clinical, shape, first-order, texture, deep or other."""

    image: str
    region: str
    kind: str


@dataclass(frozen=True)
class Selected:
    """A feature, its origin, and in how many of ``partitions`` partitions it was selected."""

    feature: str
    origin: Origin
    times: int
    partitions: int

    @property
    def recurrent(self) -> bool:
        """Selected in at least half of the partitions (five of ten in Jang et al.)."""
        return self.times >= RECURRENT_SHARE * self.partitions


@dataclass(frozen=True)
class SelectionSummary:
    """Unique features, mean number per partition, how many appeared once, and how many in at least half."""

    unique: int
    per_partition: float
    once: int
    recurrent: int


def origin_of(feature: str, clinical: Container[str]) -> Origin:
    """The origin that a feature's name states (``features.names``, or as pyradiomics and MIRP have it); what is no
    imaging feature is clinical or other.

    Args:
        clinical: names of the clinical variables.
    """
    match = _IMAGING.fullmatch(feature)
    if match is None:
        if feature in clinical:
            return Origin("", "", "clinical")
        return Origin("", "", next((kind for kind, found in _OTHERS.items() if found.search(feature)), "other"))
    rest = match["rest"]
    family = rest.partition("_")[0]
    return Origin(match["image"], match["region"], "deep" if rest.isdigit() else _FAMILIES.get(family, "other"))


def selection_frequency(
    times_selected: Mapping[str, int], partitions: int, clinical: Container[str]
) -> tuple[Selected, ...]:
    """Features by descending frequency, then by name; those never selected are left out.

    Args:
        clinical: names of the clinical variables.
    """
    times_of = {name: int(times) for name, times in times_selected.items() if times}
    rows = [Selected(name, origin_of(name, clinical), times, partitions) for name, times in times_of.items()]
    return tuple(sorted(rows, key=lambda row: (-row.times, row.feature)))


def summarize(selected: tuple[Selected, ...]) -> SelectionSummary:
    """The figures that Jang et al. give in section 3.3."""
    partitions = max((row.partitions for row in selected), default=1)
    return SelectionSummary(
        unique=len(selected),
        per_partition=sum(row.times for row in selected) / partitions,
        once=sum(row.times == 1 for row in selected),
        recurrent=sum(row.recurrent for row in selected),
    )


def count_origins(selected: tuple[Selected, ...]) -> list[tuple[str, int]]:
    """How many recurrent features come from where: ``MRI_T2 Peri, deep`` and so on; most first."""
    places = Counter(
        f"{row.origin.image} {row.origin.region}, {row.origin.kind}" if row.origin.image else row.origin.kind
        for row in selected
        if row.recurrent
    )
    return sorted(places.items(), key=lambda item: (-item[1], item[0]))
