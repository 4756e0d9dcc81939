"""``train`` end to end: files that are the same for the same seed, resumed when killed, and a bundle that scores."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, f1_score, roc_auc_score, roc_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from NACResponseLib import InputError, load_bundle
from NACResponseLib.config import resources
from NACResponseLib.execution.progress import parse_progress
from NACResponseLib.features.table import FeatureTable, read_table, table_file, write_table
from NACResponseLib.model.bundle import bundle_bytes
from NACResponseLib.model.card_check import check_card
from NACResponseLib.report.performance import training_report
from NACResponseLib.results.training import train
from NACResponseLib.run_folder import EXTRA_TABLES, MODEL, MODELS, OWN_FILES, REPORT, TABLES
from NACResponseLib.scoring.predict import score_values
from NACResponseLib.training.assembly import validation_text as _validation_text
from NACResponseLib.training.checkpoint import PREFIX
from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.fitted import mean_auc
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partitions
from NACResponseLib.training.saved_run import read_run
from NACResponseLib.training.trees.recipe import load_trees_recipe

from ..training.conftest import small
from ..training.signatures.conftest import write_both, write_recipe
from ..training.synthetic import make, write_folder

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A features folder and a small recipe's file."""
    folder = tmp_path_factory.mktemp("training")
    write_folder(folder / "features", make(patients=90, deep=60, seed=3, strength=1.5))
    recipe = folder / "small.yaml"
    recipe.write_text(yaml.safe_dump(json.loads(json.dumps(small(load_trees_recipe()).plain()))), encoding="utf-8")
    return folder / "features", recipe


@pytest.fixture(scope="module")
def trained(inputs, tmp_path_factory):
    return train(inputs[0], "pcr", tmp_path_factory.mktemp("run") / "run", inputs[1])


def content(folder):
    """The bytes of every file, the time taken out of run.json and the report."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    record = json.loads(files.pop("run.json"))
    page = files.pop("report.html").replace(record.pop("time").encode(), b"")
    return {**files, "run": record, "report": page}


def test_a_run_writes_its_files_and_nothing_else(trained):
    assert {path.name for path in trained.folder.iterdir()} == {*TABLES, MODEL, REPORT, "run.json"}
    metrics = pd.read_csv(trained.folder / "metrics.csv")
    assert metrics.groupby("feature_set").size().to_dict() == {"clinical": 3, "resnet10": 3, "volume_receptors": 3}
    assert set(metrics["positive_class"]) == {"pathological complete response"}


def test_metrics_follow_from_the_predictions(trained):
    metrics = pd.read_csv(trained.folder / "metrics.csv").set_index(["feature_set", "partition"])
    for key, rows in pd.read_csv(trained.folder / "predictions.csv").groupby(["feature_set", "partition"]):
        row = metrics.loc[key]
        assert row["auc"] == pytest.approx(roc_auc_score(rows["y_true"], rows["probability"]))
        assert row["brier"] == pytest.approx(brier_score_loss(rows["y_true"], rows["probability"]))
        assert row["f1"] == pytest.approx(f1_score(rows["y_true"], rows["predicted"]))
        assert row["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(rows["y_true"], rows["predicted"]))
        assert (rows["predicted"] == (rows["probability"] >= row["threshold"])).all()


def test_the_roc_table_is_the_mean_of_the_partitions_curves_and_what_the_report_draws(trained):
    """The curves from scikit-learn; a rate at which one rises straight up counts with its upper end, rate 0 with 0."""
    table = pd.read_csv(trained.folder / "roc.csv")
    predictions = pd.read_csv(trained.folder / "predictions.csv").groupby("feature_set")
    assert list(table.columns) == ["feature_set", "false_positive_rate", "true_positive_rate"]
    assert set(table["feature_set"]) == {"clinical", "resnet10", "volume_receptors"}
    run = read_run(trained.folder)
    roc = next(figure for figure in training_report(run).figures if figure.name == "roc")
    drawn = {line.get_label(): line.get_xydata() for line in roc.figure().axes[0].lines}
    for name, rows in table.groupby("feature_set"):
        rates, curves = rows["false_positive_rate"].to_numpy(), []
        for _, part in predictions.get_group(name).groupby("partition"):
            false, true, _ = roc_curve(part["y_true"], part["probability"], drop_intermediate=False)
            curves.append(np.where(rates > 0, np.interp(rates + 1e-9, false, true), 0.0))
        assert rows["true_positive_rate"].to_numpy() == pytest.approx(np.mean(curves, axis=0), abs=1e-6)
        assert drawn[f"{run.label_of(name)}, mean"] == pytest.approx(rows.iloc[:, 1:].to_numpy(), abs=1e-6)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_files_and_another_does_not(inputs, trained, tmp_path):
    again = train(inputs[0], "pcr", tmp_path / "again", inputs[1], workers=2)
    assert content(again.folder) == content(trained.folder)
    others = [train(inputs[0], "pcr", tmp_path / str(n), inputs[1], features=[], seed=n, partitions=1) for n in (1, 2)]
    first, second = (content(other.folder) for other in others)
    assert first["partitions.csv"] != second["partitions.csv"] and first[MODEL] != second[MODEL]


@pytest.mark.slow
def test_features_that_another_contour_changes_are_left_out_of_a_run(inputs, tmp_path):
    """Replicates of the features themselves, all but a tenth of them drowned in noise."""
    whole = read_table(table_file(inputs[0], "resnet10"))
    random, stable = np.random.default_rng(0), list(whole.values)[::10]
    noise = np.where(whole.values.columns.isin(stable), 0.01, 3.0) * whole.values.std().to_numpy()
    for number in range(1, 4):
        moved = whole.values + random.normal(size=whole.values.shape) * noise
        (tmp_path / f"replicate_{number:02d}").mkdir()
        write_table(replace(whole, values=moved), table_file(tmp_path / f"replicate_{number:02d}", "resnet10"))
    found = train(inputs[0], "pcr", tmp_path / "run", inputs[1], partitions=1, stability=tmp_path, min_icc=0.6)
    selected = set(found.fitted.results["resnet10"][0].selected) & set(whole.values)
    assert selected and selected <= set(stable)
    record = json.loads((found.folder / "run.json").read_text(encoding="utf-8"))
    assert "below 0.6" in record["stability"] and "replicate_01/features_resnet10.parquet" in record["inputs"]
    assert load_bundle(found.folder / MODEL).provenance["stability"] == record["stability"]


@pytest.mark.slow
def test_partitions_of_another_run_are_used_again(inputs, trained, tmp_path):
    partitions = trained.folder / "partitions.csv"
    again = train(inputs[0], "pcr", tmp_path / "again", inputs[1], seed=5, features=[], partitions_from=partitions)
    assert (again.folder / "partitions.csv").read_bytes() == partitions.read_bytes()
    assert set(again.fitted.results) == {"clinical", "volume_receptors"}


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_as_if_nothing_had_happened(inputs, trained, tmp_path):
    code = (
        "import sys\nfrom NACResponseLib import train\n"
        "if __name__ == '__main__':\n    train(sys.argv[1], 'pcr', sys.argv[2], sys.argv[3], workers=2)\n"
    )
    script, folder = tmp_path / "script.py", tmp_path / "run"
    script.write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, script, inputs[0], folder, inputs[1]], env=environment)
    deadline = time.monotonic() + 120
    while not list(folder.glob(f"{PREFIX}*/resnet10-*.json")) and time.monotonic() < deadline:
        assert process.poll() is None, "it must be killed while it runs"
        time.sleep(0.02)
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    assert process.wait() != 0
    kept = len(list(folder.glob(f"{PREFIX}*/*.json")))
    assert kept and not (folder / "run.json").exists()

    messages = []
    resumed = train(inputs[0], "pcr", folder, inputs[1], progress=messages.append)
    before, total = parse_progress(messages[0])
    assert "finished before" in messages[0] and kept <= before < total == 9
    assert content(resumed.folder) == content(trained.folder), "and nothing of the interruption is left"


@pytest.fixture(scope="module")
def bundle(trained):
    return load_bundle(trained.folder / MODEL)


def patient(trained, number):
    table = trained.fitted.cohort.tables[trained.fitted.final.feature_set]
    scanners = {group: str(labels[number]) for group, labels in table.scanners.items()}
    return dict(zip(table.names, table.values[number], strict=True)), scanners


def test_the_bundle_scores_as_the_pipeline_does(trained, bundle):
    expected = trained.fitted.final.model.probability_of(trained.fitted.cohort.tables["resnet10"])
    for number in range(0, 90, 9):
        values, scanners = patient(trained, number)
        score = score_values(values, bundle, patient_id="P", scanners=scanners)
        assert score.probability == pytest.approx(expected[number], abs=1e-6)
        total = score.baseline + sum(each.contribution for each in score.contributions)
        assert total == pytest.approx(score.probability)
        assert score.interval[0] <= score.probability <= score.interval[1]
        assert any("synthetic" in warning for warning in score.warnings)


def test_the_reader_sees_raw_values(trained, bundle):
    values, scanners = patient(trained, 0)
    for each in score_values(values, bundle, patient_id="P", scanners=scanners).contributions:
        assert each.value == values[each.feature]


def test_an_unknown_scanner_is_reported_and_features_are_used_as_they_are(trained, bundle):
    values, scanners = patient(trained, 0)
    groups = set(bundle.preparation.effects)
    assert groups
    score = score_values(values, bundle, patient_id="P", scanners={"MRI": "New", "CT": "New"})
    for group in groups:
        assert any(warning.startswith(f"The {group} scanner (New) is none of") for warning in score.warnings)
    assert score.probability != score_values(values, bundle, patient_id="P", scanners=scanners).probability
    assert any("not given" in warning for warning in score_values(values, bundle, patient_id="P").warnings)


def test_the_card_is_filled_in_from_the_run(trained, bundle):
    card, metrics = bundle.card, pd.read_csv(trained.folder / "metrics.csv")
    mean = metrics[metrics["feature_set"] == "resnet10"]["auc"].mean()
    shown = next(metric for metric in card.metrics if metric.name == "auc")
    assert shown.value == pytest.approx(mean, abs=1e-4)
    assert shown.comparator == pytest.approx(metrics[metrics["feature_set"] == "clinical"]["auc"].mean(), abs=1e-4)
    assert (card.patients, card.demonstration, card.endpoint) == (90, True, "pcr")
    assert card.comparator == "a model of clinical variables alone"
    assert bundle.images.protocol == "jang2025" and bundle.images.depth == 10
    assert re.match("Pathological complete response .*ResNet10.*MRI and CT.*clinical", card.title)


def test_the_card_names_only_the_steps_that_were_taken(trained):
    recipe = trained.fitted.recipe
    assert "Harmonization, scaling, selection, oversampling, tuning" in _validation_text(trained.fitted, "another")
    bare = replace(
        recipe,
        sampling=replace(recipe.sampling, method="none"),
        harmonization=replace(recipe.harmonization, combat=False),
    )
    without = _validation_text(replace(trained.fitted, strategy=strategy_of(bare)), "another")
    assert ". Scaling, selection, tuning, calibration" in without


def test_a_bundle_comes_back_as_it_was_written(trained, bundle):
    assert bundle_bytes(bundle) == (trained.folder / MODEL).read_bytes()


def test_a_prepared_bundle_has_a_schema_that_older_programs_refuse(trained, shipped):
    assert b'"schema": 3' in (trained.folder / MODEL).read_bytes()
    plain = replace(shipped, inputs=tuple(replace(item, quantiles=()) for item in shipped.inputs), preparation=None)
    assert b'"schema": 1' in bundle_bytes(replace(plain, model=replace(shipped.model, logistic=None)))


def test_features_of_a_protocol_that_does_not_ship_are_refused_before_training(inputs, tmp_path):
    table = read_table(inputs[0] / "features_resnet10.parquet")
    (tmp_path / "cases.csv").write_bytes((inputs[0] / "cases.csv").read_bytes())
    metadata = {**table.metadata, "protocol": "mine"}
    write_table(FeatureTable(table.name, table.values, metadata), tmp_path / "features_resnet10.parquet")
    with pytest.raises(InputError, match="mine"):
        train(tmp_path, "pcr", tmp_path / "run", inputs[1])
    assert not (tmp_path / "run").exists()


def test_a_folder_with_something_else_is_left_alone(inputs, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        train(inputs[0], "pcr", tmp_path, inputs[1])


def test_clinical_and_volume_models_of_real_patients_come_up_to_logistic_regression(tmp_path):
    """I-SPY without images: what the shipped model has to show, on four partitions; the benchmark does ten."""
    cases = pd.read_csv(resources() / "Models" / "ispy_clinical_volume.csv", dtype=str, keep_default_na=False)
    cases.rename(columns={"age_years": "age", "hr": "HR", "her2": "HER2"}).to_csv(tmp_path / "cases.csv", index=False)
    recipe = load_trees_recipe()
    grid = replace(recipe.classifier, max_depth=(2,), min_child_weight=(12.0,), rounds=(40, 80))
    variables = {"clinical_volume": ("age", "HR", "HER2", "tumor_volume_mm3")}
    recipe = replace(recipe, comparators=variables, classifier=grid).changed(oversample=False, partitions=4)
    cohort = read_cohort(tmp_path, "pcr", recipe)
    partitions = strategy_of(recipe).draw(cohort.outcome)
    ours = mean_auc(run_partitions(cohort.tables, partitions, strategy_of(recipe))["clinical_volume"])

    values = cohort.tables["clinical_volume"].values.copy()
    values[:, 3] = np.log(values[:, 3])
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    plain = [
        roc_auc_score(
            cohort.outcome[test],
            make_pipeline(StandardScaler(), LogisticRegression())
            .fit(values[train], cohort.outcome[train])
            .predict_proba(values[test])[:, 1],
        )
        for train, test in partitions
    ]
    assert ours > np.mean(plain) - 0.01


def test_out_of_fold_probabilities_are_kept_from_before_and_after_calibration(trained):
    frame = pd.read_csv(trained.folder / "out_of_fold.csv")
    for _, rows in frame.groupby("sampling"):
        odds = np.log(rows["uncalibrated"] / (1 - rows["uncalibrated"])).to_numpy()[:, None]
        platt = LogisticRegression(C=np.inf, tol=1e-10).fit(odds, rows["y_true"])
        assert rows["probability"].to_numpy() == pytest.approx(platt.predict_proba(odds)[:, 1], abs=1e-4)


def test_selected_values_state_scanners_and_volume_as_they_were_given(inputs, trained):
    cases, written = map(pd.read_csv, (inputs[0] / "cases.csv", trained.folder / "selected_values.csv"))
    for column in ("patient_id", "age", "tumor_volume_mm3", "scanner_MRI", "scanner_CT"):
        assert list(written[column]) == list(cases[column])


@pytest.mark.slow
def test_a_model_without_images_of_made_up_patients_is_a_demonstration_too(inputs, tmp_path):
    (tmp_path / "cases.csv").write_bytes((inputs[0] / "cases.csv").read_bytes())
    for synthetic in (False, True):
        (tmp_path / "run.json").write_text(json.dumps({"synthetic": synthetic}), encoding="utf-8")
        run = train(tmp_path, "pcr", tmp_path / "run", inputs[1], partitions=1)
        assert load_bundle(run.folder / MODEL).card.demonstration is synthetic


def test_a_name_that_a_spreadsheet_would_run_is_written_as_text_and_read_back(inputs, tmp_path):
    text = (inputs[0] / "cases.csv").read_text(encoding="utf-8")
    first = text.splitlines()[1].split(",")[0]
    (tmp_path / "cases.csv").write_text(text.replace(f"\n{first},", "\n=1+1,"), encoding="utf-8")
    run = train(tmp_path, "pcr", tmp_path / "run", inputs[1], partitions=1)
    assert "=1+1" in {*run.run.values["patient_id"]} and "=1+1" in {*run.run.parts[0][0], *run.run.parts[0][1]}
    assert "\n'=1+1," in (tmp_path / "run" / "selected_values.csv").read_text(encoding="utf-8")


def test_a_trained_models_card_fits_its_predictions_and_it_is_no_shipped_one(trained):
    bundle = trained.bundle
    assert check_card(bundle) == ("auc", "brier", "balanced_accuracy")
    assert not bundle.shipped and bundle.reference.margins is not None


def test_a_model_is_named_as_asked(inputs, tmp_path):
    options = {"features": [], "partitions": 1, "name": "trial-2.1"}
    run = train(inputs[0], "pcr", tmp_path / "run", inputs[1], **options)
    assert load_bundle(run.folder / MODEL).card.name == "trial-2.1"
    with pytest.raises(InputError, match="another name"):
        train(inputs[0], "pcr", tmp_path / "other", inputs[1], **{**options, "name": "../x"})


@pytest.mark.slow
def test_a_recipe_whose_name_no_file_can_have_is_refused_before_any_work(formulas, tmp_path):
    recipe = write_recipe(tmp_path / "mine.yaml", name="../../evil")
    with pytest.raises(InputError, match="recipe's name"):
        train(formulas.folder.parent / "features", None, tmp_path / "run", recipe)
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def formulas(tmp_path_factory):
    """A run of a recipe of signatures."""
    folder = tmp_path_factory.mktemp("formulas")
    write_both(folder / "features")
    return train(folder / "features", None, folder / "run", write_recipe(folder / "small.yaml"))


def test_a_run_of_signatures_writes_every_model_beside_the_final_one(formulas):
    present = {path.name for path in formulas.folder.iterdir()}
    assert present == {*TABLES, *EXTRA_TABLES, MODEL, MODELS, REPORT, "run.json"}
    assert present <= {*OWN_FILES, "run.json"}
    assert "auc" in check_card(formulas.bundle)
    models = {path.stem for path in (formulas.folder / MODELS).iterdir()}
    assert models == {"MRI", "combined", "clinical", "volume_receptors"}


@pytest.mark.parametrize("model", ["combined", "MRI", "clinical", "volume_receptors"])
def test_every_bundle_scores_as_its_formula_does(formulas, model):
    loaded = load_bundle(formulas.folder / MODELS / f"{model}.nacmodel")
    fitted, table = formulas.fitted.finals[model].model, formulas.fitted.cohort.tables[model]
    expected = fitted.probability_of(table)
    names = {item.name for item in loaded.inputs}
    assert names == {column.name for column in fitted.columns}
    for row in range(0, 90, 11):
        values = {name: value for name, value in zip(table.names, table.values[row], strict=True) if name in names}
        assert score_values(values, loaded, patient_id="P").probability == pytest.approx(expected[row], abs=1e-6)


@pytest.mark.slow
def test_a_second_run_takes_the_place_of_the_first_and_is_the_same(formulas, tmp_path):
    """The folder of models is replaced, too; but for the time in run.json nothing changes."""
    before = {path.relative_to(formulas.folder): path.read_bytes() for path in formulas.folder.rglob("*.*")}
    recipe = formulas.folder.parent / "small.yaml"
    (formulas.folder / MODELS / "old.nacmodel").write_bytes(b"of another recipe")
    again = train(formulas.folder.parent / "features", "pcr", formulas.folder, recipe)
    after = {path.relative_to(again.folder): path.read_bytes() for path in again.folder.rglob("*.*")}
    for file in ("run.json", "report.html"):  # which hold the time
        del before[Path(file)], after[Path(file)]
    assert after == before


def test_an_endpoint_named_beats_the_recipes_own(formulas, tmp_path):
    with pytest.raises(InputError, match="rcb_class"):
        train(formulas.folder.parent / "features", "rcb01", tmp_path / "run", formulas.folder.parent / "small.yaml")
