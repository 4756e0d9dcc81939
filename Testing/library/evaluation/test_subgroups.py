"""Subgroups and the tests between them, against other routes and with planted differences."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.delong import auc_interval
from NACResponseLib.evaluation.external import external_metrics
from NACResponseLib.evaluation.logistic import sigmoid
from NACResponseLib.evaluation.subgroups import age_bands, analyse_subgroups, receptor_subtypes


def cohort(seed, patients, distort=None, groups=2):
    """Labels, outcomes and probabilities; ``distort`` changes the last group's log-odds."""
    random = np.random.default_rng(seed)
    true = random.normal(-0.5, 1.2, patients)
    labels = np.array([f"scanner {number}" for number in random.integers(groups, size=patients)])
    outcome = (random.random(patients) < sigmoid(true)).astype(int)
    last = labels == f"scanner {groups - 1}"
    return labels, outcome, sigmoid(np.where(last, distort(true), true) if distort else true)


def by_test(analysis):
    return {test.test: test for test in analysis.interactions}


def test_a_subgroups_metrics_are_those_of_its_patients_alone():
    labels, outcome, probability = cohort(1, 300)
    found = analyse_subgroups("scanner", labels, outcome, probability, 0.4, draws=100)
    for group in found.groups:
        rows = labels == group.group
        assert group.metrics == external_metrics(outcome[rows], probability[rows], 0.4, draws=100)
        assert (group.patients, group.positives) == (rows.sum(), outcome[rows].sum())
        assert group.low < group.observed == outcome[rows].mean() < group.high


def test_between_two_subgroups_the_test_of_areas_is_delongs():
    labels, outcome, probability = cohort(2, 300)
    found = by_test(analyse_subgroups("scanner", labels, outcome, probability, 0.4, draws=20))["auc"]
    first, second = (auc_interval(outcome[labels == one], probability[labels == one]) for one in sorted(set(labels)))
    z = (first.area - second.area) / np.hypot(first.error, second.error)
    assert (found.statistic, found.degrees, found.p) == pytest.approx((z**2, 1, 2 * stats.norm.sf(abs(z))))


def test_calibration_tests_equal_gains_in_likelihood_by_an_independent_regression():
    labels, outcome, probability = cohort(3, 400, lambda value: value - 0.5, groups=3)
    found = by_test(analyse_subgroups("scanner", labels, outcome, probability, 0.4, draws=20))
    log_odds = np.log(probability / (1 - probability))[:, None]
    members = (labels[:, None] == ["scanner 1", "scanner 2"]).astype(float)
    likelihoods = []
    for columns in ([log_odds], [log_odds, members], [log_odds, members, members * log_odds]):
        design = np.hstack(columns)
        model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(design, outcome)
        likelihoods.append(-log_loss(outcome, model.predict_proba(design)[:, 1], normalize=False))
    for name, gain in zip(("calibration_intercept", "calibration_slope"), np.diff(likelihoods), strict=True):
        assert found[name].statistic == pytest.approx(2 * gain, abs=1e-4)
        assert (found[name].degrees, found[name].groups) == (2, 3)
        assert found[name].p == pytest.approx(stats.chi2.sf(2 * gain, 2), rel=1e-3)


@pytest.mark.parametrize(
    ("distort", "broken"),
    [
        (lambda value: value - 1.5, "calibration_intercept"),
        (lambda value: 3 * value + 1, "calibration_slope"),
        (lambda value: np.random.default_rng(5).permutation(value), "auc"),
    ],
)
def test_a_planted_difference_is_found_by_its_own_test(distort, broken):
    found = by_test(analyse_subgroups("scanner", *cohort(4, 800, distort), 0.4, draws=20))
    assert found[broken].p < 0.001


def test_a_small_subgroup_has_counts_and_no_figures():
    labels, outcome, probability = cohort(6, 200)
    labels = np.where(np.arange(200) < 12, "scanner 9", labels)
    found = analyse_subgroups("scanner", labels, outcome, probability, 0.4, draws=20)
    small = found.groups[-1]
    assert (small.group, small.patients, small.metrics) == ("scanner 9", 12, ())
    assert all(test.groups == 2 and test.degrees == 1 for test in found.interactions)


def test_patients_without_a_group_are_shown_apart_and_not_tested():
    labels, outcome, probability = cohort(7, 300)
    labels = np.where(np.arange(300) < 120, " ", labels)
    found = analyse_subgroups("scanner", labels, outcome, probability, 0.4, draws=20)
    assert [group.group for group in found.groups] == ["scanner 0", "scanner 1", "not given"]
    assert found.groups[-1].metrics and all(test.groups == 2 for test in found.interactions)


def test_with_one_subgroup_nothing_is_tested_and_the_reason_is_given():
    _, outcome, probability = cohort(8, 100)
    found = analyse_subgroups("scanner", ["a"] * 100, outcome, probability, 0.4, draws=20)
    assert all(np.isnan(test.p) and "fewer than two" in test.reason for test in found.interactions)


def test_ages_and_receptors_are_parted_by_name():
    assert age_bands([39.9, 40, 69.5, 70, np.nan]) == ["0 to 39", "40 to 49", "60 to 69", "70 and above", ""]
    assert receptor_subtypes([1, 1, 0, 0, np.nan], [0, 1, 1, 0, 1]) == [
        "HR+/HER2-",
        "HR+/HER2+",
        "HR-/HER2+",
        "HR-/HER2-",
        "",
    ]


def test_unmatched_patients_are_refused():
    with pytest.raises(InputError, match="match the patients"):
        analyse_subgroups("scanner", ["a", "b"], [1, 0, 1], [0.1, 0.2, 0.3], 0.5)
