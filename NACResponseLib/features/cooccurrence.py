"""Features of how often two grey levels are neighbours (the grey-level co-occurrence matrix)."""

from __future__ import annotations

import numpy as np

from .first_order import EPSILON
from .grey_levels import GreyLevels

_CELLS_AT_ONCE = 2**20  # of the matrices of several directions, which bounds memory
_FEW_LEVELS = 32
_GAP = 0.02


def cooccurrence_features(pairs: np.ndarray, levels: GreyLevels) -> dict[str, float]:
    """The 24 features of the co-occurrence matrix, means over the directions that have pairs.

    Args:
        pairs: (n, n, directions) counts, symmetric.
        levels: n of them occur.
    """
    totals = pairs.sum((0, 1))
    if pairs.shape[2] > 1 and not totals.all():
        pairs, totals = pairs[:, :, totals > 0], totals[totals > 0]
    at_once = max(_CELLS_AT_ONCE // pairs[..., 0].size, 1) if pairs.size else 1
    parts = []
    for start in range(0, max(pairs.shape[2], 1), at_once):
        chosen = slice(start, start + at_once)
        parts.append(_features(pairs[:, :, chosen] / np.where(totals > 0, totals, np.nan)[chosen], levels))
    return {name: _mean(np.concatenate([part[name] for part in parts])) for name in parts[0]}


def _mean(values: np.ndarray) -> float:
    """Over the directions where a feature is defined; NaN where there are none. Where eigenvalues are complex, the
    real part, as pyradiomics takes it."""
    defined = values[~np.isnan(values)]
    return float(defined.mean().real) if defined.size else float("nan")


def _features(p: np.ndarray, levels: GreyLevels) -> dict[str, np.ndarray]:
    """Each feature by direction, of symmetric probabilities (n, n, directions): of a cell and its mirror, one counts
    twice."""
    highest, number = levels.highest, levels.present.astype(float)
    first, second = np.triu_indices(len(number))
    margin = p.sum(0)
    mean = (number[:, None] * margin).sum(0)
    cells = p[first, second]
    twice = np.where(first == second, 1.0, 2.0)[:, None]
    counted = cells * twice
    i, j = number[first][:, None], number[second][:, None]
    variance = (margin * (number[:, None] - mean) ** 2).sum(0)
    from_mean = i + j - 2 * mean
    cluster = counted * from_mean**2
    by_sum = _collected(counted, levels.present[first] + levels.present[second], 2 * highest + 1)
    by_difference = _collected(counted, levels.present[second] - levels.present[first], highest)
    k, d = np.arange(2 * highest + 1.0)[:, None], np.arange(float(highest))[:, None]
    mean_difference = (d * by_difference).sum(0)
    independent = margin[first] * margin[second]
    logarithm = np.log2(independent + EPSILON)
    entropy = -(counted * np.log2(cells + EPSILON)).sum(0)
    of_independent = -(twice * independent * logarithm).sum(0)
    of_margin = _entropy(margin)
    gained = of_independent - entropy
    return {
        "Autocorrelation": (counted * (i * j)).sum(0),
        "ClusterProminence": (cluster * from_mean**2).sum(0),
        "ClusterShade": (cluster * from_mean).sum(0),
        "ClusterTendency": cluster.sum(0),
        "Contrast": (by_difference * d**2).sum(0),
        "Correlation": np.where(variance == 0, 1.0, (counted * (i - mean) * (j - mean)).sum(0) / (variance + EPSILON)),
        "DifferenceAverage": mean_difference,
        "DifferenceEntropy": _entropy(by_difference),
        "DifferenceVariance": (by_difference * (d - mean_difference) ** 2).sum(0),
        "Id": (by_difference / (1 + d)).sum(0),
        "Idm": (by_difference / (1 + d**2)).sum(0),
        "Idmn": (by_difference / (1 + d**2 / highest**2)).sum(0),
        "Idn": (by_difference / (1 + d / highest)).sum(0),
        "Imc1": np.where(of_margin == 0, 0.0, (entropy + (counted * logarithm).sum(0)) / of_margin),
        "Imc2": np.where(gained == 0, 0.0, (1 - np.exp(-2 * gained)) ** 0.5),
        "InverseVariance": (by_difference[1:] / d[1:] ** 2).sum(0),
        "JointAverage": mean,
        "JointEnergy": (counted * cells).sum(0),
        "JointEntropy": entropy,
        "MCC": _maximal_correlation(p, margin),
        "MaximumProbability": cells.max(0),
        "SumAverage": (k * by_sum).sum(0),
        "SumEntropy": _entropy(by_sum),
        "SumSquares": variance,
    }


def _collected(cells: np.ndarray, place: np.ndarray, length: int) -> np.ndarray:
    """(length, directions): the cells (m, directions) added up at their place."""
    directions = cells.shape[1]
    index = place[:, None] * directions + np.arange(directions)
    return np.bincount(index.ravel(), cells.ravel(), length * directions).reshape(length, directions)


def _entropy(p: np.ndarray) -> np.ndarray:
    return -(p * np.log2(p + EPSILON)).sum(0)


def _maximal_correlation(p: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """By direction the root of the second eigenvalue of Q, where Q_ij = sum over k of p_ik p_jk / (p_i p_k + eps)."""
    n, _, directions = p.shape
    if np.isnan(p).any():
        return np.full(directions, np.nan)
    if n < 2:
        return np.ones(1)
    if n >= _FEW_LEVELS:
        return np.sqrt([_second_eigenvalue(np.ascontiguousarray(p[:, :, a])) for a in range(directions)])
    # Of few levels the second eigenvalue may be nothing but rounding errors: the same steps make the same ones.
    q = np.zeros_like(p)
    for k in range(n):
        q += p[:, None, k] * p[None, :, k] / (margin[:, None] * margin[k] + EPSILON)
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.sort(np.linalg.eigvals(q.transpose(2, 0, 1)))[:, -2])


def _second_eigenvalue(p: np.ndarray) -> float:
    """Of Q of one symmetric matrix of probabilities.

    But for eps, Q has the eigenvalues of S S, where S_ij = p_ij / sqrt(p_i p_j) is symmetric and quick to solve. What
    eps changes is small: it is added by perturbation theory, to the second order, to the eigenvalues near the second.
    """
    margin = p.sum(0)
    p, margin = p[np.ix_(margin > 0, margin > 0)], margin[margin > 0]
    expected = np.outer(margin, margin)
    symmetric = p / np.sqrt(expected)
    lost = EPSILON / (expected + EPSILON)
    roots, vectors = np.linalg.eigh(symmetric)
    values = roots**2
    second = np.partition(values, -2)[-2]
    near = values > second - _GAP
    greatest = lost[p > 0].max()
    if second < 1e-3 or near.sum() > len(near) / 2 or greatest**3 > 1e-12 * _GAP**2:
        return float(np.sort(np.linalg.eigvals((p / (expected + EPSILON)) @ p).real)[-2])
    change = symmetric * lost
    rows = -(vectors[:, near].T @ change @ vectors) * roots
    columns = -(vectors.T @ (change @ vectors[:, near])) * roots[near]
    small = np.diag(values[near]) + rows[:, near]
    small += rows[:, ~near] @ (columns[~near] / (second - values[~near])[:, None])
    return float(np.sort(np.linalg.eigvals(small).real)[-2])
