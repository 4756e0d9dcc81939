"""Tables of every kind are read as the same rows of text; what is no table gets one line."""

import csv
import io

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.tables import read_rows, table_of, write_table_file

ROWS = [["patient_id", "age", "note"], ["007", "50", "größer; ja"], ["A 1", "60.5", ""]]


def as_csv(delimiter: str, encoding: str, first: str = "") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(ROWS)
    return (first + stream.getvalue()).encode(encoding)


def test_text_tables_of_every_usual_kind_are_read(tmp_path):
    kinds = [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), (";", "cp1252")]
    for delimiter, encoding in kinds:
        (tmp_path / "t.csv").write_bytes(as_csv(delimiter, encoding))
        assert read_rows(tmp_path / "t.csv") == ROWS
    (tmp_path / "t.csv").write_bytes(as_csv(";", "utf-8", "sep=;\r\n"))
    assert read_rows(tmp_path / "t.csv") == ROWS


def test_a_workbook_gives_values_only(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(["patient_id", "age", "day", "sum"])
    sheet.append(["007", 50.0, None, "=1+1"])
    sheet.append([8, 60.5, "2020-01-31", None])
    book.create_sheet("legend").append(["ignored"])
    book.save(tmp_path / "t.xlsx")
    header, rows = table_of(tmp_path / "t.xlsx")
    assert header == ["patient_id", "age", "day", "sum"]
    assert rows == [["007", "50", "", ""], ["8", "60.5", "2020-01-31", ""]]  # nothing computed the formula


def test_parquet_is_read_with_its_index(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0, float("nan")], "b": [0.1, 2e-8]}, index=pd.Index(["x", "y"], name="patient_id"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert table_of(tmp_path / "t.parquet") == (["patient_id", "a", "b"], [["x", "1", "0.1"], ["y", "", "2e-08"]])


def test_what_is_written_is_read_again_in_both_kinds(tmp_path):
    rows = [["007", 1.5, "=1+1"], ["A", None, "größer"]]
    for name in ("t.csv", "t.xlsx"):
        write_table_file(tmp_path / name, {"data": (["patient_id", "x", "note"], rows)})
        assert table_of(tmp_path / name)[1] == [["007", "1.5", "=1+1"], ["A", "", "größer"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b""),
        ("t.csv", b"a,b\n"),
        ("t.csv", b"a,a\n1,2\n"),
        ("t.csv", b"a,b\n1,2,3\n"),
        ("t.csv", b"a,b\n1\n"),
        ("t.csv", bytes(range(256))),
        ("t.xlsx", b"PK\x03\x04 no workbook"),
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("t.parquet", b"PAR1 nothing PAR1"),
        ("t.csv", b"a\n" + b"5" * 200_000),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        table_of(tmp_path / name)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_a_workbook_that_says_it_is_enormous_is_not_believed(tmp_path):
    import zipfile

    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["patient_id", "age"])
    book.active.append(["A", 50])
    book.save(tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as source, zipfile.ZipFile(tmp_path / "u.xlsx", "w") as target:
        for member in source.namelist():
            target.writestr(member, source.read(member).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'))
    assert table_of(tmp_path / "u.xlsx") == (["patient_id", "age"], [["A", "50"]])


def test_text_that_a_workbook_cannot_hold_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="control characters"):
        write_table_file(tmp_path / "t.xlsx", {"data": (["a"], [["b"], ["c\x1b[2J"]])})
    assert not list(tmp_path.iterdir())
