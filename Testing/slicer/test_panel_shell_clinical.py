"""Steps 3 and 4 of the patient's tab: the shell about a contour, the anatomy beside it, and the clinical record."""

import json
from pathlib import Path

import numpy as np
import pytest

from Testing.slicer.opened_module import ball, contoured, volume


@pytest.fixture
def shell(opened):
    return opened.widget.shell


@pytest.fixture
def clinical(opened):
    return opened.widget.clinical


def withAnatomy(opened, contour="MRI"):
    """A contour with a shell and anatomy beside it, as a run leaves them; no process is run."""
    import json

    import SimpleITK as sitk
    import slicer
    from NACResponseSlicer.sceneBridge import volumeImage
    from NACResponseSlicer.segments import putSegment

    contoured(opened, contour)
    image = opened.node.imageMriCet1 if contour == "MRI" else opened.node.imageCt
    segmentation = opened.widget.logic.segmentationOf(opened.node, contour)
    for kind, centre in (("Shell", 20), ("Skin", 5), ("ChestWall", 35), ("Breast", 20)):
        mask = sitk.GetImageFromArray(ball(9, (15, centre, 20)).astype(np.uint8))
        mask.CopyInformation(volumeImage(image))
        putSegment(segmentation, kind, contour, mask)
    from NACResponseSlicer.segments import digest

    _node, segment = opened.widget.logic.contourSegment(opened.node, contour)
    warnings = {
        "contour": contour, "status": "found", "tumorMm3": 925.0, "shellMm3": 2500.0, "warnings": ["Look at the skin."],
        "clipped": {"skin": 120.0, "chest_wall": 0.0, "air": 40.0, "other": 0.0}, "edited": ["Skin"], "marginMm": 5.0,
        "clip": True, "seen": {"skin": "seen (0.61)", "chest_wall": "doubtful (0.32)"},
        "contourDigest": digest(segmentation, segment),
    }  # fmt: skip
    setattr(opened.node, "shellMriJson" if contour == "MRI" else "shellCtJson", json.dumps(warnings))
    opened.settle()
    assert isinstance(segmentation, slicer.vtkMRMLSegmentationNode)
    return segmentation


def test_each_contour_has_its_shell_button_and_the_one_of_ct_comes_with_a_ct(opened, shell):
    mri, ct = shell.shellBars["MRI"], shell.shellBars["CT"]
    assert mri.runButton.text == "Make MRI shell" and not mri.runButton.enabled and not ct.widget.visible
    assert "Contour the tumour on MRI first." in mri.missingLabel.text
    contoured(opened, "CT")
    assert ct.widget.visible and ct.runButton.enabled and not mri.runButton.enabled


def test_an_empty_contour_cannot_have_a_shell(opened, shell):
    opened.node.imageMriCet1 = volume("MRI")
    opened.settle()
    opened.widget.contour.ui.createButton.click()
    opened.settle()
    assert "empty" in shell.shellBars["MRI"].missingLabel.text and not shell.shellBars["MRI"].runButton.enabled


def test_a_shell_is_reported_with_what_was_left_out_and_what_the_user_edited(opened, shell):
    withAnatomy(opened)
    text = shell.results["MRI"].text
    assert "MRI shell: 2.5 cm³ about a tumour of 0.9 cm³." in text and "Left out: skin 0.1 cm³, air 0.0 cm³." in text
    assert "skin seen (0.61)" in text and "chest wall doubtful (0.32)" in text
    assert "As you edited them: Skin." in text and "Warning: Look at the skin." in text
    assert not shell.results["CT"].visible


def test_a_shell_made_with_another_margin_is_out_of_date(opened, shell):
    withAnatomy(opened)
    assert "make the shell again" not in shell.results["MRI"].text
    shell.ui.marginSlider.value = 8.0
    opened.settle()
    assert opened.node.marginMm == 8.0 and "make the shell again" in shell.results["MRI"].text
    shell.ui.marginSlider.value = 5.0
    shell.ui.clipCheckBox.checked = False
    opened.settle()
    assert opened.node.clip is False and "make the shell again" in shell.results["MRI"].text


def test_segments_are_shown_hidden_and_opened_for_editing(opened, shell):
    segmentation = withAnatomy(opened)
    assert shell.ui.anatomyPlace.visible
    assert [box.text for box in shell.checkBoxes.values()] == [
        "Tumour (MRI)", "Shell (MRI)", "Skin (MRI)", "Chest wall (MRI)", "Breast (MRI)",
    ]  # fmt: skip
    skin = shell.segments()["MRI", "Skin"][1]
    shell.checkBoxes["MRI", "Skin"].click()
    assert not segmentation.GetDisplayNode().GetSegmentVisibility(skin)
    segmentation.GetDisplayNode().SetSegmentVisibility(skin, True)
    shell.onChanged()
    opened.settle()
    assert shell.checkBoxes["MRI", "Skin"].checked
    assert not shell.editButtons["MRI", "Shell"].visible
    opened.widget.contour.ui.contourStep.collapsed = True
    shell.editButtons["MRI", "Skin"].click()
    editor = opened.widget.contour.editor
    assert editor.currentSegmentID() == skin and editor.activeEffect().name == "Paint"
    assert not opened.widget.contour.ui.contourStep.collapsed


def test_editing_anatomy_of_the_ct_turns_to_the_ct(opened, shell):
    segmentation = withAnatomy(opened, "CT")
    shell.editButtons["CT", "ChestWall"].click()
    assert opened.widget.contour.contour == "CT"
    editor = opened.widget.contour.editor
    assert editor.segmentationNode() is segmentation
    assert editor.currentSegmentID() == shell.segments()["CT", "ChestWall"][1]


def test_rows_follow_when_a_segment_is_removed(opened, shell):
    segmentation = withAnatomy(opened)
    segmentation.GetSegmentation().RemoveSegment(shell.segments()["MRI", "Breast"][1])
    opened.settle()
    assert ("MRI", "Breast") not in shell.checkBoxes and len(shell.checkBoxes) == 4


def test_what_goes_wrong_before_the_run_is_stated_under_the_button(opened, shell, monkeypatch):
    contoured(opened)

    def full(*_):
        raise OSError("no space left on the disk")

    monkeypatch.setattr(opened.widget.logic, "prepareShell", full)
    shell.makeShell("MRI")
    bar = shell.shellBars["MRI"]
    assert not bar.running and bar.messageLabel.text == "no space left on the disk" and not shell._folders


def test_results_that_cannot_be_taken_over_are_an_error_with_the_output(opened, shell, monkeypatch):
    contoured(opened)
    monkeypatch.setattr(opened.widget.logic, "prepareShell", lambda *_: ["models", "--help"])

    def deleted(*_):
        raise ValueError("The contour on MRI was deleted meanwhile.")

    monkeypatch.setattr(opened.widget.logic, "loadShell", deleted)
    opened.run(shell.shellBars["MRI"])
    bar = shell.shellBars["MRI"]
    assert bar.messageLabel.text == "The contour on MRI was deleted meanwhile." and "usage" in bar.details


def test_a_margin_that_the_program_refuses_comes_back_as_one_sentence_with_details(opened, shell, monkeypatch):
    contoured(opened)
    prepare = opened.widget.logic.prepareShell
    monkeypatch.setattr(opened.widget.logic, "prepareShell", lambda *given: [*prepare(*given), "--margin-mm", "-3"])
    opened.run(shell.shellBars["MRI"])
    bar = shell.shellBars["MRI"]
    assert bar.messageLabel.text.startswith("Expected") and "\n" not in bar.messageLabel.text
    bar.detailsButton.click()
    assert "nacresponse: expected" in opened.app.dialogs.shown[-1].detailedText
    assert not opened.node.shellMriJson


# Clinical data


def test_every_field_sets_its_parameter(opened, clinical):
    ui, node = clinical.ui, opened.node
    ui.patientIdEdit.text, ui.ageEdit.text, ui.tumorSizeMmEdit.text = "P-7", "52", "31"
    for combo in (ui.erCombo, ui.prCombo, ui.her2Combo, ui.gradeCombo, ui.nodalStatusCombo, ui.tStageCombo):
        assert combo.currentText == "not known"
        combo.setCurrentIndex(2)
    assert (node.patientId, node.age, node.tumorSizeMm) == ("P-7", "52", "31")
    stages = node.grade, node.nodalStatus, node.tStage
    assert (node.er, node.pr, node.her2, *stages) == (*3 * ["negative"], "2", "N1", "Tis")
    opened.settle()
    assert not any(getattr(ui, f"{name}Problem").visible for name in ("age", "er", "grade", "tumorSizeMm"))
    node.er, node.nodalStatus = "positive", ""
    opened.settle()
    assert ui.erCombo.currentText == "positive" and ui.nodalStatusCombo.currentText == "not known"


@pytest.mark.parametrize(
    ("field", "typed", "expected"),
    [
        ("age", "17", "age between 18 and 110"),
        ("age", "fifty", "'fifty'"),
        ("tumorSizeMm", "900", "between 0.1 and 300 mm"),
    ],
)
def test_what_cannot_be_understood_is_stated_under_its_field(opened, clinical, field, typed, expected):
    setattr(opened.node, field, typed)
    opened.settle()
    problem = getattr(clinical.ui, f"{field}Problem")
    assert problem.visible and expected in problem.text
    setattr(opened.node, field, "40")
    opened.settle()
    assert not problem.visible


def test_a_stage_set_by_a_script_is_shown_as_it_is(opened, clinical):
    opened.node.nodalStatus, opened.node.tStage = "cN1a", "T4d"
    opened.settle()
    for field, shown in (("nodalStatus", "cN1a"), ("tStage", "T4d")):
        assert getattr(clinical.ui, f"{field}Combo").currentText == shown
        assert not getattr(clinical.ui, f"{field}Problem").visible


@pytest.fixture
def asking(opened):
    """The chosen model asks for further variables, one of them its own."""
    opened.listed()
    variables = {
        "Ki67": {"label": "Ki-67", "kind": "number", "unit": "%", "range": [0, 100]},
        "AR": {"label": "Androgen receptor", "kind": "yes_no", "levels": [["low"], ["high"]]},
    }
    clinical = [
        {"name": "age", "label": "Age", "unit": "years", "levels": [], "needed": True},
        {"name": "Ki67", "label": "Ki-67", "unit": "%", "levels": [], "needed": False},
        {"name": "AR", "label": "Androgen receptor", "unit": "", "levels": ["low", "high"], "needed": False},
    ]
    [default] = [one for one in opened.widget.logic.models() if one["default"]]
    opened.widget.logic.setModels([{**default, "clinical": clinical, "variables": variables}])
    opened.widget.clinical.onChanged()
    opened.settle()
    return opened


def test_the_form_has_a_field_for_every_variable_that_the_model_asks_for(asking, clinical):
    from NACResponseSlicer.patientInputs import clinicalEntries

    assert list(clinical.more.edits) == ["Ki67", "AR"]
    clinical.more.edits["Ki67"].text = "35"
    clinical.more.edits["AR"].setCurrentIndex(2)
    asking.settle()
    assert json.loads(asking.node.moreClinical) == {"Ki67": "35", "AR": "high"}
    model = asking.widget.logic.model(asking.node)
    assert clinicalEntries(asking.node, model) == {"Ki67": "35", "AR": "high"}
    assert asking.widget.logic.clinicalProblems(asking.node) == {}
    clinical.more.edits["Ki67"].text = "350"
    asking.settle()
    assert clinical.more.problems["Ki67"].visible and "between 0 and 100" in clinical.more.problems["Ki67"].text
    asking.node.moreClinical = ""
    asking.settle()
    assert clinical.more.values() == {} and not clinical.more.problems["Ki67"].visible


def test_what_was_typed_for_another_model_is_kept_and_not_given_to_this_one(asking, clinical):
    from NACResponseSlicer.patientInputs import clinicalEntries

    asking.node.moreClinical = json.dumps({"BMI": "27"})
    asking.settle()
    clinical.more.edits["Ki67"].text = "20"
    asking.settle()
    assert json.loads(asking.node.moreClinical) == {"BMI": "27", "Ki67": "20"}
    assert clinicalEntries(asking.node, asking.widget.logic.model(asking.node)) == {"Ki67": "20"}


def test_the_size_comes_from_the_contour_unless_it_was_typed(opened, clinical):
    assert not clinical.ui.sizeButton.enabled
    contoured(opened)
    clinical.ui.sizeButton.click()
    measured, _volume = opened.widget.logic.tumorSize(opened.node, "MRI")
    assert (
        opened.node.tumorSizeMm == f"{measured:.0f}"
        and "longest diameter of the MRI" in clinical.ui.clinicalMessage.text
    )
    clinical.ui.tumorSizeMmEdit.text = "25"
    clinical.ui.sizeButton.click()
    assert opened.node.tumorSizeMm == "25" and "typed size is kept" in clinical.ui.clinicalMessage.text
    clinical.ui.tumorSizeMmEdit.text = ""
    clinical.ui.sizeButton.click()
    assert opened.node.tumorSizeMm == f"{measured:.0f}"


def test_the_size_of_an_empty_contour_cannot_be_filled_in(opened, clinical):
    opened.node.imageMriCet1 = volume("MRI")
    opened.settle()
    opened.widget.contour.ui.createButton.click()
    opened.settle()
    clinical.ui.sizeButton.click()
    assert "empty" in clinical.ui.clinicalMessage.text and opened.node.tumorSizeMm == ""


def test_points_on_the_chest_wall_are_placed_by_clicks_and_make_the_shell_anew(opened, shell, monkeypatch):
    import slicer

    made = []
    monkeypatch.setattr(shell, "makeShell", made.append)
    assert not shell.pointsRows["MRI"].widget.visible
    withAnatomy(opened)
    row = shell.pointsRows["MRI"]
    assert row.widget.visible and not row.removeButton.visible
    row.placeButton.click()
    node, interaction = opened.node.wallPointsMri, slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() == interaction.Place and interaction.GetPlaceModePersistence()
    selected = slicer.app.applicationLogic().GetSelectionNode().GetActivePlaceNodeID()
    assert selected == node.GetID()
    for place in ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)):
        node.AddControlPointWorld(place)
    opened.until(lambda: made == ["MRI"])
    assert row.countLabel.text == "2 points" and "Points on the chest wall" in shell.results["MRI"].text
    row.removeButton.click()
    opened.until(lambda: made == ["MRI", "MRI"])
    assert not row.removeButton.visible and "Points on the chest wall" not in shell.results["MRI"].text


def test_points_reach_the_command_line_in_lps_as_they_lie_in_the_world(opened, shell, tmp_path):
    import json

    import slicer
    import vtk

    contoured(opened)
    shell.pointsRows["MRI"].place()
    node = opened.node.wallPointsMri
    node.AddControlPoint((1.0, 2.0, 3.0))
    matrix, transform = vtk.vtkMatrix4x4(), slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix.SetElement(0, 3, 10.0)
    transform.SetMatrixTransformToParent(matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    words = opened.widget.logic.prepareShell(opened.node, "MRI", tmp_path)
    file = words[words.index("--wall-points") + 1]
    assert json.loads(Path(file).read_text()) == [[-11.0, -2.0, 3.0]]
    opened.node.clip = False
    assert "--wall-points" not in opened.widget.logic.prepareShell(opened.node, "MRI", tmp_path / "unclipped")
