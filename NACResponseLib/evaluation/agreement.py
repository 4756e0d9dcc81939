"""Agreement of repeated measurements: the intraclass correlation coefficient with its confidence interval.

ICC(1,1), in the notation of Shrout and Fleiss (Psychological Bulletin 86:420, 1979): a one-way random-effects model,
the reliability of a single measurement, where the repetitions of a patient are interchangeable. The interval follows
from the F distribution (the same paper; McGraw and Wong, Psychological Methods 1:30, 1996).
"""

from __future__ import annotations

import math
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


def intraclass_correlation(values: NDArray[np.float64], level: float = 0.95) -> Agreement:
    """ICC(1,1) of repeated measurements.

    With the mean squares between subjects B and within them W, of n subjects measured k times,
    ICC = (B - W) / (B + (k - 1) W); the bounds put F / F(n - 1, n (k - 1)) and F F(n (k - 1), n - 1), quantiles at
    (1 + level) / 2, in place of F = B / W.

    Args:
        values: (subjects, repetitions); a subject with a NaN is left out.
        level: of the interval.

    Raises:
        InputError: fewer than two repetitions.
    """
    from scipy.stats import f as fisher

    if values.ndim != 2 or values.shape[1] < 2:
        raise InputError("at least two repetitions", f"values of shape {values.shape}", "measure again")
    whole = values[np.isfinite(values).all(axis=1)]
    n, k = whole.shape
    if n < 2:
        return Agreement(math.nan, math.nan, math.nan, n)
    means = whole.mean(axis=1)
    between = k * float(np.var(means, ddof=1))
    within = float(((whole - means[:, None]) ** 2).sum()) / (n * (k - 1))
    if within == 0:
        same = math.nan if between == 0 else 1.0
        return Agreement(same, same, same, n)
    ratio, tail = between / within, (1 + level) / 2
    lower = ratio / fisher.ppf(tail, n - 1, n * (k - 1))
    upper = ratio * fisher.ppf(tail, n * (k - 1), n - 1)
    icc, low, high = ((f - 1) / (f + k - 1) for f in (ratio, lower, upper))
    return Agreement(icc, float(low), float(high), n)
