"""The sample patient from loading to a score through the real command line, and back from a saved scene."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What ``nacresponse demo`` says of the sample patient."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    subprocess.run(
        [sys.executable, "-m", "NACResponseLib", "demo", "--output", str(folder)], cwd=ROOT, check=True, timeout=300
    )
    return folder


@pytest.fixture
def logic(slicerApp, moduleFolder):
    from NACResponseSlicer.patientLogic import NACResponseLogic

    return NACResponseLogic()


@pytest.fixture
def patient(logic):
    from NACResponseSlicer.sampleData import loadSamplePatient

    loadSamplePatient(logic.getParameterNode(), logic)
    return logic.getParameterNode()


def reload(folder):
    import slicer

    assert slicer.util.saveScene(str(folder / "patient.mrb"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(folder / "patient.mrb"), {"clear": True})


@pytest.mark.slow
def test_the_sample_patient_is_scored_exactly_as_the_command_line_does_and_comes_back(logic, patient, demo, tmp_path):
    score = logic.score(patient)
    theirs = json.loads((demo / "score.json").read_text(encoding="utf-8"))
    assert (score.probability, list(score.interval)) == (theirs["probability"], theirs["interval"])
    assert (score.predictedClass, list(score.contributions)) == (theirs["predicted_class"], theirs["contributions"])
    assert list(score.warnings) == theirs["warnings"] and score.positiveClass == theirs["model"]["positive_class"]
    assert logic.missingFor("score", patient) == logic.notesFor("score", patient) == []

    reload(tmp_path)
    again = logic.getParameterNode()
    again.imageMriCet1.SetName("renamed")
    assert logic.currentScore(again) == score and logic.notesFor("score", again) == []
    assert again.contributionsTable.GetNumberOfRows() == len(score.contributions)
    assert again.contributionsChart.GetNumberOfPlotSeriesNodes() > 0
    logic.saveFeatures(again, tmp_path / "features.csv")
    assert (tmp_path / "features.csv").read_text(encoding="utf-8") == (demo / "features.csv").read_text(
        encoding="utf-8"
    )
    logic.saveReport(again, tmp_path / "report.html")
    assert "NACT_06" in (tmp_path / "report.html").read_text(encoding="utf-8")

    again.age = "40"
    scored = ["Images, contours or entries were changed since the score was made: score again."]
    assert logic.notesFor("score", again) == scored
    again.age = "71"
    assert logic.notesFor("score", again) == []
    spacing = again.imageMriCet1.GetSpacing()
    again.imageMriCet1.SetSpacing(2.0, *spacing[1:])
    assert logic.notesFor("score", again) == scored


def test_the_sample_patient_is_in_sample_data_and_needs_no_network(slicerApp, moduleFolder):
    import SampleData
    from NACResponseSlicer import sampleData
    from NACResponseSlicer.patientLogic import NACResponseLogic

    sampleData.registerSampleData()
    (volume,) = SampleData.downloadSamples(sampleData.NAME)
    chosen = NACResponseLogic().getParameterNode()
    assert chosen.imageMriCet1 is volume and volume.GetImageData().GetDimensions() == (256, 256, 60)
    assert (chosen.age, chosen.er, chosen.pr, chosen.her2) == ("71", "positive", "positive", "negative")
    assert (chosen.patientId, chosen.grade, chosen.segmentMri) == ("NACT_06", "", "Tumor_MRI")
    (source,) = SampleData.SampleDataLogic.sampleDataSourcesByCategory(sampleData.CATEGORY)
    assert all(uri.startswith("file:") for uri in source.uris)


def test_loading_the_sample_forgets_the_patient_before(logic, patient):
    from NACResponseSlicer.sampleData import loadSamplePatient

    patient.grade, patient.tumorSizeMm, before = "3", "12", patient.segmentation
    loadSamplePatient(patient)
    assert (patient.grade, patient.tumorSizeMm) == ("", "") and patient.segmentation is not before


def test_the_contour_of_the_sample_is_the_mask_of_its_file(logic, patient):
    from NACResponseSlicer.sceneBridge import segmentImage, volumeGrid

    mask = sitk.ReadImage(str(ROOT / "Resources/SampleData/nact06/tumor_MRI_corrected.nii.gz"))
    got = segmentImage(patient.segmentation, patient.segmentMri, volumeGrid(patient.imageMriCet1))
    assert (sitk.GetArrayFromImage(got) == sitk.GetArrayFromImage(mask)).all()


# The shell, on a coarse copy of the sample patient, which takes seconds less


@pytest.fixture
def small(logic, patient):
    """The sample patient with every third voxel in the plane, and every second slice."""
    import slicer
    from NACResponseSlicer.sceneBridge import segmentImage, volumeGrid, volumeImage

    image = volumeImage(patient.imageMriCet1)
    mask = segmentImage(patient.segmentation, patient.segmentMri, volumeGrid(patient.imageMriCet1))
    part = [sitk.Shrink(one, [3, 3, 2]) for one in (image, mask)]
    node = slicer.util.addVolumeFromArray(sitk.GetArrayFromImage(part[0]), name="small")
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(part[0].GetDirection()).reshape(3, 3) * np.array(part[0].GetSpacing())
    matrix[:3, 3] = part[0].GetOrigin()
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(np.diag([-1, -1, 1, 1]) @ matrix))
    values = {name: getattr(patient, name) for name in ("age", "er", "pr", "her2")}
    logic.clearPatient(patient)
    patient.imageMriCet1 = node
    for name, value in values.items():
        setattr(patient, name, value)
    logic.setContour(patient, "MRI", part[1])
    return patient


def voxels(patient, segmentId):
    from NACResponseSlicer.sceneBridge import segmentImage, volumeGrid

    return sitk.GetArrayFromImage(
        segmentImage(patient.segmentation, segmentId, volumeGrid(patient.imageMriCet1))
    ).astype(bool)


def change(patient, segmentId, edit):
    """Edits a segment as the Segment Editor would."""
    import slicer

    array = slicer.util.arrayFromSegmentBinaryLabelmap(patient.segmentation, segmentId, patient.imageMriCet1).copy()
    edit(array)
    slicer.util.updateSegmentBinaryLabelmapFromArray(array, patient.segmentation, segmentId, patient.imageMriCet1)


@pytest.mark.slow
def test_a_shell_is_made_shown_saved_edited_and_made_again(logic, small, tmp_path):
    first = logic.makeShell(small, "MRI")
    found = logic.anatomySegments(small, "MRI")
    assert list(found) == ["Shell", "Skin", "ChestWall", "Breast"]
    tumour, shell = voxels(small, small.segmentMri), voxels(small, found["Shell"])
    assert shell.any() and not (tumour & shell).any()
    volume = np.prod(small.imageMriCet1.GetSpacing())
    assert first.shellMm3 == pytest.approx(shell.sum() * volume)
    assert first.tumorMm3 == pytest.approx(tumour.sum() * volume)
    assert (first.edited, first.marginMm, first.clip) == ((), 5.0, True)
    assert set(first.seen) == {"skin", "chest_wall"}
    assert set(first.clipped) == {"skin", "chest_wall", "air", "other"} and first.warnings
    assert logic.notesFor("shell", small) == []

    reload(tmp_path)
    again = logic.getParameterNode()
    assert logic.currentShell(again, "MRI") == first and logic.anatomySegments(again, "MRI") == found
    assert (voxels(again, found["Shell"]) == shell).all() and logic.notesFor("shell", again) == []

    # the user takes the breast away below the middle, and the shell keeps to it
    half = shell.shape[0] // 2

    def cut(array):
        array[:half] = 0

    change(again, found["Breast"], cut)
    change(again, found["Skin"], lambda array: array.fill(0))  # emptied: found automatically again
    change(again, found["Shell"], cut)
    notes = logic.notesFor("shell", again)
    assert any("You edited Breast_MRI" in note for note in notes)
    assert any("Shell_MRI was edited by hand, which is not used" in note for note in notes)
    breast = voxels(again, found["Breast"])
    second = logic.makeShell(again, "MRI")
    assert second.edited == ("Breast",) and logic.notesFor("shell", again) == []
    cutShell = voxels(again, found["Shell"])
    assert cutShell.any() and not cutShell[:half].any() and second.shellMm3 < first.shellMm3
    assert (voxels(again, found["Breast"]) == breast).all() and voxels(again, found["Skin"]).any()

    again.marginMm = 8.0
    assert logic.notesFor("shell", again) == ["The settings were changed since: make the shell again."]
    change(again, again.segmentMri, lambda array: array.__setitem__(np.s_[: half + 1], 0))
    assert logic.notesFor("shell", again) == ["The contour was changed since: make the shell again."]


@pytest.mark.slow
def test_a_shell_without_clipping_takes_no_mask_and_another_margin_is_reported_at_the_score(logic, small):
    small.clip, small.marginMm = False, 3.0
    shell = logic.makeShell(small, "MRI")
    assert (shell.clip, shell.marginMm) == (False, 3.0) and shell.clipped["skin"] == 0
    (note,) = logic.notesFor("score", small)
    assert "margin of 5 mm, not the 3 mm" in note


def test_the_words_of_a_score_name_what_was_written(logic, small, tmp_path):
    from NACResponseSlicer import segments

    small.scannerMri, small.model, small.patientId = "Signa = 1.5T", "ispy-clinical-volume", ""
    small.tStage = "T4d"
    skin = voxels(small, small.segmentMri).astype(np.uint8)
    segmentId = segments.addSegment(small.segmentation, "Skin", "MRI")
    import slicer

    slicer.util.updateSegmentBinaryLabelmapFromArray(skin, small.segmentation, segmentId, small.imageMriCet1)
    words = logic.prepareScore(small, tmp_path)
    pairs = dict(zip(words[1::2], words[2::2], strict=True))
    assert words[0] == "score" and pairs["--patient-id"] == "patient" and pairs["--model"] == small.model
    assert pairs["--scanner"] == "MRI=Signa = 1.5T"
    for option, start in (("--image", "MRI_CET1="), ("--tumor", "MRI="), ("--skin", "MRI=")):
        assert pairs[option].startswith(start) and Path(pairs[option].removeprefix(start)).is_file()
    assert [word for word in words if word.startswith(("age", "ER", "PR", "HER2", "T_"))] == [
        "age=71", "ER=positive", "PR=positive", "HER2=negative", "T_stage=T4d"
    ]  # fmt: skip


def test_why_a_run_failed_is_reported_in_one_sentence(logic, small):
    import slicer

    array = slicer.util.arrayFromVolume(small.imageMriCet1)
    array[:] = 7
    slicer.util.arrayFromVolumeModified(small.imageMriCet1)
    with pytest.raises(RuntimeError, match=r"^Expected an image with contrast") as error:
        logic.makeShell(small, "MRI")
    assert "\n" not in str(error.value) and logic.currentShell(small, "MRI") is None


def test_what_was_deleted_while_it_was_made_is_not_shown(logic, small, tmp_path):
    words = logic.prepareShell(small, "MRI", tmp_path)
    assert words[0] == "shell" and str(tmp_path / "result") in words
    small.segmentation.GetSegmentation().RemoveSegment(small.segmentMri)
    with pytest.raises(ValueError, match="was deleted meanwhile"):
        logic.loadShell(small, "MRI", tmp_path)


def test_nothing_is_made_or_saved_before_it_can_be(logic, tmp_path):
    chosen = logic.getParameterNode()
    for make in (
        lambda: logic.makeShell(chosen, "MRI"),
        lambda: logic.prepareShell(chosen, "CT", tmp_path),
        lambda: logic.score(chosen),
        lambda: logic.saveReport(chosen, tmp_path / "r.html"),
        lambda: logic.saveFeatures(chosen, tmp_path / "f.csv"),
    ):
        with pytest.raises(ValueError, match=r"Choose the image|score the patient first"):
            make()
    assert logic.notesFor("shell", chosen) == logic.notesFor("score", chosen) == []
    assert not list(tmp_path.iterdir())


# Where the library lies


@pytest.mark.parametrize("place", ["package", "checkout"])
def test_the_library_and_the_sample_are_found_where_they_were_installed(
    slicerApp, moduleFolder, tmp_path, monkeypatch, place
):
    from NACResponseSlicer import libraryPath, sampleData

    module = tmp_path / "Extension" / "NACResponse"
    home = module if place == "package" else module.parent
    for file in ("NACResponseLib/__init__.py", "Resources/SampleData/nact06/sample.json"):
        (home / file).parent.mkdir(parents=True)
        (home / file).write_text("", encoding="utf-8")
    monkeypatch.setattr(libraryPath, "__file__", str(module / "NACResponseSlicer" / "libraryPath.py"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert libraryPath.ensureLibrary() == home and sys.path[0] == str(home)
    assert sampleData.sampleFolder() == home / "Resources" / "SampleData" / "nact06"
    (home / "Resources/SampleData/nact06/sample.json").unlink()
    with pytest.raises(FileNotFoundError, match="install the NACResponse extension again"):
        sampleData.sampleFolder()


def test_an_installed_library_is_taken_where_none_lies_beside(slicerApp, moduleFolder, tmp_path, monkeypatch):
    from NACResponseSlicer import libraryPath

    monkeypatch.setattr(libraryPath, "__file__", str(tmp_path / "a" / "b" / "libraryPath.py"))
    assert libraryPath.ensureLibrary() == ROOT
    monkeypatch.setattr(libraryPath.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="install the NACResponse extension again"):
        libraryPath.ensureLibrary()
