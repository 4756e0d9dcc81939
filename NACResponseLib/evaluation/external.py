"""A frozen model on patients it was not made from: every metric with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .calibration import calibration_metrics
from .confusion import threshold_metrics
from .metrics import auc
from .statistics import bootstrap_intervals

DRAWS = 2000


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
    """AUC, Brier score, calibration, and what the threshold gives, with intervals by bootstrap over patients.

    Calibration: ``calibration_slope``, ``calibration_intercept`` (calibration in the large, the slope held at 1) and
    ``observed_expected``, patients with the outcome over the sum of the probabilities.

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
    return tuple(
        Estimate(name, float(value), *intervals[name]) for name, value in all_of(np.ones(reached.size)).items()
    )


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
