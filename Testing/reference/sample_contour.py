"""The sample patient's corrected contour, from the mask derived from enhancement.

The derived mask (``tumor_MRI.nii.gz``) has 53 pieces, some of them vessels below the skin. Here single voxels' gaps are
closed, what is enclosed is filled, strands thinner than 3 mm and all within 4 mm of the body's surface are taken away,
and of what is left the largest part stays, with parts of 100 mm³ and more that lie within 10 mm of it.
"""

from __future__ import annotations

import sys

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from NACResponseLib.anatomy.body import body_mask
from NACResponseLib.config import resources
from NACResponseLib.imaging.geometry import mask_array, mask_image, spacing_zyx

SAMPLE = resources() / "SampleData" / "nact06"
SKIN_MM, RADIUS_MM, NEAR_MM, LEAST_MM3 = 4.0, 1.5, 10.0, 100.0

Mask = NDArray[np.bool_]


def corrected_contour(image: sitk.Image, derived: sitk.Image) -> sitk.Image:
    """The contour, 0 or 1 on the image's grid."""
    edges = spacing_zyx(image)
    inner = ndimage.distance_transform_edt(mask_array(body_mask(image, "MR")), sampling=edges) >= SKIN_MM
    ball = _ball(edges)
    closed = ndimage.binary_closing(np.pad(mask_array(derived) & inner, 4), ball)[(slice(4, -4),) * 3]
    opened = ndimage.binary_opening(ndimage.binary_fill_holes(closed) & inner, ball)
    parts, _ = ndimage.label(opened)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    largest = int(sizes.argmax())
    away = ndimage.distance_transform_edt(parts != largest, sampling=edges)
    wanted = [
        part
        for part in np.flatnonzero(sizes * edges.prod() >= LEAST_MM3)
        if part == largest or away[parts == part].min() <= NEAR_MM
    ]
    return mask_image(np.isin(parts, wanted), image)


def _ball(edges: NDArray[np.float64]) -> Mask:
    reach = [int(RADIUS_MM // edge) for edge in edges]
    grid = np.ogrid[tuple(slice(-n, n + 1) for n in reach)]
    return np.asarray(sum((g * edge) ** 2 for g, edge in zip(grid, edges, strict=True)) <= RADIUS_MM**2)


def main() -> None:
    """Writes the contour to the file named on the command line."""
    image = sitk.ReadImage(str(SAMPLE / "MRI_CET1.nii.gz"), sitk.sitkFloat32)
    derived = sitk.ReadImage(str(SAMPLE / "tumor_MRI.nii.gz"))
    sitk.WriteImage(corrected_contour(image, derived), sys.argv[1], True)


if __name__ == "__main__":
    main()
