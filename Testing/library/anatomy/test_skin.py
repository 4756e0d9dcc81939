"""The skin's thickness on balls with a rind of known thickness."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage
from scipy.special import erf

from NACResponseLib.anatomy.skin import DEFAULT_SKIN_MM, find_skin
from NACResponseLib.imaging.geometry import mask_image

SLOW = pytest.mark.slow

RADIUS = 32.0


def ball(spacing: tuple[float, float, float], skin_mm: float, signals: tuple[float, float, float], noise: float):
    """A ball (air, skin, inside: ``signals``), sampled with the blur of its voxels, and its depth map."""
    size = [int(2 * (RADIUS + 8) / edge) for edge in spacing]
    x, y, z = (edge * (np.arange(n) - (n - 1) / 2) for edge, n in zip(spacing, size, strict=True))
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    distance = np.sqrt(xx**2 + yy**2 + zz**2)
    depth = RADIUS - distance
    normal = np.stack([zz, yy, xx]) / np.maximum(distance, 1)
    blur = np.sqrt(((normal * np.array(spacing[::-1])[:, None, None, None]) ** 2).sum(axis=0) / 12)

    def share(d: np.ndarray) -> np.ndarray:
        return 0.5 * (1 + erf(d / blur / np.sqrt(2)))

    air, skin, inside = signals
    values = air + (skin - air) * share(depth) + (inside - skin) * share(depth - skin_mm)
    values += np.random.default_rng(0).normal(0, noise, values.shape)
    image = sitk.GetImageFromArray(values.astype(np.float32))
    image.SetSpacing(spacing)
    return image, mask_image(depth > 0, image), depth


@pytest.mark.parametrize("skin_mm", [pytest.param(1.5, marks=SLOW), 2.5, pytest.param(3.5, marks=SLOW)])
@pytest.mark.parametrize(
    "signals", [(5.0, 190.0, 45.0), (5.0, 110.0, 260.0), (5.0, 90.0, 45.0)], ids=["bright", "dark", "weak"]
)
def test_the_inner_surface_is_found_between_voxels(skin_mm: float, signals: tuple[float, float, float]) -> None:
    image, body, depth = ball((1.0, 1.0, 2.0), skin_mm, signals, 4.0)
    found = find_skin(image, body, "MR")
    inner = np.abs(depth - skin_mm) < 1.0
    error = (found.depth_mm - found.thickness_mm)[inner] - (depth - skin_mm)[inner]
    assert found.shown > 0.9
    assert abs(np.median(error)) < 0.25
    assert np.percentile(np.abs(error), 90) < 0.6


def test_where_skin_looks_like_what_lies_below_it_the_default_thickness_is_taken() -> None:
    image, body, _ = ball((1.2, 1.2, 1.2), 2.0, (0.0, 100.0, 100.0), 3.0)
    found = find_skin(image, body, "MR")
    assert found.shown < 0.25
    assert float(np.median(found.thickness_mm)) == pytest.approx(DEFAULT_SKIN_MM)


def test_a_bright_tumour_in_the_skin_is_no_evidence_when_hidden() -> None:
    image, body, depth = ball((1.0, 1.0, 1.5), 2.0, (5.0, 190.0, 45.0), 3.0)
    values = sitk.GetArrayFromImage(image)
    k, j, i = np.indices(values.shape)
    shape = np.array(values.shape)
    tumour = ((k - shape[0] / 2) * 1.5) ** 2 + (j - shape[1] / 2) ** 2 + (i - shape[2] / 2 - 26) ** 2 < 100
    values[tumour & (depth > 0)] = 400.0
    spoilt = sitk.GetImageFromArray(values)
    spoilt.CopyInformation(image)
    away = ndimage.distance_transform_edt(~tumour, sampling=(1.5, 1.0, 1.0))
    found = find_skin(spoilt, body, "MR", away)
    inner = (np.abs(depth - 2.0) < 1.0) & ~tumour & (away < 15)
    error = (found.depth_mm - found.thickness_mm)[inner] - (depth - 2.0)[inner]
    assert np.percentile(np.abs(error), 95) < 0.7
