"""Patches for deep features: a region's box, normalized and resized to the cube that a network takes.

Jang et al. (section 2.6) resample to isotropic voxels, crop to the segmentation, normalize and resize to 64 x 64 x 64.
MedicalNet's own preprocessing fills what lies outside with random noise of zero mean; here it is that mean, so that
features repeat.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import InputError
from ..imaging.geometry import mask_array, mask_image
from ..protocol import DeepPatches
from .handcrafted import region_mask
from .medicalnet import PATCH_SIZE
from .preparation import PreparedImage, empty_region

ORIENTATION = "LPS"
"""Of a patch: its axes z, y, x run to superior, posterior and left, as nearly as the image's own axes allow, so that
the order in which a file stores its voxels does not matter."""


def region_patch(prepared: PreparedImage, region: str, settings: DeepPatches) -> NDArray[np.float32]:
    """What a network sees of a region.

    Returns:
        (64, 64, 64), axes z, y, x. Each axis is stretched or shrunk on its own to fill the cube.

    Raises:
        InputError: no voxel of the region, or a region without contrast where it is to be normalized.
    """
    local = _local_mask(prepared.masks[region], prepared.image)
    if not mask_array(local).any():
        raise empty_region(region, prepared.contour)
    image, mask = (sitk.DICOMOrient(volume, ORIENTATION) for volume in (prepared.image, local))
    values, inside = sitk.GetArrayFromImage(image), mask_array(mask)
    wide = round(settings.margin_mm / image.GetSpacing()[0])
    seen = inside if settings.outside == "constant" else np.ones_like(inside)
    box = _box(inside, wide)
    values, seen = (np.pad(array, wide)[box] for array in (values, seen))
    if settings.normalization == "zscore":
        values = _zscore(values, seen, f"region {region} of contour {prepared.contour}")
    return resized(np.where(seen, values, 0.0), PATCH_SIZE).astype(np.float32)


def _local_mask(mask: sitk.Image, grid: sitk.Image) -> sitk.Image:
    """The region on the prepared image's grid, by nearest neighbour.

    A region so thin that it falls between the grid's voxel centres is marked where its own voxels lie.
    """
    local = region_mask(mask, grid)
    if mask_array(local).any():
        return local
    marked = np.zeros(grid.GetSize()[::-1], bool)
    for z, y, x in np.argwhere(mask_array(mask)):
        point = mask.TransformIndexToPhysicalPoint((int(x), int(y), int(z)))
        i, j, k = grid.TransformPhysicalPointToIndex(point)
        if all(0 <= at < size for at, size in zip((i, j, k), grid.GetSize(), strict=True)):
            marked[k, j, i] = True
    return mask_image(marked, grid)


def _box(inside: NDArray[np.bool_], wide: int) -> tuple[slice, ...]:
    """The region's box with ``wide`` voxels on each side, in an array padded by as many."""
    found = []
    for axis in range(inside.ndim):
        occupied = np.flatnonzero(inside.any(axis=tuple(a for a in range(inside.ndim) if a != axis)))
        found.append(slice(int(occupied[0]), int(occupied[-1]) + 1 + 2 * wide))
    return tuple(found)


def _zscore(values: NDArray[np.float64], seen: NDArray[np.bool_], name: str) -> NDArray[np.float64]:
    chosen = values[seen]
    deviation = chosen.std()
    if not deviation > 0:
        raise InputError(f"contrast in {name}", f"the same value in all {chosen.size} voxels", "check the contour")
    return (values - chosen.mean()) / deviation


def resized(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """The volume (z, y, x) as a cube of ``size`` voxels over the same extent.

    Linear interpolation between voxel centres; where an axis is shrunk, the triangle is as wide as the new voxels, so
    that nothing is skipped.
    """
    along_z, along_y, along_x = (_linear_weights(length, size) for length in values.shape)
    return np.tensordot(along_z, along_y @ (values @ along_x.T), axes=1)


def _linear_weights(length: int, size: int) -> NDArray[np.float64]:
    """Weights (size, length) of the old voxels in each new one."""
    scale = length / size
    centres = (np.arange(size) + 0.5) * scale - 0.5
    distance = np.abs(np.arange(length) - centres[:, None]) / max(scale, 1.0)
    weights = np.clip(1.0 - distance, 0.0, None)
    return weights / weights.sum(axis=1, keepdims=True)
