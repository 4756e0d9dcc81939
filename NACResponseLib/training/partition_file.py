"""Partitions on file, ``partitions.csv`` (``partition, patient_id, part``), so that other models use the same ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..csv_cells import read
from ..errors import InputError, few
from ..evaluation.partitions import Fold
from ..patient_names import check_names
from ..text_file import read_text

COLUMNS = ("partition", "patient_id", "part")
PARTS = ("train", "test")


def partition_rows(partitions: Sequence[Fold], patients: Sequence[str]) -> list[tuple[int, str, str]]:
    """The file's rows, by partition and patient."""
    return [
        (number, patients[row], part)
        for number, fold in enumerate(partitions)
        for row, part in sorted((int(row), part) for part, rows in zip(PARTS, fold, strict=True) for row in rows)
    ]


def read_partitions(path: Path, patients: Sequence[str], outcome: NDArray[Any]) -> list[Fold]:
    """Partitions of a cohort, as another run wrote them.

    Args:
        patients: of the cohort; every partition must hold each once.
        outcome: (n,) theirs, 1 or 0.

    Raises:
        InputError: no such file or another kind, a patient twice in a partition (listed), other patients than the
            cohort's (listed), a part without patients of a class.
    """
    import pandas as pd

    expected, remedy = "a file of partitions (CSV)", "give partitions.csv of a run"
    try:
        frame = pd.read_csv(io.StringIO(read_text(path, expected, remedy)), dtype=str, keep_default_na=False)
    except ValueError as error:
        raise InputError(expected, f"{path}: {error}", remedy) from None
    if list(frame.columns) != list(COLUMNS) or not frame["partition"].str.fullmatch(r"\d{1,4}").all():
        raise InputError(
            f"columns {', '.join(COLUMNS)} with numbered partitions", f"others in {path.name}", "give another"
        )
    if frame.empty or not frame["part"].isin(PARTS).all():
        raise InputError("train or test in the column part", f"others in {path.name}", "give partitions.csv of a run")
    frame = frame.assign(patient_id=frame["patient_id"].map(read))
    place = {patient: row for row, patient in enumerate(patients)}
    numbers = sorted(frame["partition"].unique(), key=int)
    return [_fold(frame[frame["partition"] == number], number, place, outcome, path) for number in numbers]


def _fold(rows: Any, number: str, place: dict[str, int], outcome: NDArray[Any], path: Path) -> Fold:
    patients = rows["patient_id"]
    where = f"partition {number} of {path.name}"
    twice = patients[patients.duplicated()].unique()
    if len(twice):
        raise InputError(f"each patient once in {where}", f"{few(twice)} more than once", "give each patient one part")
    check_names(patients, where, place, "the cohort")
    for who, left in (
        ("only in the partitions", sorted(set(patients) - set(place))),
        ("only in the cohort", sorted(set(place) - set(patients))),
    ):
        if left:
            raise InputError(
                f"the cohort's patients in {where}", f"{few(left)} {who}", "use the cohort it was made for"
            )
    train, test = (
        np.sort(np.array([place[patient] for patient in patients[rows["part"] == part]], dtype=np.intp))
        for part in PARTS
    )
    for part, members in zip(PARTS, (train, test), strict=True):
        positives = int(outcome[members].sum())
        if not 0 < positives < len(members):
            found = f"{positives} positive of {len(members)}"
            raise InputError(f"both classes in the {part} part of {where}", found, "make partitions for this endpoint")
    return train, test
