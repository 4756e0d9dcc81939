"""The matrices that textures are computed from: how often grey levels are neighbours, run, form zones, depend.

Voxels are neighbours where no index differs by more than one: along 13 directions in 3D, 4 in a plane. A direction in
which the region's box is one voxel thick is not walked. Definitions: pyradiomics' (van Griethuysen et al., Cancer
Research 2017) and IBSI's (Zwanenburg et al., Radiology 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .grey_levels import GreyLevels


@dataclass(frozen=True)
class TextureMatrices:
    """Counts by grey level; the n levels are those that occur.

    Attributes:
        cooccurrence: (n, n, directions) pairs of neighbours, counted in both orders.
        runs: (n, lengths, directions) unbroken rows of one level; a direction is left out where every row through the
            box meets at most one voxel of the region.
        run_lengths: in voxels, of the second axis.
        zones: (n, sizes) connected parts of one level.
        zone_sizes: in voxels, of the second axis.
        dependence: (n, sizes) voxels by how many they and their neighbours of the same level are.
        dependence_sizes: of the second axis.
        deviations: (n,) sums over voxels of the distance between a voxel's level and its neighbours' mean.
    """

    cooccurrence: np.ndarray
    runs: np.ndarray
    run_lengths: np.ndarray
    zones: np.ndarray
    zone_sizes: np.ndarray
    dependence: np.ndarray
    dependence_sizes: np.ndarray
    deviations: np.ndarray


def texture_matrices(inside: np.ndarray, levels: GreyLevels) -> TextureMatrices:
    """All matrices of a region in one walk over the directions.

    Args:
        inside: booleans (z, y, x), the region in its box.
        levels: of its voxels in numpy's order.

    Raises:
        ValueError: a single voxel, which has no directions.
    """
    directions = _half(inside.shape)
    if not directions:
        raise ValueError("a texture needs more than one voxel")
    grid, steps = _padded(inside, levels, directions)
    voxels, n = np.flatnonzero(grid), len(levels.present)
    own = levels.of_voxel + 1  # 0 is outside
    row, same = own * (n + 1), np.zeros(grid.size, np.uint8)
    pairs = np.zeros((n, n, len(directions)), np.uint32)
    runs: list[np.ndarray] = []
    joined: list[tuple[np.ndarray, int]] = []
    for number, step in enumerate(steps):
        ahead = grid[voxels + step]
        counted = np.bincount(row + ahead, minlength=(n + 1) ** 2).reshape(n + 1, n + 1)[1:, 1:]
        pairs[:, :, number] = counted + counted.T
        first = voxels[ahead == own]
        same[first] += 1
        same[first + step] += 1
        joined.append((first, step))
        if counted.any() or _meets_twice(inside, directions[number]):
            runs.append(_runs(grid, first, step, levels))
    of_voxel = levels.of_voxel * 27 + same[voxels]
    return TextureMatrices(
        pairs,
        *_by_length(runs, n),
        *_zones(joined, grid, same, levels),
        *_occurring(np.bincount(of_voxel, minlength=27 * n).reshape(n, 27)),
        _deviations(inside, levels),
    )


def _half(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """One of each pair of opposite steps (z, y, x) to a neighbour inside a box of this shape."""
    reach = [(1, 0, -1) if size > 1 else (0,) for size in shape]
    steps = list(product(*reach))
    return steps[: len(steps) // 2]


def _padded(inside: np.ndarray, levels: GreyLevels, directions: list[tuple[int, ...]]) -> tuple[np.ndarray, list[int]]:
    """The box with a border, flat, with levels from 1 and 0 outside; and the directions as steps in it."""
    shape = [size + 2 for size in inside.shape]
    grid = np.zeros(shape, np.min_scalar_type(len(levels.present)))
    grid[1:-1, 1:-1, 1:-1][inside] = levels.of_voxel + 1
    strides = (shape[1] * shape[2], shape[2], 1)
    return grid.ravel(), [int(np.dot(direction, strides)) for direction in directions]


def _deviations(inside: np.ndarray, levels: GreyLevels) -> np.ndarray:
    """(n,) sums over voxels of the distance between a voxel's level and the mean of its neighbours'."""
    level = levels.present[levels.of_voxel]
    grid = np.zeros([size + 2 for size in inside.shape], np.int16 if 27 * levels.highest < 2**15 else np.int32)
    grid[1:-1, 1:-1, 1:-1][inside] = level
    neighbours = _in_cube((grid > 0).astype(np.int8))[inside] - 1
    total = _in_cube(grid)[inside] - level
    mean = np.divide(total, neighbours, out=level.astype(float), where=neighbours > 0)
    return np.bincount(levels.of_voxel, np.abs(level - mean))


def _in_cube(grid: np.ndarray) -> np.ndarray:
    """Sums over each inner voxel and its 26 neighbours."""
    for axis in range(3):
        size = grid.shape[axis] - 2
        first, second, third = (
            grid[tuple(slice(at, at + size) if a == axis else slice(None) for a in range(3))] for at in range(3)
        )
        grid = first + second
        grid += third
    return grid


def _meets_twice(inside: np.ndarray, direction: tuple[int, ...]) -> bool:
    """Whether some row along a direction holds two voxels of the region."""
    position = np.argwhere(inside)
    axis = next(a for a in range(3) if direction[a])
    rows = position - np.outer(position[:, axis] * direction[axis], direction)
    return len(np.unique(rows, axis=0)) < len(rows)


def _runs(grid: np.ndarray, first: np.ndarray, step: int, levels: GreyLevels) -> np.ndarray:
    """(n, lengths) counts of the runs along a step.

    Args:
        first: the voxels whose next has the same level.
    """
    n = len(levels.present)
    end = first[grid[first - step] != grid[first]]  # where a run of two or more starts
    level = grid[end].astype(int)
    counts = [np.bincount(levels.of_voxel)]
    while end.size:
        end = end + step
        goes_on = grid[end + step] == level
        counts.append(np.bincount(level[~goes_on] - 1, minlength=n))
        counts[0] = counts[0] - len(counts) * counts[-1]
        level, end = level[goes_on], end[goes_on]
    return np.stack(counts, axis=1)


def _by_length(runs: list[np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, lengths, directions) counts of runs, and the lengths that occur."""
    longest = max((one.shape[1] for one in runs), default=0)
    counts = np.zeros((n, longest, len(runs)))
    for direction, one in enumerate(runs):
        counts[:, : one.shape[1], direction] = one
    return _occurring(counts)


def _zones(
    joined: list[tuple[np.ndarray, int]], grid: np.ndarray, same: np.ndarray, levels: GreyLevels
) -> tuple[np.ndarray, np.ndarray]:
    """(n, sizes) counts of connected voxels of one level, and the sizes that occur.

    Args:
        joined: of each step, the voxels whose next has the same level.
        same: how many neighbours of each voxel do.
    """
    n, several = len(levels.present), np.flatnonzero(same)
    number = np.zeros(grid.size, np.int32)
    number[several] = np.arange(len(several))
    first = number[np.concatenate([voxels for voxels, _ in joined])]
    second = number[np.concatenate([voxels + step for voxels, step in joined])]
    graph = coo_array((np.ones(len(first), bool), (first, second)), (len(several), len(several)))
    _, zone = connected_components(graph, directed=False)
    sizes = np.bincount(zone)
    level = np.zeros(len(sizes), int)
    level[zone] = grid[several] - 1
    occur = np.unique(np.append(sizes, 1))
    counts = np.bincount(level * len(occur) + np.searchsorted(occur, sizes), minlength=n * len(occur))
    counts = counts.reshape(n, len(occur)).astype(float)
    counts[:, 0] += np.bincount(levels.of_voxel) - np.bincount(level, sizes, n)
    return _occurring(counts, occur)


def _occurring(counts: np.ndarray, sizes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Counts (n, sizes, ...) without the sizes that do not occur, and the sizes that do; from 1 if not given."""
    sizes = np.arange(1, counts.shape[1] + 1) if sizes is None else sizes
    occur = counts.any(axis=(0, *range(2, counts.ndim)))
    return np.ascontiguousarray(counts[:, occur], float), sizes[occur].astype(float)
