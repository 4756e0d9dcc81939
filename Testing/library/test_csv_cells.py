"""What begins like a formula is text to a spreadsheet, and is read back as it was."""

import csv
import io

import pytest

from NACResponseLib.csv_cells import read, read_rows, written, written_row

DANGEROUS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")')


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_begins_like_a_formula_is_written_as_text(text):
    assert written(text)[0] == "'"


@pytest.mark.parametrize("cell", ["P-01", "a=b", "", "-1.5", "+3", "1e-5", "-inf", "nan", 5, -2.5, None, "'quoted'"])
def test_all_else_is_written_as_it_is(cell):
    assert written(cell) is cell


@pytest.mark.parametrize("text", [*DANGEROUS, *(f"'{text}" for text in DANGEROUS), "''=1", "'", "''", "P1", "'a", "-5"])
def test_every_text_is_read_back_as_it_was(text):
    assert read(str(written(text))) == text


def test_whole_rows_go_through_a_file_and_back():
    rows = [["patient_id", "=name"], ["=1+1", "-0.5"]]
    stream = io.StringIO()
    csv.writer(stream).writerows(map(written_row, rows))
    assert stream.getvalue().splitlines() == ["patient_id,'=name", "'=1+1,-0.5"]
    assert list(read_rows(csv.reader(io.StringIO(stream.getvalue())))) == rows
