"""The whole procedure: nothing leaks into a training part, and what is there is found."""

import re
from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.estimators.calibration import MAX_SLOPE, MIN_SLOPE, NOTHING_LEARNED, calibrate
from NACResponseLib.evaluation.logistic import sigmoid
from NACResponseLib.evaluation.metrics import auc
from NACResponseLib.model.trees import margins
from NACResponseLib.training.fitted import aucs, mean_auc
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partition, run_partitions
from NACResponseLib.training.trees.pipeline import fit_pipeline, inner_folds

from ..synthetic import make


def learned(fitted):
    """All that a fit holds, as comparable data."""
    preparation = fitted.preparation
    effects = {
        group: (each.scanners, each.columns.tolist(), each.factor.tolist(), each.offset.tolist())
        for group, each in preparation.effects.items()
    }
    arrays = [part.tobytes() for part in (preparation.center, preparation.scale, preparation.fill, preparation.share)]
    return (
        fitted.columns,
        effects,
        arrays,
        bytes(fitted.booster.save_raw("json")),
        fitted.setting,
        fitted.calibration,
        fitted.threshold,
        fitted.reference.tobytes(),
    )


def test_changing_test_patients_changes_nothing_learned(table, recipe):
    train, test = strategy_of(recipe).draw(table.outcome)[0]
    values, outcome = table.values.copy(), table.outcome.copy()
    values[test] = 7 * values[test][::-1] + 3
    outcome[test] = 1 - outcome[test]
    scanners = {group: labels.copy() for group, labels in table.scanners.items()}
    scanners["MRI"][test] = "another"
    other = replace(table, values=values, outcome=outcome, scanners=scanners)
    fits = [fit_pipeline(each.part(train), recipe, 12) for each in (table, other)]
    assert learned(fits[0]) == learned(fits[1])
    assert learned(fits[0]) != learned(fit_pipeline(other.part(np.sort(np.r_[train[:-1], test[:1]])), recipe, 12))


@pytest.mark.slow
def test_outcomes_that_mean_nothing_are_predicted_no_better_than_by_chance(recipe):
    found = []
    for seed in range(4):
        table = make(patients=100, deep=120, seed=seed).table
        shuffled = np.random.default_rng(seed).permutation(table.outcome)
        once = recipe.changed(seed=seed, partitions=4)
        results = run_partitions(
            {"noise": replace(table, outcome=shuffled)}, strategy_of(once).draw(shuffled), strategy_of(once), workers=1
        )
        found += aucs(results["noise"])
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


@pytest.mark.slow
def test_it_finds_the_causes_and_predicts_nearly_as_well_as_from_them_alone(recipe):
    made = make(patients=177, deep=300, handcrafted=60, seed=2, strength=1.5)
    partitions = strategy_of(recipe).draw(made.table.outcome)
    results = run_partitions(
        {"all": made.table, "causes": made.true_columns}, partitions, strategy_of(recipe), workers=1
    )
    found = [len(set(result.selected) & set(made.causes)) for result in results["all"]]
    assert sum(count >= 4 for count in found) > len(partitions) / 2
    assert mean_auc(results["all"]) > mean_auc(results["causes"]) - 0.06
    assert mean_auc(results["causes"]) > 0.75


@pytest.mark.slow
def test_the_same_seed_learns_the_same_and_another_seed_something_else(table, recipe):
    first, again, other = (fit_pipeline(table, recipe.changed(seed=seed), 12) for seed in (1, 1, 2))
    assert learned(first) == learned(again)
    assert learned(first) != learned(other)


def fitted_to_noise(recipe, method):
    table = make(patients=100, deep=300, seed=1).table
    outcome = np.random.default_rng(0).permutation(table.outcome)
    chosen = replace(recipe, selection=replace(recipe.selection, method=method))
    return table, outcome, fit_pipeline(replace(table, outcome=outcome), chosen, 10)


@pytest.mark.parametrize("method", ["FCQ", "MIQ"])
def test_out_of_fold_probabilities_are_honest_where_there_is_nothing_to_learn(recipe, method):
    _, outcome, fitted = fitted_to_noise(recipe, method)
    assert auc(outcome, fitted.reference) < 0.65


def test_patients_seen_in_training_look_predictable_where_there_is_nothing_to_learn(recipe):
    table, outcome, fitted = fitted_to_noise(recipe, "FCQ")
    assert auc(outcome, fitted.probability_of(table)) > 0.8


def test_a_missing_status_is_averaged_over(table, recipe):
    wanted = np.array([table.names.index(name) for name in ("ER", "HER2", "age", "tumor_size_mm")])
    fitted = fit_pipeline(replace(table.of_columns(wanted), selected=True), recipe, 12)
    rows = np.array([[np.nan, 1, 50, 30], [0, 1, 50, 30], [1, 1, 50, 30]], dtype=float)
    unknown, negative, positive = fitted.probability(rows, {})
    share = table.values[:, wanted[0]].mean()
    assert unknown == pytest.approx((1 - share) * negative + share * positive)
    assert negative != positive


def test_a_pipeline_predicts_what_its_parts_say(table, recipe):
    fitted = fit_pipeline(table, recipe, 12)
    places = [table.names.index(column.name) for column in fitted.columns]
    prepared = fitted.preparation.apply(table.values[:, places], table.scanners)
    margin = margins(fitted.booster, prepared)
    expected = sigmoid(fitted.calibration.intercept + fitted.calibration.slope * margin)
    assert fitted.probability_of(table) == pytest.approx(expected)
    assert fitted.threshold == table.outcome.mean(), "the recipe's rule"


def test_margins_that_do_not_rise_with_the_outcome_are_flattened_not_turned_round():
    random = np.random.default_rng(1)
    outcome = (np.arange(200) % 4 == 0).astype(int)
    backwards = random.normal(size=200) - outcome
    calibration, learned_anything = calibrate(outcome, backwards)
    assert (calibration.slope, learned_anything) == (MIN_SLOPE, False)
    assert calibration.probability(backwards).mean() == pytest.approx(0.25)
    forwards, learned_anything = calibrate(outcome, -backwards)
    assert learned_anything and forwards.slope > 0.5
    separated, learned_anything = calibrate(outcome, 5.0 * outcome)
    assert learned_anything and separated.slope == 1
    assert calibrate(outcome, np.zeros(200))[1] is False


def test_margins_that_hardly_differ_are_not_stretched_without_bound():
    random = np.random.default_rng(2)
    outcome = (np.arange(200) % 4 == 0).astype(int)
    underconfident = 0.05 * (random.normal(size=200) + outcome)
    calibration, learned_anything = calibrate(outcome, underconfident)
    assert learned_anything and calibration.slope == MAX_SLOPE
    assert calibration.probability(underconfident).mean() == pytest.approx(0.25)
    assert np.ptp(calibration.probability(underconfident)) < 0.5


def test_a_model_that_learned_nothing_says_so(recipe):
    table = make(patients=80, deep=60, seed=4).table
    for seed in range(20):
        outcome = np.random.default_rng(seed).permutation(table.outcome)
        result = run_partition(
            replace(table, outcome=outcome), "noise", 0, strategy_of(recipe).draw(outcome)[0], strategy_of(recipe)
        )
        if result.calibration[0] == MIN_SLOPE:
            assert NOTHING_LEARNED in result.warnings
            return
    pytest.fail("noise was never recognized as such")


def test_training_without_oversampling_is_advised_only_where_it_helps(recipe):
    for minority, advised in ((4, False), (6, True)):
        with pytest.raises(InputError) as error:
            inner_folds((np.arange(40) < minority).astype(int), recipe)
        assert ("--no-smote" in str(error.value)) == advised


@pytest.mark.parametrize("oversample", [True, False])
def test_too_few_patients_of_a_class_are_refused_with_what_is_needed(table, recipe, oversample):
    rows = np.sort(np.r_[np.flatnonzero(table.outcome == 1)[:4], np.flatnonzero(table.outcome == 0)[:60]])
    with pytest.raises(InputError) as error:
        fit_pipeline(table.part(rows), recipe.changed(oversample=oversample), 6)
    text = str(error.value)
    assert re.search("5 folds .*5 patients", text) and "4 of 64" in text
    assert ("SMOTENC interpolates between 5 neighbours" in text) == oversample
    assert oversample == ("must hold 6" in text)


def test_folds_that_use_the_part_s_columns_are_more_hopeful(recipe):
    """What the recipe's choice to select anew in each fold is for."""
    table = make(patients=100, deep=600, seed=5).table
    outcome = np.random.default_rng(5).permutation(table.outcome)
    noise = replace(table, outcome=outcome)
    hopeful = replace(recipe, validation=replace(recipe.validation, select_in_folds=False))
    assert fit_pipeline(noise, hopeful, 10).setting_auc > fit_pipeline(noise, recipe, 10).setting_auc + 0.1
