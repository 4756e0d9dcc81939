"""The interval of a probability: Wilson's of a rate seen in N patients, N being how much a probability is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.statistics import effective_sample_size, wilson_interval
from .fitted import PartitionResult

_GROUP = 15  # patients of similar score, for the check of intervals
_INSIDE = 1e-6


@dataclass(frozen=True)
class Interval:
    """Attributes:
    effective_patients: N, how many patients' worth of information a probability holds.
    group_coverage: share of groups of held-out patients of similar score whose observed rate is compatible with
        their interval, their own binomial noise allowed for; ``group_size`` is their mean size.
    coverage: share of intervals that contain the true probability in cohorts simulated for it; the lowest of the
        ``truths`` they were drawn by. None where nothing was simulated.
    """

    effective_patients: float
    group_coverage: float
    group_size: float
    coverage: float | None = None
    truths: int = 0


def interval_by_agreement(
    reference: Mapping[str, float], results: Sequence[PartitionResult], folds: int, level: float
) -> Interval:
    """The interval from how well models of different partitions agree; for arguments see ``effective_patients``."""
    patients = effective_patients(reference, results, folds)
    return Interval(patients, *_group_coverage(results, patients, level))


def effective_patients(reference: Mapping[str, float], results: Sequence[PartitionResult], folds: int) -> float:
    """N of the interval, at most the number of patients, from how well two models agree on a patient new to both.

    Around a patient's out-of-fold probability Wilson's interval of some N holds, in 95 % of cases, the probability that
    a partition's model gave. Both models learned from parts of the same n patients, a and b of them by chance: they
    differ by a variance of n/a + n/b - 2 times that of a model of all n patients (Shao and Wu, Ann Stat 1989, of the
    delete-d jackknife), by which that N is multiplied. Folds of five against folds of five give half. All parts are
    stratified, so that the share of the positive class never differs between them: its own uncertainty, of a rate seen
    in n patients, is added (1/N + 1/n).

    Args:
        reference: out-of-fold probabilities by patient.
        folds: that those come from.
    """
    pairs = [
        (reference[patient], probability)
        for result in results
        for patient, probability in zip(result.patients, result.probability, strict=True)
    ]
    ours, theirs = np.clip(np.array(pairs).T, _INSIDE, 1 - _INSIDE)
    if np.allclose(ours, theirs):
        return float(len(reference))
    part = len(reference) / float(np.mean([result.train_patients for result in results]))
    shared = 1 / (1 - 1 / folds) + part - 2
    agreed = shared * effective_sample_size(ours, theirs)
    return float(max(1, 1 / (1 / agreed + 1 / len(reference))))


def _group_coverage(results: Sequence[PartitionResult], patients: float, level: float) -> tuple[float, float]:
    held, sizes = [], []
    for result in results:
        outcome, probability = np.array(result.outcome), np.array(result.probability)
        for rows in np.array_split(np.argsort(probability, kind="stable"), max(1, len(outcome) // _GROUP)):
            held.append(compatible(outcome[rows], probability[rows], patients, level))
            sizes.append(len(rows))
    return float(np.mean(held)), float(np.mean(sizes))


def compatible(outcome: NDArray[Any], probability: NDArray[Any], patients: float, level: float) -> bool:
    """Whether a group's rate lies within its mean interval once the group's own binomial variance is added."""
    from scipy.special import ndtri

    low, high = (bound.mean() for bound in wilson_interval(probability, patients, level))
    expected, observed = probability.mean(), outcome.mean()
    noise = ndtri((1 + level) / 2) ** 2 * (probability * (1 - probability)).mean() / len(outcome)
    return bool(
        expected - np.sqrt((expected - low) ** 2 + noise)
        <= observed
        <= expected + np.sqrt((high - expected) ** 2 + noise)
    )
