"""The clinical record of a patient: variables as ``variables`` defines them, checked, with their spellings understood.

An empty value, ``unknown`` or ``NA`` is a missing one; so are AJCC's ``GX``, ``cNX`` and ``TX`` (not assessable).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .errors import InputError, unknown_name
from .variables import Variables, find_variable, shipped_variables

MISSING = math.nan
CLINICAL_VARIABLES = ("age", "ER", "PR", "HER2", "grade", "tumor_size_mm", "nodal_status", "T_stage")
"""Those that every record has a place for; HR and the tumour's volume follow from others."""


@dataclass(frozen=True)
class ClinicalRecord:
    """What is known of a patient other than images, as the variables' numbers: 1 positive, 0 negative; NaN is missing.

    ``HR`` follows from ``ER`` and ``PR`` unless only it is known. ``tumor_volume_mm3`` is given only where no
    contour is: a measured volume is preferred.

    Attributes:
        more: further variables by name.
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
    more: Mapping[str, float] = field(default_factory=dict)

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
        return {name: getattr(self, name) for name in BASIC_VARIABLES} | dict(self.more)


BASIC_VARIABLES = tuple(each.name for each in fields(ClinicalRecord) if each.name != "more")
"""Those of every record."""


def _hormone_receptor(er: float, pr: float) -> float:
    if er == 1 or pr == 1:
        return 1.0
    return 0.0 if er == 0 and pr == 0 else MISSING


def parse_clinical(entries: Mapping[str, Any], variables: Variables | None = None) -> ClinicalRecord:
    """Reads a record from text or numbers, as found in a table or typed by a person.

    Args:
        entries: values by variable name; names are matched without regard to case.
        variables: that are known; those that ship if None.

    Raises:
        InputError: an unknown variable, a value out of range, or one that cannot be understood.

    Example:
        >>> record = parse_clinical({"Age": "52", "ER": "+", "PR": "neg", "grade": "G2"})
        >>> record.age, record.HR, record.grade
        (52.0, 1.0, 2.0)
    """
    known = shipped_variables() if variables is None else variables
    values: dict[str, float] = {}
    for given, raw in entries.items():
        name = find_variable(given, known)
        if name is None:
            raise unknown_name("a clinical variable", given, known)
        if name in values:
            raise InputError(f"{name} once", "twice", "leave one out")
        values[name] = known[name].parse(raw)
    basic = {name: value for name, value in values.items() if name in BASIC_VARIABLES}
    return ClinicalRecord(**basic, more={name: value for name, value in values.items() if name not in basic})
