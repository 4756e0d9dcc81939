"""Step 5, Save as DICOM: what another reader finds in the files, and when the button says why it cannot."""

import json

import highdicom as hd
import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from Testing.library.imaging.hospital.dicom_files import series
from Testing.slicer.opened_module import contoured
from Testing.slicer.test_panel_score import SCORE, scored

LONGEST = 600  # seconds that a run may take on a busy machine


@pytest.fixture
def score(opened):
    opened.listed()
    return opened.widget.score


def known(files, patient="T1"):
    """Takes files into Slicer's DICOM database; their instance UIDs, separated as Slicer does."""
    import slicer

    uids = []
    for file in files:
        header = dcmread(file, stop_before_pixels=True)
        uids.append(header.SOPInstanceUID)
        slicer.dicomDatabase.files[uids[-1]] = str(file)
        slicer.dicomDatabase.values[(str(file), "0010,0020")] = patient
        slicer.dicomDatabase.values[(str(file), "0028,0008")] = str(header.get("NumberOfFrames", ""))
    return " ".join(uids)


def saved_image(node):
    from NACResponseSlicer.sceneBridge import volumeImage

    return volumeImage(node)


def voxels(segmentation, label, image):
    """A segment as highdicom reads it, on the image's grid: (slice, row, column)."""
    found = segmentation.get_volume(segment_numbers=segmentation.get_segment_numbers(segment_label=label))
    places = found.affine @ np.vstack([np.argwhere(found.array.squeeze()).T, np.ones(np.count_nonzero(found.array))])
    inside = np.zeros(image.GetSize()[::-1], bool)
    for place in places[:3].T.tolist():
        inside[image.TransformPhysicalPointToIndex(place)[::-1]] = True
    assert inside.sum() == np.count_nonzero(found.array)
    return inside


@pytest.mark.slow
def test_the_sample_patient_is_saved_on_the_phase_that_is_shown(opened, score, tmp_path):
    """Two phases of one series in one folder, the shown one's slices in another folder, too: as hospitals have them."""
    from NACResponseSlicer.sampleData import loadSamplePatient
    from NACResponseSlicer.sceneBridge import segmentImage, volumeGrid
    from NACResponseSlicer.segments import findSegment

    volume = loadSamplePatient(opened.node, opened.widget.logic)
    image = sitk.Cast(saved_image(volume), sitk.sitkInt16)
    for name, when, voxel in (("pre", "100000", image * 0 + 50), ("post", "100300", image)):
        series(tmp_path / "study", voxel, lambda k, when=when: {"AcquisitionTime": when}, name=name)
    known(sorted((tmp_path / "study").glob("pre*")))
    (tmp_path / "elsewhere").mkdir()
    for file in sorted((tmp_path / "study").glob("post*"))[::2]:
        file.rename(tmp_path / "elsewhere" / file.name)
    post = sorted(tmp_path.glob("*/post*"), key=lambda file: file.name)
    volume.SetAttribute("DICOM.instanceUIDs", known(post))
    opened.settle()
    score.bar.runButton.click()
    opened.until(lambda: not score.bar.running, LONGEST)
    opened.settle()
    assert score.dicom.bar.runButton.enabled, score.dicom.bar.missingLabel.text

    target = tmp_path / "saved"
    target.mkdir()
    opened.app.dialogs.answerFile(str(target))
    score.dicom.bar.runButton.click()
    assert not score.dicom.bar.runButton.enabled
    opened.until(lambda: not (score.dicom.printer.running or score.dicom.bar.running), LONGEST)
    opened.settle()
    assert {file.name for file in target.iterdir()} == {"seg_MRI.dcm", "measurements.dcm", "report.dcm"}, (
        score.dicom.bar.messageLabel.text
    )
    assert str(target) in score.dicom.bar.messageLabel.text and score.dicom.bar.runButton.enabled

    source, written = dcmread(post[0]), hd.seg.segread(target / "seg_MRI.dcm")
    (referenced,) = written.ReferencedSeriesSequence
    assert referenced.SeriesInstanceUID == source.SeriesInstanceUID
    assert written.FrameOfReferenceUID == source.FrameOfReferenceUID
    of_phase = {dcmread(file).SOPInstanceUID for file in post}
    assert {one.ReferencedSOPInstanceUID for one in referenced.ReferencedInstanceSequence} <= of_phase
    (group,) = hd.sr.srread(target / "measurements.dcm").content.get_image_measurement_groups()
    shown = json.loads(opened.node.scoreJson)
    assert group.get_measurements()[0].value == pytest.approx(shown["probability"], rel=1e-6)
    document = dcmread(target / "report.dcm")
    assert document.EncapsulatedDocument.startswith(b"%PDF-") and document.StudyInstanceUID == source.StudyInstanceUID

    opened.widget.logic.makeShell(opened.node, "MRI")
    node, tumour = opened.widget.logic.contourSegment(opened.node, "MRI")
    for label, segment in (("Tumor", tumour), ("Peritumoral shell", findSegment(node, "Shell_MRI"))):
        shown = sitk.GetArrayFromImage(segmentImage(node, segment, volumeGrid(volume))) != 0
        assert shown.any() and np.array_equal(voxels(written, label, image), shown)


@pytest.fixture
def small(opened, score, tmp_path, monkeypatch):
    """A small patient with a score, its image in the database: the image's node and its files."""
    from NACResponseSlicer import patientInputs

    contoured(opened)
    opened.node.age = "50"
    volume = opened.node.imageMriCet1
    files = series(tmp_path / "series", sitk.Cast(saved_image(volume), sitk.sitkInt16))
    volume.SetAttribute("DICOM.instanceUIDs", known(files))
    fresh = patientInputs.scoreOrigin(opened.node, opened.widget.logic.model(opened.node))
    monkeypatch.setitem(SCORE, "made_from", fresh)
    scored(opened, tmp_path)
    return volume, files


def message_below(opened, score):
    score.enter()
    score.onChanged()
    opened.settle()
    bar = score.dicom.bar
    assert bar.runButton.enabled == (not bar.missingLabel.text)
    return bar.missingLabel.text


def test_the_button_says_why_it_cannot(opened, score, small, tmp_path):
    import slicer

    volume, files = small
    named = volume.GetAttribute("DICOM.instanceUIDs")
    assert message_below(opened, score) == ""
    volume.SetAttribute("DICOM.instanceUIDs", None)
    assert "CE-T1" in message_below(opened, score) and "not loaded from DICOM" in message_below(opened, score)
    volume.SetAttribute("DICOM.instanceUIDs", f"{named} Unknown")
    assert f"1 of its {len(files) + 1} DICOM instances" in message_below(opened, score)
    other = known(series(tmp_path / "pre", sitk.Cast(saved_image(volume), sitk.sitkInt16)))
    volume.SetAttribute("DICOM.instanceUIDs", f"{named} {other}")
    assert f"{2 * len(files)} pictures for {len(files)} slices" in message_below(opened, score)
    volume.SetAttribute("DICOM.instanceUIDs", named)
    files[3].unlink()
    assert f"1 of its {len(files)} DICOM instances" in message_below(opened, score)
    known(files[:3])
    slicer.dicomDatabase.files.clear()
    assert f"{len(files)} of its {len(files)} DICOM instances" in message_below(opened, score)


def test_a_file_of_several_phases_is_refused_since_nothing_records_which_is_shown(opened, score, small, tmp_path):
    import slicer

    volume, files = small
    slicer.dicomDatabase.files["1.2.3"] = str(files[0])
    slicer.dicomDatabase.values[(str(files[0]), "0028,0008")] = str(3 * len(files))
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    assert f"{3 * len(files)} pictures for {len(files)} slices" in message_below(opened, score)


def test_a_score_of_something_else_than_is_shown_is_not_saved(opened, score, small):
    opened.node.age = "60"
    assert "score again first" in message_below(opened, score)


def test_without_a_web_view_and_weasyprint_the_report_cannot_be_printed(opened, score, small, monkeypatch):
    monkeypatch.setattr("NACResponseSlicer.patientDicom.canPrint", lambda: False)
    monkeypatch.setattr("NACResponseSlicer.patientDicom.importlib.util.find_spec", lambda name: None)
    assert "WeasyPrint is not installed" in message_below(opened, score)


def test_a_folder_that_holds_other_files_is_refused_as_by_the_command_line(opened, score, small, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine", encoding="utf-8")
    opened.app.dialogs.answerFile(str(tmp_path / "full"), "")
    score.dicom.bar.runButton.click()
    text = score.dicom.bar.messageLabel.text
    assert "xpected an empty or new output folder, found notes.txt" in text and not score.dicom.printer.running
    score.dicom.bar.runButton.click()  # the dialog was cancelled
    assert not score.dicom.printer.running and score.dicom.bar.runButton.enabled


def save(opened, score, target):
    """Presses the button and waits; what it says."""
    opened.app.dialogs.answerFile(str(target))
    score.dicom.bar.runButton.click()
    opened.until(lambda: not (score.dicom.printer.running or score.dicom.bar.running))
    opened.settle()
    return score.dicom.bar.messageLabel.text


@pytest.mark.parametrize("changed", [{"probability": 0.42}, {"interval": [0.2, 0.7]}, {"patient_id": "another"}])
def test_a_score_that_comes_out_otherwise_is_not_saved(slicerApp, moduleFolder, tmp_path, changed):
    from NACResponseSlicer import patientDicom
    from NACResponseSlicer.patientResults import ScoreResult

    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "score.json").write_text(json.dumps({**SCORE, **changed}), encoding="utf-8")
    with pytest.raises(ValueError, match="not the one shown"):
        patientDicom.saveDicom(tmp_path, tmp_path / "saved", ScoreResult.fromJson(json.dumps(SCORE)))
    assert not (tmp_path / "saved").exists()


@pytest.mark.slow
def test_a_volume_that_lies_elsewhere_than_its_series_is_not_saved(opened, score, small, tmp_path, monkeypatch):
    volume, _files = small
    monkeypatch.setattr("NACResponseSlicer.patientDicom.scoreIsStale", lambda *_arguments: False)
    volume.SetOrigin(5, 0, 0)
    opened.settle()
    assert "another place" in save(opened, score, tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_files_that_were_replaced_since_the_import_are_refused(opened, score, small, tmp_path):
    _volume, files = small
    files[2].write_bytes(files[1].read_bytes())
    assert "were replaced since" in save(opened, score, tmp_path / "saved")


def test_a_segmentation_is_compared_with_the_phase_and_the_voxels_shown(opened, score, small, tmp_path):
    """For an image of the same place, one a voxel aside, and for other instances."""
    from NACResponseSlicer import patientDicom
    from NACResponseSlicer.sceneBridge import writeImage

    volume, files = small
    image, sources = saved_image(volume), [dcmread(file) for file in files]
    mask = np.zeros((*image.GetSize()[::-1], 1), np.uint8)
    mask[10:14, 10:14, 10:14] = 1
    abnormal, neoplasm = (hd.sr.CodedConcept(*one) for one in (("49755003", "SCT", "A"), ("108369006", "SCT", "N")))
    described = hd.seg.SegmentDescription(1, "Tumor", abnormal, neoplasm, "MANUAL")
    made = hd.seg.Segmentation(sources, mask, "BINARY", [described], hd.UID(), 1, hd.UID(), 1, "a", "b", "1", "none")
    made.save_as(tmp_path / "seg.dcm")
    right = {
        "series": [sources[0].SeriesInstanceUID],
        "frames": [sources[0].FrameOfReferenceUID],
        "instances": [one.SOPInstanceUID for one in sources],
    }
    where = writeImage(image, tmp_path / "image.nrrd")
    patientDicom._checkSegmentation(tmp_path / "seg.dcm", right, where)
    with pytest.raises(ValueError, match="another series or phase"):
        patientDicom._checkSegmentation(tmp_path / "seg.dcm", {**right, "instances": right["instances"][:3]}, where)
    image.SetOrigin(image.TransformIndexToPhysicalPoint((1, 0, 0)))
    with pytest.raises(ValueError, match="does not lie on the image's voxels"):
        patientDicom._checkSegmentation(tmp_path / "seg.dcm", right, writeImage(image, where))


def test_the_names_of_the_files_are_those_of_the_library(opened, score):
    from NACResponseSlicer import patientDicom

    from NACResponseLib.report.dicom_objects import dicom_files

    assert {*patientDicom.own(["US"]), patientDicom.MEASUREMENTS} == set(dicom_files(("MRI", "CT", "US")))
