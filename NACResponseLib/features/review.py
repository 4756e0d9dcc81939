"""A reader's decisions on a cohort's contours: ``review.csv`` beside the feature tables, a row a patient.

========== =========================================================================
patient_id as in ``cases.csv``
decision   ``accepted`` or ``rejected``; a patient without a row has not been reviewed
reason     why, of a rejected one
reviewer   name or initials; may be empty
time       ISO 8601 with its zone (``2026-11-29T16:30:00+00:00``); may be empty
========== =========================================================================

The module writes it, and so may anyone with a spreadsheet. Rejected patients are left out of training and validation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, few, unknown_name
from ..patient_names import check_names, no_such_patient
from ..tables import table_of
from ..writing import write_csv
from .cases import CASES

if TYPE_CHECKING:
    import pandas as pd

REVIEW = "review.csv"
ACCEPTED, REJECTED = "accepted", "rejected"
_COLUMNS = ("patient_id", "decision", "reason", "reviewer", "time")
_SHOWN, _LONGEST = 8, 500


@dataclass(frozen=True)
class Decision:
    """A row of ``review.csv``.

    Raises:
        InputError: another decision, a rejection without a reason, or a time that is none.
    """

    patient_id: str
    decision: str
    reason: str = ""
    reviewer: str = ""
    time: str = ""

    def __post_init__(self) -> None:
        who = f"of patient {self.patient_id} in {REVIEW}"
        if self.decision not in (ACCEPTED, REJECTED):
            raise unknown_name(f"a decision {who}", self.decision, (ACCEPTED, REJECTED))
        if self.decision == REJECTED and not self.reason:
            raise InputError(f"a reason for the rejection {who}", "none", "write why, in a few words")
        if max(map(len, (self.reason, self.reviewer))) > _LONGEST or not all(map(str.isprintable, vars(self).values())):
            raise InputError(f"printable text below {_LONGEST} characters {who}", "other text", "shorten it")
        try:
            datetime.fromisoformat((self.time or "2026-01-01").replace("Z", "+00:00"))
        except ValueError:
            raise InputError(f"a time as 2026-11-29T16:30:00 {who}", f"'{self.time[:40]}'", "correct it") from None


def read_review(path: Path, patients: Collection[str] | None = None) -> dict[str, Decision]:
    """The decisions by patient.

    Args:
        patients: who may have one; anyone if None.

    Raises:
        InputError: no such file or table, a column that is missing, a patient twice or unknown, or as ``Decision``.
    """
    header, rows = table_of(path, f"{REVIEW} with a row a patient")
    missing = [name for name in _COLUMNS[:3] if name not in header]
    if missing:
        raise InputError(f"columns {', '.join(_COLUMNS)} in {path.name}", f"no {missing[0]}", "add it")
    found: dict[str, Decision] = {}
    known = None if patients is None else dict.fromkeys(patients)
    for row in rows:
        cells = dict(zip(header, (str(cell).strip() for cell in row), strict=True))
        if not any(cells.values()):
            continue
        one = Decision(**{name: cells.get(name, "") for name in _COLUMNS})
        if one.patient_id in found:
            raise InputError(f"each patient once in {path.name}", f"{one.patient_id} twice", "keep one row")
        if known is not None and one.patient_id not in known:
            raise no_such_patient(one.patient_id, list(known), CASES)
        found[one.patient_id] = one
    return found


def write_review(path: Path, decisions: Iterable[Decision]) -> None:
    """Writes them, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        write_csv(path, _COLUMNS, ([getattr(one, name) for name in _COLUMNS] for one in decisions))
    except OSError as error:
        raise InputError("a folder that can be written", f"{path}: {error.strerror}", "choose another") from None


def decide(path: Path, patient: str, decision: str, reason: str = "", reviewer: str = "") -> Decision:
    """Adds a decision as ``decide_all`` does."""
    return decide_all(path, {patient: decision}, reason, reviewer)[patient]


def decide_all(path: Path, decisions: Mapping[str, str], reason: str = "", reviewer: str = "") -> dict[str, Decision]:
    """Adds decisions by patient with the time of now, all or none, in place of earlier ones of those patients.

    Returns:
        All decisions of the file by patient.

    Raises:
        InputError: as ``read_review``, ``Decision`` and ``write_review``.
    """
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    made = {name: Decision(name, each, reason.strip(), reviewer.strip(), now) for name, each in decisions.items()}
    found = {**(read_review(path) if path.is_file() else {}), **made}
    write_review(path, found.values())
    return found


def review_of(folder: Path, given: str | Path | None = None) -> Path | None:
    """The file that was given, or that of the folder; None where there is none."""
    if given is not None:
        return Path(given)
    return folder / REVIEW if (folder / REVIEW).is_file() else None


def without_rejected(cases: pd.DataFrame, review: Path | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The patients that were not rejected, and who was, in a sentence for the reader.

    Raises:
        InputError: as ``read_review``, a patient whose name a spreadsheet changed, or every patient was rejected.
    """
    if review is None:
        return cases, ()
    found = read_review(review)
    check_names(found, review.name, cases.index, CASES)
    unknown = [name for name in found if name not in cases.index]
    rejected = [name for name in cases.index if name in found and found[name].decision == REJECTED]
    if len(rejected) == len(cases):
        raise InputError(f"patients that {review.name} does not reject", "none", "review them again")
    warnings = []
    if rejected:
        reasons = few([f"{name} ({found[name].reason})" for name in rejected], _SHOWN)
        warnings.append(f"{len(rejected)} of {len(cases)} patients were rejected by a reader and left out: {reasons}.")
    if unknown:
        warnings.append(f"{REVIEW} names patients who are not in the tables: {few(unknown)}.")
    return cases.drop(index=rejected), tuple(warnings)


def counted(decisions: Mapping[str, Decision], patients: Collection[str]) -> str:
    """``4 accepted, 1 rejected, 3 not reviewed``."""
    states = [decisions[name].decision if name in decisions else "not reviewed" for name in patients]
    return ", ".join(f"{states.count(state)} {state}" for state in (ACCEPTED, REJECTED, "not reviewed"))
