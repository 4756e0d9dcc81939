"""A training run: every feature set on the same partitions, then the final model on all patients."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.metrics import auc
from ..evaluation.partitions import Fold
from ..evaluation.statistics import effective_sample_size
from ..hashing import sha256_of_files
from ..packages import package_version
from .checkpoint import Checkpoint
from .clinical.uncertainty import compatible
from .cohort import Cohort
from .fitted import Fitted
from .partition_file import partition_rows
from .partition_run import PartitionResult, run_partition
from .recipes import strategy_of
from .strategy import Strategy
from .table import Table
from .workers import run_jobs

if TYPE_CHECKING:
    from .recipes import AnyRecipe

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
    fitted: on all patients, by sampling (``smotenc``, ``none``); the one that is shipped comes first.
    effective_patients: of the interval: how many patients' worth of information a probability holds.
    group_coverage: share of groups of held-out patients of similar score whose observed rate is compatible with
        their interval, their own binomial noise allowed for; ``group_size`` is their mean size.
    """

    feature_set: str
    fitted: Mapping[str, Fitted]
    effective_patients: float
    group_coverage: float
    group_size: float

    @property
    def model(self) -> Fitted:
        """The model that is shipped."""
        return next(iter(self.fitted.values()))


@dataclass(frozen=True)
class TrainingRun:
    """What a run is made of and what it found.

    Attributes:
        results: of every feature set, on the same partitions.
        final: the model that is shipped.
        finals: every model that was refitted on all patients, by feature set; the final one is among them.
    """

    endpoint: str
    cohort: Cohort
    recipe: AnyRecipe
    partitions: tuple[Fold, ...]
    results: Results
    final: FinalModel
    finals: Mapping[str, FinalModel] = field(default_factory=dict)

    @property
    def final_models(self) -> dict[str, Fitted]:
        """Every model that was refitted on all patients, by feature set."""
        return {name: final.model for name, final in self.finals.items()}

    @property
    def strategy(self) -> Strategy:
        """How the recipe is followed."""
        return strategy_of(self.recipe)

    def of_model(self, feature_set: str) -> TrainingRun:
        """The same run with another of its models as the final one."""
        return replace(self, final=self.finals[feature_set])

    def label(self, feature_set: str) -> str:
        """A feature set or model as a reader knows it."""
        return self.strategy.label(feature_set)


def train_on(
    cohort: Cohort,
    endpoint: str,
    recipe: AnyRecipe,
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
        InputError: too few patients of a class (``RecipeKind.check``), or as ``RecipeKind.fit``.
    """
    tell = report or (lambda line: None)
    drawn = tuple(partitions if partitions is not None else draw_partitions(cohort.outcome, recipe))
    for train, _ in drawn:
        strategy_of(recipe).check(cohort.outcome[train])
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
    chosen = strategy_of(recipe).final or final_feature_set(results, cohort.comparators)
    tell(f"final model: {chosen}")
    finals = run_finals(cohort, chosen, results, recipe, workers)
    return TrainingRun(endpoint, cohort, recipe, drawn, results, finals[chosen], finals)


def draw_partitions(outcome: NDArray[Any], recipe: AnyRecipe) -> list[Fold]:
    """Stratified partitions by the recipe's scheme and seed.

    Raises:
        InputError: too few patients of a class to have some in both parts.
    """
    return strategy_of(recipe).draw(outcome)


def run_partitions(
    tables: Mapping[str, Table],
    partitions: Sequence[Fold],
    recipe: AnyRecipe,
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


def run_finals(
    cohort: Cohort, chosen: str, results: Results, recipe: AnyRecipe, workers: int = 1
) -> dict[str, FinalModel]:
    """The procedure on all patients, for every model that the recipe's kind refits, in each of its variants."""
    kind = strategy_of(recipe)
    names, variants = kind.refitted(list(results), chosen), kind.variants()
    jobs = [(name, variant) for name in names for variant in variants]
    fitted = dict(run_jobs(_final_job, (cohort.tables, variants), jobs, workers))
    return {
        name: _final_model(name, {each: fitted[name, each] for each in variants}, cohort, results[name], recipe)
        for name in names
    }


def _final_job(shared: Any, name: str, variant: str) -> Fitted:
    tables, variants = shared
    return variants[variant].fit(tables[name], len(tables[name].patients))


def _final_model(
    name: str,
    fitted: Mapping[str, Fitted],
    cohort: Cohort,
    results: Sequence[PartitionResult],
    recipe: AnyRecipe,
) -> FinalModel:
    shipped = next(iter(fitted.values()))
    reference = dict(zip(cohort.patients, shipped.reference, strict=True))
    patients = _effective_patients(reference, results, recipe.validation.folds)
    return FinalModel(name, fitted, patients, *_group_coverage(results, patients, recipe.interval))


def _effective_patients(reference: Mapping[str, float], results: Sequence[PartitionResult], folds: int) -> float:
    """N of the interval, at most the number of patients, from how well two models agree on a patient whom neither saw.

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


def _code_version() -> str:
    """SHA-256 of the modules that results follow from, so that a partition finished by others is not believed."""
    library = Path(__file__).parents[1]
    rooms = (library / name for name in ("evaluation", "model", "estimators", "training"))
    return sha256_of_files(sorted(file for room in rooms for file in room.rglob("*.py")))


def versions() -> dict[str, str]:
    """Of Python and of the packages that results depend on."""
    return {"python": platform.python_version(), **{name: package_version(name) for name in PACKAGES}}
