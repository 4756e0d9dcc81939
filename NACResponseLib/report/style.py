"""The look of the figures: colours and dashes, sizes for a journal's column, and their colours on a dark page.

A figure is drawn once, in the light colours. A dark page replaces each of them by its counterpart in ``DARK`` through
its style sheet (``study.html.j2``), so that the same figure is right on both, and on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

COLUMN, PAGE = 3.5, 7.2
"""Widths in inches: one column of a journal, and its whole page."""

PAPER, INK, QUIET, GRID, GREY = "#ffffff", "#1b2733", "#51606e", "#e6ebef", "#7d8a96"
BLUE, VERMILION, GREEN, SKY, PURPLE, OCHRE, BROWN = (
    "#0072b2", "#d55e00", "#009e73", "#56b4e9", "#cc79a7", "#b98900", "#7a5c3e",
)  # fmt: skip
"""Distinguished by colour-blind readers, after Okabe and Ito (Color Universal Design, 2008)."""

DARK = {
    PAPER: "#12181e", INK: "#e9eef2", QUIET: "#a9b6c2", GRID: "#2b353f", GREY: "#8693a0",
    BLUE: "#4aa8e0", VERMILION: "#ff8a3c", GREEN: "#2fc79a", SKY: "#a6dcff", PURPLE: "#eba8cc",
    OCHRE: "#e0b440", BROWN: "#a9825a",
}  # fmt: skip


@dataclass(frozen=True)
class Series:
    """How a model is drawn; dashes and markers distinguish models in grey, too."""

    colour: str
    dashes: Any
    marker: str


SERIES = (
    Series(BLUE, "solid", "o"),
    Series(VERMILION, (0, (4, 2)), "s"),
    Series(INK, (0, (1.2, 1.5)), "D"),
    Series(GREEN, (0, (5, 1.6, 1.2, 1.6)), "^"),
    Series(SKY, "solid", "v"),
    Series(PURPLE, (0, (4, 2)), "P"),
    Series(OCHRE, (0, (1.2, 1.5)), "X"),
    Series(BROWN, (0, (5, 1.6, 1.2, 1.6)), "h"),
)
"""Of the models in order, the one that matters most first."""

CHANCE: dict[str, Any] = {"color": GREY, "linewidth": 0.8, "linestyle": (0, (4, 4)), "clip_on": False}

SETTINGS: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same places on every machine
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.facecolor": "none",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": QUIET,
    "text.parse_math": False,  # a dollar sign in a feature's name is one
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 4.5,
    "ytick.major.pad": 4.5,
    "lines.linewidth": 1.4,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "legend.labelspacing": 0.35,
    "legend.borderpad": 0,
    "legend.borderaxespad": 0,
    "svg.fonttype": "none",
    "svg.hashsalt": "nacresponse",
    "pdf.fonttype": 42,
}
"""matplotlib's settings, over its defaults, while a figure is drawn."""
