"""Least squares, and empirical Bayes estimates of what one scanner does to each feature, as ComBat needs them.

Each feature's own shift and variance ratio are drawn towards those of the scanner's other features.

Source: Johnson, Li, Rabinovic, Biostatistics 2007, sections 3.1 and 3.2.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

NO_SPREAD = 1e-12  # deviation over magnitude that is rounding, not variance
CONVERGED = 1e-4  # largest relative change at which neuroCombat stops; another bound gives other digits
MAX_ITERATIONS = 1_000


@dataclass(frozen=True)
class ScannerSummary:
    """A scanner's standardized features: (features,) number of patients, mean, sum of squared deviations from it.

    ``variance`` is the sample variance; 1 where there is one patient or no spread.
    """

    n: Values
    mean: Values
    squares: Values
    variance: Values

    @classmethod
    def of(cls, standardized: Values) -> ScannerSummary:
        n = np.isfinite(standardized).sum(axis=0).astype(float)
        mean = np.nansum(standardized, axis=0) / np.maximum(n, 1)
        squares = np.nansum((standardized - mean) ** 2, axis=0)
        variance = squares / np.maximum(n - 1, 1)
        return cls(n, mean, squares, np.where(np.sqrt(variance) > NO_SPREAD * (1 + np.abs(mean)), variance, 1.0))


def shrink(standardized: Values, *, parametric_priors: bool) -> tuple[Values, Values]:
    """(gamma, delta), (features,) each, of a scanner's patients (n, features), NaN where missing."""
    return (parametric if parametric_priors else nonparametric)(ScannerSummary.of(standardized))


def parametric(batch: ScannerSummary) -> tuple[Values, Values]:
    """(gamma, delta) with a normal prior of the shift and an inverse gamma prior of the variance (Johnson, eq. 3.1).

    The conditional posterior means are iterated to the reference's own stopping rule, in which the change of a
    negative shift does not count. The inverse gamma's parameters are written by its mean m and variance v, in a form
    that stands for v = 0. Where no feature has two patients m is 1 and v is 0, so that every delta is 1.
    """
    n, own, variance = batch.n, batch.mean, batch.variance
    located, scaled = n > 0, n > 1
    if located.sum() < 2:
        return own, variance
    centre, spread = own[located].mean(), own[located].var(ddof=1)
    m = variance[scaled].mean() if scaled.any() else 1.0
    v = variance[scaled].var(ddof=1) if scaled.sum() > 1 else 0.0

    gamma, delta = own, variance
    for _ in range(MAX_ITERATIONS):
        new_gamma = (spread * n * own + delta * centre) / (spread * n + delta)
        squares = batch.squares + n * (own - new_gamma) ** 2
        new_delta = (0.5 * squares * v + m * v + m**3) / (n / 2 * v + v + m**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            changes = np.stack([np.abs(new_gamma - gamma) / gamma, np.abs(new_delta - delta) / delta])[:, located]
        gamma, delta = new_gamma, new_delta
        if not (changes > CONVERGED).any():
            break
    else:
        warnings.warn(f"a scanner's effects still change after {MAX_ITERATIONS} iterations", stacklevel=2)
    return np.where(located, gamma, 0.0), np.where(located, delta, 1.0)


def nonparametric(batch: ScannerSummary, rows: int = 32) -> tuple[Values, Values]:
    """(gamma, delta) as means of the other features' estimates, weighted by their normal likelihood of the own data.

    Features are taken ``rows`` at a time, so that a block stays in the processor's cache.
    """
    located = np.flatnonzero(batch.n > 0)
    if len(located) < 2:
        return batch.mean, batch.variance
    gamma, delta = np.zeros_like(batch.mean), np.ones_like(batch.mean)
    shifts, ratios = batch.mean[located], batch.variance[located]
    for start in range(0, len(located), rows):
        block = located[start : start + rows]
        n, own, squares = batch.n[block, None], batch.mean[block, None], batch.squares[block, None]
        surprise = ((own - shifts) ** 2 * n + squares) / ratios + n * np.log(ratios)  # -2 log likelihood
        surprise[block[:, None] == located] = math.inf
        weights = np.exp(-0.5 * (surprise - surprise.min(axis=1, keepdims=True)))
        total = weights.sum(axis=1)
        gamma[block], delta[block] = weights @ shifts / total, weights @ ratios / total
    return gamma, delta


def least_squares(design: Values, values: Values) -> Values:
    """(design columns, features); each feature over its known patients, 0 for a scanner that has none of them."""
    coefficients = np.zeros((design.shape[1], values.shape[1]))
    finite = np.isfinite(values)
    _, first, pattern = np.unique(np.packbits(finite, axis=0), axis=1, return_index=True, return_inverse=True)
    for index, known in enumerate(finite[:, first].T):
        columns = np.flatnonzero(np.ravel(pattern) == index)
        if known.any():
            solved = np.linalg.lstsq(design[known], values[np.ix_(known, columns)], rcond=None)
            coefficients[:, columns] = solved[0]
    return coefficients
