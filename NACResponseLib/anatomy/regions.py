"""The regions of a contour on one image: the tumour, its shell, and what the shell was clipped at.

Whatever uses a shell (score, extraction, the command ``shell``, Slicer) gets it here. Where no shell is asked for, or
the image shows no skin and chest wall to clip it at (ultrasound, 2D images), there is the tumour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import SimpleITK as sitk

from ..case import Case
from ..errors import InputError, unknown_name
from ..imaging.geometry import Box, bounding_box, crop, mask_array, mask_image, mask_onto, paste, voxel_volume
from ..imaging.planar import is_plane, on_pixels
from .breast import Anatomy, find_anatomy, whole_image
from .peritumoral import MARGIN_MM, peritumoral_shell
from .survey import Survey, shared_survey
from .tumour import SMALLEST_VOXELS, TumourMeasures, measure_tumour

_SPARE_MM = 5.0


@dataclass(frozen=True)
class Regions:
    """A contour's regions on an image's grid.

    Attributes:
        tumor: ``Intra``, 0 or 1.
        measures: of the tumour on its own grid, as contoured.
        warnings: in words.
        shell: ``Peri``, 0 or 1; None without anatomy.
        anatomy: body, skin, chest wall and breast, in its box of that grid, and how well they were found; None where
            there is the tumour alone.
        shell_mm3: volume of the shell; NaN without one.
        clipped_mm3: volume taken off the shell, by what it lay in: ``skin``, ``chest_wall``, ``air``, and ``other``
            for tissue outside the breast that is neither.
    """

    contour: str
    image_name: str
    modality: str
    tumor: sitk.Image
    measures: TumourMeasures
    warnings: tuple[str, ...]
    shell: sitk.Image | None = None
    anatomy: Anatomy | None = None
    shell_mm3: float = math.nan
    clipped_mm3: Mapping[str, float] = field(default_factory=dict)

    @property
    def planar(self) -> bool:
        """Whether the image is a 2D one."""
        return is_plane(self.tumor)

    @property
    def body(self) -> sitk.Image | None:
        """The body, in the box of the anatomy."""
        return None if self.anatomy is None else self.anatomy.body

    @property
    def masks(self) -> dict[str, sitk.Image]:
        """The masks that there are, of ``tumor``, ``shell`` and ``body``."""
        found = {"tumor": self.tumor, "shell": self.shell, "body": self.body}
        return {name: mask for name, mask in found.items() if mask is not None}

    def mask(self, region: str) -> sitk.Image:
        """The mask of ``Intra`` or ``Peri``.

        Raises:
            InputError: the region was not made.
        """
        mask = {"Intra": self.tumor, "Peri": self.shell}[region]
        if mask is None:
            raise InputError(f"a shell of contour {self.contour}", "the tumour alone", "ask for the region Peri")
        return mask


def find_tumor(case: Case, contour: str, image_name: str, modality: str) -> Regions:
    """The tumour alone, without shell and anatomy, on one of the case's images, 2D or 3D.

    Args:
        contour: a contour of the case; resampled onto the image where their grids differ.
        image_name: the image that the contour was drawn on.
        modality: of the image.

    Raises:
        InputError: no such contour or image, a tumour too small, no overlap, or one of them 2D and the other 3D.
    """
    tumor, measures, notes = _drawn(case, contour, image_name)
    edge = _cut_off(tumor, contour)
    return Regions(contour, image_name, modality, tumor, measures, (*measures.warnings(contour), *notes, *edge))


def find_regions(
    case: Case,
    contour: str,
    image_name: str,
    modality: str,
    margin_mm: float = MARGIN_MM,
    clip: bool = True,
    around_mm: float | None = None,
    known: Survey | None = None,
) -> Regions:
    """The regions of a contour on one of the case's images.

    Args:
        contour: a contour of the case; resampled onto the image where their grids differ.
        image_name: the image that the contour was drawn on.
        modality: of the image, ``MR`` or ``CT``.
        margin_mm: width of the shell.
        clip: take skin, chest wall and air off the shell; else nothing is, and no body is looked for.
        around_mm: draw the anatomy no farther than this about the tumour, which takes less time and memory; in the
            whole image if None. The shell is the same.
        known: what ``survey`` found in the image, with the contour's points on the chest wall; if None it is looked
            for, once for all contours on one image.

    Raises:
        InputError: no such contour or image, a tumour too small or outside the body, no overlap, or no body.
    """
    tumor, measures, notes = _drawn(case, contour, image_name)
    image = case.images[image_name]
    given, more = _on_image(case.masks_for(contour), image)
    near_mm = None if around_mm is None else max(around_mm, margin_mm + _SPARE_MM)
    if clip:
        points = case.wall_points.get(contour)
        known = known or shared_survey(image, modality, points, with_wall="chest_wall" not in given)
        anatomy = find_anatomy(image, modality, given, tumor, near_mm, points, known)
    else:
        anatomy = whole_image(
            image, bounding_box(tumor, margin_mm + _SPARE_MM) if near_mm else ((0, 0, 0), image.GetSize())
        )
    part = crop(tumor, anatomy.box)
    near = bounding_box(part, margin_mm + max(part.GetSpacing()))
    part = crop(part, near)
    ring = mask_array(peritumoral_shell(part, None, margin_mm))
    kept = ring & mask_array(crop(anatomy.breast, near))
    if not kept.any() and anatomy.status == "complete":
        anatomy = replace(anatomy, status="partial")
    volume = voxel_volume(image)
    return Regions(
        contour=contour,
        image_name=image_name,
        modality=modality,
        tumor=tumor,
        shell=paste(mask_image(kept, part), _within(anatomy.box, near), image),
        anatomy=anatomy,
        measures=measures,
        shell_mm3=float(kept.sum()) * volume,
        clipped_mm3={name: taken * volume for name, taken in _clipped(ring & ~kept, anatomy, near)},
        warnings=(
            *measures.warnings(contour),
            *notes,
            *more,
            *anatomy.warnings,
            *_placement(tumor, anatomy, contour, bool(kept.any())),
        ),
    )


def _drawn(case: Case, contour: str, image_name: str) -> tuple[sitk.Image, TumourMeasures, tuple[str, ...]]:
    """The tumour on the image's grid, its measures as contoured, and what to warn of."""
    if contour not in case.contours:
        raise unknown_name("a contour of the case", contour, case.contours)
    if image_name not in case.images:
        raise unknown_name("an image of the case", image_name, case.images)
    mask, image = case.contours[contour], case.images[image_name]
    if is_plane(mask) != is_plane(image):
        raise InputError(
            f"contour {contour} and image {image_name} both 2D or both 3D", "one of each", "contour this image"
        )
    if is_plane(image):
        mask = on_pixels(mask, image)
    measures = measure_tumour(mask, contour)
    tumor, notes = mask_onto(mask, image, f"contour {contour}")
    voxels = int(mask_array(tumor).sum())
    if voxels < SMALLEST_VOXELS:
        raise InputError(
            f"a tumour of at least {SMALLEST_VOXELS} voxels on image {image_name}",
            f"{voxels} after resampling contour {contour}",
            "contour it on this image",
        )
    return tumor, measures, notes


def _on_image(masks: Mapping[str, sitk.Image], image: sitk.Image) -> tuple[dict[str, sitk.Image], tuple[str, ...]]:
    """The user's masks on the image's grid, and what to warn of."""
    moved = {name: mask_onto(mask, image, f"mask {name}") for name, mask in masks.items()}
    return {name: mask for name, (mask, _) in moved.items()}, tuple(
        w for _, warnings in moved.values() for w in warnings
    )


def _within(outer: Box, inner: Box) -> Box:
    """A box, counted from the outer one's beginning, in the image."""
    return tuple(a + b for a, b in zip(outer[0], inner[0], strict=True)), inner[1]


def _clipped(removed: np.ndarray, anatomy: Anatomy, near: Box) -> Iterator[tuple[str, int]]:
    """How many voxels of a box of the anatomy's were taken off, by tissue, so that none counts twice."""
    for name, mask, value in (
        ("skin", anatomy.skin, True),
        ("chest_wall", anatomy.chest_wall, True),
        ("air", anatomy.body, False),
    ):
        taken = removed & (mask_array(crop(mask, near)) == value)
        yield name, int(taken.sum())
        removed = removed & ~taken
    yield "other", int(removed.sum())


def _placement(tumor: sitk.Image, anatomy: Anatomy, contour: str, has_shell: bool) -> list[str]:
    """Warnings on where the tumour lies.

    Raises:
        InputError: most of it lies outside the body.
    """
    part = crop(tumor, anatomy.box)
    near = bounding_box(part)
    outside = 1 - float(mask_array(crop(anatomy.body, near))[mask_array(crop(part, near))].mean())
    if outside > 0.5:
        raise InputError(
            f"contour {contour} inside the body", f"{100 * outside:.0f} % of it in air", "check that it fits the image"
        )
    notes = []
    if outside > 0.05:
        notes.append(f"{100 * outside:.0f} % of contour {contour} lies in air.")
    notes += _cut_off(tumor, contour)
    if not has_shell:
        notes.append(f"No tissue is left for the shell of contour {contour}: all of it lies outside the breast.")
    return notes


def _cut_off(tumor: sitk.Image, contour: str) -> list[str]:
    """A warning where the tumour reaches the image's edge."""
    ends = zip(*bounding_box(tumor), tumor.GetSize(), strict=True)
    if any(whole > 1 and (i == 0 or i + n == whole) for i, n, whole in ends):
        return [f"Contour {contour} touches the edge of the image: the tumour may be cut off."]
    return []
