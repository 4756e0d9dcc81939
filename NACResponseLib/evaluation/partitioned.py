"""Held-out predictions over random partitions: metrics of each, their mean, and how certain that mean is.

A patient is in the test part of some partitions and not of others. Where predictions of all partitions are put
together, each patient counts once, however often it was tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calibration import calibration_metrics
from .metrics import THRESHOLD_METRICS, auc, threshold_metrics
from .statistics import bootstrap_intervals

PARTITION_METRICS = (*THRESHOLD_METRICS, "auc")
DRAWS = 1000
ROC_GRID = np.linspace(0, 1, 101)
"""False-positive rates at which ROC curves are averaged, in report and tables alike."""


@dataclass(frozen=True)
class HeldOut:
    """A model's predictions of patients that it had not seen, a row for each patient and partition.

    Attributes:
        partition: (rows,) number of the partition, from 0.
        patient: (rows,) number of the patient, from 0 to ``patients`` - 1.
        outcome: (rows,) 1 where the positive class was reached, else 0.
        probability: (rows,) of the positive class.
        predicted: (rows,) 1 where at or above the partition's threshold.
        patients: how many were tested at least once.
    """

    partition: NDArray[np.int64]
    patient: NDArray[np.int64]
    outcome: NDArray[np.int64]
    probability: NDArray[np.float64]
    predicted: NDArray[np.int64]
    patients: int

    @classmethod
    def of_cohort(cls, outcome: NDArray[np.int64], probability: NDArray[np.float64], threshold: float = 0.5) -> HeldOut:
        """A frozen model's (n,) predictions: one partition, each patient once."""
        count = outcome.size
        called = (probability >= threshold).astype(np.int64)
        return cls(np.zeros(count, np.int64), np.arange(count), outcome, probability, called, count)

    @property
    def partitions(self) -> int:
        """Number of partitions."""
        return int(self.partition.max()) + 1

    @property
    def once(self) -> NDArray[np.float64]:
        """(rows,) weights with which each patient counts once."""
        return 1 / np.bincount(self.patient, minlength=self.patients)[self.patient]

    def part(self, partition: int) -> NDArray[np.intp]:
        """Rows of one partition's test part."""
        return np.flatnonzero(self.partition == partition)


@dataclass(frozen=True)
class Average:
    """A metric's mean and standard deviation over partitions, and the mean's interval by bootstrap over patients.

    The interval says how the mean would vary with other patients to test on; the models are held as they are. Its
    bounds are NaN where every draw gives the same, as with constant predictions: its variance cannot be estimated.
    ``deviation`` is NaN for what is not computed in each partition.
    """

    mean: float
    deviation: float
    low: float
    high: float


def partition_metrics(held: HeldOut, *, positive: int = 1) -> dict[str, NDArray[np.float64]]:
    """(partitions,) of every metric of ``PARTITION_METRICS``; NaN where a test part lacks a class.

    Args:
        positive: 1, or 0 for the other class as the positive one.
    """
    return _each(held, None, positive)


def average_metrics(
    held: HeldOut, *, positive: int = 1, draws: int = DRAWS, seed: int = 0, level: float = 0.95
) -> dict[str, Average]:
    """Each metric averaged over partitions; a draw that empties a class of a test part leaves that part out."""

    def averaged(weights: NDArray[Any]) -> dict[str, NDArray[Any]]:
        return {name: _mean(values) for name, values in _each(held, weights[:, held.patient], positive).items()}

    intervals = bootstrap_intervals(averaged, held.patients, draws=draws, seed=seed, level=level)
    nothing = (float("nan"), float("nan"))
    return {
        name: Average(
            float(_mean(values)), _deviation(values), *(intervals[name] if np.ptp(intervals[name]) else nothing)
        )
        for name, values in partition_metrics(held, positive=positive).items()
    }


def pooled_calibration(held: HeldOut, *, draws: int = DRAWS, seed: int = 0) -> dict[str, Average]:
    """``brier``, ``calibration_slope`` and ``calibration_intercept`` of all partitions' predictions together."""

    def pooled(weights: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        return calibration_metrics(held.outcome, held.probability, weights[:, held.patient] * held.once)

    intervals = bootstrap_intervals(pooled, held.patients, draws=draws, seed=seed)
    whole = calibration_metrics(held.outcome, held.probability, held.once)
    return {name: Average(float(value), float("nan"), *intervals[name]) for name, value in whole.items()}


def mean_roc(
    held: HeldOut, grid: NDArray[np.float64] = ROC_GRID
) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """ROC curve of each partition, and their mean at equal false-positive rates (Fawcett, Pattern Recogn Lett 2006).

    Args:
        grid: (g,) false-positive rates from 0 to 1.

    Returns:
        Curves (points, 2) of false- and true-positive rate, and the mean (g,) true-positive rate; partitions whose test
        part lacks a class have none.
    """
    curves = []
    for number in range(held.partitions):
        rows = held.part(number)
        if np.ptp(held.outcome[rows]):
            curves.append(roc_curve(held.outcome[rows], held.probability[rows]))
    if not curves:
        return [], np.full(grid.shape, np.nan)
    return curves, np.mean([_rates_at(curve, grid) for curve in curves], axis=0)


def roc_curve(outcome: NDArray[Any], score: NDArray[Any]) -> NDArray[np.float64]:
    """(points, 2) of false- and true-positive rate from (0, 0) to (1, 1); equal scores make one slanted step."""
    _, group = np.unique(-np.asarray(score, dtype=float), return_inverse=True)
    positives = np.bincount(group, weights=outcome)
    negatives = np.bincount(group, weights=1 - np.asarray(outcome))
    rates = np.stack([negatives.cumsum() / negatives.sum(), positives.cumsum() / positives.sum()], axis=1)
    return np.concatenate([[[0.0, 0.0]], rates])


def _rates_at(curve: NDArray[Any], grid: NDArray[Any]) -> NDArray[Any]:
    """True-positive rates at the grid: where the curve rises straight up, its upper end; from 0 at rate 0."""
    rates = np.interp(grid, curve[:, 0], np.maximum.accumulate(curve[:, 1]))
    upper = np.searchsorted(curve[:, 0], grid, side="right") - 1
    exact = curve[upper, 0] == grid
    rates[exact] = curve[upper[exact], 1]
    rates[0] = 0.0
    return rates


def _each(held: HeldOut, weights: NDArray[Any] | None, positive: int) -> dict[str, NDArray[Any]]:
    """Metrics of shape (partitions,), or (partitions, draws) for weights of shape (draws, rows)."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in PARTITION_METRICS}
    for number in range(held.partitions):
        rows = held.part(number)
        weight = None if weights is None else weights[..., rows]
        outcome = held.outcome[rows]
        metrics = threshold_metrics(outcome, held.predicted[rows], weight, positive=positive)
        with np.errstate(divide="ignore", invalid="ignore"):
            metrics["auc"] = auc(outcome, held.probability[rows], weight)  # the same for either positive class
        for name, value in metrics.items():
            parts[name].append(np.asarray(value))
    return {name: np.stack(values) for name, values in parts.items()}


def _mean(values: NDArray[Any]) -> NDArray[Any]:
    """Mean over the first axis of what is defined; NaN where nothing is."""
    defined = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(defined, values, 0.0).sum(0) / defined.sum(0)


def _deviation(values: NDArray[Any]) -> float:
    defined = values[np.isfinite(values)]
    return float(defined.std(ddof=1)) if defined.size > 1 else float("nan")
