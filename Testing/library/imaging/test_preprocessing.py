"""Bias field, z-score and resampling against images whose truth is known by formula."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import crop, isotropic_subgrid, mask_array
from NACResponseLib.imaging.preprocessing import prepare
from NACResponseLib.protocol import Preprocessing

from ..conftest import ball, grid_of, volume

GRID = grid_of((80, 80, 40), (1.0, 1.0, 2.0))
PLAIN = Preprocessing(spacing_mm=1.0, bin_count=8)
STANDARD = Preprocessing(spacing_mm=None, zscore=True, bin_count=8)
UNSHADED = Preprocessing(spacing_mm=None, bias_field=True, bin_count=8)
WHOLE = ((0, 0, 0), (80, 80, 40))


def shaded():
    """Two tissues under a smooth field: the field, the shaded image and the body."""
    body = ball(GRID, (0, 0, 0), 36)
    z, y, x = np.mgrid[-1:1:40j, -1:1:80j, -1:1:80j]
    field = np.exp(0.5 * x - 0.3 * y + 0.3 * z**2)
    tissue = np.where(ball(GRID, (8, 0, 0), 14), 160.0, 100.0) * body
    noise = np.random.default_rng(0).normal(0, 2, body.shape)
    return field, volume((tissue * field + noise).astype(np.float32), GRID), volume(body.astype(np.uint8), GRID)


def test_n4_takes_away_most_of_a_smooth_field():
    field, image, body = shaded()
    fat = mask_array(body) & ~ball(GRID, (8, 0, 0), 18)
    corrected = sitk.GetArrayFromImage(prepare(image, body, UNSHADED, WHOLE))
    before, after = (values[fat].std() / values[fat].mean() for values in (sitk.GetArrayFromImage(image), corrected))
    assert before == pytest.approx((field[fat]).std() / field[fat].mean(), abs=0.02)
    assert after < before / 3


def test_a_uniform_image_needs_no_correction():
    body = volume(ball(GRID, (0, 0, 0), 36).astype(np.uint8), GRID)
    noise = np.random.default_rng(0).normal(0, 1, mask_array(body).shape)
    image = volume((100 * mask_array(body) + noise).astype(np.float32), GRID)
    ratio = sitk.GetArrayFromImage(prepare(image, body, UNSHADED, WHOLE)) / sitk.GetArrayFromImage(image)
    assert ratio[mask_array(body)].std() < 0.01


def test_zscore_is_over_the_body_alone():
    _, image, body = shaded()
    values = sitk.GetArrayFromImage(prepare(image, body, STANDARD, WHOLE))[mask_array(body)]
    assert values.mean() == pytest.approx(0, abs=1e-9)
    assert values.std() == pytest.approx(1, abs=1e-9)


def test_a_uniform_body_has_no_zscore():
    _, image, body = shaded()
    with pytest.raises(InputError, match="an image with contrast"):
        prepare(image * 0 + 3, body, STANDARD, WHOLE)


def test_resampling_reproduces_a_smooth_function_between_the_slices():
    z, y, x = np.mgrid[0:40, 0:80, 0:80].astype(float)
    wave = np.sin(x / 9) + np.cos(y / 11) + np.sin(2 * z / 13)
    box = ((20, 20, 10), (30, 30, 15))
    fine = prepare(volume(wave, GRID), volume(np.ones_like(wave, np.uint8), GRID), PLAIN, box)
    origin = (np.array(fine.GetOrigin()) - np.array(GRID.GetOrigin())) / 1.0
    k, j, i = np.meshgrid(*[np.arange(n) for n in fine.GetSize()[::-1]], indexing="ij")
    expected = np.sin((i + origin[0]) / 9) + np.cos((j + origin[1]) / 11) + np.sin((k + origin[2]) / 13)
    assert np.abs(sitk.GetArrayFromImage(fine) - expected).max() < 0.005


def test_the_box_does_not_change_the_voxels_inside_it():
    _, image, body = shaded()
    small = prepare(image, body, PLAIN, ((30, 30, 15), (12, 12, 6)))
    large = prepare(image, body, PLAIN, ((22, 22, 10), (40, 40, 20)))
    start = large.TransformPhysicalPointToIndex(small.GetOrigin())
    same = crop(large, (start, small.GetSize()))
    assert np.allclose(sitk.GetArrayFromImage(small), sitk.GetArrayFromImage(same), atol=1e-5)


def test_the_isotropic_part_covers_the_box():
    box = ((30, 30, 15), (12, 12, 6))
    part = isotropic_subgrid(GRID, 1.0, box)
    assert part.GetSize() == (12, 12, 12)
