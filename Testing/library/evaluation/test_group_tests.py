"""Group tests against scipy, complete enumeration, and published examples."""

from itertools import product
from math import comb

import numpy as np
import pytest
from scipy import stats

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.group_tests import compare_groups, fisher_exact, looks_normal


def enumerated(table):
    """Fisher's p-value by going through every first column with the same margins, in whole numbers."""
    rows, total = [sum(row) for row in table], sum(row[0] for row in table)

    def ways(column):
        product_of = 1
        for row, first in zip(rows, column, strict=True):
            product_of *= comb(row, first)
        return product_of

    observed = ways([row[0] for row in table])
    columns = [column for column in product(*(range(row + 1) for row in rows)) if sum(column) == total]
    return sum(ways(column) for column in columns if ways(column) <= observed) / comb(sum(rows), total)


@pytest.mark.parametrize(
    "table",
    [[[3, 1], [1, 3]], [[8, 2], [1, 5]], [[4, 0], [3, 9], [1, 14]], [[0, 7], [6, 5], [9, 9], [2, 11]], [[5, 5]]],
)
def test_fishers_test_equals_complete_enumeration(table):
    assert fisher_exact(table) == pytest.approx(enumerated(table), rel=1e-9)


def test_the_lady_tasting_tea():
    """Fisher, The Design of Experiments, 1935: of 8 cups, 3 of 4 named rightly; both sides, 34/70."""
    assert fisher_exact([[3, 1], [1, 3]]) == pytest.approx(34 / 70)


def test_fishers_test_of_two_categories_equals_that_of_scipy():
    random = np.random.default_rng(1)
    for _ in range(20):
        table = random.integers(0, 40, (2, 2))
        assert fisher_exact(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


def test_fishers_test_of_a_cohort_of_the_papers_size_agrees_with_sampled_tables():
    nodal = [[20, 50], [10, 60], [5, 20], [2, 10]]
    method = stats.MonteCarloMethod(n_resamples=40_000, rng=np.random.default_rng(2))
    assert fisher_exact(nodal) == pytest.approx(stats.fisher_exact(nodal, method=method).pvalue, abs=0.01)


def test_too_many_tables_are_refused():
    with pytest.raises(InputError, match="merge categories"):
        fisher_exact(np.full((9, 2), 100))


def test_normal_groups_are_compared_by_t_and_skewed_ones_by_ranks():
    random = np.random.default_rng(3)
    outcome = np.repeat([1, 0], [40, 100])
    normal = random.normal(50, 10, 140) + 5 * outcome
    skewed = np.exp(normal / 8)
    assert compare_groups(normal, outcome, categorical=False).test == "Student's t"
    assert compare_groups(normal, outcome, categorical=False).p == pytest.approx(
        stats.ttest_ind(normal[:40], normal[40:]).pvalue
    )
    found = compare_groups(skewed, outcome, categorical=False)
    assert found.test == "Mann-Whitney U"
    assert found.p == pytest.approx(stats.mannwhitneyu(skewed[:40], skewed[40:]).pvalue)


def test_normality_is_judged_by_shapiro_and_wilk():
    random = np.random.default_rng(4)
    for values in (random.normal(size=60), random.exponential(size=60)):
        assert looks_normal(values) == (stats.shapiro(values).pvalue >= 0.05)
    assert not looks_normal(np.ones(10))


def test_missing_values_are_left_out_and_a_constant_has_nothing_to_test():
    outcome = np.array([1, 1, 1, 0, 0, 0, 0])
    values = np.array([1, 1, np.nan, 0, 0, 1, np.nan])
    found = compare_groups(values, outcome, categorical=True)
    assert (found.positives, found.negatives) == (2, 3)
    assert found.p == pytest.approx(enumerated([[0, 2], [2, 1]]))
    assert np.isnan(compare_groups(np.ones(7), outcome, categorical=False).p)


def test_a_variable_with_too_many_tables_for_fisher_is_tested_by_chi_squared_and_says_so():
    """Four nodal stages of 1,500 patients: more tables than can be counted, which must not cost the run its report."""
    counts = np.array([[120, 180], [150, 250], [130, 270], [100, 300]])
    stage = np.concatenate([np.repeat(np.arange(4.0), counts[:, group]) for group in (0, 1)])
    outcome = np.repeat([1, 0], counts.sum(0))
    found = compare_groups(stage, outcome, categorical=True)
    expected = counts.sum(1, keepdims=True) * counts.sum(0) / counts.sum()
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert found.test == "Pearson's chi-squared"
    assert found.p == pytest.approx(stats.chi2.sf(statistic, 3))
