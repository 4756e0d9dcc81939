"""Verdicts on added value, and the power that the smallest detectable difference promises, by simulation."""

import numpy as np
import pytest
from scipy import stats

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.delong import AreaDifference, compare_areas
from NACResponseLib.evaluation.detectable import added_value, added_value_of_partitions, smallest_detectable
from NACResponseLib.evaluation.paired_tests import corrected_resampled_t_test


def observed(difference, error):
    """A comparison with this difference and standard error."""
    half, z = 1.959964 * error, difference / error
    low, high = difference - half, difference + half
    return AreaDifference(0.7 + difference, 0.7, difference, low, high, error, z, 2 * stats.norm.sf(abs(z)))


CLASSES = (60, 140)


def test_the_smallest_detectable_difference_by_hand():
    """AUC 0.7 of 60 and 140 patients: Q1 = 0.7 / 1.3, Q2 = 2 * 0.49 / 1.7 (Hanley and McNeil 1982)."""
    variance = (0.7 * 0.3 + 59 * (0.7 / 1.3 - 0.49) + 139 * (0.98 / 1.7 - 0.49)) / (60 * 140)
    # z(0.975) + z(0.8) = 1.959964 + 0.841621
    assert smallest_detectable(CLASSES, 0.7) == pytest.approx(2.801585 * np.sqrt(variance), rel=1e-6)
    other = smallest_detectable(CLASSES, 0.7, power=0.9, level=0.9, correlation=0.0)
    assert other == pytest.approx((1.644854 + 1.281552) * np.sqrt(2 * variance), rel=1e-6)
    assert smallest_detectable(CLASSES, 0.3) == smallest_detectable(CLASSES, 0.7)


def test_it_depends_on_the_cohort_and_not_on_models_that_happen_to_agree():
    outcome = np.repeat([1, 0], CLASSES)
    score = np.random.default_rng(0).normal(size=200) + outcome
    nearly = compare_areas(outcome, score + 1e-3 * np.arange(200), score)
    found = added_value(nearly, CLASSES)
    assert found.smallest_detectable == smallest_detectable(CLASSES, nearly.second) > 0.05 > nearly.error


def test_as_many_patients_show_that_difference_at_least_about_as_often_as_the_power_says():
    """Normal scores whose AUCs are correlated by about 0.5; Hanley and McNeil's error of an area is a little large."""
    random, outcome = np.random.default_rng(1), np.repeat([1, 0], CLASSES)
    weaker = 1.0  # deviations between the classes; the area is Phi(d / sqrt 2)

    def one(stronger):
        common = random.normal(0, np.sqrt(0.5), 200)
        scores = common + random.normal(0, np.sqrt(0.5), (2, 200)) + np.outer([stronger, weaker], outcome)
        return compare_areas(outcome, *scores)

    base = stats.norm.cdf(weaker / np.sqrt(2))
    stronger = np.sqrt(2) * stats.norm.ppf(base + smallest_detectable(CLASSES, base))
    found = np.mean([one(stronger).p < 0.05 for _ in range(600)])
    assert 0.77 < found < 0.95


@pytest.mark.parametrize(
    ("difference", "error", "verdict"),
    [
        (0.06, 0.02, "adds"),
        (0.03, 0.01, "adds"),
        (0.00, 0.02, "does not add"),
        (-0.06, 0.02, "does not add"),
        (0.02, 0.03, "inconclusive"),
        (-0.01, 0.05, "inconclusive"),
    ],
)
def test_the_verdict_follows_from_where_the_interval_lies(difference, error, verdict):
    assert added_value(observed(difference, error), CLASSES).verdict == verdict


def test_a_gain_that_matters_is_the_users_to_state():
    comparison = observed(0.0, 0.02)
    assert added_value(comparison, CLASSES, relevant=0.03).verdict == "inconclusive"
    with pytest.raises(InputError, match="relevant"):
        added_value(comparison, CLASSES, relevant=0.0)


def test_the_sentence_gives_difference_interval_and_what_could_have_been_seen():
    sentence = added_value(observed(0.02, 0.03), CLASSES).sentence("deep radiomics", "volume and subtype")
    assert sentence.replace("\N{MINUS SIGN}", "-") == (
        "Inconclusive whether deep radiomics adds to volume and subtype, the data do not decide: AUC difference +0.020 "
        "(95 % interval -0.039 to +0.079, DeLong p = 0.505). A cohort of this size and with so many events shows a "
        "true difference of 0.119 with 80 % power, if the two AUCs are correlated by 0.5."
    )
    assert added_value(observed(0.03, 0.005), CLASSES).sentence("it", "age").startswith("It adds to age: ")
    assert "It does worse." in added_value(observed(-0.06, 0.02), CLASSES).sentence("it", "age")
    assert "below 0.05" in added_value(observed(0.03, 0.005), CLASSES).sentence("it", "age")


@pytest.mark.parametrize("second", [lambda score: 2 * score, np.zeros_like])
def test_equal_rankings_and_unknown_errors_are_inconclusive(second):
    """Among them two models that give everyone the same probability."""
    outcome, score = [0, 0, 1, 1], np.array([1.0, 3, 2, 4])
    first = score if second(score).any() else np.ones(4)
    same = added_value(compare_areas(outcome, first, second(score)), (2, 2))
    assert same.verdict == "inconclusive" and "rank all these patients alike" in same.sentence("it", "age")
    unknown = added_value(compare_areas([0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1]), (2, 2))
    assert unknown.verdict == "inconclusive" and "cannot be estimated" in unknown.sentence("it", "age")


def test_over_partitions_the_test_and_its_interval_are_reported():
    test = corrected_resampled_t_test([0.70, 0.72, 0.74], [0.70, 0.70, 0.70], n_train=80, n_test=20)
    assert test.error == pytest.approx(0.01 * np.sqrt(7 / 3)) and test.degrees == 2
    found = added_value_of_partitions(test, CLASSES, 0.7)
    assert found.verdict == "inconclusive" and "corrected resampled t-test p" in found.sentence("it", "age")
    assert found.smallest_detectable == smallest_detectable(CLASSES, 0.7)


def test_over_partitions_the_verdict_follows_from_the_interval_too():
    def over(differences):
        test = corrected_resampled_t_test(differences, np.zeros(10), 80, 20)
        return added_value_of_partitions(test, CLASSES, 0.7).verdict

    noise = np.tile([-0.01, 0.01], 5)
    assert (over(0.1 + noise), over(noise), over(0.03 + 5 * noise)) == (
        "adds",
        "does not add",
        "inconclusive",
    )
