"""What a model learns from: patients, columns, scanners and outcome, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.columns import CLINICAL, Column
from ..model.preparation import Scanners
from .stability import Stability


@dataclass(frozen=True)
class Table:
    """Attributes:
    patients: identifiers.
    columns: image features, then clinical variables.
    values: (patients, columns), NaN where missing.
    outcome: (patients,), 1 for the endpoint's positive class.
    scanners: by group of columns; a group without an entry is not harmonized.
    selected: False where the columns are to be chosen from, True where all are to be used.
    stability: of the columns under other contours, where it was studied; of each feature set among them.
    signatures: names of the columns that each signature may be made of, where the recipe asks for signatures.
    """

    patients: tuple[str, ...]
    columns: tuple[Column, ...]
    values: NDArray[np.float64]
    outcome: NDArray[np.int64]
    scanners: Scanners
    selected: bool = False
    stability: tuple[Stability, ...] = ()
    signatures: Mapping[str, frozenset[str]] = field(default_factory=dict)

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
        keeps = [each.of_patients(self.patients).keeps(self.names) for each in self.stability]
        return self.of_columns(np.flatnonzero(np.all(keeps, axis=0))) if keeps else self

    def of_columns(self, numbers: NDArray[np.intp]) -> Table:
        """The table of some columns, by number."""
        columns = tuple(self.columns[number] for number in numbers)
        return replace(self, columns=columns, values=self.values[:, numbers])


@dataclass(frozen=True)
class ImageTable:
    """Image features of a cohort, of one feature set or joined from several.

    Attributes:
        columns: of the values.
        values: (patients, columns), NaN where missing.
        sources: names of the columns by the feature set they come from.
        signatures: names of the columns that each signature may be made of, where the recipe asks for signatures.
        metadata: of the feature table they come from.
    """

    columns: tuple[Column, ...]
    values: NDArray[np.float64]
    sources: Mapping[str, tuple[str, ...]]
    signatures: Mapping[str, frozenset[str]] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
