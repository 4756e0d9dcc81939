"""Turning a classifier's margin into a probability that means what it says, and showing whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .logistic import fit_logistic, logit, robust_errors, sigmoid
from .metrics import brier, calibration_intercept, calibration_slope
from .statistics import wilson_interval

Interval = tuple[float, float]
SMALLEST_GROUP = 20
MIN_SLOPE = 0.01


@dataclass(frozen=True)
class Calibration:
    """``probability = sigmoid(intercept + slope * margin)`` (Platt 1999); slope 1 and intercept 0 change nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    @property
    def learned_nothing(self) -> bool:
        """Held at the least slope: margins of patients left out did not rise with the outcome."""
        return self.slope <= MIN_SLOPE

    def log_odds(self, margin: ArrayLike) -> NDArray[Any]:
        """Calibrated log-odds of raw margins (log-odds), of any shape."""
        return self.intercept + self.slope * np.asarray(margin, dtype=float)

    def probability(self, margin: ArrayLike) -> NDArray[Any]:
        """Calibrated probability of raw margins (log-odds), of any shape."""
        return sigmoid(self.log_odds(margin))


def fit_calibration(outcome: ArrayLike, margins: ArrayLike) -> Calibration:
    """Logistic calibration on out-of-fold margins.

    Args:
        outcome: (n,), 1 or 0.
        margins: (repeats, n), each row the out-of-fold margins of one repeat of cross-validation.

    Raises:
        InputError: the margins separate the classes.
    """
    rows = np.atleast_2d(np.asarray(margins, dtype=float))
    stacked = rows.ravel()
    intercept, slope = fit_logistic(
        np.stack([np.ones_like(stacked), stacked], axis=1), np.tile(np.asarray(outcome), len(rows))
    )
    return Calibration(float(slope), float(intercept))


def calibration_metrics(
    outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None
) -> dict[str, NDArray[Any]]:
    """``brier``, ``calibration_slope`` and ``calibration_intercept``, of each draw where weights are (draws, n).

    Slope and intercept are NaN where the probabilities separate the classes, as they may in a few draws of a small
    cohort: there is no finite one.
    """
    single = weights is None or np.ndim(weights) < 2
    draws = np.atleast_2d(np.ones(np.size(outcome)) if weights is None else np.asarray(weights, dtype=float))
    both, overlapping = _solvable(outcome, probability, draws)
    found = {
        "brier": np.asarray(brier(outcome, probability, draws)),
        "calibration_slope": np.where(overlapping, calibration_slope(outcome, probability, draws), np.nan),
        "calibration_intercept": np.where(both, calibration_intercept(outcome, probability, draws), np.nan),
    }
    return {name: values[0] if single else values for name, values in found.items()}


def calibration_intervals(outcome: ArrayLike, probability: ArrayLike, level: float = 0.95) -> dict[str, Interval]:
    """Intervals of ``calibration_slope`` and ``calibration_intercept``, by their ``robust_errors``.

    They hold where the calibration curve is no line, and in few patients, where a bootstrap's are too narrow. NaN where
    the probabilities separate the classes.

    Args:
        outcome: (n,), 1 or 0, both present.
    """
    from scipy.special import ndtri

    log_odds = logit(probability)
    one = np.ones((len(log_odds), 1))
    spread = float(log_odds.std()) or 1.0
    sloped = np.column_stack([one, (log_odds - log_odds.mean()) / spread])
    _, overlapping = _solvable(outcome, probability, np.ones((1, len(log_odds))))
    found = {}
    for name, design, offset, unit, solvable in (
        ("calibration_slope", sloped, 0.0, spread, overlapping[0]),
        ("calibration_intercept", one, log_odds, 1.0, True),
    ):
        found[name] = (float("nan"), float("nan"))
        if solvable:
            fitted = fit_logistic(design, outcome, offset=offset)
            half = ndtri((1 + level) / 2) * robust_errors(design, outcome, fitted, offset)[-1]
            found[name] = float(fitted[-1] - half) / unit, float(fitted[-1] + half) / unit
    return found


def _solvable(
    outcome: ArrayLike, probability: ArrayLike, draws: NDArray[Any]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(draws,) whether a draw holds both classes, and whether their probabilities overlap, too."""
    reached, predicted = np.asarray(outcome) == 1, np.asarray(probability, dtype=float)
    bounds = []
    for group in (reached, ~reached):
        held = (draws > 0) & group
        bounds.append((np.where(held, predicted, np.inf).min(-1), np.where(held, predicted, -np.inf).max(-1)))
    (low, high), (other_low, other_high) = bounds
    both = (high >= low) & (other_high >= other_low)
    return both, both & (other_high > low) & (high > other_low)


@dataclass(frozen=True)
class CalibrationGroup:
    """Patients of similar probability: mean prediction, observed share with its 95 % Wilson interval, and number."""

    predicted: float
    observed: float
    low: float
    high: float
    patients: float


def groups_of_equal_size(
    probability: NDArray[np.float64], weights: NDArray[np.float64], groups: int
) -> Iterator[NDArray[np.intp]]:
    """Places of the patients of each group, in order of probability; of 20 patients or more where the cohort allows."""
    order = np.argsort(probability, kind="stable")
    ends = weights[order].cumsum()
    count = max(1, min(groups, int(ends[-1] // SMALLEST_GROUP)))
    number = np.minimum((ends - weights[order] / 2) / ends[-1] * count, count - 1).astype(int)
    for group in range(count):
        yield order[number == group]


def binned_calibration(
    outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None, groups: int = 8
) -> tuple[CalibrationGroup, ...]:
    """Equally large groups in order of probability, of at least 20 patients where the cohort allows.

    Args:
        outcome: (n,), 1 or 0.
        weights: (n,), summing to the number of patients.
    """
    reached, predicted = np.asarray(outcome, dtype=float), np.asarray(probability, dtype=float)
    weight = np.ones_like(predicted) if weights is None else np.asarray(weights, dtype=float)
    found = []
    for rows in groups_of_equal_size(predicted, weight, groups):
        size = float(weight[rows].sum())
        share = float((weight[rows] * reached[rows]).sum() / size)
        low, high = wilson_interval(share, size)
        mean = float((weight[rows] * predicted[rows]).sum() / size)
        found.append(CalibrationGroup(mean, share, float(low), float(high), size))
    return tuple(found)


def smooth_calibration(
    outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None, points: int = 61
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A flexible calibration curve (Austin and Steyerberg, Stat Med 33:517-535, 2014).

    Logistic regression of the outcome on a restricted cubic spline of the log-odds with knots at their 10th, 50th and
    90th percentile (Harrell, Regression Modeling Strategies, 2015); a straight line where these coincide.

    Args:
        outcome: (n,), 1 or 0.
        weights: (n,), or (draws, n) for many bootstrap draws at once.

    Returns:
        (points,) predicted probabilities from the 1st to the 99th percentile, and the (..., points) observed share; NaN
        for draws that separate the classes.

    Raises:
        InputError: without draws, the probabilities separate the classes.
    """
    low, high = np.quantile(np.asarray(probability, dtype=float), [0.01, 0.99])
    grid = np.linspace(low, high, points)
    return grid, curve_at(grid, outcome, probability, weights)


def curve_at(
    at: ArrayLike, outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None
) -> NDArray[np.float64]:
    """(..., m) observed share by the curve of ``smooth_calibration``, at probabilities (m,). Errors as there."""
    log_odds = logit(probability)
    knots = np.quantile(log_odds, [0.1, 0.5, 0.9])
    coefficients = fit_logistic(_spline(log_odds, knots), outcome, weights)
    if coefficients.ndim > 1:
        _, overlapping = _solvable(outcome, probability, np.asarray(weights, dtype=float))
        coefficients[~overlapping] = np.nan
    return sigmoid(coefficients @ _spline(logit(at), knots).T)


def _spline(values: NDArray[Any], knots: NDArray[Any]) -> NDArray[Any]:
    """(n, 3) columns: one, the value, and the cubic that is straight beyond the outer knots; without it, (n, 2)."""
    first, middle, last = knots
    straight = np.stack([np.ones_like(values), values], axis=1)
    if min(middle - first, last - middle) < 1e-6:
        return straight
    cubes = [np.maximum(values - knot, 0) ** 3 for knot in knots]
    bend = cubes[0] - cubes[1] * (last - first) / (last - middle) + cubes[2] * (middle - first) / (last - middle)
    return np.column_stack([straight, bend / (last - first) ** 2])
