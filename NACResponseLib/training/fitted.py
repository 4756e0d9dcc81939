"""What training gives, whatever the kind of model: columns, their preparation, margins, calibration and threshold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.calibration import Calibration
from ..model.columns import Column
from ..model.completion import completions
from ..model.preparation import Preparation, Scanners
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
