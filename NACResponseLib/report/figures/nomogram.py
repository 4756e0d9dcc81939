"""A nomogram, as ``nomogram_layout`` places it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..nomogram_layout import WIDTHS, NomogramChart, Ruler, nomogram_charts
from ..style import BLUE, GRID, INK, PAGE, PAPER, QUIET
from .figure import ReportFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...model.bundle import Bundle
    from ...scoring.nomogram import Position

_POINTS = 72
_FREE: dict[str, Any] = {"clip_on": False, "zorder": 2}


def model_nomogram(bundle: Bundle, position: Position | None = None) -> ReportFigure:
    """The nomogram of a bundle's model, with a patient's place where given.

    Raises:
        InputError: the model is no formula.
    """
    charts = dict(nomogram_charts(bundle, position))
    if not charts:
        raise InputError("a model that is a formula, for its nomogram", "trees", "draw its other figures")
    return nomogram_figure("wide", charts["wide"])


def nomogram_figure(kind: str, chart: NomogramChart) -> ReportFigure:
    """The figure of ``plot_nomogram``.

    Args:
        kind: ``wide`` for a page, called ``nomogram`` as a file; ``narrow`` for a phone.
    """
    inches = PAGE / WIDTHS["wide"]
    return ReportFigure(
        "nomogram" if kind == "wide" else f"nomogram-{kind}",
        chart.title,
        chart.description,
        partial(plot_nomogram, chart=chart),
        height=chart.height * inches,
        width=chart.width * inches,
        left=0,
        bottom=0,
        top=0,
        right=0,
    )


def plot_nomogram(ax: Axes, chart: NomogramChart) -> Axes:
    """Rulers from the points of each variable to the probability of their sum, with a patient's place where given.

    The Axes count in the layout's CSS pixels, y downwards; text is as large as their width allows.
    """
    ax.set(xlim=(0, chart.width), ylim=(chart.height, 0))
    ax.set_axis_off()
    scale = _POINTS * ax.get_window_extent().width / ax.figure.dpi / chart.width  # points a CSS pixel
    for mark in chart.rulers[0].marks:
        ax.plot(
            [mark.x] * 2, [chart.rulers[0].y, chart.rulers[-3].y], color=GRID, linewidth=scale, clip_on=False, zorder=1
        )
    for ruler in chart.rulers:
        _draw(ax, ruler, chart.width, scale)
    return ax


def _draw(ax: Axes, ruler: Ruler, width: float, scale: float) -> None:
    strong = ruler.kind == "scale"
    colour = INK if strong else BLUE
    weight = "bold" if strong else "normal"
    for number, line in enumerate(ruler.lines):
        place = (ruler.label_x, ruler.label_y + 15 * number)
        ax.text(*place, line, color=INK, fontweight=weight, fontsize=12.5 * scale)
    (rule,) = ax.plot(
        [ruler.start, ruler.end], [ruler.y] * 2, color=colour, linewidth=(1.4 if strong else 2.2) * scale, **_FREE
    )
    rule.set_label(" ".join(ruler.lines))
    for mark in ruler.marks:
        end = ruler.y - 5 if mark.above else ruler.y + 5
        ax.plot([mark.x] * 2, [ruler.y, end], color=colour, linewidth=1.2 * scale, **_FREE)
        if mark.text:
            height = ruler.y - 8.5 if mark.above else ruler.y + 17
            ax.text(mark.x, height, mark.text, color=QUIET, ha="center", fontsize=12 * scale)
    if len(ruler.spots) == 2:
        ends = [spot.x for spot in ruler.spots]
        ax.plot(ends, [ruler.y] * 2, color=INK, alpha=0.35, linewidth=4 * scale, **_FREE)
    for spot in ruler.spots:
        sure = spot.known and spot.inside
        ax.plot(
            spot.x,
            ruler.y,
            marker="D",
            color=INK if sure else PAPER,
            markeredgecolor=PAPER if sure else INK,
            markersize=9.2 * scale,
            markeredgewidth=1.6 * scale,
            clip_on=False,
            zorder=3,
        )
    if ruler.note:
        ax.text(width, ruler.note_y, ruler.note, color=INK, ha="right", fontweight="bold", fontsize=12.5 * scale)
