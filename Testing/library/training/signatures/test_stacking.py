"""The second stage: maximum likelihood where it exists, within its bounds, and held where classes separate."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from NACResponseLib.training.signatures.signature import MAX_COEFFICIENT, RIDGE, fit_second_stage


def terms(size=200, seed=0, truth=(1.0, 0.5, -0.8)):
    random = np.random.default_rng(seed)
    values = random.normal(size=(size, len(truth))) * [1.0, 2.0, 0.5] + [0, 3, 1]
    log_odds = (values - values.mean(axis=0)) @ np.array(truth)
    return values, (random.random(size) < 1 / (1 + np.exp(-log_odds))).astype(int)


def test_without_bounds_in_play_it_is_plain_logistic_regression():
    values, outcome = terms()
    found, intercept, ridge = fit_second_stage(values, outcome, np.array([True, True, False]))
    plain = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(values, outcome)
    assert found == pytest.approx(plain.coef_[0], abs=1e-4) and intercept == pytest.approx(
        plain.intercept_[0], abs=1e-3
    )
    assert not ridge


@pytest.mark.parametrize("truth", [(-1.0, 0.5, -0.8), (-0.5, -0.5, 0.8), (8.0, 0.1, 0.0)])
def test_bounds_are_those_of_an_independent_solver(truth):
    """SLSQP on the unstandardized terms."""
    values, outcome = terms(truth=truth)
    bounded = np.array([True, True, False])
    found, intercept, _ = fit_second_stage(values, outcome, bounded)

    def loss(coefficients):
        log_odds = coefficients[0] + values @ coefficients[1:]
        return (np.logaddexp(0, log_odds) - outcome * log_odds).mean()

    limits = [(None, None), (0, MAX_COEFFICIENT), (0, MAX_COEFFICIENT), (None, None)]
    reference = minimize(loss, np.array([0.0, 0.5, 0.5, 0.0]), bounds=limits, method="SLSQP", options={"ftol": 1e-14})
    assert np.append(intercept, found) == pytest.approx(reference.x, abs=5e-3)
    assert loss(np.append(intercept, found)) <= reference.fun + 1e-8
    assert (found[:2] >= 0).all() and (found[:2] <= MAX_COEFFICIENT + 1e-9).all()


def test_terms_that_separate_the_classes_are_held_by_the_stated_ridge():
    values, _ = terms(size=40)
    outcome = (values[:, 0] > 0).astype(int)
    found, intercept, ridge = fit_second_stage(values, outcome, np.zeros(3, dtype=bool))
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    held = LogisticRegression(C=1 / RIDGE, tol=1e-10, max_iter=1000).fit(standard, outcome)
    assert ridge
    assert found == pytest.approx(held.coef_[0] / values.std(axis=0), abs=1e-4)
    assert intercept + values @ found == pytest.approx(held.decision_function(standard), abs=1e-3)


def test_a_term_that_does_not_vary_gets_nothing_and_disturbs_nothing():
    values, outcome = terms()
    beside = np.column_stack([values[:, 0], np.zeros(len(values)), values[:, 1:]])
    plain = fit_second_stage(values, outcome, np.zeros(3, dtype=bool))
    found = fit_second_stage(beside, outcome, np.array([True, True, False, False]))
    assert (
        found[0][1] == 0 and np.delete(found[0], 1) == pytest.approx(plain[0]) and found[1] == pytest.approx(plain[1])
    )


def test_no_term_at_all_leaves_the_prevalence():
    outcome = np.arange(40) % 4 == 0
    found, intercept, _ = fit_second_stage(np.zeros((40, 1)), outcome.astype(int), np.array([True]))
    assert found.tolist() == [0] and intercept == pytest.approx(np.log(0.25 / 0.75))


def test_a_term_given_twice_is_held_too():
    values, outcome = terms()
    found, _, ridge = fit_second_stage(np.column_stack([values, values[:, 0]]), outcome, np.zeros(4, dtype=bool))
    assert ridge and found[0] == pytest.approx(found[3], abs=1e-4)
