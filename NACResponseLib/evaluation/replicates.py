"""Features measured repeatedly, with every contour moved a little (``nacresponse stability``)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..features.table import feature_tables, read_table
from .agreement import Agreement, intraclass_correlations


@dataclass(frozen=True)
class Replicates:
    """A feature set, measured repeatedly.

    Attributes:
        values: (patients, replicates, features), NaN where an image is missing.
    """

    patients: tuple[str, ...]
    features: tuple[str, ...]
    values: NDArray[np.float64]

    def agreement(self) -> dict[str, Agreement]:
        """Each feature's intraclass correlation over all patients."""
        found = zip(*(part.tolist() for part in intraclass_correlations(self.values)), strict=True)
        return {name: Agreement(*one) for name, one in zip(self.features, found, strict=True)}

    def of_patients(self, patients: Collection[str]) -> Replicates:
        """Those of some patients."""
        chosen = np.flatnonzero(np.isin(self.patients, list(patients)))
        return replace(self, patients=tuple(self.patients[k] for k in chosen), values=self.values[chosen])


def read_replicates(output: Path, feature_set: str) -> Replicates:
    """A feature set of a study of stability.

    Raises:
        InputError: none there, fewer than two replicates, or replicates of other patients or features.
    """
    folders = sorted(output.glob("replicate_*"))
    if len(folders) < 2:
        raise InputError(
            "a study of stability", f"{len(folders)} replicates in {output}", "run 'nacresponse stability'"
        )
    tables = []
    for folder in folders:
        files = feature_tables(folder)
        if feature_set not in files:
            raise InputError(f"feature set {feature_set}", f"{', '.join(files)} in {folder}", "extract it as well")
        tables.append(read_table(files[feature_set]).values)
    if any(not table.index.equals(tables[0].index) or list(table) != list(tables[0]) for table in tables):
        raise InputError("replicates of the same patients", f"others in {output}", "run 'nacresponse stability' again")
    values = np.stack([table.to_numpy(np.float64) for table in tables], axis=1)
    return Replicates(tuple(tables[0].index), tuple(tables[0].columns), values)
