"""What a classifier calls against what is so, with either class as the positive one.

Sensitivity, specificity, precision and F1 depend on which class is called positive (a precision of 94 % is easy for a
class of 79 % of the patients): every function here is given it, and every table names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
