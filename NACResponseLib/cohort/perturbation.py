"""A contour as another reader might have drawn it: shifted and bent a little, at random but repeatably.

After Zwanenburg et al., Scientific Reports 9:614 (2019), who perturb images and contours to find features that do not
survive it; here the image stays and the contour moves: by up to half a voxel as a whole, and by a smooth random
displacement of about a voxel.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ..hashing import sha256_of
from ..imaging.geometry import mask_array, mask_image, spacing_zyx
from ..imaging.planar import is_plane
from .plan import Perturbation

SMOOTHNESS_MM = 5.0
"""Standard deviation of the Gaussian that the displacement is smoothed with."""


def perturbed(mask: sitk.Image, name: str, how: Perturbation) -> sitk.Image:
    """The mask moved at random, on the same grid.

    Every voxel takes the mask's value at a displaced place (linear interpolation, threshold one half). The displacement
    is a Gaussian random field, the same along each axis in its deviation, plus a translation. A 2D mask stays in its
    plane.

    Args:
        mask: 0 or 1.
        name: of patient and contour; with seed and replicate it decides the displacement.
    """
    rng = np.random.default_rng(int(sha256_of(f"{how.seed} {how.replicate} {name}".encode())[:15], 16))
    inside, edges = mask_array(mask), spacing_zyx(mask)
    axes = (1, 2) if is_plane(mask) else (0, 1, 2)
    amplitude = how.amplitude_mm or float(np.prod(edges[list(axes)]) ** (1 / len(axes)))
    reach = np.ceil((4 * np.sqrt(3) * amplitude + edges) / edges).astype(int)
    box = tuple(
        slice(max(int(occupied[0]) - wide, 0), int(occupied[-1]) + wide + 1)
        for axis, wide in enumerate(reach)
        for occupied in [np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis)))]
    )
    part = inside[box].astype(np.float32)
    places = np.indices(part.shape, dtype=np.float64)
    for axis in axes:
        # Wrapped around, the field has the same deviation everywhere; mirrored, it would be rougher at the box's edges.
        field = ndimage.gaussian_filter(rng.standard_normal(part.shape), SMOOTHNESS_MM / edges, mode="wrap")
        field *= amplitude / edges[axis] / np.sqrt(np.mean(field**2))
        places[axis] += field + rng.uniform(-0.5, 0.5)
    moved = np.zeros_like(inside)
    moved[box] = ndimage.map_coordinates(part, places, order=1) >= 0.5
    return mask_image(moved, mask)
