"""DeLong's method against the paper's own data, another package, brute force, and simulated areas."""

from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.delong import auc_covariance, auc_interval, compare_areas
from NACResponseLib.evaluation.metrics import auc

REFERENCE = Path(__file__).parents[2] / "reference" / "roc_areas"


@pytest.fixture(scope="module")
def ovarian():
    """Outcome, and albumin, Krebs-Goplerud (lower is better) and total protein; see the README there."""
    table = np.loadtxt(REFERENCE / "ovarian_cancer.csv", delimiter=",", skiprows=1, encoding="utf-8")
    return table[:, 3], np.stack([table[:, 0], -table[:, 2], table[:, 1]])


@pytest.fixture
def tied():
    """Scores of 70 patients that tie often."""
    random = np.random.default_rng(1)
    outcome = (random.random(70) < 0.3).astype(int)
    return outcome, np.round(random.normal(0, 1, (3, 70)) + outcome, 1)


def u_statistics(outcome, scores):
    """Areas and covariance by going through every pair of patients."""
    positive, negative = scores[:, outcome == 1], scores[:, outcome == 0]
    psi = np.sign(positive[:, :, None] - negative[:, None, :]) / 2 + 0.5
    m, n = positive.shape[1], negative.shape[1]
    return psi.mean((1, 2)), np.cov(psi.mean(2)) / m + np.cov(psi.mean(1)) / n


def test_the_papers_own_patients_give_the_published_areas_and_errors(ovarian):
    outcome, scores = ovarian
    published = [(0.7366, 0.0927), (0.7258, 0.1028), (0.6478, 0.1000)]
    for score, expected in zip(scores, published, strict=True):
        found = auc_interval(outcome, score)
        assert (found.area, found.error) == pytest.approx(expected, abs=5.1e-5)
        around = special.expit(special.logit(found.area) + 1.959964 * found.error / (found.area * (1 - found.area)))
        assert found.high == pytest.approx(around, abs=1e-6) and found.low > 0


def test_the_papers_own_patients_give_the_published_joint_test(ovarian):
    areas, covariance = auc_covariance(*ovarian)
    contrast = np.array([[1, -1, 0], [0, -1, 1]])
    apart = contrast @ areas
    statistic = apart @ np.linalg.solve(contrast @ covariance @ contrast.T, apart)
    assert statistic == pytest.approx(2.5340, abs=5e-5)
    assert stats.chi2.sf(statistic, 2) == pytest.approx(0.2817, abs=5e-5)


@pytest.mark.parametrize(("place", "z", "p"), [(0, 0.112778, 0.910206), (2, -0.745218, 0.456140)])
def test_differences_equal_those_of_another_package(ovarian, place, z, p):
    outcome, scores = ovarian
    found = compare_areas(outcome, scores[place], scores[1])
    assert (found.z, found.p) == pytest.approx((z, p), abs=1e-6)
    assert found.first - found.second == found.difference == pytest.approx((found.low + found.high) / 2)


def test_the_fast_form_equals_going_through_all_pairs_ties_included(tied):
    areas, covariance = auc_covariance(*tied)
    expected_areas, expected_covariance = u_statistics(*tied)
    assert areas == pytest.approx(expected_areas, abs=1e-12)
    assert covariance == pytest.approx(expected_covariance, abs=1e-12)
    assert areas == pytest.approx([auc(tied[0], score) for score in tied[1]], abs=1e-12)


def test_a_difference_of_paired_areas_has_the_variance_of_its_own_placements(tied):
    """A direct route: the difference is itself a U-statistic, with psi of one score less psi of the other."""
    outcome, scores = tied
    positive, negative = scores[:2, outcome == 1], scores[:2, outcome == 0]
    psi = np.subtract(*(np.sign(positive[:, :, None] - negative[:, None, :]) / 2))
    variance = psi.mean(1).var(ddof=1) / psi.shape[0] + psi.mean(0).var(ddof=1) / psi.shape[1]
    found = compare_areas(outcome, *scores[:2])
    assert (found.difference, found.error) == pytest.approx((psi.mean(), np.sqrt(variance)))
    assert found.p == pytest.approx(2 * stats.norm.sf(abs(psi.mean()) / np.sqrt(variance)))


@pytest.mark.parametrize("sizes", [(30, 90), (12, 28)])
def test_intervals_hold_the_true_area_as_often_as_they_say(sizes):
    """Normal scores one deviation apart have the area Phi(1 / sqrt(2))."""
    random, truth, hits = np.random.default_rng(2), stats.norm.cdf(np.sqrt(0.5)), 0
    outcome = np.repeat([1, 0], sizes)
    for _ in range(600):
        found = auc_interval(outcome, random.normal(0, 1, len(outcome)) + outcome)
        hits += found.low <= truth <= found.high
    assert hits / 600 == pytest.approx(0.95, abs=0.025)


def test_scores_that_rank_alike_do_not_differ(tied):
    outcome, scores = tied
    found = compare_areas(outcome, scores[0], np.exp(scores[0]))
    assert (found.difference, found.error, found.p) == (0, 0, 1)


def test_where_the_variance_of_an_area_is_unknown_there_is_no_interval():
    separated = auc_interval([0, 0, 1, 1], [1, 2, 3, 4])
    assert separated.area == 1 and np.isnan([separated.error, separated.low, separated.high]).all()
    alone = auc_interval([0, 0, 0, 1], [1, 3, 2, 2.5])
    assert alone.area == pytest.approx(2 / 3) and np.isnan(alone.error)
    opposed = compare_areas([0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1])
    assert opposed.difference == 1 and np.isnan(opposed.p)


@pytest.mark.parametrize(
    ("outcome", "score"),
    [([0, 1], [0.1, 0.2, 0.3]), ([1, 1], [0.1, 0.2]), ([0, 1], [0.1, np.nan]), ([0, 2], [0.1, 0.2])],
)
def test_what_has_no_area_is_refused(outcome, score):
    with pytest.raises(InputError):
        auc_interval(outcome, score)
