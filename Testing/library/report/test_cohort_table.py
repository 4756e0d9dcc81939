"""The cohort by outcome, done by hand."""

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.report.cohort_table import cohort_rows

OUTCOME = np.array([1, 1, 1, 0, 0, 0, 0, 0])


def plain(row):
    return row.label, tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row.cells)


def test_numbers_are_reported_by_median_and_quartiles():
    columns = {"age": ["40", "50", "60", "30", "40", "50", "60", "70"]}
    (row,) = cohort_rows(columns, OUTCOME)
    assert plain(row) == (
        "Age, years; median (quartiles)",
        ("50 (40 to 60)", "50 (45 to 55)", "50 (40 to 60)"),
    )
    assert row.test.test in ("Student's t", "Mann-Whitney U")


def test_categories_are_counted_among_those_known_and_the_unknown_are_counted_apart():
    columns = {"HER2": ["1", "1.0", "", "0", "0", "1", "0", ""]}
    known, missing = cohort_rows(columns, OUTCOME)
    assert plain(known) == ("HER2, positive", ("3 (50 %)", "2 (100 %)", "1 (25 %)"))
    assert known.test.p == pytest.approx(0.4)  # of 20 ways to place three positives, 4 + 4 have no more chance
    assert plain(missing) == ("not known", ("2", "1", "1"))


def test_grades_and_scanners_have_a_line_for_each_category():
    columns = {"grade": ["1", "2", "3", "1", "2", "3", "3", "3"], "scanner_CT": list("aabbaabb")}
    labels = [row.label for row in cohort_rows(columns, OUTCOME)]
    assert labels == ["Histological grade", "G1", "G2", "G3", "Scanner (CT)", "a", "b"]


def test_a_stage_that_no_patient_has_gets_no_line():
    columns = {"T_stage": ["2", "2", "3", "4", "2", "", "3", "3"]}
    labels = [row.label for row in cohort_rows(columns, OUTCOME)]
    assert labels == ["Clinical T stage", "T2", "T3", "T4", "not known"]


def test_columns_that_are_not_clinical_are_left_out_and_text_among_numbers_is_refused():
    assert cohort_rows({"CT_Intra_0003": ["1"] * 8}, OUTCOME) == []
    with pytest.raises(InputError, match="age"):
        cohort_rows({"age": ["old"] * 8}, OUTCOME)
