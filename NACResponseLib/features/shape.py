"""pyradiomics' shape features with the slow part replaced: same numbers, a fraction of the time.

pyradiomics walks a marching-cubes mesh and compares every pair of its vertices. But the mesh inside a cube depends
only on which of its eight corners belong to the mask, so area and volume are sums over the 256 configurations, each
weighted by how often it occurs; and the farthest vertices lie on the convex hull. What each configuration adds is
asked of pyradiomics itself, on masks of two voxels' width, so the tables can never disagree with it.

On ragged masks pyradiomics' mesh has small holes, and its volume then depends on where the mask lies in the array. The
values here are those of its extractor, which crops to the mask first.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from radiomics import cShape
from radiomics.shape import RadiomicsShape
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

_CORNERS = tuple(product((0, 1), repeat=3))


class FastShape(RadiomicsShape):
    """``radiomics.shape.RadiomicsShape`` with the mesh's area, volume and diameters computed by configuration."""

    def _initSegmentBasedCalculation(self) -> None:
        import SimpleITK as sitk

        self.pixelSpacing = np.array(self.inputImage.GetSpacing()[::-1])
        self.maskArray = np.pad(sitk.GetArrayViewFromImage(self.inputMask) == self.label, 1)
        self.labelledVoxelCoordinates = np.where(self.maskArray)
        self.SurfaceArea, self.Volume = mesh_area_and_volume(self.maskArray, self.pixelSpacing)
        self.diameters = mesh_diameters(self.maskArray, self.pixelSpacing)
        positions = np.array(self.labelledVoxelCoordinates, float).T * self.pixelSpacing
        positions -= positions.mean(axis=0)
        eigenvalues = np.linalg.eigvalsh(positions.T @ positions / len(positions))
        self.eigenValues = np.where(np.abs(eigenvalues) < 1e-10, 0, eigenvalues)


def mesh_area_and_volume(inside: np.ndarray, spacing: np.ndarray) -> tuple[float, float]:
    """Area (mm²) and volume (mm³) of the marching-cubes mesh of a mask.

    Args:
        inside: booleans (z, y, x), False on the whole border.
        spacing: voxel edges in mm (z, y, x).
    """
    shape = [n - 1 for n in inside.shape]
    code = np.zeros(shape, np.uint8)
    for bit, corner in enumerate(_CORNERS):
        window = tuple(slice(c, c + n) for c, n in zip(corner, shape, strict=True))
        code |= inside[window].astype(np.uint8) << bit
    cubes = np.nonzero((code != 0) & (code != 255))
    codes = code[cubes]
    area, volume, shift = _configurations(tuple(float(edge) for edge in spacing))
    moved = sum(shift[codes, axis] @ cubes[axis] for axis in range(3))
    return float(area[codes].sum()), float(volume[codes].sum() + moved)


@cache
def _configurations(spacing: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each configuration: area, volume term at the origin, and what a step along z, y, x adds to that term.

    The mesh's volume is a sum of tetrahedra with their tips in the origin, so a cube's term is linear in its
    position; the terms of one step are read off a pair of cubes, the first of which only shares a face.
    """
    cubes = np.array([[(code >> bit) & 1 for bit in range(8)] for code in range(256)], bool).reshape(256, 2, 2, 2)
    edges = np.array(spacing)
    area, volume = np.array([cShape.calculate_coefficients(cube, edges)[:2] for cube in cubes]).T
    weights = 1 << np.arange(8)
    shift = np.empty((256, 3))
    for axis, code in product(range(3), range(256)):
        cube = np.moveaxis(cubes[code], axis, 0)
        pair = np.moveaxis(np.stack([np.zeros_like(cube[0]), *cube]), 0, axis)
        first = np.moveaxis(np.stack([np.zeros_like(cube[0]), cube[0]]), 0, axis)
        first_code = int(weights @ first.ravel())
        both = cShape.calculate_coefficients(np.ascontiguousarray(pair), edges)[1]
        shift[code, axis] = both - volume[first_code] - volume[code]
    return area, volume, shift


def mesh_diameters(inside: np.ndarray, spacing: np.ndarray) -> tuple[float, float, float, float]:
    """Greatest vertex distances in mm: within planes of equal z, of equal y, of equal x, and anywhere.

    Args:
        inside: booleans (z, y, x), False on the whole border.
        spacing: voxel edges in mm (z, y, x).
    """
    # A vertex lies halfway on every edge between a voxel inside and one outside; positions in half voxels.
    vertices = []
    for axis in range(3):
        step = np.zeros(3, int)
        step[axis] = 1
        vertices.append(2 * np.argwhere(np.diff(inside, axis=axis)) + step)
    points = np.concatenate(vertices)
    planar = [_widest_plane(points, axis, spacing / 2) for axis in range(3)]
    positions = points * (spacing / 2)
    hull = positions[ConvexHull(positions).vertices]
    return planar[0], planar[1], planar[2], float(pdist(hull).max())


def _widest_plane(points: np.ndarray, axis: int, scale: np.ndarray) -> float:
    """Greatest distance between two points that share a coordinate."""
    others = [a for a in range(3) if a != axis]
    points = points[np.argsort(points[:, axis], kind="stable")]
    starts = np.flatnonzero(np.diff(points[:, axis], prepend=-1))
    planes = points[:, others] * scale[others]
    extent = np.maximum.reduceat(planes, starts) - np.minimum.reduceat(planes, starts)
    bound = np.hypot(*extent.T)
    ends = np.append(starts[1:], len(points))
    widest = 0.0
    for k in np.argsort(-bound):
        if bound[k] <= widest:  # no plane that follows can hold a longer distance
            break
        widest = max(widest, _widest(planes[starts[k] : ends[k]]))
    return widest


def _widest(points: np.ndarray) -> float:
    """Greatest distance between points of a plane; only the first and last of each row can be farthest apart."""
    points = points[np.lexsort((points[:, 1], points[:, 0]))]
    new_row = np.diff(points[:, 0], prepend=np.nan) != 0
    ends = points[new_row | np.append(new_row[1:], True)]
    return float(pdist(ends).max()) if len(ends) > 1 else 0.0
