"""A patient's clinical record out of a table, as hospitals keep it: a spreadsheet, or JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from .errors import InputError, unknown_name
from .headings import CLINICAL, OTHER, PATIENT, Heading, looks_like, recognised
from .patient_names import no_such_patient
from .tables import table_of
from .text_file import parse_json, read_text
from .variables import Variables, shipped_variables

_EXPECTED = "a clinical record as a table or JSON"


def read_clinical(
    path: Path, patient_id: str | None = None, variables: Variables | None = None
) -> tuple[str | None, dict[str, Any]]:
    """A patient's clinical entries (``read_patient``)."""
    name, entries, _ = read_patient(path, patient_id, variables)
    return name, entries


def read_patient(
    path: Path, patient_id: str | None = None, variables: Variables | None = None, wanted: Collection[str] = ()
) -> tuple[str | None, dict[str, Any], dict[str, Any]]:
    """A patient's entries from a table (a row a patient) or JSON (an object, or a list of them), not yet checked.

    Columns that are no clinical variables are left out, so that a cohort's table can be given; one that looks like a
    misspelt variable is refused.

    Args:
        path: its columns or keys are clinical variables and, where there are several patients, ``patient_id``.
        patient_id: whose row to take.
        variables: that are known; those that ship if None.
        wanted: further columns.

    Returns:
        The patient's name, if the file states it; the entries for ``parse_clinical``; the values of the wanted columns.

    Raises:
        InputError: no such file, not a table, a misspelt column, no such patient, or several and no choice.
    """
    as_json = path.suffix.lower() == ".json"
    rows = _json_rows(read_text(path, _EXPECTED), path) if as_json else _table_rows(path)
    known = shipped_variables() if variables is None else variables
    entries = [_clinical(row, path, known, wanted) for row in rows]
    names = [entry.pop(PATIENT, "") for entry in entries]
    if patient_id is not None and any(names) and patient_id not in names:
        raise no_such_patient(patient_id, [name for name in names if name], path.name)
    chosen = [k for k, name in enumerate(names) if patient_id is None or name in ("", patient_id)]
    if len(chosen) != 1:
        remedy = "choose one with --patient-id" if patient_id is None and rows else "correct the table"
        what = f"one patient {patient_id}" if patient_id else "one patient"
        raise InputError(what, f"{len(chosen)} in {path.name} ({', '.join(names[:5])})", remedy)
    row = rows[chosen[0]]
    return names[chosen[0]] or None, entries[chosen[0]], {name: row[name] for name in wanted if name in row}


def _clinical(row: Mapping[str, Any], path: Path, variables: Variables, wanted: Collection[str]) -> dict[str, Any]:
    """The row's clinical entries by variable, and the patient's name."""
    entries: dict[str, Any] = {}
    for heading in recognised([name for name in row if name not in wanted], variables):
        if heading.role in (CLINICAL, PATIENT):
            entries[heading.name] = row[heading.text]
        elif heading.role == OTHER and not heading.note:
            _refuse_misspelt(heading, path, variables)
    if entries.get(PATIENT) is None:
        entries.pop(PATIENT, None)
    else:
        entries[PATIENT] = str(entries[PATIENT]).strip()
    return entries


def _refuse_misspelt(heading: Heading, path: Path, variables: Variables) -> None:
    if looks_like(heading, variables):
        raise unknown_name(f"a column of {path.name}", heading.text, variables)


def _json_rows(text: str, path: Path) -> list[dict[str, Any]]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise InputError(f"every key of {path.name} once", "a key twice", "remove one")
        return dict(pairs)

    data = parse_json(text, "JSON", path.name, "correct its syntax", object_pairs_hook=once)
    rows = data if isinstance(data, list) else [data]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError("a JSON object of clinical values", path.name, 'write {"age": 50, ...}')
    return rows


def _table_rows(path: Path) -> list[dict[str, Any]]:
    header, rows = table_of(path, _EXPECTED)
    return [{name: cell for name, cell in zip(header, row, strict=True) if name} for row in rows]
