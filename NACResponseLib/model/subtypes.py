"""The training patients' receptor subtypes, so that a patient can be seen among those of her own.

A bundle holds them beside its out-of-fold probabilities. The shipped ones do not; their training table ships with the
program, is named by the bundle with its SHA-256, and has a row for each of those probabilities.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..config import resources
from ..errors import InputError
from ..evaluation.subgroups import receptor_subtypes
from ..hashing import sha256_of
from ..text_file import read_text

if TYPE_CHECKING:
    from .bundle_content import Bundle

RECEPTORS = ("HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "HR-/HER2-")


def training_subtypes(bundle: Bundle) -> tuple[str, ...]:
    """(patients,) in the order of ``bundle.reference``, empty where not known; none where nothing tells them."""
    return bundle.reference.subtypes or _of_shipped_table(bundle)


def subtypes_of(names: Sequence[str], values: NDArray[np.float64]) -> tuple[str, ...]:
    """(patients,) of a table whose columns, by these names, hold receptor statuses; none where it lacks them.

    Args:
        values: (patients, names), 1 positive, 0 negative, NaN where missing.
    """
    column = {name: values[:, place] for place, name in enumerate(names)}
    if "HER2" not in column or not ("HR" in column or {"ER", "PR"} <= set(column)):
        return ()
    hormone = column["HR"] if "HR" in column else _either(column["ER"], column["PR"])
    return tuple(receptor_subtypes(hormone, column["HER2"]))


def _either(er: NDArray[np.float64], pr: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positive where one is, negative where both are, else not known."""
    either = (er == 1) | (pr == 1)
    return np.where(either, 1.0, np.where((er == 0) & (pr == 0), 0.0, np.nan))


def _of_shipped_table(bundle: Bundle) -> tuple[str, ...]:
    table = bundle.provenance.get("table") or {}
    name = str(table.get("name", "")) if isinstance(table, dict) else ""
    file = next(((resources() / "Models").rglob(name)), None) if name and "/" not in name and "*" not in name else None
    if file is None:
        return ()
    try:
        if sha256_of(file.read_bytes()) != table.get("sha256"):
            return ()
        text = read_text(file, "the training table")
    except (OSError, InputError):
        return ()
    rows = [{key.lower(): cell for key, cell in row.items()} for row in csv.DictReader(io.StringIO(text))]
    known = np.array([[_status(row.get("hr", "")), _status(row.get("her2", ""))] for row in rows])
    outcomes = [row.get("pcr") for row in rows]
    if outcomes != [str(each) for each in bundle.reference.outcomes.tolist()]:
        return ()  # other patients, or in another order
    return subtypes_of(("HR", "HER2"), known)


def _status(cell: str) -> float:
    return {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}.get(cell.strip(), np.nan)
