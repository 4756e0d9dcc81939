"""Trees added to a logistic regression: the sum of both, in a run, in a bundle and in its explanation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from NACResponseLib.clinical import CLINICAL_VARIABLES
from NACResponseLib.evaluation.verdict import label_of
from NACResponseLib.model.bundle import bundle_bytes, load_bundle
from NACResponseLib.model.linear import Linear
from NACResponseLib.results.training import train
from NACResponseLib.run_folder import MODEL
from NACResponseLib.scoring.predict import score_values
from NACResponseLib.training.run import final_feature_set
from NACResponseLib.training.trees import pipeline
from NACResponseLib.training.trees.logistic import fit_logistic_regression
from NACResponseLib.training.trees.pipeline import fit_pipeline
from NACResponseLib.training.trees.recipe import Logistic, load_trees_recipe

from ..synthetic import make, write_folder


@pytest.fixture(scope="module")
def recipe():
    shipped = load_trees_recipe("nac2026")
    return replace(shipped, classifier=replace(shipped.classifier, rounds=(20,)))


@pytest.fixture(scope="module")
def fitted(recipe):
    return fit_pipeline(make(patients=120, deep=60, seed=3, strength=2.0).table, recipe, 12)


@pytest.fixture(scope="module")
def trained(recipe, tmp_path_factory):
    folder = write_folder(tmp_path_factory.mktemp("logistic") / "features", make(patients=90, deep=30, seed=3))
    return train(folder, "pcr", folder.parent / "run", recipe.changed(partitions=2))


@pytest.mark.parametrize("inverse_penalty", [0.1, 10.0])
def test_it_minimizes_the_penalized_likelihood(recipe, inverse_penalty):
    random = np.random.default_rng(0)
    values, outcome = random.normal(size=(80, 4)) * [1, 0.2, 3, 1], random.integers(0, 2, 80)
    spread = values.std(axis=0)
    found = fit_logistic_regression(values, outcome, (), replace(recipe, logistic=Logistic(inverse_penalty)))

    def loss(theta):
        log_odds = theta[0] + (values / spread) @ theta[1:]
        likelihood = (np.logaddexp(0, log_odds) - outcome * log_odds).sum()
        return inverse_penalty * likelihood + 0.5 * theta[1:] @ theta[1:]

    expected = minimize(
        loss, np.zeros(5), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 9999}
    )
    assert found is not None
    assert [found.intercept, *(found.weights * spread)] == pytest.approx(expected.x, abs=1e-4)


def test_clinical_variables_stay_beside_the_images_share(fitted):
    names = [column.name for column in fitted.columns]
    assert set(CLINICAL_VARIABLES) - {"T_stage"} <= set(names)
    assert len(names) == 12 + 7


def test_the_margin_is_that_of_both(fitted):
    rows = np.random.default_rng(1).normal(size=(5, len(fitted.columns)))
    trees = replace(fitted, logistic=None).margins(rows)
    assert fitted.margins(rows) - trees == pytest.approx(fitted.logistic.intercept + rows @ fitted.logistic.weights)


def test_the_bundle_comes_back_as_it_was_and_scores_as_in_the_run(trained):
    bundle, table = load_bundle(trained.folder / MODEL), trained.fitted.cohort.tables["resnet10"]
    assert bundle_bytes(bundle) == (trained.folder / MODEL).read_bytes()
    assert "added to a formula" in bundle.model.size
    expected = trained.fitted.final.model.probability_of(table)
    for number in range(0, 90, 15):
        values = dict(zip(table.names, table.values[number], strict=True))
        scanners = {group: str(labels[number]) for group, labels in table.scanners.items()}
        score = score_values(values, bundle, patient_id="P", scanners=scanners)
        assert score.probability == pytest.approx(expected[number], abs=1e-6)
        assert score.baseline + sum(each.contribution for each in score.contributions) == pytest.approx(
            score.probability
        )


def test_a_missing_status_is_averaged_over_both(trained):
    bundle, table = load_bundle(trained.folder / MODEL), trained.fitted.cohort.tables["resnet10"]
    values = dict(zip(table.names, table.values[0], strict=True))
    scanners = {group: str(labels[0]) for group, labels in table.scanners.items()}

    def probability(**status):
        return score_values({**values, **status}, bundle, patient_id="P", scanners=scanners).probability

    negative, positive = probability(HER2=0.0), probability(HER2=1.0)
    share = next(item.prevalence for item in bundle.inputs if item.name == "HER2")
    assert probability(HER2=np.nan) == pytest.approx((1 - share) * negative + share * positive, abs=1e-6)


def test_images_alone_are_trained_beside_and_never_shipped(trained):
    alone = trained.fitted.results["resnet10_alone"]
    assert not any(set(CLINICAL_VARIABLES) & set(result.selected) for result in alone)
    assert trained.fitted.final.feature_set == "resnet10"
    perfect = [replace(result, probability=result.outcome) for result in alone]
    assert final_feature_set({**trained.fitted.results, "resnet10_alone": perfect}, ()) != "resnet10_alone"
    assert (label_of("resnet10_alone"), label_of("resnet10@trial")) == ("ResNet10 alone", "ResNet10 + clinical (trial)")
    assert label_of("handcrafted") == "Handcrafted + clinical"


@pytest.mark.slow
def test_trees_without_weight_are_left_out_of_the_file_which_scores_as_in_the_run(recipe, tmp_path, monkeypatch):
    def regressions_alone(outcome, parts, *_):
        weights = np.array([0.0, 1.0, 0.5]) if parts.shape[1] == 3 else np.ones(1)
        return weights, parts @ weights

    monkeypatch.setattr(pipeline, "stack", regressions_alone)
    folder = write_folder(tmp_path / "features", make(patients=90, deep=30, seed=3))
    done = train(folder, "pcr", tmp_path / "run", recipe.changed(partitions=2))
    bundle, table = load_bundle(done.folder / MODEL), done.fitted.cohort.tables["resnet10"]
    assert isinstance(bundle.model, Linear)
    values = dict(zip(table.names, table.values[0], strict=True))
    scanners = {group: str(labels[0]) for group, labels in table.scanners.items()}
    score = score_values(values, bundle, patient_id="P", scanners=scanners)
    assert score.probability == pytest.approx(done.fitted.final.model.probability_of(table)[0], abs=1e-6)


def test_a_comparator_is_a_logistic_regression_alone(recipe):
    table = make(patients=120, deep=60, seed=3, strength=2.0).true_columns
    fitted = fit_pipeline(table, recipe, 12)
    assert (fitted.booster, dict(fitted.settings)) == (None, {})
    values = table.values[:5, [table.names.index(column.name) for column in fitted.columns]]
    prepared = fitted.preparation.apply(values, {group: labels[:5] for group, labels in table.scanners.items()})
    model = fitted.bundle_model(prepared)
    assert isinstance(model, Linear)
    assert model.margins(prepared) == pytest.approx(fitted.margins(prepared))
