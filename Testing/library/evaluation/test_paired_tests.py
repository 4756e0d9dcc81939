"""Paired tests against scipy, a published example, a case done by hand, and their error rates by simulation."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_moons
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.svm import SVC

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.paired_tests import corrected_resampled_t_test, paired_t_test


def test_the_plain_test_equals_that_of_scipy():
    random = np.random.default_rng(1)
    first, second = random.normal(0.8, 0.05, 10), random.normal(0.76, 0.05, 10)
    found, expected = paired_t_test(first, second), stats.ttest_rel(first, second)
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_the_corrected_test_of_a_case_done_by_hand():
    # Differences 0, 2, 4 (in hundredths): mean 2, variance 4. With n_test / n_train = 1/4 the variance of the mean is
    # (1/3 + 1/4) 4 = 7/3, so t = 2 / sqrt(7/3). With 2 degrees of freedom Student's distribution function is
    # 1/2 + t / (2 sqrt(2 + t^2)), so p = 1 - t / sqrt(2 + t^2).
    found = corrected_resampled_t_test([0.70, 0.72, 0.74], [0.70, 0.70, 0.70], n_train=80, n_test=20)
    t = 2 / np.sqrt(7 / 3)
    assert found.t == pytest.approx(t)
    assert found.p == pytest.approx(1 - t / np.sqrt(2 + t**2))
    assert found.difference == pytest.approx(0.02)
    assert (found.high - found.low) / 2 == pytest.approx(4.302653 * 0.01 * np.sqrt(7 / 3), rel=1e-6)


def test_the_example_of_scikit_learns_documentation_gives_the_values_printed_there():
    """Its page "Statistical comparison of models using grid search": uncorrected t 2.611, p 0.005; corrected t 0.750,
    p 0.227; its p-values are one-sided. Radial against linear kernel, 10 times 10 folds of 100 patients."""
    columns, outcome = make_moons(noise=0.352, random_state=1, n_samples=100)
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    radial, linear = (
        cross_val_score(SVC(kernel=kernel, random_state=0), columns, outcome, cv=folds, scoring="roc_auc")
        for kernel in ("rbf", "linear")
    )
    plain, corrected = paired_t_test(radial, linear), corrected_resampled_t_test(radial, linear, 90, 10)
    assert (plain.t, plain.p / 2) == pytest.approx((2.611, 0.005), abs=5e-4)
    assert (corrected.t, corrected.p / 2) == pytest.approx((0.750, 0.227), abs=6e-4)


def test_without_a_test_part_to_overlap_the_correction_vanishes():
    first, second = np.random.default_rng(2).normal(size=(2, 8))
    tiny = corrected_resampled_t_test(first, second, n_train=1e12, n_test=1)
    assert tiny.p == pytest.approx(paired_t_test(first, second).p)


def test_over_overlapping_partitions_the_corrected_test_keeps_its_level_and_the_plain_one_does_not():
    """Two rules of equal worth in truth, on resampled halves of one cohort: a difference found is an error."""
    random = np.random.default_rng(3)
    plain = corrected = 0
    for _ in range(400):
        gain = random.choice([-1.0, 1.0], 100)  # of one rule over the other, patient by patient
        parts = [random.permutation(100)[:20] for _ in range(10)]
        differences = [gain[part].mean() for part in parts]
        plain += paired_t_test(differences, np.zeros(10)).p < 0.05
        corrected += corrected_resampled_t_test(differences, np.zeros(10), n_train=80, n_test=20).p < 0.05
    assert plain / 400 > 0.15
    assert corrected / 400 < 0.09


def test_models_that_never_differ_are_the_same_and_those_that_always_do_are_not():
    assert paired_t_test([0.5, 0.6], [0.5, 0.6]).p == 1
    assert paired_t_test([0.6, 0.7], [0.5, 0.6]).p == 0


@pytest.mark.parametrize("second", [[0.5], [0.5, 0.6, 0.7], [0.5, np.nan]])
def test_metrics_of_other_partitions_are_refused(second):
    with pytest.raises(InputError, match="partition"):
        paired_t_test([0.5, 0.6], second)
