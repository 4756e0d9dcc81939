"""Discrimination, calibration and net benefit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from textwrap import fill, wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.calibration import CalibrationGroup
from ...evaluation.partitioned import Average
from ..style import BLUE, CHANCE, GREY, PAPER, SERIES
from ..ticks import MINUS
from .figure import ReportFigure

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

Numbers = NDArray[np.float64]
CalibrationSeries = Mapping[str, tuple[tuple[CalibrationGroup, ...], tuple[Numbers, Numbers] | None]]
"""By legend text: groups of patients, and the smooth curve (places, observed), None where there is none."""

_RIM: dict[str, Any] = {"markeredgecolor": PAPER, "markeredgewidth": 0.5}
_LETTERS, _LINE = 40, 0.13
"""Of a title below an axis: letters on a line, and the height of one more line in inches."""
_ROW, _NAME, _LETTER = 0.31, 22, 0.062
"""Of a row of ``metric_figure``: its height in inches; letters of a name on a line, and their width in inches."""


def roc_figure(
    grid: Numbers, curves: Sequence[Numbers], means: Mapping[str, Numbers], positive_class: str
) -> ReportFigure:
    """The figure of ``plot_roc``."""
    first, *others = means
    drawn = f"{len(curves)} partitions of {first} as thin lines and their mean" if curves else first
    return ReportFigure(
        "roc",
        "ROC curves",
        f"Sensitivity against one minus specificity for {positive_class}: "
        + "; beside it ".join([drawn, *([", ".join(others)] if others else [])])
        + ".",
        partial(plot_roc, grid=grid, curves=curves, means=means),
        **_square(len(means) + 1 + (len(curves) > 1)),
    )


def plot_roc(ax: Axes, grid: Numbers, curves: Sequence[Numbers], means: Mapping[str, Numbers]) -> Axes:
    """ROC curves of every partition, thin, and the mean of each model, thick.

    Args:
        grid: (g,) false-positive rates of the means.
        curves: (points, 2) each, of the first model.
        means: (g,) true-positive rates by legend text, the first model first; at most as many as ``SERIES``.
    """
    first = next(iter(means))
    (chance,) = ax.plot([0, 1], [0, 1], **CHANCE, label="chance")
    thin = [
        ax.plot(*curve.T, color=BLUE, alpha=0.5, linewidth=0.7, clip_on=False, label=f"{first}, each partition")[0]
        for curve in curves
    ]
    thick = [
        ax.plot(
            grid,
            mean,
            color=style.colour,
            linestyle=style.dashes,
            clip_on=False,
            zorder=4 - number / 10,
            label=f"{text}, mean" if curves else text,
        )[0]
        for number, (style, (text, mean)) in enumerate(zip(SERIES, means.items(), strict=False))
    ]
    _unit_square(ax, "1 − specificity", "Sensitivity")
    _legend(ax, [*thick, *(thin[:1] if len(curves) > 1 else []), chance])
    return ax


def calibration_figure(
    name: str, series: CalibrationSeries, positive_class: str, band: tuple[Numbers, Numbers] | None = None
) -> ReportFigure:
    """The figure of ``plot_calibration``."""
    return ReportFigure(
        name,
        "Calibration",
        f"Observed share with {positive_class} against predicted probability, {' and '.join(series)}; the diagonal is "
        "perfect calibration.",
        partial(plot_calibration, series=series, positive_class=positive_class, band=band),
        **_square(len(series) + 1, _more_lines(f"Predicted probability of {positive_class}")),
    )


def plot_calibration(
    ax: Axes, series: CalibrationSeries, positive_class: str, band: tuple[Numbers, Numbers] | None = None
) -> Axes:
    """Observed against predicted shares: groups with their intervals, smooth curves, and the band of the first curve.

    Args:
        band: lower and upper bound of the first curve.
    """
    from matplotlib.lines import Line2D

    (perfect,) = ax.plot([0, 1], [0, 1], **CHANCE, label="perfect")
    curve = next(iter(series.values()))[1]
    if band is not None and curve is not None:
        ax.fill_between(curve[0], *band, color=BLUE, alpha=0.14, linewidth=0)
    shown: list[Artist] = []
    for style, (text, (groups, curve)) in zip(SERIES, series.items(), strict=False):
        if curve is not None:
            ax.plot(*curve, color=style.colour, linestyle=style.dashes, clip_on=False)
        predicted, observed, low, high = np.array([(g.predicted, g.observed, g.low, g.high) for g in groups]).T
        spread = np.clip([observed - low, high - observed], 0, None)
        marks: dict[str, Any] = {"marker": style.marker, "markersize": 4.2} | _RIM
        ax.errorbar(
            predicted, observed, spread, color=style.colour, linestyle="none", elinewidth=1, clip_on=False, **marks
        )
        dashes: Any = style.dashes if curve is not None else "none"
        shown.append(Line2D([], [], color=style.colour, linestyle=dashes, label=text, **marks))
    _unit_square(ax, fill(f"Predicted probability of {positive_class}", _LETTERS), "Observed share")
    _legend(ax, [*shown, perfect])
    return ax


def decision_figure(
    thresholds: Numbers,
    models: Mapping[str, Numbers],
    of_all: Numbers,
    positive_class: str,
    name: str = "decision_curve",
) -> ReportFigure:
    """The figure of ``plot_decision_curve``."""
    return ReportFigure(
        name,
        "Decision curve",
        f"Net benefit against threshold probability of {positive_class} for {', '.join(models)}, acting on all "
        "patients and acting on none.",
        partial(
            plot_decision_curve, thresholds=thresholds, models=models, of_all=of_all, positive_class=positive_class
        ),
        **_square(len(models) + 2, _more_lines(f"Threshold probability of {positive_class}")) | {"left": 0.56},
    )


def plot_decision_curve(
    ax: Axes, thresholds: Numbers, models: Mapping[str, Numbers], of_all: Numbers, positive_class: str
) -> Axes:
    """Net benefit against threshold probability (Vickers and Elkin 2006), with acting on all and on none.

    Args:
        thresholds: (t,) probabilities; ``models`` and ``of_all`` are (t,) net benefits a patient.
    """
    largest = max(float(np.max(values)) for values in (*models.values(), of_all))
    step = 0.05 if largest < 0.3 else 0.1 if largest < 0.6 else 0.2
    (none,) = ax.plot([0, thresholds[-1]], [0, 0], **CHANCE | {"linestyle": (0, (1.5, 2))}, label="act on none")
    (all_,) = ax.plot(thresholds, of_all, color=GREY, linewidth=1.2, label="act on all")
    shown = [
        ax.plot(thresholds, values, color=style.colour, linestyle=style.dashes, zorder=4 - number / 10, label=text)[0]
        for number, (style, (text, values)) in enumerate(zip(SERIES, models.items(), strict=False))
    ]
    ax.set(
        xlim=(0, thresholds[-1]),
        ylim=(-step, (np.ceil(largest / step) + 0.2) * step),
        xlabel=fill(f"Threshold probability of {positive_class}", _LETTERS),
        ylabel="Net benefit per patient",
    )
    _ticks(ax.xaxis, 0.1 if thresholds[-1] < 0.65 else 0.2)
    _ticks(ax.yaxis, step)
    _legend(ax, [*shown, all_, none])
    return ax


def metric_figure(
    name: str, metric: str, sets: Mapping[str, tuple[Average, Numbers]], positive_class: str
) -> ReportFigure:
    """The figure of ``plot_metric``."""
    lines = [_name(text).split("\n") for text in sets]
    longest = max(len(line) for each in lines for line in each)
    return ReportFigure(
        name,
        metric,
        f"{metric}, positive class {positive_class}: mean over partitions with its 95 % interval and each partition, "
        f"for {', '.join(sets)}.",
        partial(plot_metric, metric=metric, sets=sets),
        height=0.48 + _ROW * len(sets),
        left=0.12 + _LETTER * longest,
        top=0.04,
    )


def plot_metric(ax: Axes, metric: str, sets: Mapping[str, tuple[Average, Numbers]]) -> Axes:
    """A metric of each feature set: every partition as a small dot, the mean as a large one with its interval.

    Args:
        sets: by name, the average and the (partitions,) values.
    """
    values = np.concatenate([np.r_[each, average.low, average.high] for average, each in sets.values()])
    low = max(0.0, np.floor(np.nanmin(values) * 10) / 10)
    high = min(1.0, max(low + 0.2, np.ceil(np.nanmax(values) * 10) / 10))
    if low < 0.5 < high:
        ax.axvline(0.5, **CHANCE)
    for row, (text, (average, each)) in enumerate(sets.items()):
        found = each[np.isfinite(each)]
        beside = row + 0.3 - 0.08 * (np.arange(found.size) % 3 - 1)
        ax.plot(found, beside, "o", color=BLUE, alpha=0.35, markersize=3, markeredgewidth=0, clip_on=False)
        if np.isfinite([average.mean, average.low, average.high]).all():
            ax.plot([average.low, average.high], [row - 0.08] * 2, color=BLUE, linewidth=1.2, clip_on=False)
            ax.plot(
                average.mean, row - 0.08, "o", color=BLUE, markersize=6, clip_on=False, zorder=3, label=text, **_RIM
            )
    ax.set(xlim=(low, high), ylim=(len(sets) - 0.4, -0.6), xlabel=metric)
    ax.set_yticks(range(len(sets)), [_name(text) for text in sets])
    ax.grid(axis="y", visible=False)
    _ticks(ax.xaxis, 0.1 if high - low <= 0.65 else 0.2)
    return ax


def _name(text: str) -> str:
    """On two lines where it is too long for one; what does not fit there either is cut."""
    return "\n".join(wrap(text, _NAME, max_lines=2, placeholder="…"))


def _more_lines(title: str) -> int:
    return len(wrap(title, _LETTERS)) - 1


def _square(entries: int, more_lines: int = 0) -> dict[str, float]:
    """Height and lower margin of a figure whose Axes are a square, with so many entries in its legend."""
    bottom = 0.52 + _LINE * more_lines + 0.15 * entries
    return {"height": 2.92 + 0.08 + bottom, "bottom": bottom}


def _unit_square(ax: Axes, x: str, y: str) -> None:
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel=x, ylabel=y)
    for axis in (ax.xaxis, ax.yaxis):
        _ticks(axis, 0.2)


def _ticks(axis: Axis, step: float) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    digits = 1 if abs(step * 10 - round(step * 10)) < 1e-9 else 2
    axis.set_major_locator(MultipleLocator(step))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _signed(value, digits)))


def _signed(value: float, digits: int) -> str:
    """With a true minus sign; nothing is ``0``."""
    text = f"{value:.{digits}f}"
    return "0" if float(text) == 0 else text.replace("-", MINUS)


def _legend(ax: Axes, shown: Sequence[Artist]) -> None:
    """Below the Axes and the title of its axis, where it hides nothing."""
    from matplotlib.transforms import ScaledTranslation

    down = 0.44 + _LINE * ax.get_xlabel().count("\n")
    below = ax.transAxes + ScaledTranslation(0, -down, ax.figure.dpi_scale_trans)
    ax.legend(handles=shown, loc="upper left", bbox_to_anchor=(0, 0), bbox_transform=below)
