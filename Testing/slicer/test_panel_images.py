"""The images' step of the patient's tab: choosing, guessing and showing them, as a user does it."""

import pytest

from Testing.slicer.opened_module import volume


@pytest.fixture
def images(opened):
    return opened.widget.images


def test_without_volumes_the_sample_patient_is_offered_and_nothing_can_be_guessed(opened, images):
    assert images.ui.sampleButton.visible and not images.ui.guessButton.enabled
    volume("a")
    opened.settle()
    assert not images.ui.sampleButton.visible and images.ui.guessButton.enabled


def test_images_are_guessed_from_their_names_and_reported(opened, images):
    import slicer

    for name in ("t1_fl3d dyn pre", "t1_fl3d dyn post 1", "T2 TSE axial", "CT thorax"):
        volume(name)
    opened.settle()
    images.ui.guessButton.click()
    assert opened.node.imageMriT2.GetName() == "T2 TSE axial" and opened.node.imageCt.GetName() == "CT thorax"
    assert images.ui.imagesMessage.visible and "T2: T2 TSE axial" in images.ui.imagesMessage.text
    shown = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode().GetBackgroundVolumeID()
    first = opened.node.imageMriCet1 or opened.node.imageMriT2
    assert shown == first.GetID() and images.selectors["MRI_T2"].currentNode() is opened.node.imageMriT2


def test_a_deleted_image_or_box_leaves_none_chosen_and_not_its_neighbour(opened, images):
    import slicer

    first, second, third = volume("first"), volume("second"), volume("third")
    boxes = [slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", name) for name in ("one", "two", "three")]
    node = opened.node
    node.imageMriCet1, node.imageMriT2, node.imageCt, node.imagePre = second, third, first, second
    node.suggestionBox = boxes[1]
    opened.settle()
    slicer.mrmlScene.RemoveNode(second)
    slicer.mrmlScene.RemoveNode(boxes[1])
    opened.settle()
    assert node.imageMriCet1 is None and node.imagePre is None and node.suggestionBox is None
    assert images.selectors["MRI_CET1"].currentNode() is None and images.selectors["pre_contrast"].currentNode() is None
    assert node.imageMriT2 is third and node.imageCt is first


def test_where_no_name_is_known_the_user_is_asked_to_choose(opened, images):
    volume("first"), volume("second")
    opened.settle()
    images.ui.guessButton.click()
    assert "Please choose yourself" in images.ui.imagesMessage.text and opened.node.imageMriCet1 is None


def test_an_error_while_guessing_is_stated_under_the_button(opened, images, monkeypatch):
    volume("a")
    opened.settle()

    def fail(nodes):
        raise RuntimeError("the DICOM database is closed")

    monkeypatch.setattr(opened.widget.logic, "guessImages", fail)
    images.ui.guessButton.click()
    assert images.ui.imagesMessage.text == "the DICOM database is closed"


def test_an_image_that_the_user_chooses_is_shown(opened, images):
    import slicer

    _first, second = volume("first"), volume("second")
    opened.settle()
    selector = images.selectors["CT"]
    selector.setCurrentNode(second)
    selector.nodeActivated.emit(second)
    assert opened.node.imageCt is second
    composite = slicer.app.layoutManager().sliceWidget("Yellow").mrmlSliceCompositeNode()
    assert composite.GetBackgroundVolumeID() == second.GetID()
    selector.setCurrentNode(None)
    selector.nodeActivated.emit(None)
    assert opened.node.imageCt is None and composite.GetBackgroundVolumeID() == second.GetID()


def test_a_label_map_is_no_image(opened, images):
    import slicer

    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    opened.settle()
    assert images.volumes() == [] and images.selectors["MRI_CET1"].nodeCount() == 0


def test_a_sample_that_is_not_there_is_an_error_under_the_button(opened, images, monkeypatch):
    from NACResponseSlicer.panels import images as source

    def missing(*_):
        raise FileNotFoundError("the sample patient is not there")

    monkeypatch.setattr(source.sampleData, "loadSamplePatient", missing)
    images.ui.sampleButton.click()
    assert images.ui.imagesMessage.text == "the sample patient is not there"
