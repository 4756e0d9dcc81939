"""What training gives, whatever the kind of model: the fitted model, and the predictions of a partition's test part."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.calibration import Calibration
from ..evaluation.metrics import auc
from ..evaluation.partitioned import HeldOut
from ..model.columns import Column
from ..model.preparation import Preparation, Scanners, completions
from .table import Table


@dataclass(frozen=True)
class Fitted(ABC):
    """What the procedure learned.

    Attributes:
        columns: those the model uses, in the table's order.
        preparation: of these columns.
        calibration: from margin to probability, on out-of-fold margins.
        threshold: probability at or above which the positive class is predicted.
        reference: (n,) out-of-fold calibrated probabilities of the training patients; ``uncalibrated``: before that.
        warnings: in words.
    """

    columns: tuple[Column, ...]
    preparation: Preparation
    calibration: Calibration
    threshold: float
    reference: NDArray[np.float64]
    uncalibrated: NDArray[np.float64]
    warnings: tuple[str, ...]

    @property
    @abstractmethod
    def settings(self) -> Mapping[str, float]:
        """The numbers that were chosen, by name."""

    @abstractmethod
    def margins(self, prepared: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) log-odds before calibration, of (n, columns) prepared and completed values."""

    def probability(self, values: NDArray[Any], scanners: Scanners) -> NDArray[np.float64]:
        """(n,) calibrated probabilities; where a status is missing, averaged over what it may be.

        Args:
            values: (n, columns) of the model, raw, NaN where missing.
            scanners: of the n patients, by group.
        """
        prepared = self.preparation.apply(values, scanners)
        found = self.calibration.probability(self.margins(prepared))
        for row in np.flatnonzero(np.isnan(prepared).any(axis=1)):
            unknown = np.flatnonzero(np.isnan(prepared[row]))
            rows, weights = completions(prepared[row], list(unknown), list(self.preparation.share[unknown]))
            found[row] = weights @ self.calibration.probability(self.margins(rows))
        return found

    def probability_of(self, table: Table) -> NDArray[np.float64]:
        """(n,) for a table that has the model's columns among its own."""
        place = {name: number for number, name in enumerate(table.names)}
        numbers = [place[column.name] for column in self.columns]
        return self.probability(table.values[:, numbers], table.scanners)


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
