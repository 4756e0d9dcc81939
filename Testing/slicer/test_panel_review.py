"""The review of a cohort: real runs on a tiny cohort, decisions on disk, a contour corrected and computed again."""

import shutil

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.library.cohort.tiny import read_rows

from .panel_tools import settle


@pytest.fixture
def cohort(extracted, tmp_path):
    """A copy that a test may change: its table and its output."""
    shutil.copytree(extracted, tmp_path / "cohort")
    return tmp_path / "cohort"


@pytest.fixture
def panel(scene, moduleFolder, cohort):
    from NACResponseSlicer.panels.review import ReviewPanel
    from NACResponseSlicer.parameterNode import NACResponseParameterNode
    from NACResponseSlicer.trainingLogic import NACResponseTrainingLogic

    called = []
    panel = ReviewPanel(NACResponseTrainingLogic(), onRecompute=lambda: called.append("extract"))
    node = NACResponseParameterNode(scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))
    table = next((cohort / "in").glob("*.csv"))
    node.cohortFile, node.cohortOutput = str(table), str(cohort / "out")
    node.protocol = str(cohort / "in" / "protocol.yaml")
    panel.setParameterNode(node)
    panel.widget.show()
    panel.called = called
    yield panel
    panel.cleanup()
    panel.widget.hide()


def choose(panel, row):
    panel.ui.reviewTable.selectRow(row)
    settle()


def test_every_patient_is_listed_with_a_picture_and_nothing_is_decided(panel):
    table = panel.ui.reviewTable
    assert table.rowCount == 4 == len(panel.patients)
    assert not any(table.item(row, 0).icon().isNull() for row in range(4))
    assert {table.item(row, 1).text() for row in range(4)} == {one.patient_id for one in panel.patients}
    assert panel.ui.reviewHint.text.startswith("0 accepted, 0 rejected, 4 to look at")
    assert not panel.ui.acceptButton.enabled and not panel.ui.openPatientButton.enabled


def test_decisions_are_kept_in_the_folder_and_a_rejection_needs_a_reason(panel, cohort):
    from NACResponseLib.features.review import read_review

    first, second = (one.patient_id for one in panel.patients[:2])
    panel.ui.reviewerEdit.text = "AB"
    choose(panel, 0)
    assert panel.ui.acceptButton.enabled and not panel.ui.rejectButton.enabled
    panel.ui.acceptButton.click()
    settle()
    assert panel.ui.reviewTable.currentRow() == 1  # the next one
    panel.ui.reasonEdit.text = "motion"
    settle()
    panel.ui.rejectButton.click()
    settle()
    found = read_review(cohort / "out" / "review.csv")
    assert (found[first].decision, found[first].reviewer) == ("accepted", "AB")
    assert (found[second].decision, found[second].reason) == ("rejected", "motion")
    assert panel.ui.reviewHint.text.startswith("1 accepted, 1 rejected, 2 to look at")
    assert panel.ui.reviewTable.item(1, 2).text() == "rejected motion" and panel.ui.reasonEdit.text == ""


def test_decisions_that_were_made_elsewhere_are_shown(panel, cohort):
    from NACResponseLib.features.review import decide

    decide(cohort / "out" / "review.csv", panel.patients[2].patient_id, "accepted")
    panel.onChanged()
    settle()
    assert panel.ui.reviewHint.text.startswith("1 accepted")
    (cohort / "out" / "review.csv").write_text("patient_id,decision,reason\nX,perhaps,\n", encoding="utf-8")
    panel.onChanged()
    settle()
    assert "perhaps" in panel.ui.reviewMessage.text and not panel.ui.reviewSection.visible


def test_a_patient_is_opened_corrected_and_computed_again(panel, cohort):
    import slicer
    from NACResponseSlicer.sceneBridge import segmentImage, setSegment
    from NACResponseSlicer.segments import findSegment, role

    choose(panel, 1)
    assert not panel.ui.recomputeButton.enabled
    panel.ui.openPatientButton.click()
    settle()
    opened = panel.opened
    assert opened.patientId == panel.patients[1].patient_id and panel.ui.recomputeButton.enabled
    contour, node = next(iter(opened.segmentations.items()))
    row = next(r for r in read_rows(next((cohort / "in").glob("*.csv"))) if r["patient_id"] == opened.patientId)
    file = cohort / "in" / row[f"tumor_{contour}"]
    before = sitk.GetArrayFromImage(sitk.ReadImage(str(file))) > 0
    segment = findSegment(node, role("Tumor", contour))
    mask = segmentImage(node, segment)
    setSegment(node, segment, sitk.BinaryErode(mask, (1, 1, 0)))
    panel.ui.recomputeButton.click()
    after = sitk.GetArrayFromImage(sitk.ReadImage(str(file))) > 0
    assert 0 < after.sum() < before.sum() and not (after & ~before).any()
    kept = next(file.parent.glob("*.before-review*"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(kept))) > 0, before)
    assert panel.called == ["extract"] and ".before-review" in panel.ui.reviewMessage.text
    choose(panel, 0)
    panel.ui.openPatientButton.click()
    settle()
    assert not slicer.mrmlScene.IsNodePresent(node)  # the one opened before is gone
    assert not list(file.parent.glob(".nacresponse-*"))


def test_a_patient_that_the_table_does_not_name_is_said(panel, tmp_path):
    choose(panel, 0)
    panel.parameterNode.cohortFile = str(tmp_path / "none.csv")
    panel.ui.openPatientButton.click()
    assert "none.csv" in panel.ui.reviewMessage.text and panel.opened is None


def test_a_patient_of_the_same_name_in_another_cohort_is_not_the_one_that_was_opened(panel, cohort):
    shutil.copytree(cohort, cohort.parent / "other")
    choose(panel, 0)
    panel.ui.openPatientButton.click()
    panel.parameterNode.cohortOutput = str(cohort.parent / "other" / "out")
    settle()
    choose(panel, 0)
    assert not panel.ui.recomputeButton.enabled and panel.opened is None
