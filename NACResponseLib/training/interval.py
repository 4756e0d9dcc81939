"""The interval of a probability: Wilson's of a rate seen in N patients, N set by simulation and checked by more of it.

Cohorts with known probabilities are drawn, the whole procedure is run on each, and its probabilities of patients not
in the cohort are compared with the known ones. N, the effective sample size, is set so that the interval contains the
true probability at the stated level. The model's own probabilities are one truth; where a strategy has others, the
least favourable counts. Simulation, since the cheaper agreement of models of different partitions misses what they get
wrong alike: on the I-SPY table intervals from it held the true probability in 83 to 91 % of cases in place of 95 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.statistics import effective_sample_size, wilson_interval
from ..execution.processes import run_jobs
from .fitted import Fitted, PartitionResult
from .table import Table

_GROUP = 15  # patients of similar score, for the check of intervals
_INSIDE = 1e-6
_TRIES = 1000
Report = Callable[[str], None]


@dataclass(frozen=True)
class Simulation:
    """Attributes:
    level: of the interval.
    cohorts: drawn by each truth to set N, and as many to check it.
    seed: of the drawing.
    groups: of each test part, for the check on held-out patients; of about 15 patients if None.
    """

    level: float
    cohorts: int
    seed: int
    groups: int | None = None


class Procedure(Protocol):
    """What is run on simulated cohorts: a ``Strategy``."""

    def check(self, outcome: NDArray[np.int64]) -> None:
        """Raises InputError where a class has too few patients."""

    def simulation(self, partitions: int) -> Simulation:
        """How it is simulated."""

    def truths(self, table: Table, fitted: Fitted) -> Sequence[NDArray[np.float64]]:
        """(patients,) probabilities that cohorts are drawn by."""

    def refit(self, table: Table, feature_set: str, seed: int) -> Fitted:
        """The procedure on a simulated cohort."""


@dataclass(frozen=True)
class Interval:
    """Attributes:
    effective_patients: N, how many patients' worth of information a probability holds.
    group_coverage: share of groups of held-out patients of similar score whose observed rate is compatible with
        their interval, their own binomial noise allowed for; ``group_size`` is their mean size.
    coverage: share of intervals that contain the true probability in other cohorts than those that N was set on; the
        lowest of the ``truths`` they were drawn by, ``cohorts`` of all together.
    """

    effective_patients: float
    group_coverage: float
    group_size: float
    coverage: float
    truths: int
    cohorts: int


def interval_by_simulation(
    procedure: Procedure,
    feature_set: str,
    table: Table,
    fitted: Fitted,
    results: Sequence[PartitionResult],
    workers: int = 1,
    report: Report | None = None,
) -> Interval:
    """Sets N on simulated cohorts, checks it on others and on groups of held-out patients.

    Args:
        table: of all patients, to which the model is fitted.
        results: of the partitions.
        workers: processes.
        report: is called with lines of progress.
    """
    spec, truths = procedure.simulation(len(results)), procedure.truths(table, fitted)
    table = replace(table.stable(), stability=())  # judged once: a drawn cohort has fewer patients to judge it by
    shared = procedure, feature_set, table, [np.clip(truth, _INSIDE, 1 - _INSIDE) for truth in truths], spec.seed
    simulated = _simulate(shared, spec.cohorts, workers, report)
    least = min(effective_sample_size(*pair, spec.level) for pair in simulated[: len(truths)])
    patients = float(min(max(least, 1.0), len(table.patients)))
    coverages = []
    for estimated, true in simulated[len(truths) :]:
        low, high = wilson_interval(estimated, patients, spec.level)
        coverages.append(float(((low <= true) & (true <= high)).mean()))
    held, sizes = [], []
    for each in results:
        outcome, probability = np.array(each.outcome), np.array(each.probability)
        count = spec.groups or max(1, len(outcome) // _GROUP)
        for rows in np.array_split(np.argsort(probability, kind="stable"), count):
            held.append(compatible(outcome[rows], probability[rows], patients, spec.level))
            sizes.append(len(rows))
    shares = float(np.mean(held)), float(np.mean(sizes))
    return Interval(patients, *shares, min(coverages), len(truths), len(truths) * spec.cohorts)


def _simulate(
    shared: tuple[Any, ...], cohorts: int, workers: int, report: Report | None
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Probabilities by the whole procedure, and the true ones, of patients it did not see, for each truth, twice.

    Each cohort is drawn from the patients with replacement and gets its outcomes from a truth (n,); the patients not
    drawn are scored. Those of all cohorts are joined: two arrays of one length.
    """
    _, feature_set, _, truths, _ = shared
    jobs = [(stream, number) for stream in range(2 * len(truths)) for number in range(cohorts)]
    done: dict[Any, Any] = {}
    for job, result in run_jobs(_simulated, shared, jobs, workers):
        done[job] = result
        if report:
            report(f"{len(done)} of {len(jobs)} simulations, {feature_set}")
    by_stream = ([done[job] for job in jobs if job[0] == stream] for stream in range(2 * len(truths)))
    return [(np.concatenate([each[0] for each in one]), np.concatenate([each[1] for each in one])) for one in by_stream]


def _simulated(shared: Any, stream: int, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    procedure, feature_set, table, truths, seed = shared
    truth = truths[stream % len(truths)]
    random = np.random.default_rng([seed, 2, stream, number])
    drawn = random.integers(len(truth), size=len(truth))
    new = np.setdiff1d(np.arange(len(truth)), drawn)
    for attempt in range(_TRIES):
        outcome = (random.random(len(drawn)) < truth[drawn]).astype(np.int64)
        try:
            procedure.check(outcome)
            break
        except InputError:  # too few of a class by chance: another draw, as another cohort would be used
            if attempt == _TRIES - 1:
                raise
    cohort = replace(table.part(drawn), outcome=outcome)
    fitted = procedure.refit(cohort, feature_set, int(random.integers(2**31)))
    return fitted.probability_of(table.part(new)), truth[new]


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


def interval_text(interval: Interval, level: float, truths: str) -> str:
    """For a model card: what a score's interval is.

    Args:
        truths: what the known probabilities are of, in words.
    """
    return (
        f"{100 * level:g} % interval of the patient's true probability: Wilson's interval of a rate seen in "
        f"{interval.effective_patients:.0f} patients. That effective sample size was set on {interval.cohorts} "
        f"simulated cohorts with known probabilities ({truths}): the whole procedure was run on each, and "
        "patients not in the cohort were scored. Where a receptor status is missing, the probability is the mean over "
        "both possibilities, weighted by the training patients' share of each, and the interval covers both."
    )


def coverage_text(interval: Interval, level: float) -> str:
    """For a model card: what was found of the intervals."""
    worst = " (of the least favourable kind)" if interval.truths > 1 else ""
    return (
        f"In {interval.cohorts} further simulated cohorts {100 * interval.coverage:.1f} % of the {100 * level:g} % "
        f"intervals held the true probability of new patients{worst}. In cross-validation the rate "
        f"observed in {100 * interval.group_coverage:.1f} % of groups of about {interval.group_size:.0f} held-out "
        "patients of similar score was compatible with their interval, the group's own chance variation allowed for. "
        "Neither covers a cohort that differs from the training patients."
    )
