"""The patients of a cohort as ``nacresponse extract`` writes them beside the feature tables: ``cases.csv``."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..clinical import BASIC_VARIABLES, parse_clinical
from ..csv_cells import read
from ..endpoints import Endpoint, outcomes_of_both_classes
from ..errors import InputError, few
from ..text_file import read_json, read_text
from ..variables import UNKNOWN, Variables, shipped_variables

if TYPE_CHECKING:
    import pandas as pd

CASES = "cases.csv"
GROUPS = {"menopausal_status": "Menopausal status", "breast_density": "Breast density"}
"""Columns that only part patients into groups (perimenopausal counts as pre; density a to d of BI-RADS), and labels."""


def is_synthetic(folder: Path, metadata: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a feature table's metadata or the folder's ``run.json`` say that the patients are synthetic.

    Raises:
        InputError: a ``run.json`` that cannot be read.
    """
    path = folder / "run.json"
    about = read_json(path, "the run.json of 'nacresponse extract'", "extract again") if path.is_file() else {}
    return any(isinstance(entries, Mapping) and bool(entries.get("synthetic")) for entries in (about, *metadata))


def read_cases(path: Path) -> pd.DataFrame:
    """The cohort's table, index ``patient_id``, all values as text.

    Raises:
        InputError: no such file, no ``patient_id``, an empty or duplicated one.
    """
    import pandas as pd

    expected, remedy = f"{CASES} with a row a patient", "run 'nacresponse extract' first"
    text = read_text(path, expected, remedy)
    try:
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    except ValueError as error:
        raise InputError(expected, f"{path}: {error}", remedy) from None
    frame = frame.rename(columns=read).apply(lambda column: column.map(read))
    if "patient_id" not in frame:
        raise InputError(f"a column patient_id in {path.name}", f"{few(list(frame.columns))}", "add it")
    frame["patient_id"] = frame["patient_id"].str.strip()
    names = frame["patient_id"]
    twice = list(names[names.duplicated()].unique())
    if twice:
        raise InputError(f"each patient once in {path.name}", f"{few(twice)} more than once", "keep one row each")
    if not len(names) or (names == "").any():
        raise InputError(f"a patient_id in every row of {path.name}", "none or an empty one", "complete it")
    return frame.set_index("patient_id")


def clinical_values(cases: pd.DataFrame, variables: Variables | None = None) -> dict[str, NDArray[np.float64]]:
    """(patients,) of every basic clinical variable and of others that there are, NaN where missing; HR follows from ER
    and PR.

    Args:
        variables: that are known; those that ship if None.

    Raises:
        InputError: a value that cannot be understood, with the patient's name.
    """
    known = shipped_variables() if variables is None else variables
    present = [name for name in known if name in cases]
    rows = zip(cases.index, cases[present].to_dict("records"), strict=True)
    records = [_record(patient, row, known) for patient, row in rows]
    names = dict.fromkeys([*BASIC_VARIABLES, *present])
    return {name: np.array([record[name] for record in records]) for name in names}


def patient_groups(cases: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """(patients,) menopausal status and breast density, where the table has them; empty where not known.

    Raises:
        InputError: a value that cannot be understood, with the patient's name.
    """
    return {
        label: tuple(
            _group(column, str(raw).strip().lower(), patient)
            for patient, raw in zip(cases.index, cases[column], strict=True)
        )
        for column, label in GROUPS.items()
        if column in cases
    }


def _group(column: str, text: str, patient: str) -> str:
    if text in UNKNOWN:
        return ""
    if column == "menopausal_status":
        found = re.match(r"(pre|peri|post)", text)
        name = found and ("postmenopausal" if found[1] == "post" else "premenopausal")
    else:
        found = re.fullmatch(r"(?:acr|bi-?rads)?[ -]*([a-d1-4])", text)
        name = found and "abcd"["abcd1234".index(found[1]) % 4]
    if not name:
        expected = "pre, peri or post" if column == "menopausal_status" else "a to d"
        raise InputError(
            f"{column} as {expected}", f"'{text[:40]}' of patient {patient}", "correct it, or leave it empty"
        )
    return name


def with_known_outcome(
    cases: pd.DataFrame, endpoint: str | Endpoint, variables: Variables | None = None
) -> tuple[pd.DataFrame, NDArray[np.int64], tuple[str, ...]]:
    """The patients whose outcome is known, their outcome, and a warning of how the others differ, if there are any.

    Raises:
        InputError: as ``outcomes_of_both_classes`` and ``clinical_values``.
    """
    outcome = outcomes_of_both_classes(endpoint, cases)
    known = ~np.isnan(outcome)
    name = endpoint if isinstance(endpoint, str) else endpoint.name
    warnings = () if known.all() else (_without_outcome(name, cases, known, variables),)
    return cases[known], outcome[known].astype(np.int64), warnings


def _without_outcome(endpoint: str, cases: pd.DataFrame, known: NDArray[np.bool_], variables: Variables | None) -> str:
    who = f"{(~known).sum()} of {known.size} patients lack the outcome {endpoint} and had no part"
    differences = "; ".join(_beside(clinical_values(cases, variables), known)) or "nothing else is known of both"
    return f"{who}: {few(list(cases.index[~known]))}. They beside the others: {differences}."


def _beside(clinical: Mapping[str, NDArray[np.float64]], known: NDArray[np.bool_]) -> Iterator[str]:
    """Those without an outcome beside those with one, by each variable that is known of some of both."""
    for name, label, unit, scale in (("age", "age", "years", 1.0), ("tumor_volume_mm3", "tumour volume", "cm³", 1e-3)):
        pair = [scale * _present(clinical[name][rows]) for rows in (~known, known)]
        if all(part.size for part in pair):
            yield f"{label}, median {' against '.join(f'{np.median(part):.3g}' for part in pair)} {unit}"
    for name in ("ER", "PR", "HR", "HER2"):
        pair = [_present(clinical[name][rows]) for rows in (~known, known)]
        if all(part.size for part in pair):
            yield f"{name} positive, {' against '.join(f'{part.sum():.0f} of {part.size}' for part in pair)}"


def _present(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _record(patient: str, row: Mapping[Any, Any], variables: Variables) -> dict[str, float]:
    try:
        return parse_clinical(row, variables).values()
    except InputError as error:
        raise InputError(error.expected, f"{error.found} for patient {patient}", error.remedy) from None
