"""What a partition gives, and what follows from all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..evaluation.metrics import auc
from ..evaluation.partitioned import HeldOut


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


def aucs(results: Sequence[PartitionResult]) -> list[float]:
    """AUC of each partition."""
    return [float(auc(result.outcome, result.probability)) for result in results]


def mean_auc(results: Sequence[PartitionResult]) -> float:
    """Mean over partitions."""
    return float(np.mean(aucs(results)))


def held_out(results: Sequence[PartitionResult]) -> HeldOut:
    """Predictions of all partitions together."""
    patients = {
        patient: number for number, patient in enumerate(sorted({p for each in results for p in each.patients}))
    }
    return HeldOut(
        np.concatenate([np.full(len(each.patients), each.partition) for each in results]),
        np.array([patients[patient] for each in results for patient in each.patients]),
        np.concatenate([each.outcome for each in results]),
        np.concatenate([each.probability for each in results]),
        np.concatenate([each.predicted for each in results]),
        len(patients),
    )
