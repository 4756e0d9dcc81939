"""Whether one model is better than another over the same random train/test partitions.

The partitions overlap, so the differences are not independent and their variance, taken at face value, is too small:
a plain paired t-test is too optimistic. The corrected resampled test counts the overlap in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError


@dataclass(frozen=True)
class PairedTest:
    """Mean difference with its interval, and the two-sided p-value of no difference.

    Attributes:
        error: standard error of the mean difference, the overlap of partitions counted in where the test does.
        degrees: of freedom.
    """

    difference: float
    low: float
    high: float
    t: float
    p: float
    error: float
    degrees: int


def paired_t_test(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> PairedTest:
    """Student's paired two-sided t-test of ``first - second``, as Jang et al. used it over partitions.

    Args:
        first, second: (partitions,) a metric of two models on the same partitions.

    Raises:
        InputError: fewer than two partitions, unequal numbers, or a metric that is not defined in one of them.
    """
    return _t_test(first, second, 0.0, level)


def corrected_resampled_t_test(
    first: ArrayLike, second: ArrayLike, n_train: float, n_test: float, level: float = 0.95
) -> PairedTest:
    """The corrected resampled t-test of ``first - second`` (Nadeau and Bengio, Machine Learning 52:239-281, 2003).

    The variance of the mean difference over J partitions is ``(1/J + n_test/n_train) s^2``, with J - 1 degrees of
    freedom; the plain test takes ``s^2 / J``. Of repeated cross-validation each fold is a partition (Bouckaert and
    Frank, PAKDD 2004).

    Args:
        first, second: (partitions,) a metric of two models on the same partitions.
        n_train, n_test: patients in the training and the test part of a partition.

    Raises:
        InputError: as ``paired_t_test``.
    """
    if not (n_train > 0 and n_test > 0):
        raise InputError("patients in both parts", f"{n_train:g} and {n_test:g}", "check the partitions")
    return _t_test(first, second, n_test / n_train, level)


def _t_test(first: ArrayLike, second: ArrayLike, overlap: float, level: float) -> PairedTest:
    from scipy.special import stdtr, stdtrit

    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != other.shape or one.ndim != 1 or one.size < 2:
        raise InputError(
            "a metric of two models on the same two or more partitions",
            f"{one.size} and {other.size} values",
            "train both on the same partitions",
        )
    differences = one - other
    if not np.isfinite(differences).all():
        raise InputError("a metric defined in every partition", "one that is not", "use larger test parts")
    mean, free = float(differences.mean()), one.size - 1
    # Differences that agree to the last digit have a variance of rounding errors only.
    spread = 0.0 if np.ptp(differences) < 1e-14 else float(differences.var(ddof=1))
    error = float(np.sqrt((1 / one.size + overlap) * spread))
    if error == 0:
        same = abs(mean) < 1e-14
        t = 0.0 if same else float(np.copysign(np.inf, mean))
        return PairedTest(mean, mean, mean, t, 1.0 if same else 0.0, 0.0, free)
    t = mean / error
    half = float(stdtrit(free, (1 + level) / 2)) * error
    return PairedTest(mean, mean - half, mean + half, t, float(2 * stdtr(free, -abs(t))), error, free)
