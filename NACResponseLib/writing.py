"""Tables as CSV and records as JSON, each file written whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .csv_cells import written_row
from .output import whole_file


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]], line_end: str = "\n") -> None:
    """Writes a table row by row; a float in the shortest form that reads back as itself, text that is no formula.

    Raises:
        OSError: it cannot be written.
    """
    with csv_rows(path, header, line_end) as write:
        for row in rows:
            write(row)


@contextmanager
def csv_rows(path: Path, header: Sequence[str], line_end: str = "\n") -> Iterator[Callable[[Iterable[Any]], None]]:
    """``write_csv`` by whoever has the rows one at a time: what writes one."""
    with whole_file(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator=line_end)

        def write(row: Iterable[Any]) -> None:
            writer.writerow(written_row(row))

        write(header)
        yield write
        text.flush()
        text.detach()


def write_json(path: Path, content: Any, indent: int = 1, *, allow_nan: bool = True) -> None:
    """Writes a record for programs and readers.

    Raises:
        OSError: it cannot be written.
        ValueError: a number that is infinite or NaN, where these are not allowed.
    """
    with whole_file(path) as stream:
        stream.write((json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=allow_nan) + "\n").encode())
