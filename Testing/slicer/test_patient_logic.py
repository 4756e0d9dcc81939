"""One patient in the scene: contours, what is missing, and nodes that come and go."""

# ruff: noqa: F811 - fixtures are imported, and named as arguments

import json
import os

import numpy as np
import pytest

from Testing.slicer.patients import MODEL, ball, chosen, logic, volume  # noqa: F401 - fixtures among them


@pytest.fixture
def contoured(logic, chosen):
    chosen.imageMriCet1 = volume("CE-T1", 200.0)
    logic.setContour(chosen, "MRI", ball(chosen.imageMriCet1))
    return chosen


# contours


def test_a_contour_is_made_once_and_named_by_the_parameter_node(logic, chosen):
    import slicer

    image = volume("CE-T1")
    node, segmentId = logic.createContour("MRI", image)
    assert (chosen.segmentation, chosen.segmentMri) == (node, segmentId)
    assert logic.createContour("MRI", image, chosen) == (node, segmentId)
    assert len(slicer.util.getNodesByClass("vtkMRMLSegmentationNode")) == 1
    assert logic.segmentationOf(chosen, "MRI") is node and logic.contourSegment(chosen, "MRI") == (node, segmentId)
    assert node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()) is image
    with pytest.raises(ValueError, match="no contour 'PET'"):
        logic.createContour("PET", image)


def test_ct_has_a_segmentation_of_its_own_on_its_own_grid(logic, chosen):
    mri, ct = volume("CE-T1"), volume("CT")
    first, second = logic.createContour("MRI", mri)[0], logic.createContour("CT", ct)[0]
    assert first is not second and chosen.segmentationCt is second
    assert second.GetNodeReference(second.GetReferenceImageGeometryReferenceRole()) is ct


def test_one_segmentation_may_hold_both_contours(logic, chosen):
    node, _mri = logic.createContour("MRI", volume("CE-T1"))
    from NACResponseSlicer import segments

    chosen.segmentCt = segments.addSegment(node, "Tumor", "CT")
    assert logic.contourSegment(chosen, "CT") == (node, "Tumor_CT")
    assert logic.createContour("CT", volume("CT"), chosen) == (node, "Tumor_CT")
    node.GetSegmentation().RemoveSegment("Tumor_CT")
    assert logic.contourSegment(chosen, "CT") == (None, "")


def test_a_contour_of_a_loaded_segmentation_is_found_by_its_tag(logic, contoured):
    contoured.segmentMri = ""
    assert logic.contourSegment(contoured, "MRI") == (contoured.segmentation, "Tumor_MRI")
    inside = contoured.segmentation.GetSegmentation()
    for _copy in range(2):
        inside.CopySegmentFromSegmentation(inside, "Tumor_MRI")
    inside.RemoveSegment("Tumor_MRI")
    assert logic.missingFor("shell", contoured) == ["Several segments are marked as Tumor_MRI: remove all but one."]


def test_a_contour_lies_under_the_transform_of_its_image(logic, chosen):
    import slicer

    image = volume("CE-T1")
    parent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    image.SetAndObserveTransformNodeID(parent.GetID())
    assert logic.createContour("MRI", image)[0].GetParentTransformNode() is parent


def test_the_size_of_a_ball_is_that_of_a_ball(logic, contoured):
    diameter, volumeMm3 = logic.tumorSize(contoured, "MRI")
    assert diameter == pytest.approx(16, abs=1.5)
    assert volumeMm3 == pytest.approx(4 / 3 * np.pi * 8**3, rel=0.05)


def test_a_size_follows_the_contour_and_where_it_lies(logic, contoured):
    import slicer

    whole = logic.tumorSize(contoured, "MRI")
    assert logic.tumorSize(contoured, "MRI") == whole
    logic.setContour(contoured, "MRI", ball(contoured.imageMriCet1, 5.0))
    half = logic.tumorSize(contoured, "MRI")
    assert half[0] == pytest.approx(10, abs=1.5) and half[1] < whole[1]
    parent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    for node in (contoured.segmentation, contoured.imageMriCet1):
        node.SetAndObserveTransformNodeID(parent.GetID())
    parent.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(np.diag([2.0, 2.0, 2.0, 1.0])))
    assert logic.tumorSize(contoured, "MRI") == pytest.approx((2 * half[0], 8 * half[1]))


def test_a_size_needs_a_contour_of_some_voxels(logic, contoured):
    logic.setContour(contoured, "MRI", ball(contoured.imageMriCet1, 1.0))
    with pytest.raises(ValueError, match="at least 8 voxels"):
        logic.tumorSize(contoured, "MRI")
    with pytest.raises(ValueError, match=r"Choose the image .* \(CT\)"):
        logic.tumorSize(contoured, "CT")
    with pytest.raises(ValueError, match=r"Choose the image .* \(CT\)"):
        logic.setContour(contoured, "CT", ball(contoured.imageMriCet1))


# what is missing


def test_each_step_says_what_it_lacks_until_it_lacks_nothing(logic, chosen):
    assert logic.missingFor("contour", chosen) == ["Choose the image that the tumour is contoured on (CE-T1 or T2)."]
    assert logic.missingFor("contour", chosen, "CT") == ["Choose the image that the tumour is contoured on (CT)."]
    chosen.imageMriT2 = volume("T2")
    assert logic.missingFor("contour", chosen) == []
    assert logic.missingFor("shell", chosen) == ["Contour the tumour on MRI first."]
    logic.createContour("MRI", chosen.imageMriT2)
    assert logic.missingFor("shell", chosen) == ["The contour on MRI is empty: draw the tumour."]
    logic.setContour(chosen, "MRI", ball(chosen.imageMriT2))
    assert logic.missingFor("shell", chosen) == []
    assert logic.missingFor("score", chosen) == ["The model needs a clinical value: Age."]
    chosen.age = "71"
    assert logic.missingFor("score", chosen) == []


def test_a_score_says_which_images_and_contours_its_model_lacks(logic, contoured):
    contoured.age = "50"
    logic.setModels([{**MODEL, "images": ["MRI_CET1", "CT"], "contours": ["MRI", "CT"]}])
    assert logic.missingFor("score", contoured) == [
        "Choose the image that the tumour is contoured on (CT).",
        "Contour the tumour on CT first.",
        "The model needs the image CT: choose it.",
    ]
    logic.setModels([{**MODEL, "images": ["PET"]}])
    assert logic.missingFor("score", contoured) == ["The model needs the image PET: choose it."]
    assert logic.notesFor("score", contoured) == []


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("age", "200", "age between 18 and 110 years"),
        ("grade", "9", "grade as G1, G2 or G3"),
        ("tumorSizeMm", "big", "tumor_size_mm between"),
        ("nodalStatus", "M1", "N0, N1, N2 or N3"),
        ("tStage", "T5", "T_stage as T0, T1, T2, T3 or T4"),
    ],
)
def test_a_wrong_entry_is_reported_at_its_field_and_keeps_from_scoring(logic, contoured, field, text, words):
    contoured.age = "50"
    setattr(contoured, field, text)
    problems = logic.clinicalProblems(contoured)
    assert list(problems) == [field] and words in problems[field]
    assert logic.missingFor("score", contoured) == [problems[field]]
    with pytest.raises(ValueError, match="Expected"):
        logic.prepareScore(contoured, "unused")


def test_entries_as_people_type_them_are_right(logic, chosen):
    chosen.age, chosen.er, chosen.grade, chosen.tumorSizeMm, chosen.nodalStatus = "71", "positive", "G2", "23,5", "cN1a"
    chosen.tStage = "cT2"
    assert logic.clinicalProblems(chosen) == {}


def test_a_model_that_cannot_be_read_is_reported_and_asked_for_once(logic, contoured):
    contoured.model = "/nowhere/lost.nacmodel"
    (notes,) = logic.missingFor("score", contoured)
    assert notes.startswith("The model cannot be read: ") and "lost.nacmodel" in notes
    assert logic.missingFor("score", contoured) == [notes] and logic.notesFor("score", contoured) == []


def test_a_model_file_is_asked_about_again_once_it_was_written_anew(logic, chosen, tmp_path, monkeypatch):
    from NACResponseSlicer import processRunner

    file, asked = tmp_path / "model.nacmodel", []

    def run(words):
        asked.append(words[1])
        result = json.dumps({"name": file.read_text()})
        return processRunner.RunResult(0, False, "", result, result)

    monkeypatch.setattr(processRunner, "run", run)
    chosen.model = str(file)
    file.write_text("first")
    assert logic.model(chosen)["name"] == logic.model(chosen)["name"] == "first" and asked == ["show"]
    file.write_text("second")
    os.utime(file, ns=(0, 1))
    assert logic.model(chosen)["name"] == "second" and asked == ["show", "show"]


def test_a_list_that_could_not_be_had_is_asked_for_again(logic, chosen, monkeypatch):
    from NACResponseSlicer import processRunner

    answers = [(1, "No package."), (0, "")]

    def run(words):
        status, message = answers.pop(0)
        return processRunner.RunResult(status, False, message, "", json.dumps([MODEL]))

    monkeypatch.setattr(processRunner, "run", run)
    logic.forgetModels()
    with pytest.raises(RuntimeError, match="No package"):
        logic.model(chosen)
    assert logic.model(chosen) == logic.model(chosen) == MODEL and not answers


def test_the_models_come_from_the_command_line(slicerApp, moduleFolder, tmp_path):
    from pathlib import Path

    from NACResponseSlicer.patientLogic import NACResponseLogic

    logic = NACResponseLogic()
    chosen = logic.getParameterNode()
    entries = logic.models()
    assert [entry["name"] for entry in entries if entry["default"]] == ["ispy-clinical-volume"]
    assert logic.model(chosen)["default"]
    chosen.model = "phantom-multimodal"
    assert logic.model(chosen)["contours"] == ["MRI", "CT"]
    own = tmp_path / "mine.nacmodel"
    own.write_bytes(Path(entries[0]["path"]).read_bytes())
    chosen.model = str(own)
    assert logic.model(chosen)["contours"] == entries[0]["contours"]
    logic.forgetModels()
    assert logic.models() == entries


# nodes come and go


def test_a_deleted_node_is_missed_in_words(logic, contoured):
    import slicer

    contoured.age = "50"
    slicer.mrmlScene.RemoveNode(contoured.imageMriCet1)
    assert contoured.imageMriCet1 is None
    assert "Choose the image" in logic.missingFor("score", contoured)[0]
    contoured.imageMriCet1 = volume("another")
    assert logic.missingFor("score", contoured) == []
    slicer.mrmlScene.RemoveNode(contoured.segmentation)
    assert logic.missingFor("score", contoured) == ["Contour the tumour on MRI first."]
    assert logic.anatomySegments(contoured, "MRI") == {}
    node, segmentId = logic.createContour("MRI", contoured.imageMriCet1)
    assert contoured.segmentation is node and segmentId == "Tumor_MRI"


def test_a_deleted_segment_is_made_again(logic, contoured):
    contoured.segmentation.GetSegmentation().RemoveSegment("Tumor_MRI")
    assert logic.missingFor("shell", contoured) == ["Contour the tumour on MRI first."]
    assert logic.createContour("MRI", contoured.imageMriCet1) == (contoured.segmentation, "Tumor_MRI")


def test_renaming_changes_nothing(logic, contoured):
    for node in (contoured.imageMriCet1, contoured.segmentation):
        node.SetName("x")
    contoured.segmentation.GetSegmentation().GetSegment("Tumor_MRI").SetName("x")
    contoured.age = "50"
    assert logic.missingFor("score", contoured) == []


def test_closing_the_scene_empties_all(logic, contoured):
    import slicer

    contoured.age = "50"
    slicer.mrmlScene.Clear(0)
    fresh = logic.getParameterNode()
    assert (fresh.imageMriCet1, fresh.segmentation, fresh.age, fresh.segmentMri) == (None, None, "", "")
    assert fresh.marginMm == 5.0 and logic.currentScore(fresh) is None and logic.currentShell(fresh, "MRI") is None


def test_the_next_patient_starts_empty_and_keeps_the_settings(logic, contoured):
    contoured.age, contoured.marginMm, contoured.model = "50", 8.0, "phantom-multimodal"
    logic.clearPatient(contoured)
    assert (contoured.imageMriCet1, contoured.segmentMri, contoured.age) == (None, "", "")
    assert (contoured.marginMm, contoured.model) == (8.0, "phantom-multimodal")
