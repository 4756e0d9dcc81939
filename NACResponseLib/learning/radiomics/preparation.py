"""From raw values to what the model sees: harmonization, filling and scaling, as learned from training patients.

What is learned is a few numbers a column, so that a bundle holds those of its own columns and scores a new patient by
the same code as validation does.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .table import Scanners, Table
from .variables import VOLUME

if TYPE_CHECKING:
    from .recipe import Harmonization

Values = NDArray[np.float64]

_NO_SPREAD = 1e-12


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
            stays missing: it is averaged over when scoring (``learning.completion``).
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


class Prepared(Protocol):
    """What a recipe says of preparation."""

    @property
    def harmonization(self) -> Harmonization:
        """By scanner."""

    @property
    def scaling(self) -> str:
        """``robust``: median and interquartile range; ``standard``: mean and standard deviation; ``none``."""

    @property
    def log_volume(self) -> bool:
        """The logarithm of the tumour volume is taken."""


def fit_preparation(table: Table, recipe: Prepared) -> tuple[Preparation, Values, tuple[str, ...]]:
    """Learns from a training part.

    Returns:
        The preparation, the training patients' completed values (n, columns), and warnings.

    Raises:
        InputError: a patient with features of a group but without its scanner (``learning.combat``).
    """
    effects, said = _harmonization(table, recipe)
    width = len(table.columns)
    blank = np.full(width, np.nan)
    log = tuple(number for number, name in enumerate(table.names) if name == VOLUME and recipe.log_volume)
    nothing = Preparation(effects, np.zeros(width), np.ones(width), blank, blank, recipe.harmonization.unseen, log)
    harmonized = nothing.apply(table.values, table.scanners)
    kinds = np.array([column.kind for column in table.columns])
    center, scale, fill, share = (part.copy() for part in (nothing.center, nothing.scale, nothing.fill, nothing.share))
    low, middle, high = _quartiles(harmonized)
    continuous, status, ordinal = (kinds == kind for kind in ("continuous", "binary", "ordinal"))
    if recipe.scaling == "robust":
        center[continuous] = np.nan_to_num(middle[continuous])
        spread = np.nan_to_num((high - low)[continuous])
        scale[continuous] = np.where(spread > 0, spread, 1.0)
    if recipe.scaling == "standard":
        center[continuous], scale[continuous] = _standard(harmonized[:, continuous])
    fill[continuous] = np.nan_to_num(middle[continuous])
    fill[ordinal] = np.floor(np.nan_to_num(middle[ordinal]))
    positives = np.nansum(harmonized[:, status], axis=0)
    share[status] = positives / np.maximum((~np.isnan(harmonized[:, status])).sum(axis=0), 1)
    preparation = Preparation(effects, center, scale, fill, share, nothing.unseen, log)
    return preparation, preparation.completed(preparation.apply(table.values, table.scanners)), said


def _standard(values: Values) -> tuple[Values, Values]:
    """Mean and standard deviation of each column without missing values; the latter 1 where a column does not vary."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    deviation = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
    varies = deviation > _NO_SPREAD * np.abs(mean)
    return mean, np.where(varies, deviation, 1.0)


def _harmonization(table: Table, recipe: Prepared) -> tuple[dict[str, ScannerEffects], tuple[str, ...]]:
    import pandas as pd

    from ..combat import ComBatHarmonizer, HarmonizationWarning

    effects: dict[str, ScannerEffects] = {}
    said: list[str] = []
    settings = recipe.harmonization
    for group in table.groups if settings.combat else ():
        columns = np.array(
            [number for number in table.in_group(group) if settings.shape or not table.columns[number].shape], np.intp
        )
        if group not in table.scanners or not len(columns):
            continue
        frame = pd.DataFrame(table.values[:, columns]).rename(columns=str)
        frame.insert(0, "scanner", table.scanners[group])
        combat = ComBatHarmonizer("scanner", parametric=settings.parametric, unseen=settings.unseen)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", HarmonizationWarning)
            combat.fit(frame)
        said += [f"{group}: {warning.message}" for warning in caught if warning.category is HarmonizationWarning]
        factor = 1 / np.sqrt(combat.delta_)
        shift = np.sqrt(combat.pooled_variance_) * combat.gamma_
        offset = combat.grand_mean_ - (combat.grand_mean_ + shift) * factor
        effects[group] = ScannerEffects(tuple(str(name) for name in combat.batches_), columns, factor, offset)
    return effects, tuple(said)


def _quartiles(values: Values) -> Values:
    """(3, columns), missing values left out; NaN for a column without any. numpy's own is slow where some are NaN."""
    found = np.full((3, values.shape[1]), np.nan)
    known = ~np.isnan(values)
    whole = known.all(axis=0)
    if len(values):
        found[:, whole] = np.quantile(values[:, whole], [0.25, 0.5, 0.75], axis=0)
    for column in np.flatnonzero(~whole & known.any(axis=0)):
        found[:, column] = np.quantile(values[known[:, column], column], [0.25, 0.5, 0.75])
    return found
