"""Tables as people keep them, row by row as text: CSV and TSV as spreadsheets write them, Excel (.xlsx), Parquet.

Of a workbook the first sheet is read, values only: no formula is computed, no macro run, no link followed.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from .csv_cells import read, written_row
from .errors import InputError
from .output import whole_file
from .packages import require
from .text_file import read_text

EXCEL, PARQUET = ".xlsx", ".parquet"
TEXT = (".csv", ".tsv", ".txt")
KINDS = (*TEXT, EXCEL, PARQUET)
_EXPECTED = "a table as CSV, TSV, Excel (.xlsx) or Parquet"
_LARGEST_WORKBOOK = 2**30
_MISSING = {"#n/a", "nan", "<na>", "nat"}


def read_rows(path: Path, expected: str = _EXPECTED) -> list[list[str]]:
    """All rows as text, the header first, without spaces around cells; of each trailing empty cells may be left out.

    Args:
        expected: what the file should be, for the error.

    Raises:
        InputError: no such file, or one that is no table of these kinds.
    """
    if not path.is_file():  # no pipe or device, which may have no end
        raise InputError(expected, f"no file {path}", "check the path")
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
            if start[:2] == b"PK":
                return list(_workbook_rows(stream, path, expected))
        if start == b"PAR1":
            return list(_parquet_rows(path, expected))
        if start == b"\xd0\xcf\x11\xe0":
            raise InputError(expected, f"an old Excel workbook {path.name}", "save it as .xlsx or CSV")
        return list(_text_rows(read_text(path, expected), path, expected))
    except OSError as error:
        raise InputError(expected, f"{path}: {error.strerror or error}", "check the path") from None


def _text_rows(text: str, path: Path, expected: str) -> Iterator[list[str]]:
    first, newline, rest = text.partition("\n")
    delimiter = max(",;\t", key=first.count)
    if first.strip().lower().startswith("sep=") and newline:  # by which Excel knows the delimiter
        delimiter, text = first.strip()[4:5] or "\t", rest
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [read(cell.strip()) for cell in row]
    except (csv.Error, TypeError) as error:
        raise InputError(expected, f"{path.name}: {error}", "save it again as CSV") from None


def _workbook_rows(stream: BinaryIO, path: Path, expected: str) -> Iterator[list[str]]:
    require("openpyxl")
    import warnings

    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(stream) as archive:
            if sum(member.file_size for member in archive.infolist()) > _LARGEST_WORKBOOK:
                raise InputError(f"a workbook below {_LARGEST_WORKBOOK >> 30} GiB", path.name, "save it as CSV")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which are not read
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its size is not believed
            for row in sheet.iter_rows(values_only=True):
                yield _trimmed(row)
    except InputError:
        raise
    except Exception as error:  # a damaged workbook fails in as many ways as the format has parts
        found = f"{path.name}, a workbook that cannot be read ({type(error).__name__})"
        raise InputError(expected, found, "save it again as .xlsx or CSV") from None


def _parquet_rows(path: Path, expected: str) -> Iterator[list[str]]:
    require("pandas", "pyarrow")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(path).to_pandas()
    except pa.ArrowException as error:
        raise InputError(expected, f"{path.name}: {str(error)[:80]}", "write it again") from None
    if any(frame.index.names):
        frame = frame.reset_index()
    yield [str(name).strip() for name in frame.columns]
    for row in frame.itertuples(index=False, name=None):
        yield _trimmed(row)


def _trimmed(row: Sequence[Any]) -> list[str]:
    cells = [_cell(value) for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell(value: Any) -> str:
    """A typed value as text; ``7`` of 7.0, nothing of what is missing."""
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    number = value.item() if hasattr(value, "item") else value
    text = str(int(number)) if isinstance(number, float) and number.is_integer() else str(number).strip()
    return "" if text.lower() in _MISSING else text


def table_of(path: Path, expected: str = _EXPECTED) -> tuple[list[str], list[list[str]]]:
    """Headings and the rows that are not empty, each of the header's length.

    Raises:
        InputError: as ``read_rows``; no header or no row, a heading twice or empty, a row that is longer or shorter
            than the header.
    """
    header, *body = read_rows(path, expected) or [[]]
    header = list(header)
    while header and not header[-1]:
        header.pop()
    rows = [row for row in body if any(row)]
    kept = [cell for cell in header if cell]
    ragged = path.suffix.lower() in (EXCEL, PARQUET)
    if not header or not rows:
        raise InputError(expected, f"{path.name} without {'rows' if header else 'columns'}", "check the file")
    for row in rows:
        if any(row[len(header) :]) or (len(row) < len(header) and not ragged):
            found = f"{len(row)} cells under a header of {len(header)} in {path.name}"
            raise InputError("a table with a header and a row a patient", found, "check its columns")
    twice = sorted({name for name in kept if kept.count(name) > 1})
    if twice or (len(kept) < len(header) and not ragged and "" in header[1:]):
        found = f"{f'two {twice[0]!r}' if twice else 'one without'} in {path.name}"
        raise InputError("a heading of its own for every column", found, "rename them")
    return header, [(row + [""] * len(header))[: len(header)] for row in rows]


def write_table_file(path: Path, sheets: dict[str, tuple[Sequence[str], Iterable[Sequence[Any]]]]) -> None:
    """Writes the first table as CSV, or all as sheets of a workbook, whole or not at all.

    Args:
        path: ends in ``.csv`` or ``.xlsx``.
        sheets: header and rows by name; text, numbers, or None for an empty cell.

    Raises:
        InputError: text that a workbook cannot hold.
        OSError: it cannot be written.
    """
    with whole_file(path) as stream:
        if path.suffix.lower() == EXCEL:
            require("openpyxl")
            from openpyxl import Workbook
            from openpyxl.cell import WriteOnlyCell
            from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

            sheets = {name: (header, list(rows)) for name, (header, rows) in sheets.items()}
            texts = (str(cell) for header, rows in sheets.values() for row in (header, *rows) for cell in row)
            bad = next(filter(ILLEGAL_CHARACTERS_RE.search, texts), None)
            if bad is not None:
                found = f"control characters in {bad[:40]!r}"
                raise InputError("text that a workbook can hold", found, "correct it, or write CSV")
            book = Workbook(write_only=True)
            for name, (header, rows) in sheets.items():
                sheet = book.create_sheet(name)
                for row in (header, *rows):
                    cells = [WriteOnlyCell(sheet, value=value) for value in row]
                    for cell in cells:
                        if isinstance(cell.value, str):
                            cell.data_type = "s"  # text, even where it begins as a formula does
                    sheet.append(cells)
            book.save(stream)
            return
        header, rows = next(iter(sheets.values()))
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows(map(written_row, [header, *rows]))
        text.flush()
        text.detach()
