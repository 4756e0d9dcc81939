"""What the columns of another program's table of features are: features, what belongs to the patient, or neither.

Whatever holds numbers and is not known to be something else is a feature. A column that may hold the outcome is none:
a model would learn from what it shall predict. ``--map FILE`` says otherwise, in YAML::

    columns: {Alter: age, MRN: patient_id, PFS: keep, slices: ignore, response_map_entropy: feature}
    variables: {AR: {label: Androgen receptor, kind: yes_no}}

A column is mapped to a clinical variable, an outcome's column, ``patient_id``, ``scanner_NAME``, ``feature``, ``keep``
(in ``cases.csv``, unused) or ``ignore``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..endpoints import OUTCOME_COLUMNS
from ..errors import InputError, few, unknown_name
from ..headings import OTHER, PATIENT, SCANNER, Heading, looks_like
from ..plain_data import mapping, read_yaml
from ..variables import UNKNOWN, Variables, known_variables, plain, variables_from

FEATURE, KEPT, LEFT_OUT = "feature", "keep", "ignore"
_SETTINGS = ("diagnostics_", "image_")
"""How columns begin in which pyradiomics and MIRP say what they did."""
_FILES = ("image", "mask")
_ROW_NUMBERS = {"", "unnamed: 0", "index", "row", "label", "mask_label", "split", "fold", "partition", "seed", "cohort"}
_OF_OUTCOME = re.compile(
    r"(^|[^a-z])(y?pcr|response|responder|outcome|target|y_true|event|death|dead|alive|status|survival|recurrence"
    r"|relapse|os|dfs|rfs|pfs|efs|residual|surgery|pred|y_pred|prediction|(?<!maximum_)probability|score|recist|trg|regression"
    r"|miller[^a-z]?payne|prognosis)([^a-z]|$)|(^|[^a-z])(rcb(?![vf])|ypt|ypn)"
)
_INSIDE_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class ColumnMap:
    """A user's file: what columns are, by heading, and definitions of variables."""

    columns: Mapping[str, str] = field(default_factory=dict)
    variables: Variables = field(default_factory=dict)


def read_map(path: Path) -> ColumnMap:
    """The file of ``--map``.

    Raises:
        InputError: no such file, no YAML, an unknown key, or a column mapped to what does not exist.
    """
    if not path.is_file():
        raise InputError("a file that says what columns are", f"no file {path}", "check --map")
    data = mapping(read_yaml(path) or {}, path.name)
    for key in data:
        if key not in ("columns", "variables"):
            raise unknown_name(f"a key of {path.name}", key, ("columns", "variables"))
    columns = {str(key): str(value) for key, value in mapping(data.get("columns") or {}, path.name).items()}
    variables = variables_from(data.get("variables"), f"{path.name}, variables")
    known = [FEATURE, KEPT, LEFT_OUT, PATIENT, *known_variables(variables), *OUTCOME_COLUMNS]
    for name in columns.values():
        if name not in known and not re.fullmatch(SCANNER + r"\w+", name):
            raise unknown_name(f"what a column is, in {path.name}", name, known)
    return ColumnMap(columns, variables)


@dataclass(frozen=True)
class Taken:
    """A column and what it was taken for: ``feature``, ``keep``, ``ignore``, or a role of ``headings``; and why."""

    heading: Heading
    role: str
    note: str = ""


def taken(heading: Heading, cells: Sequence[str], role: str, variables: Variables) -> Taken:
    """What a column of a table of features is.

    Args:
        cells: its values, as text.
        role: given by the user; empty where none was.
    """
    if role in (FEATURE, KEPT, LEFT_OUT):
        if role == FEATURE and numbers(cells) is None:
            raise InputError(f"numbers in the column {heading.text}", "others", "correct --map")
        return Taken(heading, role, "as --map says")
    if heading.role != OTHER:
        return Taken(heading, heading.role)
    name = heading.text.lower()
    if name.startswith(_SETTINGS) or name in _FILES:
        return Taken(heading, LEFT_OUT, "says how features were computed")
    if heading.note:
        return Taken(heading, KEPT, heading.note)
    if looks_like(heading, variables):
        return Taken(heading, KEPT, f"looks like {looks_like(heading, variables)}: rename it, or name it in --map")
    if name in _ROW_NUMBERS:
        return Taken(heading, KEPT if name else LEFT_OUT, "numbers rows, or parts them")
    if not any(known(cell) for cell in cells):
        return Taken(heading, LEFT_OUT, "empty")
    values = numbers(cells)
    if values is None:
        return Taken(heading, KEPT, "commas beside points in its numbers" if both_marks(cells) else _not_numbers(cells))
    if _OF_OUTCOME.search(name) or _OF_OUTCOME.search(_INSIDE_WORD.sub("_", heading.text).lower()):
        return Taken(heading, KEPT, "may hold the outcome: if it is a feature, name it in --map")
    if any(math.isinf(value) for value in values):
        return Taken(heading, LEFT_OUT, "infinite values")
    return Taken(heading, FEATURE)


def known(cell: str) -> bool:
    """Whether a cell says something."""
    return plain(cell) not in UNKNOWN


def _not_numbers(cells: Sequence[str]) -> str:
    """Why a column holds no numbers: none at all, or some cell that is none."""
    odd = [cell[:20] for cell in cells if numbers([cell]) is None]
    return "no numbers" if 2 * len(odd) > sum(map(known, cells)) else f"numbers, but for {few(odd, 2)}"


def both_marks(cells: Collection[str]) -> bool:
    """Whether some numbers have a comma and others a point."""
    found = [cell for cell in cells if re.match(r"[+-]?[\d.,]", cell)]
    return any("," in cell for cell in found) and any("." in cell for cell in found)


def numbers(cells: Collection[str]) -> list[float] | None:
    """The cells as numbers, NaN where empty; None where one is none.

    A decimal comma is understood, but not beside decimal points: 1,234 may be a thousand there.
    """
    if both_marks(cells) or any("_" in cell for cell in cells):
        return None
    try:
        return [float(cell.replace(",", ".")) if known(cell) else math.nan for cell in cells]
    except ValueError:
        return None
