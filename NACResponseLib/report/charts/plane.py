"""A chart: two axes and marks on them, in CSS pixels, y downwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

MINUS, THIN = "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high``; ``ticks`` are values with their labels; ``title`` names quantity and unit."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str


@dataclass(frozen=True)
class Path:
    """A line or an area; ``style`` names how it is drawn (see the template)."""

    d: str
    style: str


@dataclass(frozen=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    r: float
    style: str


@dataclass(frozen=True)
class Label:
    """Text; ``anchor`` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    style: str = "note"


@dataclass(frozen=True)
class Entry:
    """A line of the legend."""

    style: str
    text: str


@dataclass
class Chart:
    """A chart being built: values are mapped to places by ``at_x`` and ``at_y``, marks are added in drawing order.

    Attributes:
        title, description: read out to who cannot see the chart.
        left, top, right, bottom: the plane between the axes.
        grid_x, grid_y: whether light lines lead from the ticks of that axis across the plane.
    """

    name: str
    title: str
    description: str
    x: Axis
    y: Axis
    width: float = 440.0
    height: float = 370.0
    left: float = 58.0
    top: float = 14.0
    margin_right: float = 16.0
    margin_bottom: float = 50.0
    grid_x: bool = True
    grid_y: bool = True
    marks: list[Path | Dot | Label] = field(default_factory=list)
    legend: list[Entry] = field(default_factory=list)

    @property
    def right(self) -> float:
        """Place of the plane's right edge."""
        return self.width - self.margin_right

    @property
    def bottom(self) -> float:
        """Place of the plane's lower edge."""
        return self.height - self.margin_bottom

    def at_x(self, value: float) -> float:
        """Place of a value along the horizontal axis."""
        return self.left + (value - self.x.low) / (self.x.high - self.x.low) * (self.right - self.left)

    def at_y(self, value: float) -> float:
        """Place of a value along the vertical axis."""
        return self.bottom - (value - self.y.low) / (self.y.high - self.y.low) * (self.bottom - self.top)

    def line(self, x: ArrayLike, y: ArrayLike, style: str, text: str = "") -> None:
        """Adds a line through points, clipped to the plane, and its legend where it has a text."""
        self.marks.append(Path(self._path(np.asarray(x, dtype=float), np.asarray(y, dtype=float)), style))
        if text:
            self.legend.append(Entry(style, text))

    def band(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, style: str) -> None:
        """Adds the area between two lines."""
        along = np.asarray(x, dtype=float)
        around = np.concatenate([along, along[::-1]])
        self.marks.append(
            Path(self._path(around, np.concatenate([np.asarray(low), np.asarray(high)[::-1]])) + "Z", style)
        )

    def upright(self, x: float, low: float, high: float, style: str) -> None:
        """Adds a vertical line from one value to another."""
        self.line([x, x], [low, high], style)

    def across(self, low: float, high: float, y: float, style: str) -> None:
        """Adds a horizontal line from one value to another."""
        self.line([low, high], [y, y], style)

    def dot(self, x: float, y: float, style: str, r: float = 3.5) -> None:
        """Adds a dot; one outside the plane is left out."""
        if self.x.low <= x <= self.x.high and self.y.low <= y <= self.y.high:
            self.marks.append(Dot(round(self.at_x(x), 1), round(self.at_y(y), 1), r, style))

    def _path(self, x: np.ndarray, y: np.ndarray) -> str:
        clipped = zip(np.clip(x, self.x.low, self.x.high), np.clip(y, self.y.low, self.y.high), strict=True)
        places = [f"{self.at_x(a):.1f} {self.at_y(b):.1f}" for a, b in clipped]
        return "M" + "L".join(places)


def share_axis(title: str, low: float = 0.0, high: float = 1.0, step: float = 0.2) -> Axis:
    """An axis of shares or probabilities, labelled 0, 0.2, ... 1."""
    digits = 1 if abs(step * 10 - round(step * 10)) < 1e-9 else 2
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return Axis(low, high, tuple((k * step, _text(k * step, digits)) for k in range(first, last + 1)), title)


def value_axis(values: ArrayLike, title: str, ticks: int = 4) -> Axis:
    """An axis that holds all values, with about so many round ticks; large and small ones by powers of ten."""
    number = np.asarray(values, dtype=float)
    low, high = float(number.min()), float(number.max())
    if high - low < 1e-12 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    room = 0.04 * (high - low)
    step = round_step((high - low) / ticks)
    low, high = low - room, high + room
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    power = 3 * math.floor(math.log10(max(abs(low), abs(high))) / 3 + 1e-9)
    power = power if power not in (0, 3) else 0  # thousands are written out, millions and thousandths are not
    digits = max(0, -math.floor(math.log10(step) - power + 1e-9))
    labels = tuple((k * step, _text(k * step / 10.0**power, digits)) for k in range(first, last + 1))
    return Axis(low, high, labels, f"{title} × 10{str(power).translate(_RAISED)}".strip() if power else title)


def row_axis(labels: Sequence[str]) -> Axis:
    """A vertical axis of named rows, the first at the top (row k at height ``len(labels) - 1 - k``)."""
    rows = tuple((len(labels) - 1 - number, label) for number, label in enumerate(labels))
    return Axis(-0.6, len(labels) - 0.4, tuple((float(at), label) for at, label in rows), "")


def round_step(rough: float) -> float:
    """The nearest of 1, 2, 5 times a power of ten, not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _text(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return "0" if float(text.replace(",", "")) == 0 else text.replace(",", THIN).replace("-", MINUS)
