"""Patches: what the network sees of a region, against other packages' interpolation and by construction."""

import numpy as np
import pytest
import scipy.ndimage
import SimpleITK as sitk
from numpy.testing import assert_allclose

from NACResponseLib.errors import InputError
from NACResponseLib.features.patches import region_patch, resized
from NACResponseLib.features.preparation import PreparedImage
from NACResponseLib.protocol import DeepPatches, Preprocessing


def prepared(values, inside):
    """An image that is ready, 1 mm, and one region on its grid."""
    image, mask = sitk.GetImageFromArray(values.astype(float)), sitk.GetImageFromArray(inside.astype(np.uint8))
    return PreparedImage(image, {"Intra": mask}, Preprocessing(spacing_mm=1, bin_count=8), "MRI")


def noise(shape, seed=1):
    return np.random.default_rng(seed).normal(50, 10, shape)


def cuboid(shape, *ranges):
    inside = np.zeros(shape, bool)
    inside[tuple(slice(*ends) for ends in ranges)] = True
    return inside


@pytest.mark.parametrize("shape", [(64, 64, 64), (9, 30, 51), (1, 2, 64)])
def test_enlarging_equals_scipys_linear_interpolation(shape):
    values = noise(shape)
    zoomed = scipy.ndimage.zoom(values, [64 / n for n in shape], order=1, mode="nearest", grid_mode=True)
    assert_allclose(resized(values, 64), zoomed, rtol=0, atol=1e-9)


@pytest.mark.torch
@pytest.mark.parametrize("shape", [(90, 64), (65, 200), (130, 20)])
def test_shrinking_equals_torchs_antialiased_interpolation(shape):
    import torch

    values = noise(shape)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(values)[None, None], (64, 64), mode="bilinear", align_corners=False, antialias=True
    )
    for z in (0, 63):
        assert_allclose(resized(values[None], 64)[z], expected[0, 0].numpy(), rtol=0, atol=1e-9)


def test_a_constant_stays_constant_whatever_the_size():
    for shape in ((1, 1, 1), (3, 77, 200)):
        assert_allclose(resized(np.full(shape, 2.5), 64), 2.5, rtol=1e-6)


def test_a_region_of_the_patchs_size_is_seen_as_it_is_normalized():
    values, inside = noise((80, 80, 80)), cuboid((80, 80, 80), (8, 72), (4, 68), (10, 74))
    patch = region_patch(prepared(values, inside), "Intra", DeepPatches(margin_mm=0))
    own = values[inside].reshape(64, 64, 64)
    assert_allclose(patch, (own - own.mean()) / own.std(), rtol=0, atol=1e-5)


def test_without_normalization_the_values_stay():
    values, inside = noise((70, 70, 70)), cuboid((70, 70, 70), (3, 67), (3, 67), (3, 67))
    patch = region_patch(prepared(values, inside), "Intra", DeepPatches(margin_mm=0, normalization="none"))
    assert_allclose(patch, values[3:67, 3:67, 3:67], rtol=1e-6)


def ball_in_noise():
    z, y, x = np.mgrid[:60, :60, :60] - 30
    return noise((60, 60, 60)), z**2 + y**2 + x**2 < 15**2


def test_what_lies_outside_the_region_is_not_seen_unless_asked_for():
    values, inside = ball_in_noise()
    other = np.where(inside, values, -400.0)
    masked = [region_patch(prepared(v, inside), "Intra", DeepPatches()) for v in (values, other)]
    assert np.array_equal(*masked)
    unmasked = [region_patch(prepared(v, inside), "Intra", DeepPatches(outside="unmasked")) for v in (values, other)]
    assert not np.allclose(*unmasked, atol=0.5)


def test_the_margin_is_the_constant_around_the_region_or_the_image_itself():
    values, inside = noise((60, 60, 60)), cuboid((60, 60, 60), (20, 40), (20, 40), (20, 40))
    masked = region_patch(prepared(values, inside), "Intra", DeepPatches(margin_mm=6))
    assert not masked[:11].any()
    assert masked[14:50, 14:50, 14:50].std() > 0.3
    seen = region_patch(prepared(values, inside), "Intra", DeepPatches(margin_mm=6, outside="unmasked"))
    own = values[14:46, 14:46, 14:46]
    expected = scipy.ndimage.zoom((own - own.mean()) / own.std(), 2, order=1, mode="nearest", grid_mode=True)
    assert_allclose(seen, expected, rtol=0, atol=1e-5)


def test_beyond_the_images_border_stands_the_constant():
    values, inside = noise((20, 40, 40)), cuboid((20, 40, 40), (0, 20), (10, 30), (10, 30))
    patch = region_patch(prepared(values, inside), "Intra", DeepPatches(margin_mm=6, outside="unmasked"))
    assert not patch[:11].any()
    assert not patch[-11:].any()
    assert patch[20:44].any()


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 0, 1), (1, 0, 2)])
@pytest.mark.parametrize("flips", [(False, True, False), (True, True, True)])
def test_the_order_in_which_a_file_stores_voxels_does_not_matter(order, flips):
    values, inside = ball_in_noise()
    inside[:, :, 34:] = False
    plain = prepared(values, inside)
    stored = [sitk.Flip(sitk.PermuteAxes(volume, order), flips) for volume in (plain.image, plain.masks["Intra"])]
    other = PreparedImage(stored[0], {"Intra": stored[1]}, plain.steps, plain.contour)
    settings = DeepPatches(outside="unmasked")
    assert_allclose(region_patch(other, "Intra", settings), region_patch(plain, "Intra", settings), rtol=0, atol=1e-5)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_region_one_voxel_thick_fills_a_patch(axis):
    ends = [(10, 40)] * 3
    ends[axis] = (20, 21)
    patch = region_patch(prepared(noise((50, 50, 50)), cuboid((50, 50, 50), *ends)), "Intra", DeepPatches(margin_mm=0))
    assert np.isfinite(patch).all()
    assert patch.std() > 0.3
    assert np.ptp(patch, axis=axis).max() == pytest.approx(0, abs=1e-6)


def test_a_region_that_falls_between_the_voxels_is_not_lost():
    """A sheet 0.4 mm thick in an image whose 1 mm voxel centres all miss it."""
    fine = sitk.Image(100, 100, 100, sitk.sitkUInt8)
    fine.SetSpacing((0.4,) * 3)
    fine[20:70, 20:70, 31] = 1  # z of 12.4 mm, while centres lie at whole millimetres
    fine.SetOrigin((0, 0, 0.1))
    image = sitk.GetImageFromArray(noise((40, 40, 40)))
    thin = PreparedImage(image, {"Intra": fine}, Preprocessing(spacing_mm=1, bin_count=8), "MRI")
    patch = region_patch(thin, "Intra", DeepPatches(margin_mm=0))
    assert patch.std() > 0.3


def test_an_empty_region_is_refused():
    with pytest.raises(InputError, match=r"Intra .*MRI"):
        region_patch(prepared(noise((20, 20, 20)), np.zeros((20, 20, 20), bool)), "Intra", DeepPatches())


def test_a_uniform_region_is_refused():
    inside = cuboid((20, 20, 20), (5, 10), (5, 10), (5, 10))
    with pytest.raises(InputError, match="contrast in region Intra"):
        region_patch(prepared(np.ones((20, 20, 20)), inside), "Intra", DeepPatches())
