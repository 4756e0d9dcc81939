"""The procedure: nothing leaks into a training part, and each choice is made by its stated rule."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import PolynomialFeatures

from NACResponseLib.estimators.calibration import choose_threshold
from NACResponseLib.evaluation.metrics import auc, balanced_accuracy, log_loss
from NACResponseLib.evaluation.partitions import repeated_folds
from NACResponseLib.training.clinical.boosting import agreeing_constraints
from NACResponseLib.training.clinical.comparator import fit_comparator
from NACResponseLib.training.clinical.procedure import choose_calibration, fit_model, prepare_inputs
from NACResponseLib.training.clinical.strategy import COMPARATOR, MODEL, ClinicalStrategy
from NACResponseLib.training.interval import interval_by_simulation
from NACResponseLib.training.rebuild import figures
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partitions
from NACResponseLib.training.strategy import TrainingRun
from NACResponseLib.training.table import Cohort


def learned(model):
    return (
        bytes(model.booster.save_raw("json")),
        model.logistic.coefficients.tobytes(),
        model.calibration,
        model.threshold,
        model.reference.tobytes(),
    )


def held_out_figures(table, recipe):
    """The metrics of the trees and of the comparator, from a run on its own partitions."""
    cohort = Cohort(table.patients, table.outcome, {MODEL: table, COMPARATOR: table}, (COMPARATOR,), {}, {}, ())
    partitions = strategy_of(recipe).draw(table.outcome)
    results = run_partitions(cohort.tables, partitions, strategy_of(recipe))
    run = TrainingRun("pcr", cohort, strategy_of(recipe), tuple(partitions), results, None)
    return tuple(figures(run, recipe, name) for name in (MODEL, COMPARATOR))


def test_changing_held_out_patients_changes_nothing_learned(table, recipe):
    """Values and outcomes of the first test part are replaced; its model stays, another fold's does not."""
    strategy = ClinicalStrategy(recipe)
    partitions = strategy.draw(table.outcome)
    _, test = partitions[0]
    values, outcome = table.values.copy(), table.outcome.copy()
    values[test, 0], values[test, 3] = 99, 1e6
    exchanged = np.flatnonzero(outcome[test])[0], np.flatnonzero(outcome[test] == 0)[0]
    outcome[test[list(exchanged)]] = outcome[test[list(exchanged)]][::-1]
    changed = replace(table, values=values, outcome=outcome)
    for number, same in ((0, True), (1, False)):
        train, _ = partitions[number]
        before, after = (strategy.fit(each.part(train), 300, MODEL, number) for each in (table, changed))
        assert (learned(before) == learned(after)) is same


def test_partitions_are_the_folds_of_each_repeat_and_each_has_a_seed_of_its_own(table, recipe):
    strategy = ClinicalStrategy(recipe)
    partitions = strategy.draw(table.outcome)
    assert len(partitions) == recipe.validation.repeats * recipe.validation.folds
    first = partitions[: recipe.validation.folds]
    assert sorted(np.concatenate([test for _, test in first])) == list(range(300))
    part = table.part(partitions[0][0])
    assert learned(strategy.fit(part, 300, MODEL, 0)) != learned(strategy.fit(part, 300, MODEL, 1))


@pytest.mark.slow
def test_outcomes_that_mean_nothing_are_predicted_no_better_than_by_chance(table, recipe):
    found = []
    for seed in range(3):
        shuffled = np.random.default_rng(seed).permutation(table.outcome)
        ours, _ = held_out_figures(replace(table, outcome=shuffled), recipe)
        found.append(ours["auc"].mean)
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_the_same_seed_gives_the_same_model(table, recipe):
    first, second = (fit_model(table.values, table.outcome, recipe, repeats=1, seed=4) for _ in range(2))
    assert learned(first) == learned(second)


def test_every_patient_is_held_out_once_per_repeat_and_folds_are_stratified(table):
    for folds in repeated_folds(table.outcome, 5, 3, 1):
        assert sorted(np.concatenate([test for _, test in folds])) == list(range(300))
        shares = [table.outcome[test].mean() for _, test in folds]
        assert max(shares) - min(shares) < 2 / 60
        assert all(not set(train) & set(test) for train, test in folds)


def prepared(table, recipe):
    return prepare_inputs(table.values, recipe).apply(table.values, {})


def test_a_constraint_that_the_data_contradict_is_not_used(table, recipe):
    inputs, values = list(recipe.inputs.values()), prepared(table, recipe)
    assert agreeing_constraints(values, table.outcome, inputs) == (0, -1, 1, -1)
    assert agreeing_constraints(values, 1 - table.outcome, inputs) == (0, 0, 0, 0)


def test_the_logarithm_is_taken_where_the_recipe_says_so_and_a_missing_status_stays_missing(table, recipe):
    values = prepared(table, recipe)
    assert values[:, 3] == pytest.approx(np.log(table.values[:, 3]))
    assert np.isnan(values[:3, 1]).all() and np.isnan(values).sum() == 3


def test_trees_change_a_logistic_regression_less_the_fewer_they_are(table, recipe):
    """Of many they fit their patients better than it, of one they hardly differ from it."""
    values, found = prepared(table, recipe), {}
    alone = fit_comparator(values, table.outcome).probability(values)
    for rounds in (1, 200):
        changed = replace(recipe, classifier=replace(recipe.classifier, rounds=rounds))
        model = fit_model(table.values, table.outcome, changed, repeats=1, seed=1)
        found[rounds] = model.calibration.probability(model.margins(values))
    assert np.abs(found[1] - alone).max() < 0.02 < np.abs(found[200] - alone).max()
    assert log_loss(table.outcome, found[200]) < log_loss(table.outcome, alone)


def test_a_missing_status_is_averaged_over(table, recipe):
    model = fit_model(table.values, table.outcome, recipe, repeats=1, seed=1)
    either = np.repeat(table.values[:1], 2, axis=0)
    either[:, 1] = 0, 1
    share = np.nanmean(table.values[:, 1])
    expected = np.average(model.probability(either, {}), weights=[1 - share, share])
    assert model.probability(table.values[:1], {}) == pytest.approx(expected)


def test_margins_that_are_too_extreme_are_calibrated_and_right_ones_left_alone():
    random = np.random.default_rng(2)
    true = random.normal(0, 1.3, 4000)
    outcome = (random.random(4000) < 1 / (1 + np.exp(-true))).astype(int)
    partitions = repeated_folds(outcome, 5, 1, 1)
    name, calibration = choose_calibration(outcome, 3 * true[None], partitions, ("none", "logistic"))
    assert (name, calibration.slope) == ("logistic", pytest.approx(1 / 3, abs=0.03))
    distorted = log_loss(outcome, 1 / (1 + np.exp(-3 * true)))
    assert log_loss(outcome, calibration.probability(3 * true)) < distorted
    name, calibration = choose_calibration(outcome, true[None], partitions, ("none",))
    assert (name, calibration.slope, calibration.intercept) == ("none", 1, 0)


def test_margins_without_spread_are_left_uncalibrated():
    outcome = np.tile([0, 1, 1], 40)
    partitions = repeated_folds(outcome, 5, 1, 1)
    assert choose_calibration(outcome, np.full((1, 120), 0.7), partitions, ("none", "logistic"))[0] == "none"


def test_thresholds_follow_their_rules(table):
    probability = np.random.default_rng(3).random(300)
    youden = choose_threshold(table.outcome, probability, "youden")
    everywhere = [balanced_accuracy(table.outcome, probability >= cut) for cut in np.linspace(0, 1, 2001)]
    assert balanced_accuracy(table.outcome, probability >= youden) >= max(everywhere)
    assert choose_threshold(table.outcome, probability, "prevalence") == table.outcome.mean()


def test_the_comparator_equals_scikit_learn_on_imputed_inputs(table, recipe):
    values = table.values.copy()
    values[:, 3] = np.log(values[:, 3])
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    standardized = (values - values.mean(axis=0)) / values.std(axis=0)
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=2000).fit(standardized, table.outcome)
    given = prepared(table, recipe)
    found = fit_comparator(given, table.outcome).probability(given)
    assert found == pytest.approx(reference.predict_proba(standardized)[:, 1], abs=1e-4)


def test_the_comparator_with_products_equals_scikit_learn_with_them(table, recipe):
    values = table.values.copy()
    values[:, 3] = np.log(values[:, 3])
    standardized = np.nan_to_num((values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0))
    products = PolynomialFeatures(interaction_only=True, include_bias=False).fit_transform(standardized)
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(products, table.outcome)
    given = prepared(table, recipe)
    found = fit_comparator(given, table.outcome, products=True).probability(given)
    assert found == pytest.approx(reference.predict_proba(products)[:, 1], abs=1e-4)


def test_held_out_predictions_find_what_drives_the_outcome(table, recipe):
    ours, comparator = held_out_figures(table, recipe)
    truth = -1.2 * np.nan_to_num(table.values[:, 1]) + 1.2 * table.values[:, 2] - 0.6 * np.log(table.values[:, 3])
    best = auc(table.outcome, truth)
    assert best - 0.1 < ours["auc"].mean < best + 0.02
    assert comparator["auc"].mean == pytest.approx(best, abs=0.03)
    for average in ours.values():
        assert average.low < average.mean < average.high


@pytest.mark.slow
def test_more_patients_give_a_larger_effective_sample_size(table, recipe):
    """Both too few for a law with products, which would be a harder one."""
    fewer = replace(recipe, interval=replace(recipe.interval, simulations=12))
    found = []
    for part in (np.arange(60), np.arange(180)):
        chosen = table.part(part)
        model = fit_model(chosen.values, chosen.outcome, fewer, repeats=1, seed=1)
        results = run_partitions({MODEL: chosen}, strategy_of(fewer).draw(chosen.outcome), strategy_of(fewer))[MODEL]
        found.append(interval_by_simulation(ClinicalStrategy(fewer), MODEL, chosen, model, results))
    assert [each.truths for each in found] == [2, 2]
    assert found[0].effective_patients < found[1].effective_patients
    assert found[1].coverage == pytest.approx(0.95, abs=0.05)
