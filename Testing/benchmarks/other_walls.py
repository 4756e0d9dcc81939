"""Two other ways to the chest wall's front, by regions, for comparison with the sheet: watershed and random walker.

Both get what the sheet gets (the columns' samples) and the same two seeds: tissue just below the skin, and the back of
the columns. Watershed: Meyer, Signal Processing 1994, from markers. Random walker: Grady, IEEE TPAMI 2006.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.linalg import cg

from NACResponseLib.anatomy.columns import DEPTH_STEP_MM, PITCH_MM
from NACResponseLib.anatomy.evidence import Samples

Array = NDArray[np.float64]
SEED_MM, BACK_MM, SMOOTH_MM = 12.0, 60.0, 2.0
EDGES = (PITCH_MM, PITCH_MM, DEPTH_STEP_MM)
BETA = 3.0


def watershed(samples: Samples) -> Array:
    """Depth in mm (rows, columns) at which the back's basin begins."""
    seeds = _seeds(samples)
    slope = sitk.GetImageFromArray(_slope(samples).astype(np.float32))
    basins = sitk.MorphologicalWatershedFromMarkers(slope, sitk.GetImageFromArray(seeds), False, False)
    return _front(sitk.GetArrayFromImage(basins) == 2)


def random_walker(samples: Samples) -> Array:
    """Depth in mm (rows, columns) from which a walker reaches the back first."""
    values, seeds = _smooth(samples), _seeds(samples)
    scale = np.std(np.diff(values, axis=2))
    number = np.arange(values.size).reshape(values.shape)
    links = []
    for axis, edge in enumerate(EDGES):
        low, high = (np.take(number, range(k, values.shape[axis] - 1 + k), axis).ravel() for k in (0, 1))
        step = (values.ravel()[high] - values.ravel()[low]) / scale
        links.append((low, high, (np.exp(-BETA * step**2) + 1e-4) / edge**2))
    low, high, weight = (np.concatenate(part) for part in zip(*links, strict=True))
    graph = sparse.coo_matrix((weight, (low, high)), (values.size, values.size))
    graph = (graph + graph.T).tocsr()
    laplace = sparse.diags(np.asarray(graph.sum(axis=1)).ravel()) - graph
    free, back = np.flatnonzero(seeds.ravel() == 0), np.flatnonzero(seeds.ravel() == 2)
    system = laplace[free][:, free]
    towards = -laplace[free][:, back] @ np.ones(len(back))
    chance, _ = cg(system, towards, rtol=1e-4, maxiter=400, M=sparse.diags(1 / system.diagonal()))
    reached = (seeds == 2).astype(float).ravel()
    reached[free] = chance
    return _front(reached.reshape(values.shape) > 0.5)


def _smooth(samples: Samples) -> Array:
    return ndimage.gaussian_filter(samples.values.astype(float), [SMOOTH_MM / edge for edge in EDGES])


def _slope(samples: Samples) -> Array:
    parts = np.gradient(_smooth(samples), *EDGES)
    return np.sqrt(np.sum(np.square(parts), axis=0))


def _seeds(samples: Samples) -> NDArray[np.uint8]:
    """1 in air and just below the skin, 2 at the back, 0 between."""
    depth = np.arange(samples.values.shape[2]) * DEPTH_STEP_MM
    entry = np.nan_to_num(samples.entry, nan=np.inf)[..., None] * DEPTH_STEP_MM
    trunk = np.where(np.isfinite(samples.trunk), samples.trunk, np.nan)[..., None] * DEPTH_STEP_MM
    deepest = samples.weights.shape[2] - np.argmax(samples.weights[..., ::-1] > 0, axis=2)
    back = np.nan_to_num(np.fmin(trunk + BACK_MM, deepest[..., None] * DEPTH_STEP_MM - 5), nan=np.inf)
    seeds = np.zeros(samples.values.shape, np.uint8)
    seeds[depth < entry + SEED_MM] = 1
    seeds[(depth >= back) & (depth >= entry + SEED_MM)] = 2
    return seeds


def _front(behind: NDArray[np.bool_]) -> Array:
    return np.where(behind.any(axis=2), behind.argmax(axis=2), behind.shape[2]) * DEPTH_STEP_MM
