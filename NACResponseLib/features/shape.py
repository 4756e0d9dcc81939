"""The shape features of a region: pyradiomics' values in a fraction of its time.

pyradiomics walks a marching-cubes mesh and compares every pair of its vertices. But the mesh inside a cube depends
only on which of its eight corners belong to the mask, so area and volume are sums over the 256 configurations, each
weighted by how often it occurs; and the farthest vertices lie on the convex hull. What each configuration adds is
asked of pyradiomics itself, on masks of two voxels' width, so the tables can never disagree with it.

On ragged masks pyradiomics' mesh has small holes, and its volume then depends on where the mask lies in the array. The
values here are those of its extractor, which crops to the mask first.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations, product

import numpy as np
from radiomics import cShape
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

_CORNERS = tuple(product((0, 1), repeat=3))
_VIEWS = np.array([(np.cos(angle), np.sin(angle)) for angle in np.arange(8) * np.pi / 8]).T
"""Directions in a plane, (2, 8), evenly spaced."""


def shape_values(inside: np.ndarray, spacing: np.ndarray) -> dict[str, float]:
    """The 14 shape features by name; NaN where one is not defined.

    Args:
        inside: booleans (z, y, x), the region in its box.
        spacing: voxel edges in mm (z, y, x).
    """
    padded = np.pad(inside, 1)
    area, volume = mesh_area_and_volume(padded, spacing)
    slice_, column, row, anywhere = mesh_diameters(padded, spacing)
    least, minor, major = axis_lengths(inside, spacing)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "Elongation": minor / major,
            "Flatness": least / major,
            "LeastAxisLength": least,
            "MajorAxisLength": major,
            "Maximum2DDiameterColumn": column,
            "Maximum2DDiameterRow": row,
            "Maximum2DDiameterSlice": slice_,
            "Maximum3DDiameter": anywhere,
            "MeshVolume": volume,
            "MinorAxisLength": minor,
            "Sphericity": np.cbrt(36 * np.pi * volume**2) / area,
            "SurfaceArea": area,
            "SurfaceVolumeRatio": np.divide(area, volume),
            "VoxelVolume": inside.sum() * np.prod(spacing),
        }


def axis_lengths(inside: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Lengths in mm, ascending, of the axes of the ellipsoid with the voxels' variances.

    Args:
        inside: booleans with as many axes as there are edges in ``spacing``.
    """
    counts, count = inside.astype(np.float32), int(np.count_nonzero(inside))  # floats are added faster than booleans
    moments = np.empty((inside.ndim, inside.ndim))
    for first, second in combinations(range(inside.ndim), 2):
        rest = tuple(axis for axis in range(inside.ndim) if axis not in (first, second))
        seen = counts.sum(rest).astype(int)  # whole numbers below 2^24: nothing is rounded
        i, j = np.arange(seen.shape[0]), np.arange(seen.shape[1])
        of_i, of_j = seen.sum(1), seen.sum(0)
        moments[first, first] = count * int(of_i @ i**2) - int(of_i @ i) ** 2
        moments[second, second] = count * int(of_j @ j**2) - int(of_j @ j) ** 2
        moments[first, second] = count * int(i @ (seen @ j)) - int(of_i @ i) * int(of_j @ j)
        moments[second, first] = moments[first, second]
    variances = np.linalg.eigvalsh(moments / count**2 * np.outer(spacing, spacing))
    return 4 * np.sqrt(np.where(np.abs(variances) < 1e-10, 0, variances))


def mesh_area_and_volume(inside: np.ndarray, spacing: np.ndarray) -> tuple[float, float]:
    """Area (mm²) and volume (mm³) of the marching-cubes mesh of a mask.

    Args:
        inside: booleans (z, y, x), False on the whole border.
        spacing: voxel edges in mm (z, y, x).
    """
    shape = [n - 1 for n in inside.shape]
    code, corner = np.zeros(shape, np.uint8), inside.view(np.uint8)
    for bit, offset in enumerate(_CORNERS):
        window = tuple(slice(c, c + n) for c, n in zip(offset, shape, strict=True))
        code |= corner[window] << np.uint8(bit)
    # The mesh is where corners differ: codes but 0 and 255, which become the two greatest.
    place = np.flatnonzero(code.ravel() - np.uint8(1) < 254)
    codes, cubes = code.ravel()[place], np.unravel_index(place, code.shape)
    area, volume, shift = _configurations(tuple(float(edge) for edge in spacing))
    moved = sum(float(shift[codes, axis] @ cubes[axis].astype(float)) for axis in range(3))
    return float(area[codes].sum()), float(volume[codes].sum()) + moved


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
    ends, turned = _row_ends(inside), _row_ends(np.ascontiguousarray(inside.swapaxes(1, 2)))[:, (0, 2, 1)]
    slice_, column = (_widest_plane(ends, axis, spacing / 2) for axis in range(2))
    positions = ends * (spacing / 2)
    hull = positions[ConvexHull(positions).vertices]
    return slice_, column, _widest_plane(turned, 2, spacing / 2), float(pdist(hull).max())


def _row_ends(inside: np.ndarray) -> np.ndarray:
    """The first and the last vertex of every row along the last axis, (n, 3) in half voxels: only they can be farthest
    apart from others. A vertex lies halfway on every edge between a voxel inside and one outside."""
    found = []
    for axis in range(3):
        edge = np.diff(inside, axis=axis)
        rows = np.argwhere(edge.any(axis=2))
        row = edge[rows[:, 0], rows[:, 1]]
        ends = (row.argmax(axis=1), row.shape[1] - 1 - row[:, ::-1].argmax(axis=1))
        found += [2 * np.column_stack([rows, end]) + np.eye(3, dtype=int)[axis] for end in ends]
    return np.concatenate(found)


def _widest_plane(points: np.ndarray, axis: int, scale: np.ndarray) -> float:
    """Greatest distance between two points that share a coordinate."""
    others = [a for a in range(3) if a != axis]
    points = points[np.argsort(points[:, axis], kind="stable")]
    starts = np.flatnonzero(np.diff(points[:, axis], prepend=-1))
    planes = points[:, others] * scale[others]
    seen = planes @ _VIEWS
    width = (np.maximum.reduceat(seen, starts) - np.minimum.reduceat(seen, starts)).max(axis=1)
    bound = width / np.cos(np.pi / 2 / _VIEWS.shape[1])  # some view is that close to the greatest distance's direction
    ends = np.append(starts[1:], len(points))
    widest = 0.0
    for k in np.argsort(-bound):
        if bound[k] <= widest:  # no plane that follows can hold a longer distance
            break
        plane = planes[starts[k] : ends[k]]
        widest = max(widest, float(pdist(plane).max(initial=0)))
    return widest
