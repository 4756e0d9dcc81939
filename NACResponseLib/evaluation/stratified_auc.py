"""The AUC within strata, pooled: how a score ranks patients of the same group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .delong import Area, placements

SMALLEST_CLASS = 2
"""Patients of either class that a group needs, for its variance."""


def stratified_auc(labels: Sequence[str], outcome: ArrayLike, score: ArrayLike) -> tuple[Area, int]:
    """Only pairs of one group are compared; groups weigh ``m n / (m + n)`` (van Elteren 1960), variances are DeLong's.

    Args:
        labels: (n,) group of each patient; patients without one (empty) have no part.
        outcome: (n,), 1 or 0.
        score: (n,), higher for outcome 1.

    Returns:
        The area with its 95 % interval, cut at 0 and 1, NaN without a group that has two patients of either class or
        where the groups' scores separate the classes; and the number of such groups.
    """
    from scipy.special import ndtri

    names, reached, scores = np.asarray(labels), np.asarray(outcome), np.asarray(score, dtype=float)
    areas, variances, weights = [], [], []
    for name in sorted(set(names) - {""}):
        rows = names == name
        m, n = int((reached[rows] == 1).sum()), int((reached[rows] == 0).sum())
        if min(m, n) < SMALLEST_CLASS:
            continue
        above, below = (part[0] for part in placements(reached[rows], scores[rows][None]))
        areas.append(above.mean())
        variances.append(above.var(ddof=1) / m + below.var(ddof=1) / n)
        weights.append(m * n / (m + n))
    if not areas:
        return Area(*[float("nan")] * 4), 0
    share = np.array(weights) / sum(weights)
    area, error = float(share @ areas), float(np.sqrt(share**2 @ variances))
    if not error > 0:
        return Area(area, *[float("nan")] * 3), len(areas)
    half = float(ndtri(0.975)) * error
    return Area(area, error, max(area - half, 0.0), min(area + half, 1.0)), len(areas)
