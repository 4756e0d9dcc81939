"""From a training part to a formula: what was planted is found, noise gets no weight, and nothing leaks."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.conformal import conformal_p_values
from NACResponseLib.evaluation.metrics import auc
from NACResponseLib.evaluation.partitions import repeated_folds
from NACResponseLib.model.columns import VOLUME, clinical_column
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partition
from NACResponseLib.training.signatures.model import fit_formula, inner_folds
from NACResponseLib.training.signatures.signature import fit_signature

from .conftest import planted


@pytest.fixture(scope="module")
def fitted(planted_recipe):
    return fit_formula(planted(), planted_recipe)


def test_a_planted_truth_is_recovered(fitted):
    """Both causes with their signs, the noise signature without say, ER near its 1.5 (standard error about 0.3)."""
    a, b, er = fitted.formula.terms
    weights = dict(zip(a.inputs, a.weights, strict=True))
    assert weights["a0"] > 0.4 and weights["a1"] < -0.4
    assert a.coefficient == pytest.approx(1.2, abs=0.6), "a shrunken signature is stretched again"
    assert abs(a.coefficient * weights["a0"]) == pytest.approx(1.0, abs=0.35)
    assert er.coefficient == pytest.approx(1.5, abs=0.7)
    assert b.coefficient * (np.std(fitted.terms.held_out[:, 1]) if b.inputs else 0) < 0.3


def test_log_odds_follow_from_the_formula_by_hand(fitted):
    table = planted(seed=9)
    place = {name: number for number, name in enumerate(table.names)}
    raw = table.values[:, [place[column.name] for column in fitted.columns]]
    prepared = (raw - fitted.preparation.center) / fitted.preparation.scale
    by_name = dict(zip((column.name for column in fitted.columns), prepared.T, strict=True))
    log_odds = np.full(len(raw), fitted.formula.intercept)
    for term in fitted.formula.terms:
        value = term.intercept + sum(w * by_name[name] for w, name in zip(term.weights, term.inputs, strict=True))
        log_odds += term.coefficient * value
    calibrated = fitted.calibration.intercept + fitted.calibration.slope * log_odds
    assert fitted.probability_of(table) == pytest.approx(1 / (1 + np.exp(-calibrated)))


def test_every_input_belongs_to_one_term_and_signatures_are_centred(fitted):
    inputs = [name for term in fitted.formula.terms for name in term.inputs]
    assert sorted(inputs) == sorted(fitted.formula.inputs) == sorted(column.name for column in fitted.columns)
    for term in fitted.formula.terms[:2]:
        assert term.mean == pytest.approx(0, abs=1e-9) and term.low <= 0 <= term.high


def test_the_second_stage_sees_only_values_of_patients_left_out(planted_recipe):
    """The same folds gone through by hand: standardized, selected and weighed without the fold."""
    table = planted(patients=120, strength=2.0)
    found = fit_formula(table, planted_recipe).terms.held_out
    seed = planted_recipe.validation.seed
    for train, test in repeated_folds(table.outcome, planted_recipe.validation.folds, 1, seed)[0]:
        values = table.values[train, :30]
        center, scale = values.mean(axis=0), values.std(axis=0)
        signature = fit_signature(
            (values - center) / scale, table.outcome[train], np.arange(30), planted_recipe.selection, seed
        )
        assert found[test, 0] == pytest.approx(signature.of((table.values[test, :30] - center) / scale))


def test_coefficients_are_those_of_logistic_regression_on_held_out_terms(planted_recipe):
    table = planted(strength=1.5)
    fitted = fit_formula(table, planted_recipe)
    used = np.array([term.coefficient != 0 for term in fitted.formula.terms])
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(fitted.terms.held_out[:, used], table.outcome)
    ours = np.array([term.coefficient for term in fitted.formula.terms])[used]
    assert ours == pytest.approx(plain.coef_[0], abs=1e-3) and used[0] and used[2]


def test_outcomes_and_values_of_the_test_part_change_nothing_that_was_learned(planted_recipe):
    table = planted(patients=150)
    rows = np.random.default_rng(0).permutation(150)
    partition = np.sort(rows[:100]), np.sort(rows[100:])
    before = run_partition(table, "both", 0, partition, strategy_of(planted_recipe))
    outcome, values = table.outcome.copy(), table.values.copy()
    outcome[partition[1]] = 1 - outcome[partition[1]]
    values[partition[1][1:]] *= 3
    after = run_partition(
        replace(table, outcome=outcome, values=values), "both", 0, partition, strategy_of(planted_recipe)
    )
    for attribute in ("threshold", "selected", "setting", "calibration", "apparent", "warnings"):
        assert getattr(before, attribute) == getattr(after, attribute)
    assert before.probability[0] == after.probability[0]


@pytest.mark.slow
def test_a_signature_fitted_to_noise_gets_no_weight(planted_recipe):
    """Cohorts of noise: a model says nothing of 4000 others, and does not look better in its own patients' log-odds of
    left-out folds, although the second stage was fitted to scores whose signatures had seen them."""
    fresh = planted(patients=4000, seed=99, strength=0.0, clinical=())
    lines, left_out, elsewhere = [], [], []
    for seed in range(12):
        table = planted(patients=80, seed=seed, strength=0.0, clinical=())
        fitted = fit_formula(table, planted_recipe)
        lines.append(np.std(fitted.reference))
        left_out.append(auc(table.outcome, fitted.reference))
        elsewhere.append(auc(fresh.outcome, fitted.probability_of(fresh)))
    assert np.median(lines) < 0.1 and np.mean(elsewhere) == pytest.approx(0.5, abs=0.02)
    assert np.mean(left_out) < 0.5 + 3 * 0.065 / np.sqrt(12), "an AUC of 80 patients has a standard error of 0.065"


def test_no_signature_at_all_is_a_warning_and_one_probability_for_all(planted_recipe):
    table = planted(patients=60, clinical=())
    values = table.values.copy()
    values[:, 1:] = 1.0  # constant but for one column, which has nothing to do with the outcome
    values[:, 0] = np.tile([1.0, 2.0], 30)
    table = replace(table, values=values, outcome=np.repeat([0, 1], 30))
    fitted = fit_formula(table, planted_recipe)
    assert np.ptp(fitted.probability_of(table)) == 0
    assert any("the signature a is empty" in warning for warning in fitted.warnings)
    assert len(fitted.columns) == 1 and fitted.formula.coefficients.tolist() == [0.0]


def test_a_model_of_clinical_variables_alone_is_logistic_regression(planted_recipe):
    table = planted(patients=200, clinical=("ER", "HER2"))
    clinical = replace(table.of_columns(np.array([60, 61])), selected=True, signatures={})
    fitted = fit_formula(clinical, planted_recipe)
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(clinical.values, table.outcome)
    assert [term.coefficient for term in fitted.formula.terms] == pytest.approx(list(plain.coef_[0]), abs=1e-4)
    assert fitted.formula.intercept == pytest.approx(plain.intercept_[0], abs=1e-4)


def test_the_volume_acts_by_its_logarithm(planted_recipe):
    random = np.random.default_rng(0)
    volume = np.exp(random.normal(9, 1, 300))
    outcome = (random.random(300) < 1 / (1 + np.exp(np.log(volume) - 9))).astype(np.int64)
    base = planted(clinical=("ER",))
    table = replace(
        base.of_columns(np.array([60])),
        columns=(clinical_column(VOLUME),),
        values=volume[:, None],
        outcome=outcome,
        signatures={},
        selected=True,
    )
    fitted = fit_formula(table, planted_recipe)
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(np.log(volume)[:, None], outcome)
    assert fitted.preparation.log == (0,)
    assert fitted.formula.terms[0].coefficient / fitted.preparation.scale[0] == pytest.approx(
        plain.coef_[0, 0], abs=1e-3
    )


def test_a_patient_of_unknown_receptor_is_the_mean_over_both(fitted):
    table = planted(seed=5)
    sets = [table.values.copy() for _ in range(3)]
    for values, status in zip(sets, (np.nan, 0.0, 1.0), strict=True):
        values[0, -1] = status
    unknown, negative, positive = (fitted.probability_of(replace(table, values=each))[0] for each in sets)
    share = planted().values[:, -1].mean()
    assert unknown == pytest.approx((1 - share) * negative + share * positive)


def test_missing_values_constant_columns_and_absent_patients_are_borne(planted_recipe):
    table = planted(patients=120, strength=2.0)
    random = np.random.default_rng(1)
    values = np.where(random.random(table.values.shape) < 0.1, np.nan, table.values)
    values[:, 5] = 3.0
    values[:15, 30:60] = np.nan  # no image of b at all
    values[:10, -1] = np.nan
    messy = replace(table, values=values)
    fitted = fit_formula(messy, planted_recipe)
    assert np.isfinite(fitted.probability_of(messy)).all() and "a5" not in fitted.formula.inputs
    assert auc(table.outcome, fitted.reference) > 0.7


def test_calibrated_probabilities_of_patients_left_out_meet_the_prevalence(fitted):
    assert fitted.reference.mean() == pytest.approx(planted().outcome.mean(), abs=0.01)
    assert fitted.threshold == pytest.approx(planted().outcome.mean())


def test_few_patients_for_the_terms_are_reported(planted_recipe):
    few = fit_formula(planted(patients=50), planted_recipe)
    assert any("fewer than 10 patients" in warning for warning in few.warnings)
    assert not any("fewer than 10" in warning for warning in fit_formula(planted(), planted_recipe).warnings)


@pytest.mark.parametrize("positives", [0, 3])
def test_too_few_of_a_class_are_refused(planted_recipe, positives):
    with pytest.raises(InputError, match="smaller class"):
        inner_folds((np.arange(50) < positives).astype(int), planted_recipe)


@pytest.mark.parametrize(("folds", "needed"), [(2, 4), (3, 3), (4, 4), (7, 7)])
def test_the_number_of_patients_that_is_asked_for_is_the_fewest_that_do(planted_recipe, folds, needed):
    recipe = replace(planted_recipe, validation=replace(planted_recipe.validation, folds=folds))
    with pytest.raises(InputError, match=f"at least {needed} patients"):
        inner_folds((np.arange(50) < needed - 1).astype(int), recipe)
    outcome = (np.arange(50) < needed).astype(int)
    assert min(outcome[train].sum() for train, _ in inner_folds(outcome, recipe)) >= 2


@pytest.mark.slow
def test_sets_of_new_patients_hold_the_class_of_nine_in_ten_in_either_class(planted_recipe):
    """Ten cohorts of 100, 2000 new patients: a class is covered more or less often by 0.05, in the mean by 0.016."""
    fresh = planted(patients=2000, seed=99)
    held = []
    for seed in range(10):
        table = planted(patients=100, seed=seed)
        fitted = fit_formula(table, planted_recipe)
        p = conformal_p_values(fitted.probability_of(fresh), fitted.reference, table.outcome)
        held.append([(p[fresh.outcome == label, label] > 0.1).mean() for label in (0, 1)])
    assert (np.mean(held, axis=0) > 0.9 - 3 * 0.016).all()


def test_the_fewest_patients_that_are_allowed_can_be_learned_from(planted_recipe):
    table = planted(patients=40)
    for positives in (4, 5):
        rare = replace(table, outcome=(np.arange(40) < positives).astype(np.int64))
        assert np.isfinite(fit_formula(rare, planted_recipe).probability_of(rare)).all()
