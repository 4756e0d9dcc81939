"""A contour suggested inside a box, and images guessed from names and DICOM tags."""

# ruff: noqa: F811 - fixtures are imported, and named as arguments

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.slicer.patients import CENTRE, ball, box, chosen, logic, volume  # noqa: F401 - fixtures among them


@pytest.fixture
def phases(chosen):
    chosen.imageMriCet1, chosen.imagePre = volume("post", 200.0), volume("pre")
    chosen.suggestionBox = box()
    return chosen


def test_what_enhances_in_the_box_becomes_the_contour(logic, phases):
    segmentId = logic.suggestContour(phases, "MRI")
    from NACResponseSlicer.sceneBridge import segmentImage, volumeGrid

    found = segmentImage(phases.segmentation, segmentId, volumeGrid(phases.imageMriCet1))
    got, wanted = (sitk.GetArrayFromImage(image) > 0 for image in (found, ball(phases.imageMriCet1)))
    assert 2 * (got & wanted).sum() / (got.sum() + wanted.sum()) > 0.95
    assert logic.suggestionWarnings == ()
    assert (phases.segmentMri, logic.missingFor("shell", phases)) == (segmentId, [])


def test_a_box_that_cuts_the_lesion_is_reported_and_cuts_the_contour(logic, phases):
    half = box((24, 24, 24), CENTRE + np.array([12, 0, 0]))
    phases.imageLate = volume("late", 180.0)
    logic.suggestContour(phases, "MRI", half, 80.0)
    assert any("border of the box" in warning for warning in logic.suggestionWarnings)
    assert logic.tumorSize(phases, "MRI")[1] == pytest.approx(2 / 3 * np.pi * 8**3, rel=0.15)


@pytest.mark.parametrize("how", ["turned", "transformed"])
def test_a_turned_or_transformed_box_is_taken_as_it_lies(slicerApp, moduleFolder, how):
    import slicer
    from NACResponseSlicer.sceneBridge import volumeImage
    from NACResponseSlicer.suggestion import boxMask

    a = np.radians(30)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    turn[:3, 3] = CENTRE
    node, size = box((20.3, 8.7, 13.1), (0, 0, 0)), np.array([20.3, 8.7, 13.1])
    if how == "turned":
        node.SetAndObserveObjectToNodeMatrix(slicer.util.vtkMatrixFromArray(turn))
    else:
        parent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        parent.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(turn))
        node.SetAndObserveTransformNodeID(parent.GetID())
    got = sitk.GetArrayFromImage(boxMask(node, volumeImage(volume("post"))))
    k, j, i = np.indices((30, 40, 40))
    own = np.linalg.inv(turn) @ np.stack([i.ravel(), j.ravel(), 2.0 * k.ravel(), np.ones(i.size)])
    wanted = (np.abs(own[:3]) <= size[:, None] / 2).all(axis=0).reshape(got.shape)
    assert (got == wanted).all() and wanted.sum() > 500


@pytest.mark.parametrize(
    ("size", "center", "words"),
    [
        ((0, 0, 0), CENTRE, "has no size yet"),
        ((10, 10, 10), (500, 0, 0), "outside the image"),
        ((0.2, 0.2, 0.2), (20.5, 20.5, 31), "No voxel of the image lies in the box"),
    ],
)
def test_a_box_without_a_voxel_is_refused_in_words(logic, phases, size, center, words):
    with pytest.raises(ValueError, match=words):
        logic.suggestContour(phases, "MRI", box(size, center))


def test_a_suggestion_says_what_it_needs(logic, chosen):
    assert len(logic.missingFor("suggest", chosen)) == 3
    with pytest.raises(ValueError, match=r"Choose the CE-T1 image.*before contrast.*Place a box"):
        logic.suggestContour(chosen, "MRI")
    chosen.imageMriT2 = volume("T2")  # no phase, though it can be contoured on
    assert "Choose the CE-T1 image." in logic.missingFor("suggest", chosen)
    with pytest.raises(ValueError, match="on the MRI only"):
        logic.suggestContour(chosen, "CT")


def test_where_nothing_enhances_the_librarys_sentence_comes_through(logic, phases):
    phases.imageMriCet1 = volume("post", 110.0)
    with pytest.raises(ValueError, match="lower the percentage"):
        logic.suggestContour(phases, "MRI")


# guesses


def test_volumes_are_guessed_by_name_and_never_a_label_map(logic):
    import slicer

    t2, post, pre = volume("AX T2 FSE"), volume("SAG T1 post contrast ph1"), volume("SAG T1 pre contrast")
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "CT thorax")
    assert logic.guessImages() == {"imageMriT2": t2.GetID(), "imageMriCet1": post.GetID(), "imagePre": pre.GetID()}
    assert logic.guessImages([t2]) == {"imageMriT2": t2.GetID()}


def test_dicom_tags_show_what_a_name_does_not(logic):
    import slicer

    one = volume("series 7")
    one.SetAttribute("DICOM.instanceUIDs", "1.2.3 1.2.4")
    assert logic.guessImages() == {}  # the database does not know it
    slicer.dicomDatabase.files["1.2.3"] = "/a/b.dcm"
    slicer.dicomDatabase.values[("/a/b.dcm", "0008,0060")] = "CT"
    try:
        assert logic.guessImages() == {"imageCt": one.GetID()}
    finally:
        slicer.dicomDatabase.files.clear()
        slicer.dicomDatabase.values.clear()


def test_without_a_dicom_database_names_are_all_there_is(logic, monkeypatch):
    import slicer

    monkeypatch.setattr(slicer, "dicomDatabase", None)
    one = volume("CT thorax")
    one.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    assert logic.guessImages() == {"imageCt": one.GetID()}
