"""The tumour as contoured: checked, described and measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from ..errors import InputError
from ..imaging.geometry import bounding_box, crop, mask_array, spacing_zyx, voxel_volume
from ..imaging.planar import is_plane
from .surface import surface_points

SMALLEST_VOXELS = 8


@dataclass(frozen=True)
class TumourMeasures:
    """Attributes:
    volume_mm3: voxels times their volume, as functional tumour volume is counted; NaN in 2D.
    longest_diameter_mm: greatest distance between two points of the tumour's surface, in any direction. On spheres it
        is up to about a millimetre too long, since the farthest pair takes the roughness of both ends. In 2D between
        two points halfway from a pixel inside to one outside.
    components: separate parts (26-connected; 8-connected in 2D).
    largest_share: share of the volume, or area, in the largest part.
    area_mm2: pixels times their area in 2D; NaN in 3D.
    """

    volume_mm3: float
    longest_diameter_mm: float
    components: int
    largest_share: float
    area_mm2: float = math.nan

    def warnings(self, contour: str) -> tuple[str, ...]:
        """What a reader must know of the contour, in words."""
        if self.components == 1:
            return ()
        share = f"{100 * self.largest_share:.0f} %"
        whole = "volume" if math.isnan(self.area_mm2) else "area"
        return (
            f"Contour {contour} has {self.components} separate parts; the largest holds {share} of the {whole}. "
            "The longest diameter spans all parts.",
        )


def measure_tumour(tumor: sitk.Image, contour: str = "tumour") -> TumourMeasures:
    """Measures a tumour mask on its own grid.

    Args:
        tumor: 0 or 1; of one slice where it is a 2D one.
        contour: its name, for messages.

    Raises:
        InputError: fewer than 8 voxels.
    """
    voxels = int(mask_array(tumor).sum())
    if voxels < SMALLEST_VOXELS:
        raise InputError(
            f"a tumour of at least {SMALLEST_VOXELS} voxels", f"{voxels} in contour {contour}", "contour it again"
        )
    box = bounding_box(tumor)
    inside = mask_array(crop(tumor, box))
    _, sizes = np.unique(ndimage.label(inside, np.ones((3, 3, 3)))[0][inside], return_counts=True)
    parts, largest = len(sizes), float(sizes.max() / voxels)
    if is_plane(tumor):
        x, y = tumor.GetSpacing()[:2]
        return TumourMeasures(math.nan, planar_diameter(inside[0], (y, x)), parts, largest, voxels * x * y)
    length = longest_diameter(inside, spacing_zyx(tumor))
    return TumourMeasures(voxels * voxel_volume(tumor), length, parts, largest)


def longest_diameter(inside: np.ndarray, spacing: np.ndarray) -> float:
    """Greatest distance in mm between two surface points of a mask (z, y, x); they lie on its convex hull."""
    points = surface_points(inside, spacing)
    return float(pdist(points[ConvexHull(points).vertices]).max())


def planar_diameter(inside: np.ndarray, spacing: tuple[float, float]) -> float:
    """Greatest distance in mm between two points halfway from a pixel of a mask (y, x) to one outside it."""
    padded = np.pad(inside, 1).astype(np.int8)
    steps = (np.argwhere(np.diff(padded, axis=axis)) + 0.5 * np.eye(2)[axis] for axis in (0, 1))
    points = np.concatenate(list(steps)) * spacing
    return float(pdist(points[ConvexHull(points).vertices]).max())
