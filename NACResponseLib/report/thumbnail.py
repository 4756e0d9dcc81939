"""A contour on one small strip: three planes through the tumour and the whole axial slice, as a PNG of a few kilobytes.

Drawn in patient space as in ``slices``: radiological convention, whatever the grid. Of an image of a single plane: the
tumour's surroundings and the whole image, each with its outline and without.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..anatomy.regions import Regions
from ..case import Case
from ..imaging.geometry import bounding_box, corners, crop
from .planes import PLANES, Plane, image_plane
from .slices import grey_window, tumor_focus

SIDE = 116  # pixels of a panel
COLOURS = {
    "skin": (213, 94, 0),
    "chest_wall": (204, 121, 167),
    "shell": (86, 180, 233),
    "tumor": (240, 228, 66),
}
"""Of the outlines; the last is drawn on top (Okabe and Ito's palette, distinguished by colour-blind readers)."""
_GREYS = 32
_SMALLEST_FIELD_MM = 70.0


def contour_strip(case: Case, regions: Regions) -> bytes:
    """Tumour, shell, skin and chest wall outlined on four panels, as a PNG with a palette."""
    image = case.images[regions.image_name]
    tumor = crop(regions.tumor, bounding_box(regions.tumor, 15.0))
    focus, points = tumor_focus(tumor), corners(tumor)
    near = max(_SMALLEST_FIELD_MM, 1.2 * float(np.ptp(points, axis=0).max()))
    ends = corners(image)
    middle = (ends.min(axis=0) + ends.max(axis=0)) / 2
    wide = float(np.ptp(ends, axis=0)[:2].max())
    if regions.planar:
        wide = float(np.multiply(image.GetSize(), image.GetSpacing()).max())
        plane = image_plane(image)
        whole = middle + plane.normal * np.dot(focus - middle, plane.normal)
        fields = [(focus, near), (whole, wide)]
        panels = [_panel(image, regions, plane, *field, drawn) for field in fields for drawn in (True, False)]
        return _png(np.concatenate(panels, axis=1))
    axial = PLANES[0]
    whole = middle + axial.normal * np.dot(focus - middle, axial.normal)
    panels = [_panel(image, regions, plane, focus, near) for plane in PLANES]
    panels.append(_panel(image, regions, axial, whole, wide))
    return _png(np.concatenate(panels, axis=1))


def _panel(
    image: sitk.Image,
    regions: Regions,
    plane: Plane,
    centre: NDArray[np.float64],
    side_mm: float,
    outlined: bool = True,
) -> NDArray[np.uint8]:
    """Palette indices of one square."""
    grey = _sample(image, plane, centre, side_mm, sitk.sitkLinear, np.nan)
    seen = grey[np.isfinite(grey)]
    low, high = grey_window(regions.modality, seen) if seen.size else (0.0, 1.0)
    share = np.clip((np.nan_to_num(grey, nan=low) - low) / (high - low), 0, 1)
    indices = np.rint(share * (_GREYS - 1)).astype(np.uint8)
    masks = {"tumor": regions.tumor, "shell": regions.shell}
    for number, name in enumerate(COLOURS if outlined else ()):
        mask = masks[name] if name in masks else getattr(regions.anatomy, name, None)
        if mask is None:
            continue
        # What lies beyond the drawn part of the anatomy is unknown, and no outline runs along its border.
        indices[_edge(_sample(mask, plane, centre, side_mm, sitk.sitkNearestNeighbor, np.nan))] = _GREYS + number
    return indices


def _sample(
    image: sitk.Image, plane: Plane, centre: NDArray[np.float64], side_mm: float, interpolator: int, outside: float
) -> NDArray[np.float32]:
    step = side_mm / SIDE
    axes = [np.array(plane.right, float), np.array(plane.down, float), plane.normal]
    first = centre - (side_mm - step) / 2 * (axes[0] + axes[1])
    direction = np.column_stack(axes).ravel().tolist()
    size, spacing = (SIDE, SIDE, 1), (step, step, 1.0)
    sampled = sitk.Resample(
        image, size, sitk.Transform(), interpolator, first.tolist(), spacing, direction, outside, sitk.sitkFloat32
    )
    return sitk.GetArrayFromImage(sampled)[0]


def _edge(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels inside with a neighbour outside; NaN is neither."""
    padded = np.pad(values == 0, 1)
    beside = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return (values > 0) & beside


def _png(indices: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    picture = Image.fromarray(indices, "P")
    greys = np.repeat(np.rint(np.linspace(0, 255, _GREYS)).astype(int), 3).tolist()
    picture.putpalette([*greys, *(value for colour in COLOURS.values() for value in colour)])
    stream = BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return stream.getvalue()
