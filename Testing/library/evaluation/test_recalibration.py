"""Recalibration against an independent regression, planted miscalibration, and the level of the closed test."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.calibration import Calibration
from NACResponseLib.evaluation.logistic import sigmoid
from NACResponseLib.evaluation.recalibration import recalibrate


def patients(seed, count, distort=lambda value: value):
    """Outcomes, and log-odds made wrong in a known way."""
    random = np.random.default_rng(seed)
    true = random.normal(-0.4, 1.1, count)
    return (random.random(count) < sigmoid(true)).astype(int), distort(true)


def test_too_extreme_probabilities_are_drawn_in_by_the_slope_of_an_independent_regression():
    outcome, log_odds = patients(1, 400, lambda value: 2 * value + 0.5)
    found = recalibrate(outcome, log_odds)
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(log_odds[:, None], outcome)
    assert found.method == "intercept and slope"
    assert (found.slope, found.intercept) == pytest.approx((fitted.coef_[0, 0], fitted.intercept_[0]), abs=1e-5)


def test_a_planted_distortion_is_undone():
    outcome, log_odds = patients(2, 60_000, lambda value: 2 * value + 0.5)
    found = recalibrate(outcome, log_odds)
    assert (found.slope, found.intercept) == pytest.approx((0.5, -0.25), abs=0.03)


def test_another_prevalence_alone_changes_the_intercept_alone():
    outcome, log_odds = patients(3, 500, lambda value: value - 1)
    found = recalibrate(outcome, log_odds)
    assert (found.method, found.slope) == ("intercept", 1.0)
    assert sigmoid(found.intercept + log_odds).sum() == pytest.approx(outcome.sum())


def test_p_values_are_those_of_likelihoods_computed_apart():
    outcome, log_odds = patients(4, 150, lambda value: 1.7 * value - 0.7)
    found = recalibrate(outcome, log_odds)

    def likelihood(intercept, slope):
        return stats.bernoulli.logpmf(outcome, sigmoid(intercept + slope * log_odds)).sum()

    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(log_odds[:, None], outcome)
    best = likelihood(fitted.intercept_[0], fitted.coef_[0, 0])
    shifted = max(likelihood(shift, 1) for shift in np.linspace(-1, 2, 1501))
    assert found.method != "none"
    assert found.p_any == pytest.approx(stats.chi2.sf(2 * (best - likelihood(0, 1)), 2), rel=1e-3)
    assert found.p_slope == pytest.approx(stats.chi2.sf(2 * (best - shifted), 1), rel=1e-3)


def test_a_calibrated_model_is_changed_in_one_of_twenty_cohorts():
    found = [recalibrate(*patients(seed, 150)).method != "none" for seed in range(400)]
    assert np.mean(found) == pytest.approx(0.05, abs=0.03)


def test_the_new_calibration_takes_the_old_ones_place():
    outcome, log_odds = patients(5, 400, lambda value: 2 * value + 0.5)
    old = Calibration(slope=0.8, intercept=-0.3)
    margins = (log_odds - old.intercept) / old.slope
    found = recalibrate(outcome, old.log_odds(margins))
    assert found.of(old).log_odds(margins) == pytest.approx(found.intercept + found.slope * log_odds)
    kept = recalibrate(*patients(6, 300))
    assert kept.method == "none" and kept.of(old) == old


def test_a_model_that_ranks_the_wrong_way_round_and_too_few_patients_are_refused():
    with pytest.raises(InputError, match="do not use this model"):
        recalibrate(*patients(7, 300, lambda value: -value))
    with pytest.raises(InputError, match="at least 20 patients"):
        recalibrate(*patients(8, 30))
    with pytest.raises(InputError, match="match the patients"):
        recalibrate([0, 1], [0.1, np.nan])


def test_a_model_without_effect_is_refused_even_where_only_its_average_is_significantly_off():
    """Slope below 0, although no test would distinguish it from 1: moving the average would only fit noise."""
    outcome = np.repeat([1, 0], [25, 35])
    log_odds = np.r_[np.linspace(-0.2, 0.18, 25), np.linspace(-0.18, 0.2, 35)] - 1.5
    assert np.mean(log_odds[outcome == 1]) < np.mean(log_odds[outcome == 0])
    with pytest.raises(InputError, match="do not use this model"):
        recalibrate(outcome, log_odds)
