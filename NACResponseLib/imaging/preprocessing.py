"""From a scanner's image to the image that features are computed on: bias field, intensity scale, voxel size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from ..protocol import Preprocessing
from .bias_field import BiasField, fit_bias_field
from .geometry import Box, array_to_image, averaged, crop, isotropic_subgrid, mask_array, mask_image, resample

BIAS_GRID_MM, BIAS_SAMPLES = 4.0, 8000
SUPPORT_MM = 20.0
"""Tissue kept around the wanted box before resampling, so that the spline does not see the cut."""


def _bias_field(image: sitk.Image, body: sitk.Image) -> BiasField:
    """The smooth multiplicative shading (N4: Tustison et al., IEEE TMI 2010).

    It is estimated on voxels of about 4 mm, from a sample of the body's that lie well above noise: its spline has a few
    hundred parameters, and the time grows with the voxels that are looked at.
    """
    factors = [max(round(BIAS_GRID_MM / edge), 1) for edge in image.GetSpacing()]
    factors = [min(factor, size // 4) or 1 for factor, size in zip(factors, image.GetSize(), strict=True)]
    coarse = averaged(image, factors)
    inside = sitk.Resample(body, coarse, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    return fit_bias_field(sitk.GetArrayViewFromImage(coarse), _sample(coarse, inside))


def _planes(image: sitk.Image, field: BiasField | None) -> Iterator[np.ndarray]:
    """The image plane by plane (y, x) in 32-bit floats, without its shading where a field is given."""
    values = sitk.GetArrayViewFromImage(image)
    if field is None:
        yield from (plane.astype(np.float32) for plane in values)
        return
    for plane, shading in zip(values, field.planes(values.shape), strict=True):
        yield plane / np.exp(shading, out=shading)


def _sample(image: sitk.Image, body: sitk.Image) -> np.ndarray:
    """Voxels (z, y, x) of the body above half its median, ``BIAS_SAMPLES`` at most, spread evenly and repeatably."""
    values, inside = sitk.GetArrayViewFromImage(image), mask_array(body)
    middle = float(np.median(values[inside]))
    if not middle > 0:
        raise InputError("MR intensities above zero", f"a median of {middle:g}", "give the image as it was acquired")
    bright = np.flatnonzero(inside & (values > middle / 2))
    chosen = np.random.default_rng(0).permutation(bright)[:BIAS_SAMPLES]
    sample = np.zeros(inside.size, bool)
    sample[chosen] = True
    return sample.reshape(inside.shape)


def above_lowest(image: sitk.Image) -> sitk.Image:
    """Where an image is above its lowest value, 0 or 1: of images that show no body, what is not empty."""
    values = sitk.GetArrayViewFromImage(image)
    return mask_image(values > values.min(), image)


class _Moments:
    """Mean and standard deviation of what comes in portions (Chan, Golub and LeVeque, Am Stat 1983)."""

    def __init__(self) -> None:
        self.count, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, values: np.ndarray) -> None:
        """Takes in some values."""
        if not values.size:
            return
        mean, total = float(values.mean(dtype=np.float64)), self.count + values.size
        self._squares += float(np.square(values - mean, dtype=np.float64).sum())
        self._squares += (mean - self.mean) ** 2 * self.count * values.size / total
        self.mean += (mean - self.mean) * values.size / total
        self.count = total

    @property
    def deviation(self) -> float:
        """The standard deviation.

        Raises:
            InputError: all values are the same.
        """
        if not self._squares > 0:
            found = "the same value in all of its body, or above its lowest"
            raise InputError("an image with contrast", found, "check the image")
        return float(np.sqrt(self._squares / self.count))


def prepare(image: sitk.Image, body: sitk.Image | None, steps: Preprocessing, box: Box) -> sitk.Image:
    """The image as features see it, about a box: bias field, z-score, isotropic voxels, in this order.

    The voxel lattice is that of the whole image, whatever the box; B-spline interpolation (order 3). What is not about
    the box is never held in floats: those of a whole image may fill a gigabyte.

    Args:
        image: as read.
        body: 0 or 1 on the image's grid, of one that shows none what is not empty; needed by ``steps.needs_body``.
        steps: of the image's modality.
        box: on the image's grid; what is returned covers it.

    Returns:
        64-bit floats, cubic voxels of ``steps.spacing_mm``, or those of the image; of a single slice square pixels, as
        thick as it was.
    """
    wide = box if steps.spacing_mm is None else _widened(box, image, SUPPORT_MM)
    part = crop(image, wide)
    if steps.bias_field or steps.zscore:
        part = array_to_image(_standardized(image, body, steps, wide), part)
    part = sitk.Cast(part, sitk.sitkFloat64)
    if steps.spacing_mm is None:
        return part
    return resample(part, isotropic_subgrid(image, steps.spacing_mm, box), sitk.sitkBSpline)


def _standardized(image: sitk.Image, body: sitk.Image | None, steps: Preprocessing, box: Box) -> np.ndarray:
    """The image without shading and with its z-score, as the steps say, in a box: (z, y, x)."""
    assert body is not None or not steps.needs_body
    (x, y, z), (columns, rows, planes) = box
    part, moments = np.empty((planes, rows, columns)), _Moments()
    field = _bias_field(image, body) if steps.bias_field and body is not None else None
    within = mask_array(body) if body is not None and steps.zscore_over == "body" else None
    for k, plane in enumerate(_planes(image, field)):
        if steps.zscore:
            moments.add(plane if within is None else plane[within[k]])
        if z <= k < z + planes:
            part[k - z] = plane[y : y + rows, x : x + columns]
    return steps.scale * (part - moments.mean) / moments.deviation if steps.zscore else part


def _widened(box: Box, image: sitk.Image, margin_mm: float) -> Box:
    wide = [int(np.ceil(margin_mm / edge)) for edge in image.GetSpacing()]
    low = [max(i - w, 0) for i, w in zip(box[0], wide, strict=True)]
    high = [min(i + n + w, s) for i, n, w, s in zip(*box, wide, image.GetSize(), strict=True)]
    return tuple(low), tuple(b - a for a, b in zip(low, high, strict=True))
