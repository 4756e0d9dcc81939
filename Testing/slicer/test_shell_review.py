"""Correcting and accepting a shell: clicks on the skin, the slices that touch something, name and time."""

import json
from datetime import datetime

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.slicer.opened_module import SIZE, contoured
from Testing.slicer.test_panel_shell_clinical import withAnatomy

SURFACE, THICK = 4, 3  # of a flat body: rows of air in front of it, and of skin


@pytest.fixture
def shell(opened):
    return opened.widget.shell


def flat(opened):
    """A body behind a plane: three rows of skin, then breast, with the contour in it."""
    from NACResponseSlicer.sceneBridge import volumeImage
    from NACResponseSlicer.segments import putSegment

    contoured(opened)
    image = volumeImage(opened.node.imageMriCet1)
    skin, breast = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
    skin[:, SURFACE : SURFACE + THICK] = 1
    breast[:, SURFACE + THICK :] = 1
    for kind, values in (("Skin", skin), ("Breast", breast)):
        mask = sitk.GetImageFromArray(values)
        mask.CopyInformation(image)
        putSegment(opened.node.segmentation, kind, "MRI", mask)
    return skin


def drawn(opened, kind="Skin"):
    import slicer
    from NACResponseSlicer.segments import findSegment

    node = opened.node
    segment = findSegment(node.segmentation, f"{kind}_MRI")
    return slicer.util.arrayFromSegmentBinaryLabelmap(node.segmentation, segment, node.imageMriCet1)


@pytest.mark.parametrize("rows", [1, 5])
def test_skin_reaches_as_deep_as_the_point_about_it_and_stays_elsewhere(opened, rows):
    import slicer
    from NACResponseSlicer.patientInputs import editedAnatomy
    from NACResponseSlicer.skinPoints import REACH_MM, applySkinPoints
    from NACResponseSlicer.slots import keep

    skin = flat(opened)
    points = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "skin")
    keep(opened.node, "skinPoints", "MRI", points)
    place = (12.0, SURFACE + rows - 1.0, 15.0)  # voxels of 1 mm at the origin, RAS; i, j, k are its axes
    points.AddControlPointWorld(place)
    assert applySkinPoints(opened.node, "MRI")
    found = drawn(opened)
    k, j, i = np.indices(SIZE)
    apart = np.sqrt((i - place[0]) ** 2 + (j - place[1]) ** 2 + (k - place[2]) ** 2)
    about, expected = apart <= REACH_MM, (j >= SURFACE) & (j < SURFACE + rows)
    np.testing.assert_array_equal(found[about] > 0, expected[about])
    np.testing.assert_array_equal(found[~about], skin[~about])
    assert list(editedAnatomy(opened.node, "MRI")) == ["Skin"]
    points.RemoveAllControlPoints()
    applySkinPoints(opened.node, "MRI")
    assert not editedAnatomy(opened.node, "MRI")  # found automatically again


def test_clicks_on_the_skin_make_the_shell_anew(opened, shell, monkeypatch):
    made = []
    monkeypatch.setattr(shell, "makeShell", made.append)
    withAnatomy(opened)
    row = shell.skinRows["MRI"]
    assert row.widget.visible and row.placeButton.text == "Mark the skin"
    row.placeButton.click()
    row._list.AddControlPointWorld((20.0, 5.0, 15.0))
    opened.until(lambda: made == ["MRI"])
    assert opened.node.wallPointsMri is None and row.countLabel.text == "1 points"


def test_the_slider_goes_through_the_slices_that_touch_and_shows_the_place(opened, shell):
    import slicer

    withAnatomy(opened)  # balls of 9 mm: the shell about (20, 20, 15), skin 15 mm before it, chest wall behind it
    review = shell.reviews["MRI"]
    assert review.slider.visible and "touches" in review.touchLabel.text
    places = [touch.point for touch in review._touches]
    assert len(places) == review.slider.maximum + 1 > 3
    right = [place[0] for place in places]  # drawn in sagittal slices
    assert right == sorted(right) and np.allclose(np.mean(right), 20, atol=0.5)
    review.slider.value = 2
    assert f"Slice 3 of {len(places)}" in review.touchLabel.text
    matrix = slicer.app.layoutManager().sliceWidget("Yellow").mrmlSliceNode().GetSliceToRAS()
    np.testing.assert_allclose([matrix.GetElement(row, 3) for row in range(3)], places[2], atol=1e-6)


def test_accepting_is_recorded_with_name_and_time_until_something_changes(opened, shell, tmp_path):
    import slicer
    from NACResponseSlicer.acceptance import accept, acceptance

    withAnatomy(opened)
    review = shell.reviews["MRI"]
    review.nameEdit.text = ""
    assert not review.acceptButton.enabled
    review.nameEdit.text = " A.  Reader "
    review.acceptButton.click()
    opened.settle()
    found = acceptance(opened.node, "MRI")
    assert found.by == "A. Reader" and abs(datetime.now() - datetime.fromisoformat(found.at)).total_seconds() < 120
    assert review.acceptedLabel.text == f"Accepted by A. Reader, {found.at}."
    opened.node.age = "50"
    opened.listed()
    words = opened.widget.logic.prepareScore(opened.node, tmp_path / "first")
    assert words[words.index("--accepted") + 1] == f"MRI=A. Reader, {found.at}"
    image = opened.node.imageMriCet1
    values = slicer.util.arrayFromVolume(image) > 150
    values[0, 0, 0] = True
    node = opened.node
    slicer.util.updateSegmentBinaryLabelmapFromArray(values.astype(np.uint8), node.segmentation, node.segmentMri, image)
    opened.settle()
    assert "Changed since" in review.acceptedLabel.text
    assert "--accepted" not in opened.widget.logic.prepareScore(opened.node, tmp_path / "second")
    with pytest.raises(ValueError, match="name"):
        accept(opened.node, "MRI", "  ")


@pytest.mark.slow
def test_a_score_says_in_its_record_who_accepted(opened, shell):
    from NACResponseSlicer.acceptance import accept
    from NACResponseSlicer.sampleData import loadSamplePatient

    opened.listed()
    loadSamplePatient(opened.node, opened.widget.logic)
    made = accept(opened.node, "MRI", "A. Reader", datetime(2026, 11, 29, 16, 30))
    opened.widget.logic.score(opened.node)
    assert json.loads(opened.node.scoreJson)["provenance"]["accepted"] == {"MRI": "A. Reader, 2026-11-29 16:30"}
    assert made.inWords() in opened.node.reportHtml
