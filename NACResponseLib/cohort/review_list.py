"""A cohort's contours to look through: every finished patient with its pictures, the most doubtful first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..features.cases import CASES, read_cases
from ..features.review import REVIEW, Decision, read_review
from ..features.table import HANDCRAFTED, read_table, table_file
from ..patient_names import check_names
from .quality import concerns
from .store import FOLDER, read_record, record_file


@dataclass(frozen=True)
class Reviewed:
    """A patient.

    Attributes:
        warnings: of the extraction, in words.
        share: of the features that lie far from the cohort's median.
        pictures: the strip of planes through each contour, PNG in base64.
        decision: of a reader; None where there is none yet.
    """

    patient_id: str
    warnings: tuple[str, ...]
    share: float
    pictures: Mapping[str, str]
    decision: Decision | None


def review_list(folder: Path) -> list[Reviewed]:
    """The patients of an extraction's folder, in the order of its contact sheet.

    Raises:
        InputError: no extraction, a patient whose result has gone, or an unusable ``review.csv``.
    """
    patients = list(read_cases(folder / CASES).index)
    records = {}
    for name in patients:
        try:
            record = read_record(record_file(folder / FOLDER, name))
        except OSError as error:
            raise InputError(f"the result of {name}", f"{error.strerror}", "run 'nacresponse extract' again") from None
        if record is None:
            raise InputError(f"the result of {name}", "none", "run 'nacresponse extract' again")
        records[name] = record
    file = folder / REVIEW
    decided = read_review(file) if file.is_file() else {}
    check_names(decided, REVIEW, patients, CASES)
    there = table_file(folder, HANDCRAFTED).is_file()
    features = read_table(table_file(folder, HANDCRAFTED)).values if there else None
    ordered = concerns({name: record["warnings"] for name, record in records.items()}, features)
    return [
        Reviewed(
            one.patient_id, one.warnings, one.share, records[one.patient_id]["pictures"], decided.get(one.patient_id)
        )
        for one in ordered
    ]
