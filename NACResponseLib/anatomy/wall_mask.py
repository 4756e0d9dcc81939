"""The chest wall drawn on an image's grid, and how far it is to be trusted at a tumour."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from ..imaging.geometry import (
    Box,
    array_to_image,
    averaged,
    bounding_box,
    crop,
    isotropic_subgrid,
    mask_array,
    reaches,
    spacing_zyx,
)
from .columns import index_to_point
from .surface import distance_to
from .survey import coarse_factors
from .wall import Wall

Mask = NDArray[np.bool_]

WALL_SEEN = 0.5
_SEEN_SHARE = 0.1
_GRID_MM = 2.0
_HIDDEN_MM = 3.0
_BEHIND_AXIS_MM = 20.0  # no breast reaches farther back than this behind the middle of the thorax,
_BEHIND_TUMOUR_MM = 20.0  # unless a tumour of it lies there
_DOUBT_MM = 20.0  # about a tumour at which the chest wall is not to be trusted
_MOST, _ALL = 0.5, 0.9  # of a tumour behind the wall found
_FAR_MM, _FAR_FROM_WALL = 35.0, 0.75  # so far in front of it the wall need not be seen; errors of 20 mm were


def draw_wall(
    wall: Wall, pointed: bool, focus: sitk.Image | None, image: sitk.Image, box: Box, warnings: list[str]
) -> tuple[Mask, float]:
    """The chest wall in a box of the image's grid, and how far it is to be trusted at the tumour, 0 to 1.

    Args:
        pointed: a reader's points helped to find it.
        focus: the tumour, 0 or 1 on the image's grid: beneath it the wall goes on as about it.
        warnings: what was not seen is added.
    """
    if wall.seen_share < _SEEN_SHARE and not pointed:
        warnings.append("The chest wall is not to be seen in the image: the shell is not clipped at it.")
        return np.zeros(box[1][::-1], bool), 0.0
    if focus is None:
        supported = wall.supported()
        if supported.mean() <= 0.9:
            warnings.append("A part of the chest wall is not to be seen; there nothing is clipped.")
        return _drawn(wall, supported, image, box)[0], float(np.median(wall.confidence[wall.possible]))
    wall = wall.beneath(_hidden(focus))
    part = crop(focus, box)
    there = bounding_box(part)
    tumour = crop(part, there)
    behind, known = _drawn(wall, wall.supported(), image, box, there, _backmost(tumour) + _BEHIND_TUMOUR_MM)
    inside, (sure, ahead_mm) = mask_array(tumour), _at_tumour(wall, tumour)
    if ahead_mm > _FAR_MM:
        return behind, max(sure, _FAR_FROM_WALL)
    swallowed = float(behind[_slices(there)][inside].mean())
    if sure < WALL_SEEN:
        clipped = "The chest wall is hardly to be seen at the tumour: nothing is clipped there; give points on it."
    elif swallowed > _ALL:
        clipped = "All of the tumour lies behind the chest wall found: it is not clipped at there; check both."
    elif swallowed > _MOST:
        clipped = f"{100 * swallowed:.0f} % of the tumour lies behind the chest wall found: check both."
    elif not known[inside].all():
        clipped = "The chest wall is not to be seen behind all of the tumour; there the shell is not clipped."
    else:
        return behind, sure
    warnings.append(clipped)
    if sure < WALL_SEEN or swallowed > _ALL:
        about = bounding_box(part, _DOUBT_MM)
        behind[_slices(about)] &= distance_to(mask_array(crop(part, about)), spacing_zyx(image)) > _DOUBT_MM
    return behind, min(sure, WALL_SEEN - 0.01)


def _slices(box: Box) -> tuple[slice, ...]:
    return tuple(slice(i, i + n) for i, n in zip(reversed(box[0]), reversed(box[1]), strict=True))


def _backmost(tumour: sitk.Image) -> float:
    """The greatest y, LPS, of a tumour's voxels, mm."""
    places = np.argwhere(mask_array(tumour))[:, ::-1] @ index_to_point(tumour)[1]
    return float(places.max() + tumour.GetOrigin()[1])


def _hidden(tumour: sitk.Image) -> sitk.Image:
    """Where a tumour, or what is close to it, hides the chest wall: 0 or 1 on a coarser grid about it."""
    near = crop(tumour, bounding_box(tumour, _HIDDEN_MM + 3 * _GRID_MM))
    share = averaged(near, coarse_factors(near))
    away = sitk.SignedMaurerDistanceMap(share > 0.5, squaredDistance=False, useImageSpacing=True)
    return sitk.Cast(away < _HIDDEN_MM, sitk.sitkFloat32)


def _at_tumour(wall: Wall, tumour: sitk.Image) -> tuple[float, float]:
    """Confidence in the wall on the columns of a tumour and about it, that of its least sure quarter; and how far in
    front of the wall the tumour ends, mm."""
    inside = np.argwhere(mask_array(tumour))[:: max(1, int(mask_array(tumour).sum()) // 2000)]
    places = index_to_point(tumour) @ inside[:, ::-1].T + np.array(tumour.GetOrigin())[:, None]
    row, column, depth = wall.columns.locate(places)
    values, front = (
        ndimage.map_coordinates(of, np.stack([row, column]), order=1, mode="nearest")
        for of in (wall.confidence, wall.depth_mm)
    )
    return float(np.clip(np.percentile(values, 25), 0, 1)), float((front - depth).min())


def _drawn(
    wall: Wall,
    supported: Mask,
    image: sitk.Image,
    box: Box,
    there: Box = ((0, 0, 0), (0, 0, 0)),
    breast_to: float = -np.inf,
) -> tuple[Mask, Mask]:
    """What lies behind the chest wall in a box of the image's grid, by way of a coarse grid; where that is known.

    Args:
        there: the part of the box in which it matters what is known.
        breast_to: y, LPS, mm, as far back as which breast is known to reach.
    """
    grid = isotropic_subgrid(image, _GRID_MM, box)
    size = grid.GetSize()
    level, known = (np.empty(size[::-1], np.float32) for _ in range(2))
    j, i = np.meshgrid(*(np.arange(n) for n in size[1::-1]), indexing="ij", sparse=True)
    step, origin, seen = index_to_point(grid), np.array(grid.GetOrigin()), supported.astype(np.float32)
    for k in range(size[2]):  # one plane after the other, which bounds memory
        x, y, z = (step[a, 0] * i + step[a, 1] * j + step[a, 2] * k + origin[a] for a in range(3))
        row, column, depth = wall.columns.locate(np.stack(np.broadcast_arrays(x, y, z)))
        at = np.stack([row, column]).astype(np.float32)
        front, sure = (ndimage.map_coordinates(of, at, order=1, mode="nearest") for of in (wall.depth_mm, seen))
        known[k] = sure > 0.5
        level[k] = np.where(known[k], depth - front, -50.0)
        if wall.columns.axis is not None:
            level[k] = np.maximum(level[k], y - max(wall.columns.axis[1] + _BEHIND_AXIS_MM, breast_to))
    part = crop(image, box)
    known_there = reaches(array_to_image(known, grid), part, 0.5)[_slices(there)].copy()
    return reaches(array_to_image(level, grid), part, 0.0), known_there
