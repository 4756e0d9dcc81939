"""Agreement of repeated measurements: the intraclass correlation coefficient with its confidence interval.

ICC(1,1), in the notation of Shrout and Fleiss (Psychological Bulletin 86:420, 1979): a one-way random-effects model,
the reliability of a single measurement, where the repetitions of a patient are interchangeable. The interval follows
from the F distribution (the same paper; McGraw and Wong, Psychological Methods 1:30, 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

NAME = "ICC(1,1), one-way random effects, single measurement, absolute agreement (Shrout and Fleiss 1979)"


@dataclass(frozen=True)
class Agreement:
    """An intraclass correlation.

    Attributes:
        icc: at most 1; NaN where all measurements are the same.
        low, high: of its confidence interval.
        subjects: measured, those with a missing value left out.
    """

    icc: float
    low: float
    high: float
    subjects: int


def intraclass_correlations(
    values: NDArray[np.float64], level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """ICC(1,1) of repeated measurements of many quantities.

    With the mean squares between subjects B and within them W, of n subjects measured k times,
    ICC = (B - W) / (B + (k - 1) W); the bounds put F / F(n - 1, n (k - 1)) and F F(n (k - 1), n - 1), quantiles at
    (1 + level) / 2, in place of F = B / W.

    Args:
        values: (subjects, repetitions, quantities); of each quantity, subjects with a NaN are left out.
        level: of the interval.

    Returns:
        Coefficient, lower and upper bound, and subjects left, each (quantities,); the first three NaN where fewer than
        two subjects are left or all measurements are the same.

    Raises:
        InputError: fewer than two repetitions.
    """
    from scipy.stats import f as fisher

    if values.ndim != 3 or values.shape[1] < 2:
        raise InputError("at least two repetitions", f"values of shape {values.shape}", "measure again")
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(values).all(axis=1))
    n: NDArray[np.int64] = whole.sum(axis=0, dtype=np.int64)
    k = values.shape[1]
    centred = np.where(whole[:, None], values, 0.0)
    means = centred.mean(axis=1)
    within = ((centred - means[:, None]) ** 2).sum(axis=(0, 1)) / np.maximum(n * (k - 1), 1)
    grand = means.sum(axis=0) / np.maximum(n, 1)
    between = k * (np.where(whole, means - grand, 0.0) ** 2).sum(axis=0) / np.maximum(n - 1, 1)
    found = np.full((3, values.shape[2]), np.nan)
    found[:, (n >= 2) & (within == 0) & (between > 0)] = 1.0
    usual = (n >= 2) & (within > 0)
    ratio, tail = between[usual] / within[usual], (1 + level) / 2
    inner, outer = n[usual] - 1, n[usual] * (k - 1)
    bounds = (ratio, ratio / fisher.ppf(tail, inner, outer), ratio * fisher.ppf(tail, outer, inner))
    found[:, usual] = [(f - 1) / (f + k - 1) for f in bounds]
    return found[0], found[1], found[2], n
