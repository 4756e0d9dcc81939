"""The clinical record of a patient: eight variables, checked, with their spellings understood.

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
T_stage    clinical T (AJCC); T0 and Tis are 0            0 to 4, T1 to T4, cT2, T4d, Tis
========== ============================================== ==================================

An empty value, ``unknown`` or ``NA`` is a missing one; so are AJCC's ``GX``, ``cNX`` and ``TX`` (not assessable).
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from .errors import InputError, unknown_name

MISSING = math.nan
_POSITIVE = {"positive", "pos", "+", "1", "1.0", "yes", "y", "true"}
_NEGATIVE = {"negative", "neg", "-", "\N{MINUS SIGN}", "0", "0.0", "no", "n", "false"}
UNKNOWN = {"", "unknown", "na", "n/a", "nan", "none", "null", "missing", "?"}
_NOT_ASSESSED = {"grade": r"gx", "nodal_status": r"c?nx", "T_stage": r"c?tx"}
_ROMAN = {"iii": "3", "ii": "2", "i": "1"}


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
    if not re.fullmatch(r"[+-]?\d+([.,]\d*)?(e[+-]?\d+)?|[.,]\d+", text):
        raise InputError(expected, f"'{text[:40]}'", "write a plain number")
    value = float(text.replace(",", "."))
    if not low <= value <= high:
        raise InputError(expected, f"{value:g}", "check the value and its unit")
    return value


def _ordinal(name: str, text: str, pattern: str, expected: str) -> float:
    match = re.fullmatch(pattern, _ROMAN.get(text, text))
    if match is None:
        raise InputError(expected, f"'{text}'", f"correct {name}, or leave it out if unknown")
    return float(match.group(1))


def _tumor_stage(text: str) -> float:
    """T1mi to T4d are subdivisions; a carcinoma in situ is no invasive tumour, so 0 (AJCC, 8th edition)."""
    plain = re.sub(r"^c?tis( ?\((dcis|paget)\))?$", "0", text)
    return _ordinal("T_stage", plain, r"(?:c?t)?([0-4])(?:\.0|[a-d]|mi)?", "T_stage as T0 to T4 or Tis")


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
    "T_stage": _tumor_stage,
    "tumor_volume_mm3": lambda text: _number("tumor_volume_mm3", text, 1, 5e6, " mm3"),
}
VARIABLES = tuple(_PARSERS)
_CANONICAL = {name.lower(): name for name in VARIABLES}
CLINICAL_VARIABLES = ("age", "ER", "PR", "HER2", "grade", "tumor_size_mm", "nodal_status", "T_stage")


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
    T_stage: float = MISSING
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
    values: dict[str, float] = {}
    for given, raw in entries.items():
        name = _CANONICAL.get(given.strip().lower())
        if name is None:
            raise unknown_name("a clinical variable", given, _PARSERS)
        if name in values:
            raise InputError(f"{name} once", "twice", "leave one out")
        text = "" if raw is None else str(raw).strip().lower()
        unknown = text in UNKNOWN or re.fullmatch(_NOT_ASSESSED.get(name, ""), text)
        values[name] = MISSING if unknown else _PARSERS[name](text)
    return ClinicalRecord(**values)
