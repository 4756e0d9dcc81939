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


def log_likelihood(outcome: ArrayLike, log_odds: ArrayLike) -> float:
    """Of outcomes (n,), 1 or 0, by log-odds (n,)."""
    values = np.asarray(log_odds, dtype=float)
    return float((np.asarray(outcome) * values - np.logaddexp(0, values)).sum())


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


def robust_errors(
    design: ArrayLike, outcome: ArrayLike, coefficients: ArrayLike, offset: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """Standard errors of coefficients that need no law to be right: the sandwich estimate, in its form HC3.

    Each patient's part of the score is divided by one less its leverage (MacKinnon and White, J Econometrics
    29:305-325, 1985), without which errors of few patients are too small (Long and Ervin, Am Stat 54:217-224, 2000).

    Args:
        design, outcome, offset: as ``fit_logistic``; coefficients: what it gave, (p,).

    Returns:
        (p,).
    """
    columns, observed = np.asarray(design, dtype=float), np.asarray(outcome, dtype=float)
    fitted = sigmoid(columns @ np.asarray(coefficients, dtype=float) + offset)
    weight = fitted * (1 - fitted)
    inverse = np.linalg.inv((columns * weight[:, None]).T @ columns)
    leverage = weight * np.einsum("ij,jk,ik->i", columns, inverse, columns)
    scores = columns * ((observed - fitted) / (1 - leverage))[:, None]
    return np.sqrt(np.diag(inverse @ scores.T @ scores @ inverse))


def fit_bounded_logistic(
    design: NDArray[Any],
    outcome: NDArray[Any],
    low: ArrayLike,
    high: ArrayLike,
    ridge: float = 0.0,
    centre: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Coefficients that maximize the likelihood within bounds (L-BFGS-B, Byrd et al., SIAM J Sci Comput 1995).

    Args:
        design: (n, 1 + p), its first column of ones.
        outcome: (n,), 1 or 0.
        low, high: (p,) bounds of all coefficients but the first.
        ridge: half this times the sum of squared distances of these coefficients from ``centre`` is taken off the
            log-likelihood: a normal prior.
        centre: (p,).

    Returns:
        (1 + p,).
    """
    from scipy.optimize import minimize

    wanted = np.broadcast_to(np.asarray(centre, dtype=float), design.shape[1] - 1)

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_odds, off = design @ coefficients, np.append(0.0, coefficients[1:] - wanted)
        value = (np.logaddexp(0.0, log_odds) - outcome * log_odds).sum() + ridge / 2 * (off**2).sum()
        return float(value), design.T @ (sigmoid(log_odds) - outcome) + ridge * off

    limits = [(None, None), *zip(np.asarray(low, dtype=float), np.asarray(high, dtype=float), strict=True)]
    start = np.append(0.0, wanted)
    done = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits, options={"ftol": 1e-13, "gtol": 1e-8})
    return np.asarray(done.x, dtype=float)


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
