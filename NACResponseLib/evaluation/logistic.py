"""Maximum-likelihood logistic regression: for calibration, for the comparator, and for many resamples at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

_ITERATIONS = 50
_TOLERANCE = 1e-10
_LARGEST_STEP = 2.0
_SMALLEST_CURVATURE = 1e-9


def sigmoid(log_odds: ArrayLike) -> NDArray[Any]:
    """Probability of a log-odds, without overflow."""
    clipped = np.clip(np.asarray(log_odds, dtype=float), -500, 500)
    return 1 / (1 + np.exp(-clipped))


def logit(probability: ArrayLike) -> NDArray[Any]:
    """Log-odds of a probability, which is kept 1e-9 away from 0 and 1."""
    inside = np.clip(np.asarray(probability, dtype=float), 1e-9, 1 - 1e-9)
    return np.log(inside) - np.log1p(-inside)


def fit_logistic(
    design: ArrayLike, outcome: ArrayLike, weights: ArrayLike | None = None, offset: ArrayLike = 0.0
) -> NDArray[Any]:
    """Coefficients that maximize the weighted likelihood, by Newton's method (iteratively reweighted least squares).

    Args:
        design: (n, p), with a column of ones where an intercept is meant.
        outcome: (n,), 1 or 0.
        weights: (n,) or (draws, n), for example how often a bootstrap draw holds each patient.
        offset: (n,) added to the log-odds with coefficient one.

    Returns:
        (p,), or (draws, p) for weights of that shape.

    Raises:
        InputError: the columns separate the classes (or repeat each other), so that no maximum exists.
    """
    columns, observed = np.asarray(design, dtype=float), np.asarray(outcome, dtype=float)
    size, width = columns.shape
    weight = np.ones(size) if weights is None else np.asarray(weights, dtype=float)
    products = (columns[:, :, None] * columns[:, None, :]).reshape(size, -1)
    coefficients = np.zeros((*weight.shape[:-1], width))
    for _ in range(_ITERATIONS):
        fitted = sigmoid(coefficients @ columns.T + offset)
        gradient = (weight * (observed - fitted)) @ columns
        curvature = ((weight * fitted * (1 - fitted)) @ products).reshape(*gradient.shape, width)
        if (np.linalg.eigvalsh(curvature)[..., 0] < _SMALLEST_CURVATURE).any():
            break
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        coefficients = coefficients + np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
        if np.abs(step).max() < _TOLERANCE:
            return coefficients
    raise InputError(
        "two classes that overlap in independent columns",
        "none whose logistic regression has a solution",
        "use more patients or fewer columns",
    )
