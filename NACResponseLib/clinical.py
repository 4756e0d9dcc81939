"""The clinical record of a patient: seven variables, checked, with their spellings understood.

========== ============================================== ==================================
variable   meaning                                        accepted
========== ============================================== ==================================
age        at diagnosis, years                            18 to 110
ER, PR     estrogen, progesterone receptor                positive/negative, +/-, 1/0, yes/no
HER2       human epidermal growth factor receptor 2       as ER; not an immunohistochemistry score
HR         hormone receptor: ER or PR positive            as ER; derived where ER and PR are given
grade      histological grade                             1 to 3, G1 to G3, I to III
tumor_size longest diameter before treatment, mm          above 0, to 300
nodal      clinical nodal status (AJCC)                   0 to 3, N0 to N3, cN1a
========== ============================================== ==================================

An empty value, ``unknown`` or ``NA`` is a missing one.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .errors import InputError, unknown_name

MISSING = math.nan
_POSITIVE = {"positive", "pos", "+", "1", "1.0", "yes", "y", "true"}
_NEGATIVE = {"negative", "neg", "-", "\N{MINUS SIGN}", "0", "0.0", "no", "n", "false"}
_UNKNOWN = {"", "unknown", "na", "n/a", "nan", "none", "null", "missing", "?"}


def _status(name: str, text: str) -> float:
    if text in _POSITIVE:
        return 1.0
    if text in _NEGATIVE:
        return 0.0
    remedy = f"write {name}=positive, {name}=negative, or leave it out if unknown"
    if name == "HER2" and re.fullmatch(r"[0-3]\s*\+", text):
        remedy = f"an immunohistochemistry score is not a status; {remedy}"
    raise InputError(f"{name} as positive or negative", f"'{text}'", remedy)


def _number(name: str, text: str, low: float, high: float, unit: str) -> float:
    expected = f"{name} between {low:g} and {high:g}{unit}"
    try:
        value = float(text)
    except ValueError:
        raise InputError(expected, f"'{text}'", "write a plain number") from None
    if not low <= value <= high:
        raise InputError(expected, f"{value:g}", "check the value and its unit")
    return value


def _ordinal(name: str, text: str, pattern: str, expected: str) -> float:
    roman = {"iii": "3", "ii": "2", "i": "1"}
    match = re.fullmatch(pattern, roman.get(text, text))
    if match is None:
        raise InputError(expected, f"'{text}'", f"correct {name}, or leave it out if unknown")
    return float(match.group(1))


_PARSERS: dict[str, Callable[[str], float]] = {
    "age": lambda text: _number("age", text, 18, 110, " years"),
    "ER": lambda text: _status("ER", text),
    "PR": lambda text: _status("PR", text),
    "HER2": lambda text: _status("HER2", text),
    "HR": lambda text: _status("HR", text),
    "grade": lambda text: _ordinal("grade", text, r"g?([1-3])(?:\.0)?", "grade as 1, 2 or 3"),
    "tumor_size_mm": lambda text: _number("tumor_size_mm", text, 0.1, 300, " mm"),
    "nodal_status": lambda text: _ordinal(
        "nodal_status", text, r"c?n?([0-3])(?:\.0|[a-c]|mi)?", "nodal_status as N0, N1, N2 or N3"
    ),
    "tumor_volume_mm3": lambda text: _number("tumor_volume_mm3", text, 1, 5e6, " mm3"),
}
CLINICAL_VARIABLES = ("age", "ER", "PR", "HER2", "grade", "tumor_size_mm", "nodal_status")


@dataclass(frozen=True)
class ClinicalRecord:
    """What is known of a patient besides images. Status values are 1 positive, 0 negative; NaN is missing.

    ``HR`` follows from ``ER`` and ``PR`` unless only it is known. ``tumor_volume_mm3`` is given only where no
    contour is: a measured volume is preferred.
    """

    age: float = MISSING
    ER: float = MISSING
    PR: float = MISSING
    HER2: float = MISSING
    grade: float = MISSING
    tumor_size_mm: float = MISSING
    nodal_status: float = MISSING
    HR: float = MISSING
    tumor_volume_mm3: float = MISSING

    def __post_init__(self) -> None:
        derived = _hormone_receptor(self.ER, self.PR)
        if math.isnan(derived):
            return
        if not math.isnan(self.HR) and derived != self.HR:
            raise InputError(
                "HR positive exactly when ER or PR is",
                f"HR={self.HR:g} with ER={self.ER:g}, PR={self.PR:g}",
                "correct one of them, or leave HR out",
            )
        object.__setattr__(self, "HR", derived)

    def values(self) -> dict[str, float]:
        """Every variable by name; NaN where missing."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _hormone_receptor(er: float, pr: float) -> float:
    if er == 1 or pr == 1:
        return 1.0
    return 0.0 if er == 0 and pr == 0 else MISSING


def parse_clinical(entries: Mapping[str, Any]) -> ClinicalRecord:
    """Reads a record from text or numbers, as found in a table or typed by a person.

    Args:
        entries: values by variable name; names are matched without regard to case.

    Raises:
        InputError: an unknown variable, a value out of range, or one that cannot be understood.
    """
    canonical = {name.lower(): name for name in _PARSERS}
    values = {}
    for given, raw in entries.items():
        name = canonical.get(given.strip().lower())
        if name is None:
            raise unknown_name("a clinical variable", given, _PARSERS)
        text = "" if raw is None else str(raw).strip().lower()
        values[name] = MISSING if text in _UNKNOWN else _PARSERS[name](text)
    return ClinicalRecord(**values)


def read_clinical(path: Path, patient_id: str | None = None) -> tuple[str | None, dict[str, Any]]:
    """A patient's entries from a CSV table (a row a patient) or a JSON object, not yet checked.

    Args:
        path: its columns or keys are clinical variables and, where there are several patients, ``patient_id``.
        patient_id: whose row to take.

    Returns:
        The patient's name, if the file tells it, and the entries for ``parse_clinical``.

    Raises:
        InputError: no such file, not a table, no such patient, or several patients and no choice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputError("a clinical record as CSV or JSON", f"no readable text at {path}", "check the path") from None
    rows = _json_rows(text, path) if path.suffix.lower() == ".json" else _csv_rows(text, path)
    names = [str(row.get("patient_id", "")).strip() for row in rows]
    chosen = [row for row, name in zip(rows, names, strict=True) if patient_id is None or name in ("", patient_id)]
    if len(chosen) != 1:
        wanted = f"one patient '{patient_id}'" if patient_id else "one patient"
        listed = f"{len(rows)} in {path.name} ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
        raise InputError(wanted, listed, "choose one with --patient-id")
    entries = dict(chosen[0])
    return str(entries.pop("patient_id", "")).strip() or None, entries


def _json_rows(text: str, path: Path) -> list[dict[str, Any]]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError("JSON", f"{path.name}: {error}", "correct its syntax") from None
    rows = data if isinstance(data, list) else [data]
    if not all(isinstance(row, dict) for row in rows):
        raise InputError("a JSON object of clinical values", f"{path.name}", 'write {"age": 50, ...}')
    return rows


def _csv_rows(text: str, path: Path) -> list[dict[str, Any]]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = list(csv.DictReader(text.splitlines(), delimiter=delimiter))
    if not rows or any(None in row or None in row.values() for row in rows):
        raise InputError("a table with a header and a row a patient", f"{path.name}", "check its columns")
    return rows
