"""A smooth sheet through evidence on columns: minimal-cost depth per column, then a smoothing spline."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import solveh_banded

Array = NDArray[np.float64]


def cheapest_sheet(cost: Array, bend: float, reach: int) -> tuple[NDArray[np.intp], Array]:
    """Depth index per column where the cost along paths from all sides is least.

    Semi-global matching (Hirschmüller, IEEE TPAMI 2008): four sweeps of dynamic programming across the sheet, whose
    sum approximates the minimum of the cost plus ``bend`` per step of depth between neighbouring columns.

    Args:
        cost: (rows, columns, depths); high where no surface can be.
        reach: greatest step of depth between neighbours.

    Returns:
        The index, and the aggregated cost (rows, columns, depths).
    """
    total = np.zeros_like(cost)
    for axis in (0, 1):
        moved, sums = np.moveaxis(cost, axis, 0), np.moveaxis(total, axis, 0)
        for order in (range(len(moved)), range(len(moved) - 1, -1, -1)):
            path: Array | None = None
            for k in order:
                path = moved[k] if path is None else moved[k] + _cheapest_step(path, bend, reach)
                sums[k] += path
    return np.argmin(total, axis=2), total


def _cheapest_step(path: Array, bend: float, reach: int) -> Array:
    """Least cost of arriving from a neighbouring column, relative to its least."""
    padded = np.pad(path, ((0, 0), (reach, reach)), constant_values=np.inf)
    depths = path.shape[1]
    arriving = path.copy()
    for step in range(-reach, reach + 1):
        if step:
            np.minimum(arriving, padded[:, reach + step : reach + step + depths] + bend * abs(step), out=arriving)
    return arriving - path.min(axis=1, keepdims=True)


def smooth_sheet(depths: Array, weights: Array, stiffness: float, tolerance: float, rounds: int = 4) -> Array:
    """The thin-plate-like spline that follows the depths where their weight is high, robust against outliers.

    Penalized least squares on second differences (Eilers and Marx, Stat Sci 1996) with Tukey's biweight, started from
    the heaviest half.

    Args:
        depths, weights: (rows, columns); where the weight is 0 the sheet goes on by itself.
        stiffness: of the sheet against a depth of weight 1.
        tolerance: beyond this misfit a depth no longer counts, in the unit of ``depths``.
    """
    rows, columns = depths.shape
    if columns > rows:  # the band is as wide as twice the inner axis
        return smooth_sheet(depths.T, weights.T, stiffness, tolerance, rounds).T
    bending = stiffness * _bending(rows, columns)
    bending[0] += 1e-9
    observed = np.where(weights > 0, depths, 0.0).ravel()
    robust = np.ones(rows * columns)
    sheet = observed
    for k in range(rounds):
        total = weights.ravel() * robust
        system = bending.copy()
        system[0] += total
        sheet = solveh_banded(system, total * observed, overwrite_ab=True, lower=True, check_finite=False)
        width = tolerance * max(1.0, 3.0 - k)
        misfit = np.clip(np.abs(observed - sheet) / width, 0, 1)
        robust = (1 - misfit**2) ** 2
    return sheet.reshape(rows, columns)


@lru_cache(maxsize=4)
def _bending(rows: int, columns: int) -> Array:
    """Sum of squared second differences along both axes and twice across, as a lower band matrix of LAPACK."""
    twist = sparse.kron(_first_differences(rows), _first_differences(columns))
    along = sparse.kron(sparse.eye(rows), _second_differences(columns))
    across = sparse.kron(_second_differences(rows), sparse.eye(columns))
    whole = (along + across + 2 * twist).tocsr()
    whole.eliminate_zeros()  # narrow blocks are stored dense, beyond the band
    whole = whole.tocoo()
    lower = whole.row >= whole.col
    band = np.zeros((2 * columns + 1, rows * columns))
    band[(whole.row - whole.col)[lower], whole.col[lower]] = whole.data[lower]
    return band


def _second_differences(count: int) -> sparse.csr_matrix:
    if count < 3:
        return sparse.csr_matrix((count, count))
    d = sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], shape=(count - 2, count))
    return (d.T @ d).tocsr()


def _first_differences(count: int) -> sparse.csr_matrix:
    if count < 2:
        return sparse.csr_matrix((count, count))
    d = sparse.diags([-1.0, 1.0], [0, 1], shape=(count - 1, count))
    return (d.T @ d).tocsr()
