"""What a model learns from, in memory: tables of patients, columns, scanners and outcome, and the cohort of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..endpoints import Endpoint
from ..model.columns import CLINICAL, Column
from ..model.preparation import Scanners
from ..variables import Variables, shipped_variables
from .stability import Stability, read_stability


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


@dataclass(frozen=True)
class Cohort:
    """Attributes:
    patients: those with a known outcome, in the order of ``cases.csv``.
    tables: what is learned from, by feature set; the recipe's comparators come last.
    comparators: names of those among them that use clinical variables alone.
    metadata: of each feature table.
    sources: of each feature set, the feature tables that its image features come from, with their names.
    hashes: SHA-256 of the files read, by name.
    warnings: in words.
    synthetic: the patients are synthetic.
    stability: what was asked of features under other contours, in words; empty where nothing was.
    variables: the clinical ones that are known.
    own_endpoint: the user's, by a file; None if it is a registered one.
    """

    patients: tuple[str, ...]
    outcome: NDArray[np.int64]
    tables: Mapping[str, Table]
    comparators: tuple[str, ...]
    metadata: Mapping[str, Mapping[str, Any]]
    hashes: Mapping[str, str]
    warnings: tuple[str, ...]
    synthetic: bool = False
    stability: str = ""
    variables: Variables = field(default_factory=shipped_variables)
    own_endpoint: Endpoint | None = None
    sources: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def with_stability(self, folder: Path, least: float) -> Cohort:
        """Unstable image features are to be left out of what is learned from.

        Args:
            folder: of ``nacresponse stability``.
            least: lower bound of the intraclass correlation.

        Raises:
            InputError: as ``read_stability``.
        """
        names: dict[str, dict[str, None]] = {}
        for sources in self.sources.values():
            for source, columns in sources.items():
                names.setdefault(source, {}).update(dict.fromkeys(columns))
        found, hashes = read_stability(folder, names, self.patients, least)
        tables = {
            name: replace(table, stability=tuple(found[source] for source in self.sources.get(name, ())))
            for name, table in self.tables.items()
        }
        rule = f"image features with an ICC(1,1) below {least:g} at its lower bound under moved contours are left out"
        return replace(self, tables=tables, hashes={**self.hashes, **hashes}, stability=rule)
