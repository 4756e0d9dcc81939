"""A patient's clinical record out of a table, as hospitals keep it: CSV from a spreadsheet, or JSON."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .clinical import VARIABLES
from .csv_cells import read_rows
from .errors import InputError, unknown_name
from .text_file import parse_json, read_text

PATIENT = "patient_id"


def read_clinical(path: Path, patient_id: str | None = None) -> tuple[str | None, dict[str, Any]]:
    """A patient's entries from a CSV table (a row a patient) or JSON (an object, or a list of them), not yet checked.

    Columns that are no clinical variables are left out, so that a cohort's table can be given; one that looks like a
    misspelt variable is refused.

    Args:
        path: its columns or keys are clinical variables and, where there are several patients, ``patient_id``.
        patient_id: whose row to take.

    Returns:
        The patient's name, if the file tells it, and the entries for ``parse_clinical``.

    Raises:
        InputError: no such file, not a table, a misspelt column, no such patient, or several and no choice.
    """
    text = table_text(path)
    rows = _json_rows(text, path) if path.suffix.lower() == ".json" else _csv_rows(text, path)
    entries = [_clinical(row, path) for row in rows]
    names = [entry.pop(PATIENT, "") for entry in entries]
    if patient_id is not None and any(names) and patient_id not in names:
        raise unknown_name(f"a patient of {path.name}", patient_id, names)
    chosen = [k for k, name in enumerate(names) if patient_id is None or name in ("", patient_id)]
    if len(chosen) != 1:
        remedy = "choose one with --patient-id" if patient_id is None and rows else "correct the table"
        what = f"one patient {patient_id}" if patient_id else "one patient"
        raise InputError(what, f"{len(chosen)} in {path.name} ({', '.join(names[:5])})", remedy)
    return names[chosen[0]] or None, entries[chosen[0]]


def table_text(path: Path, expected: str = "a clinical record as CSV or JSON") -> str:
    """The file's text in the encodings that spreadsheets write.

    Raises:
        InputError: no such file, or a workbook.
    """
    if path.is_file() and zipfile.is_zipfile(path):
        raise InputError(expected, f"a workbook {path.name}", "save it as CSV")
    return read_text(path, expected)


def _clinical(row: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The row's clinical entries by variable, and the patient's name."""
    known = {name.lower(): name for name in (*VARIABLES, PATIENT)}
    entries: dict[str, Any] = {}
    for column, value in row.items():
        name = known.get(column.strip().lower())
        if name is None:
            _refuse_misspelt(column, known, path)
        elif name in entries:
            raise InputError(f"one column {name} in {path.name}", "two", "remove one")
        else:
            entries[name] = value
    if entries.get(PATIENT) is None:
        entries.pop(PATIENT, None)
    else:
        entries[PATIENT] = str(entries[PATIENT]).strip()
    return entries


def _refuse_misspelt(column: str, known: Mapping[str, str], path: Path) -> None:
    plain = re.sub(r"[^a-z0-9]", "", column.lower()).removesuffix("status").removesuffix("years")
    near = get_close_matches(plain, [re.sub("_", "", name) for name in known], n=1, cutoff=0.85)
    if near:
        raise unknown_name(f"a column of {path.name}", column, known.values())


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


def _csv_rows(text: str, path: Path) -> list[dict[str, Any]]:
    lines = [line for line in text.splitlines() if line.strip(" ,;\t") and not line.lower().startswith("sep=")]
    delimiter = max(",;\t", key=(lines or [""])[0].count)
    try:
        header, *body = list(read_rows(csv.reader(lines, delimiter=delimiter))) or [[]]
    except csv.Error as error:
        raise InputError("a table as CSV", f"{path.name}: {error}", "save it again as CSV") from None
    while header and not header[-1].strip():
        header.pop()
    width = len(header)
    names = [name.strip().lower() for name in header]
    if not body or any(len(row) < width or any(cell.strip() for cell in row[width:]) for row in body):
        raise InputError("a table with a header and a row a patient", path.name, "check its columns")
    if len(set(names)) < width:
        raise InputError(f"every column of {path.name} once", "a column twice", "remove one")
    return [dict(zip(header, row, strict=False)) for row in body]
