"""A run of models of signatures: the same whatever the workers, resumed, and whole for messy cohorts."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from NACResponseLib.evaluation.metrics import auc
from NACResponseLib.run_folder import EXTRA_TABLES, TABLES
from NACResponseLib.training.checkpoint import Checkpoint
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partitions, train_on
from NACResponseLib.training.run_files import write_run
from NACResponseLib.training.run_warnings import run_warnings
from NACResponseLib.training.signatures.model import FittedFormula, fit_formula

from .conftest import planted


@pytest.fixture(scope="module")
def finished(cohort, recipe):
    return train_on(cohort, "pcr", recipe)


@pytest.mark.slow
def test_workers_change_nothing(cohort, recipe, finished):
    assert run_partitions(cohort.tables, finished.partitions, strategy_of(recipe), workers=2) == dict(finished.results)


@pytest.mark.slow
def test_a_run_goes_on_where_it_was_and_ends_as_if_nothing_had_happened(tmp_path, cohort, recipe, finished):
    class Interrupted(Exception):
        """A fake for the user's Control-C."""

    def interrupt(line):
        if line.startswith("5 of"):
            raise Interrupted

    with pytest.raises(Interrupted):
        train_on(cohort, "pcr", recipe, folder=tmp_path, report=interrupt)
    messages = []
    again = train_on(cohort, "pcr", recipe, folder=tmp_path, report=messages.append)
    assert messages[0] == "5 of 12 partitions, finished before"
    assert dict(again.results) == dict(finished.results)


def test_a_result_comes_back_from_its_checkpoint_as_it_was(tmp_path, finished):
    result = finished.results["combined"][1]
    assert result.classifiers and result.apparent
    Checkpoint(tmp_path, "x").save(result)
    assert Checkpoint(tmp_path, "x").load("combined", 1) == result


def test_the_final_model_is_the_one_named_beforehand_even_if_another_is_better(cohort, recipe, finished):
    assert finished.final.feature_set == "combined"
    other = train_on(cohort, "pcr", replace(recipe, final="MRI"), finished.partitions)
    assert other.final.feature_set == "MRI"
    assert not any("was chosen as the best" in text for text in run_warnings(finished, synthetic=False))


def test_every_model_and_comparator_is_refitted_on_all_patients(finished, cohort):
    assert list(finished.finals) == ["MRI", "combined", "clinical", "volume_receptors"]
    for name, fitted in ((name, final.model) for name, final in finished.finals.items()):
        assert isinstance(fitted, FittedFormula) and len(fitted.reference) == len(cohort.patients)
        assert list(finished.finals[name].fitted) == ["none"]
        of_model = finished.of_model(name)
        assert of_model.final.model is fitted and of_model.results is finished.results
    assert 1 <= finished.final.interval.effective_patients <= len(cohort.patients)


def test_apparent_predictions_are_of_the_training_part_in_its_order(finished, cohort):
    result, (train, _) = finished.results["clinical"][2], finished.partitions[2]
    table = cohort.tables["clinical"].part(train)
    assert len(result.apparent) == len(train)
    by_status = {}
    for row, probability in zip(table.values.tolist(), result.apparent, strict=True):
        by_status.setdefault(tuple(row), set()).add(round(probability, 12))
    assert all(len(each) == 1 for each in by_status.values()) and len(by_status) == 4


def test_files_hold_what_the_run_found(finished, tmp_path):
    write_run(finished, tmp_path, "2025-01-01T00:00:00+00:00", "0")
    assert {file.name for file in tmp_path.iterdir()} == {*TABLES, *EXTRA_TABLES, "run.json"}
    apparent, held_out = (pd.read_csv(tmp_path / name) for name in ("apparent.csv", "predictions.csv"))
    assert list(apparent.columns) == ["feature_set", "partition", "patient_id", "y_true", "probability"]
    tested = dict(list(held_out.groupby(["feature_set", "partition"])["patient_id"]))
    for key, rows in apparent.groupby(["feature_set", "partition"]):
        assert sorted([*rows["patient_id"], *tested[key]]) == sorted(finished.cohort.patients)
    truth = dict(zip(held_out["patient_id"], held_out["y_true"], strict=True))
    assert (apparent["patient_id"].map(truth) == apparent["y_true"]).all()

    classifiers, metrics = pd.read_csv(tmp_path / "classifiers.csv"), pd.read_csv(tmp_path / "metrics.csv")
    assert list(classifiers.columns) == ["classifier", "partition", "auc", "brier", "n_test"] and len(classifiers) == 6
    ours = metrics[metrics["feature_set"] == "combined"]
    assert classifiers.query("classifier == 'logistic'")["auc"].tolist() == pytest.approx(ours["auc"].tolist())

    signatures = pd.read_csv(tmp_path / "signatures.csv")
    for term in finished.final.model.formula.terms:
        if term.inputs and term.name not in ("ER", "HER2"):
            written = signatures[signatures["signature"] == term.name].set_index("feature")["weight"]
            assert written.to_dict() == pytest.approx(dict(zip(term.inputs, term.weights, strict=True)))
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert (record["kind"], record["final"], record["nested"]) == ("signatures", "combined", [["combined", "clinical"]])
    assert record["labels"]["combined"] == "All together" and record["relevant_gain"] == 0.05
    assert record["recipe_text"]["signatures"]["MRI"]["label"] == "MRI signature"


@pytest.fixture
def messy(cohort):
    """Missing values and images, a constant column, one scanner, a patient without receptors."""
    random = np.random.default_rng(0)
    tables = {}
    for name, table in cohort.tables.items():
        values = table.values.copy()
        width = len([column for column in table.columns if column.group != "clinical"])
        values[:, :width][random.random((len(values), width)) < 0.05] = np.nan
        if width:
            values[:, 0] = 7.0
            values[:12, [number for number in range(width) if table.columns[number].group == "MRI"]] = np.nan
        values[3, width:] = np.nan
        tables[name] = replace(table, values=values, scanners={"MRI": np.full(len(values), "Only")})
    return replace(cohort, tables=tables)


@pytest.mark.slow
@pytest.mark.parametrize("combat", [False, True])
def test_a_messy_cohort_runs_to_its_end(messy, recipe, combat):
    harmonized = replace(recipe, harmonization=replace(recipe.harmonization, combat=combat))
    run = train_on(messy, "pcr", harmonized)
    for results in run.results.values():
        assert all(np.isfinite(result.probability).all() for result in results)
    assert all(np.isfinite(final.model.reference).all() for final in run.finals.values())
    warnings = " ".join(run_warnings(run, synthetic=False))
    assert ("one scanner" in warnings) == combat


def test_scanners_are_harmonized_where_the_recipe_says_so(planted_recipe):
    """A scanner that lifts the features by 5 of their deviations is taken out of the signature's own columns."""
    table = planted(patients=200, strength=2.0)
    labels = np.where(np.random.default_rng(2).random(200) < 0.5, "A", "B")
    values = table.values.copy()
    values[labels == "A", :30] += 5
    lifted = replace(table, values=values, scanners={"a": labels})
    combat = replace(planted_recipe, harmonization=replace(planted_recipe.harmonization, combat=True))
    without, harmonized = (fit_formula(lifted, recipe) for recipe in (planted_recipe, combat))
    effects = harmonized.preparation.effects["a"]
    assert {harmonized.columns[number].group for number in effects.columns} == {"a"}
    assert effects.offset[0] - effects.offset[1] == pytest.approx(-5, abs=1.5)
    assert auc(table.outcome, harmonized.reference) > 0.85 and without.preparation.effects == {}
