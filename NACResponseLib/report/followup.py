"""Two examinations of a patient on one page: measures side by side, what changed, and the tumour at both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..evaluation.response import MEASURABLE_MM, PARTIAL, PROGRESSION, PROGRESSION_MM
from ..output import whole_folder
from ..writing import write_csv, write_json
from .page import RESEARCH_ONLY, environment
from .pdf import write_pdf
from .slices import PANEL, View, plane_pairs

if TYPE_CHECKING:
    import SimpleITK as sitk

    from ..anatomy.enhancement import FunctionalVolume

MARKER, OWN_FILES = "followup.json", ("changes.csv", "report.html", "report.pdf")
_COLUMNS = ("name", "unit", "earlier", "later", "difference", "percent")
_NBSP, _MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Seen:
    """The tumour at one examination.

    Attributes:
        image: after contrast.
        tumour: the contour; None where it is gone. ``place``: the same, or where the tumour was.
        functional: what enhances about it.
    """

    image: sitk.Image
    tumour: sitk.Image | None
    place: sitk.Image
    functional: FunctionalVolume


def write_followup(folder: Path, about: Mapping[str, Any], seen: Sequence[Seen], *, pdf: bool = False) -> None:
    """Writes ``followup.json``, ``changes.csv`` and ``report.html``, whole or not at all.

    Args:
        about: as ``results.followup`` makes it.
        seen: of the earlier and the later examination, or none.

    Raises:
        InputError: the folder cannot be written or holds other files; no PDF can be made.
    """
    with whole_folder(folder, MARKER, OWN_FILES) as partial:
        write_json(partial / MARKER, dict(about), indent=2, allow_nan=False)
        rows = [["" if each[name] is None else each[name] for name in _COLUMNS] for each in about["changes"]]
        write_csv(partial / "changes.csv", _COLUMNS, rows)
        (partial / "report.html").write_text(followup_page(about, seen), encoding="utf-8")
        if pdf:
            write_pdf(partial / "report.html")


def followup_page(about: Mapping[str, Any], seen: Sequence[Seen] = ()) -> str:
    """The page as HTML."""
    views = [View("after contrast", one.image, one.place, one.functional.mask, "MR") for one in seen]
    return (
        environment()
        .get_template("followup.html.j2")
        .render(
            about=about,
            research_only=RESEARCH_ONLY,
            synthetic=False,
            rows=[_row(each) for each in about["changes"]],
            views=[(view, plane_pairs(view)) for view in views],
            panel=PANEL,
            gone=[one.tumour is None for one in seen],
            limits=(-PARTIAL, PROGRESSION, PROGRESSION_MM, MEASURABLE_MM),
        )
    )


def _row(change: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    unit, percent = change["unit"], change["percent"]
    shown = "–" if percent is None or unit == "" else f"{_signed(percent, 0)}{_NBSP}%"
    cells = (_value(change["earlier"], unit), _value(change["later"], unit), _difference(change["difference"], unit))
    return (change["label"], *cells, shown)


def _value(value: float, unit: str) -> str:
    if unit == "mm3":
        return f"{value / 1000:.1f}{_NBSP}cm³"
    if unit == "mm2":
        return f"{value / 100:.1f}{_NBSP}cm²"
    return f"{value:.0f}{_NBSP}mm" if unit == "mm" else f"{100 * value:.0f}{_NBSP}%"


def _difference(value: float, unit: str) -> str:
    scale, digits, name = {"mm3": (1e-3, 1, "cm³"), "mm2": (1e-2, 1, "cm²"), "mm": (1, 0, "mm")}.get(
        unit, (100, 0, "points")
    )
    return f"{_signed(value * scale, digits)}{_NBSP}{name}"


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits)
    if math.isnan(value) or rounded == 0:
        return "0" if not math.isnan(value) else "–"
    return f"{'+' if rounded > 0 else _MINUS}{abs(rounded):.{digits}f}"
