"""Breast implants: a smooth, uniform, convex body in front of the ribs, with another tissue all around it.

Gland is lobed, fat goes on beyond any part of it, and heart, vessels and liver lie behind the trunk's surface. So a
quiet region is an implant where it is large, nearly as large as its convex hull, and bounded on all sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from ..imaging.geometry import isotropic_grid, mask_array, mask_image, resample
from .columns import DEPTH_STEP_MM, Columns, index_to_point, sample
from .landmarks import trunk_entry

Mask = NDArray[np.bool_]

_GRID_MM = 4.0
_SKIN_MM, _LEAST_ML, _MOST_ML = 5.0, 60.0, 1200.0
_MOST_OF_BODY = 0.5  # a uniform body is not an implant in the air
_CT_QUIET, _MR_QUIET = (15.0, 75.0), (0.15, 0.25)  # spread within, and what its edge may differ: HU; logarithm
_STRICTER = (1.0, 0.7, 0.5)  # a less clear edge lets a region run out into what is beyond it
_NEAR_BEYOND = 2.0  # voxels
_BEHIND_TRUNK_MM = 12.0  # the middle of an implant lies no farther behind the trunk's surface
_SURE = (0.85, 0.55)
_UNSURE = (0.8, 0.5)
"""Share of the convex hull, and of the surface with another tissue beyond it."""


@dataclass(frozen=True)
class Implants:
    """Attributes:
    mask: 0 or 1 on a grid of its own.
    volume_ml: of all of them.
    sure: whether they are clear enough to be taken out of the breast.
    """

    mask: sitk.Image
    volume_ml: float
    sure: bool

    @property
    def warning(self) -> str:
        """In words."""
        what = f"What looks like an implant ({self.volume_ml:.0f} ml) lies in the image"
        return f"{what}: " + ("it is not taken for breast tissue; check." if self.sure else "check the shell there.")


def find_implants(image: sitk.Image, body: sitk.Image, modality: str, columns: Columns) -> Implants | None:
    """Implants, or what may be one; None where there is none.

    Args:
        image: float; ``body``: the body on a grid of its own.
        modality: ``MR`` or ``CT``.
        columns: through the body.
    """
    grid = isotropic_grid(image, _GRID_MM)
    values = sitk.GetArrayFromImage(resample(image, grid, sitk.sitkLinear)).astype(np.float32)
    inside = mask_array(resample(body, grid, sitk.sitkNearestNeighbor))
    deep = ndimage.distance_transform_edt(inside) * _GRID_MM > _SKIN_MM
    if not deep.any():
        return None
    if modality == "CT":
        levels, (quiet, alike) = np.clip(values, -400, 400), _CT_QUIET
    else:
        levels = np.log(np.maximum(values, 0.05 * np.median(values[deep]) + 1e-6))
        quiet, alike = _MR_QUIET
    mean = ndimage.uniform_filter(levels, 3)
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(levels**2, 3) - mean**2, 0))
    least, most = (ml * 1000 / _GRID_MM**3 for ml in (_LEAST_ML, _MOST_ML))
    most = min(most, _MOST_OF_BODY * inside.sum())
    found, sure = np.zeros(values.shape, bool), True
    for strict in _STRICTER:
        cores, _ = ndimage.label(ndimage.binary_erosion(deep & ~found & (spread < strict * quiet)))
        for label in np.flatnonzero(np.bincount(cores.ravel()) > least / 4)[1:]:
            core = cores == label
            level = float(np.median(levels[core]))
            part = _grown(core, (np.abs(levels - level) < strict * alike) & ~found)
            if not least < part.sum() < most or _at_border(part) or not _ahead(part, grid, body, columns):
                continue
            shape, bounded = _solidity(part), _bounded(part, levels, level, strict * quiet)
            if shape < _UNSURE[0] or bounded < _UNSURE[1]:
                continue
            found |= _to_half_way(part, levels, level) & inside
            sure &= shape > _SURE[0] and bounded > _SURE[1]
    if not found.any():
        return None
    return Implants(mask_image(found, grid), float(found.sum()) * _GRID_MM**3 / 1000, sure)


def _grown(core: Mask, alike: Mask) -> Mask:
    """The core and what is like it within two voxels: what was eroded and blurred."""
    return np.asarray(ndimage.binary_fill_holes(ndimage.binary_dilation(core, iterations=2, mask=alike | core)))


def _to_half_way(part: Mask, levels: NDArray[np.float32], level: float) -> Mask:
    """The part with the voxels next to it that are more like it than like what lies beyond them."""
    near = ndimage.binary_dilation(part)
    beyond = (ndimage.binary_dilation(near) & ~near).astype(np.float32)
    share = np.maximum(ndimage.gaussian_filter(beyond, _NEAR_BEYOND), 1e-6)
    outside = ndimage.gaussian_filter(levels * beyond, _NEAR_BEYOND) / share
    return np.asarray(part | (near & (np.abs(levels - level) < np.abs(levels - outside))))


def _at_border(part: Mask) -> bool:
    return any(bool(part.take(end, axis).any()) for axis in range(3) for end in (0, -1))


def _solidity(part: Mask) -> float:
    """Volume over that of the convex hull of the middles of the voxels' faces."""
    points = np.argwhere(part & ~ndimage.binary_erosion(part))
    faces = (points[:, None] + np.concatenate([np.eye(3), -np.eye(3)]) / 2).reshape(-1, 3)
    try:
        return float(part.sum() / ConvexHull(faces).volume)
    except QhullError:
        return 0.0


def _bounded(part: Mask, levels: NDArray[np.float32], level: float, quiet: float) -> float:
    """Share of a layer around the part, one voxel away, that holds another tissue."""
    near = ndimage.binary_dilation(part)
    layer = ndimage.binary_dilation(near, iterations=2) & ~near
    return float((np.abs(levels[layer] - level) > 2 * quiet).mean())


def _ahead(part: Mask, grid: sitk.Image, body: sitk.Image, columns: Columns) -> bool:
    """Whether the middle of the part lies in front of the ribs."""
    entry, trunk = trunk_entry(sample(body, columns.points(), np.nan), columns.axis is not None)
    middle = index_to_point(grid) @ np.argwhere(part).mean(axis=0)[::-1] + np.array(grid.GetOrigin())
    row, column, depth = (float(a) for a in columns.locate(middle))
    i, j = (int(np.clip(round(a), 0, n - 1)) for a, n in zip((row, column), trunk.shape, strict=True))
    surface = trunk[i, j] if np.isfinite(trunk[i, j]) else np.nanmax(entry)
    return bool(depth < surface * DEPTH_STEP_MM + _BEHIND_TRUNK_MM)
