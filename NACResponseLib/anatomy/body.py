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
CLOSING_MM = 5.0
DARK_MM = 4.0
LEAST_CONTRAST = 1.5


def body_mask(image: sitk.Image, modality: str) -> sitk.Image:
    """The body on the image's grid, 0 or 1, cavities such as the lungs filled.

    On CT the threshold is fixed on the Hounsfield scale. On MR it is Otsu's (IEEE TSMC 1979) between the logarithms
    of noise and tissue, on a smoothed coarse grid; the logarithm lets fat-suppressed fat count as tissue. Behind the
    skin, where suppressed fat far from the coil is hardly brighter than noise, a lower threshold holds. The largest
    connected part is the body; the couch and the noise are not joined to it.

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
    if modality != "CT" and np.median(values[inside]) < LEAST_CONTRAST * np.median(values[~inside]):
        raise InputError("a body brighter than the air around it", "noise or even signal everywhere", "check the image")
    dark = values > threshold if modality == "CT" else _dark_tissue(values, threshold)
    inside = _largest(_filled(inside, dark, *_anterior_face(coarse)))
    level = sitk.Cast(mask_image(inside, coarse), sitk.sitkFloat32)
    level = sitk.DiscreteGaussian(level, variance=COARSE_MM**2 / 4)
    near = sitk.GetArrayFromImage(resample(level, image, sitk.sitkLinear))
    fine = sitk.GetArrayViewFromImage(image) > threshold
    # The coarse outline decides except in a band about it, where the full-resolution voxel itself does.
    return mask_image((near > 0.85) | ((near > 0.15) & fine), image)


def _coarse(image: sitk.Image) -> sitk.Image:
    """Averaged over about the working grid's voxels, then on that grid."""
    factors = [max(1, round(COARSE_MM / edge)) for edge in image.GetSpacing()]
    averaged = sitk.BinShrink(sitk.Cast(image, sitk.sitkFloat32), factors)
    return resample(averaged, isotropic_grid(image, COARSE_MM), sitk.sitkLinear)


def _mr_threshold(values: np.ndarray) -> float:
    """Between air and tissue, in the image's own unit."""
    positive = np.log(np.maximum(values - values.min(), 0) + np.percentile(values, 99) * 0.01)
    logarithms = sitk.GetImageFromArray(positive.astype(np.float32))
    otsu = sitk.OtsuThresholdImageFilter()
    otsu.Execute(logarithms)
    return float(np.exp(otsu.GetThreshold()) - np.percentile(values, 99) * 0.01 + values.min())


def _dark_tissue(values: np.ndarray, threshold: float) -> np.ndarray:
    """Tissue down to near the noise, on a smoother image.

    Noise ends at its mode plus four deviations, taken from the values below the mode. Where the threshold lies far
    above that, ghosts in the air may do so too, and half-way between them (in logarithms) is low enough.
    """
    smooth = ndimage.gaussian_filter(values, DARK_MM / COARSE_MM)
    noise = smooth[(smooth < threshold) & (smooth > 0.01 * threshold)]
    if noise.size < 100:
        return values > threshold
    counts, edges = np.histogram(noise, 200)
    mode = edges[np.argmax(ndimage.gaussian_filter1d(counts.astype(float), 3))]
    lower = noise[(noise <= mode) & (noise > mode / 2)]
    limit = mode + 4 * float(np.sqrt(np.mean((lower - mode) ** 2))) if lower.size else threshold
    return smooth > (limit if limit > threshold / 2 else np.sqrt(limit * threshold))


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


def _filled(inside: np.ndarray, dark: np.ndarray, axis: int, front: int) -> np.ndarray:
    """The body with its lungs: all that air from in front of the patient does not reach.

    Narrow gaps hold the air back, so that it does not enter by a breach of noise, but it fills the folds of the skin.

    Args:
        dark: what counts as tissue behind the body's front.
        axis, front: of the array, from front to back, and the index of its anterior end.
    """
    forward = np.flip(inside, axis) if front else inside
    behind = np.logical_or.accumulate(forward, axis)
    behind = np.flip(behind, axis) if front else behind
    tissue = inside | (behind & dark)
    width = round(CLOSING_MM / 2 / COARSE_MM)
    padded = np.pad(tissue, width, mode="edge")
    far = ndimage.distance_transform_edt(~padded) > width
    air = (ndimage.distance_transform_edt(~far) <= width)[(slice(width, -width),) * 3] & ~tissue
    labels, _ = ndimage.label(air)
    seeds = np.unique(labels.take(front, axis))
    outside = np.isin(labels, seeds[seeds > 0]) if seeds.any() else air
    if not outside.any():
        return np.ones_like(inside)
    return inside | ~((ndimage.distance_transform_edt(~outside) <= width + 1) & ~tissue)


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
