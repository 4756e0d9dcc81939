"""Each recipe finds again what was planted in its synthetic cohort, within the tolerances stated here.

There are 400 patients, far more than the studies had, so that what could be reached in the population
(``Population.oracle``) is within reach.
"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from NACResponseLib.evaluation.bootstrap import auc_gap
from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partitions
from NACResponseLib.training.signatures.recipe import load_signature_recipe
from Testing.studies import STUDIES
from Testing.study_files import make_study

pytestmark = pytest.mark.slow
AUC_TOLERANCE = 0.075
"""Three standard errors of an AUC of 400 patients."""
LOG_ODDS_TOLERANCE = 0.8
"""Of a status or T stage: three standard errors of a receptor beside another that goes with it."""
OPTIMISM = 0.02
MEAN_TOLERANCE = 0.07
"""Of the mean of three cohorts, of 600 columns a table: among so many, part of what the causes say is lost (up to 0.06,
where a model joins several signatures, each with its loss)."""
SLOWER = ("li2026", "liang2025")
GAP_TOLERANCE = 0.12
"""Two standard errors of the difference between the AUCs of 144 patients and of 110, 0.06; the three partitions share
most of these patients, and three clinical variables, too, fit the patients that they were fitted to a little better."""
SLOPE = (0.6, 1.45)
"""Three standard errors (0.14; more where it is steep) of a calibration slope in 400 patients."""
SHARE_FOUND = 2 / 3


@pytest.fixture(scope="module", params=["janse2025", "liang2025", pytest.param("li2026", marks=pytest.mark.slow)])
def learned(request, learn):
    """In li2026 two thirds of the patients are too few for the deep signature: it misses what it could reach by 0.1."""
    return learn(request.param, folds=5 if request.param == "li2026" else 3)


def area(learned, model):
    return np.mean([roc_auc_score(one.outcome, one.probability) for one in learned.run.results[model]])


def test_every_model_ranks_patients_held_out_about_as_well_as_any_could(learned):
    best = learned.truth.oracle()
    found = {model: area(learned, model) for model in best}
    assert found == pytest.approx({model: one.auc for model, one in best.items()}, abs=AUC_TOLERANCE)


def test_the_order_of_models_that_truly_differ_is_right(learned):
    best = learned.truth.oracle()
    found = {model: area(learned, model) for model in best}
    for larger in best:
        for smaller in best:
            if best[larger].auc > best[smaller].auc + AUC_TOLERANCE:
                assert found[larger] > found[smaller]


def test_most_causes_are_found_each_by_itself_or_by_a_column_that_follows_it(learned):
    signatures = learned.run.final.model.terms.signatures
    columns = [column.name for column in learned.run.final.model.terms.columns]
    families = {
        (name, family): {columns[number] for number in signatures[name].columns} & set(family)
        for name, block in learned.truth.blocks.items()
        for family in block.families
    }
    assert np.mean([bool(found) for found in families.values()]) >= SHARE_FOUND


def test_the_formula_weighs_clinical_variables_as_the_population_does(learned):
    truth = learned.truth.oracle()[learned.run.final.feature_set].coefficients
    found = {term.name: term.coefficient for term in learned.run.final.model.formula.terms}
    assert found.keys() == truth.keys()
    calibrated = learned.run.final.model.calibration.slope
    for name in set(truth) & {"ER", "PR", "HER2", "T_stage"}:
        assert calibrated * found[name] == pytest.approx(truth[name], abs=LOG_ODDS_TOLERANCE)
    assert all(found[name] > 0 for name in learned.truth.blocks)


def test_probabilities_of_patients_held_out_are_calibrated(learned):
    outcome, probability = learned.held_out(learned.run.final.feature_set)
    log_odds = np.log(probability / (1 - probability))[:, None]
    slope = LogisticRegression(C=np.inf).fit(log_odds, outcome).coef_[0, 0]
    assert SLOPE[0] < slope < SLOPE[1]
    assert probability.mean() == pytest.approx(outcome.mean(), abs=0.04)
    assert brier_score_loss(outcome, probability) < outcome.mean() * (1 - outcome.mean())


def test_patients_learned_from_look_better_than_those_held_out_where_features_were_selected(learned):
    assert optimism(learned, learned.run.final.feature_set) > OPTIMISM
    assert abs(optimism(learned, "clinical")) < OPTIMISM


def optimism(learned, model):
    """Mean over partitions of the AUC of patients learned from less that of patients held out."""
    outcome = learned.run.cohort.outcome
    parts = zip(learned.run.partitions, learned.run.results[model], strict=True)
    gaps = [
        roc_auc_score(outcome[train], one.apparent) - roc_auc_score(one.outcome, one.probability)
        for (train, _), one in parts
    ]
    return np.mean(gaps)


@pytest.mark.parametrize("study", ["janse2025", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOWER)])
def test_where_nothing_is_to_be_found_no_model_finds_it(study, learn):
    learned = learn(study, "null", 300, 4)
    for model in learned.run.results:
        outcome, probability = learned.held_out(model)
        error = np.sqrt(1 / (12 * outcome.sum()) + 1 / (12 * (1 - outcome).sum()))  # of an AUC of 0.5
        assert roc_auc_score(outcome, probability) < 0.5 + 3 * error
        assert brier_score_loss(outcome, probability) < 1.15 * outcome.mean() * (1 - outcome.mean())


@pytest.mark.parametrize("study", sorted(STUDIES))
def test_over_three_cohorts_and_many_columns_every_model_comes_near_the_best(study, learn):
    runs = [learn(study, "full", 600, seed, 600, 5) for seed in (1, 2, 3)]
    best = runs[0].truth.oracle()
    found = {model: np.mean([area(one, model) for one in runs]) for model in best}
    assert found == pytest.approx({model: one.auc for model, one in best.items()}, abs=MEAN_TOLERANCE)


def test_at_its_published_size_li2026_looks_better_on_the_patients_it_was_fitted_to(tmp_path):
    """As in the publication, by bootstrap of 144 patients and of 110; here in the mean of three partitions."""
    make_study(tmp_path, "li2026", seed=1)
    recipe = load_signature_recipe("li2026").changed(partitions=3)
    cohort = read_cohort(tmp_path, recipe.endpoint, recipe)
    drawn = strategy_of(recipe).draw(cohort.outcome)
    assert [(len(train), len(test)) for train, test in drawn] == [(144, 110)] * 3
    tables = {name: cohort.tables[name] for name in (recipe.final, "clinical")}
    gaps = {
        name: np.mean([_gap(cohort.outcome[train], one) for (train, _), one in zip(drawn, results, strict=True)])
        for name, results in run_partitions(tables, drawn, strategy_of(recipe)).items()
    }
    assert gaps[recipe.final] > 0.05
    assert gaps[recipe.final] > gaps["clinical"] + 0.01
    assert abs(gaps["clinical"]) < GAP_TOLERANCE


def _gap(outcome, result):
    return auc_gap(outcome, result.apparent, result.outcome, result.probability, draws=200, seed=1).difference
