"""A feature by outcome (Jang et al., figures 4 and 5)."""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..style import BLUE, VERMILION
from ..ticks import MINUS, THIN
from .figure import ReportFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LETTERS, _ROOMY, _LINE, _WIDTH = 30, 24, 0.14, 2.35
"""Of a heading: letters on a line, those above which they are smaller, the height of a line in inches; the figure's
width in inches."""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_COLOURS = (BLUE, VERMILION)


def groups_figure(
    name: str, feature: str, values: ArrayLike, outcome: ArrayLike, classes: tuple[str, str], note: str
) -> ReportFigure:
    """The figure of ``plot_groups``."""
    found = _groups(values, outcome)
    description = "; ".join(
        f"{text}: {group.size} patients" + (f", median {np.median(group):.3g}" if group.size else "")
        for text, group in zip(classes, found, strict=True)
    )
    return ReportFigure(
        name,
        f"{feature} by outcome",
        f"{description}. {note}",
        partial(plot_groups, feature=feature, values=values, outcome=outcome, classes=classes, note=note),
        height=1.78 + _LINE * len(heading(feature)),
        width=_WIDTH,
        left=0.48,
        bottom=0.22,
        top=0.25 + _LINE * len(heading(feature)),
        right=0.05,
    )


def plot_groups(
    ax: Axes, feature: str, values: ArrayLike, outcome: ArrayLike, classes: tuple[str, str], note: str
) -> Axes:
    """A feature in the two outcome groups: quartiles, whiskers to the last value within 1.5 interquartile ranges
    (Tukey 1977), and every patient as a dot.

    Args:
        values: (n,), NaN where missing.
        outcome: (n,), 1 or 0.
        classes: short names of the positive and the negative class.
        note: the test's result, under the feature's name.
    """
    groups = _groups(values, outcome)
    for at, (group, colour) in enumerate(zip(groups, _COLOURS, strict=True)):
        if group.size:
            spread = 0.16 * (((np.arange(group.size) * 0.618034) % 1) - 0.5)  # the same for the same patients
            dots: dict[str, Any] = {"alpha": 0.4, "markersize": 2.4, "markeredgewidth": 0, "clip_on": False}
            ax.plot(at + 0.33 + spread, group, "o", color=colour, **dots)
            _box(ax, at - 0.04, group, colour)
    ax.set(xlim=(-0.6, 1.6))
    ax.set_xticks([0, 1], [f"{text} ({group.size})" for text, group in zip(classes, groups, strict=True)])
    ax.grid(axis="x", visible=False)
    _value_axis(ax, np.concatenate(groups))
    lines = heading(feature)
    ax.set_title("\n".join(lines), pad=17, fontsize=8 if max(map(len, lines)) <= _ROOMY else 7)
    ax.annotate(note, (0.5, 1), (0, 5), "axes fraction", "offset points", ha="center", va="bottom", fontsize=7.5)
    return ax


def _box(ax: Axes, at: float, group: NDArray[np.float64], colour: str) -> None:
    """Without ``Axes.boxplot``, which loads pyplot."""
    low, middle, high = np.quantile(group, [0.25, 0.5, 0.75])
    reach = 1.5 * (high - low)
    ends = group[group >= low - reach].min(), group[group <= high + reach].max()
    sides = [at - 0.2, at + 0.2]
    line: dict[str, Any] = {"color": colour, "clip_on": False}
    ax.fill_between(sides, low, high, facecolor=colour, alpha=0.14, linewidth=0, clip_on=False)
    ax.plot([*sides, *sides[::-1], sides[0]], [low, low, high, high, low], linewidth=1, **line)
    for whisker in ((ends[0], low), (high, ends[1])):
        ax.plot([at, at], whisker, linewidth=1, **line)
    ax.plot(sides, [middle, middle], linewidth=1.8, **line)


def heading(feature: str) -> list[str]:
    """A feature's name on as many lines as it needs, broken behind an underscore."""
    lines = [""]
    for part in re.findall(r"[^_]*_?", feature)[:-1]:
        if lines[-1] and len(lines[-1]) + len(part) > _LETTERS:
            lines.append("")
        lines[-1] += part
    return lines


def _groups(values: ArrayLike, outcome: ArrayLike) -> list[NDArray[np.float64]]:
    number, reached = np.asarray(values, dtype=float), np.asarray(outcome)
    return [number[np.isfinite(number) & (reached == group)] for group in (1, 0)]


def _value_axis(ax: Axes, values: NDArray[np.float64]) -> None:
    """Few round ticks; millions and thousandths by powers of ten, which the axis' title names."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    largest = float(np.abs(values).max(initial=0))
    power = 3 * math.floor(math.log10(largest) / 3 + 1e-9) if largest else 0
    power = 0 if power == 3 else power  # thousands are written out
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], min_n_ticks=2))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _text(value / 10.0**power)))
    if power:
        ax.set_ylabel(f"× 10{str(power).translate(_RAISED)}", fontsize=7.5)


def _text(value: float) -> str:
    return f"{round(value, 10):,.10g}".replace(",", THIN).replace("-", MINUS)
