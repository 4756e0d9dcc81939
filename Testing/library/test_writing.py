"""Tables and records: what is written reads back as itself, and nothing is left half written."""

import csv
import json
import math

import numpy as np
import pytest

from NACResponseLib.writing import write_csv, write_json


def test_a_table_reads_back_with_every_number_exact(tmp_path):
    rows = [("P1", 0.1 + 0.2, np.float64(1e-17), 3), ("P,2", math.pi, np.float64(1 / 3), np.int64(4))]
    write_csv(tmp_path / "t.csv", ("id", "a", "b", "c"), rows)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        header, *found = list(csv.reader(stream))
    assert header == ["id", "a", "b", "c"]
    assert [(name, float(a), float(b), int(c)) for name, a, b, c in found] == rows


def test_a_table_whose_rows_end_early_leaves_no_file(tmp_path):
    def rows():
        yield ("P1",)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_csv(tmp_path / "t.csv", ("id",), rows())
    assert not (tmp_path / "t.csv").exists()


def test_a_record_reads_back_and_a_number_that_json_lacks_can_be_refused(tmp_path):
    write_json(tmp_path / "r.json", {"volume": "40 mm³", "values": [1.5, None]})
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == {"volume": "40 mm³", "values": [1.5, None]}
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "other.json", {"value": math.nan}, allow_nan=False)
    assert not (tmp_path / "other.json").exists()
