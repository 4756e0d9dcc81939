"""What every page of the program has in common: the template engine, how numbers are written, and the standing notes.

A page needs nothing from outside (no script, font, style sheet or image file) and is the same for the same contents.
All text that comes from elsewhere is escaped by the template engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .style import DARK

if TYPE_CHECKING:
    from jinja2 import Environment

RESEARCH_ONLY = "Research use only — not for diagnosis or treatment decisions"
CONTENT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may load for a page: nothing but the pictures and styles in it, and no script whatever it holds."""
_NBSP = "\N{NO-BREAK SPACE}"


class Numbering:
    """Numbers tables and figures in the order in which a page first names them."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {"Table": [], "Figure": []}

    def table(self, name: str) -> str:
        """``Table 3``."""
        return self._number("Table", name)

    def figure(self, name: str) -> str:
        """``Figure 2``."""
        return self._number("Figure", name)

    def _number(self, kind: str, name: str) -> str:
        names = self._names[kind]
        if name not in names:
            names.append(name)
        return f"{kind} {names.index(name) + 1}"


def environment() -> Environment:
    """The template engine, with the filters of this module by their names."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    engine = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters.update(
        percent=percent, points=points, figure=figure, p_value=p_value, p_equals=p_equals, short=short, capital=capital
    )
    engine.globals.update(dark_colours=DARK, content_policy=CONTENT_POLICY)
    return engine


def percent(share: float, digits: int = 0) -> str:
    """A share as a reader writes it; what rounds to nothing or everything is written as less or more than that."""
    smallest = 10.0**-digits
    value = 100 * share
    if 0 < value < smallest / 2:
        return f"below {smallest:g}{_NBSP}%"
    if 100 - smallest / 2 < value < 100:
        return f"above {100 - smallest:g}{_NBSP}%"
    return f"{value:.{digits}f}{_NBSP}%"


def points(contribution: float) -> str:
    """A signed change of probability in percentage points, with a true minus sign."""
    value = round(100 * contribution, 1)
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    return f"{sign}{abs(value):.1f}"


def figure(value: float, digits: int = 3) -> str:
    """A metric with three digits after the point and a true minus sign; a missing one as a dash."""
    if math.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    return (text[1:] if float(text) == 0 and text.startswith("-") else text).replace("-", "\N{MINUS SIGN}")


def p_value(p: float) -> str:
    """A p-value with three digits, ``<0.001`` below that; a missing one as a dash."""
    return "–" if math.isnan(p) else "<0.001" if p < 0.001 else f"{p:.3f}"


def p_equals(p: float) -> str:
    """As ``p_value``, to be written behind a p: ``= 0.012``, ``<0.001``."""
    text = p_value(p)
    return text if text.startswith("<") else f"={_NBSP}{text}"


def short(value: float) -> str:
    """A measured value with three significant digits and a true minus sign; thousands without an exponent."""
    if math.isnan(value):
        return "–"
    text = f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")


def capital(text: str) -> str:
    """The text with its first letter large, the rest as it is (unlike Jinja's own filter)."""
    return text[:1].upper() + text[1:]


def flattened(entries: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Nested provenance as rows of name and text; an entry that says nothing is left out."""
    for name, value in entries.items():
        if value is None or value in ("", (), [], {}):
            continue
        label = f"{above} · {name}" if above else str(name)
        if isinstance(value, Mapping):
            yield from flattened(value, label)
        elif isinstance(value, (list, tuple)):
            yield label, ", ".join(_item(item) for item in value)
        else:
            yield label, str(value)


def _item(value: Any) -> str:
    """An item of a list: ``step lasso, rule best`` in brackets, ``combined / clinical``."""
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{name} {entry}" for name, entry in value.items()) + ")"
    return " / ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
