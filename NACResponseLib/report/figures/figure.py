"""A figure of a report: drawn on an Axes, set into a page as SVG, written as files for a paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...output import whole_file
from ..style import COLUMN, PAPER, SETTINGS

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("svg", "pdf", "png")
DOTS_PER_INCH = 300
_POINTS = 72
_UNDATED: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


@dataclass(frozen=True)
class ReportFigure:
    """What is drawn, how large, and in words for who cannot see it.

    Attributes:
        name: of its files, and of what is in its SVG.
        plot: draws on an Axes.
        height, width: of the whole figure in inches.
        left, bottom, top, right: from the figure's edges to the Axes, in inches.
    """

    name: str
    title: str
    description: str
    plot: Callable[[Axes], Axes]
    height: float
    width: float = COLUMN
    left: float = 0.5
    bottom: float = 0.42
    top: float = 0.08
    right: float = 0.1

    def draw(self, ax: Axes | None = None) -> Axes:
        """Draws on an Axes, or on those of a new figure of pyplot, which a notebook shows."""
        if ax is not None:
            return self.plot(ax)
        from matplotlib.pyplot import figure

        return self.figure(figure).axes[0]

    def figure(self, new: Callable[..., Figure] | None = None) -> Figure:
        """The figure, drawn with the settings of ``style`` and matplotlib's defaults, whatever the user's are.

        Args:
            new: makes the empty figure; ``matplotlib.figure.Figure`` if None.
        """
        from matplotlib.figure import Figure

        with _settings():
            figure = (new or Figure)(figsize=(self.width, self.height), dpi=_POINTS, facecolor=PAPER)
            across = (self.left / self.width, 1 - (self.left + self.right) / self.width)
            upwards = (self.bottom / self.height, 1 - (self.bottom + self.top) / self.height)
            ax = self.plot(figure.add_axes((across[0], upwards[0], across[1], upwards[1])))
            for line in (*ax.get_xgridlines(), *ax.get_ygridlines()):
                line.set_clip_on(False)
        return figure

    @property
    def svg(self) -> Markup:
        """For a page, without a background, in the page's font, as wide as its place."""
        from markupsafe import Markup

        from .svg import page_svg

        figure = self.figure()
        figure.patch.set_visible(False)
        with _settings():
            return Markup(page_svg(figure, self.name, self.title, self.description))

    def content(self, kind: str) -> bytes:
        """The figure as a file of one of ``FORMATS``; the same bytes for the same numbers."""
        from .svg import file_svg

        figure = self.figure()
        with _settings():
            if kind == "svg":
                return file_svg(figure, self.name, self.title, self.description)
            stream = BytesIO()
            figure.savefig(stream, format=kind, dpi=DOTS_PER_INCH, metadata=_UNDATED[kind])
        return stream.getvalue()


@dataclass(frozen=True)
class Report:
    """A page and the figures on it that are files, too, where they are asked for."""

    html: str
    figures: tuple[ReportFigure, ...]


def _settings() -> AbstractContextManager[None]:
    from matplotlib.style import context

    return context(["default", SETTINGS])


def check_figures_folder(folder: Path, output: Path) -> None:
    """Makes the folder, before long work whose end is to be written there.

    Args:
        output: the folder of the results, which holds these alone.

    Raises:
        InputError: it cannot be made, or lies in the folder of the results.
    """
    if folder.resolve().is_relative_to(output.resolve()):
        raise InputError("a folder for figures outside that of the results", f"{folder}", "correct --figures")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("a folder for figures", f"{folder}: {error.strerror}", "correct --figures") from None


def write_figures(folder: Path, figures: Iterable[ReportFigure]) -> None:
    """Writes ``NAME.svg``, ``.pdf`` and ``.png`` (300 dots an inch) of each figure; other files there stay.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in figures:
            for kind in FORMATS:
                with whole_file(folder / f"{each.name}.{kind}") as stream:
                    stream.write(each.content(kind))
    except OSError as error:
        raise InputError("a folder that can be written", f"{folder}: {error.strerror}", "choose another") from None
