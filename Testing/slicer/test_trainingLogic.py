"""The logic of cohorts: real runs of the command line on tiny cohorts, and what is read of their results."""

# ruff: noqa: F811 - fixtures are imported, and named as arguments

import csv
import json
import shutil
from pathlib import Path

import pytest

from Testing.slicer.training_runs import cohort, logic  # noqa: F401 - fixtures

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "Resources" / "Models"


@pytest.fixture
def run_folder(trained, tmp_path):
    """A copy that a test may spoil."""
    return Path(shutil.copytree(trained / "run", tmp_path / "run"))


@pytest.fixture
def user_models(tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_the_commands_are_ones_that_the_command_line_understands(logic):
    from NACResponseLib.cli import _parser

    given = [
        logic.extractCommand("C.csv", "out", "jang2025", ["handcrafted", "resnet10"], 3, "cpu", check=True),
        logic.extractCommand("C.csv", "out", "", (), 0, ""),
        logic.trainCommand("features", "pcr", "run", "jang2025", ["handcrafted"], 5, 2),
        logic.trainCommand("features", "pcr", "run", ""),
        logic.compareCommand(["one", Path("two")], "out"),
        logic.installWeightsCommand(34, "file.pth"),
        logic.installWeightsCommand(10),
        logic.installBundleCommand("m.nacmodel", "ours", replace=True),
        logic.installBundleCommand("m.nacmodel"),
        logic.modelsCommand(),
        logic.weightsCommand(),
    ]
    options = [_parser(words).parse_args(words) for words in given]
    full, plain, train, usual = options[:4]
    assert (full.features, full.workers, full.device, full.dry_run) == ("handcrafted,resnet10", 3, "cpu", True)
    assert (plain.protocol, plain.features, plain.workers) == ("jang2025", "handcrafted", None)
    assert (plain.device, plain.dry_run) == ("auto", False)
    assert (train.endpoint, train.features, train.partitions, train.workers) == ("pcr", "handcrafted", 5, 2)
    assert (usual.recipe, usual.features, usual.partitions, usual.workers) == ("nac2026", None, None, None)
    assert options[4].runs == [Path("one"), Path("two")] and options[5].file == Path("file.pth")
    assert options[6].file is None and options[6].depth == "10" and options[7].name == "ours" and options[7].replace
    assert options[8].name is None and options[9].json and options[10].json


@pytest.mark.slow
def test_an_extraction_states_counts_failures_and_where_the_contours_are_to_be_looked_at(logic, cohort, tmp_path):
    lines = []
    found = logic.extract(
        cohort, tmp_path / "out", str(cohort.parent / "protocol.yaml"), workers=1, onLine=lines.append
    )
    assert (found.patients, found.finished, found.featureSets, found.synthetic) == (3, 2, ("handcrafted",), False)
    (failure,) = found.failures
    assert failure.patientId == "P1" and failure.stage and failure.reason
    assert found.contactSheet == tmp_path / "out" / "qc" / "index.html" and found.contactSheet.is_file()
    assert any(line.startswith("3 of 3 patients, 1 failed") for line in lines)
    assert logic.tableFeatureSets(tmp_path / "out") == ["handcrafted"]
    assert logic.missingForExtract(str(cohort), str(tmp_path / "out"), "", ["handcrafted"]) == []
    shutil.rmtree(tmp_path / "out" / "qc")
    assert logic.readExtraction(tmp_path / "out").contactSheet is None


def test_a_cohort_table_that_cannot_be_used_is_one_sentence(logic, tmp_path):
    (tmp_path / "C.csv").write_text("patient,CT\nP1,ct.nii\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"^Expected .* found "):
        logic.extract(tmp_path / "C.csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("run.json", None, "no run.json"),
        ("run.json", "{", "run.json"),
        ("run.json", "[]", "no 'n_patients'"),
        ("failures.csv", "patient_id,stage\n", "no 'reason'"),
        ("failures.csv", "patient_id,stage,reason\nP1,read\n", "rows of other lengths"),
        ("features_handcrafted.parquet", None, "feature"),
    ],
)
def test_a_folder_that_is_no_whole_extraction_is_refused_with_its_reason(logic, tmp_path, name, content, expected):
    about = {"n_patients": 2, "n_finished": 2, "feature_sets": ["handcrafted"]}
    (tmp_path / "run.json").write_text(json.dumps(about))
    (tmp_path / "failures.csv").write_text("patient_id,stage,reason\n")
    (tmp_path / "features_handcrafted.parquet").write_bytes(b"")
    assert logic.readExtraction(tmp_path).finished == 2
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=r"^expected .* found ") as error:
        logic.readExtraction(tmp_path)
    assert expected in str(error.value)


def test_a_table_of_bytes_that_are_no_text_is_refused(logic, tmp_path):
    about = {"n_patients": 2, "n_finished": 2, "feature_sets": ["handcrafted"]}
    (tmp_path / "run.json").write_text(json.dumps(about))
    (tmp_path / "failures.csv").write_bytes(b"patient_id,stage,reason\n\xff\xfe,\n")
    with pytest.raises(ValueError, match=r"failures.csv"):
        logic.readExtraction(tmp_path)


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_training_gives_the_metrics_that_its_table_holds(logic, trained):
    import statistics

    training = logic.readTraining(trained / "run")
    assert (training.endpoint, training.positiveClass) == ("pcr", "pathological complete response")
    assert (training.patients, training.synthetic) == (60, True) and 0 < training.positives < 60
    assert training.metrics[0].name == "resnet10" == training.finalFeatureSet
    assert [row.label for row in training.metrics] == ["ResNet10 + clinical", "Clinical only", "Volume + receptors"]
    table = rows_of(trained / "run" / "metrics.csv")
    for row in training.metrics:
        assert row.partitions == 2
        for metric in ("auc", "balanced_accuracy", "sensitivity", "specificity"):
            written = [float(line[metric]) for line in table if line["feature_set"] == row.name]
            assert row.mean[metric] == pytest.approx(statistics.mean(written), abs=1e-4)
            assert row.deviation[metric] == pytest.approx(statistics.stdev(written), abs=1e-4)
    assert training.model == trained / "run" / "model.nacmodel" and training.report == trained / "run" / "report.html"


def test_its_verdict_is_the_one_of_the_report_and_its_curves_those_of_the_table(logic, trained):
    training = logic.readTraining(trained / "run")
    report = " ".join((trained / "run" / "report.html").read_text(encoding="utf-8").split())
    first = training.verdict.splitlines()[0]
    assert "clinical variables alone" in first and "partitions" in first
    assert first.split(": ")[0] in report
    assert training.warnings and "synthetic" in " ".join(training.warnings).lower()
    written = [row for row in rows_of(trained / "run" / "roc.csv") if row["feature_set"] == "clinical"]
    assert training.roc["clinical"][0] == [float(row["false_positive_rate"]) for row in written]
    assert training.roc["clinical"][1] == [float(row["true_positive_rate"]) for row in written]


def test_metrics_and_roc_become_nodes_and_are_shown_on_request(logic, trained):
    import slicer

    training = logic.readTraining(trained / "run")
    layout = slicer.app.layoutManager().layout
    table, chart = logic.showMetrics(training), logic.showRoc(training)
    assert table.GetNumberOfRows() == 3 and chart.GetNumberOfPlotSeriesNodes() == 4
    assert chart.GetNthPlotSeriesNode(1).GetName() == f"Clinical only (AUC {training.metrics[1].mean['auc']:.3f})"
    assert slicer.app.layoutManager().layout == layout
    assert logic.showMetrics(training, show=True) is table and logic.showRoc(training, show=True) is chart
    assert slicer.app.applicationLogic().GetSelectionNode().GetActivePlotChartID() == chart.GetID()
    assert slicer.app.applicationLogic().GetSelectionNode().GetActiveTableID() == table.GetID()


def test_runs_are_compared(logic, trained, tmp_path):
    assert "<html" in logic.compare([trained / "run"], tmp_path / "out").read_text(encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"^Expected"):
        logic.compare([tmp_path], tmp_path / "other")


def test_a_training_without_a_baseline_says_that_nothing_can_be_said(logic, run_folder):
    for name in ("metrics.csv", "predictions.csv", "selected_features.csv", "roc.csv"):
        kept = [
            line
            for line in (run_folder / name).read_text(encoding="utf-8").splitlines()
            if not line.startswith(("clinical,", "volume_receptors,"))
        ]
        (run_folder / name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    (run_folder / "report.html").unlink()
    training = logic.readTraining(run_folder)
    assert training.verdict.startswith("No feature set with imaging beside one without it") and training.report is None


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("roc.csv", None, "roc.csv"),
        ("roc.csv", lambda text: text.replace("clinical,", "unheard,"), "a curve of unheard"),
        ("roc.csv", lambda text: text.replace("clinical,0.0,", "clinical,zero,", 1), "zero"),
        ("roc.csv", lambda text: text.replace("true_positive_rate", "tpr"), "no 'true_positive_rate'"),
        ("run.json", None, "run.json"),
        ("metrics.csv", lambda text: text.replace("clinical,0,0", "clinical,0,1", 1), "metrics"),
    ],
)
def test_a_training_that_is_not_whole_is_refused(logic, run_folder, name, change, expected):
    file = run_folder / name
    if change is None:
        file.unlink()
    else:
        before = file.read_text(encoding="utf-8")
        file.write_text(change(before), encoding="utf-8")
        assert file.read_text(encoding="utf-8") != before
    with pytest.raises(ValueError, match=r"^expected .* found ") as error:
        logic.readTraining(run_folder)
    assert expected in str(error.value)


def test_metrics_that_no_partition_defines_are_nan(moduleFolder):
    import math

    import numpy as np
    from NACResponseSlicer.trainingResults import METRICS, _metricsRow

    row = _metricsRow("a", "A", dict.fromkeys(METRICS, np.array([np.nan, 0.5])) | {"auc": np.array([np.nan])})
    assert math.isnan(row.mean["auc"]) and row.partitions == 0
    assert row.mean["sensitivity"] == 0.5 and math.isnan(row.deviation["sensitivity"])


def test_a_training_that_fails_is_one_sentence(logic, trained, tmp_path):
    with pytest.raises(RuntimeError, match=r"^Expected .* did you mean 'pcr'\?$"):
        logic.train(trained / "features", "pcrr", tmp_path / "run", str(trained / "small.yaml"))


def test_a_model_is_installed_and_listed_and_a_taken_name_is_reported(logic, trained, user_models):
    model = logic.readTraining(trained / "run").model
    place = logic.installBundle(model, "ours")
    assert place == user_models / "ours.nacmodel" and place.read_bytes() == model.read_bytes()
    entries = {entry["name"]: entry for entry in logic.models()}
    assert entries["ours"]["installed_by_user"] and entries["ispy-clinical-volume"]["default"]
    with pytest.raises(RuntimeError, match="another model called 'ours'"):
        logic.installBundle(SHIPPED / "phantom-multimodal.nacmodel", "ours")
    assert logic.installBundle(SHIPPED / "phantom-multimodal.nacmodel", "ours", replace=True) == place


def test_weights_are_listed_by_depth(logic, tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path))
    weights = logic.weights()
    assert [(entry["depth"], entry["installed"]) for entry in weights] == [
        (10, False), (18, False), (34, False), (50, False),
    ]  # fmt: skip


def test_a_download_is_offered_with_its_source_size_and_licence(logic):
    for depth, size in ((10, 57), (18, 132), (34, 253), (50, 185)):
        offer = logic.weightsOffer(depth)
        assert f"TencentMedicalNet/MedicalNet-Resnet{depth} on Hugging Face" in offer and f"about {size} MB" in offer
        assert "MIT licence" in offer


def test_choices_are_those_of_the_library(logic):
    from NACResponseLib.config import resources
    from NACResponseLib.protocol import load_protocol

    shipped = [file.stem for file in (resources() / "Protocols").glob("*.yaml")]
    assert (logic.protocols()[0], logic.recipes()[0]) == ("jang2025", "nac2026")
    assert sorted(logic.protocols()) == sorted(shipped)
    assert [load_protocol(name).name for name in logic.protocols()] == logic.protocols()
    assert logic.endpoints()["pcr"] == "pathological complete response" and set(logic.endpoints()) == {
        "pcr", "responder", "rcb01", "apcr",
    }  # fmt: skip
    assert logic.featureSets() == {
        "handcrafted": "Handcrafted", "resnet10": "ResNet10", "resnet18": "ResNet18", "resnet34": "ResNet34",
        "resnet50": "ResNet50",
    }  # fmt: skip


def test_folders_without_tables_have_no_feature_sets(logic, tmp_path):
    assert logic.tableFeatureSets(tmp_path) == logic.tableFeatureSets("") == logic.tableFeatureSets("/nowhere") == []


def test_reading_results_loads_no_package_that_slicer_lacks(trained):
    import subprocess
    import sys

    code = (
        "import sys; from Testing.slicer import fakes; fakes.install(); sys.path.insert(0, 'NACResponse')\n"
        "before = {name.split('.')[0] for name in sys.modules}\n"
        "from NACResponseSlicer.trainingLogic import NACResponseTrainingLogic\n"
        "logic = NACResponseTrainingLogic(); logic.showRoc(logic.readTraining(sys.argv[1])); logic.recipes()\n"
        "logic.missingForTrain('x', 'pcr', 'y', ''); logic.missingForExtract('x', 'y', '', ['resnet10'])\n"
        "logic.endpoints(); logic.featureSets()\n"
        "print(*{name.split('.')[0] for name in sys.modules} - before)"
    )
    root = Path(__file__).parents[2]
    words = [sys.executable, "-c", code, str(trained / "run")]
    done = subprocess.run(words, capture_output=True, text=True, cwd=root, timeout=120)
    assert done.returncode == 0, done.stderr
    lacking = {"pandas", "pyarrow", "sklearn", "imblearn", "neuroCombat", "xgboost", "yaml", "jinja2", "torch"}
    lacking |= {"contourpy", "PIL", "matplotlib"}
    assert not set(done.stdout.split()) & lacking
