"""The shape features of a region: pyradiomics' values in a fraction of its time.

pyradiomics walks a mesh and compares every pair of its vertices. But area and volume are sums over configurations
(``mesh``), and the farthest vertices lie on the convex hull.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from .mesh import mesh_area_and_volume, outline_length_and_area

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


def plane_shape_values(inside: np.ndarray, spacing: np.ndarray) -> dict[str, float]:
    """The 9 shape features of 2D by name; NaN where one is not defined.

    Args:
        inside: booleans (y, x), the region in its box.
        spacing: pixel edges in mm (y, x).
    """
    padded = np.pad(inside, 1)
    perimeter, area = outline_length_and_area(padded, spacing)
    minor, major = axis_lengths(inside, spacing)
    vertices = [2 * np.argwhere(np.diff(padded, axis=axis)) + np.eye(2, dtype=int)[axis] for axis in range(2)]
    with np.errstate(invalid="ignore"):
        return {
            "Elongation": minor / major,
            "MajorAxisLength": major,
            "MaximumDiameter": _widest(np.concatenate(vertices) * (spacing / 2)),
            "MeshSurface": area,
            "MinorAxisLength": minor,
            "Perimeter": perimeter,
            "PerimeterSurfaceRatio": perimeter / area,
            "PixelSurface": inside.sum() * np.prod(spacing),
            "Sphericity": 2 * np.sqrt(np.pi * area) / perimeter,
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


def mesh_diameters(inside: np.ndarray, spacing: np.ndarray) -> tuple[float, float, float, float]:
    """Greatest vertex distances in mm: within planes of equal z, of equal y, of equal x, and anywhere.

    Args:
        inside: booleans (z, y, x), False on the whole border.
        spacing: voxel edges in mm (z, y, x).
    """
    ends, turned = _row_ends(inside), _row_ends(np.ascontiguousarray(inside.swapaxes(1, 2)))[:, (0, 2, 1)]
    slice_, column = (_widest_plane(ends, axis, spacing / 2) for axis in range(2))
    return slice_, column, _widest_plane(turned, 2, spacing / 2), _widest(ends * (spacing / 2))


def _widest(positions: np.ndarray) -> float:
    """Greatest distance between two points, which do not all lie in one plane (in 2D: on one line)."""
    return float(pdist(positions[ConvexHull(positions).vertices]).max())


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
