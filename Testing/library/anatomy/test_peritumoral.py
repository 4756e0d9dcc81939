"""The shell against the analytic volume between two spheres, on the grids that clinics use."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.peritumoral import peritumoral_shell
from NACResponseLib.anatomy.surface import surface_points
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import mask_array, same_grid, voxel_volume

from ..conftest import ball, grid_of, volume

SPACINGS = [(0.7, 0.7, 2.0), (1.0, 1.0, 1.0), (0.5, 0.5, 3.0), (0.7, 0.7, 5.0)]
TURN = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]


def sphere(radius, spacing, offset=(0.0, 0.0, 0.0), direction=None):
    """A ball in the middle of a grid, its centre moved by a fraction of a voxel."""
    size = [int(np.ceil(2 * (radius + 9) / edge)) for edge in spacing]
    grid = grid_of(size, spacing, direction)
    centre = grid.TransformContinuousIndexToPhysicalPoint(
        [(n - 1) / 2 + shift for n, shift in zip(size, offset, strict=True)]
    )
    return volume(ball(grid, centre, radius).astype(np.uint8), grid)


@pytest.mark.parametrize("spacing", SPACINGS, ids=str)
@pytest.mark.parametrize("radius", [6, *(pytest.param(radius, marks=pytest.mark.slow) for radius in (7, 14)), 10, 20])
def test_the_shell_of_a_sphere_is_within_four_percent_of_its_formula(spacing, radius):
    expected = 4 / 3 * np.pi * ((radius + 5) ** 3 - radius**3)
    for offset in [(0, 0, 0), (0.5, 0.25, 0.5), (0.3, -0.4, 0.25), (-0.2, 0.1, -0.4)]:
        mask = sphere(radius, spacing, offset)
        shell = peritumoral_shell(mask)
        assert mask_array(shell).sum() * voxel_volume(shell) == pytest.approx(expected, rel=0.04), offset


def test_an_oblique_grid_gives_the_same_shell():
    straight, oblique = (sphere(9, (0.7, 0.7, 2.0), direction=turn) for turn in (None, TURN))
    shell = peritumoral_shell(oblique)
    assert same_grid(shell, oblique)
    assert np.array_equal(mask_array(shell), mask_array(peritumoral_shell(straight)))


def test_a_mirrored_or_turned_array_gives_the_mirrored_or_turned_shell():
    mask = sphere(8, (1.0, 1.0, 3.0), (0.3, 0.1, 0.2))
    shell = mask_array(peritumoral_shell(mask))
    flipped = mask_array(peritumoral_shell(sitk.Flip(mask, (True, False, True))))
    assert np.array_equal(flipped[::-1, :, ::-1], shell)
    turned = mask_array(peritumoral_shell(sitk.PermuteAxes(mask, (2, 0, 1))))
    assert np.array_equal(turned.transpose(2, 0, 1), shell)


def test_the_shell_holds_no_tumour_and_nothing_beyond_the_margin():
    mask = sphere(10, (0.7, 0.7, 2.0))
    shell = mask_array(peritumoral_shell(mask))
    assert not (shell & mask_array(mask)).any()
    centre = mask.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in mask.GetSize()])
    assert not (shell & ~ball(mask, centre, 15.5)).any()
    assert (shell | mask_array(mask))[ball(mask, centre, 14.5)].all()


def test_the_shell_stays_inside_the_permitted_tissue():
    mask = sphere(10, (1.0, 1.0, 1.0))
    half = np.zeros_like(mask_array(mask))
    half[:, :, : half.shape[2] // 2] = True
    whole = mask_array(peritumoral_shell(mask))
    clipped = mask_array(peritumoral_shell(mask, volume(half.astype(np.uint8), mask)))
    assert np.array_equal(clipped, whole & half)


def test_a_ragged_tumour_of_many_parts_has_no_shell_far_from_it():
    rng = np.random.default_rng(0)
    grid = grid_of((70, 70, 30), (0.7, 0.7, 2.0))
    ragged = (ball(grid, (-15, -15, -10), 9) & (rng.random((30, 70, 70)) > 0.3)) | (rng.random((30, 70, 70)) > 0.9999)
    mask = volume(ragged.astype(np.uint8), grid)
    away = sitk.GetArrayFromImage(sitk.SignedMaurerDistanceMap(mask, False, False, True))
    shell = mask_array(peritumoral_shell(mask))
    assert not shell[away > 5 + 1.5].any()
    assert shell[(away > 0) & (away <= 5)].all()


def test_one_voxel_has_a_shell():
    grid = grid_of((20, 20, 20), (1.0, 1.0, 1.0))
    single = np.zeros((20, 20, 20), np.uint8)
    single[10, 10, 10] = 1
    shell = peritumoral_shell(volume(single, grid), margin_mm=3)
    assert 4 / 3 * np.pi * 3**3 <= mask_array(shell).sum() <= 4 / 3 * np.pi * 3.5**3


@pytest.mark.parametrize("margin", [0, -5, 51])
def test_a_margin_that_makes_no_sense_is_refused(margin):
    with pytest.raises(InputError, match=r"a margin of 0.5 to 50 mm"):
        peritumoral_shell(sphere(6, (1.0, 1.0, 1.0)), margin_mm=margin)


def test_the_surface_of_a_tumour_does_not_depend_on_the_box_it_is_cut_out_in():
    grid = grid_of((60, 60, 24), (0.7, 0.7, 2.0))
    inside = ball(grid, (-20, -20, -20), 7)
    inside[12:15, 30:34, 28:40] = True
    at = np.argwhere(inside)
    low, high = at.min(axis=0), at.max(axis=0) + 1
    spacing = np.array([2.0, 0.7, 0.7])
    part = surface_points(inside[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], spacing) + low * spacing
    assert np.allclose(part, surface_points(inside, spacing))
    wide = np.pad(inside, 5)
    assert np.allclose(part, surface_points(wide, spacing) - 5 * spacing)
