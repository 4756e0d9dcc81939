"""The regions of a contour on one image: the tumour, its shell, and what the shell was cut at.

Whatever uses a shell (score, extraction, the command ``shell``, Slicer) gets it here.
"""

from __future__ import annotations

from dataclasses import dataclass

import SimpleITK as sitk

from ..case import Case
from ..errors import InputError, unknown_name
from ..imaging.geometry import mask_array, mask_onto, voxel_volume
from .body import body_mask, permitted_tissue
from .peritumoral import MARGIN_MM, peritumoral_shell
from .tumour import SMALLEST_VOXELS, TumourMeasures, measure_tumour


@dataclass(frozen=True)
class Regions:
    """A contour's regions on an image's grid.

    Attributes:
        tumor, shell: ``Intra`` and ``Peri``, 0 or 1.
        body: the body outline.
        measures: of the tumour on its own grid, as contoured.
        shell_mm3: volume of the shell; ``clipped_mm3``: of what was cut off it outside the permitted tissue.
        warnings: in words.
    """

    contour: str
    image_name: str
    modality: str
    tumor: sitk.Image
    shell: sitk.Image
    body: sitk.Image
    measures: TumourMeasures
    shell_mm3: float
    clipped_mm3: float
    warnings: tuple[str, ...]

    def mask(self, region: str) -> sitk.Image:
        """The mask of ``Intra`` or ``Peri``."""
        return {"Intra": self.tumor, "Peri": self.shell}[region]


def find_regions(case: Case, contour: str, image_name: str, modality: str, margin_mm: float = MARGIN_MM) -> Regions:
    """The regions of a contour on one of the case's images.

    Args:
        contour: a contour of the case; resampled onto the image where their grids differ.
        image_name: the image that the contour was drawn on.
        modality: of the image, ``MR`` or ``CT``.
        margin_mm: width of the shell.

    Raises:
        InputError: no such contour or image, a tumour too small, no overlap, or no body in the image.
    """
    if contour not in case.contours:
        raise unknown_name("a contour of the case", contour, case.contours)
    if image_name not in case.images:
        raise unknown_name("an image of the case", image_name, case.images)
    image = case.images[image_name]
    measures = measure_tumour(case.contours[contour], contour)
    tumor, warnings = mask_onto(case.contours[contour], image, f"contour {contour}")
    if mask_array(tumor).sum() < SMALLEST_VOXELS:
        raise InputError(
            f"a tumour of at least {SMALLEST_VOXELS} voxels on image {image_name}",
            f"{mask_array(tumor).sum()} after resampling contour {contour}",
            "contour it on this image",
        )
    body = body_mask(image, modality)
    masks: dict[str, sitk.Image] = {}
    notes: list[str] = []
    for name, mask in case.masks.items():
        masks[name], said = mask_onto(mask, image, f"mask {name}")
        notes.extend(said)
    whole = peritumoral_shell(tumor, None, margin_mm)
    shell = sitk.And(whole, permitted_tissue(body, masks))
    kept, all_ = (float(mask_array(mask).sum()) * voxel_volume(image) for mask in (shell, whole))
    if kept == 0:
        notes.append(f"No tissue is left for the shell of contour {contour}: it lies outside the permitted tissue.")
    return Regions(
        contour=contour,
        image_name=image_name,
        modality=modality,
        tumor=tumor,
        shell=shell,
        body=body,
        measures=measures,
        shell_mm3=kept,
        clipped_mm3=all_ - kept,
        warnings=(*measures.warnings(contour), *warnings, *notes),
    )
