"""A training run: every feature set on the same partitions, then the final model on all patients."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...evaluation.metrics import auc
from ...evaluation.statistics import effective_sample_size
from ...hashing import sha256_of_files
from ..partitions import Fold, random_splits
from ..uncertainty import compatible
from .checkpoint import Checkpoint
from .cohort import Cohort
from .partition_file import partition_rows
from .partition_run import PartitionResult, run_partition
from .pipeline import FittedPipeline, fit_pipeline, inner_folds
from .recipe import RadiomicsRecipe
from .table import Table
from .workers import run_jobs

PACKAGES = ("numpy", "scipy", "scikit-learn", "imbalanced-learn", "xgboost")
_GROUP = 15  # patients of similar score, for the check of intervals
_INSIDE = 1e-6

Results = Mapping[str, Sequence[PartitionResult]]
"""Of each feature set, by partition."""
Report = Callable[[str], None]


@dataclass(frozen=True)
class FinalModel:
    """Attributes:
    feature_set: whose model it is.
    fitted: on all patients, by sampling (``smotenc``, ``none``); the recipe's own comes first.
    effective_patients: of the interval: how many patients' worth of information a probability holds.
    group_coverage: share of groups of held-out patients of similar score whose observed rate is compatible with
        their interval, their own binomial noise allowed for; ``group_size`` is their mean size.
    """

    feature_set: str
    fitted: Mapping[str, FittedPipeline]
    effective_patients: float
    group_coverage: float
    group_size: float

    @property
    def model(self) -> FittedPipeline:
        """The model that is shipped."""
        return next(iter(self.fitted.values()))


@dataclass(frozen=True)
class TrainingRun:
    """What a run is made of and what it found."""

    endpoint: str
    cohort: Cohort
    recipe: RadiomicsRecipe
    partitions: tuple[Fold, ...]
    results: Results
    final: FinalModel


def train_on(
    cohort: Cohort,
    endpoint: str,
    recipe: RadiomicsRecipe,
    partitions: Sequence[Fold] | None = None,
    *,
    workers: int = 1,
    folder: Path | None = None,
    report: Report | None = None,
) -> TrainingRun:
    """Runs the recipe.

    Args:
        partitions: of an earlier run (``partition_file.read_partitions``); drawn by the recipe's seed if None.
        workers: processes.
        folder: where finished partitions are kept until the run is done; not kept if None.
        report: is told of progress.

    Raises:
        InputError: too few patients of a class for the folds and the oversampling, or as ``fit_pipeline``.
    """
    tell = report or (lambda line: None)
    drawn = tuple(partitions if partitions is not None else draw_partitions(cohort.outcome, recipe))
    for train, _ in drawn:
        inner_folds(cohort.outcome[train], recipe)
    learned_from = [
        endpoint,
        dict(cohort.hashes),
        cohort.stability,
        recipe.plain(),
        partition_rows(drawn, cohort.patients),
    ]
    inputs = [*learned_from, _code_version(), versions()]
    checkpoint = None if folder is None else Checkpoint(folder, inputs)
    results = run_partitions(cohort.tables, drawn, recipe, workers, checkpoint, tell)
    chosen = final_feature_set(results, cohort.comparators)
    tell(f"final model: {chosen}")
    return TrainingRun(endpoint, cohort, recipe, drawn, results, run_final(cohort, chosen, results, recipe, workers))


def draw_partitions(outcome: NDArray[Any], recipe: RadiomicsRecipe) -> list[Fold]:
    """Stratified random partitions by the recipe's seed.

    Raises:
        InputError: too few patients of a class to have some in both parts.
    """
    spec = recipe.validation
    smaller = int(min(outcome.sum(), len(outcome) - outcome.sum()))
    if round(smaller * spec.test_share) < 1 or smaller < 2:
        inner_folds(outcome, recipe)  # says what folds and oversampling need
        found = f"{smaller} of {len(outcome)}"
        raise InputError("patients of the smaller class for both parts of a partition", found, "use a larger cohort")
    return random_splits(outcome, spec.partitions, spec.test_share, spec.seed)


def run_partitions(
    tables: Mapping[str, Table],
    partitions: Sequence[Fold],
    recipe: RadiomicsRecipe,
    workers: int = 1,
    checkpoint: Checkpoint | None = None,
    report: Report | None = None,
) -> dict[str, list[PartitionResult]]:
    """Every feature set on every partition; those a checkpoint holds are not run again.

    Progress is told in the form that ``cohort.progress`` states: ``5 of 30 partitions, resnet34 2``.
    """
    jobs = [(name, number) for name in tables for number in range(len(partitions))]
    done = {job: found for job in jobs if checkpoint and (found := checkpoint.load(*job))}
    left = [job for job in jobs if job not in done]
    if done and report:
        report(f"{len(done)} of {len(jobs)} partitions, finished before")
    for job, result in run_jobs(_partition_job, (tables, partitions, recipe), left, workers):
        done[job] = result
        if checkpoint:
            checkpoint.save(result)
        if report:
            report(f"{len(done)} of {len(jobs)} partitions, {result.feature_set} {result.partition + 1}")
    return {name: [done[name, number] for number in range(len(partitions))] for name in tables}


def _partition_job(shared: Any, name: str, number: int) -> PartitionResult:
    tables, partitions, recipe = shared
    return run_partition(tables[name], name, number, partitions[number], recipe)


def aucs(results: Sequence[PartitionResult]) -> list[float]:
    """AUC of each partition."""
    return [float(auc(result.outcome, result.probability)) for result in results]


def mean_auc(results: Sequence[PartitionResult]) -> float:
    """Mean over partitions."""
    return float(np.mean(aucs(results)))


def final_feature_set(results: Results, comparators: Sequence[str]) -> str:
    """The feature set of highest mean AUC; a comparator only where there is nothing else."""
    return max(
        [name for name in results if name not in comparators] or results, key=lambda name: mean_auc(results[name])
    )


def run_final(
    cohort: Cohort, feature_set: str, results: Results, recipe: RadiomicsRecipe, workers: int = 1
) -> FinalModel:
    """The procedure on all patients, with the recipe's sampling and, beside it, without."""
    table = cohort.tables[feature_set]
    samplings = list(dict.fromkeys([recipe.sampling.method, "none"]))
    found = dict(run_jobs(_final_job, (table, recipe), [(sampling,) for sampling in samplings], workers))
    fitted = {sampling: found[sampling,] for sampling in samplings}
    reference = dict(zip(table.patients, fitted[samplings[0]].reference, strict=True))
    patients = _effective_patients(reference, results[feature_set])
    coverage, size = _group_coverage(results[feature_set], patients, recipe.interval)
    return FinalModel(feature_set, fitted, patients, coverage, size)


def _final_job(shared: Any, sampling: str) -> FittedPipeline:
    table, recipe = shared
    as_asked = replace(recipe, sampling=replace(recipe.sampling, method=sampling))
    return fit_pipeline(table, as_asked, recipe.selection.kept(len(table.patients)))


def _effective_patients(reference: Mapping[str, float], results: Sequence[PartitionResult]) -> float:
    """N for which Wilson's interval around a patient's out-of-fold probability holds, in 95 % of cases, the probability
    that a partition's model gave the same patient, whom neither had seen; at most the number of patients."""
    pairs = [
        (reference[patient], probability)
        for result in results
        for patient, probability in zip(result.patients, result.probability, strict=True)
    ]
    ours, theirs = np.clip(np.array(pairs).T, _INSIDE, 1 - _INSIDE)
    if np.allclose(ours, theirs):
        return float(len(reference))
    return float(np.clip(effective_sample_size(ours, theirs), 1, len(reference)))


def _group_coverage(results: Sequence[PartitionResult], patients: float, level: float) -> tuple[float, float]:
    held, sizes = [], []
    for result in results:
        outcome, probability = np.array(result.outcome), np.array(result.probability)
        for rows in np.array_split(np.argsort(probability, kind="stable"), max(1, len(outcome) // _GROUP)):
            held.append(compatible(outcome[rows], probability[rows], patients, level))
            sizes.append(len(rows))
    return float(np.mean(held)), float(np.mean(sizes))


def _code_version() -> str:
    """SHA-256 of the modules that results follow from, so that a partition finished by others is not believed."""
    library = Path(__file__).parents[2]
    rooms = (library / name for name in ("evaluation", "learning"))
    return sha256_of_files(sorted(file for room in rooms for file in room.rglob("*.py")))


def versions() -> dict[str, str]:
    """Of Python and of the packages that results depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
