"""How trees and logistic regressions are weighed: by patients left out, near halves where these say little."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from NACResponseLib.evaluation.partitions import repeated_folds
from NACResponseLib.model.trees import margins, scaled
from NACResponseLib.training.trees.logistic import LogisticRegression, fit_regressions, weighted_sum
from NACResponseLib.training.trees.pipeline import fit_pipeline
from NACResponseLib.training.trees.recipe import load_trees_recipe
from NACResponseLib.training.trees.stacking import stack, starting_weights

from ..synthetic import make


@pytest.fixture(scope="module")
def recipe():
    shipped = load_trees_recipe("nac2026")
    return replace(shipped, classifier=replace(shipped.classifier, rounds=(20,)))


@pytest.fixture(scope="module")
def table():
    return make(patients=120, deep=60, seed=3, strength=2.0).table


def patients(count, seed=0):
    """Log-odds of three parts and the outcome: the third part is right, the others are noise."""
    random = np.random.default_rng(seed)
    parts = random.normal(size=(count, 3)) * 1.5
    return parts, (random.random(count) < 1 / (1 + np.exp(-parts[:, 2]))).astype(int)


def test_a_part_of_noise_falls_out_and_the_right_one_counts_in_full(recipe):
    parts, outcome = patients(3000)
    weights, held_out = stack(outcome, parts, repeated_folds(outcome, 5, 1, 1)[0], recipe)
    assert weights == pytest.approx([0, 0, 1], abs=0.15)
    assert np.corrcoef(held_out, parts[:, 2])[0, 1] > 0.99


def test_few_patients_hardly_move_the_weights(recipe):
    parts, outcome = patients(12)
    weights, _ = stack(outcome, parts, repeated_folds(outcome, 3, 1, 1)[0], recipe)
    assert weights == pytest.approx([0.5, 0.5, 0.0], abs=0.35)


def test_weights_maximize_the_penalized_likelihood(recipe):
    parts, outcome = patients(80, seed=4)

    def loss(theta):
        log_odds = theta[0] + parts @ theta[1:]
        likelihood = (np.logaddexp(0, log_odds) - outcome * log_odds).sum()
        return likelihood + recipe.logistic.stacking / 2 * ((theta[1:] - [0.5, 0.5, 0]) ** 2).sum()

    bounds = [(None, None), *[(0, None)] * 3]
    expected = minimize(loss, np.full(4, 0.3), method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-8}).x
    weights, _ = stack(outcome, parts, repeated_folds(outcome, 4, 1, 1)[0], recipe)
    assert weights == pytest.approx(expected[1:], abs=1e-3)


def test_the_weights_of_a_folds_patients_are_found_without_them(recipe):
    parts, outcome = patients(60)
    folds = repeated_folds(outcome, 4, 1, 1)[0]
    before = stack(outcome, parts, folds, recipe)[1]
    test = folds[0][1]
    turned = outcome.copy()
    turned[test] = 1 - turned[test]
    after = stack(turned, parts, folds, recipe)[1]
    assert (after[test] == before[test]).all() and (np.delete(after, test) != np.delete(before, test)).all()


def test_without_stacking_parts_are_added_as_they_are(recipe):
    plain = replace(recipe, logistic=replace(recipe.logistic, stacking=None))
    parts, outcome = patients(60)
    weights, held_out = stack(outcome, parts[:, :2], repeated_folds(outcome, 4, 1, 1)[0], plain)
    assert weights.tolist() == [1, 1] and (held_out == parts[:, 0] + parts[:, 1]).all()
    assert starting_weights(1, plain).tolist() == [1]


def test_scaled_trees_have_scaled_margins(recipe, table):
    alone = fit_pipeline(table, replace(recipe, logistic=None), 12)
    rows = np.random.default_rng(1).normal(size=(40, len(alone.columns)))
    assert margins(scaled(alone.booster, 0.3), rows) == pytest.approx(0.3 * margins(alone.booster, rows), abs=1e-6)


def test_the_weighted_sum_of_regressions_has_the_weighted_sum_of_their_log_odds():
    first, second = LogisticRegression(np.array([1.0, -2.0]), 0.5), LogisticRegression(np.array([0.0, 3.0]), -1.0)
    rows = np.random.default_rng(2).normal(size=(6, 2))
    found = weighted_sum((first, second), np.array([0.2, 0.7]))
    assert found.log_odds(rows) == pytest.approx(0.2 * first.log_odds(rows) + 0.7 * second.log_odds(rows))
    assert weighted_sum((), np.empty(0)) is None


def test_the_regression_of_clinical_variables_sees_no_image(recipe, table):
    values = np.random.default_rng(3).normal(size=(120, len(table.columns)))
    whole, clinical = fit_regressions(values, table.outcome, table.columns, recipe)
    of_images = np.array([column.group != "clinical" for column in table.columns])
    assert (whole.weights[of_images] != 0).all() and (clinical.weights[of_images] == 0).all()
    assert (clinical.weights[~of_images] != 0).all()
    without = fit_regressions(values[:, of_images], table.outcome, _columns(table, of_images), recipe)
    assert without[0].weights.any() and not without[1].weights.any()


def _columns(table, chosen):
    return tuple(column for column, kept in zip(table.columns, chosen, strict=True) if kept)


def test_folds_may_differ_in_which_clinical_variables_they_keep(recipe, table):
    """Of columns that compete, some folds keep clinical ones and some none."""
    compete = replace(recipe, selection=replace(recipe.selection, keep_clinical=False))
    fitted = fit_pipeline(table, compete, 2)
    assert len(fitted.columns) == 2 and np.isfinite(fitted.reference).all()


@pytest.mark.slow
def test_where_images_have_no_effect_the_clinical_variables_stay(recipe):
    """Of 250 patients whose outcome follows ER and HER2 alone, the model ranks nearly as these do."""
    made = make(patients=250, deep=200, seed=5).table
    random = np.random.default_rng(6)
    place = {name: number for number, name in enumerate(made.names)}
    log_odds = 2.5 * (made.values[:, place["HER2"]] - made.values[:, place["ER"]])
    outcome = (random.random(250) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    table = replace(made, outcome=outcome)
    correlation = {}
    for stacking in (None, 10.0):
        changed = replace(recipe, logistic=replace(recipe.logistic, stacking=stacking))
        fitted = fit_pipeline(table, changed, 25)
        correlation[stacking] = np.corrcoef(fitted.reference, log_odds)[0, 1]
    assert correlation[10.0] > correlation[None] + 0.05
