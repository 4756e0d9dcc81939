"""Whether voxels can be what they are labelled as: Hounsfield units, unwindowed MR, a tumour of a possible size."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..errors import InputError
from .geometry import array_to_image, bounding_box, mask_array, voxel_volume
from .lattice import Note

AIR_HU, LOWEST_HU = -400, -1100
"""Air and lung lie between; what is lower is padding outside the field of view."""
_AIR_SHARE = 1e-3
SMALLEST_MM3, LARGEST_MM3 = 30.0, 500_000.0
"""A ball of 4 mm and one of 10 cm across: smaller and larger tumours are unusual."""
CLEAR_MM = 6.0
"""Within so far of the contour no voxel may be missing: the shell and what is interpolated for it."""


def check_ct(image: sitk.Image, name: str) -> None:
    """Refuses CT that is not in Hounsfield units.

    Raises:
        InputError: no air, as around every body, and in every lung.
    """
    values = sitk.GetArrayViewFromImage(image)
    air = np.count_nonzero((values < AIR_HU) & (values >= LOWEST_HU))
    if air < _AIR_SHARE * values.size:
        finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        raise InputError(
            f"CT in Hounsfield units (HU), with air below {AIR_HU}",
            f"values from {finite.min():g} to {finite.max():g} without air in {name}, as of offset units or a window",
            "export it in HU, with the body's surroundings",
        )


def check_mr(image: sitk.Image, name: str, note: Note) -> None:
    """A note where MR seems to have been windowed to 8 bits for a screen."""
    values = sitk.GetArrayViewFromImage(image)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    whole = values.dtype.kind in "iu" or bool(np.all(np.mod(values[:: max(len(values) // 8, 1)], 1) == 0))
    if whole and low >= 0 and high <= 255 and (values.dtype.itemsize == 1 or high == 255):
        note(f"{name} has 256 grey levels (8 bits): it may have been windowed for a screen, which changes its texture.")


def check_volume(mask: sitk.Image, name: str, note: Note) -> None:
    """A note where a tumour's volume is unusual."""
    volume = float(mask_array(mask).sum()) * voxel_volume(mask)
    if not SMALLEST_MM3 <= volume <= LARGEST_MM3:
        note(f"Contour {name} holds {volume / 1000:.3g} cm³, an unusual volume for a tumour: is it the right contour?")


def without_holes(image: sitk.Image, masks: list[sitk.Image], name: str, note: Note) -> sitk.Image:
    """An image whose NaN voxels, as of a removed background, became its lowest value.

    Args:
        masks: of the tumour, on any grid; none may lie within 6 mm.

    Raises:
        InputError: infinite voxels, or NaN near a contour or where there is none.
    """
    values = sitk.GetArrayViewFromImage(image)
    if not np.issubdtype(values.dtype, np.floating):
        return image
    bad = ~np.isfinite(values)
    count = int(bad.sum())
    if not count:
        return image
    if not masks or np.isinf(values).any() or count == values.size:
        raise InputError("finite voxels", f"{count} NaN or infinite ones in {name}", "export the image again")
    for mask in masks:
        moved = sitk.Resample(mask, image, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
        if _near(mask_array(moved), bad, image):
            found = f"{count} NaN ones in {name}, some within {CLEAR_MM:g} mm of the contour"
            raise InputError("finite voxels in and around the tumour", found, "export the image again")
    lowest = float(np.nanmin(values))
    note(f"{count} voxels of {name} are NaN, all of them far from the contour; they were set to {lowest:g}.")
    return array_to_image(np.where(bad, np.asarray(lowest, values.dtype), values), image)


def _near(inside: np.ndarray, bad: np.ndarray, image: sitk.Image) -> bool:
    """Whether a bad voxel lies within 6 mm of the contour."""
    if not inside.any():
        return False
    index, size = bounding_box(array_to_image(inside.astype(np.uint8), image), CLEAR_MM)
    part = tuple(slice(i, i + n) for i, n in zip(index[::-1], size[::-1], strict=True))
    distance = ndimage.distance_transform_edt(~inside[part], sampling=image.GetSpacing()[::-1])
    return bool((bad[part] & (distance <= CLEAR_MM)).any())
