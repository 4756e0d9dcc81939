"""LASSO: the optimum that its conditions and scikit-learn's own solver describe, and the penalty by deviance."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from NACResponseLib.estimators.lasso import LassoPath, choose_lasso
from NACResponseLib.evaluation.partitions import repeated_folds


def patients(size, features, seed=0, correlated=0.7, strength=1.0):
    """Standardized features with a common factor, three of which drive the outcome."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(size, features)) + correlated * random.normal(size=(size, 1))
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    log_odds = strength * values[:, :3] @ [1.0, -1.0, 0.5]
    return values, (random.random(size) < 1 / (1 + np.exp(-log_odds))).astype(int)


def by_sklearn(values, outcome, penalty):
    """An independent optimum of the same objective: saga, which leaves the intercept free of the penalty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LogisticRegression(
            l1_ratio=1, penalty="elasticnet", C=1 / (len(outcome) * penalty), solver="saga", tol=1e-9, max_iter=100_000
        ).fit(values, outcome)


def violation(values, outcome, path, penalty):
    """By how much the Karush-Kuhn-Tucker conditions fail, relative to the penalty."""
    weights = path.weights
    residual = 1 / (1 + np.exp(-values @ weights - path.intercept)) - outcome
    gradient, active = values.T @ residual / len(outcome), weights != 0
    inside = np.abs(gradient[active] + penalty * np.sign(weights[active])).max(initial=0)
    outside = (np.abs(gradient[~active]) - penalty).max(initial=0)
    return max(inside, outside, abs(residual.mean())) / penalty


@pytest.mark.parametrize(("size", "features"), [(40, 5), (72, 30), (150, 60), (60, 200)])
@pytest.mark.parametrize("share", [0.9, 0.5, 0.2, 0.05, 0.01])
def test_the_conditions_of_the_optimum_hold_along_the_path(size, features, share):
    values, outcome = patients(size, features)
    path = LassoPath(values, outcome)
    largest = path.largest
    for penalty in largest * np.geomspace(1, share, 5):
        path.solve(penalty)
        assert violation(values, outcome, path, penalty) < 2e-5


@pytest.mark.parametrize("share", [0.5, 0.1, 0.03])
def test_the_optimum_is_scikit_learns(share):
    values, outcome = patients(80, 12)
    path = LassoPath(values, outcome)
    penalty = share * path.largest
    path.solve(penalty)
    reference = by_sklearn(values, outcome, penalty)
    assert path.weights == pytest.approx(reference.coef_[0], abs=2e-5)
    assert path.intercept == pytest.approx(reference.intercept_[0], abs=2e-5)


def test_the_largest_penalty_is_where_the_first_weight_leaves_zero():
    values, outcome = patients(80, 12)
    largest = LassoPath(values, outcome).largest
    above, below = LassoPath(values, outcome), LassoPath(values, outcome)
    above.solve(1.001 * largest)
    below.solve(0.99 * largest)
    assert not above.weights.any() and np.count_nonzero(below.weights) == 1


def test_classes_that_one_feature_separates_and_copies_of_it_have_an_optimum_too():
    values, _ = patients(60, 10)
    values[:, 1] = values[:, 0]
    outcome = (values[:, 0] > 0).astype(int)
    path = LassoPath(values, outcome)
    for penalty in path.largest * np.geomspace(1, 1e-3, 20):
        path.solve(penalty)
        assert violation(values, outcome, path, penalty) < 2e-5


def test_the_deviance_is_that_of_held_out_patients_by_scikit_learns_fits():
    values, outcome = patients(90, 8)
    found = choose_lasso(values, outcome, 5, "best", seed=4)
    folds = repeated_folds(outcome, 5, 1, 4)[0]
    for number in (0, len(found.penalties) // 2, len(found.penalties) - 1):
        losses, sizes = [], []
        for train, test in folds:
            model = by_sklearn(values[train], outcome[train], found.penalties[number])
            losses.append(2 * log_loss(outcome[test], model.predict_proba(values[test])[:, 1], labels=[0, 1]))
            sizes.append(len(test))
        mean = np.average(losses, weights=sizes)
        error = np.sqrt(np.average((np.array(losses) - mean) ** 2, weights=sizes) / 4)
        assert (found.deviance[number], found.error[number]) == pytest.approx((mean, error), abs=1e-3)


def test_both_rules_choose_as_they_say_and_one_standard_error_is_the_sparser():
    values, outcome = patients(120, 30, strength=1.5)
    best, sparser = (choose_lasso(values, outcome, 5, rule, seed=0) for rule in ("best", "1se"))
    assert best.penalty == best.penalties[np.argmin(best.deviance)]
    within = best.deviance <= best.deviance.min() + best.error[np.argmin(best.deviance)]
    assert sparser.penalty == best.penalties[within].max() > best.penalty
    assert 0 < np.count_nonzero(sparser.weights) <= np.count_nonzero(best.weights)


def test_the_path_ends_where_noise_is_fitted():
    values, outcome = patients(120, 30, strength=1.5)
    found = choose_lasso(values, outcome, 5, "best", seed=0)
    lowest = found.deviance.argmin()
    assert (found.deviance[lowest:-1] <= found.deviance[lowest] + found.error[lowest]).all()
    assert len(found.penalties) == 30 or found.deviance[-1] > found.deviance[lowest] + found.error[lowest]


def test_three_causes_among_fifty_features_are_found_with_their_signs():
    values, outcome = patients(600, 50, seed=2, correlated=0.3)
    weights = choose_lasso(values, outcome, 5, "1se", seed=0).weights
    assert np.sign(weights[:3]).tolist() == [1, -1, 1]
    assert np.abs(weights[:3]).sum() > 4 * np.abs(weights[3:]).sum()


def test_pure_noise_gets_little_or_no_weight():
    """By one standard error; of twenty cohorts of noise nearly all stay without a feature."""
    empty = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        values, outcome = random.normal(size=(100, 40)), np.arange(100) % 2
        empty.append(not choose_lasso(values, outcome, 5, "1se", seed=seed).weights.any())
    assert np.mean(empty) >= 0.8


def test_features_that_do_not_vary_with_the_outcome_at_all_give_nothing():
    outcome = np.arange(20) % 2
    found = choose_lasso(np.zeros((20, 3)), outcome, 5, "best", seed=0)
    assert not found.weights.any() and found.penalty == 0
