"""Our N4 against ITK's own filter, and against a shading that is known."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.imaging.bias_field import BiasField, fit_bias_field


def shaded(seed: int, noise: float = 4.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two tissues under a smooth shading: values, a sample of their voxels, the shading's logarithm."""
    rng = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in (16, 24, 30)], indexing="ij")
    field = 0.35 * x - 0.2 * y * x + 0.15 * np.cos(2 * z) + 0.1 * rng.uniform(-1, 1) * y**2
    tissue = np.where(np.sin(9 * x + seed) * np.cos(7 * y) + z > 0.1, 200.0, 90.0)
    values = (tissue + rng.normal(0, noise, tissue.shape)) * np.exp(field)
    sample = (x**2 + y**2 + z**2 < 0.9) & (rng.random(tissue.shape) < 0.6)
    return values.astype(np.float32), sample, field


def on_grid(field: BiasField, shape: tuple[int, ...]) -> np.ndarray:
    return np.stack(list(field.planes(shape)))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_field_is_that_of_itks_filter(seed):
    values, sample, _ = shaded(seed)
    filter_ = sitk.N4BiasFieldCorrectionImageFilter()
    filter_.SetMaximumNumberOfIterations([50] * 3)
    filter_.SetConvergenceThreshold(0.001)
    filter_.Execute(sitk.GetImageFromArray(values), sitk.GetImageFromArray(sample.astype(np.uint8)))
    finer = sitk.Image([60, 48, 32], sitk.sitkFloat32)
    expected = sitk.GetArrayFromImage(filter_.GetLogBiasFieldAsImage(finer))
    found = on_grid(fit_bias_field(values, sample), (32, 48, 60))
    assert expected.std() > 0.1
    np.testing.assert_allclose(found, expected, atol=2e-3)  # ITK's single precision may stop an iteration earlier


def test_a_known_shading_is_found():
    values, sample, field = shaded(5, noise=1.0)
    left = (on_grid(fit_bias_field(values, sample), field.shape) - field)[sample]
    assert left.std() < 0.25 * field[sample].std()


def test_an_even_image_has_an_even_field():
    values, sample = np.full((8, 9, 10), 50.0, np.float32), np.ones((8, 9, 10), bool)
    assert np.ptp(on_grid(fit_bias_field(values, sample), (8, 9, 10))) < 1e-6
