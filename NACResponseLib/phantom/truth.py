"""The truth: masks on an image's grid and volumes, both straight from the formulas.

========== =========================================================================================
mask       holds
========== =========================================================================================
body       all inside the skin's outer surface
skin       the skin
chest_wall the pectoral muscle and all behind it, and what lies behind the midaxillary line
implant    implants, where the anatomy has them
breast     the rest: between the skin and the chest wall, where a shell may lie
tumour     the tumour, wherever it reaches
margin     points outside the tumour within the margin of its surface
shell      the part of it that lies in the breast
========== =========================================================================================

Skin, chest wall, implant and breast are disjoint and together the body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .acquisition import Grid
from .anatomy import Anatomy
from .implicit import Array, Mask
from .tumour import Tumour

if TYPE_CHECKING:
    import SimpleITK as sitk


def classify(anatomy: Anatomy, tumour: Tumour | None, points: Array, margin_mm: float = 5.0) -> dict[str, Mask]:
    """Which masks each of ``points`` (3, n; LPS, mm) belongs to. Without a tumour its masks are absent."""
    depth = anatomy.depth(points)
    inside = depth > anatomy.skin_mm
    wall = inside & ((anatomy.chest_wall(points) <= 0) | anatomy.behind_midaxillary(points))
    masks = {"body": depth > 0, "skin": (depth > 0) & ~inside, "chest_wall": wall, "breast": inside & ~wall}
    if anatomy.implant_mm:
        masks["implant"] = masks["breast"] & (anatomy.implant(points) <= 0)
        masks["breast"] &= ~masks["implant"]
    if tumour is not None:
        masks["tumour"] = tumour.contains(points)
        masks["margin"] = ~masks["tumour"] & (tumour.distance_mm(points, margin_mm) <= margin_mm)
        masks["shell"] = masks["margin"] & masks["breast"]
    return masks


def truth_masks(anatomy: Anatomy, tumour: Tumour | None, grid: Grid, margin_mm: float = 5.0) -> dict[str, sitk.Image]:
    """The masks by name (see the module), unsigned 8-bit, 0 or 1: a voxel belongs where its centre does."""
    masks: dict[str, NDArray[np.uint8]] = {}
    for part, points in grid.chunks():
        for name, members in classify(anatomy, tumour, points, margin_mm).items():
            masks.setdefault(name, np.zeros(grid.count, np.uint8))[part] = members
    return {name: grid.image(mask) for name, mask in masks.items()}
