"""The tumour as contoured: checked, described and measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from ..errors import InputError
from ..imaging.geometry import bounding_box, crop, mask_array, spacing_zyx, voxel_volume
from .surface import surface_points

SMALLEST_VOXELS = 8


@dataclass(frozen=True)
class TumourMeasures:
    """Attributes:
    volume_mm3: voxels times their volume, as functional tumour volume is counted.
    longest_diameter_mm: greatest distance between two points of the tumour's surface, in any direction. On spheres it
        is up to about a millimetre too long, since the farthest pair takes the roughness of both ends.
    components: separate parts (26-connected).
    largest_share: share of the volume in the largest part.
    """

    volume_mm3: float
    longest_diameter_mm: float
    components: int
    largest_share: float

    def warnings(self, contour: str) -> tuple[str, ...]:
        """What a reader must know of the contour, in words."""
        if self.components == 1:
            return ()
        share = f"{100 * self.largest_share:.0f} %"
        return (
            f"Contour {contour} has {self.components} separate parts; the largest holds {share} of the volume. "
            "The longest diameter spans all parts.",
        )


def measure_tumour(tumor: sitk.Image, contour: str = "tumour") -> TumourMeasures:
    """Measures a tumour mask on its own grid.

    Args:
        tumor: 0 or 1.
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
    return TumourMeasures(
        volume_mm3=voxels * voxel_volume(tumor),
        longest_diameter_mm=longest_diameter(inside, spacing_zyx(tumor)),
        components=len(sizes),
        largest_share=float(sizes.max() / voxels),
    )


def longest_diameter(inside: np.ndarray, spacing: np.ndarray) -> float:
    """Greatest distance in mm between two surface points of a mask (z, y, x); they lie on its convex hull."""
    points = surface_points(inside, spacing)
    return float(pdist(points[ConvexHull(points).vertices]).max())
