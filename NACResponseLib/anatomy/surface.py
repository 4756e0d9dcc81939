"""The surface of a mask, finer than its voxels.

A mask says which voxel centres lie inside; where between two centres the surface runs must be inferred. Between
thick slices the outlines are interpolated (shape-based interpolation: Raya and Udupa, IEEE TMI 1990; here with a
function that is exact for spheres), and beyond the last slice the outline closes like a spherical cap. On the nearly
cubic voxels that result, the surface is the zero level of the smoothed signed Euclidean distance.

Arrays have axes z, y, x. Positions are index coordinates times spacing: millimetres along the array's own axes,
origin at the centre of voxel 0. Distances and volumes do not depend on the image's orientation.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from scipy.spatial import cKDTree

SMOOTHING = 0.6
"""Of a mask's outline, in units of its smallest voxel edge: takes away the bumps of single voxels, which would
otherwise push everything measured from the surface outward by about a tenth of a voxel."""
_CLEARANCE = 0.1
"""A voxel centre stays at least this far (in smallest voxel edges) on its own side of the surface."""


def signed_distance(inside: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Distance in mm from every voxel centre to the nearest centre of the other side; negative inside.

    Args:
        inside: booleans (z, y, x); infinite where there is no other side.
        spacing: voxel edges in mm (z, y, x).
    """
    outside = distance_to(inside, spacing)
    outside -= distance_to(~inside, spacing)
    return outside


def distance_to(voxels: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Distance from every centre to the nearest of the voxels' centres, 0 on them (Maurer et al., TPAMI 2003).

    Args:
        voxels: booleans (z, y, x); infinite where there are none.
        spacing: voxel edges in mm (z, y, x).
    """
    if not voxels.any():
        return np.full(voxels.shape, np.inf, np.float32)
    mask = sitk.GetImageFromArray(voxels.astype(np.uint8))
    mask.SetSpacing([float(edge) for edge in spacing[::-1]])
    distance = sitk.GetArrayFromImage(sitk.SignedMaurerDistanceMap(mask, False, False, True))
    return np.maximum(distance, 0, out=distance)


def surface_points(inside: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Points on the surface of a mask, about its smallest voxel edge apart and never more than 1 mm.

    Args:
        inside: booleans (z, y, x), at least one True.
        spacing: voxel edges in mm (z, y, x).

    Returns:
        (n, 3) positions in mm (z, y, x).
    """
    found = ndimage.find_objects(inside.astype(np.uint8))[0]  # one tumour is measured and has its shell drawn
    part = np.ascontiguousarray(inside[found])
    points = _points_of(part.tobytes(), part.shape, tuple(map(float, spacing)))
    return points + np.array([there.start for there in found]) * spacing


def tree_of(points: np.ndarray) -> cKDTree:
    """For the nearest of many evenly spread points (n, 3): it is asked faster than SciPy's usual tree."""
    return cKDTree(points, leafsize=32, compact_nodes=False, balanced_tree=False)


@lru_cache(maxsize=2)
def _points_of(voxels: bytes, shape: tuple[int, ...], spacing: tuple[float, ...]) -> np.ndarray:
    inside, edges = np.frombuffer(voxels, bool).reshape(shape), np.array(spacing)
    thickest = int(np.argmax(edges))
    order = [thickest, *(axis for axis in range(3) if axis != thickest)]
    return _points(np.transpose(inside, order), edges[order])[:, np.argsort(order)]


def _points(inside: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """``surface_points`` for an array whose first axis runs across the thickest slices."""
    pad = 3  # with less the smoothing at the surface would depend on it
    inside = np.pad(inside, pad)
    origin = -pad * spacing
    factor = round(float(spacing[0] / spacing[1:].min()))
    if factor > 1:
        inside = _fill_between_slices(inside, spacing, factor)
        origin[0] += spacing[0]  # the outermost slices only support the interpolation
        spacing = np.array([spacing[0] / factor, *spacing[1:]])
    distance = _smoothed(signed_distance(inside, spacing), inside, spacing)
    factors = np.maximum(np.ceil(spacing - 1e-6).astype(int), 1)
    for axis, steps in enumerate(factors):
        distance = _refine(distance, axis, int(steps))
    return np.concatenate([_crossings(distance, axis) for axis in range(3)]) * (spacing / factors) + origin


def _smoothed(distance: np.ndarray, inside: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """The signed distance without the bumps of single voxels, every voxel centre kept on its side."""
    smallest = spacing.min()
    smooth = ndimage.gaussian_filter(distance, SMOOTHING * smallest / spacing, mode="nearest")
    clear = _CLEARANCE * smallest
    return np.where(inside, np.minimum(smooth, -clear), np.maximum(smooth, clear)).astype(np.float32)


def _fill_between_slices(inside: np.ndarray, spacing: np.ndarray, factor: int) -> np.ndarray:
    """The mask on slices ``factor`` times as dense, without the two outermost slices.

    Interpolated is the function f that on each slice is (distance from the centre)² - r² for a disc of radius r:
    for a sphere it is quadratic across slices, which cubic convolution (Keys, 1981) reproduces.

    Args:
        inside: booleans (slice, row, column); the two outermost slices at each end are empty.
    """
    f = np.full(inside.shape, np.inf, np.float32)
    nearest = np.zeros(inside.shape, np.int32)
    labels = np.zeros(inside.shape, np.int32)
    for k in np.flatnonzero(inside.any(axis=(1, 2))):
        f[k], nearest[k], labels[k] = _disc_function(inside[k], spacing[1:])
    upward = _cap(f, nearest, labels, spacing)
    downward = _cap(f[::-1], nearest[::-1], labels[::-1], spacing)[::-1]
    return _cubic(np.minimum(upward, downward), factor, 2 * spacing[0] ** 2) < 0


def _disc_function(inside: np.ndarray, spacing: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """f of a slice (row, column), the label of the part nearest to every pixel, and the parts' labels.

    With the signed distance s to the outline and the radius r of the part's largest inscribed circle,
    f = s (2 r + s); it is negative inside.
    """
    to_part, indices = ndimage.distance_transform_edt(~inside, sampling=spacing, return_indices=True)
    to_outside = ndimage.distance_transform_edt(np.pad(inside, 1), sampling=spacing)[1:-1, 1:-1]
    s = _smoothed(to_part - to_outside, inside, spacing)
    labels, count = ndimage.label(inside, np.ones((3, 3)))
    radii = -np.atleast_1d(ndimage.minimum(s, labels, range(1, count + 1)))
    nearest = labels[tuple(indices)]
    r = radii[nearest - 1]
    return s * (2 * r + s), nearest, labels


def _cap(f: np.ndarray, nearest: np.ndarray, labels: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """f with every part that ends going upward closed like a sphere, whose second difference across slices is 2 h²."""
    step = 2 * spacing[0] ** 2
    clear = _CLEARANCE * spacing.min() * spacing[1:].min()
    capped = f.copy()
    for k in range(1, len(f)):
        below = capped[k - 1]
        if not np.isfinite(below).all():
            continue
        ended = ~np.isin(nearest[k - 1], labels[k - 1][labels[k] > 0])
        before = capped[k - 2] if k > 1 and np.isfinite(capped[k - 2]).all() else below + step / 2
        trend = np.where(below < 0, below - before, np.maximum(below - before, 0))
        onward = np.maximum(below + trend + step, clear)
        capped[k] = np.where(ended, np.minimum(f[k], onward), f[k])
        nearest[k] = np.where(ended, nearest[k - 1], nearest[k])
    return capped


def _cubic(values: np.ndarray, factor: int, bulge: float) -> np.ndarray:
    """``factor`` steps in place of each one along the first axis, by cubic convolution; the end slices are support.

    Args:
        values: a function per slice.
        bulge: the second difference an outer neighbour may add, so that a large step does not ring.
    """
    steps = len(values) - 3
    low, high = values[1:-2], values[2:-1]
    first = np.minimum(values[:-3], low + np.maximum(low - high, 0) + bulge)
    last = np.minimum(values[3:], high + np.maximum(high - low, 0) + bulge)
    taps = np.stack([first, low, high, last])
    fine = np.empty((steps * factor + 1, *values.shape[1:]), np.float32)
    for k in range(factor):
        t = k / factor
        weights = np.array([-t * (1 - t) ** 2, 2 - 5 * t**2 + 3 * t**3, t * (1 + 4 * t - 3 * t**2), -(t**2) * (1 - t)])
        fine[k:-1:factor] = np.tensordot(weights.astype(np.float32) / 2, taps, 1)
    fine[-1] = values[-2]
    return fine


def _refine(values: np.ndarray, axis: int, factor: int) -> np.ndarray:
    """``factor`` linear steps in place of each one along an axis."""
    if factor == 1:
        return values
    moved = np.moveaxis(values, axis, 0)
    low, step = moved[:-1], np.diff(moved, axis=0)
    fine = np.empty((len(low) * factor + 1, *moved.shape[1:]), values.dtype)
    for k in range(factor):
        fine[k:-1:factor] = low + step * np.float32(k / factor)
    fine[-1] = moved[-1]
    return np.moveaxis(fine, 0, axis)


def _crossings(distance: np.ndarray, axis: int) -> np.ndarray:
    """Index coordinates (n, 3) where the distance changes sign along an axis."""
    length = distance.shape[axis] - 1
    low, high = distance.take(range(length), axis), distance.take(range(1, length + 1), axis)
    crossed = (low < 0) != (high < 0)
    points = np.argwhere(crossed).astype(np.float64)
    points[:, axis] += low[crossed] / (low[crossed] - high[crossed])
    return points
