"""The contour's step of the patient's tab: drawing, suggesting and taking one, as a user does it."""

import numpy as np
import pytest

from Testing.slicer.opened_module import ball, contoured, volume


@pytest.fixture
def contour(opened):
    return opened.widget.contour


def test_without_an_image_the_contour_step_says_so(contour):
    assert not contour.ui.createButton.enabled and contour.ui.contourMissing.visible
    assert "Choose the image" in contour.ui.contourMissing.text and not contour.ui.editorPlace.visible


def test_creating_a_contour_shows_its_image_and_starts_to_paint(opened, contour):
    import slicer

    opened.node.imageMriCet1 = image = volume("MRI")
    opened.settle()
    assert contour.ui.createButton.text == "Create MRI contour"
    contour.ui.createButton.click()
    opened.settle()
    segment = opened.node.segmentation.GetSegmentation().GetSegment(opened.node.segmentMri)
    assert segment.GetName() == "Tumor_MRI" and segment.GetTerminology()
    editor = contour.editor
    assert editor.segmentationNode() is opened.node.segmentation and editor.sourceVolumeNode() is image
    assert editor.currentSegmentID() == opened.node.segmentMri and editor.activeEffect().name == "Paint"
    assert contour.ui.editorPlace.visible and not contour.ui.createButton.visible
    layouts = slicer.app.layoutManager()
    assert layouts.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpYellowSliceView
    assert "empty" in contour.ui.sizeLabel.text


def test_the_contour_on_ct_is_drawn_in_the_axial_view(opened, contour):
    import slicer

    opened.node.imageCt = image = volume("CT")
    contour.choose("CT")
    opened.settle()
    assert not contour.ui.suggestBox.visible
    contour.ui.createButton.click()
    layouts = slicer.app.layoutManager()
    assert layouts.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    assert layouts.sliceWidget("Red").sliceOrientation == "Axial"
    assert contour.editor.sourceVolumeNode() is image and contour.editor.currentSegmentID() == opened.node.segmentCt
    contour.choose("MRI")
    assert not contour.ui.editorPlace.visible and contour.ui.suggestBox.visible


def test_the_size_of_a_contour_is_that_of_the_ball_in_it(opened, contour):
    contoured(opened)
    voxels = int(ball().sum())
    assert f"volume {voxels:,} mm³" in contour.ui.sizeLabel.text
    assert "longest diameter 1" in contour.ui.sizeLabel.text  # 12 mm and the stairs of the voxels


def test_turning_to_a_contour_shows_the_slice_through_it(opened, contour):
    import slicer

    contoured(opened)
    contour.choose("MRI")
    matrix = slicer.app.layoutManager().sliceWidget("Yellow").mrmlSliceNode().GetSliceToRAS()
    centre = opened.node.segmentation.GetSegmentCenterRAS(opened.node.segmentMri)
    np.testing.assert_allclose([matrix.GetElement(row, 3) for row in range(3)], centre, atol=1.0)


def test_a_box_and_two_phases_give_a_contour_that_encloses_the_ball(opened, contour):
    import slicer

    noise = np.random.default_rng(2).normal(100, 2, ball().shape)
    opened.node.imagePre = volume("pre", noise)
    opened.node.imageMriCet1 = volume("post", noise * (1 + 1.5 * ball()))
    opened.settle()
    assert not contour.ui.suggestButton.enabled and "box" in contour.ui.suggestMissing.text
    contour.ui.boxButton.click()
    opened.settle()
    box = opened.node.suggestionBox
    assert contour.ui.suggestButton.enabled and not contour.ui.suggestMissing.visible
    assert list(box.GetSize()) == [20.0, 20.0, 20.0]
    box.SetCenterWorld(20, 20, 15)
    contour.ui.suggestButton.click()
    assert contour.editor.savedStates == 1
    opened.settle()
    found = slicer.util.arrayFromSegmentBinaryLabelmap(
        opened.node.segmentation, opened.node.segmentMri, opened.node.imageMriCet1
    )
    assert 2 * (found.astype(bool) & ball()).sum() / (found.sum() + ball().sum()) > 0.95
    assert "check and correct" in contour.ui.contourMessage.text


def test_a_contour_is_replaced_only_after_asking(opened, contour):
    import qt

    segment = contoured(opened)
    opened.node.imagePre = volume("pre", 100 + 0 * ball())
    contour.ui.boxButton.click()
    opened.node.suggestionBox.SetCenterWorld(20, 20, 15)
    opened.settle()
    opened.app.dialogs.answer(qt.QMessageBox.No)
    contour.ui.suggestButton.click()
    assert not contour.ui.contourMessage.visible
    opened.node.enhancementPercent = 250
    opened.app.dialogs.answer(qt.QMessageBox.Yes)
    contour.ui.suggestButton.click()
    assert opened.node.segmentMri == segment and contour.ui.contourMessage.text  # nothing enhances so much: said


def test_an_error_while_creating_is_stated(opened, contour, monkeypatch):
    opened.node.imageMriCet1 = volume("MRI")
    opened.settle()

    def fail(*_):
        raise ValueError("this volume has no voxels")

    monkeypatch.setattr(opened.widget.logic, "createContour", fail)
    contour.ui.createButton.click()
    assert contour.ui.contourMessage.text == "this volume has no voxels"


def test_leaving_the_module_ends_the_effect_and_the_shortcuts(opened, contour):
    contoured(opened)
    contour.editor.setActiveEffectByName("Draw")
    assert contour.editor.shortcuts is contour.editor and contour.editor.viewObservations  # none while it is hidden
    opened.representation.exit()
    assert contour.editor.activeEffect() is None
    assert not contour.editor.shortcuts and not contour.editor.viewObservations
    opened.representation.enter()
    assert contour.editor.shortcuts


def test_without_a_main_window_steps_work_and_show_nothing(opened, contour):
    from NACResponseSlicer.panels import views

    opened.node.imageMriCet1 = image = volume("MRI")
    opened.settle()
    opened.app.app.showMainWindow(False)
    contour.ui.createButton.click()
    views.showVolume(image)
    views.jumpTo((0.0, 0.0, 0.0))
    assert opened.node.segmentMri and views.viewCentre() == (0.0, 0.0, 0.0)


def test_a_deleted_segment_is_missing_again(opened, contour):
    contoured(opened)
    opened.node.segmentation.GetSegmentation().RemoveSegment(opened.node.segmentMri)
    opened.settle()
    assert contour.ui.createButton.visible and contour.ui.createButton.enabled and not contour.ui.sizeLabel.visible


def test_a_stroke_of_the_tumour_beside_the_breast_leaves_the_breast_as_it_was(opened, contour):
    import slicer
    from NACResponseSlicer.segments import addSegment

    contoured(opened)
    node, image, wide = opened.node, opened.node.imageMriCet1, ball(12.0).astype(np.uint8)
    breast = addSegment(node.segmentation, "Breast", "MRI")
    slicer.util.updateSegmentBinaryLabelmapFromArray(wide, node.segmentation, breast, image)
    contour.editor.setCurrentSegmentID(node.segmentMri)
    contour.editor.paint(ball(9.0))
    arrays = [
        slicer.util.arrayFromSegmentBinaryLabelmap(node.segmentation, segment, image)
        for segment in (breast, node.segmentMri)
    ]
    np.testing.assert_array_equal(arrays[0], wide)
    np.testing.assert_array_equal(arrays[1], ball(9.0))


def test_the_choice_of_a_contour_stays_whatever_is_clicked_in_the_segment_editor(opened, contour):
    contoured(opened)
    opened.node.imageCt = volume("CT")
    opened.settle()
    contour.choose("MRI")
    contour.editor.effectButtons[1].click()
    assert contour.contour == "MRI"
    contour.choose("CT")
    contour.choose("CT")
    opened.settle()
    assert contour.contour == "CT"


def test_closing_the_scene_while_painting_leaves_no_view_observed_without_an_editor_node(opened, contour):
    import slicer

    contoured(opened)
    contour.editor.setActiveEffectByName("Paint")
    assert contour.editor.viewObservations
    slicer.mrmlScene.Clear(0)
    opened.settle()
    assert not contour.editor.viewObservations and contour.editor.mrmlSegmentEditorNode() is not None


def test_the_3d_views_turn_to_a_point_and_keep_distance_and_direction(opened):
    import slicer
    from NACResponseSlicer.panels import views

    camera = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLCameraNode")
    before = np.subtract(camera.GetPosition(), camera.GetFocalPoint())
    views.lookAt((-98.0, 17.0, -11.0))
    assert camera.GetFocalPoint() == (-98.0, 17.0, -11.0)
    np.testing.assert_allclose(np.subtract(camera.GetPosition(), camera.GetFocalPoint()), before)


def test_parts_that_enhance_are_listed_and_each_can_be_kept_or_dropped(opened, contour):
    import slicer

    large, small = ball(5.0, (15, 14, 20)), ball(3.0, (15, 29, 20))
    noise = np.random.default_rng(2).normal(100, 1, large.shape)
    opened.node.imagePre = volume("pre", noise)
    opened.node.imageMriCet1 = volume("post", noise * (1 + 1.5 * (large | small)))
    opened.settle()
    contour.ui.boxButton.click()
    opened.node.suggestionBox.SetSizeWorld(38, 38, 28)
    opened.node.suggestionBox.SetCenterWorld(20, 20, 15)
    opened.settle()
    contour.ui.suggestButton.click()
    opened.settle()

    def drawn():
        node = opened.node
        return slicer.util.arrayFromSegmentBinaryLabelmap(node.segmentation, node.segmentMri, node.imageMriCet1) > 0

    assert [box.checked for box in contour.suggestion.parts.boxes] == [True, False]
    assert drawn()[large].mean() > 0.95 and not drawn()[small].any()
    contour.suggestion.parts.boxes[1].checked = True
    assert drawn()[small].mean() > 0.9 and drawn()[large].mean() > 0.95
    contour.suggestion.parts.boxes[0].checked = False
    assert not drawn()[large].any() and drawn()[small].mean() > 0.9
    contour.choose("MRI")
    assert not contour.suggestion.parts.boxes


def test_the_difference_of_two_phases_is_shown_and_made_once(opened, contour):
    import slicer

    assert not contour.ui.subtractButton.enabled
    opened.node.imagePre, opened.node.imageMriCet1 = volume("pre", 100 + 0 * ball()), volume("post", 100 + 50 * ball())
    opened.settle()
    contour.ui.subtractButton.click()
    composite = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    shown = slicer.mrmlScene.GetNodeByID(composite.GetBackgroundVolumeID())
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(shown), 50 * ball())
    count = len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"))
    contour.ui.subtractButton.click()
    assert len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")) == count


def test_a_segment_of_another_program_is_taken_as_the_contour(opened, contour):
    import slicer

    opened.node.imageMriCet1 = image = volume("MRI", 100 + 50 * ball())
    opened.settle()
    assert not contour.tools.takeButton.visible
    other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "theirs")
    other.SetReferenceImageGeometryParameterFromVolumeNode(image)
    segment = other.GetSegmentation().AddEmptySegment("a", "lesion")
    slicer.util.updateSegmentBinaryLabelmapFromArray(ball(4.0).astype(np.uint8), other, segment, image)
    contour.onChanged()
    opened.settle()
    assert contour.tools.combo.currentText == "theirs: lesion"
    contour.tools.takeButton.click()
    node = opened.node
    found = slicer.util.arrayFromSegmentBinaryLabelmap(node.segmentation, node.segmentMri, image)
    np.testing.assert_array_equal(found > 0, ball(4.0))
    assert "theirs: lesion" in contour.ui.contourMessage.text


def test_the_three_planes_are_linked_and_lie_along_the_image(opened, contour):
    import slicer

    opened.node.imageMriCet1 = volume("MRI")
    opened.settle()
    contour.ui.threePlanesCheckBox.checked = True
    layouts = slicer.app.layoutManager()
    assert layouts.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    for name in ("Red", "Yellow", "Green"):
        assert layouts.sliceWidget(name).mrmlSliceCompositeNode().GetLinkedControl()


def test_nninteractive_is_offered_only_where_it_is_installed(opened, contour, monkeypatch):
    from types import SimpleNamespace

    import slicer

    contoured(opened)
    button = contour.tools.buttons["SlicerNNInteractive"]
    assert not button.visible
    monkeypatch.setattr(slicer.modules, "slicernninteractive", object(), raising=False)
    given = {}
    editor = SimpleNamespace(
        setSegmentationNode=lambda node: given.update(segmentation=node),
        setSourceVolumeNode=lambda node: given.update(image=node),
        setCurrentSegmentID=lambda segment: given.update(segment=segment),
    )
    widget = SimpleNamespace(ui=SimpleNamespace(editor_widget=editor))
    monkeypatch.setattr(slicer.util, "getModuleWidget", lambda name: widget)
    contour.updateState()
    assert button.visible
    button.click()
    node = opened.node
    assert given == {"segmentation": node.segmentation, "image": node.imageMriCet1, "segment": node.segmentMri}
    assert slicer.util.mainWindow().moduleSelector().selectedModule == "SlicerNNInteractive"
