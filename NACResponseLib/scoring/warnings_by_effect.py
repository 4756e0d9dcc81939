"""What a reader must know of a patient's inputs, those warnings first that could change the probability most.

The effect of a warning is how far this patient's probability goes while one of the inputs that it is about runs over
the central 98 % of the training patients, all others held as they are; of several inputs the one that matters most. It
says what is at stake, not how wrong the score is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..model.bundle import Bundle
from ..model.columns import VOLUME
from .explanation import shown, shown_range

EVERYTHING = 1.0
"""The effect of what puts the whole score in question."""
_STEPS = 5


class Warned:
    """Warnings of one patient with their effects.

    Args:
        row: (inputs,), raw, NaN where missing; ``prepared``: as the model sees it.
        scanners: by group of features, where known.
    """

    def __init__(self, bundle: Bundle, row: NDArray[Any], prepared: NDArray[Any], scanners: Mapping[str, str]) -> None:
        self._bundle, self._row, self._prepared, self._scanners = bundle, row, prepared, scanners

    def sorted(self, given: Sequence[str]) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """All warnings, the largest effect first, and their effects, rounded to the thousandth.

        Args:
            given: what was noticed while the images were read and measured.
        """
        nothing = self._bundle.nothing_learned
        found = [(EVERYTHING, nothing)] if nothing else []
        found += [(self._of_images, text) for text in given]
        found += [*self._inputs(), *self._unseen_scanners()]
        ordered = sorted(found, key=lambda one: -one[0])
        return tuple(text for _, text in ordered), tuple(round(effect, 3) for effect, _ in ordered)

    def effect(self, places: Iterable[int]) -> float:
        """The largest effect of the inputs in these places."""
        return max((self._spread(place) for place in places), default=0.0)

    @cached_property
    def _of_images(self) -> float:
        return self.effect(self._image_places())

    def _image_places(self, group: str = "") -> list[int]:
        own = {name: place for place, name in enumerate(item.name for item in self._bundle.inputs)}
        clinical = set(self._bundle.variables) - {VOLUME}
        return [place for name, place in own.items() if name not in clinical and name.startswith(group)]

    def _spread(self, place: int) -> float:
        item, found = self._bundle.inputs[place], []
        steps = (0.0, 1.0) if item.kind == "binary" else np.linspace(item.p01, item.p99, _STEPS)
        if item.quantiles:
            steps = np.array(item.quantiles)[np.linspace(1, 99, _STEPS).astype(int)]
        for value in steps:
            row = np.where(np.arange(len(self._row)) == place, value, self._row)
            try:
                found.append(self._bundle.averaged_probability(self._bundle.prepared(row, self._scanners)))
            except InputError:  # a value that the model refuses tells nothing
                continue
        own = self._bundle.averaged_probability(self._prepared)
        return max([*found, own]) - min([*found, own])

    def _unseen_scanners(self) -> Iterator[tuple[float, str]]:
        preparation = self._bundle.preparation
        for group, effects in preparation.effects.items() if preparation else ():
            for scanner in effects.unseen(np.array([self._scanners.get(group, "")])):
                yield (
                    self.effect(self._image_places(group)),
                    f"The {group} scanner ({scanner}) is none of the training patients' "
                    f"({', '.join(effects.scanners)}): {group} features are used as they are, and the score may be "
                    "off.",
                )

    def _inputs(self) -> Iterator[tuple[float, str]]:
        if self._bundle.card.demonstration:
            yield EVERYTHING, "This model was trained on synthetic patients and is a demonstration only."
        for place, (item, value) in enumerate(zip(self._bundle.inputs, self._row, strict=True)):
            if math.isnan(value):
                yield self._spread(place), self._missing(place)
            elif item.kind != "binary" and not item.low <= value <= item.high:
                yield (
                    self._spread(place),
                    f"{item.label} {shown(item, value)} lies outside the training patients' range "
                    f"({shown_range(item, item.low, item.high)}): the model has no experience there.",
                )
            elif item.kind == "continuous" and not item.p01 <= value <= item.p99:
                yield (
                    self._spread(place),
                    f"{item.label} {shown(item, value)} is unusual: 98 % of the training patients lie within "
                    f"{shown_range(item, item.p01, item.p99)}.",
                )

    def _missing(self, place: int) -> str:
        bundle, item = self._bundle, self._bundle.inputs[place]
        known = f"{item.label} is not known, as in {item.missing} of {bundle.card.patients:,} training patients"
        if item.kind != "binary" or item.prevalence is None:
            stands = "" if bundle.preparation is None else " the training patients' median stands for it, and"
            return f"{known}:{stands} the score is less certain than its interval says."
        at = np.arange(len(self._prepared)) == place
        negative, positive = (bundle.averaged_probability(np.where(at, to, self._prepared)) for to in (0.0, 1.0))
        return (
            f"{known}: the probability of {bundle.card.positive_class} is averaged over both possibilities, "
            f"{100 * negative:.0f} % if negative and {100 * positive:.0f} % if positive "
            f"({100 * item.prevalence:.0f} % of the training patients are); the interval covers both."
        )
