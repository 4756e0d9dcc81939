"""Where the parts of a nomogram stand: rulers one below the other, from points of variables to a probability.

Read it from the top: a variable's value, straight up to its points; the sum of the points, straight down to the
probability. Places are in CSS pixels, y downwards. ``figures.nomogram`` draws them, and ``nomogram.svg.j2`` on the
page of a patient, whose score does not wait for matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from ..evaluation.nomogram import LARGEST_POINTS, Nomogram, Variable
from ..model.bundle import Bundle
from ..scoring.nomogram import Position, Scale, bundle_nomogram, scales
from .page import percent
from .ticks import Mark, plain, round_step, unit_of, value_text, variable_marks, without_overlap

WIDTHS = {"wide": 920.0, "narrow": 360.0}
"""Of the chart on a page and on a phone, in CSS pixels."""
_NARROW = 600
_LINE = 15.0
_PROBABILITIES = (0.5, 0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.05, 0.95, 0.01, 0.99, 0.4, 0.6, 0.02, 0.98, 0.001, 0.999)
"""Labels of the probability axis, the most wanted first."""


@dataclass(frozen=True)
class Spot:
    """A patient's place on a ruler; ``known`` is False at the ends of what is not known, ``inside`` False where the
    true place lies beyond the ruler's end."""

    x: float
    known: bool = True
    inside: bool = True


@dataclass(frozen=True)
class Ruler:
    """A line with ticks.

    Attributes:
        lines: what it measures, broken to fit, beginning at ``label_x`` and the height ``label_y``.
        y, start, end: of the line.
        spots: the patient's place, two where a status is not known.
        note: the patient's value and points, in words, at the right end of the height ``note_y``.
        kind: ``scale`` for points, total and probability; ``variable``.
    """

    lines: tuple[str, ...]
    label_x: float
    label_y: float
    y: float
    start: float
    end: float
    marks: tuple[Mark, ...]
    spots: tuple[Spot, ...] = ()
    note: str = ""
    note_y: float = 0.0
    kind: str = "variable"


@dataclass(frozen=True)
class NomogramChart:
    """Rulers from top to bottom.

    Attributes:
        idle: labels of variables without weight, which have no ruler.
        notes: labels of the variables whose value is ``unknown``, or lies ``outside`` the axis.
    """

    name: str
    title: str
    description: str
    width: float
    height: float
    left: float
    right: float
    rulers: tuple[Ruler, ...]
    idle: tuple[str, ...] = ()
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class _Layout:
    """Where the next ruler goes; on a phone the label stands above its ruler, else beside it."""

    width: float
    with_notes: bool
    y: float = 0.0
    rulers: list[Ruler] = field(default_factory=list)

    @property
    def narrow(self) -> bool:
        return self.width < _NARROW

    @property
    def left(self) -> float:
        return 30.0 if self.narrow else 200.0

    @property
    def right(self) -> float:
        return self.width - (30.0 if self.narrow else 190.0 if self.with_notes else 34.0)

    def at(self, share: float) -> float:
        """Place of a share of the full ruler."""
        return self.left + (self.right - self.left) * share

    def add(
        self,
        label: str,
        marks: Sequence[Mark],
        ends: tuple[float, float],
        spots: Sequence[Spot] = (),
        note: str = "",
        kind: str = "variable",
    ) -> None:
        """Adds a ruler between two shares of the full one."""
        lines = tuple(wrap(label, 27 if not self.narrow or note else 50)) or ("",)
        above = 18.0 if any(mark.above for mark in marks) else 0.0
        below = _LINE * (len(lines) - 1)  # what further lines of the label need
        self.y += above + (36.0 + below if self.narrow else 22.0 + below / 2)
        label_y = self.y - 18 - above - below if self.narrow else self.y + 4.5 - below / 2
        note_y = label_y if self.narrow else self.y + 4.5
        start, end = map(self.at, ends)
        self.rulers.append(
            Ruler(lines, 0.0, label_y, self.y, start, end, tuple(marks), tuple(spots), note, note_y, kind)
        )
        self.y += 26.0 if self.narrow else 26.0 + below / 2


def nomogram_charts(
    bundle: Bundle, position: Position | None = None, name: str = "nomogram"
) -> tuple[tuple[str, NomogramChart], ...]:
    """The bundle's nomogram for a page and for a phone (``WIDTHS``); none where the model has none."""
    drawn = bundle_nomogram(bundle)
    if drawn is None:
        return ()
    shown, positive = scales(bundle), bundle.card.positive_class
    return tuple(
        (kind, nomogram_chart(drawn, shown, positive, width, position, f"{name}-{kind}"))
        for kind, width in WIDTHS.items()
    )


def nomogram_chart(
    drawn: Nomogram,
    shown: Mapping[str, Scale],
    positive_class: str,
    width: float = WIDTHS["wide"],
    position: Position | None = None,
    name: str = "nomogram",
) -> NomogramChart:
    """Lays out a nomogram.

    Args:
        shown: what the axis of each variable shows.
        width: in CSS pixels; below 600 labels stand above their axes.
        position: of a patient; marked on every axis.
    """
    layout = _Layout(width, position is not None)
    step = 20 if layout.narrow else 10
    points = [Mark(layout.at(k / 100), str(k)) for k in range(0, int(LARGEST_POINTS) + 1, step)]
    layout.add("Points", points, (0, 1), kind="scale")
    for variable in drawn.variables:
        if variable.width > 0:
            _add_variable(layout, drawn, variable, shown[variable.name], position)
    _add_totals(layout, drawn, positive_class, position)
    idle = tuple(variable.label or variable.name for variable in drawn.variables if not variable.width)
    description = _description(drawn, shown, positive_class, position)
    return NomogramChart(
        name, f"Nomogram for {positive_class}", description, width, layout.y + 4, layout.left, layout.right,
        tuple(layout.rulers), idle, _notes(drawn, position),
    )  # fmt: skip


def _notes(drawn: Nomogram, position: Position | None) -> dict[str, tuple[str, ...]]:
    values = {} if position is None else position.values
    labels = {variable.name: variable.label or variable.name for variable in drawn.variables if variable.width}
    unknown = tuple(label for name, label in labels.items() if math.isnan(values.get(name, 0.0)))
    beyond = drawn.outside({name: value for name, value in values.items() if not math.isnan(value)})
    outside = tuple(labels[name] for name in beyond if name in labels)
    return {"unknown": unknown, "outside": outside}


def _add_variable(
    layout: _Layout, drawn: Nomogram, variable: Variable, scale: Scale, position: Position | None
) -> None:
    def share(value: float) -> float:
        return float(drawn.points(variable.name, value)) / LARGEST_POINTS

    ends = sorted((share(variable.low), share(variable.high)))
    label = (variable.label or variable.name) + (f", {unit}" if (unit := unit_of(scale)) else "")
    marks = variable_marks(variable, scale, lambda value: layout.at(share(value)))
    if position is None:
        layout.add(label, marks, (ends[0], ends[1]))
        return
    value = position.values[variable.name]
    if math.isnan(value):
        spots = [Spot(layout.at(end), known=False) for end in ends]
        note = f"not known · {plain(100 * ends[0], 0)} or {plain(100 * ends[1], 0)} points"
    else:
        inside = variable.low <= value <= variable.high
        spots = [Spot(layout.at(min(max(share(value), 0), 1)), inside=inside)]
        note = f"{value_text(variable, scale, value)} · {_points(100 * share(value))}"
    layout.add(label, marks, (ends[0], ends[1]), spots, note)


def _add_totals(layout: _Layout, drawn: Nomogram, positive_class: str, position: Position | None) -> None:
    step = round_step(drawn.most / (5 if layout.narrow else 10))
    most = step * math.ceil(drawn.most / step - 1e-9)
    marks = [
        Mark(layout.at(k * step / most), plain(k * step, 0 if step >= 1 else 1)) for k in range(round(most / step) + 1)
    ]
    spots: list[Spot] = []
    note = chance = ""
    if position is not None:
        totals = position.totals
        known = totals[1] - totals[0] < 1e-9
        for total in totals[:1] if known else totals:
            place = layout.at(min(max(total / most, 0), 1))
            spots += [Spot(place, known, 0 <= total <= most)]
        low, high = (float(drawn.probability(total)) for total in totals)
        note = _points(totals[0]) if known else f"{totals[0]:.0f} to {totals[1]:.0f} points"
        chance = percent(low, 1) if known else f"{percent(low)} to {percent(high)}"
    layout.add("Total points", marks, (0, 1), spots, note, "scale")
    found = [(float(drawn.total_of(p)) / most, p) for p in _PROBABILITIES]
    inside = [(layout.at(share), percent(p, 1 if p in (0.001, 0.999) else 0)) for share, p in found if 0 <= share <= 1]
    layout.add(f"Probability of {positive_class}", without_overlap(inside), (0, 1), spots, chance, "scale")


def _description(drawn: Nomogram, shown: Mapping[str, Scale], positive_class: str, position: Position | None) -> str:
    """The nomogram in words, for who cannot see it."""
    parts = []
    for variable in drawn.variables:
        scale = shown[variable.name]
        ends = (variable.low, variable.high)
        note = " to ".join(
            f"{value_text(variable, scale, end)} ({plain(points, 0)} points)"
            for end, points in zip(ends, drawn.points(variable.name, ends).tolist(), strict=True)
        )
        text = f"{variable.label or variable.name}: {note}"
        if position is not None:
            text += f", this patient {value_text(variable, scale, position.values[variable.name])}"
        parts.append(text)
    low, high = (percent(float(drawn.probability(total))) for total in (0, drawn.most))
    text = f"{'; '.join(parts)}. 0 total points are a probability of {positive_class} of {low}, "
    text += f"{drawn.most:.0f} of {high}."
    if position is not None:
        first, last = position.totals
        text += f" This patient: {first:.0f}{'' if last - first < 1e-9 else f' to {last:.0f}'} total points."
    return text


def _points(value: float) -> str:
    return f"{plain(value, 1) if round(value, 1) else '0.0'} points"
