"""Grids, boxes and masks that move between them."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import (
    averaged,
    bounding_box,
    crop,
    interpolated,
    isotropic_grid,
    isotropic_subgrid,
    joined,
    mask_array,
    mask_onto,
    paste,
    same_grid,
    voxel_volume,
)

from ..conftest import ball, grid_of, volume

TURN = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]


def outer_corners(image):
    size = np.array(image.GetSize())
    ends = np.array(np.meshgrid(*[(-0.5, n - 0.5) for n in size], indexing="ij")).reshape(3, -1).T
    return np.array([image.TransformContinuousIndexToPhysicalPoint(list(map(float, end))) for end in ends])


def test_a_header_rounded_in_the_fifth_digit_is_still_the_same_grid(files):
    rounded = sitk.Image(files.image)
    rounded.SetOrigin([x + 1e-5 for x in files.image.GetOrigin()])
    assert same_grid(rounded, files.image)
    rounded.SetOrigin([x + 0.5 for x in files.image.GetOrigin()])
    assert not same_grid(rounded, files.image)


def noise(grid):
    return volume(np.random.default_rng(0).normal(size=grid.GetSize()[::-1]).astype(np.float32), grid)


@pytest.mark.parametrize("direction", [np.eye(3), TURN, np.diag([-1, -1, 1])], ids=["straight", "oblique", "flipped"])
def test_averages_are_those_of_itks_filter(direction):
    image = noise(grid_of((41, 30, 13), (0.7, 0.9, 5.0), direction))
    found, expected = averaged(image, [3, 2, 1]), sitk.BinShrink(image, [3, 2, 1])
    assert same_grid(found, expected, 1e-6)
    assert sitk.GetArrayFromImage(found) == pytest.approx(sitk.GetArrayFromImage(expected), abs=1e-5)


@pytest.mark.parametrize("direction", [np.eye(3), TURN, np.diag([-1, -1, 1])], ids=["straight", "oblique", "flipped"])
def test_interpolation_plane_by_plane_is_itks(direction):
    coarse = noise(grid_of((14, 15, 9), (2.1, 1.8, 5.0), direction))
    fine = isotropic_subgrid(coarse, 0.7, ((2, 1, 1), (9, 12, 7)))
    expected = sitk.Resample(coarse, fine, sitk.Transform(), sitk.sitkLinear)
    assert sitk.GetArrayFromImage(interpolated(coarse, fine)) == pytest.approx(
        sitk.GetArrayFromImage(expected), abs=1e-4
    )


def test_beyond_the_outermost_voxels_the_nearest_go_on():
    coarse = noise(grid_of((4, 4, 4), (2.0, 2.0, 2.0), np.eye(3)))
    fine = sitk.GetArrayFromImage(interpolated(coarse, isotropic_grid(coarse, 1.0)))
    own = sitk.GetArrayFromImage(coarse)
    assert fine[0, 0, 0] == pytest.approx(own[0, 0, 0]) and fine[-1, -1, -1] == pytest.approx(own[-1, -1, -1])


@pytest.mark.parametrize("direction", [np.eye(3), TURN], ids=["straight", "oblique"])
def test_a_part_of_the_isotropic_grid_lies_on_the_whole_one(direction):
    image = grid_of((40, 30, 12), (0.7, 0.9, 5.0), direction)
    whole, part = isotropic_grid(image, 1.0), isotropic_subgrid(image, 1.0, ((8, 5, 2), (13, 9, 4)))
    first = np.array(whole.TransformPhysicalPointToContinuousIndex(part.GetOrigin()))
    assert first == pytest.approx(np.round(first), abs=1e-9)
    assert np.round(first).tolist() == [5, 4, 10]  # floor(8 x 0.7), floor(5 x 0.9), 2 x 5
    assert part.GetSize() == (10, 9, 20)  # to ceil(21 x 0.7), ceil(14 x 0.9), 6 x 5


def test_boxes_are_joined():
    assert joined([((1, 5, 3), (2, 2, 2)), ((0, 6, 4), (2, 4, 1))]) == ((0, 5, 3), (3, 5, 2))


@pytest.mark.parametrize("direction", [np.eye(3), TURN, np.diag([-1, -1, 1])], ids=["straight", "oblique", "flipped"])
def test_the_isotropic_grid_covers_the_same_space(direction):
    image = grid_of((40, 30, 12), (0.7, 0.9, 5.0), direction)
    fine = isotropic_grid(image, 1.0)
    assert fine.GetSpacing() == (1.0, 1.0, 1.0)
    assert fine.GetSize() == (28, 27, 60)
    assert np.allclose(outer_corners(fine), outer_corners(image), atol=1e-9)


def test_cropping_keeps_positions_and_pasting_undoes_it(files):
    box = bounding_box(files.tumor, margin_mm=3)
    part = crop(files.tumor, box)
    assert part.TransformIndexToPhysicalPoint((0, 0, 0)) == files.tumor.TransformIndexToPhysicalPoint(box[0])
    assert np.array_equal(mask_array(paste(part, box, files.tumor)), mask_array(files.tumor))


def test_the_box_of_a_ball_is_its_diameter_plus_the_margin():
    grid = grid_of((60, 60, 60), (1.0, 1.0, 1.0), origin=(-30, -30, -30))
    mask = volume(ball(grid, (0, 0, 0), 10).astype(np.uint8), grid)
    assert bounding_box(mask, margin_mm=2.5) == ((17, 17, 17), (27, 27, 27))


def test_a_mask_on_another_grid_keeps_its_place_and_volume(files):
    corner = np.array([5.0, 0, 0]) - TURN @ (np.array([0.8, 0.8, 1.3]) * (50, 45, 35))
    other = grid_of((100, 90, 70), (0.8, 0.8, 1.3), TURN, origin=[float(x) for x in corner])
    mask = volume(ball(other, (5, 0, 0), 9).astype(np.uint8), other)
    moved, warnings = mask_onto(mask, files.image, "contour MRI")
    assert same_grid(moved, files.image)
    assert mask_array(moved).sum() * voxel_volume(moved) == pytest.approx(4 / 3 * np.pi * 9**3, rel=0.03)
    assert "another grid" in warnings[0]


def test_what_of_a_mask_lies_outside_the_image_is_reported(files):
    grid = grid_of((80, 80, 80), (1.0, 1.0, 1.0), origin=(0, -40, -40))
    mask = volume(ball(grid, (39.5, 0, 0), 20).astype(np.uint8), grid)
    _, warnings = mask_onto(mask, files.image, "contour MRI")
    assert "50 %" in warnings[1]


@pytest.mark.parametrize("change", ["cropped", "flipped"])
def test_a_mask_whose_voxels_coincide_is_moved_without_a_warning(files, change):
    cropped = crop(files.tumor, bounding_box(files.tumor))
    mask = cropped if change == "cropped" else sitk.Flip(files.tumor, (True, False, True))
    expected = mask_array(files.tumor)
    moved, warnings = mask_onto(mask, files.image, "contour MRI")
    assert warnings == ()
    assert np.array_equal(mask_array(moved), expected)


def test_a_mask_beside_the_image_is_refused(files):
    far = sitk.Image(files.tumor)
    far.SetOrigin((500, 500, 500))
    with pytest.raises(InputError, match=r"no overlap in patient space .same voxel counts"):
        mask_onto(far, files.image, "contour MRI")
