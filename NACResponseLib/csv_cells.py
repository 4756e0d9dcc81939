"""Cells of CSV files that no spreadsheet takes for a formula, and that are read back as they were.

A name that begins like a formula (``=HYPERLINK(...)``) would be run by whoever opens the table in a spreadsheet. It is
written with an apostrophe before it, which a spreadsheet takes for "this is text"; reading takes that one away again.
Numbers stay as they are. See OWASP, CSV Injection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WRITTEN = re.compile(r"'+[=+\-@\t\r]")


def written(cell: Any) -> Any:
    """A cell as it is written: text that begins like a formula with an apostrophe before it, all else as it is."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) and not _is_number(cell) else cell


def written_row(cells: Iterable[Any]) -> list[Any]:
    """All cells of a row as they are written."""
    return [written(cell) for cell in cells]


def read(text: str) -> str:
    """The cell that was written as this text."""
    return text[1:] if _WRITTEN.match(text) else text


def read_rows(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Rows of text, each cell as it was before it was written."""
    return ([read(cell) for cell in row] for row in rows)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
