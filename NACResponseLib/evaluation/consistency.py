"""How alike a model's calls are right in all groups of patients, as the MAMA-MIA challenge scores it.

The disparity of a variable is the range of sensitivities over its groups, plus the range of false positive rates
(equalized odds; Hardt, Price and Srebro, NeurIPS 2016). The score is 1 less the mean over variables, which is cut at 0
and 1 (Garrucho, the challenge's scoring script of the prediction task, 2025). Unlike there, groups with few patients
of a class have no part: their rates are chance.

A range is above 0 by chance alone, the more so the smaller the groups. So the bootstrap's interval is turned round
(basic bootstrap; Davison and Hinkley 1997), which takes much of that bias off, and the score is set beside that of
models whose calls have nothing to do with the groups: calls exchanged at random among the patients of a class. Where
the score is not below nearly all of these, its interval reaches 1. Patients alike in groups and outcome are counted
together, so that draws are of counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .equivalence import AGREES, DIFFERS, DISPARITY, UNCLEAR

SMALLEST_CLASS = 10
"""Patients of either class that a group needs."""
EXCHANGES = 500


@dataclass(frozen=True)
class Consistency:
    """Attributes:
    score, low, high: 0 to 1, with its 95 % interval; 1 is alike in all groups.
    by_chance: mean of the score where calls have nothing to do with the groups.
    disparities: range of sensitivity plus range of false positive rate, 0 to 2, of each variable.
    verdict: ``agrees`` (the interval lies above 1 less the margin), ``differs`` (the score lies below
        the 5th percentile by chance), or ``inconclusive``.
    """

    score: float
    low: float
    high: float
    by_chance: float
    disparities: Mapping[str, float]
    verdict: str


def subgroup_consistency(
    labels: Mapping[str, Sequence[str]], outcome: ArrayLike, called: ArrayLike, *, draws: int = 1000, seed: int = 0
) -> Consistency | None:
    """The score over the variables that divide the patients into two groups or more.

    Args:
        labels: (n,) group of each patient by variable; empty where it is not known.
        outcome, called: (n,), 1 or 0: what was so, and what the model calls.

    Returns:
        None where no variable has two groups with ``SMALLEST_CLASS`` patients of either class.
    """
    reached, calls = np.asarray(outcome, dtype=int), np.asarray(called, dtype=int)
    if not labels:
        return None
    rows, cell = np.unique(np.column_stack([*map(np.asarray, labels.values()), reached]), axis=0, return_inverse=True)
    positive = rows[:, -1].astype(float)
    patients = np.bincount(cell, minlength=len(rows))
    hits = np.bincount(cell, weights=calls, minlength=len(rows)).astype(int)
    groups = zip(labels, rows[:, :-1].T, strict=True)
    members = {name: found for name, of in groups if len(found := _members(of, positive, patients)) > 1}
    if not members:
        return None

    def mean_disparity(called: NDArray[Any], all_: NDArray[Any]) -> NDArray[np.float64]:
        return np.mean([_disparity(of, positive, called, all_) for of in members.values()], axis=0)

    random = np.random.default_rng(seed)
    disparities = {name: float(_disparity(of, positive, hits, patients)[0]) for name, of in members.items()}
    observed = float(np.mean(list(disparities.values())))
    shares = np.concatenate([hits, patients - hits]) / reached.size
    drawn_hits, drawn_others = np.split(random.multinomial(reached.size, shares, size=draws), 2, axis=1)
    upper, lower = np.nanquantile(mean_disparity(drawn_hits, drawn_hits + drawn_others), [0.975, 0.025])
    low, high = (float(np.clip(2 * observed - bound, 0, 1)) for bound in (upper, lower))
    chance = mean_disparity(_exchanged(positive, hits, patients, random), patients).clip(0, 1)
    most = float(np.quantile(chance, 0.95))
    low = low if observed > most else 0.0
    alike = DISPARITY.verdict(low, high) == AGREES
    verdict = AGREES if alike else DIFFERS if observed > most else UNCLEAR
    score = 1 - float(np.clip(observed, 0, 1))
    return Consistency(score, 1 - high, 1 - low, 1 - float(chance.mean()), disparities, verdict)


def _members(names: NDArray[np.str_], positive: NDArray[Any], patients: NDArray[Any]) -> NDArray[np.float64]:
    """(groups, cells) membership of the groups that are large enough."""
    found = [(names == name).astype(float) for name in sorted(set(names) - {""})]
    sizes = [[one @ (patients * so) for so in (positive, 1 - positive)] for one in found]
    return np.array([one for one, size in zip(found, sizes, strict=True) if min(size) >= SMALLEST_CLASS])


def _disparity(
    members: NDArray[np.float64], positive: NDArray[Any], hits: NDArray[Any], patients: NDArray[Any]
) -> NDArray[np.float64]:
    """(...) of patients and those called (..., cells); a group that a draw leaves without a class has no part in it."""
    total = np.zeros(1)
    for so in (positive, 1 - positive):
        with np.errstate(invalid="ignore"):
            rates = (hits * so) @ members.T / ((patients * so) @ members.T)
        total = total + np.nanmax(rates, axis=-1) - np.nanmin(rates, axis=-1)
    return total


def _exchanged(
    positive: NDArray[Any], hits: NDArray[Any], patients: NDArray[Any], random: np.random.Generator
) -> NDArray[np.int64]:
    """(EXCHANGES, cells) patients called, exchanged at random within each class."""
    exchanged = np.zeros((EXCHANGES, hits.size), dtype=np.int64)
    for so in (0, 1):
        cells = positive == so
        exchanged[:, cells] = random.multivariate_hypergeometric(patients[cells], int(hits[cells].sum()), EXCHANGES)
    return exchanged
