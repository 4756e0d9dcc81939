"""``nacresponse evaluate``: a frozen model on other patients, as a user runs it."""

import csv
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from NACResponseLib import load_bundle
from NACResponseLib.cli import main
from NACResponseLib.features.table import FeatureTable, read_table, write_table
from NACResponseLib.model.bundle import save_bundle
from NACResponseLib.results.training import train
from NACResponseLib.run_folder import MODEL
from NACResponseLib.scoring.predict import score_values
from NACResponseLib.training.trees.recipe import load_trees_recipe

from ..training.conftest import small
from ..training.synthetic import make, write_folder

MODEL_NAME = "ispy-clinical-volume"


def read(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def cases(tmp_path):
    """Forty patients; the younger more often have the outcome; one lacks HER2."""
    random = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "patient_id": [f"E{number}" for number in range(40)],
            "age": random.integers(30, 75, 40),
            "ER": random.integers(0, 2, 40),
            "PR": random.integers(0, 2, 40),
            "HER2": random.integers(0, 2, 40).astype(object),
            "tumor_volume_mm3": random.lognormal(9, 1, 40).round(),
        }
    )
    frame.loc[3, "HER2"] = ""
    frame["pcr"] = (random.random(40) < 0.6 - 0.4 * frame["ER"]).astype(int)
    (tmp_path / "in").mkdir()
    return frame


def evaluate(tmp_path, cases, *options, model=MODEL_NAME):
    cases.to_csv(tmp_path / "in" / "cases.csv", index=False)
    return main(["evaluate", str(model), str(tmp_path / "in"), "--output", str(tmp_path / "out"), *map(str, options)])


def test_a_table_of_cases_alone_validates_a_clinical_model(tmp_path, cases, capsys):
    assert evaluate(tmp_path, cases) == 0
    written = read(tmp_path / "out" / "predictions.csv")
    assert [row["patient_id"] for row in written] == list(cases["patient_id"])
    assert [int(row["y_true"]) for row in written] == list(cases["pcr"])
    probability = [float(row["probability"]) for row in written]
    metrics = {row["metric"]: float(row["value"]) for row in read(tmp_path / "out" / "metrics.csv")}
    assert metrics["auc"] == pytest.approx(roc_auc_score(cases["pcr"], probability))
    assert metrics["brier"] == pytest.approx(brier_score_loss(cases["pcr"], probability))
    first = cases.iloc[0]
    values = {name: float(first[name]) for name in ("age", "HER2", "tumor_volume_mm3")}
    values["HR"] = float(first["ER"] or first["PR"])
    assert probability[0] == score_values(values, load_bundle(MODEL_NAME), patient_id="E0").probability
    printed = capsys.readouterr().out
    for statement in ("pathological complete response", f"{metrics['auc']:.3f} (", "HER2 of 1 patient is not known"):
        assert statement in printed
    assert re.search(r"HER2 [^.<]*\b1 patient\b", (tmp_path / "out" / "report.html").read_text(encoding="utf-8"))


def test_a_folder_that_says_its_patients_are_synthetic_is_believed(tmp_path, cases, capsys):
    (tmp_path / "in" / "run.json").write_text('{"synthetic": true}', encoding="utf-8")
    assert evaluate(tmp_path, cases) == 0
    assert "40 synthetic patients" in capsys.readouterr().out
    assert "SYNTHETIC" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_patient_who_cannot_be_scored_is_left_out_and_reported(tmp_path, cases, capsys):
    cases["age"] = cases["age"].astype(object)
    cases.loc[5, "age"] = ""
    assert evaluate(tmp_path, cases) == 1
    printed = capsys.readouterr()
    assert re.search(r"\b1 patient\b.*: E5", printed.out) and re.search(r"E5: .*\bage\b", printed.err)
    assert "E5" not in {row["patient_id"] for row in read(tmp_path / "out" / "predictions.csv")}


def test_patients_without_an_outcome_have_no_part_and_are_reported(tmp_path, cases, capsys):
    (tmp_path / "in" / "failures.csv").write_text("patient_id,stage,reason\nX1,read,no file\n", encoding="utf-8")
    assert evaluate(tmp_path, cases.assign(pcr=["", "", *cases["pcr"][2:]])) == 0
    printed = capsys.readouterr().out
    ages = [f"{cases['age'][part].median():.3g}" for part in (slice(2), slice(2, None))]
    assert re.search(rf"2 of 40 patients lack .*E0, E1\. .*median {ages[0]} against {ages[1]} years", printed)
    assert "38 patients, " in printed and re.search(r"\b1 patient could not be extracted.*: X1", printed)


def test_patients_whose_extraction_failed_are_reported(tmp_path, cases, capsys):
    rows = "patient_id,stage,reason\nX1,read,no file\nX2,shell,outside\nE3,deep,left out\n"
    (tmp_path / "in" / "failures.csv").write_text(rows, encoding="utf-8")
    assert evaluate(tmp_path, cases) == 0
    assert re.search(r"\b2 patients .*failures\.csv.*X1, X2", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda cases: cases.drop(columns="pcr"), "a column pcr"),
        (lambda cases: cases.assign(pcr=0), "40 with residual disease"),
        (lambda cases: cases.assign(pcr=""), "40 not known"),
        (lambda cases: cases.assign(age=7), "found 7 for patient E0"),
        (lambda cases: cases.drop(columns="tumor_volume_mm3"), "can score"),
    ],
)
def test_unusable_cases_are_refused_in_one_line(tmp_path, cases, capsys, change, expected):
    assert evaluate(tmp_path, change(cases)) == 2
    error = capsys.readouterr().err
    assert expected in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.fixture
def others(cases):
    """Ten times as many; far more have the outcome than the shipped model expects."""
    random = np.random.default_rng(6)
    frame = pd.concat([cases] * 10, ignore_index=True)
    frame["patient_id"] = [f"F{number}" for number in range(400)]
    frame["tumor_volume_mm3"] = random.lognormal(9, 1, 400).round()
    receptors = ((frame["ER"] == 1) | (frame["PR"] == 1)).astype(int)
    frame["pcr"] = (random.random(400) < 0.85 - 0.3 * receptors).astype(int)
    frame["scanner_MRI"] = ["Avanto", ""] * 200
    return frame


@pytest.fixture
def receptors(tmp_path):
    """The shipped model under another name, with a calibration of its own."""
    bundle = load_bundle(MODEL_NAME)
    save_bundle(replace(bundle, card=replace(bundle.card, name="receptors")), tmp_path / "receptors.nacmodel")
    return tmp_path / "receptors.nacmodel"


@pytest.mark.slow
def test_recalibration_is_a_new_model_that_knows_its_patients_and_the_old_one_stays(tmp_path, others, capsys):
    before = load_bundle(MODEL_NAME).sha256
    assert evaluate(tmp_path, others, "--recalibrate") == 0
    path = tmp_path / "out" / f"{MODEL_NAME}-recalibrated.nacmodel"
    assert "yet other patients" in capsys.readouterr().out and load_bundle(MODEL_NAME).sha256 == before
    assert load_bundle(path).provenance["recalibration"]["of"]["sha256"] == before
    assert main(["evaluate", str(path), str(tmp_path / "in"), "--output", str(tmp_path / "again")]) == 0
    assert "recalibrated on" in capsys.readouterr().out
    metrics = {row["metric"]: float(row["value"]) for row in read(tmp_path / "again" / "metrics.csv")}
    assert metrics["observed_expected"] == pytest.approx(1, abs=0.01)


def test_where_recalibration_is_refused_the_validation_is_written_all_the_same(tmp_path, cases, capsys):
    assert evaluate(tmp_path, cases.head(30), "--recalibrate") == 1
    assert "No recalibrated model" in capsys.readouterr().err
    assert (tmp_path / "out" / "report.html").is_file() and not list((tmp_path / "out").glob("*.nacmodel"))


@pytest.mark.slow
def test_models_are_compared_and_a_second_run_takes_the_firsts_place(tmp_path, others, receptors, capsys):
    assert evaluate(tmp_path, others, "--against", receptors, "--recalibrate", "--relevant-gain", 0.03) == 0
    printed = capsys.readouterr().out
    assert re.search(rf"Inconclusive whether the model {MODEL_NAME} adds .*receptors", printed)
    nested = {row["measure"]: row for row in read(tmp_path / "out" / "nested.csv")}
    assert float(nested["relevant_gain"]["value"]) == 0.03 and nested["idi"]["verdict"] == "inconclusive"
    groups = {(row["variable"], row["group"]): row["patients"] for row in read(tmp_path / "out" / "subgroups.csv")}
    assert groups["MRI scanner", "not given"] == "200" and groups["Receptor subtype", "not given"] == "10"
    assert evaluate(tmp_path, others) == 0
    present = {path.name for path in (tmp_path / "out").iterdir()}
    files = {"metrics.csv", "predictions.csv", "run.json", "subgroups.csv", "coverage.csv", "drift.csv", "report.html"}
    assert present == files


@pytest.mark.slow
def test_the_training_patients_table_shows_whether_these_are_others(tmp_path, others):
    (tmp_path / "training").mkdir()
    others.assign(age=40).drop(columns="pcr").to_csv(tmp_path / "training" / "cases.csv", index=False)
    assert evaluate(tmp_path, others, "--training", tmp_path / "training") == 0
    drift = {row["feature"]: row for row in read(tmp_path / "out" / "drift.csv")}
    assert drift["age"]["training_values"] == "training table"
    assert float(drift["HER2"]["ks"]) == 0 and float(drift["age"]["ks"]) > 0.5
    assert re.search(r"both cohorts .*AUC of", (tmp_path / "out" / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "options",
    [("--against", MODEL_NAME), ("--relevant-gain", 0), ("--relevant-gain", "nan"), ("--against", "no-such-model")],
)
def test_comparisons_that_cannot_be_made_are_refused(tmp_path, cases, receptors, capsys, options):
    if options[0] == "--relevant-gain":
        options = (*options, "--against", receptors)
    assert evaluate(tmp_path, cases, *options) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model of image features, and 50 other patients of the same kind."""
    folder = tmp_path_factory.mktemp("evaluate")
    write_folder(folder / "features", make(patients=90, deep=60, seed=3, strength=1.5))
    run = train(folder / "features", "pcr", folder / "run", small(load_trees_recipe()), partitions=1, name="made")
    write_folder(folder / "others", make(patients=50, deep=60, seed=5, strength=1.5))
    return run.folder / MODEL, folder / "features", folder / "others"


def evaluated(model, folder, output):
    return main(["evaluate", str(model), str(folder), "--output", str(output)])


@pytest.mark.slow
def test_image_features_and_scanners_reach_the_model(trained, tmp_path, capsys):
    model, _, others = trained
    assert evaluated(model, others, tmp_path / "out") == 0
    bundle = load_bundle(model)
    assert bundle.card.name == "made"
    case = pd.read_csv(others / "cases.csv", index_col=0)
    values = {**case.loc["P007"].drop(["scanner_MRI", "scanner_CT"]).to_dict()}
    values |= read_table(others / "features_resnet10.parquet").values.loc["P007"].to_dict()
    scanners = {group: case.loc["P007", f"scanner_{group}"] for group in ("MRI", "CT")}
    expected = score_values(values, bundle, patient_id="P007", scanners=scanners).probability
    found = {row["patient_id"]: float(row["probability"]) for row in read(tmp_path / "out" / "predictions.csv")}
    assert found["P007"] == expected
    assert "synthetic" in capsys.readouterr().out


def test_scanners_that_training_did_not_see_are_reported(trained, tmp_path, capsys):
    model, _, others = trained
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "features_resnet10.parquet").write_bytes((others / "features_resnet10.parquet").read_bytes())
    frame = pd.read_csv(others / "cases.csv", index_col=0)
    group = next(iter(load_bundle(model).preparation.effects))
    frame[f"scanner_{group}"] = "Titan"
    frame.to_csv(folder / "cases.csv")
    assert evaluated(model, folder, tmp_path / "out") == 0
    assert re.search(rf"{group} .*50 patients.*Titan", capsys.readouterr().out)


def test_the_training_patients_are_no_validation(trained, tmp_path, capsys):
    model, own, _ = trained
    assert evaluated(model, own, tmp_path / "out") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("made on the patients it was trained on: no validation\n")
    assert "this is no validation" in printed and "External validation" not in printed
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert re.search("<h1>made on the patients it was trained on", page) and "External validation" not in page


def test_training_patients_in_files_written_anew_are_recognised_by_their_values(trained, tmp_path, capsys):
    model, own, others = trained
    for number, folder in enumerate((own, others)):
        copy = tmp_path / f"in{number}"
        copy.mkdir()
        table = read_table(folder / "features_resnet10.parquet")
        write_table(
            FeatureTable(table.name, table.values.iloc[::-1], table.metadata), copy / "features_resnet10.parquet"
        )
        pd.read_csv(folder / "cases.csv").iloc[::-1].to_csv(copy / "cases.csv", index=False)
        assert evaluated(model, copy, tmp_path / f"out{number}") == 0
        assert ("no validation" in capsys.readouterr().out) == (folder == own)


@pytest.mark.parametrize(
    ("key", "value"),
    [("weights_sha256", "1" * 64), ("margin_mm", 3.0), ("protocol_sha256", "2" * 64), ("protocol", "other")],
)
def test_features_made_in_another_way_are_refused(trained, tmp_path, capsys, key, value):
    model, _, others = trained
    table = read_table(others / "features_resnet10.parquet")
    folder = tmp_path / "in"
    folder.mkdir()
    changed = FeatureTable(table.name, table.values, {**table.metadata, key: value})
    write_table(changed, folder / "features_resnet10.parquet")
    (folder / "cases.csv").write_bytes((others / "cases.csv").read_bytes())
    assert evaluated(model, folder, tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert "extract" in error and "resnet10" in error and error.count("\n") == 1
