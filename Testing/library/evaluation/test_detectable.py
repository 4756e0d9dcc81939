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


def test_the_smallest_detectable_difference_by_hand():
    # z(0.975) + z(0.8) = 1.959964 + 0.841621
    assert smallest_detectable(0.02) == pytest.approx(0.02 * 2.801585, rel=1e-6)
    assert smallest_detectable(0.02, power=0.9, level=0.9) == pytest.approx(0.02 * (1.644854 + 1.281552), rel=1e-6)


def test_as_many_patients_show_that_difference_as_often_as_the_power_says():
    random, outcome = np.random.default_rng(1), np.repeat([1, 0], [60, 140])
    weaker = 1.0  # deviations between the classes; the area is Phi(d / sqrt 2)

    def one(stronger):
        common = random.normal(0, np.sqrt(0.5), 200)
        scores = common + random.normal(0, np.sqrt(0.5), (2, 200)) + np.outer([stronger, weaker], outcome)
        return compare_areas(outcome, *scores)

    error = np.mean([one(1.4).error for _ in range(50)])
    base = stats.norm.cdf(weaker / np.sqrt(2))
    stronger = np.sqrt(2) * stats.norm.ppf(base + smallest_detectable(error))
    found = np.mean([one(stronger).p < 0.05 for _ in range(600)])
    assert found == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(
    ("difference", "error", "verdict"),
    [
        (0.06, 0.02, "adds"),
        (0.03, 0.01, "adds"),
        (0.00, 0.02, "does not add"),
        (-0.06, 0.02, "does not add"),
        (0.02, 0.03, "cannot tell at this size"),
        (-0.01, 0.05, "cannot tell at this size"),
    ],
)
def test_the_verdict_follows_from_where_the_interval_lies(difference, error, verdict):
    assert added_value(observed(difference, error)).verdict == verdict


def test_a_gain_that_matters_is_the_users_to_state():
    comparison = observed(0.0, 0.02)
    assert added_value(comparison, relevant=0.03).verdict == "cannot tell at this size"
    with pytest.raises(InputError, match="relevant"):
        added_value(comparison, relevant=0.0)


def test_the_sentence_gives_difference_interval_and_what_could_have_been_seen():
    sentence = added_value(observed(0.02, 0.03)).sentence("deep radiomics", "volume and subtype")
    assert sentence.replace("\N{MINUS SIGN}", "-") == (
        "Whether deep radiomics adds to volume and subtype cannot be told at this size: AUC difference +0.020 (95 % "
        "interval -0.039 to +0.079, DeLong p = 0.505). The smallest difference that these patients would show with "
        "80 % power is 0.084."
    )
    assert added_value(observed(0.03, 0.005)).sentence("it", "age").startswith("It adds to age: ")
    assert "It does worse." in added_value(observed(-0.06, 0.02)).sentence("it", "age")
    assert "below 0.05" in added_value(observed(0.03, 0.005)).sentence("it", "age")


def test_equal_rankings_add_nothing_and_unknown_errors_tell_nothing():
    outcome, score = [0, 0, 1, 1], np.array([1.0, 3, 2, 4])
    same = added_value(compare_areas(outcome, score, 2 * score))
    assert same.verdict == "does not add" and np.isnan(same.smallest_detectable)
    unknown = added_value(compare_areas([0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1]))
    assert unknown.verdict == "cannot tell at this size" and "do not tell" in unknown.sentence("it", "age")


def test_over_partitions_the_smallest_difference_is_the_one_a_noncentral_t_shows_with_that_power():
    """Checked by scipy's noncentral t, both tails counted; the corrected error by hand as in the paired tests."""
    test = corrected_resampled_t_test([0.70, 0.72, 0.74], [0.70, 0.70, 0.70], n_train=80, n_test=20)
    error = 0.01 * np.sqrt(7 / 3)
    assert test.error == pytest.approx(error) and test.degrees == 2
    found = added_value_of_partitions(test)
    beyond = found.smallest_detectable / error
    limit = stats.t.ppf(0.975, 2)
    assert stats.nct.sf(limit, 2, beyond) + stats.nct.cdf(-limit, 2, beyond) == pytest.approx(0.8, abs=1e-3)
    assert found.verdict == "cannot tell at this size" and "corrected resampled t-test p" in found.sentence("it", "age")


def test_over_partitions_the_verdict_follows_from_the_interval_too():
    def over(differences):
        return added_value_of_partitions(corrected_resampled_t_test(differences, np.zeros(10), 80, 20)).verdict

    noise = np.tile([-0.01, 0.01], 5)
    assert (over(0.1 + noise), over(noise), over(0.03 + 5 * noise)) == (
        "adds",
        "does not add",
        "cannot tell at this size",
    )


def test_two_models_that_rank_all_patients_alike_are_said_to_do_so():
    outcome, score = np.repeat([0, 1], 15), np.linspace(0.1, 0.9, 30)
    told = added_value(compare_areas(outcome, score, score**2)).sentence("imaging", "age")
    assert told.startswith("Imaging does not add to age")
