"""Metrics against scikit-learn, cases done by hand, and simulated data of known calibration."""

import numpy as np
import pytest
from sklearn import metrics as reference
from sklearn.linear_model import LogisticRegression

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation import metrics
from NACResponseLib.evaluation.calibration import fit_calibration
from NACResponseLib.evaluation.logistic import fit_logistic, logit, sigmoid


@pytest.fixture
def cohort():
    random = np.random.default_rng(3)
    probability = np.round(random.uniform(0.02, 0.98, 400), 2)  # rounded: with ties
    return (random.random(400) < probability**1.5).astype(int), probability


def test_metrics_equal_those_of_scikit_learn(cohort):
    outcome, probability = cohort
    weights = np.random.default_rng(4).integers(0, 4, len(outcome)).astype(float)
    for weight in (None, weights):
        given = {"sample_weight": weight}
        called = probability >= 0.4
        assert metrics.auc(outcome, probability, weight) == pytest.approx(
            reference.roc_auc_score(outcome, probability, **given), abs=1e-12
        )
        assert metrics.brier(outcome, probability, weight) == pytest.approx(
            reference.brier_score_loss(outcome, probability, **given), abs=1e-12
        )
        assert metrics.log_loss(outcome, probability, weight) == pytest.approx(
            reference.log_loss(outcome, probability, **given), abs=1e-9
        )
        assert metrics.balanced_accuracy(outcome, called, weight) == pytest.approx(
            reference.balanced_accuracy_score(outcome, called, **given), abs=1e-12
        )


def test_auc_counts_a_tie_as_half_a_win():
    # pairs (positive, negative): (3, 1) and (3, 2) won, (2, 1) won, (2, 2) tied
    assert metrics.auc([0, 0, 1, 1], [1, 2, 3, 2]) == pytest.approx(3.5 / 4)


def test_a_weight_is_a_repetition(cohort):
    outcome, probability = cohort
    counts = np.random.default_rng(5).integers(0, 3, len(outcome))
    repeated = np.repeat(np.arange(len(outcome)), counts)
    called = (probability >= 0.4).astype(int)
    weighted = _all(outcome, probability, called, counts.astype(float))
    plain = _all(outcome[repeated], probability[repeated], called[repeated])
    assert weighted == pytest.approx(plain, abs=1e-9)


def test_many_draws_at_once_equal_one_after_the_other(cohort):
    outcome, probability = cohort
    draws = np.random.default_rng(6).integers(0, 3, (4, len(outcome))).astype(float)
    together = metrics.all_metrics(outcome, probability, probability >= 0.4, draws)
    for number, weights in enumerate(draws):
        alone = _all(outcome, probability, probability >= 0.4, weights)
        assert {name: value[number] for name, value in together.items()} == pytest.approx(alone, abs=1e-9)


def test_calibration_slope_equals_an_independent_logistic_regression(cohort):
    outcome, probability = cohort
    log_odds = np.log(probability / (1 - probability))[:, None]
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(log_odds, outcome)
    assert metrics.calibration_slope(outcome, probability) == pytest.approx(fitted.coef_[0, 0], abs=1e-5)


def test_calibration_in_the_large_balances_predicted_and_observed(cohort):
    outcome, probability = cohort
    shift = metrics.calibration_intercept(outcome, probability)
    shifted = 1 / (1 + np.exp(-(np.log(probability / (1 - probability)) + shift)))
    assert shifted.sum() == pytest.approx(outcome.sum(), abs=1e-6)


def test_probabilities_made_too_extreme_have_the_slope_that_made_them_so():
    random = np.random.default_rng(8)
    true = random.normal(0, 1.5, 60_000)
    outcome = random.random(60_000) < sigmoid(true)
    assert metrics.calibration_slope(outcome, sigmoid(2 * true)) == pytest.approx(0.5, abs=0.02)
    assert metrics.calibration_intercept(outcome, sigmoid(true - 0.7)) == pytest.approx(0.7, abs=0.03)


def test_logistic_calibration_recovers_the_distortion_of_margins():
    random = np.random.default_rng(9)
    true = random.normal(-0.5, 1.2, 60_000)
    outcome = (random.random(60_000) < sigmoid(true)).astype(int)
    calibration = fit_calibration(outcome, np.stack([(true - 0.3) * 2, (true - 0.3) * 2]))
    assert (calibration.slope, calibration.intercept) == pytest.approx((0.5, 0.3), abs=0.03)


def test_a_saturated_logistic_regression_gives_the_observed_log_odds():
    group = np.repeat([0, 1], [50, 40])
    outcome = np.concatenate([np.repeat([1, 0], [10, 40]), np.repeat([1, 0], [30, 10])])
    intercept, difference = fit_logistic(np.stack([np.ones(90), group], axis=1), outcome)
    assert intercept == pytest.approx(np.log(10 / 40))
    assert difference == pytest.approx(np.log(30 / 10) - np.log(10 / 40))


def test_separated_classes_are_refused():
    with pytest.raises(InputError, match="overlap"):
        fit_logistic(np.stack([np.ones(6), np.arange(6)], axis=1), [0, 0, 0, 1, 1, 1])


def test_log_odds_and_probability_are_inverse():
    values = np.array([-8.0, -0.3, 0, 2.5, 9])
    assert logit(sigmoid(values)) == pytest.approx(values)


def _all(*arguments):
    return {name: float(value) for name, value in metrics.all_metrics(*arguments).items()}
