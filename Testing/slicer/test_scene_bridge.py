"""Volumes and segments leave the scene as they lie in the world, and masks come back to where they were."""

import numpy as np
import pytest
import SimpleITK as sitk

from Testing.slicer.places import SLOPE, bent, ramp, transform, turned, worst

pytestmark = pytest.mark.usefixtures("slicerApp")


@pytest.fixture
def bridge(slicerApp, moduleFolder):
    from NACResponseSlicer import sceneBridge

    return sceneBridge


def test_an_oblique_volume_lies_where_it_lies_in_slicer(bridge):
    image = bridge.volumeImage(ramp(turned(25)))
    assert worst(image, lambda place: place, 0) < 1e-9
    assert image.GetSize() == (14, 12, 10) and image.GetSpacing() == pytest.approx((0.8, 1.1, 2.0))


def test_the_pixel_type_and_the_voxels_are_kept(bridge):
    import slicer

    values = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    image = bridge.volumeImage(slicer.util.addVolumeFromArray(values))
    assert image.GetPixelID() == sitk.sitkInt16 and (sitk.GetArrayFromImage(image) == values).all()


@pytest.mark.parametrize("degrees", [0, 30])
def test_a_linear_transform_moves_the_grid_and_no_voxel(bridge, degrees):
    volume = ramp(turned(10))
    rows = turned(degrees, (1.0, 1.0, 1.0), (7.0, -3.0, 11.0))
    volume.SetAndObserveTransformNodeID(transform(rows).GetID())
    image, full = bridge.volumeImage(volume), np.vstack([rows, [0, 0, 0, 1]])
    assert worst(image, lambda place: (np.linalg.inv(full) @ [*place, 1])[:3], 0) < 1e-9
    assert image.GetSize() == (14, 12, 10)


def test_a_scaling_transform_changes_the_spacing(bridge):
    volume = ramp(turned(0))
    volume.SetAndObserveTransformNodeID(transform(np.diag([1.5, 1.0, 0.5, 1.0])[:3]).GetID())
    assert bridge.volumeImage(volume).GetSpacing() == pytest.approx((1.2, 1.1, 1.0))
    assert bridge.volumeGrid(volume).spacing == pytest.approx((1.2, 1.1, 1.0))


def test_a_slanting_transform_gives_a_straight_grid_with_the_same_picture(bridge):
    volume = ramp(turned(15), (30, 26, 20))
    rows = np.array([[1.0, 0.3, 0, 2], [0, 1.0, 0.1, 3], [0, 0, 1.0, 4]])
    volume.SetAndObserveTransformNodeID(transform(rows).GetID())
    image, full = bridge.volumeImage(volume), np.vstack([rows, [0, 0, 0, 1]])
    axes = np.array(image.GetDirection()).reshape(3, 3)
    assert np.allclose(axes.T @ axes, np.eye(3))
    toOld = np.linalg.inv(full)
    toIndex = np.linalg.inv(np.vstack([turned(15), [0, 0, 0, 1]])) @ toOld
    checked = 0
    for index in list(np.ndindex(*image.GetSize()))[::37]:
        place = [*(np.array(image.TransformIndexToPhysicalPoint(index)) * [-1, -1, 1]), 1]
        if ((toIndex @ place)[:3] >= 0).all() and ((toIndex @ place)[:3] <= [29, 25, 19]).all():
            assert image[index] == pytest.approx(SLOPE @ (toOld @ place)[:3], abs=1e-6)
            checked += 1
    assert checked > 200
    grid = bridge.volumeGrid(volume)
    assert tuple(grid.size) == image.GetSize() and np.allclose(grid.matrix, bridge.imageGrid(image).matrix)


def test_a_bent_transform_resamples_the_picture_to_where_slicer_shows_it(bridge):
    volume = ramp(turned(0, (1.0, 1.0, 2.0)), (40, 30, 20))
    volume.SetAndObserveTransformNodeID(bent().GetID())
    image = bridge.volumeImage(volume)
    shift = lambda place: place - [4.0 * np.sin(place[2] / 20), 0, 0]  # noqa: E731
    assert worst(image, shift, 8) < 0.1
    assert tuple(bridge.volumeGrid(volume).size) == image.GetSize()


def test_the_users_nodes_stay_as_they_were(bridge):
    import slicer

    volume = ramp(turned(10))
    parent = bent()
    volume.SetAndObserveTransformNodeID(parent.GetID())
    before = (slicer.util.arrayFromVolume(volume).copy(), volume.GetMTime(), slicer.mrmlScene.GetNumberOfNodes())
    bridge.volumeImage(volume)
    bridge.volumeGrid(volume)
    assert (slicer.util.arrayFromVolume(volume) == before[0]).all()
    assert (volume.GetMTime(), slicer.mrmlScene.GetNumberOfNodes()) == before[1:]
    assert volume.GetParentTransformNode() is parent


def test_a_volume_without_voxels_or_in_colour_is_refused_in_words(bridge):
    import slicer

    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "hollow")
    with pytest.raises(ValueError, match="hollow has no voxels"):
        bridge.volumeImage(empty)
    with pytest.raises(ValueError, match="hollow has no voxels"):
        bridge.volumeGrid(empty)
    colour = slicer.util.addVolumeFromArray(np.zeros((4, 4, 4, 3), np.uint8), nodeClassName="vtkMRMLVectorVolumeNode")
    with pytest.raises(ValueError, match="several values a voxel"):
        bridge.volumeImage(colour)


# segments


def ball(grid, center, radius):
    """A mask (LPS image) of the voxels within ``radius`` of ``center`` (RAS)."""
    k, j, i = np.indices([int(n) for n in grid.size][::-1])
    places = (grid.matrix @ np.stack([i.ravel(), j.ravel(), k.ravel(), np.ones(i.size)]))[:3].T * [-1, -1, 1]
    inside = (np.linalg.norm(places - center, axis=1) <= radius).reshape(i.shape)
    return grid.place(sitk.GetImageFromArray(inside.astype(np.uint8)))


def segmentation(volume):
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "contours")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    return node


def same(first, second):
    return (sitk.GetArrayFromImage(first) == sitk.GetArrayFromImage(second)).all()


@pytest.fixture
def drawn(bridge):
    """A volume on an oblique grid, and a segmentation with the segments a and b, which overlap."""
    volume = ramp(turned(20), (24, 22, 12))
    node, grid = segmentation(volume), bridge.volumeGrid(volume)
    centre = (grid.matrix @ [12, 11, 6, 1])[:3] * [-1, -1, 1]
    masks = {"a": ball(grid, centre, 5), "b": ball(grid, centre + np.array([3, 0, 0]), 5)}
    for name, mask in masks.items():
        node.GetSegmentation().AddEmptySegment(name, "twin")
        bridge.setSegment(node, name, mask)
    return volume, node, grid, masks


def test_segments_that_overlap_and_share_a_name_are_distinguished_by_id(bridge, drawn):
    _volume, node, grid, masks = drawn
    assert all(same(bridge.segmentImage(node, name, grid), mask) for name, mask in masks.items())


def test_a_segment_in_a_shared_layer_is_taken_alone(bridge, drawn):
    _volume, node, grid, _masks = drawn
    apart = ball(grid, (grid.matrix @ [3, 3, 2, 1])[:3] * [-1, -1, 1], 2)
    node.GetSegmentation().AddEmptySegment("c", "c")
    bridge.setSegment(node, "c", apart)
    node.GetSegmentation().CollapseBinaryLabelmaps(False)
    assert node.GetSegmentation().GetNumberOfLayers() == 2
    assert same(bridge.segmentImage(node, "c", grid), apart)


def test_a_mask_on_another_grid_is_laid_onto_the_volume(bridge, drawn):
    _volume, node, grid, _masks = drawn
    fine = bridge.volumeGrid(ramp(turned(0, (0.5, 0.5, 0.5), (-32.0, 0.0, -3.0)), (70, 70, 70)))
    centre = (grid.matrix @ [12, 11, 6, 1])[:3] * [-1, -1, 1]
    node.GetSegmentation().AddEmptySegment("fine", "fine")
    bridge.setSegment(node, "fine", ball(fine, centre, 5))
    got = sitk.GetArrayFromImage(bridge.segmentImage(node, "fine", grid)).astype(bool)
    wanted = sitk.GetArrayFromImage(ball(grid, centre, 5)).astype(bool)
    assert 2 * (got & wanted).sum() / (got.sum() + wanted.sum()) > 0.97
    own = bridge.segmentImage(node, "fine")
    assert own.GetSpacing() == pytest.approx((0.5, 0.5, 0.5)) and max(own.GetSize()) <= 21


@pytest.mark.parametrize("rows", [turned(40, (1, 1, 1), (9, 8, 7)), np.diag([1.3, 0.9, 1.0, 1.0])[:3]])
def test_a_mask_comes_back_from_a_segmentation_with_a_transform_of_its_own(bridge, drawn, rows):
    _volume, node, grid, masks = drawn
    node.SetAndObserveTransformNodeID(transform(rows).GetID())
    bridge.setSegment(node, "a", masks["a"])
    assert same(bridge.segmentImage(node, "a", grid), masks["a"])


def test_a_mask_comes_back_nearly_from_a_segmentation_that_is_bent(bridge, drawn):
    _volume, node, grid, masks = drawn
    node.SetAndObserveTransformNodeID(bent(2.0).GetID())
    bridge.setSegment(node, "a", masks["a"])
    got, wanted = (
        sitk.GetArrayFromImage(image).astype(bool) for image in (bridge.segmentImage(node, "a", grid), masks["a"])
    )
    assert 2 * (got & wanted).sum() / (got.sum() + wanted.sum()) > 0.9


def test_a_segment_moves_with_its_segmentation_and_not_with_the_volume(bridge, drawn):
    volume, node, grid, masks = drawn
    shift = transform(np.column_stack([np.eye(3), [0, 0, 4.0]]))
    node.SetAndObserveTransformNodeID(shift.GetID())
    moved = bridge.segmentImage(node, "a", grid)
    there, here = (sitk.GetArrayFromImage(image).astype(bool) for image in (moved, masks["a"]))
    assert there.any() and not (there == here).all()
    volume.SetAndObserveTransformNodeID(shift.GetID())
    assert same(bridge.segmentImage(node, "a", bridge.volumeGrid(volume)), masks["a"])


def test_a_segment_that_is_only_a_surface_becomes_voxels_in_a_copy(bridge, drawn):
    import slicer

    _volume, node, grid, masks = drawn
    node.CreateClosedSurfaceRepresentation()
    surface = node.GetClosedSurfaceInternalRepresentation("a")
    other = segmentation(_volume)
    other.GetSegmentation().SetSourceRepresentationName("Closed surface")
    segment = slicer.vtkSegment()
    segment.AddRepresentation("Closed surface", surface)
    other.GetSegmentation().AddSegment(segment, "s")
    got = sitk.GetArrayFromImage(bridge.segmentImage(other, "s", grid)).astype(bool)
    wanted = sitk.GetArrayFromImage(masks["a"]).astype(bool)
    assert 2 * (got & wanted).sum() / (got.sum() + wanted.sum()) > 0.8
    assert not other.GetSegmentation().ContainsRepresentation("Binary labelmap")
    bridge.setSegment(other, "s", masks["b"])
    assert same(bridge.segmentImage(other, "s", grid), masks["b"])


def test_an_empty_or_missing_segment_is_named(bridge, drawn):
    _volume, node, grid, masks = drawn
    node.GetSegmentation().AddEmptySegment("void", "nothing drawn")
    for make in (lambda: bridge.segmentImage(node, "void"), lambda: bridge.segmentImage(node, "gone", grid)):
        with pytest.raises(ValueError, match=r"nothing drawn is empty|gone is not in contours"):
            make()
    with pytest.raises(ValueError, match="gone is not in contours"):
        bridge.setSegment(node, "gone", masks["a"])
    bridge.setSegment(node, "a", masks["a"] * 0)
    with pytest.raises(ValueError, match="twin is empty"):
        bridge.segmentImage(node, "a", grid)


def test_what_is_written_reads_as_it_was(bridge, drawn, tmp_path):
    volume, _node, _grid, masks = drawn
    for name, image in {"image": bridge.volumeImage(volume), "mask": masks["a"]}.items():
        back = sitk.ReadImage(str(bridge.writeImage(image, tmp_path / "new" / f"{name}.nrrd")))
        assert same(back, image) and np.allclose(bridge.imageGrid(back).matrix, bridge.imageGrid(image).matrix)
