"""Segments are made with terminology, found again by what they are, and known to be edited when their voxels are."""

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture
def segments(slicerApp, moduleFolder):
    from NACResponseSlicer import segments

    return segments


@pytest.fixture
def node(segments):
    import slicer

    volume = slicer.util.addVolumeFromArray(np.zeros((10, 11, 12), np.int16))
    volume.SetSpacing(0.625, 0.625, 2.0)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "contours")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    return node


def block(low=2, high=6, spacing=(0.625, 0.625, 2.0)):
    voxels = np.zeros((10, 11, 12), np.uint8)
    voxels[low:high, low:high, low:high] = 1
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(spacing)
    image.SetDirection([-1, 0, 0, 0, -1, 0, 0, 0, 1])
    return image


@pytest.mark.parametrize("kind", ["Tumor", "Shell", "Skin", "ChestWall", "Breast"])
def test_a_segment_has_a_name_a_tag_and_terminology_that_slicer_can_read(segments, node, kind):
    import slicer

    segmentId = segments.addSegment(node, kind, "CT")
    segment = node.GetSegmentation().GetSegment(segmentId)
    entry = slicer.vtkSlicerTerminologyEntry()
    logic = slicer.modules.terminologies.logic()
    assert logic.DeserializeTerminologyEntry(segment.GetTerminology(), entry)
    assert entry.GetCategoryObject().GetCodingSchemeDesignator() == "SCT" and entry.GetTypeObject().GetCodeValue()
    assert (segment.GetName(), segments.tag(node, segmentId, segments.ROLE_TAG)) == (f"{kind}_CT", f"{kind}_CT")
    assert segment.GetColor() == pytest.approx(segments.LOOKS[kind].color)


def test_a_segment_is_found_by_its_role_whatever_it_is_called_and_wherever_it_stands(segments, node):
    node.GetSegmentation().AddEmptySegment("first", "Skin_MRI")
    segmentId = segments.addSegment(node, "Skin", "MRI")
    node.GetSegmentation().GetSegment(segmentId).SetName("Haut")
    assert segments.findSegment(node, "Skin_MRI") == segmentId != "first"
    assert segments.findSegment(node, "Skin_CT") == ""


def test_new_voxels_of_a_segment_in_a_shared_layer_leave_none_of_the_old_and_keep_the_others(segments, node):
    import slicer

    turned = [block(2, 4), block(6, 8), block(4, 6)]
    for image in turned:
        image.SetDirection([-0.8, -0.6, 0, 0.6, -0.8, 0, 0, 0, 1])
    tumor = segments.putSegment(node, "Tumor", "MRI", turned[0])
    shell = segments.putSegment(node, "Shell", "MRI", turned[1])
    inside = node.GetSegmentation()
    inside.CollapseBinaryLabelmaps(False)  # as when a scene is saved
    assert inside.GetNumberOfLayers() == 1
    before = segments.digest(node, tumor)
    segments.putSegment(node, "Shell", "MRI", turned[2])
    added = inside.AddEmptySegment("added")
    assert segments.digest(node, added) == "empty"
    assert segments.digest(node, tumor) == before
    assert not segments.edited(node, tumor) and not segments.edited(node, shell)
    assert slicer.util.arrayFromSegmentInternalBinaryLabelmap(node, shell).sum() == 8


def test_of_a_segment_and_its_copy_the_modules_own_is_taken(segments, node):
    own = segments.putSegment(node, "Skin", "MRI", block())
    inside = node.GetSegmentation()
    inside.CopySegmentFromSegmentation(inside, own)
    assert len(segments.withRole(node, "Skin_MRI")) == 2
    assert segments.findSegment(node, "Skin_MRI") == own
    copy = next(one for one in segments.withRole(node, "Skin_MRI") if one != own)
    inside.CopySegmentFromSegmentation(inside, copy)
    inside.RemoveSegment(own)
    assert segments.findSegment(node, "Skin_MRI") == ""  # two copies: none is the module's


def test_a_segment_whose_id_is_taken_gets_another_and_is_found(segments, node):
    node.GetSegmentation().AddEmptySegment("Tumor_MRI", "theirs")
    segmentId = segments.addSegment(node, "Tumor", "MRI")
    assert segmentId != "Tumor_MRI" and segments.findSegment(node, "Tumor_MRI") == segmentId


def test_putting_a_mask_again_fills_the_same_segment(segments, node):
    first = segments.putSegment(node, "Shell", "MRI", block())
    assert segments.putSegment(node, "Shell", "MRI", block(3)) == first
    assert node.GetSegmentation().GetNumberOfSegments() == 1
    from NACResponseSlicer.sceneBridge import segmentImage

    assert sitk.GetArrayFromImage(segmentImage(node, first)).sum() == 27


def test_a_segment_is_edited_once_a_voxel_differs(segments, node):
    import slicer

    segmentId = segments.putSegment(node, "Skin", "MRI", block())
    assert not segments.edited(node, segmentId)
    volume = node.GetNodeReference("referenceImageGeometryRef")
    voxels = slicer.util.arrayFromSegmentBinaryLabelmap(node, segmentId, volume)
    slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, node, segmentId, volume)
    assert not segments.edited(node, segmentId)  # written back as it was, in a layer of its own
    voxels = voxels.copy()
    voxels[3, 3, 3] = 0
    slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, node, segmentId, volume)
    assert segments.edited(node, segmentId)


def test_a_segment_that_was_moved_by_a_voxel_or_drawn_by_the_user_is_edited(segments, node):
    from NACResponseSlicer.sceneBridge import setSegment

    segmentId = segments.putSegment(node, "Skin", "MRI", block())
    setSegment(node, segmentId, block(3, 7))
    assert segments.edited(node, segmentId)
    setSegment(node, segmentId, block())
    assert not segments.edited(node, segmentId)
    drawn = segments.addSegment(node, "Breast", "MRI")
    assert segments.edited(node, drawn)
    nothing = segments.putSegment(node, "ChestWall", "MRI", block() * 0)
    assert not segments.edited(node, nothing)


@pytest.mark.parametrize("ending", ["mrb", "mrml"])
def test_roles_terminology_and_what_was_made_survive_a_saved_scene(segments, node, ending, tmp_path):
    import slicer

    tumour = segments.putSegment(node, "Tumor", "MRI", block(3, 5))
    skin = segments.putSegment(node, "Skin", "MRI", block())
    wall = segments.putSegment(node, "ChestWall", "MRI", block() * 0)
    digests = [segments.digest(node, one) for one in (tumour, skin, wall)]
    terminology = node.GetSegmentation().GetSegment(tumour).GetTerminology()
    if ending == "mrml":
        for one in (node, node.GetNodeReference("referenceImageGeometryRef")):
            assert slicer.util.saveNode(one, str(tmp_path / (one.GetID() + (".seg.nrrd" if one is node else ".nrrd"))))
    assert slicer.util.saveScene(str(tmp_path / f"scene.{ending}"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / f"scene.{ending}"), {"clear": True})
    (again,) = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    found = [segments.findSegment(again, f"{kind}_MRI") for kind in ("Tumor", "Skin", "ChestWall")]
    assert found == [tumour, skin, wall]
    assert [segments.digest(again, one) for one in found] == digests
    assert not any(segments.edited(again, one) for one in found)
    assert again.GetSegmentation().GetSegment(tumour).GetTerminology() == terminology
