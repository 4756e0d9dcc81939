"""What a model learns from: patients, columns, scanners and outcome, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .stability import Stability
from .variables import CLINICAL, Column

Scanners = Mapping[str, NDArray[np.str_]]
"""(patients,) names of scanners, empty where not known, by group of columns."""


@dataclass(frozen=True)
class Table:
    """Attributes:
    patients: identifiers.
    columns: image features, then clinical variables.
    values: (patients, columns), NaN where missing.
    outcome: (patients,), 1 for the endpoint's positive class.
    scanners: by group of columns; a group without an entry is not harmonized.
    selected: False where the columns are to be chosen from, True where all are to be used.
    stability: of the columns under other contours, where it was studied.
    """

    patients: tuple[str, ...]
    columns: tuple[Column, ...]
    values: NDArray[np.float64]
    outcome: NDArray[np.int64]
    scanners: Scanners
    selected: bool = False
    stability: Stability | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups of image features, in order of first use."""
        return tuple(dict.fromkeys(column.group for column in self.columns if column.group != CLINICAL))

    def in_group(self, group: str) -> NDArray[np.intp]:
        """Numbers of a group's columns."""
        return np.array([number for number, column in enumerate(self.columns) if column.group == group], dtype=np.intp)

    def part(self, rows: NDArray[Any]) -> Table:
        """The table of some patients, by row number."""
        return replace(
            self,
            patients=tuple(self.patients[row] for row in rows),
            values=self.values[rows],
            outcome=self.outcome[rows],
            scanners={group: labels[rows] for group, labels in self.scanners.items()},
        )

    def stable(self) -> Table:
        """Without the columns that the table's own patients show to be unstable.

        Raises:
            InputError: too few patients to tell, or none is stable.
        """
        if self.stability is None:
            return self
        return self.of_columns(np.flatnonzero(self.stability.of_patients(self.patients).keeps(self.names)))

    def of_columns(self, numbers: NDArray[np.intp]) -> Table:
        """The table of some columns, by number."""
        columns = tuple(self.columns[number] for number in numbers)
        return replace(self, columns=columns, values=self.values[:, numbers])
