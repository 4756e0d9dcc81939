"""What a bundle promises, checked on patients it was not made from.

Its prediction sets and intervals, that it ranks patients by more than their receptors, and alike in all groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..evaluation.calibration import groups_of_equal_size
from ..evaluation.conformal import true_class_held
from ..evaluation.consistency import Consistency, subgroup_consistency
from ..evaluation.delong import Area
from ..evaluation.equivalence import AGREES, COVERAGE, DIFFERS, UNCLEAR
from ..evaluation.statistics import wilson_interval
from ..evaluation.stratified_auc import stratified_auc
from ..model.bundle import Bundle
from ..scoring.predict import SET_LEVEL
from .cohort import ScoredCohort

ALL = "All patients"
_INTERVAL_GROUPS = 4


@dataclass(frozen=True)
class SetCoverage:
    """How many prediction sets held the class that came true.

    Attributes:
        group: of the patients: ``ALL``, or a receptor subtype.
        positive: theirs is the positive class.
        patients, held: counts.
        share, low, high: with its 95 % Wilson interval.
        verdict: against the promise, as ``Margin.verdict``.
    """

    group: str
    positive: bool
    patients: int
    held: int
    share: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class IntervalGroup:
    """Patients of similar probability: what was seen beside the interval that the model gives them.

    Attributes:
        patients: how many.
        predicted, low, high: means of their probabilities and of the bounds of their intervals.
        observed, observed_low, observed_high: share of positives with its 95 % Wilson interval.
        verdict: ``agrees`` where this lies inside the mean interval, ``differs`` where they do not meet, else
            ``inconclusive``.
    """

    patients: int
    predicted: float
    low: float
    high: float
    observed: float
    observed_low: float
    observed_high: float
    verdict: str


@dataclass(frozen=True)
class Checks:
    """Attributes:
    sets: of all patients by class, then of each receptor subtype.
    interval: by groups of similar probability.
    within_subtypes: AUC inside receptor subtypes, pooled, and ``subtypes``: of how many.
    consistency: over groups of age, menopausal status and breast density; None without two large groups of any.
    of_subtypes: the same over receptor subtypes alone.

    A model that learned nothing gives no sets and no classes, so that there is nothing of these to check.
    """

    sets: tuple[SetCoverage, ...]
    interval: tuple[IntervalGroup, ...]
    within_subtypes: Area
    subtypes: int
    consistency: Consistency | None
    of_subtypes: Consistency | None


def check(
    bundle: Bundle, cohort: ScoredCohort, subtypes: Sequence[str], others: Mapping[str, Sequence[str]], seed: int = 0
) -> Checks:
    """All checks on scored patients.

    Args:
        subtypes: (n,) receptor subtype of each scored patient, empty where it is not known.
        others: (n,) age band, menopausal status and breast density, by name, likewise.
    """
    called, learned = cohort.probability >= bundle.threshold, not bundle.nothing_learned
    area, count = stratified_auc(subtypes, cohort.outcome, cohort.probability)
    return Checks(
        tuple(_sets(bundle, cohort, np.asarray(subtypes))) if learned else (),
        tuple(_intervals(cohort)),
        area,
        count,
        subgroup_consistency(others, cohort.outcome, called, seed=seed) if learned else None,
        subgroup_consistency({"": subtypes}, cohort.outcome, called, seed=seed) if learned else None,
    )


def _sets(bundle: Bundle, cohort: ScoredCohort, subtypes: NDArray[np.str_]) -> Iterator[SetCoverage]:
    reference = bundle.reference
    held = true_class_held(cohort.probability, cohort.outcome, reference.probabilities, reference.outcomes, SET_LEVEL)
    for group in (ALL, *sorted(set(subtypes) - {""})):
        for positive in (True, False):
            rows = (cohort.outcome == positive) & ((subtypes == group) | (group == ALL))
            count, hits = int(rows.sum()), int(held[rows].sum())
            if count:
                low, high = map(float, wilson_interval(hits / count, count))
                verdict = COVERAGE.verdict(low, high)
                yield SetCoverage(group, positive, count, hits, hits / count, low, high, verdict)


def _intervals(cohort: ScoredCohort) -> Iterator[IntervalGroup]:
    for rows in groups_of_equal_size(cohort.probability, np.ones(cohort.outcome.size), _INTERVAL_GROUPS):
        share = float(cohort.outcome[rows].mean())
        seen_low, seen_high = map(float, wilson_interval(share, rows.size))
        low, high = map(float, cohort.intervals[rows].mean(axis=0))
        inside, apart = low <= seen_low and seen_high <= high, seen_high < low or high < seen_low
        verdict = AGREES if inside else DIFFERS if apart else UNCLEAR
        predicted = float(cohort.probability[rows].mean())
        yield IntervalGroup(rows.size, predicted, low, high, share, seen_low, seen_high, verdict)
