"""The tutorial's script runs as `Slicer --no-main-window --python-script` runs it."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "NACResponse" / "Resources" / "Scripts" / "score_without_window.py"
SAMPLE = ROOT / "Resources" / "SampleData" / "nact06"


@pytest.fixture
def run(slicerApp, slicer, scene, monkeypatch):
    """Runs the script as Slicer does: the file's text in the main namespace, ``sys.argv`` set; the exit status."""
    slicerApp.app.showMainWindow(False)
    slicerApp.loadModule("NACResponse/NACResponse.py")
    statuses = []
    monkeypatch.setattr(slicer.util, "exit", statuses.append)

    def start(*words):
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), *map(str, words)])
        code = compile(SCRIPT.read_text(encoding="ascii"), str(SCRIPT), "exec")
        exec(code, {"__name__": "__main__", "__file__": str(SCRIPT)})
        return statuses[-1]

    yield start
    slicerApp.unloadModule("NACResponse")


def test_the_script_is_plain_ascii_since_slicer_reads_it_in_the_encoding_of_the_system():
    assert SCRIPT.read_bytes().isascii()


@pytest.mark.slow
def test_the_sample_patient_is_scored_and_exported_without_a_window(run, slicer, tmp_path, capsys):
    import SimpleITK as sitk

    assert run("--output", tmp_path / "result") == 0
    assert "Probability of pathological complete response: 8% (95 % interval 3% to 19%)" in capsys.readouterr().out
    assert {file.name for file in (tmp_path / "result").iterdir()} == {
        "report.html", "features.csv", "shell.nrrd", "scene.mrb",
    }  # fmt: skip
    image = sitk.ReadImage(str(SAMPLE / "MRI_CET1.nii.gz"))
    shell = sitk.ReadImage(str(tmp_path / "result" / "shell.nrrd"))
    assert shell.GetSize() == image.GetSize()
    assert sitk.GetArrayFromImage(shell).any()
    assert "<html" in (tmp_path / "result" / "report.html").read_text(encoding="utf-8")
    slicer.mrmlScene.Clear()
    slicer.util.loadScene(str(tmp_path / "result" / "scene.mrb"), {"clear": True})
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode")


@pytest.mark.slow
def test_own_files_and_entries_are_scored(run, tmp_path):
    """A ball of tissue in air, with a brighter ball in it."""
    import SimpleITK as sitk

    away = np.linalg.norm(np.indices((40, 60, 60)) - np.array([20, 30, 30])[:, None, None, None], axis=0)
    values = np.where(away < 6, 300, np.where(away < 18, 150, 4)) + np.random.default_rng(0).normal(0, 3, away.shape)
    for name, voxels in (("mine.nrrd", values.astype(np.float32)), ("drawn.nrrd", (away < 6).astype(np.uint8))):
        sitk.WriteImage(sitk.GetImageFromArray(voxels), str(tmp_path / name))
    status = run(
        *("--cet1", tmp_path / "mine.nrrd", "--contour", tmp_path / "drawn.nrrd", "--output", tmp_path / "mine"),
        *("--entry", "age=52", "--entry", "er=negative", "--entry", "pr=negative", "--entry", "her2=negative"),
    )
    assert status == 0
    with (tmp_path / "mine" / "features.csv").open(newline="", encoding="utf-8") as stream:
        row = next(csv.DictReader(stream))
    assert float(row["age"]) == 52
    assert float(row["tumor_volume_mm3"]) == pytest.approx(4 / 3 * np.pi * 6**3, rel=0.05)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--cet1", "missing.nrrd", "--contour", "missing.nrrd"), "missing.nrrd"),
        (("--entry", "age=old"), "age"),
        (("--model", "no-such-model"), "no-such-model"),
    ],
)
def test_unusable_input_ends_with_status_2_and_its_reason(run, tmp_path, capsys, words, reason):
    assert run("--output", tmp_path / "result", *words) == 2
    assert reason in capsys.readouterr().err.lower()


def test_a_model_of_other_images_gets_each_by_its_name(run, monkeypatch, tmp_path, capsys):
    from NACResponseSlicer import processRunner

    given = []

    def watched(words):
        given.append(words)
        return processRunner.RunResult(0, False, "", "Probability of response 0.4", "Probability of response 0.4")

    monkeypatch.setattr(processRunner, "run", watched)
    words = ("--image", "US=us.png", "--image", "CT=ct.nrrd", "--tumor", "US=u.nrrd", "--scanner", "CT=A = B")
    assert run("--output", tmp_path / "new", "--model", "mine.nacmodel", *words, "--entry", "tStage=T2") == 0
    assert given == [[
        "score", "--output", str(tmp_path / "new"), "--model", "mine.nacmodel", *words, "--set", "T_stage=T2",
    ]]  # fmt: skip
    assert "Probability of response" in capsys.readouterr().out


def test_an_image_by_name_that_is_not_there_ends_with_status_2(run, tmp_path, capsys):
    assert run("--output", tmp_path / "new", "--image", "CT=missing.nrrd", "--tumor", "CT=missing.nrrd") == 2
    assert "missing.nrrd" in capsys.readouterr().err


def test_a_missing_package_is_named_and_nothing_is_asked(run, slicerApp, tmp_path, capsys, monkeypatch):
    from NACResponseSlicer import dependencies

    need = dependencies.Need("xgboost", "xgboost>=2.1", "models")
    monkeypatch.setattr(dependencies, "missing", lambda purpose: [need])
    assert run("--output", tmp_path / "result") == 2
    assert "xgboost" in capsys.readouterr().err
    assert slicerApp.installations.asked == []


@pytest.mark.parametrize(
    "words",
    [
        ("--entry", "stage=2"),
        ("--cet1", "volume.nrrd"),
        ("--cet1", "a.nrrd", "--contour", "b.nrrd", "--image", "CT=c.nrrd"),
    ],
)
def test_a_misspelt_command_line_is_refused(run, tmp_path, words):
    with pytest.raises(SystemExit):
        run("--output", tmp_path / "result", *words)
