"""Whether a variable differs between patients with and without the outcome, tested as in Jang et al. (2025).

Continuous variables: Shapiro-Wilk in each group; Student's t-test for independent samples where both look normal, else
the Mann-Whitney U test. Categorical variables: Fisher's exact test; where a large cohort has more tables than can be
counted, Pearson's chi-squared test, which the result then names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

NORMALITY_LEVEL = 0.05
_MAX_TABLES = 20_000_000
_SAME = 1e-7  # relative: tables of equal probability differ by rounding only


@dataclass(frozen=True)
class GroupTest:
    """``test`` names the test; ``p`` is two-sided, NaN where there is nothing to test; patients with a value."""

    test: str
    p: float
    positives: int
    negatives: int


def compare_groups(values: ArrayLike, outcome: ArrayLike, *, categorical: bool) -> GroupTest:
    """Tests one variable between the outcome groups; patients without a value (NaN) are left out.

    Args:
        values: (n,) numbers; codes where categorical.
        outcome: (n,), 1 or 0.
    """
    number, reached = np.asarray(values, dtype=float), np.asarray(outcome)
    one, other = (number[np.isfinite(number) & (reached == group)] for group in (1, 0))
    if min(one.size, other.size) < 2 or np.ptp(np.concatenate([one, other])) == 0:
        return GroupTest("none: too few different values", float("nan"), one.size, other.size)
    test, p = _categorical(one, other) if categorical else _continuous(one, other)
    return GroupTest(test, p, one.size, other.size)


def _categorical(one: NDArray[Any], other: NDArray[Any]) -> tuple[str, float]:
    categories = np.unique(np.concatenate([one, other]))
    table = [[int((group == category).sum()) for group in (one, other)] for category in categories]
    if _too_many(np.array(table)):
        from scipy import stats

        return "Pearson's chi-squared", float(stats.chi2_contingency(table, correction=False).pvalue)
    return "Fisher's exact", fisher_exact(table)


def _too_many(counts: NDArray[Any]) -> bool:
    """Whether (categories, 2) counts have more tables of the same margins than can be counted."""
    sizes = np.sort(counts.sum(1))[:-1]
    return bool(np.prod(sizes + 1.0) > _MAX_TABLES)


def _continuous(one: NDArray[Any], other: NDArray[Any]) -> tuple[str, float]:
    from scipy import stats

    if looks_normal(one) and looks_normal(other):
        return "Student's t", float(stats.ttest_ind(one, other).pvalue)
    return "Mann-Whitney U", float(stats.mannwhitneyu(one, other).pvalue)


def looks_normal(values: NDArray[Any]) -> bool:
    """Shapiro-Wilk does not reject normality at 0.05; fewer than 3 values, or all equal, are not called normal."""
    from scipy import stats

    return bool(values.size > 2 and np.ptp(values) > 0 and stats.shapiro(values).pvalue >= NORMALITY_LEVEL)


def fisher_exact(table: ArrayLike) -> float:
    """P-value of Fisher's exact test for categories by two groups (Freeman and Halton, Biometrika 38:141, 1951).

    Every table with the same margins is counted; the p-value is the probability, given the margins, of all that are no
    more probable than the one observed.

    Args:
        table: (categories, 2) counts.

    Raises:
        InputError: another shape, or more tables than can be counted.
    """
    from scipy.special import gammaln

    counts = np.asarray(table, dtype=np.int64)
    if counts.ndim != 2 or counts.shape[1] != 2 or (counts < 0).any():
        raise InputError("counts of categories by two groups", f"a table of shape {counts.shape}", "transpose it")
    counts = counts[np.argsort(counts.sum(1), kind="stable")]
    *rows, last = counts.sum(1)
    total = int(counts[:, 0].sum())
    if _too_many(counts):
        raise InputError(
            "a table small enough for an exact test", f"{len(counts)} categories of many patients", "merge categories"
        )

    def log_ways(row: int, first: NDArray[Any]) -> NDArray[Any]:
        return gammaln(row + 1) - gammaln(first + 1) - gammaln(row - first + 1)

    placed, logarithm = np.zeros(1, dtype=np.int64), np.zeros(1)
    for row in rows:
        first = np.arange(row + 1)
        sums = (placed[:, None] + first).ravel()
        logs = (logarithm[:, None] + log_ways(row, first)).ravel()
        possible = sums <= total
        placed, logarithm = sums[possible], logs[possible]
    possible = total - placed <= last
    logarithm = logarithm[possible] + log_ways(int(last), total - placed[possible])
    observed = sum(float(log_ways(int(row.sum()), row[:1])[0]) for row in counts)
    probable = np.exp(logarithm - logarithm.max())
    return float(probable[logarithm <= observed + _SAME].sum() / probable.sum())
