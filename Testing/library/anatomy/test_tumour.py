"""The tumour's measures against shapes whose measures are known."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.tumour import measure_tumour
from NACResponseLib.errors import InputError

from ..conftest import ball, grid_of, volume


def test_a_ball_measures_its_volume_and_diameter():
    for spacing in [(1.0, 1.0, 1.0), (0.7, 0.7, 2.0)]:
        grid = grid_of((50, 50, 40), spacing, origin=[-20 * edge for edge in spacing])
        measured = measure_tumour(volume(ball(grid, (0.2, 0.1, 0.3), 12).astype(np.uint8), grid))
        assert measured.volume_mm3 == pytest.approx(4 / 3 * np.pi * 12**3, rel=0.02)
        assert measured.longest_diameter_mm == pytest.approx(24, abs=1)
        assert measured.components == 1


def test_the_longest_diameter_runs_in_any_direction():
    grid = grid_of((60, 60, 60), (1.0, 1.0, 1.0), origin=(0, 0, 0))
    rod = np.zeros((60, 60, 60), np.uint8)
    for k in range(5, 45):
        rod[k : k + 2, k : k + 2, k : k + 2] = 1
    assert measure_tumour(volume(rod, grid)).longest_diameter_mm == pytest.approx(40 * np.sqrt(3), abs=1.5)


def test_separate_parts_are_reported(files):
    two = sitk.Or(files.tumor, volume(ball(files.tumor, (-39, 0, 0), 3).astype(np.uint8), files.tumor))
    measured = measure_tumour(two)
    assert measured.components == 2
    assert "2 separate parts" in measured.warnings("MRI")[0]


def test_fewer_than_eight_voxels_are_refused():
    grid = grid_of((20, 20, 20), (1.0, 1.0, 1.0))
    few = np.zeros((20, 20, 20), np.uint8)
    few[5, 5, 5:12] = 1
    with pytest.raises(InputError, match="at least 8 voxels, found 7 in contour MRI"):
        measure_tumour(volume(few, grid), "MRI")
    few[5, 5, 12] = 1
    assert measure_tumour(volume(few, grid)).volume_mm3 == 8


def plane_of(inside: np.ndarray, spacing=(0.1, 0.1)):
    image = sitk.GetImageFromArray(inside.astype(np.uint8)[None])
    image.SetSpacing((*spacing, 1.0))
    return image


def test_a_rectangle_on_one_slice_has_its_area_and_a_diagonal_half_a_pixel_inside_each_end():
    inside = np.zeros((60, 80), bool)
    inside[10:40, 20:60] = True
    measured = measure_tumour(plane_of(inside, (0.1, 0.2)))
    assert measured.area_mm2 == pytest.approx(4 * 6)
    # The farthest points are the middles of the outer edges of opposite corner pixels.
    assert measured.longest_diameter_mm == pytest.approx(max(np.hypot(3.9, 6), np.hypot(4, 5.8)))
    assert np.isnan(measured.volume_mm3) and measured.components == 1


def test_a_disc_on_one_slice_has_its_area_and_diameter():
    y, x = np.indices((200, 200))
    measured = measure_tumour(plane_of((y - 99.3) ** 2 + (x - 100.4) ** 2 <= 80**2))
    assert measured.area_mm2 == pytest.approx(np.pi * 64, rel=0.005)
    assert measured.longest_diameter_mm == pytest.approx(16, abs=0.15)


def test_parts_on_one_slice_are_reported_by_their_area():
    inside = np.zeros((60, 80), bool)
    inside[10:20, 10:20] = inside[40:45, 40:45] = True
    warnings = measure_tumour(plane_of(inside)).warnings("US")
    assert "2 separate parts; the largest holds 80 % of the area" in warnings[0]
