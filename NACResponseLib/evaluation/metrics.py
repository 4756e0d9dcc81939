"""Discrimination and calibration of predicted probabilities, and what a threshold makes of them.

Sensitivity, specificity, precision and F1 depend on which class is called positive (a precision of 94 % is easy for a
class of 79 % of the patients): functions of a threshold are given it, elsewhere the positive class is 1.

Every metric takes ``weights`` of shape (n,), or (draws, n) for many bootstrap draws at once, and then gives (draws,).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .logistic import fit_logistic, logit

METRIC_LABELS = {
    "auc": "Area under the ROC curve",
    "brier": "Brier score",
    "calibration_slope": "Calibration slope",
    "calibration_intercept": "Calibration intercept",
    "balanced_accuracy": "Balanced accuracy at the threshold",
}


def auc(outcome: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> Any:
    """Chance that a positive patient scores above a negative one, ties counting half (Hanley and McNeil 1982)."""
    positive, weight = _arrays(outcome, weights)
    _, group = np.unique(np.asarray(score), return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    positives = np.add.reduceat((weight * positive)[..., order], starts, axis=-1)
    negatives = np.add.reduceat((weight * (1 - positive))[..., order], starts, axis=-1)
    below = np.cumsum(negatives, axis=-1) - negatives / 2
    return (positives * below).sum(-1) / (positives.sum(-1) * negatives.sum(-1))


def brier(outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> Any:
    """Mean squared distance of probability and outcome (Brier 1950)."""
    positive, weight = _arrays(outcome, weights)
    return (weight * (np.asarray(probability) - positive) ** 2).sum(-1) / weight.sum(-1)


def log_loss(outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> Any:
    """Mean negative log-likelihood; probabilities are kept 1e-9 away from 0 and 1."""
    positive, weight = _arrays(outcome, weights)
    log_odds = logit(probability)
    return (weight * (np.logaddexp(0, log_odds) - positive * log_odds)).sum(-1) / weight.sum(-1)


def calibration_slope(outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> Any:
    """Slope of a logistic regression of the outcome on the log-odds: 1 is ideal, below 1 too extreme (Cox 1958)."""
    log_odds = logit(probability)
    spread = float(log_odds.std()) or 1.0  # else the large slope of probabilities that hardly differ is out of reach
    standard = (log_odds - log_odds.mean()) / spread
    return fit_logistic(np.stack([np.ones_like(standard), standard], axis=1), outcome, weights)[..., 1] / spread


def calibration_intercept(outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> Any:
    """Calibration in the large: intercept with the slope held at 1 (Van Calster et al., BMC Med 2019).

    0 is ideal; above 0, outcomes are more frequent than predicted.
    """
    log_odds = logit(probability)
    return fit_logistic(np.ones((len(log_odds), 1)), outcome, weights, offset=log_odds)[..., 0]


def balanced_accuracy(outcome: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> Any:
    """Mean of sensitivity and specificity; ``predicted`` is 1 or 0."""
    positive, weight = _arrays(outcome, weights)
    called = np.asarray(predicted, dtype=float)
    sensitivity = (weight * positive * called).sum(-1) / (weight * positive).sum(-1)
    specificity = (weight * (1 - positive) * (1 - called)).sum(-1) / (weight * (1 - positive)).sum(-1)
    return (sensitivity + specificity) / 2


def all_metrics(
    outcome: ArrayLike, probability: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None
) -> dict[str, Any]:
    """Every metric of ``METRIC_LABELS`` by name."""
    return {
        "auc": auc(outcome, probability, weights),
        "brier": brier(outcome, probability, weights),
        "calibration_slope": calibration_slope(outcome, probability, weights),
        "calibration_intercept": calibration_intercept(outcome, probability, weights),
        "balanced_accuracy": balanced_accuracy(outcome, predicted, weights),
    }


def _arrays(outcome: ArrayLike, weights: ArrayLike | None) -> tuple[NDArray[Any], NDArray[Any]]:
    positive = np.asarray(outcome, dtype=float)
    return positive, np.ones_like(positive) if weights is None else np.asarray(weights, dtype=float)


THRESHOLD_METRICS = ("balanced_accuracy", "sensitivity", "specificity", "precision", "f1")


@dataclass(frozen=True)
class Confusion:
    """Weighted counts, each of shape () or (draws,)."""

    true_positive: NDArray[Any]
    false_negative: NDArray[Any]
    false_positive: NDArray[Any]
    true_negative: NDArray[Any]


def confusion(outcome: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> Confusion:
    """Counts of what was called.

    Args:
        outcome, predicted: (n,), 1 or 0.
        weights: (n,) or (draws, n), as for the metrics of ``evaluation.metrics``.
    """
    reached, called = np.asarray(outcome, dtype=float), np.asarray(predicted, dtype=float)
    weight = np.ones_like(reached) if weights is None else np.asarray(weights, dtype=float)
    return Confusion(
        (weight * reached * called).sum(-1),
        (weight * reached * (1 - called)).sum(-1),
        (weight * (1 - reached) * called).sum(-1),
        (weight * (1 - reached) * (1 - called)).sum(-1),
    )


def threshold_metrics(
    outcome: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None, *, positive: int = 1
) -> dict[str, Any]:
    """Every metric of ``THRESHOLD_METRICS`` by name, with ``positive`` (1 or 0) as the positive class.

    Precision is 0 where no patient is called positive, as in scikit-learn with ``zero_division=0``; what needs a class
    that has no patient is NaN.
    """
    reached, called = np.asarray(outcome, dtype=float), np.asarray(predicted, dtype=float)
    if positive == 0:
        reached, called = 1 - reached, 1 - called
    counts = confusion(reached, called, weights)
    hits = counts.true_positive
    with np.errstate(divide="ignore", invalid="ignore"):
        sensitivity = hits / (hits + counts.false_negative)
        specificity = counts.true_negative / (counts.true_negative + counts.false_positive)
        all_called = hits + counts.false_positive
        precision = np.where(all_called > 0, hits / all_called, 0.0)
        f1 = 2 * hits / (2 * hits + counts.false_positive + counts.false_negative)
    return {
        "balanced_accuracy": (sensitivity + specificity) / 2,
        "sensitivity": sensitivity,
        "specificity": specificity,
        "precision": precision,
        "f1": f1,
    }
