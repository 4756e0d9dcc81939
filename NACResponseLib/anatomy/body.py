"""The body outline: everything that is not air around the patient."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..errors import InputError
from ..imaging.geometry import (
    array_to_image,
    averaged,
    interpolated,
    interpolated_planes,
    isotropic_grid,
    mask_array,
    mask_image,
)
from .dim_tissue import COARSE_MM, behind_trunk, dark_tissue, largest, to_the_end, without_ghosts

CT_AIR_HU = -400.0
"""Halfway between air and skin: the outline lies where a voxel is half filled."""
CLOSING_MM = 5.0
_PLANES, _LAG = 9, 3
_STEADY, _NOT_DARK, _FRONT_BODY = 2.4, 0.4, 0.1
CLEAR_OF_NOISE = 1.35
NEIGHBOURHOOD_MM, BEHIND_MM = 40.0, 20.0
LEAST_CONTRAST = 1.5
OVER_LIMIT = 1.1
ONE_BREAST_MM = 230.0  # no trunk ends at the sides of a narrower field


@dataclass(frozen=True)
class Outline:
    """The body's outline, found on a coarse grid, which can be drawn on any part of the image.

    Attributes:
        inside: share of body, on voxels of ``COARSE_MM``.
        threshold: between air and tissue, in the image's unit.
        air: whether the image shows air in front of the body; without it all of the image is body, and has no skin.
    """

    inside: sitk.Image
    threshold: float
    air: bool = True

    def mask(self, image: sitk.Image) -> sitk.Image:
        """The body, 0 or 1, on the grid of the image, a part or a smoothed copy of it."""
        values = sitk.GetArrayViewFromImage(image)
        if not self.air:
            return mask_image(np.ones(values.shape, bool), image)
        inside = np.empty(values.shape, np.uint8)
        # The coarse outline decides except in a band about it, where the full-resolution voxel itself does.
        for k, near in enumerate(interpolated_planes(self.inside, image)):
            inside[k] = (near > 0.85) | ((near > 0.15) & (values[k] > self.threshold))
        return array_to_image(inside, image)


def body_mask(image: sitk.Image, modality: str) -> sitk.Image:
    """The body on the image's grid, 0 or 1, as ``find_body`` finds it."""
    return find_body(image, modality).mask(image)


def find_body(image: sitk.Image, modality: str) -> Outline:
    """The body, cavities such as the lungs filled.

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
    axis, front = _anterior_face(coarse)
    threshold = CT_AIR_HU if modality == "CT" else _mr_threshold(values, axis, front)
    inside = largest(values > threshold)
    if inside.mean() < 0.01:
        raise InputError("a body in the image", f"tissue in only {inside.mean():.1%} of it", "check the image")
    if modality != "CT" and np.percentile(values[inside], 90) < LEAST_CONTRAST * np.median(values[~inside]):
        raise InputError("a body brighter than the air around it", "noise or even signal everywhere", "check the image")
    values, inside = (np.flip(a, axis) if front else a for a in (values, inside))
    dark = 2.0 * (values > threshold) if modality == "CT" else dark_tissue(values, threshold, inside, axis)
    inside = _filled(inside, dark, axis)
    if modality != "CT" and _width_mm(coarse) < ONE_BREAST_MM:
        inside = behind_trunk(inside, values, axis)
    if modality != "CT":
        inside = to_the_end(inside, values, axis)
    inside = largest(np.flip(inside, axis) if front else inside)
    outline = _outline(inside, coarse, threshold)
    at_front = float(np.take(inside, [front, front + (1 if front == 0 else -1)], axis).mean())
    if inside.all() if modality == "CT" else _is_tissue(image, outline, at_front):
        return replace(outline, air=False)
    if modality == "CT":
        return outline
    inside = without_ghosts(inside, sitk.GetArrayViewFromImage(coarse), threshold)
    return _outline(inside, coarse, threshold)


def _outline(inside: np.ndarray, coarse: sitk.Image, threshold: float) -> Outline:
    share = sitk.Cast(mask_image(inside, coarse), sitk.sitkFloat32)
    return Outline(sitk.DiscreteGaussian(share, variance=COARSE_MM**2 / 4), threshold)


def _is_tissue(image: sitk.Image, outline: Outline, at_front: float) -> bool:
    """Whether what was taken for air is tissue, as in a part cut out of a breast.

    The noise of a magnitude image has a mean of 1.9 times its standard deviation (Gudbjartsson and Patz, MRM 1995);
    tissue, which is hardly ever as noisy, has a greater one, and is not much darker than the rest.

    Args:
        at_front: share of body in the foremost planes of the image.
    """
    depth = image.GetSize()[2]
    outside, pairs, inside = [], [], []
    for k in np.unique(np.linspace(0, depth - 1, min(depth, _PLANES)).astype(int)):
        plane = image[:, :, int(k) : int(k) + 1]
        values = sitk.GetArrayViewFromImage(plane)[0].astype(np.float32)
        body = mask_array(outline.mask(plane))[0]
        outside.append(values[~body])
        inside.append(values[body])
        both = ~(body[:, _LAG:] | body[:, :-_LAG])
        pairs.append((values[:, _LAG:] - values[:, :-_LAG])[both])
    air, difference, tissue = (np.concatenate(a) for a in (outside, pairs, inside))
    if not len(difference) or not len(tissue):
        return True
    spread = 1.4826 / np.sqrt(2) * float(np.median(np.abs(difference)))
    level = float(np.median(air))
    share = level / max(float(np.median(tissue)), 1e-6)
    # The front of the field is air in every whole image.
    return level > _STEADY * spread and (share > _NOT_DARK or (share > _NOT_DARK / 2 and at_front > _FRONT_BODY))


def _coarse(image: sitk.Image) -> sitk.Image:
    """Averaged over about the working grid's voxels, then on that grid."""
    factors = [max(1, round(COARSE_MM / edge)) for edge in image.GetSpacing()]
    return interpolated(averaged(image, factors), isotropic_grid(image, COARSE_MM))


def _mr_threshold(values: np.ndarray, axis: int, front: int) -> float:
    """Between air and tissue, in the image's own unit.

    At the edges of the field the scanner's filter may take signal and noise away: nothing counts as less than the
    noise of the planes in the front half, or Otsu's method would separate the edges from the noise.
    """
    planes = np.moveaxis(np.flip(values, axis) if front else values, axis, 0).reshape(values.shape[axis], -1)
    floor = float(np.median(np.percentile(planes[: max(len(planes) // 2, 1)], 20, axis=1)))
    clear = np.maximum(values, floor)
    bottom, step = values.min(), max(float(np.percentile(values, 99)) * 0.01, 1e-6)
    otsu = sitk.OtsuThresholdImageFilter()
    otsu.Execute(sitk.GetImageFromArray(np.log(clear - bottom + step).astype(np.float32)))
    return max(float(np.exp(otsu.GetThreshold()) - step + bottom), CLEAR_OF_NOISE * floor)


def _anterior_face(image: sitk.Image) -> tuple[int, int]:
    """Axis of the array (z, y, x) that runs most nearly from front to back, and the index of its anterior end."""
    towards_back = np.array(image.GetDirection()).reshape(3, 3)[1]
    axis = int(np.argmax(np.abs(towards_back)))
    return 2 - axis, 0 if towards_back[axis] > 0 else -1


def _width_mm(image: sitk.Image) -> float:
    """Of the field, from the patient's right to left."""
    across = np.array(image.GetDirection()).reshape(3, 3)[0]
    return float((np.abs(across) * image.GetSize() * image.GetSpacing()).max())


def _filled(inside: np.ndarray, dark: np.ndarray, axis: int) -> np.ndarray:
    """The body with its lungs: all that air from in front of the patient does not reach.

    Narrow gaps hold the air back, so that it does not enter by a breach of noise, but it fills the folds of the skin.

    Args:
        dark: what counts as tissue behind the body's front.
        axis: of the arrays, from its front (first) to back.
    """
    planes, dark = (np.moveaxis(a, axis, 0) for a in (inside, dark))
    first = np.where(planes.any(0), planes.argmax(0), len(planes))
    # Dim tissue has dim skin: it may begin where its neighbourhood has long entered the body.
    ahead = ndimage.minimum_filter(first, 2 * round(NEIGHBOURHOOD_MM / COARSE_MM) + 1) + round(BEHIND_MM / COARSE_MM)
    depth = np.arange(len(planes))[:, None, None]
    tissue = inside | np.moveaxis(((depth >= first) & (dark > 1)) | ((depth >= ahead) & (dark > OVER_LIMIT)), 0, axis)
    width = round(CLOSING_MM / 2 / COARSE_MM)
    padded = np.pad(tissue, width, mode="edge")
    far = ~_grown(padded, width)
    air = _grown(far, width)[(slice(width, -width),) * 3] & ~tissue
    outside = _reached(air, axis)
    if not outside.any():
        return np.ones_like(inside)
    return inside | ~(_grown(outside, width + 1) & ~tissue)


def _grown(voxels: np.ndarray, radius: int) -> np.ndarray:
    """Voxels within so many voxels' widths of a marked one: for a small radius quicker than a distance map."""
    ball = [step for step in np.ndindex((2 * radius + 1,) * 3) if sum((a - radius) ** 2 for a in step) <= radius**2]
    padded = np.pad(voxels, radius)
    grown = np.zeros_like(voxels)
    for step in ball:
        grown |= padded[tuple(slice(a, a + n) for a, n in zip(step, voxels.shape, strict=True))]
    return grown


def _reached(air: np.ndarray, axis: int) -> np.ndarray:
    """The air that is reached from the front by going back and sideways, never forward again.

    So it fills the folds of the skin, but not the lungs from a back that is too dark to differ from air.
    """
    planes = np.moveaxis(air, axis, 0)
    reached = np.zeros_like(planes)
    begin = int(np.argmax(planes.any(axis=(1, 2))))
    reached[begin] = planes[begin]
    for k in range(begin + 1, len(planes)):
        labels, _ = ndimage.label(planes[k])
        entered = np.unique(labels[reached[k - 1]])
        reached[k] = np.isin(labels, entered[entered > 0])
    return np.moveaxis(reached, 0, axis)
