"""One partition: the procedure on its training part, its test part predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..evaluation.partitions import Fold
from .recipes import strategy_of
from .table import Table

if TYPE_CHECKING:
    from .recipes import AnyRecipe


@dataclass(frozen=True)
class PartitionResult:
    """Attributes:
    patients, outcome, probability, predicted: of the test part; ``predicted`` is 1 at or above ``threshold``.
    train_patients, train_positives: size of the training part.
    selected: names of the model's columns.
    setting: numbers that were chosen, by name.
    calibration: slope and intercept.
    warnings: in words.
    apparent: probabilities of the training part, in the partition's order, where the recipe's kind keeps them.
    classifiers: AUC and Brier score of other classifiers on the same terms, where the recipe compares them.
    """

    feature_set: str
    partition: int
    patients: tuple[str, ...]
    outcome: tuple[int, ...]
    probability: tuple[float, ...]
    predicted: tuple[int, ...]
    threshold: float
    train_patients: int
    train_positives: int
    selected: tuple[str, ...]
    setting: Mapping[str, float]
    calibration: tuple[float, float]
    warnings: tuple[str, ...]
    apparent: tuple[float, ...] = ()
    classifiers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def run_partition(table: Table, name: str, number: int, partition: Fold, recipe: AnyRecipe) -> PartitionResult:
    """Learns from the training part alone and predicts the test part.

    Args:
        name: of the feature set.
        number: of the partition.
        partition: row numbers (train, test).

    Raises:
        InputError: as ``RecipeKind.fit``.
    """
    train, test = (table.part(rows) for rows in partition)
    kind = strategy_of(recipe)
    fitted = kind.fit(train, len(table.patients))
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
        **kind.besides(name, fitted, train, test),
    )
