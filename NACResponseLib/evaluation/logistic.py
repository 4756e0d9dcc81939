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
        (p,), or (draws, p) for weights of that shape: NaN for draws that have no maximum.

    Raises:
        InputError: without draws, the columns separate the classes (or repeat each other), so that no maximum exists.
    """
    columns, observed = np.asarray(design, dtype=float), np.asarray(outcome, dtype=float)
    weight = np.ones(len(columns)) if weights is None else np.asarray(weights, dtype=float)
    coefficients = _newton(columns, observed, np.atleast_2d(weight), offset)
    if weight.ndim > 1:
        return coefficients
    if np.isfinite(coefficients).all():
        return coefficients[0]
    raise InputError(
        "two classes that overlap in independent columns",
        "none whose logistic regression has a solution",
        "use more patients or fewer columns",
    )


def _newton(
    columns: NDArray[np.float64], observed: NDArray[np.float64], weight: NDArray[np.float64], offset: ArrayLike
) -> NDArray[np.float64]:
    """(draws, p) coefficients, NaN without a maximum, for weights (draws, n); a draw that is done is left alone."""
    width = columns.shape[1]
    products = (columns[:, :, None] * columns[:, None, :]).reshape(len(columns), -1)
    found = np.full((len(weight), width), np.nan)
    pending, coefficients = np.arange(len(weight)), np.zeros((len(weight), width))
    for _ in range(_ITERATIONS):
        fitted = sigmoid(coefficients @ columns.T + offset)
        gradient = (weight * (observed - fitted)) @ columns
        curvature = ((weight * fitted * (1 - fitted)) @ products).reshape(-1, width, width)
        curved = np.linalg.eigvalsh(curvature)[:, 0] >= _SMALLEST_CURVATURE
        pending, weight, coefficients = pending[curved], weight[curved], coefficients[curved]
        step = np.linalg.solve(curvature[curved], gradient[curved][..., None])[..., 0]
        coefficients = coefficients + np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
        left = np.abs(step).max(axis=1) >= _TOLERANCE
        found[pending[~left]] = coefficients[~left]
        if not left.any():
            break
        pending, weight, coefficients = pending[left], weight[left], coefficients[left]
    return found
