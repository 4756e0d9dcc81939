"""One partition: the procedure on its training part, its test part predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..evaluation.partitions import Fold
from .recipes import strategy_of
from .results import PartitionResult
from .table import Table

if TYPE_CHECKING:
    from .clinical.recipe import Recipe
    from .recipes import AnyRecipe


def run_partition(table: Table, name: str, number: int, partition: Fold, recipe: AnyRecipe | Recipe) -> PartitionResult:
    """Learns from the training part alone and predicts the test part.

    Args:
        name: of the feature set.
        number: of the partition.
        partition: row numbers (train, test).

    Raises:
        InputError: as ``Strategy.fit``.
    """
    train, test = (table.part(rows) for rows in partition)
    strategy = strategy_of(recipe)
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
