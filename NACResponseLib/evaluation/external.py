"""A frozen model on patients it was not made from: every metric with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .calibration import calibration_intervals, calibration_metrics, curve_at
from .delong import auc_interval
from .metrics import auc, confusion, threshold_metrics
from .statistics import bootstrap_intervals, wilson_interval

DRAWS = 2000
CALIBRATION_ERRORS = ("ici", "e50", "e90")
_QUANTILES = {"e50": 0.5, "e90": 0.9}


@dataclass(frozen=True)
class Estimate:
    """A row of ``metrics.csv``: a metric's value and its 95 % interval."""

    metric: str
    value: float
    ci_low: float
    ci_high: float


def external_metrics(
    outcome: ArrayLike, probability: ArrayLike, threshold: float, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Estimate, ...]:
    """AUC, Brier score, calibration, and what the threshold gives, with 95 % intervals.

    Calibration: ``calibration_slope``, ``calibration_intercept`` (calibration in the large, the slope held at 1) and
    ``observed_expected``, patients with the outcome over the sum of the probabilities. Intervals: of the AUC DeLong's
    (``auc_interval``); of slope and intercept by robust standard errors (``calibration_intervals``); of sensitivity,
    specificity, precision (the positive predictive value) and ``npv`` Wilson's, NaN where nobody was called so; of
    observed / expected on the log scale, with the standard error sqrt((1 - share) / observed) (Debray et al., BMJ
    2017;356:i6460); of the others by bootstrap over patients.

    Args:
        outcome: (n,), 1 where the model's positive class was reached, else 0.
        probability: (n,) of that class, by the model.
        threshold: of the model, fixed before.

    Raises:
        InputError: unequal lengths, values other than probabilities and 0 or 1, or an outcome of one class.
    """
    reached, score = np.asarray(outcome, dtype=float), np.asarray(probability, dtype=float)
    _check(reached, score)
    predicted = (score >= threshold).astype(int)

    def all_of(weights: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        with np.errstate(divide="ignore", invalid="ignore"):
            area = auc(reached, score, weights)
            ratio = (weights @ reached) / (weights @ score)
        calibration = {**calibration_metrics(reached, score, weights), "observed_expected": ratio}
        return {"auc": area, **calibration} | threshold_metrics(reached, predicted, weights)

    intervals = bootstrap_intervals(all_of, reached.size, draws=draws, seed=seed)
    values = {name: float(value) for name, value in all_of(np.ones(reached.size)).items()}
    shares = _shares(reached, predicted)
    values |= {"npv": shares["npv"][0] / shares["npv"][1] if shares["npv"][1] else float("nan")}
    intervals |= {name: _wilson(*counts) for name, counts in shares.items()}
    intervals |= calibration_intervals(reached, score)
    area = auc_interval(reached, score)
    intervals["auc"] = area.low, area.high
    intervals["observed_expected"] = _of_ratio(values["observed_expected"], reached)
    return tuple(Estimate(name, value, *intervals[name]) for name, value in values.items())


def calibration_errors(
    outcome: ArrayLike, probability: ArrayLike, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Estimate, ...]:
    """How far probabilities lie from the smooth calibration curve: ``ici``, the mean; ``e50`` and ``e90``, quantiles.

    Austin and Steyerberg (Stat Med 38:4051-4065, 2019), with the curve of ``smooth_calibration``. A curve of few
    patients deviates, so that these are above 0 for a perfect model, too. Intervals by bootstrap over patients; NaN
    where the probabilities separate the classes. Arguments as ``external_metrics``.
    """
    reached, score = np.asarray(outcome, dtype=float), np.asarray(probability, dtype=float)
    _check(reached, score)

    def errors(weights: NDArray[Any]) -> dict[str, NDArray[Any]]:
        distance = np.abs(curve_at(score, reached, score, weights) - score)
        quantiles = {name: _quantile(distance, weights, share) for name, share in _QUANTILES.items()}
        return {"ici": (weights * distance).sum(-1) / weights.sum(-1)} | quantiles

    intervals = bootstrap_intervals(errors, reached.size, draws=draws, seed=seed)
    whole = errors(np.ones((1, reached.size)))
    return tuple(Estimate(name, float(whole[name][0]), *intervals[name]) for name in CALIBRATION_ERRORS)


def _quantile(values: NDArray[Any], weights: NDArray[Any], share: float) -> NDArray[Any]:
    """(draws,) the smallest value (draws, n) that so large a share of the weights does not exceed."""
    order = np.argsort(values, axis=-1)
    reached = np.take_along_axis(weights, order, -1).cumsum(-1)
    place = (reached >= share * reached[:, -1:] - 1e-9).argmax(-1)
    return np.take_along_axis(values, np.take_along_axis(order, place[:, None], -1), -1)[:, 0]


def _shares(reached: NDArray[Any], predicted: NDArray[Any]) -> dict[str, tuple[float, float]]:
    """Hits and patients of each proportion."""
    counts = confusion(reached, predicted)
    hits, rejected = float(counts.true_positive), float(counts.true_negative)
    return {
        "sensitivity": (hits, hits + float(counts.false_negative)),
        "specificity": (rejected, rejected + float(counts.false_positive)),
        "precision": (hits, hits + float(counts.false_positive)),
        "npv": (rejected, rejected + float(counts.false_negative)),
    }


def _wilson(hits: float, patients: float) -> tuple[float, float]:
    if not patients:
        return float("nan"), float("nan")
    low, high = wilson_interval(hits / patients, patients)
    return float(low), float(high)


def _of_ratio(ratio: float, reached: NDArray[Any]) -> tuple[float, float]:
    factor = float(np.exp(1.959964 * np.sqrt((1 - reached.mean()) / reached.sum())))
    return ratio / factor, ratio * factor


def _check(reached: NDArray[Any], score: NDArray[Any]) -> None:
    if reached.ndim != 1 or reached.shape != score.shape:
        raise InputError(
            "an outcome and a probability of each patient", f"{reached.size} and {score.size}", "match the patients"
        )
    if not (np.isin(reached, [0, 1]).all() and ((score >= 0) & (score <= 1)).all()):
        raise InputError("outcomes 0 or 1 and probabilities from 0 to 1", "others", "check the table")
    positives = int(reached.sum())
    if not 0 < positives < reached.size:
        raise InputError(
            "patients with and without the outcome", f"{positives} of {reached.size} with it", "take more patients"
        )
