"""A training run: every feature set on the same partitions, then the final model on all patients.

A partition is the procedure on its training part, its test part predicted.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..evaluation.partitions import Fold
from ..evaluation.verdict import is_alone
from ..execution.processes import run_jobs
from ..hashing import sha256_of_files
from ..packages import package_version
from ..registry import users_files
from .checkpoint import Checkpoint
from .fitted import Fitted, PartitionResult, mean_auc
from .interval import Report, interval_by_simulation
from .partition_file import partition_rows
from .recipes import strategy_of
from .strategy import FinalModel, Results, Strategy, TrainingRun
from .table import Cohort, Table

if TYPE_CHECKING:
    from .clinical.recipe import Recipe
    from .recipes import AnyRecipe


PACKAGES = ("numpy", "scipy", "scikit-learn", "imbalanced-learn", "xgboost")


def train_on(
    cohort: Cohort,
    endpoint: str,
    recipe: AnyRecipe | Recipe,
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
        report: is called with lines of progress.

    Raises:
        InputError: too few patients of a class (``Strategy.check``), or as ``Strategy.fit``.
    """
    report = report or (lambda line: None)
    strategy = strategy_of(recipe)
    drawn = tuple(partitions if partitions is not None else strategy.draw(cohort.outcome))
    for train, _ in drawn:
        strategy.check(cohort.outcome[train])
    checkpoint = None
    if folder is not None:
        drawn_rows = partition_rows(drawn, cohort.patients)
        learned_from = [endpoint, dict(cohort.hashes), cohort.stability, repr(recipe), drawn_rows]
        checkpoint = Checkpoint(folder, [*learned_from, _code_version(), versions()])
    results = run_partitions(cohort.tables, drawn, strategy, workers, checkpoint, report)
    chosen = strategy.final or final_feature_set(results, cohort.comparators)
    report(f"final model: {chosen}")
    finals = run_finals(cohort, chosen, results, strategy, workers, report)
    return TrainingRun(endpoint, cohort, strategy, drawn, results, finals[chosen], finals)


def run_partitions(
    tables: Mapping[str, Table],
    partitions: Sequence[Fold],
    strategy: Strategy,
    workers: int = 1,
    checkpoint: Checkpoint | None = None,
    report: Report | None = None,
) -> dict[str, list[PartitionResult]]:
    """Every feature set on every partition; those a checkpoint holds are not run again.

    Progress is reported in the form that ``execution.progress`` states: ``5 of 30 partitions, resnet34 2``.
    """
    numbers, count = range(len(partitions)), len(tables) * len(partitions)
    names = [(name, number) for name in tables for number in numbers]
    done = {each: found for each in names if checkpoint and (found := checkpoint.load(*each))}
    jobs = [
        (left, number)
        for together in strategy.together(list(tables))
        for number in numbers
        if (left := tuple(name for name in together if (name, number) not in done))
    ]
    if done and report:
        report(f"{len(done)} of {count} partitions, finished before")
    for _, results in run_jobs(_partition_job, (tables, partitions, strategy), jobs, workers):
        for result in results:
            done[result.feature_set, result.partition] = result
            if checkpoint:
                checkpoint.save(result)
            if report:
                report(f"{len(done)} of {count} partitions, {result.feature_set} {result.partition + 1}")
    return {name: [done[name, number] for number in numbers] for name in tables}


def _partition_job(shared: Any, names: tuple[str, ...], number: int) -> list[PartitionResult]:
    """Feature sets that have something in common, which is learned once."""
    tables, partitions, strategy = shared
    if len(names) > 1:
        table = tables[names[0]]
        strategy = strategy.having_learned(table.part(partitions[number][0]), len(table.patients))
    return [run_partition(tables[name], name, number, partitions[number], strategy) for name in names]


def final_feature_set(results: Results, comparators: Sequence[str]) -> str:
    """The feature set of highest mean AUC, images with clinical variables; a comparator where there is nothing else."""
    joined = [name for name in results if name not in comparators and not is_alone(name)]
    return max(joined or results, key=lambda name: mean_auc(results[name]))


def run_finals(
    cohort: Cohort,
    chosen: str,
    results: Results,
    strategy: Strategy,
    workers: int = 1,
    report: Report | None = None,
) -> dict[str, FinalModel]:
    """The procedure on all patients, for every model that the recipe's kind refits, in each of its variants."""
    names, variants = strategy.refitted(list(results), chosen), strategy.variants()
    jobs = [(name, variant) for name in names for variant in variants]
    fitted = dict(run_jobs(_final_job, (cohort.tables, variants), jobs, workers))
    finals = {}
    for name in names:
        models = {each: fitted[name, each] for each in variants}
        shipped = next(iter(models.values()))
        interval = interval_by_simulation(strategy, name, cohort.tables[name], shipped, results[name], workers, report)
        finals[name] = FinalModel(name, models, interval)
    return finals


def _final_job(shared: Any, name: str, variant: str) -> Fitted:
    tables, variants = shared
    return variants[variant].fit(tables[name], len(tables[name].patients), name, None)


def _code_version() -> str:
    """SHA-256 of the modules that results follow from, so that a partition finished by others is not believed."""
    library = Path(__file__).parents[1]
    folders = (library / name for name in ("evaluation", "model", "estimators", "training"))
    return sha256_of_files([*sorted(file for folder in folders for file in folder.rglob("*.py")), *users_files()])


def versions() -> dict[str, str]:
    """Of Python and of the packages that results depend on."""
    return {"python": platform.python_version(), **{name: package_version(name) for name in PACKAGES}}


def run_partition(table: Table, name: str, number: int, partition: Fold, strategy: Strategy) -> PartitionResult:
    """Learns from the training part alone and predicts the test part.

    Args:
        name: of the feature set.
        number: of the partition.
        partition: row numbers (train, test).

    Raises:
        InputError: as ``Strategy.fit``.
    """
    train, test = (table.part(rows) for rows in partition)
    fitted = strategy.fit(train, len(table.patients), name, number)
    probability = fitted.probability_of(test)
    unseen = [
        f"{group}: scanners of test patients that no training patient has, whose features are left as they are: "
        + ", ".join(new)
        for group, effects in fitted.preparation.effects.items()
        if (new := [name for name in effects.unseen(test.scanners[group]) if name != "not given"])
    ]
    return PartitionResult(
        feature_set=name,
        partition=number,
        patients=test.patients,
        outcome=tuple(test.outcome.tolist()),
        probability=tuple(probability.tolist()),
        predicted=tuple((probability >= fitted.threshold).astype(int).tolist()),
        threshold=fitted.threshold,
        train_patients=len(train.patients),
        train_positives=int(train.outcome.sum()),
        selected=tuple(column.name for column in fitted.columns),
        setting=dict(fitted.settings),
        calibration=(fitted.calibration.slope, fitted.calibration.intercept),
        warnings=(*fitted.warnings, *unseen),
        **strategy.extra_results(name, fitted, train, test),
    )
