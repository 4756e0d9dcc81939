"""The body outline: everything that is not air around the patient."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..errors import InputError
from ..imaging.geometry import isotropic_grid, mask_array, mask_image, resample

COARSE_MM = 2.5
CT_AIR_HU = -400.0
"""Halfway between air and skin: the outline lies where a voxel is half filled."""
CLOSING_MM = 10.0


def body_mask(image: sitk.Image, modality: str) -> sitk.Image:
    """The body on the image's grid, 0 or 1, cavities such as the lungs filled.

    On CT the threshold is fixed on the Hounsfield scale. On MR it is Otsu's (IEEE TSMC 1979) between the logarithms
    of noise and tissue, on a smoothed coarse grid; the logarithm lets fat-suppressed fat count as tissue. The
    largest connected part is the body; the couch and the noise are not joined to it.

    Args:
        image: MR or CT.
        modality: ``MR`` or ``CT``.

    Raises:
        InputError: nothing in the image looks like a body.
    """
    coarse = _coarse(image)
    values = sitk.GetArrayFromImage(coarse)
    threshold = CT_AIR_HU if modality == "CT" else _mr_threshold(values)
    inside = _largest(values > threshold)
    if inside.mean() < 0.01:
        raise InputError("a body in the image", f"tissue in only {inside.mean():.1%} of it", "check the image")
    inside = _filled(inside, _anterior_face(coarse))
    level = sitk.Cast(mask_image(inside, coarse), sitk.sitkFloat32)
    level = sitk.DiscreteGaussian(level, variance=COARSE_MM**2 / 4)
    near = sitk.GetArrayFromImage(resample(level, image, sitk.sitkLinear))
    fine = sitk.GetArrayViewFromImage(image) > threshold
    # The coarse outline decides except in a band about it, where the full-resolution voxel itself does.
    return mask_image((near > 0.85) | ((near > 0.15) & fine), image)


def _coarse(image: sitk.Image) -> sitk.Image:
    smooth = sitk.SmoothingRecursiveGaussian(sitk.Cast(image, sitk.sitkFloat32), COARSE_MM / 2)
    return resample(smooth, isotropic_grid(image, COARSE_MM), sitk.sitkLinear)


def _mr_threshold(values: np.ndarray) -> float:
    """Between air and tissue, in the image's own unit."""
    positive = np.log(np.maximum(values - values.min(), 0) + np.percentile(values, 99) * 0.01)
    logarithms = sitk.GetImageFromArray(positive.astype(np.float32))
    otsu = sitk.OtsuThresholdImageFilter()
    otsu.Execute(logarithms)
    return float(np.exp(otsu.GetThreshold()) - np.percentile(values, 99) * 0.01 + values.min())


def _largest(inside: np.ndarray) -> np.ndarray:
    """The largest part after what is joined by less than a voxel's width (couch, noise) is cut off."""
    labels, count = ndimage.label(ndimage.binary_opening(inside))
    if count == 0:
        return np.zeros_like(inside)
    core = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    return ndimage.binary_dilation(core, mask=inside)


def _anterior_face(image: sitk.Image) -> tuple[int, int]:
    """Axis of the array (z, y, x) that runs most nearly from front to back, and the index of its anterior end."""
    towards_back = np.array(image.GetDirection()).reshape(3, 3)[1]
    axis = int(np.argmax(np.abs(towards_back)))
    return 2 - axis, 0 if towards_back[axis] > 0 else -1


def _filled(inside: np.ndarray, front: tuple[int, int]) -> np.ndarray:
    """The body with its lungs: all that air from in front of the patient does not reach.

    Gaps are closed while the air spreads, so that it does not enter by a breach of noise, and opened again where it
    has come: a fold of skin stays air.

    Args:
        front: axis and index of the image's anterior face.
    """
    width = round(CLOSING_MM / COARSE_MM)
    padded = np.pad(inside, width, mode="edge")
    core = (slice(width, -width),) * 3
    far = ndimage.distance_transform_edt(~padded) > width
    air = (ndimage.distance_transform_edt(~far) <= width)[core] & ~inside
    labels, _ = ndimage.label(air)
    axis, index = front
    seeds = np.unique(labels.take(index, axis))
    seeds = seeds[seeds > 0]
    outside = np.isin(labels, seeds) if len(seeds) else air
    near = ndimage.distance_transform_edt(~outside) <= width + 1 if outside.any() else outside
    return inside | ~(near & ~inside)


def permitted_tissue(body: sitk.Image, masks: dict[str, sitk.Image]) -> sitk.Image:
    """Where a shell may lie: in the body, in the user's ``breast`` if given, outside ``skin`` and ``chest_wall``.

    Args:
        body: on the grid of the result.
        masks: the user's own, on the same grid.
    """
    permitted = mask_array(body).copy()
    if "breast" in masks:
        permitted &= mask_array(masks["breast"])
    for name in ("skin", "chest_wall"):
        if name in masks:
            permitted &= ~mask_array(masks[name])
    return mask_image(permitted, body)
