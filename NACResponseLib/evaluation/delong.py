"""Areas under ROC curves with their covariance, and whether two of them differ.

DeLong, DeLong and Clarke-Pearson (Biometrics 44:837-845, 1988); computed from midranks as in Sun and Xu (IEEE Signal
Processing Letters 21:1389-1393, 2014), in time n log n.

With m patients of the positive class, n of the other, and psi = 1, 1/2, 0 where a positive patient's score is above,
equal to, below a negative one's: ``V10_i`` is the mean of psi over the negatives, ``V01_j`` over the positives, and the
covariance of two areas is ``cov(V10, V10') / m + cov(V01, V01') / n``. Tests and the interval of a difference are
normal approximations; that of an area is one of its logit, which holds in small cohorts (Pepe, The Statistical
Evaluation of Medical Tests, 2003, 5.2.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .logistic import logit, sigmoid


@dataclass(frozen=True)
class Area:
    """An AUC, its standard error, and its interval.

    Where a class is of one patient, or the scores separate the classes, the variance of the area cannot be estimated:
    error and bounds are NaN.
    """

    area: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class AreaDifference:
    """``first - second`` of two AUCs.

    Attributes:
        first, second: the areas.
        difference, low, high: with its interval.
        error: standard error of the difference.
        z, p: two-sided test of no difference. Scores that rank all patients alike have difference 0 and p = 1; NaN
            where areas differ and their variance is not known.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    error: float
    z: float
    p: float


def auc_covariance(outcome: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas of several scores of the same patients, and their covariance.

    Args:
        outcome: (n,), 1 or 0.
        scores: (k, n); a higher score speaks for outcome 1.

    Returns:
        (k,) areas and their (k, k) covariance, NaN where a class is of one patient.

    Raises:
        InputError: unequal lengths, missing scores, or an outcome of one class.
    """
    above, below = placements(outcome, scores)
    parts = [_covariance(part) / part.shape[1] for part in (above, below)]
    return above.mean(axis=1), parts[0] + parts[1]


def auc_interval(outcome: ArrayLike, score: ArrayLike, level: float = 0.95) -> Area:
    """The area of one score. Arguments and errors as ``auc_covariance``, score (n,)."""
    areas, covariance = auc_covariance(outcome, np.atleast_2d(np.asarray(score, dtype=float)))
    area, error = float(areas[0]), float(np.sqrt(covariance[0, 0]))
    if not error > 0:
        return Area(area, float("nan"), float("nan"), float("nan"))
    half = _quantile(level) * error / (area * (1 - area))
    low, high = sigmoid(logit(area) + np.array([-half, half]))
    return Area(area, error, float(low), float(high))


def compare_areas(outcome: ArrayLike, first: ArrayLike, second: ArrayLike, level: float = 0.95) -> AreaDifference:
    """Two scores of the same patients, their correlation counted in.

    The test asks whether two given scores differ. It is not made for a model against the same model with a variable
    added and fitted on these patients: then it finds too little (see ``nested_models``).

    Args:
        outcome: (n,), 1 or 0.
        first, second: (n,) scores.

    Raises:
        InputError: as ``auc_covariance``.
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != other.shape:
        raise InputError("two scores of the same patients", f"{one.size} and {other.size}", "match the patients")
    areas, covariance = auc_covariance(outcome, np.stack([one, other]))
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    return _difference(float(areas[0]), float(areas[1]), variance, level)


def placements(outcome: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``V10`` (k, positives) and ``V01`` (k, negatives), in the patients' order; the mean of either is the area.

    Arguments and errors as ``auc_covariance``.
    """
    from scipy.stats import rankdata

    reached, values = np.asarray(outcome), np.asarray(scores, dtype=float)
    if values.ndim != 2 or values.shape[1:] != reached.shape or not np.isfinite(values).all():
        raise InputError(
            "an outcome and a score of each patient",
            f"{reached.size} outcomes and scores of shape {values.shape}, or missing scores",
            "match the patients",
        )
    positive = reached == 1
    m, n = int(positive.sum()), int((reached == 0).sum())
    if not (m and n) or m + n < reached.size:
        raise InputError("outcomes 0 and 1, both of them", f"{m} of {reached.size} with 1", "take more patients")
    ranks = rankdata(values, axis=1)
    above = (ranks[:, positive] - rankdata(values[:, positive], axis=1)) / n
    below = 1 - (ranks[:, ~positive] - rankdata(values[:, ~positive], axis=1)) / m
    return above, below


def _covariance(values: NDArray[Any]) -> NDArray[Any]:
    """(k, k) of (k, patients); NaN for a single patient."""
    if values.shape[1] < 2:
        return np.full((len(values), len(values)), np.nan)
    return np.atleast_2d(np.cov(values))


def _difference(first: float, second: float, variance: float, level: float) -> AreaDifference:
    from scipy.special import ndtr

    difference = first - second
    error = float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else float("nan")
    if error < 1e-12:  # rounding of equal variances
        same = abs(difference) < 1e-12
        z, p, error = (0.0, 1.0, 0.0) if same else (float("nan"),) * 3
    else:
        z = difference / error
        p = float(2 * ndtr(-abs(z)))
    half = _quantile(level) * error
    return AreaDifference(first, second, difference, difference - half, difference + half, error, z, p)


def _quantile(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))
