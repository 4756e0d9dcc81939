"""From raw values to what the model sees: harmonization, filling and scaling, as learned from training patients.

What is learned is a few numbers a column, so that a bundle holds those of its own columns and scores a new patient by
the same code as validation does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

Values = NDArray[np.float64]
Scanners = Mapping[str, NDArray[np.str_]]
"""(patients,) names of scanners, empty where not known, by group of columns."""
UNSEEN = ("identity", "refuse")
"""What may be done with features of a scanner that no training patient has."""


@dataclass(frozen=True)
class ScannerEffects:
    """What a scanner did to a group's columns: ``harmonized = factor * raw + offset``.

    Attributes:
        scanners: names of those with training patients.
        columns: (m,) numbers of the columns.
        factor, offset: (scanners, m).
    """

    scanners: tuple[str, ...]
    columns: NDArray[np.intp]
    factor: Values
    offset: Values

    def apply(self, values: Values, labels: NDArray[np.str_]) -> None:
        """Harmonizes (n, columns) in place; patients of other scanners stay as they are."""
        for number, scanner in enumerate(self.scanners):
            rows = np.flatnonzero(labels == scanner)
            place = np.ix_(rows, self.columns)
            values[place] = values[place] * self.factor[number] + self.offset[number]

    def unseen(self, labels: NDArray[np.str_]) -> list[str]:
        """Scanners among the labels that no training patient has."""
        return sorted({str(label) or "not given" for label in labels} - set(self.scanners))


@dataclass(frozen=True)
class Preparation:
    """How columns are prepared.

    Attributes:
        effects: by group of columns; groups without are not harmonized.
        center, scale: (columns,) of ``(harmonized - center) / scale``, after the logarithm where one is taken.
        fill: (columns,) harmonized value (or its logarithm) that stands for a missing one; NaN for a status, which
            stays missing: it is averaged over when scoring (``model.completion``).
        share: (columns,) of a status, its positives among the training patients with a value; NaN for others.
        unseen: what is done with new patients of other scanners than the training patients': their features stay as
            they are (``identity``), or ``check`` refuses them.
        log: numbers of the columns whose natural logarithm is taken; their values are above 0.
    """

    effects: Mapping[str, ScannerEffects]
    center: Values
    scale: Values
    fill: Values
    share: Values
    unseen: str = "identity"
    log: tuple[int, ...] = ()

    @classmethod
    def unchanged(cls, columns: int) -> Preparation:
        """That of so many columns that are seen as they are."""
        blank = np.full(columns, np.nan)
        return cls({}, np.zeros(columns), np.ones(columns), blank, blank)

    def apply(self, values: NDArray[Any], scanners: Scanners) -> Values:
        """Prepared values.

        Args:
            values: (n, columns), raw, NaN where missing.
            scanners: of the n patients, by group.
        """
        prepared = np.array(values, dtype=float)
        for group, effects in self.effects.items():
            effects.apply(prepared, scanners.get(group, np.full(len(prepared), "")))
        if self.log:
            prepared[:, self.log] = np.log(prepared[:, self.log])
        prepared = np.where(np.isnan(prepared), self.fill, prepared)
        return (prepared - self.center) / self.scale

    def check(self, values: NDArray[Any], scanners: Scanners) -> None:
        """Refuses new patients of other scanners than the training patients', where that is asked for.

        Raises:
            InputError: such a patient has features of that scanner.
        """
        for group, effects in self.effects.items() if self.unseen == "refuse" else ():
            labels = scanners.get(group, np.full(len(values), ""))
            new = effects.unseen(labels[(~np.isnan(values[:, effects.columns])).any(axis=1)])
            if new:
                expected = f"a {group} scanner of the training patients ({', '.join(effects.scanners)})"
                raise InputError(expected, ", ".join(new), "train with patients from it")

    def completed(self, prepared: Values) -> Values:
        """Prepared values of training patients, missing statuses taken as the more frequent one."""
        return np.where(np.isnan(prepared), (self.share > 0.5).astype(float), prepared)

    def of_columns(self, numbers: NDArray[np.intp]) -> Preparation:
        """The preparation of some columns, in this order; groups of which none is left are dropped."""
        place = {int(number): position for position, number in enumerate(numbers)}
        effects = {}
        for group, found in self.effects.items():
            kept = [index for index, column in enumerate(found.columns) if int(column) in place]
            if kept:
                columns = np.array([place[int(found.columns[index])] for index in kept], dtype=np.intp)
                effects[group] = ScannerEffects(found.scanners, columns, found.factor[:, kept], found.offset[:, kept])
        parts = (self.center, self.scale, self.fill, self.share)
        center, scale, fill, share = (part[numbers] for part in parts)
        log = tuple(place[number] for number in self.log if number in place)
        return Preparation(effects, center, scale, fill, share, self.unseen, log)
