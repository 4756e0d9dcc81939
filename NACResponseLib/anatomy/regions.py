"""The regions of a contour on one image: the tumour, its shell, and what the shell was clipped at.

Whatever uses a shell (score, extraction, the command ``shell``, Slicer) gets it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ..case import Case
from ..errors import InputError, unknown_name
from ..imaging.geometry import bounding_box, crop, mask_array, mask_image, mask_onto, paste, voxel_volume
from .breast import Anatomy, find_anatomy
from .peritumoral import MARGIN_MM, peritumoral_shell
from .tumour import SMALLEST_VOXELS, TumourMeasures, measure_tumour

_SPARE_MM = 5.0


@dataclass(frozen=True)
class Regions:
    """A contour's regions on an image's grid.

    Attributes:
        tumor, shell: ``Intra`` and ``Peri``, 0 or 1.
        anatomy: body, skin, chest wall and breast, in its box of that grid, and how well they were found.
        measures: of the tumour on its own grid, as contoured.
        shell_mm3: volume of the shell.
        clipped_mm3: volume taken off the shell, by what it lay in: ``skin``, ``chest_wall``, ``air``, and ``other``
            for tissue outside the breast that is neither.
        warnings: in words.
    """

    contour: str
    image_name: str
    modality: str
    tumor: sitk.Image
    shell: sitk.Image
    anatomy: Anatomy
    measures: TumourMeasures
    shell_mm3: float
    clipped_mm3: Mapping[str, float]
    warnings: tuple[str, ...]

    @property
    def body(self) -> sitk.Image:
        """The body, in the box of the anatomy."""
        return self.anatomy.body

    def mask(self, region: str) -> sitk.Image:
        """The mask of ``Intra`` or ``Peri``."""
        return {"Intra": self.tumor, "Peri": self.shell}[region]


def find_regions(
    case: Case,
    contour: str,
    image_name: str,
    modality: str,
    margin_mm: float = MARGIN_MM,
    clip: bool = True,
    around_mm: float | None = None,
) -> Regions:
    """The regions of a contour on one of the case's images.

    Args:
        contour: a contour of the case; resampled onto the image where their grids differ.
        image_name: the image that the contour was drawn on.
        modality: of the image, ``MR`` or ``CT``.
        margin_mm: width of the shell.
        clip: take skin and chest wall off the shell; air is taken off in any case.
        around_mm: draw the anatomy no farther than this about the tumour, which takes less time and memory; in the
            whole image if None. The shell is the same.

    Raises:
        InputError: no such contour or image, a tumour too small or outside the body, no overlap, or no body.
    """
    if contour not in case.contours:
        raise unknown_name("a contour of the case", contour, case.contours)
    if image_name not in case.images:
        raise unknown_name("an image of the case", image_name, case.images)
    image = case.images[image_name]
    measures = measure_tumour(case.contours[contour], contour)
    tumor, notes = mask_onto(case.contours[contour], image, f"contour {contour}")
    if mask_array(tumor).sum() < SMALLEST_VOXELS:
        raise InputError(
            f"a tumour of at least {SMALLEST_VOXELS} voxels on image {image_name}",
            f"{mask_array(tumor).sum()} after resampling contour {contour}",
            "contour it on this image",
        )
    given, more = _on_image(case.masks_for(contour), image)
    near_mm = None if around_mm is None else max(around_mm, margin_mm + _SPARE_MM)
    anatomy = find_anatomy(image, modality, given, tumor, near_mm)
    part = crop(tumor, anatomy.box)
    ring = mask_array(peritumoral_shell(part, None, margin_mm))
    kept = ring & mask_array(anatomy.breast if clip else anatomy.body)
    volume = voxel_volume(image)
    return Regions(
        contour=contour,
        image_name=image_name,
        modality=modality,
        tumor=tumor,
        shell=paste(mask_image(kept, part), anatomy.box, image),
        anatomy=anatomy,
        measures=measures,
        shell_mm3=float(kept.sum()) * volume,
        clipped_mm3={name: float(taken.sum()) * volume for name, taken in _clipped(ring & ~kept, anatomy)},
        warnings=(
            *measures.warnings(contour),
            *notes,
            *more,
            *anatomy.warnings,
            *_placement(tumor, anatomy, contour, bool(kept.any())),
        ),
    )


def _on_image(masks: Mapping[str, sitk.Image], image: sitk.Image) -> tuple[dict[str, sitk.Image], tuple[str, ...]]:
    """The user's masks on the image's grid, and what to warn of."""
    moved = {name: mask_onto(mask, image, f"mask {name}") for name, mask in masks.items()}
    return {name: mask for name, (mask, _) in moved.items()}, tuple(w for _, said in moved.values() for w in said)


def _clipped(removed: np.ndarray, anatomy: Anatomy) -> tuple[tuple[str, np.ndarray], ...]:
    """What was taken off, told apart; air first, so that no voxel counts twice."""
    parts = []
    for name, place in (
        ("skin", mask_array(anatomy.skin)),
        ("chest_wall", mask_array(anatomy.chest_wall)),
        ("air", ~mask_array(anatomy.body)),
        ("other", np.ones_like(removed)),
    ):
        parts.append((name, removed & place))
        removed = removed & ~place
    return tuple(parts)


def _placement(tumor: sitk.Image, anatomy: Anatomy, contour: str, has_shell: bool) -> list[str]:
    """Warnings on where the tumour lies.

    Raises:
        InputError: most of it lies outside the body.
    """
    outside = 1 - float(mask_array(anatomy.body)[mask_array(crop(tumor, anatomy.box))].mean())
    if outside > 0.5:
        raise InputError(
            f"contour {contour} inside the body", f"{100 * outside:.0f} % of it in air", "check that it fits the image"
        )
    notes = []
    if outside > 0.05:
        notes.append(f"{100 * outside:.0f} % of contour {contour} lies in air.")
    index, size = bounding_box(tumor)
    if any(i == 0 or i + n == whole for i, n, whole in zip(index, size, tumor.GetSize(), strict=True)):
        notes.append(f"Contour {contour} touches the edge of the image: the tumour may be cut off.")
    if not has_shell:
        notes.append(f"No tissue is left for the shell of contour {contour}: all of it lies outside the breast.")
    return notes
