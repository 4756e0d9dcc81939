"""The cohort by outcome (Jang et al., tables 1 and 2) and the features that set its groups apart (figures 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.group_tests import GroupTest, compare_groups
from ..evaluation.selection_frequency import Selected
from ..variables import LEVELS, NUMBER, Variables, shipped_variables
from .figures.figure import ReportFigure
from .figures.groups import groups_figure
from .page import p_value, percent, short

SCANNER = "scanner_"
MAX_BOXES = 12


@dataclass(frozen=True)
class CohortRow:
    """A line of the table: a variable with its test, or a category below it (then ``test`` is None).

    ``cells`` are those of all patients, of the positive and of the negative class; empty for a mere heading.
    """

    label: str
    cells: tuple[str, ...]
    test: GroupTest | None
    indented: bool = False


def cohort_rows(
    columns: Mapping[str, Sequence[str]], outcome: NDArray[np.int64], variables: Variables | None = None
) -> list[CohortRow]:
    """Clinical variables and scanners in all patients and by outcome.

    Numbers are shown as median and quartiles, categories as counts and shares of the patients with a value.

    Args:
        columns: by name, one text a patient, empty where missing.
        outcome: (n,), 1 or 0.
        variables: the clinical ones that are known; those that ship if None.

    Raises:
        InputError: a clinical value that is no number.
    """
    rows: list[CohortRow] = []
    for name, variable in (shipped_variables() if variables is None else variables).items():
        if name in columns:
            values = as_numbers(columns[name], name)
            if variable.kind == NUMBER:
                unit = f", {variable.unit}" if variable.unit else ""
                rows += _numbers(f"{variable.label}{unit}", values, outcome)
            else:
                positive = None if variable.kind == LEVELS else variable.level_names[1.0]
                rows += _categories(variable.label, values, outcome, variable.level_names, positive)
    for name in columns:
        if name.startswith(SCANNER):
            known = sorted({text for text in columns[name] if text})
            values = np.array([known.index(text) if text else np.nan for text in columns[name]])
            label = f"Scanner ({name.removeprefix(SCANNER)})"
            rows += _categories(label, values, outcome, {float(k): text for k, text in enumerate(known)})
    return rows


def as_numbers(texts: Sequence[str], name: str) -> NDArray[np.float64]:
    """A column as numbers, NaN where empty.

    Raises:
        InputError: a value that is no number.
    """
    try:
        return np.array([float(text) if text.strip() else np.nan for text in texts], dtype=float)
    except ValueError as error:
        raise InputError(
            f"numbers in the column {name}", str(error), "give the folder that 'nacresponse train' wrote, unchanged"
        ) from None


def feature_boxes(
    columns: Mapping[str, Sequence[str]],
    outcome: NDArray[np.int64],
    selected: Sequence[Selected],
    classes: tuple[str, str],
) -> list[ReportFigure]:
    """Box plots of the final model's imaging features, those most often selected first, twelve at most."""
    figures: list[ReportFigure] = []
    for row in selected:
        if row.origin.kind != "clinical" and row.feature in columns and len(figures) < MAX_BOXES:
            values = as_numbers(columns[row.feature], row.feature)
            if np.isfinite(values).any():
                test = compare_groups(values, outcome, categorical=False)
                p = p_value(test.p)
                note = f"{test.test}, p {p if p.startswith('<') else '= ' + p}"
                name = f"feature_{len(figures) + 1:02d}"
                figures.append(groups_figure(name, row.feature, values, outcome, classes, note))
    return figures


def _numbers(label: str, values: NDArray[np.float64], outcome: NDArray[np.int64]) -> list[CohortRow]:
    def text_of(chosen: NDArray[np.float64]) -> str:
        known = chosen[np.isfinite(chosen)]
        if not known.size:
            return "–"
        low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
        return f"{short(middle)} ({short(low)} to {short(high)})"

    cells = tuple(text_of(group) for group in _groups(values, outcome))
    test = compare_groups(values, outcome, categorical=False)
    return [CohortRow(f"{label}; median (quartiles)", cells, test), *_missing(values, outcome)]


def _categories(
    label: str,
    values: NDArray[np.float64],
    outcome: NDArray[np.int64],
    names: Mapping[float, str],
    positive: str | None = None,
) -> list[CohortRow]:
    def row(text: str, code: float, test: GroupTest | None, *, indented: bool) -> CohortRow:
        cells = []
        for group in _groups(values, outcome):
            known, count = int(np.isfinite(group).sum()), int((group == code).sum())
            cells.append(f"{count} ({percent(count / known)})" if known else "–")
        return CohortRow(text, tuple(cells), test, indented)

    test = compare_groups(values, outcome, categorical=True)
    if positive is not None:
        return [row(f"{label}, {positive}", 1.0, test, indented=False), *_missing(values, outcome)]
    rows = [row(name, code, None, indented=True) for code, name in names.items() if (values == code).any()]
    return [CohortRow(label, (), test), *rows, *_missing(values, outcome)]


def _missing(values: NDArray[np.float64], outcome: NDArray[np.int64]) -> list[CohortRow]:
    absent = tuple(int((~np.isfinite(group)).sum()) for group in _groups(values, outcome))
    return [CohortRow("not known", tuple(map(str, absent)), None, True)] if absent[0] else []


def _groups(values: NDArray[np.float64], outcome: NDArray[np.int64]) -> tuple[NDArray[np.float64], ...]:
    return values, values[outcome == 1], values[outcome == 0]
