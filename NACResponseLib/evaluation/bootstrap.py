"""How much lower is the AUC on other patients: a bootstrap of the difference between two groups' AUCs.

Each class of each group is drawn anew with replacement, so that every draw holds both classes; the interval is that of
the percentiles (Efron 1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .delong import placements

DRAWS = 2000
_PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class AreaGap:
    """AUC of the first group less that of the second.

    Attributes:
        first, second, difference: as observed.
        percentile: 95 % interval.
        p: two-sided, the share of draws beyond 0, never 0: the percentile interval turned round.
        draws: how many.
    """

    first: float
    second: float
    difference: float
    percentile: tuple[float, float]
    p: float
    draws: int


def auc_gap(
    first_outcome: ArrayLike,
    first_score: ArrayLike,
    second_outcome: ArrayLike,
    second_score: ArrayLike,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> AreaGap:
    """The difference of the AUCs of two groups of different patients, as of training and validation patients.

    Args:
        first_outcome, first_score: (n,) of one group; second: (m,) of the other.

    Raises:
        InputError: as ``delong.placements``, in either group, or fewer than 100 draws.
    """
    if draws < 100:
        raise InputError("100 draws or more", f"{draws}", "take 2,000")
    random = np.random.default_rng(seed)
    areas, drawn = [], []
    for outcome, score in ((first_outcome, first_score), (second_outcome, second_score)):
        above, _ = placements(outcome, np.atleast_2d(np.asarray(score, dtype=float)))
        areas.append(float(above.mean()))
        drawn.append(_areas_of_draws(np.asarray(outcome), np.asarray(score, dtype=float), random, draws))
    difference = areas[0] - areas[1]
    values = drawn[0] - drawn[1]
    low, high = (float(bound) for bound in np.quantile(values, [0.025, 0.975]))
    beyond = min(int((values <= 0).sum()), int((values >= 0).sum()))
    return AreaGap(
        areas[0],
        areas[1],
        difference,
        (low, high),
        min(1.0, 2 * (beyond + 1) / (draws + 1)),
        draws,
    )


def _areas_of_draws(
    outcome: NDArray[Any], score: NDArray[Any], random: np.random.Generator, draws: int
) -> NDArray[np.float64]:
    """(draws,) areas, each class drawn anew; ``w psi v / (m n)`` with the draws' counts w and v."""
    positive, negative = score[outcome == 1], score[outcome == 0]
    m, n = positive.size, negative.size
    counts = [_counts(size, random, draws) for size in (m, n)]
    total = np.zeros(draws)
    rows = max(1, _PAIRS_AT_ONCE // n)
    for start in range(0, m, rows):
        part = positive[start : start + rows, None]
        wins = (part > negative) + 0.5 * (part == negative)
        total += ((counts[0][:, start : start + rows] @ wins) * counts[1]).sum(axis=1)
    return total / (m * n)


def _counts(patients: int, random: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """(draws, patients) how often each draw holds each patient."""
    picks = random.integers(patients, size=(draws, patients)) + patients * np.arange(draws)[:, None]
    return np.bincount(picks.ravel(), minlength=draws * patients).reshape(draws, patients).astype(float)
