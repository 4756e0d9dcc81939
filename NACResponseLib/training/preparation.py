"""How columns are to be prepared, learned from a training part: harmonization, filling and scaling."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..model.columns import VOLUME
from ..model.preparation import Preparation, ScannerEffects, Values
from .table import Table

if TYPE_CHECKING:
    from .recipe_parts import Harmonization

_NO_SPREAD = 1e-12


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
        InputError: a patient with features of a group but without its scanner (``estimators.combat``).
    """
    effects, notes = _harmonization(table, recipe)
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
    return preparation, preparation.completed(preparation.scaled(harmonized)), notes


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

    from ..estimators.combat import ComBatHarmonizer, HarmonizationWarning

    effects: dict[str, ScannerEffects] = {}
    notes: list[str] = []
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
        notes += [f"{group}: {warning.message}" for warning in caught if warning.category is HarmonizationWarning]
        factor = 1 / np.sqrt(combat.delta_)
        shift = np.sqrt(combat.pooled_variance_) * combat.gamma_
        offset = combat.grand_mean_ - (combat.grand_mean_ + shift) * factor
        effects[group] = ScannerEffects(tuple(str(name) for name in combat.batches_), columns, factor, offset)
    return effects, tuple(notes)


def _quartiles(values: Values) -> Values:
    """(3, columns), missing values left out; NaN for a column without any. numpy's own take each column that has some
    by itself, and are slower than a sort for the others."""
    if not len(values):
        return np.full((3, values.shape[1]), np.nan)
    ordered = np.sort(values.T, axis=1)  # missing ones last
    columns, last = np.arange(len(ordered)), np.maximum((~np.isnan(values)).sum(axis=0) - 1, 0)
    found = []
    for share in (0.25, 0.5, 0.75):
        place = share * last
        below = place.astype(np.intp)
        low, high = ordered[columns, below], ordered[columns, np.minimum(below + 1, last)]
        part = place - below
        found.append(np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part)))
    return np.array(found)
