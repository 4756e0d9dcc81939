"""``nacresponse demo`` and ``score`` as a user runs them, and everything a user may get wrong."""

import csv
import json
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from NACResponseLib.cli import main
from NACResponseLib.config import resources
from NACResponseLib.features.table import FeatureTable, write_table
from NACResponseLib.protocol import load_protocol, protocol_sha256
from NACResponseLib.results.training import train
from NACResponseLib.run_folder import MODEL
from NACResponseLib.training.trees.recipe import load_trees_recipe

from ..conftest import volume
from ..training.conftest import small

OUTPUTS = {"score.json", "features.csv", "report.html", "tumor_MRI.nii.gz", "shell_MRI.nii.gz", "body_MRI.nii.gz"}
CLINICAL = ["--set", "age=50", "--set", "ER=+", "--set", "PR=-", "--set", "HER2=positive"]


@pytest.fixture
def patient(files):
    """Arguments that name a usable image and contour."""
    image, tumor = files.write(files.image, "image.nrrd"), files.write(files.tumor, "tumor.nrrd")
    return ["score", "--image", f"MRI_CET1={image}", "--tumor", f"MRI={tumor}"]


def test_the_demo_scores_the_sample_patient_and_states_all(tmp_path, capsys):
    assert main(["demo", "--output", str(tmp_path / "demo")]) == 0
    printed = capsys.readouterr().out
    score = json.loads((tmp_path / "demo" / "score.json").read_text(encoding="utf-8"))
    assert {file.name for file in (tmp_path / "demo").iterdir()} == OUTPUTS
    assert score["patient_id"] == "NACT_06"
    assert score["interval"][0] < score["probability"] < score["interval"][1]
    assert f"{100 * score['probability']:.0f} %" in printed
    for statement in (
        "pathological complete response",
        "did not reach",
        "Tumour volume: 39.9 cm³",
        "Research use only",
    ):
        assert statement in printed
    assert str(tmp_path / "demo" / "report.html") in printed


@pytest.mark.parametrize("model", ["ispy-radiomics", "ispy-radiomics-signature"])
def test_the_demo_scores_her_image_by_a_model_of_real_patients(tmp_path, model):
    assert main(["demo", "--model", model, "--output", str(tmp_path / "demo")]) == 0
    score = json.loads((tmp_path / "demo" / "score.json").read_text(encoding="utf-8"))
    assert score["model"]["name"] == model and 0 < score["probability"] < 0.2
    assert "MRI_CET1_Intra_glcm_Imc1" in (tmp_path / "demo" / "features.csv").read_text(encoding="utf-8")
    assert "CC BY-NC 4.0" in (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")


def test_a_score_again_replaces_its_own_output(patient, tmp_path):
    for age in ("50", "60"):
        assert main([*patient, "--set", f"age={age}", *CLINICAL[2:], "--output", str(tmp_path / "out")]) == 0
        assert f'"{age} years"' in (tmp_path / "out" / "score.json").read_text(encoding="utf-8")


def test_the_score_keeps_its_contract(patient, tmp_path):
    assert main([*patient, *CLINICAL, "--patient-id", "P 1", "--output", str(tmp_path / "out")]) == 0
    score = json.loads((tmp_path / "out" / "score.json").read_text(encoding="utf-8"))
    assert set(score) >= {
        "patient_id", "model", "probability", "interval", "threshold", "predicted_class", "contributions", "warnings",
        "provenance",
    }  # fmt: skip
    assert set(score["model"]) >= {"name", "version", "endpoint", "positive_class", "intended_use"}
    assert all(set(item) >= {"feature", "value", "contribution"} for item in score["contributions"])
    total = score["baseline"] + sum(item["contribution"] for item in score["contributions"])
    assert total == pytest.approx(score["probability"], abs=1e-6)
    assert score["patient_id"] == "P 1"
    assert set(score["provenance"]["inputs"]) == {"image MRI_CET1", "contour MRI"}
    with (tmp_path / "out" / "features.csv").open(encoding="utf-8") as stream:
        row = next(csv.DictReader(stream))
    assert (row["patient_id"], float(row["age"]), float(row["HR"]), float(row["HER2"])) == ("P 1", 50, 1, 1)
    assert float(row["tumor_volume_mm3"]) == pytest.approx(4 / 3 * np.pi * 9**3, rel=0.05)


def test_the_same_patient_scores_the_same_from_a_file_and_from_options(patient, tmp_path):
    record = tmp_path / "record.csv"
    record.write_text("patient_id,age,ER,PR,HER2\nX,50,positive,negative,1\nY,60,0,0,0\n", encoding="utf-8")
    main([*patient, *CLINICAL, "--output", str(tmp_path / "a")])
    main([*patient, "--clinical", str(record), "--patient-id", "X", "--output", str(tmp_path / "b")])
    first, second = (json.loads((tmp_path / name / "score.json").read_text(encoding="utf-8")) for name in "ab")
    assert first["probability"] == second["probability"]
    assert second["patient_id"] == "X"


def test_missing_receptors_are_allowed_and_said(patient, tmp_path, capsys):
    assert main([*patient, "--set", "age=50", "--output", str(tmp_path / "out")]) == 0
    assert "HER2" in capsys.readouterr().out.split("Warning", 1)[1]


def test_a_volume_without_images_is_enough_for_the_default_model(tmp_path):
    assert main(["score", *CLINICAL, "--set", "tumor_volume_mm3=20000", "--output", str(tmp_path / "out")]) == 0
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"score.json", "features.csv", "report.html"}


def test_a_contour_is_preferred_to_a_recorded_volume_and_the_difference_is_stated(patient, tmp_path):
    assert main([*patient, *CLINICAL, "--set", "tumor_volume_mm3=20000", "--output", str(tmp_path / "out")]) == 0
    score = json.loads((tmp_path / "out" / "score.json").read_text(encoding="utf-8"))
    assert any("the record says 20,000" in warning for warning in score["warnings"])


def test_the_users_own_masks_clip_the_shell(patient, files, tmp_path):
    left = volume((np.arange(80) < 45)[None, None].repeat(80, 1).repeat(40, 0).astype(np.uint8), files.image)
    chest = files.write(left, "chest.nrrd")
    assert main([*patient, *CLINICAL, "--chest-wall", str(chest), "--output", str(tmp_path / "out")]) == 0
    shell = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out" / "shell_MRI.nii.gz")))
    assert shell.any()
    assert not shell[:, :, :45].any()


def test_a_mask_may_be_for_one_contour_and_not_given_twice(patient, files, tmp_path, capsys):
    left = volume((np.arange(80) < 45)[None, None].repeat(80, 1).repeat(40, 0).astype(np.uint8), files.image)
    chest = files.write(left, "chest.nrrd")
    own = [*patient, *CLINICAL, "--chest-wall", f"MRI={chest}", "--output", str(tmp_path / "out")]
    assert main(own) == 0
    shell = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out" / "shell_MRI.nii.gz")))
    assert shell.any() and not shell[:, :, :45].any()
    assert main([*own, "--chest-wall", f"MRI={chest}"]) == 2
    assert "MRI:chest_wall, found two" in capsys.readouterr().err


@pytest.fixture(scope="module")
def harmonizing(tmp_path_factory):
    """A model of MRI intensities, trained on synthetic patients of two scanners, one of which shows all brighter."""
    random = np.random.default_rng(8)
    folder = tmp_path_factory.mktemp("harmonizing")
    patients = pd.Index([f"P{number}" for number in range(80)], name="patient_id")
    bright = np.arange(80) % 2
    names = [f"MRI_CET1_Intra_firstorder_{name}" for name in ("Mean", "Median", "90Percentile", "Minimum")]
    values = random.normal(size=(80, 4)) + 5.3 + 2.0 * bright[:, None]  # about the test image's own
    protocol = load_protocol("jang2025")
    metadata = {
        "feature_set": "handcrafted",
        "protocol": "jang2025",
        "protocol_sha256": protocol_sha256(protocol),
        "images": {name: asdict(spec) for name, spec in protocol.images.items()},
        "margin_mm": protocol.margin_mm,
        "depth": None,
        "weights_sha256": None,
        "synthetic": True,
    }
    table = FeatureTable("handcrafted", pd.DataFrame(values, patients, names), metadata)
    write_table(table, folder / "features_handcrafted.parquet")
    cases = pd.DataFrame({"age": random.integers(30, 70, 80)}, patients)
    cases["scanner_MRI"] = np.where(bright, "Bright", "Dark")
    cases["pcr"] = (values[:, 0] - 2.0 * bright + 0.3 * random.normal(size=80) > 5.6).astype(int)
    cases.to_csv(folder / "cases.csv")
    return train(folder, "pcr", folder / "run", small(load_trees_recipe()), partitions=1).folder / MODEL


@pytest.mark.slow
def test_a_scanner_that_is_named_is_harmonized(harmonizing, patient, tmp_path):
    scores = {}
    for scanner in ("Bright", "Dark", ""):
        given = ["--scanner", f"MRI={scanner}"] if scanner else []
        output = tmp_path / f"out{scanner}"
        assert main([*patient, "--set", "age=50", "--model", str(harmonizing), *given, "--output", str(output)]) == 0
        scores[scanner] = json.loads((output / "score.json").read_text(encoding="utf-8"))
    warnings = {name: "MRI scanner (not given)" in " ".join(score["warnings"]) for name, score in scores.items()}
    assert warnings == {"Bright": False, "Dark": False, "": True}
    assert scores["Dark"]["probability"] != scores["Bright"]["probability"], "the same image is darker for one of them"
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "A model of clinical variables alone" in report and "Logistic regression" not in report


def test_a_scanner_of_no_contour_is_refused(patient, tmp_path, capsys):
    assert main([*patient, *CLINICAL, "--scanner", "MR=Signa", "--output", str(tmp_path / "out")]) == 2
    assert "did you mean 'MRI'" in capsys.readouterr().err


def swap(arguments, option, value):
    """The arguments with one option's value replaced."""
    changed = list(arguments)
    changed[changed.index(option) + 1] = value
    return changed


def wrong_inputs(files):
    far = sitk.Image(files.tumor)
    far.SetOrigin((900, 0, 0))
    few = np.zeros((40, 80, 80), np.uint8)
    few[20, 40, 40:47] = 1
    (files.folder / "notes.txt").write_text("no image")
    (files.folder / "model.nacmodel").write_text("no bundle")
    (files.folder / "full").mkdir()
    (files.folder / "full" / "thesis.docx").write_text("mine")
    return {
        "an empty mask": ("--tumor", f"MRI={files.write(files.tumor * 0, 'e.nrrd')}", "an empty mask in e.nrrd"),
        "no overlap": ("--tumor", f"MRI={files.write(far, 'far.nrrd')}", "no overlap in patient space"),
        "too few voxels": (
            "--tumor",
            f"MRI={files.write(volume(few, files.tumor), 'f.nrrd')}",
            "found 7 in contour MRI",
        ),
        "a 2D image": ("--image", f"MRI_CET1={files.write(files.image[:, :, 9], '2d.nii')}", "a 3D image"),
        "no image file": ("--image", f"MRI_CET1={files.folder / 'notes.txt'}", "no image"),
        "no file": ("--image", f"MRI_CET1={files.folder / 'gone.nrrd'}", "nothing at"),
        "an unknown image": ("--image", "MRI_CE_T1=a.nrrd", "did you mean 'MRI_CET1'"),
        "an unknown contour": ("--tumor", "MR=a.nrrd", "did you mean 'MRI'"),
        "no name": ("--image", "image.nrrd", "--image NAME=FILE"),
        "an unknown model": ("--model", "ispy-clinical", "did you mean 'ispy-clinical-volume'"),
        "no bundle": ("--model", str(files.folder / "model.nacmodel"), "model.nacmodel"),
        "an impossible age": ("--set", "age=7", "age between 18 and 110"),
        "an unparseable status": ("--set", "HER2=perhaps", "HER2 as positive or negative"),
        "an unknown variable": ("--set", "menopause=1", "a clinical variable"),
        "a full folder": ("--output", str(files.folder / "full"), "thesis.docx in"),
        "a file as output": ("--output", str(files.folder / "notes.txt"), "an output folder, found the file"),
        "an unknown option": ("--tumour", "MRI=x.nrrd", "unrecognized arguments"),
    }


WRONG = (
    "an empty mask", "no overlap", "too few voxels", "a 2D image", "no image file", "no file", "an unknown image",
    "an unknown contour", "no name", "an unknown model", "no bundle", "an impossible age", "an unparseable status",
    "an unknown variable", "a full folder", "a file as output", "an unknown option",
)  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_bad_input_is_one_line_and_status_two_and_writes_nothing(what, patient, files, tmp_path, capfd):
    option, value, result = wrong_inputs(files)[what]
    arguments = [*patient, "--set", "age=50", "--output", str(tmp_path / "out"), "--model", "ispy-clinical-volume"]
    changed = swap(arguments, option, value) if option in arguments else [*arguments, option, value]
    before = sorted(tmp_path.rglob("*"))
    assert main(changed) == 2
    out, error = capfd.readouterr()
    assert result in error
    assert error.count("\n") == 1
    assert out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_an_unknown_command_suggests_the_nearest(capsys):
    assert main(["scroe"]) == 2
    assert "did you mean 'score'" in capsys.readouterr().err


def test_debug_shows_where_an_error_arose(patient):
    from NACResponseLib.errors import InputError

    with pytest.raises(InputError):
        main([*patient, "--output", "x", "--set", "age=7", "--debug"])


def test_the_module_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "NACResponseLib", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout.startswith("nacresponse "), done.stderr) == (0, True, "")


def test_the_sample_data_names_its_source_and_licence():
    sample = json.loads((resources() / "SampleData" / "nact06" / "sample.json").read_text(encoding="utf-8"))
    assert "CC BY 3.0" in sample["attribution"]
    assert "CC BY 3.0" in (resources() / "SampleData" / "README.md").read_text(encoding="utf-8")


def test_features_of_a_protocol_are_read_by_the_names_of_pyradiomics(tmp_path):
    row = resources() / "Models" / "CC-BY-NC-4.0" / "nact_06.csv"
    clinical = ["--set", "age=71", "--set", "HR=positive", "--set", "HER2=negative", "--set", "tumor_volume_mm3=39867"]
    arguments = ["score", "--model", "ispy-radiomics", "--features", str(row), *clinical]
    assert main([*arguments, "--output", str(tmp_path / "a")]) == 0
    header, values = (line.split(",") for line in row.read_text(encoding="utf-8").splitlines()[:2])
    with (tmp_path / "a" / "features.csv").open(encoding="utf-8") as stream:
        used = next(csv.DictReader(stream))
    given = dict(zip(header, values, strict=True))
    assert float(used["MRI_Intra_shape_Flatness"]) == float(given["original_shape_Flatness"])
