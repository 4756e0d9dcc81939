"""Box plots of selected features by outcome (Jang et al., figures 4 and 5)."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .plane import Axis, Chart, Label, value_axis

_LINE, _LETTERS = 15.0, 38
"""Of a heading: the height of a line in CSS pixels, and how many letters fit on it."""


def box_chart(
    feature: str, values: ArrayLike, outcome: ArrayLike, classes: tuple[str, str], note: str, unit: str = ""
) -> Chart:
    """A feature in the two outcome groups: quartiles, whiskers to the last value within 1.5 interquartile ranges
    (Tukey 1977), and every patient as a dot.

    Args:
        values: (n,), NaN where missing.
        outcome: (n,), 1 or 0.
        classes: short names of the positive and the negative class.
        note: the test's result, under the feature's name.
    """
    number, reached = np.asarray(values, dtype=float), np.asarray(outcome)
    groups = [number[np.isfinite(number) & (reached == group)] for group in (1, 0)]
    found = [group for group in groups if group.size]
    labels = tuple(
        (float(at), f"{name} ({group.size})") for at, (name, group) in enumerate(zip(classes, groups, strict=True))
    )
    chart = Chart(
        f"box-{feature}",
        f"{feature} by outcome",
        "; ".join(
            f"{name}: {group.size} patients" + (f", median {np.median(group):.3g}" if group.size else "")
            for name, group in zip(classes, groups, strict=True)
        )
        + f". {note}",
        Axis(-0.6, 1.6, labels, ""),
        value_axis(np.concatenate(found), unit),
        width=290.0,
        height=230.0,
        left=58.0,
        top=40.0,
        margin_right=8.0,
        margin_bottom=24.0,
        grid_x=False,
    )
    lines = _heading(feature)
    chart.top += _LINE * (len(lines) - 1)
    chart.height += _LINE * (len(lines) - 1)
    for row, line in enumerate(lines):
        chart.marks.append(Label(chart.width / 2, 15 + _LINE * row, line, "middle", "heading"))
    chart.marks.append(Label(chart.width / 2, 16 + _LINE * len(lines), note, "middle", "note"))
    for at, (group, style) in enumerate(zip(groups, ("first", "away"), strict=True)):
        if group.size:
            _box(chart, at, group, style)
    return chart


def _heading(feature: str) -> list[str]:
    """The name on as many lines as it needs, broken behind an underscore."""
    lines = [""]
    for part in re.findall(r"[^_]*_?", feature)[:-1]:
        if lines[-1] and len(lines[-1]) + len(part) > _LETTERS:
            lines.append("")
        lines[-1] += part
    return lines


def _box(chart: Chart, at: float, group: NDArray[np.float64], style: str) -> None:
    spread = 0.16 * (((np.arange(group.size) * 0.618034) % 1) - 0.5)  # the same for the same patients
    for value, shift in zip(group, spread, strict=True):
        chart.dot(at + 0.33 + shift, float(value), f"{style}-faint", 1.8)
    low, middle, high = np.quantile(group, [0.25, 0.5, 0.75])
    reach = 1.5 * (high - low)
    bottom, top = group[group >= low - reach].min(), group[group <= high + reach].max()
    left, right, centre = at - 0.24, at + 0.16, at - 0.04
    chart.upright(centre, bottom, low, f"{style}-interval")
    chart.upright(centre, high, top, f"{style}-interval")
    chart.line([left, right, right, left, left], [low, low, high, high, low], f"{style}-box")
    chart.across(left, right, middle, f"{style}-median")
