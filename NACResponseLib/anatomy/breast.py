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
    mask_array,
    mask_image,
    reaches,
    spacing_zyx,
)
from ..memory import return_freed
from .body import Outline
from .skin import DEFAULT_SKIN_MM, find_skin
from .surface import signed_distance
from .survey import Survey, survey
from .wall_mask import WALL_SEEN, draw_wall

Mask = NDArray[np.bool_]

_AROUND_FOCUS_MM = 25.0
_NEAR_MM = 10.0
_SKIN_REACH_MM = 12.0  # no skin is thicker
SKIN_SEEN = 0.25
_FAR_FROM_SKIN = 0.75
_SWALLOWED = 0.5
_CT_LUNG_HU, _CT_BONE_HU, _CT_LEAST_BONE_MM3 = -300.0, 250.0, 300.0
_NONE: Mapping[str, sitk.Image] = MappingProxyType({})
NOT_CLIPPED = "not clipped"


@dataclass(frozen=True)
class Anatomy:
    """Masks on the image's grid, unsigned 8-bit, 0 or 1.

    Skin, chest wall and breast are disjoint, and all of the body but implants.

    Attributes:
        box: the part of the image that the masks cover.
        outline: of the body, in the whole image.
        status: ``complete``: skin and chest wall were seen in the image or given; ``partial``: one of them, or a part
            of the chest wall, was neither, or contradicts the tumour, or leaves nothing of the shell; ``outline``:
            neither was, and only skin of default thickness is cut.
        warnings: what was not seen, in words.
        skin_confidence, wall_confidence: 0 to 1, how far the skin and the chest wall at the tumour are to be trusted
            (1: given by the reader; from 0.25, of skin, and 0.5, of the chest wall, on: seen; 0: not there).
    """

    box: Box
    outline: Outline
    body: sitk.Image
    skin: sitk.Image
    chest_wall: sitk.Image
    breast: sitk.Image
    status: str
    warnings: tuple[str, ...]
    skin_confidence: float = 0.0
    wall_confidence: float = 0.0

    @property
    def confidence_in_words(self) -> dict[str, str]:
        """``skin`` and ``chest_wall``, each as ``clearly seen (0.82)``; empty where nothing was to be clipped."""
        if self.status == NOT_CLIPPED:
            return {}
        parts = {"skin": self.skin_confidence, "chest_wall": self.wall_confidence}
        return {name: f"{_in_words(value)} ({value:.2f})" for name, value in parts.items()}


def find_anatomy(
    image: sitk.Image,
    modality: str,
    given: Mapping[str, sitk.Image] = _NONE,
    focus: sitk.Image | None = None,
    around_mm: float | None = None,
    wall_points: NDArray[np.float64] | None = None,
    known: Survey | None = None,
) -> Anatomy:
    """Body, skin, chest wall and breast of a breast MRI or a chest CT.

    Body and chest wall are those of the image, whatever is contoured in it.

    Args:
        image: scalar; any orientation, its direction gives front and back.
        modality: ``MR`` or ``CT``.
        given: the user's own ``skin``, ``chest_wall`` or ``breast``, 0 or 1 on the image's grid; each replaces the
            automatic one.
        focus: a tumour, 0 or 1 on the image's grid: the skin is looked for at full resolution about it, and neither
            it nor its rim is taken for skin or chest wall.
        around_mm: draw no more than so far about the focus, at least 25 mm; the whole image if None.
        wall_points: (n, 3) a reader's points on the front of the pectoral muscle, LPS, mm: the chest wall passes
            through them.
        known: what ``survey`` found in the same image, with the same points; looked for anew if None.

    Raises:
        InputError: no body in the image, or the focus lies outside of it.
    """
    if known is None:
        known = survey(image, modality, wall_points, with_wall="chest_wall" not in given)
    outline = known.outline
    box: Box = ((0, 0, 0), image.GetSize())
    if focus is not None and around_mm is not None:
        box = bounding_box(focus, max(around_mm, _AROUND_FOCUS_MM))
    part = crop(image, box)
    given = {name: crop(mask, box) for name, mask in given.items()}
    tumour = None if focus is None else crop(focus, box)
    body = outline.mask(part)
    inside = mask_array(body)
    if tumour is not None and not (mask_array(tumour) & inside).any():
        raise InputError("a tumour inside the body", "all of it in air", "check that contour and image belong together")
    warnings: list[str] = []
    if "chest_wall" in given or known.wall is None:
        wall, wall_sure = mask_array(given["chest_wall"]), 1.0
    else:
        wall, wall_sure = draw_wall(known.wall, known.pointed, focus, image, box, warnings)
    if "skin" in given:
        skin, skin_sure = mask_array(given["skin"]), 1.0
    elif not outline.air:
        skin, skin_sure = np.zeros_like(inside), 0.0
        warnings.append("The image shows no air in front of the body: nothing in it is taken for skin.")
    else:
        skin, skin_sure = _skin(part, body, known, tumour, inside, warnings)
        return_freed()
    skin &= inside
    wall &= inside
    if "chest_wall" in given and "skin" not in given:
        skin &= ~wall
    else:
        wall &= ~skin
    if modality == "CT":
        wall |= _not_soft(part) & inside & ~skin
    breast = np.logical_not(skin | wall)
    breast &= inside
    if known.implants is not None:
        warnings.append(known.implants.warning)
        if known.implants.sure:
            breast &= ~reaches(sitk.Cast(known.implants.mask, sitk.sitkFloat32), part, 0.5)
    if "breast" in given:
        breast = mask_array(given["breast"]) & inside
        for name, taken in (("skin", skin), ("chest_wall", wall)):
            breast &= ~taken if name in given else True
        warnings, wall_sure, skin_sure = [], 1.0, 1.0
    if tumour is not None and "chest_wall" in given and wall[mask_array(tumour)].mean() > _SWALLOWED:
        warnings.append("More than half of the tumour lies in the given chest wall: check the contour.")
    seen = (skin_sure >= SKIN_SEEN, wall_sure >= WALL_SEEN)
    status = "complete" if all(seen) else "partial" if any(seen) or wall.any() else "outline"
    skin &= ~breast
    wall &= ~breast
    voxels = {"body": inside, "skin": skin, "chest_wall": wall, "breast": breast}
    del body, inside, skin, wall, breast  # of large images, no mask is to be there twice
    return Anatomy(
        box=box,
        outline=outline,
        **{name: mask_image(voxels.pop(name), part) for name in tuple(voxels)},
        status=status,
        warnings=tuple(warnings),
        skin_confidence=skin_sure,
        wall_confidence=wall_sure,
    )


def whole_image(image: sitk.Image, box: Box) -> Anatomy:
    """An anatomy that clips at nothing: all of the image is body and breast."""
    part = crop(image, box)
    everything, nothing = (mask_image(np.full(part.GetSize()[::-1], value), part) for value in (True, False))
    outline = Outline(sitk.Cast(everything, sitk.sitkFloat32), -np.inf, air=False)
    return Anatomy(box, outline, everything, nothing, nothing, everything, NOT_CLIPPED, ())


def _in_words(confidence: float) -> str:
    for least, words in (
        (0.995, "given or certain"),
        (0.75, "clearly seen, or far from the tumour"),
        (0.5, "seen"),
        (0.25, "doubtful"),
    ):
        if confidence >= least:
            return words
    return "not seen"


def _not_soft(part: sitk.Image) -> Mask:
    """Lung on CT, and bone, whatever the sheet in front of them; calcifications and clips are smaller than bones."""
    hounsfield = sitk.GetArrayViewFromImage(part)
    labels, _ = ndimage.label(hounsfield > _CT_BONE_HU)
    bones = np.bincount(labels.ravel()) * spacing_zyx(part).prod() > _CT_LEAST_BONE_MM3
    bones[0] = False
    return np.asarray((hounsfield < _CT_LUNG_HU) | bones[labels])


def _skin(
    part: sitk.Image, body: sitk.Image, known: Survey, tumour: sitk.Image | None, inside: Mask, warnings: list[str]
) -> tuple[Mask, float]:
    """The skin on the grid of ``part``, and how far it is to be trusted. Refines ``inside`` where the image does."""
    if tumour is None:
        found = find_skin(known.coarse, known.body, known.modality)
    else:
        near = bounding_box(tumour, _AROUND_FOCUS_MM)
        away = sitk.SignedMaurerDistanceMap(crop(tumour, near), squaredDistance=False, useImageSpacing=True)
        found = find_skin(crop(part, near), crop(body, near), known.modality, sitk.GetArrayViewFromImage(away))
    thickness = float(np.median(found.thickness_mm)) if found.shown else DEFAULT_SKIN_MM
    deeper = _deeper(known.body, part, thickness)
    skin = np.logical_not(deeper, out=deeper)
    skin &= inside
    if tumour is not None:
        there = tuple(slice(i, i + n) for i, n in zip(reversed(near[0]), reversed(near[1]), strict=True))
        inside[there] &= found.depth_mm > 0
        skin[there] = inside[there] & (found.depth_mm < found.thickness_mm)
        close = sitk.GetArrayViewFromImage(away) < _NEAR_MM
    matters = tumour is None or bool((found.depth_mm[close] < DEFAULT_SKIN_MM).any())
    if matters and found.shown < SKIN_SEEN:
        warnings.append(f"The skin does not stand out in the image: taken to be {DEFAULT_SKIN_MM:g} mm thick.")
    return skin, float(found.shown if matters else max(found.shown, _FAR_FROM_SKIN))


def _deeper(coarse_body: sitk.Image, like: sitk.Image, depth_mm: float) -> Mask:
    """What lies at least so deep below the body's surface on the grid of ``like``, from a coarse one."""
    near = sitk.RegionOfInterest(coarse_body, *_covering(coarse_body, like, _SKIN_REACH_MM))
    edges = spacing_zyx(near)
    depth = -signed_distance(mask_array(near), edges)
    depth -= np.sign(depth) * np.float32(edges.mean() / 2)
    return reaches(array_to_image(depth, near), like, depth_mm)


def _covering(coarse: sitk.Image, part: sitk.Image, margin_mm: float) -> tuple[list[int], list[int]]:
    """Size and index of what of a coarse grid covers a finer one of the same orientation, and a margin about it."""
    first, last = (
        np.array(coarse.TransformPhysicalPointToContinuousIndex(part.TransformIndexToPhysicalPoint(corner)))
        for corner in ((0, 0, 0), tuple(n - 1 for n in part.GetSize()))
    )
    wide = margin_mm / np.array(coarse.GetSpacing())
    low = np.maximum(np.floor(first - wide), 0).astype(int)
    high = np.minimum(np.ceil(last + wide) + 1, coarse.GetSize()).astype(int)
    return (high - low).tolist(), low.tolist()
