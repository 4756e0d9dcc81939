"""From a run on signatures to bundles: they score as the run's own models do, and cards say how they were made."""

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from NACResponseLib.evaluation.conformal import conformal_p_values
from NACResponseLib.evaluation.statistics import wilson_interval
from NACResponseLib.model.bundle import bundle_bytes, load_bundle, save_bundle
from NACResponseLib.protocol import load_protocol, protocol_plain, protocol_sha256
from NACResponseLib.scoring.needs import needs_of
from NACResponseLib.scoring.predict import score_values
from NACResponseLib.training.assembly import assemble_model, assemble_run
from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.run import train_on
from NACResponseLib.training.signatures.recipe import load_signature_recipe

from ...studies import population
from ...study_files import write_cohort

pytestmark = pytest.mark.slow
STUDY = "liang2025"


@pytest.fixture(scope="module")
def made():
    return population(STUDY, 120)


@pytest.fixture(scope="module")
def run(made, tmp_path_factory):
    """A run on 160 synthetic patients of the study, with one repeat of cross-validation."""
    folder = tmp_path_factory.mktemp("signatures")
    write_cohort(folder, made, 160, 3)
    recipe = load_signature_recipe(STUDY).changed(partitions=5)
    return train_on(read_cohort(folder, recipe.endpoint, recipe), recipe.endpoint, recipe)


@pytest.fixture(scope="module")
def bundle(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "final.nacmodel"
    save_bundle(assemble_run(run, "final"), path)
    return load_bundle(path)


def rows_of(run, model, numbers):
    """Values by input name of some training patients."""
    table = run.cohort.tables[model]
    return [dict(zip(table.names, map(float, table.values[number]), strict=True)) for number in numbers]


@pytest.mark.slow
def test_every_model_scores_as_it_did_in_the_run(run, tmp_path):
    assert {run.recipe.final, "clinical", "volume_receptors"} < set(run.finals)
    for name, final in run.finals.items():
        save_bundle(assemble_model(run, name, f"study-{name}"), tmp_path / f"{name}.nacmodel")
        read = load_bundle(tmp_path / f"{name}.nacmodel")
        assert read.card.name == f"study-{name}" and read.interval.effective_patients == pytest.approx(
            final.interval.effective_patients, abs=0.05
        )
        expected = final.model.probability_of(run.cohort.tables[name])
        for number, values in zip(range(6), rows_of(run, name, range(6)), strict=True):
            inputs = {item.name: values[item.name] for item in read.inputs}
            open_to_all = replace(read, inputs=tuple(replace(item, missing_allowed=True) for item in read.inputs))
            score = score_values(inputs, open_to_all, patient_id="P")
            assert score.probability == pytest.approx(expected[number], abs=1e-9)
            total = score.baseline + sum(each.contribution for each in score.contributions)
            assert total == pytest.approx(score.probability, abs=1e-12)


def test_a_status_that_is_missing_is_scored_as_in_the_run(run, bundle):
    table, values = run.cohort.tables[run.recipe.final], rows_of(run, run.recipe.final, [0])[0]
    number = table.names.index("HER2")
    without = table.values[:1].copy()
    without[0, number] = np.nan
    expected = run.final.model.probability_of(replace(table.part(np.array([0])), values=without))
    assert score_values({**values, "HER2": np.nan}, bundle, patient_id="P").probability == pytest.approx(expected[0])


def test_the_card_says_how_the_signatures_were_made(run, bundle):
    card, terms = bundle.card, {term.name: term for term in bundle.model.formula.terms}
    assert "5-fold cross-validation" in card.validation and "5 partitions" in card.validation
    assert re.search("Mann-Whitney.*Spearman.*LASSO", card.validation) and "stacking" in card.validation
    for name in run.recipe.models[run.recipe.final].signatures:
        held = len(terms[name].inputs) if terms[name].coefficient else 0
        assert f"{run.recipe.signatures[name].label} {held or 'none'}" in card.validation
    for text in (card.validation, card.calibration, card.interval, card.title):
        assert "trees" not in text and "XGBoost" not in text and "SMOTENC" not in text
    assert "not oversampled" in card.calibration and "formula's log-odds" in card.calibration
    for model in run.recipe.models[run.recipe.final].signatures:
        assert run.recipe.signatures[model].label.lower() in card.title.lower()
    assert "HER2" in card.title and card.comparator == "a model of clinical variables alone" and card.demonstration


def test_a_comparators_card_speaks_of_no_signature(run):
    card = assemble_model(run, "clinical", "plain").card
    assert card.title.endswith("from clinical variables")
    assert "LASSO" not in card.validation and "stacking" not in card.validation
    assert "tumour volume with receptors" in card.comparator


def test_inputs_state_the_training_patients_quantiles(run, bundle):
    table = run.cohort.tables[run.recipe.final]
    for item in bundle.inputs:
        values = table.values[:, table.names.index(item.name)]
        if item.kind == "binary":
            assert item.quantiles == () and item.prevalence == pytest.approx(np.nanmean(values))
        elif item.kind == "continuous":
            assert item.quantiles == pytest.approx(np.nanquantile(values, np.linspace(0, 1, 101)), rel=1e-4)
        else:
            assert set(item.quantiles) <= set(values)


def test_it_needs_the_images_of_its_features_and_no_others(bundle):
    images = {name for item in bundle.inputs for name in bundle.protocol.images if item.name.startswith(f"{name}_")}
    needs = needs_of(bundle)
    assert images and images <= set(needs.images) and set(needs.contours) <= set(bundle.protocol.contours)
    assert bundle.own_protocol is None and bundle.images.protocol == STUDY


def test_a_run_on_a_protocol_of_ones_own_gives_a_bundle_with_its_definition(run, tmp_path):
    own = replace(load_protocol(STUDY), name="ours", margin_mm=3.0)
    fields = {"protocol": "ours", "protocol_sha256": protocol_sha256(own), "protocol_definition": protocol_plain(own)}
    metadata = {name: {**each, **fields, "margin_mm": 3.0} for name, each in run.cohort.metadata.items()}
    ours = assemble_run(replace(run, cohort=replace(run.cohort, metadata=metadata)), "ours")
    save_bundle(ours, tmp_path / "ours.nacmodel")
    read = load_bundle(tmp_path / "ours.nacmodel")
    assert list(own.images) != sorted(own.images), "an order that JSON with sorted keys would lose"
    assert (read.own_protocol, read.protocol) == (own, own) and list(read.protocol.images) == list(own.images)
    assert protocol_sha256(read.protocol) == protocol_sha256(own)
    assert (read.images.protocol, read.images.margin_mm) == ("ours", 3.0)
    assert bundle_bytes(read) == bundle_bytes(ours)


@pytest.mark.slow
def test_a_signature_models_uncertainty_keeps_its_promise_for_new_patients(tmp_path):
    """Five cohorts of 250 patients, 3,000 new patients. The interval is held against the probability of patients alike
    in the model's signatures, known from the new patients themselves: against what the features do not show it promises
    nothing. Sets are held against the outcomes, in either class."""
    recipe, made = load_signature_recipe(STUDY).changed(partitions=10), population(STUDY, 120)
    new = write_cohort(tmp_path / "new", made, 3000, 999)
    cohort, held, classes = read_cohort(tmp_path / "new", recipe.endpoint, recipe), [], {0: [], 1: []}
    for seed in range(5):
        write_cohort(tmp_path / f"{seed}", made, 250, seed)
        found = train_on(read_cohort(tmp_path / f"{seed}", recipe.endpoint, recipe), recipe.endpoint, recipe).final
        table = cohort.tables[recipe.final]
        places = [table.names.index(column.name) for column in found.model.columns]
        preparation = found.model.preparation
        prepared = preparation.completed(preparation.apply(table.values[:, places], table.scanners))
        terms = found.model.formula.values(prepared)
        alike = LogisticRegression(C=np.inf, max_iter=5000).fit(terms, new.outcome).predict_proba(terms)[:, 1]
        probability = found.model.probability_of(table)
        low, high = wilson_interval(probability, found.interval.effective_patients, recipe.interval)
        held.append(np.mean((low <= alike) & (alike <= high)))
        values = conformal_p_values(probability, found.model.reference, cohort_outcome(tmp_path / f"{seed}", recipe))
        for label in (0, 1):
            classes[label].append(np.mean(values[new.outcome == label, label] > 0.1))
    assert np.mean(held) >= 0.95, held
    for label, shares in classes.items():
        spread = 0.3 / np.sqrt(80)  # of one cohort's own reference: some eighty patients of the smaller class
        assert np.mean(shares) >= 0.9 - 2 * spread / np.sqrt(5), (label, shares)


def cohort_outcome(folder, recipe):
    return read_cohort(folder, recipe.endpoint, recipe).outcome
