"""A frozen model in subgroups of the patients, and whether it does differently in them.

A figure that is poor in one subgroup and good in another is no difference between them until the difference itself is
tested. The AUCs are compared by Cochran's ``Q = sum (A_g - A)^2 / V_g`` with DeLong's variances and the mean A weighted
by 1 / V_g, chi-squared with one degree of freedom less than groups. Calibration is compared by likelihood ratio: the
outcome on the log-odds with one intercept for all, against one for each group; then one slope against one for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .delong import auc_interval
from .external import DRAWS, Estimate, external_metrics
from .logistic import logit
from .nested_models import likelihood_ratio_test
from .statistics import wilson_interval

SMALLEST_CLASS = 10
"""Patients of either class that a subgroup needs for metrics of its own; below, only its counts are given."""
NOT_GIVEN = "not given"
INTERACTIONS = ("auc", "calibration_intercept", "calibration_slope")
AGE_EDGES = (40, 50, 60, 70)


@dataclass(frozen=True)
class Subgroup:
    """Attributes:
    group: its name.
    patients, positives: counts.
    observed, low, high: share of positives and its 95 % Wilson interval.
    predicted: mean probability.
    metrics: as ``external_metrics`` gives them; none where a class has fewer than ``SMALLEST_CLASS`` patients.
    """

    group: str
    patients: int
    positives: int
    observed: float
    low: float
    high: float
    predicted: float
    metrics: tuple[Estimate, ...]


@dataclass(frozen=True)
class Interaction:
    """A test of no difference between subgroups.

    Attributes:
        test: of ``INTERACTIONS``.
        statistic, degrees, p: chi-squared; NaN, 0 and NaN where it could not be made, for the ``reason`` given.
        groups: subgroups that entered, those with metrics.
    """

    test: str
    statistic: float
    degrees: int
    p: float
    groups: int
    reason: str = ""


@dataclass(frozen=True)
class SubgroupAnalysis:
    """One variable: its subgroups by name, and the tests between them."""

    variable: str
    groups: tuple[Subgroup, ...]
    interactions: tuple[Interaction, ...]


def analyse_subgroups(
    variable: str,
    labels: Sequence[str],
    outcome: ArrayLike,
    probability: ArrayLike,
    threshold: float,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> SubgroupAnalysis:
    """Metrics in each subgroup with 95 % intervals, and whether they differ.

    Args:
        variable: what defines the subgroups, in words.
        labels: (n,) group of each patient; an empty one is ``not given``, and enters no test.
        outcome: (n,), 1 or 0.
        probability: (n,) by the model.
        threshold: of the model, fixed before.

    Raises:
        InputError: unequal lengths.
    """
    names = np.array([str(label).strip() or NOT_GIVEN for label in labels])
    reached, score = np.asarray(outcome, dtype=int), np.asarray(probability, dtype=float)
    if not names.shape == reached.shape == score.shape:
        raise InputError(
            "a group, an outcome and a probability of each patient",
            f"{names.size}, {reached.size} and {score.size}",
            "match the patients",
        )
    groups = []
    for name in sorted(set(names), key=lambda each: (each == NOT_GIVEN, each)):
        rows = names == name
        groups.append(_subgroup(str(name), reached[rows], score[rows], threshold, draws, seed))
    tested = [group.group for group in groups if group.metrics and group.group != NOT_GIVEN]
    rows = np.isin(names, tested)
    return SubgroupAnalysis(variable, tuple(groups), _interactions(names[rows], reached[rows], score[rows], tested))


def age_bands(age: ArrayLike, edges: Sequence[float] = AGE_EDGES) -> list[str]:
    """Names of bands of age in whole years (``40 to 49``), which sort by age; empty where it is not known."""
    bands = [*(f"{a:g} to {b - 1:g}" for a, b in pairwise([0, *edges])), f"{edges[-1]:g} and above"]
    numbers = np.asarray(age, dtype=float)
    return ["" if np.isnan(years) else bands[int(np.digitize(years, edges))] for years in numbers]


def receptor_subtypes(hormone: ArrayLike, her2: ArrayLike) -> list[str]:
    """``HR+/HER2-`` and so on from statuses 1 or 0; empty where either is not known."""
    return [
        "" if np.isnan(hr + growth) else f"HR{'+' if hr else '-'}/HER2{'+' if growth else '-'}"
        for hr, growth in zip(np.asarray(hormone, dtype=float), np.asarray(her2, dtype=float), strict=True)
    ]


def _subgroup(
    name: str, reached: NDArray[Any], score: NDArray[Any], threshold: float, draws: int, seed: int
) -> Subgroup:
    count, positives = reached.size, int(reached.sum())
    share = positives / count
    low, high = wilson_interval(share, count)
    enough = min(positives, count - positives) >= SMALLEST_CLASS
    metrics = external_metrics(reached, score, threshold, draws=draws, seed=seed) if enough else ()
    return Subgroup(name, count, positives, share, float(low), float(high), float(score.mean()), metrics)


def _interactions(
    names: NDArray[Any], reached: NDArray[Any], score: NDArray[Any], tested: Sequence[str]
) -> tuple[Interaction, ...]:
    if len(tested) < 2:
        reason = f"fewer than two subgroups with {SMALLEST_CLASS} patients of each class"
        return tuple(Interaction(test, float("nan"), 0, float("nan"), len(tested), reason) for test in INTERACTIONS)
    member = (names[:, None] == np.array(tested[1:])).astype(float)
    log_odds = logit(score)[:, None]
    common, shifted = log_odds, np.hstack([log_odds, member])
    sloped = np.hstack([shifted, member * log_odds])
    return (
        _tested("auc", len(tested), lambda: _area_test(names, reached, score, tested)),
        _tested("calibration_intercept", len(tested), lambda: _ratio_test(reached, common, shifted)),
        _tested("calibration_slope", len(tested), lambda: _ratio_test(reached, shifted, sloped)),
    )


def _tested(test: str, groups: int, run: Callable[[], tuple[float, int, float]]) -> Interaction:
    """The test, or why these patients do not allow it."""
    try:
        return Interaction(test, *run(), groups)
    except InputError as error:
        return Interaction(test, float("nan"), 0, float("nan"), groups, f"not possible: {error.found}")


def _ratio_test(reached: NDArray[Any], smaller: NDArray[Any], larger: NDArray[Any]) -> tuple[float, int, float]:
    found = likelihood_ratio_test(reached, smaller, larger)
    return found.statistic, found.degrees, found.p


def _area_test(
    names: NDArray[Any], reached: NDArray[Any], score: NDArray[Any], tested: Sequence[str]
) -> tuple[float, int, float]:
    from scipy.special import chdtrc

    found = [auc_interval(reached[names == name], score[names == name]) for name in tested]
    areas, errors = np.array([one.area for one in found]), np.array([one.error for one in found])
    if np.isnan(errors).any():
        raise InputError("overlapping classes in each subgroup", "a subgroup with separated classes", "merge subgroups")
    weights = 1 / errors**2
    statistic = float((weights * (areas - (weights @ areas) / weights.sum()) ** 2).sum())
    return statistic, len(tested) - 1, float(chdtrc(len(tested) - 1, statistic))
