"""From a scanner's image to the image that features are computed on: bias field, intensity scale, voxel size."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from ..config import Preprocessing
from ..errors import InputError
from .bias_field import fit_bias_field
from .geometry import Box, array_to_image, crop, isotropic_grid, mask_array, mask_image, resample

BIAS_GRID_MM, BIAS_SAMPLES = 4.0, 8000
SUPPORT_MM = 20.0
"""Tissue kept around the wanted box before resampling, so that the spline does not see the cut."""


def correct_bias_field(image: sitk.Image, body: sitk.Image) -> sitk.Image:
    """The image without its smooth multiplicative shading (N4: Tustison et al., IEEE TMI 2010).

    The field is estimated on voxels of about 4 mm, from a sample of the body's that lie well above noise: its spline
    has a few hundred parameters, and the time grows with the voxels that are looked at. Its logarithm is evaluated at
    full resolution.

    Args:
        image: MR.
        body: 0 or 1 on the image's grid.

    Raises:
        InputError: most of the body is not above zero.
    """
    values = sitk.Cast(image, sitk.sitkFloat32)
    factors = [max(round(BIAS_GRID_MM / edge), 1) for edge in image.GetSpacing()]
    factors = [min(factor, size // 4) or 1 for factor, size in zip(factors, image.GetSize(), strict=True)]
    coarse = sitk.BinShrink(values, factors)
    inside = sitk.Resample(body, coarse, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    field = fit_bias_field(sitk.GetArrayViewFromImage(coarse), mask_array(_sample(coarse, inside)))
    factor = field.logarithm(sitk.GetArrayViewFromImage(values).shape)
    np.exp(factor, out=factor)
    return array_to_image(np.divide(sitk.GetArrayViewFromImage(values), factor, out=factor), image)


def _sample(image: sitk.Image, body: sitk.Image) -> sitk.Image:
    """Voxels of the body above half its median, at most ``BIAS_SAMPLES`` of them, spread evenly and repeatably."""
    values, inside = sitk.GetArrayViewFromImage(image), mask_array(body)
    middle = float(np.median(values[inside]))
    if not middle > 0:
        raise InputError("MR intensities above zero", f"a median of {middle:g}", "give the image as it was acquired")
    bright = np.flatnonzero(inside & (values > middle / 2))
    chosen = np.random.default_rng(0).permutation(bright)[:BIAS_SAMPLES]
    sample = np.zeros(inside.size, bool)
    sample[chosen] = True
    return mask_image(sample.reshape(inside.shape), image)


def zscore(image: sitk.Image, body: sitk.Image) -> sitk.Image:
    """Zero mean and unit standard deviation over the body's voxels; the air around does not count.

    Raises:
        InputError: the body is uniform.
    """
    mean, deviation = _over_body(image, body)
    return _standardized(image, mean, deviation)


def _over_body(image: sitk.Image, body: sitk.Image) -> tuple[float, float]:
    inside = sitk.GetArrayViewFromImage(image)[mask_array(body)].astype(np.float64)
    deviation = inside.std()
    if not deviation > 0:
        raise InputError("a body with contrast", "the same value in all its voxels", "check the image")
    return float(inside.mean()), float(deviation)


def _standardized(image: sitk.Image, mean: float, deviation: float) -> sitk.Image:
    return array_to_image((sitk.GetArrayViewFromImage(image).astype(np.float64) - mean) / deviation, image)


def prepare(image: sitk.Image, body: sitk.Image, steps: Preprocessing, box: Box) -> sitk.Image:
    """The image as features see it, about a box: bias field, z-score, isotropic voxels, in this order.

    The voxel lattice is that of the whole image, whatever the box; B-spline interpolation (order 3).

    Args:
        image: as read.
        body: 0 or 1 on the image's grid.
        steps: of the image's modality.
        box: on the image's grid; what is returned covers it.

    Returns:
        64-bit floats, cubic voxels of ``steps.spacing_mm``.
    """
    if steps.bias_field:
        image = correct_bias_field(image, body)
    part = crop(image, _widened(box, image, SUPPORT_MM))  # first: in 64-bit floats the whole image may fill a gigabyte
    part = _standardized(part, *_over_body(image, body)) if steps.zscore else sitk.Cast(part, sitk.sitkFloat64)
    return resample(part, isotropic_subgrid(image, steps.spacing_mm, box), sitk.sitkBSpline)


def isotropic_subgrid(image: sitk.Image, spacing_mm: float, box: Box) -> sitk.Image:
    """The part of the whole image's isotropic lattice that covers a box of the image."""
    whole = isotropic_grid(image, spacing_mm)
    ends = [
        whole.TransformPhysicalPointToContinuousIndex(image.TransformContinuousIndexToPhysicalPoint(point))
        for point in (
            [i - 0.5 for i in box[0]],
            [i + n - 0.5 for i, n in zip(*box, strict=True)],
        )
    ]
    low = [max(int(np.floor(a + 0.5 + 1e-6)), 0) for a in ends[0]]
    high = [min(int(np.ceil(b - 0.5 - 1e-6)), n - 1) for b, n in zip(ends[1], whole.GetSize(), strict=True)]
    return crop(whole, (tuple(low), tuple(b - a + 1 for a, b in zip(low, high, strict=True))))


def _widened(box: Box, image: sitk.Image, margin_mm: float) -> Box:
    wide = [int(np.ceil(margin_mm / edge)) for edge in image.GetSpacing()]
    low = [max(i - w, 0) for i, w in zip(box[0], wide, strict=True)]
    high = [min(i + n + w, s) for i, n, w, s in zip(*box, wide, image.GetSize(), strict=True)]
    return tuple(low), tuple(b - a for a, b in zip(low, high, strict=True))
