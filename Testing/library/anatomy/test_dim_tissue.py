"""Fat that is lost in noise, and ghosts that are brighter than it."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.anatomy.body import body_mask
from NACResponseLib.anatomy.dim_tissue import behind_trunk, without_ghosts
from NACResponseLib.config import resources
from NACResponseLib.imaging.geometry import array_to_image, mask_array
from NACResponseLib.imaging.io import read_image

FADING = 14
"""Columns over which the scanner's filter takes the noise away at both ends of the field."""


@pytest.mark.parametrize("sigma", [10, 14])
def test_noise_that_fades_at_the_edges_of_the_field_leaves_the_body_as_large(sigma: float) -> None:
    image = sitk.Cast(read_image(resources() / "SampleData" / "nact06" / "MRI_CET1.nii.gz"), sitk.sitkFloat32)
    values = sitk.GetArrayFromImage(image)
    at = np.arange(values.shape[2])
    fade = np.clip(np.minimum(at, at[::-1]) / FADING, 0, 1)
    first, second = np.random.default_rng(5).standard_normal((2, *values.shape)) * sigma * fade
    noisy = array_to_image(np.hypot(values + first, second).astype(np.float32), image)
    plain, found = (mask_array(body_mask(each, "MR")) for each in (image, noisy))
    assert abs(found.mean() - plain.mean()) < 0.05


def trunk_in_noise(signal: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From front to back along the second axis: air, then all trunk; a breast in its middle is bright enough to see."""
    rng = np.random.default_rng(3)
    shape = (40, 70, 70)
    trunk = np.broadcast_to(np.arange(shape[1])[:, None] >= 40, shape)
    z, _, x = np.indices(shape)
    breast = (np.hypot(z - 20, x - 35) < 14) & np.broadcast_to(np.arange(shape[1])[:, None] >= 20, shape)
    values = np.where(breast, 90.0, np.where(trunk, signal, 0.0))
    coarse = np.hypot(values + rng.normal(0, 10, (16, *shape)), rng.normal(0, 10, (16, *shape))).mean(axis=0)
    return trunk | breast, breast, coarse


def test_a_trunk_darker_than_half_the_noise_is_found_behind_its_front() -> None:
    body, breast, values = trunk_in_noise(5.0)
    found = behind_trunk(breast, values, 1)
    assert (found & body)[:, 45:60].mean() > 0.95
    assert (found & ~body).mean() < 0.02


def test_air_behind_a_breast_stays_air() -> None:
    _, breast, values = trunk_in_noise(0.0)
    assert (behind_trunk(breast, values, 1) ^ breast).mean() < 0.005


def layers(*ends: tuple[int, float]) -> np.ndarray:
    """Air of 2.0, then layers from front to back along the second axis, each from a plane on with its brightness."""
    values = np.full((30, 40, 30), 2.0)
    for begin, level in ends:
        values[:, begin:] = level
    return values


@pytest.mark.parametrize("ghost", [18.0, 42.0])
def test_a_thick_ghost_or_halo_in_front_of_the_body_is_taken_off(ghost: float) -> None:
    values = layers((10, ghost), (15, 80.0))
    found = without_ghosts(values > 10, values, 10.0)
    assert not found[:, :14].any() and found[2:-2, 16:, 2:-2].all()


def test_skin_half_as_bright_as_fat_is_no_halo() -> None:
    values = layers((14, 42.0), (15, 80.0))
    found = without_ghosts(values > 10, values, 10.0)
    assert found[2:-2, 14:, 2:-2].all()


def test_dim_fat_about_a_bright_tumour_is_no_halo() -> None:
    values = layers((10, 42.0))
    values[11:19, 14:22, 11:19] = 200.0
    found = without_ghosts(values > 10, values, 10.0)
    assert found[2:-2, 11:, 2:-2].mean() > 0.99
