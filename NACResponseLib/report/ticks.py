"""Ticks whose labels do not touch, and how a variable's value is written."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..evaluation.nomogram import Variable
from ..scoring.nomogram import SIGNATURE, Scale

MINUS, THIN = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}"
_LETTER = 6.6  # width of a character of a tick's label, in CSS pixels, and the room between two of them
_GAP = 8.0
STAGES = {"grade": "G", "nodal_status": "N", "T_stage": "T"}
_STATUS = {0.0: "negative", 1.0: "positive"}


@dataclass(frozen=True)
class Mark:
    """A tick with its label, which stands above or below its ruler; an empty one is a tick alone."""

    x: float
    text: str
    above: bool = False


def value_text(variable: Variable, scale: Scale, value: float, digits: int | None = None) -> str:
    """A place on an axis as a reader writes it: ``positive``, ``T2``, ``40.8``; mm³ are written in cm³.

    Args:
        digits: after the point; by its size if None.
    """
    if math.isnan(value):
        return "not known"
    if scale.kind == "binary":
        return _STATUS[float(round(value))]
    if scale.kind == "ordinal":
        return f"{STAGES.get(variable.name, '')}{value:g}"
    shown = scale.raw(value) / (1000 if scale.unit == "mm³" else 1)
    if digits is None:
        whole = scale.kind != SIGNATURE and math.isclose(shown, round(shown))
        digits = 0 if whole or abs(shown) >= 100 else 1 if abs(shown) >= 10 else 2
    return plain(shown, digits)


def unit_of(scale: Scale) -> str:
    """The unit in which an axis is written; empty where it has none."""
    return "cm³" if scale.unit == "mm³" else scale.unit if scale.kind == "continuous" else ""


def variable_marks(variable: Variable, scale: Scale, at: Callable[[float], float]) -> list[Mark]:
    """Ticks of a variable's axis: each value of a status or a stage, round values of a number.

    Args:
        at: place of a value along the axis.
    """
    if scale.kind in ("binary", "ordinal"):
        first, last = math.ceil(variable.low), math.floor(variable.high)
        values = [float(value) for value in range(first, last + 1)]
        return _fitted([(at(value), value_text(variable, scale, value)) for value in values])
    if scale.log:
        return without_overlap([(at(math.log(raw)), text) for raw, text in _decades(variable, scale)])
    for count in (10, 8, 6, 5, 4, 3, 2):
        step = round_step((variable.high - variable.low) / count)
        first, last = math.ceil(variable.low / step - 1e-9), math.floor(variable.high / step + 1e-9)
        digits = max(0, -math.floor(math.log10(step / 1000 if scale.unit == "mm³" else step) + 1e-9))
        found = [(at(k * step), value_text(variable, scale, k * step, digits)) for k in range(first, last + 1)]
        if len(found) >= 2 and _fits(found):
            return [Mark(x, text) for x, text in found]
    return _fitted([(at(end), value_text(variable, scale, end)) for end in (variable.low, variable.high)])


def _decades(variable: Variable, scale: Scale) -> list[tuple[float, str]]:
    """Raw values 1, 10, 100, ... within the axis, then their doubles and fives, with labels."""
    first, last = (math.floor(end / math.log(10)) for end in (variable.low, variable.high))
    unit = 1000 if scale.unit == "mm³" else 1
    found = [factor * 10.0**power for factor in (1, 2, 5) for power in range(first, last + 1)]
    inside = [raw for raw in found if variable.low <= math.log(raw) <= variable.high]
    return [(raw, f"{raw / unit:g}") for raw in inside]


def _fitted(found: Sequence[tuple[float, str]]) -> list[Mark]:
    """All ticks; where labels would touch, every second one stands above, and what still touches loses its label."""
    if _fits(found):
        return [Mark(x, text) for x, text in found]
    ordered = sorted(found)
    marks: list[Mark] = []
    for number, (x, text) in enumerate(ordered):
        above = number % 2 == 1
        beside = [(mark.x, mark.text) for mark in marks if mark.text and mark.above == above]
        marks.append(Mark(x, text if _fits([*beside, (x, text)]) else "", above))
    return marks


def _fits(found: Sequence[tuple[float, str]]) -> bool:
    ordered = sorted(found)
    return all(
        _LETTER * (len(one) + len(other)) / 2 + _GAP <= there - here
        for (here, one), (there, other) in itertools.pairwise(ordered)
    )


def without_overlap(found: Sequence[tuple[float, str]]) -> list[Mark]:
    """All ticks, the first ones with their labels as long as there is room."""
    kept: list[tuple[float, str]] = []
    marks = []
    for x, text in found:
        room = _fits([*kept, (x, text)])
        kept += [(x, text)] if room else []
        marks.append(Mark(x, text if room else ""))
    return sorted(marks, key=lambda mark: mark.x)


def plain(value: float, digits: int) -> str:
    """A number with so many digits after the point; thousands apart, a true minus sign."""
    text = f"{value:,.{digits}f}"
    return "0" if float(text.replace(",", "")) == 0 else text.replace(",", THIN).replace("-", MINUS)


def round_step(rough: float) -> float:
    """The nearest of 1, 2, 5 times a power of ten, not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
