"""Drift of features between cohorts: by hand, by closed forms, and where there is none."""

import numpy as np
import pytest
from scipy import stats

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.drift import cohort_separation, feature_drift, pseudo_sample


def test_a_feature_by_hand():
    # Means 2.5 and 4.5, both of variance 5/3: 2 / sqrt(5/3). Two of four lie above 4; the distribution functions are
    # 1/2 apart at most (three and one of four up to 3, for example).
    found = feature_drift([[1.0], [2], [3], [4]], [[3.0], [4], [5], [6]], ["f"])[0]
    assert found.difference == pytest.approx(2 / np.sqrt(5 / 3))
    assert (found.ks, found.outside, found.missing) == (0.5, 0.5, 0)


def test_p_values_are_corrected_for_the_number_of_features_as_benjamini_and_hochberg_do():
    random = np.random.default_rng(1)
    training, here = random.normal(0, 1, (80, 12)), random.normal(0, 1, (60, 12)) + np.linspace(0, 1, 12)
    found = feature_drift(training, here, [f"f{number}" for number in range(12)])
    p = np.array([one.p for one in found])
    assert p == pytest.approx([stats.ks_2samp(a, b).pvalue for a, b in zip(training.T, here.T, strict=True)])
    order = np.argsort(p)
    steps = p[order] * 12 / np.arange(1, 13)
    expected = [min(*steps[place:], 1.0) for place in range(12)]
    assert np.array([one.q for one in found])[order] == pytest.approx(expected)


def test_missing_values_and_constants_are_reported_not_tested():
    training = np.array([[1.0, 5, np.nan], [2, 5, np.nan], [3, 5, np.nan], [4, 5, 1]])
    here = np.array([[1.0, 5, 1], [np.nan, 5, 2], [9, 5, 3]])
    first, constant, absent = feature_drift(training, here, ["a", "b", "c"])
    assert (first.missing, first.outside) == (pytest.approx(1 / 3), 0.5)
    assert (constant.difference, constant.p, constant.outside) == (0, 1, 0)
    assert np.isnan([absent.difference, absent.ks, absent.p, absent.q]).all() and absent.missing_training == 0.75
    assert feature_drift(training[:, [1]], here[:, [1]] + 1, ["b"])[0].difference == np.inf


def test_shifted_normal_features_are_distinguished_as_well_as_the_best_rule_can():
    """The best linear rule for a shift d along one of several normal features has the AUC Phi(d / sqrt 2)."""
    random = np.random.default_rng(2)
    training, here = random.normal(0, 1, (1500, 4)), random.normal(0, 1, (1000, 4))
    here[:, 2] += 1.2
    found = cohort_separation(training, here, permutations=19)
    assert found.auc == pytest.approx(stats.norm.cdf(1.2 / np.sqrt(2)), abs=0.02)
    assert found.chance < 0.55 and found.p == 1 / 20
    assert (found.patients, found.training_patients) == (1000, 1500)


@pytest.mark.slow
def test_cohorts_of_the_same_patients_cannot_be_distinguished():
    random = np.random.default_rng(3)
    found = [
        cohort_separation(*np.split(random.normal(0, 1, (90, 3)), [50]), folds=2, permutations=19, seed=seed)
        for seed in range(12)
    ]
    assert np.mean([one.auc for one in found]) == pytest.approx(0.5, abs=0.06)
    assert np.mean([one.p <= 0.25 for one in found]) < 0.6


def test_values_that_only_one_cohort_lacks_distinguish_the_cohorts():
    random = np.random.default_rng(4)
    training, here = random.normal(0, 1, (100, 2)), random.normal(0, 1, (100, 2))
    here[:80, 1] = np.nan
    found = cohort_separation(training, here, permutations=19)
    assert found.auc > 0.85 and found.p == 1 / 20


@pytest.mark.slow
def test_more_features_than_patients_are_no_obstacle():
    random = np.random.default_rng(5)
    training, here = random.normal(0, 1, (60, 900)), random.normal(0, 1, (50, 900))
    here[:, 300:600] += 0.5
    found = cohort_separation(training, here, permutations=19)
    assert found.auc > 0.9
    assert found.chance < 0.75


def test_other_features_and_tiny_cohorts_are_refused():
    with pytest.raises(InputError, match="same features"):
        feature_drift(np.zeros((3, 2)), np.zeros((3, 3)), ["a", "b"])
    with pytest.raises(InputError, match="at least 10"):
        cohort_separation(np.zeros((9, 2)), np.zeros((30, 2)))
    with pytest.raises(InputError, match="varies"):
        cohort_separation(np.ones((20, 2)), np.ones((30, 2)))


def test_values_with_given_quantiles_stand_for_the_patients_themselves():
    random = np.random.default_rng(6)
    training, here = random.lognormal(3, 1, 640), random.lognormal(3.3, 1, 150)
    quantiles = np.quantile(training, np.linspace(0, 1, 101))
    stand_in = pseudo_sample(quantiles, 640)
    assert np.quantile(stand_in, np.linspace(0, 1, 101)) == pytest.approx(quantiles, rel=0.05)
    apart = stats.ks_2samp(here, training).statistic
    assert stats.ks_2samp(here, stand_in).statistic == pytest.approx(apart, abs=0.01)


def test_grades_stay_grades():
    training = np.repeat([1.0, 2, 3], [30, 100, 70])
    stand_in = pseudo_sample(np.quantile(training, np.linspace(0, 1, 101), method="nearest"), 200)
    assert set(stand_in) == {1, 2, 3}
    assert [int((stand_in == grade).sum()) for grade in (1, 2, 3)] == pytest.approx([30, 100, 70], abs=2)


def test_ages_in_whole_years_are_as_far_from_others_as_the_patients_themselves():
    """With values between the years the distance of 5000 patients to 3000 would be 0.007 larger, a third of chance."""
    shares, excess = np.linspace(0, 1, 101), []
    for seed in range(8):
        random = np.random.default_rng(seed)
        training, here = (np.round(random.normal(50, 11, count)) for count in (5000, 3000))
        stand_in = pseudo_sample(np.quantile(training, shares), 5000)
        excess.append(stats.ks_2samp(here, stand_in).statistic - stats.ks_2samp(here, training).statistic)
    assert np.mean(excess) == pytest.approx(0, abs=0.004)


@pytest.mark.parametrize("quantiles", [[1.0], [1.0, 3, 2], [1.0, np.nan]])
def test_what_are_no_quantiles_is_refused(quantiles):
    with pytest.raises(InputError, match="quantiles"):
        pseudo_sample(quantiles, 10)
