"""The breast: body less skin less chest wall, the tissue in which a peritumoral shell may lie.

``find_anatomy`` is the seam: a learned segmentation, or segments from a scene, can take its place or give it masks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import InputError
from ..imaging.geometry import (
    Box,
    array_to_image,
    bounding_box,
    crop,
    isotropic_grid,
    mask_array,
    mask_image,
    resample,
    spacing_zyx,
)  # fmt: skip
from .body import body_mask
from .chest_wall import Wall, find_wall
from .columns import index_to_point, make_columns
from .skin import DEFAULT_SKIN_MM, Skin, find_skin

Mask = NDArray[np.bool_]

_GRID_MM = 2.0
_AROUND_FOCUS_MM = 25.0
_NEAR_MM = 10.0
_BEHIND_AXIS_MM = 20.0  # no breast reaches farther back than this behind the middle of the thorax
_HIDDEN_WALL_MM = 3.0
_SKIN_SHOWN = 0.25
_WALL_SEEN = 0.2
_NONE: Mapping[str, sitk.Image] = MappingProxyType({})


@dataclass(frozen=True)
class Anatomy:
    """Masks on the image's grid, unsigned 8-bit, 0 or 1; skin, chest wall and breast are disjoint parts of the body.

    Attributes:
        status: ``complete``: skin and chest wall were seen in the image or given; ``partial``: one of them, or a part
            of the chest wall, was neither; ``outline``: neither was, and only skin of default thickness is cut.
        warnings: what was not seen, in words.
    """

    body: sitk.Image
    skin: sitk.Image
    chest_wall: sitk.Image
    breast: sitk.Image
    status: str
    warnings: tuple[str, ...]


def find_anatomy(
    image: sitk.Image, modality: str, given: Mapping[str, sitk.Image] = _NONE, focus: sitk.Image | None = None
) -> Anatomy:
    """Body, skin, chest wall and breast of a breast MRI or a chest CT.

    Args:
        image: scalar; any orientation, its direction tells front from back.
        modality: ``MR`` or ``CT``.
        given: the user's own ``skin``, ``chest_wall`` or ``breast``, 0 or 1 on the image's grid; each replaces the
            automatic one.
        focus: a tumour, 0 or 1 on the image's grid: the skin is looked for at full resolution about it, and neither
            it nor its rim is taken for skin or chest wall.

    Raises:
        InputError: no body in the image, or the focus lies outside of it.
    """
    picture = sitk.Cast(image, sitk.sitkFloat32)
    body = body_mask(picture, modality)
    tumour = None if focus is None else mask_array(focus)
    if tumour is not None and not (tumour & mask_array(body)).any():
        raise InputError("a tumour inside the body", "all of it in air", "check that contour and image belong together")
    coarse, coarse_body, coarse_focus = _coarse(picture, body, focus)
    warnings: list[str] = []
    wall = mask_array(given["chest_wall"]) if "chest_wall" in given else None
    wall_seen = wall is not None
    if wall is None:
        wall, wall_seen = _chest_wall(coarse, coarse_body, coarse_focus, modality, image, tumour, warnings)
    inside = mask_array(body).copy()
    skin = mask_array(given["skin"]) if "skin" in given else None
    skin_seen = skin is not None
    if skin is None:
        skin, skin_seen = _skin(picture, body, coarse_body, modality, focus, inside, warnings)
    skin, wall = skin & inside, wall & inside
    if "chest_wall" in given and "skin" not in given:
        skin &= ~wall
    else:
        wall &= ~skin
    breast = inside & ~skin & ~wall
    if "breast" in given:
        breast = mask_array(given["breast"]) & inside
        for name, part in (("skin", skin), ("chest_wall", wall)):
            breast &= ~part if name in given else True
        warnings, wall_seen, skin_seen = [], True, True
    if tumour is not None and (tumour & wall).sum() > 0.5 * tumour.sum():
        warnings.append("More than half of the tumour lies in what was found to be chest wall: check the contour.")
    status = "complete" if skin_seen and wall_seen else "partial" if skin_seen or wall.any() else "outline"
    parts = (inside, skin & ~breast, wall & ~breast, breast)
    body, rind, behind, tissue = (mask_image(part, image) for part in parts)
    return Anatomy(body, rind, behind, tissue, status, tuple(warnings))


def _coarse(
    picture: sitk.Image, body: sitk.Image, focus: sitk.Image | None
) -> tuple[sitk.Image, sitk.Image, sitk.Image | None]:
    """The image averaged, body and focus as shares, on voxels of at least about the working grid's size."""
    factors = [max(1, int(_GRID_MM / edge + 0.35)) for edge in picture.GetSpacing()]
    shares = [None if m is None else sitk.BinShrink(sitk.Cast(m, sitk.sitkFloat32), factors) for m in (body, focus)]
    return sitk.BinShrink(picture, factors), shares[0], shares[1]


def _chest_wall(
    image: sitk.Image, body: sitk.Image, focus: sitk.Image | None, modality: str, like: sitk.Image,
    tumour: Mask | None, warnings: list[str],
) -> tuple[Mask, bool]:  # fmt: skip
    """The chest wall on the grid of ``like``, and whether it was seen wherever it matters."""
    hidden = None
    if focus is not None:
        away = sitk.SignedMaurerDistanceMap(focus > 0.5, squaredDistance=False, useImageSpacing=True)
        hidden = sitk.Cast(away < _HIDDEN_WALL_MM, sitk.sitkFloat32)
    wall = find_wall(image, body > 0.5, modality, make_columns(body > 0.5), hidden)
    supported = wall.supported()
    if wall.seen_share < _WALL_SEEN:
        warnings.append("The chest wall is not to be seen in the image: the shell is not clipped at it.")
        return np.zeros(like.GetSize()[::-1], bool), False
    level, known = _level(wall, supported, like)
    behind = level >= 0
    if tumour is None:
        whole = bool(supported.mean() > 0.9)
        if not whole:
            warnings.append("A part of the chest wall is not to be seen; there nothing is clipped.")
        return behind, whole
    if not known[tumour].all():
        warnings.append("The chest wall is not to be seen behind all of the tumour; there the shell is not clipped.")
        return behind, False
    return behind, True


def _level(wall: Wall, supported: Mask, like: sitk.Image) -> tuple[NDArray[np.float32], Mask]:
    """Depth behind the chest wall's front in mm on the grid of ``like``, by way of a coarse one; and where known."""
    grid = isotropic_grid(like, _GRID_MM)
    size = grid.GetSize()
    k, j, i = np.meshgrid(*(np.arange(n) for n in size[::-1]), indexing="ij", sparse=True)
    step, origin = index_to_point(grid), np.array(grid.GetOrigin())
    x, y, z = (step[a, 0] * i + step[a, 1] * j + step[a, 2] * k + origin[a] for a in range(3))
    row, column, depth = wall.columns.locate(np.stack(np.broadcast_arrays(x, y, z)))
    at = np.stack([row, column]).astype(np.float32)
    front = ndimage.map_coordinates(wall.depth_mm, at, order=1, mode="nearest")
    known = ndimage.map_coordinates(supported.astype(np.float32), at, order=1, mode="nearest") > 0.5
    level = np.where(known, depth - front, -50.0)
    if wall.columns.axis is not None:
        level = np.maximum(level, y - wall.columns.axis[1] - _BEHIND_AXIS_MM)
    fine = resample(array_to_image(level.astype(np.float32), grid), like, sitk.sitkLinear)
    known_fine = resample(mask_image(known, grid), like, sitk.sitkNearestNeighbor)
    return sitk.GetArrayFromImage(fine), mask_array(known_fine)


def _skin(
    picture: sitk.Image, body: sitk.Image, coarse_body: sitk.Image, modality: str, focus: sitk.Image | None,
    inside: Mask, warnings: list[str],
) -> tuple[Mask, bool]:  # fmt: skip
    """The skin on the image's grid, and whether it was seen. Refines ``inside`` where the image shows more."""
    box: Box = ((0, 0, 0), picture.GetSize())
    thickness = DEFAULT_SKIN_MM
    found: Skin | None = None
    if focus is not None:
        box = bounding_box(focus, _AROUND_FOCUS_MM)
        away = sitk.SignedMaurerDistanceMap(crop(focus, box), squaredDistance=False, useImageSpacing=True)
        found = find_skin(crop(picture, box), crop(body, box), modality, sitk.GetArrayFromImage(away))
    else:
        factors = [max(1, int(_GRID_MM / edge + 0.35)) for edge in picture.GetSpacing()]
        found = find_skin(sitk.BinShrink(picture, factors), coarse_body > 0.5, modality)
    thickness = float(np.median(found.thickness_mm)) if found.shown else DEFAULT_SKIN_MM
    skin = inside & (_depth(coarse_body, picture) < thickness)
    if focus is not None:
        part = tuple(slice(i, i + n) for i, n in zip(reversed(box[0]), reversed(box[1]), strict=True))
        inside[part] &= found.depth_mm > 0
        skin[part] = inside[part] & (found.depth_mm < found.thickness_mm)
    near = focus is None or bool((found.depth_mm[sitk.GetArrayViewFromImage(away) < _NEAR_MM] < DEFAULT_SKIN_MM).any())
    if near and found.shown < _SKIN_SHOWN:
        warnings.append(f"The skin does not stand out in the image: taken to be {DEFAULT_SKIN_MM:g} mm thick.")
        return skin, False
    return skin, True


def _depth(coarse_body: sitk.Image, like: sitk.Image) -> NDArray[np.float32]:
    """Depth below the body's surface on the grid of ``like``, from shares of body on a coarse grid."""
    share = sitk.GetArrayFromImage(coarse_body)
    edges = spacing_zyx(coarse_body)
    inside = share > 0.5
    depth = ndimage.distance_transform_edt(inside, sampling=edges) - ndimage.distance_transform_edt(
        ~inside, sampling=edges
    )
    depth -= np.sign(depth) * edges.mean() / 2
    on_grid = array_to_image(depth.astype(np.float32), coarse_body)
    return sitk.GetArrayFromImage(resample(on_grid, like, sitk.sitkLinear))
