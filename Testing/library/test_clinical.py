"""The clinical record: every usual spelling, and every value that must be refused."""

import math

import pytest

from NACResponseLib.clinical import ClinicalRecord, parse_clinical
from NACResponseLib.errors import InputError


@pytest.mark.parametrize("text", ["positive", "Pos", "+", "1", 1, 1.0, "yes", "TRUE", True])
def test_every_usual_way_to_write_positive_is_understood(text):
    assert parse_clinical({"ER": text}).ER == 1


@pytest.mark.parametrize("text", ["negative", "NEG", "-", "\N{MINUS SIGN}", "0", 0, "no", "False", False])
def test_every_usual_way_to_write_negative_is_understood(text):
    assert parse_clinical({"her2": text}).HER2 == 0


@pytest.mark.parametrize("text", ["", None, "unknown", "NA", "n/a", "nan", float("nan"), "?"])
def test_an_unknown_value_is_missing(text):
    assert math.isnan(parse_clinical({"PR": text}).PR)


@pytest.mark.parametrize(
    ("er", "pr", "expected"),
    [(1, 0, 1), (0, 1, 1), (1, "", 1), (0, 0, 0), (0, "", math.nan), ("", "", math.nan)],
)
def test_the_hormone_receptor_is_positive_when_either_is_and_unknown_when_it_may_be(er, pr, expected):
    derived = parse_clinical({"ER": er, "PR": pr}).HR
    assert derived == pytest.approx(expected, nan_ok=True)


def test_a_hormone_receptor_that_contradicts_its_parts_is_refused():
    with pytest.raises(InputError, match="HR=0 with ER=1"):
        parse_clinical({"ER": "+", "PR": "-", "HR": "-"})


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"grade": "G2"}, ("grade", 2)),
        ({"grade": "III"}, ("grade", 3)),
        ({"nodal_status": "cN1a"}, ("nodal_status", 1)),
        ({"nodal_status": "N1mi"}, ("nodal_status", 1)),
        ({"Nodal_Status": 3.0}, ("nodal_status", 3)),
        ({"T_stage": "T1"}, ("T_stage", 1)),
        ({"t_stage": "cT2"}, ("T_stage", 2)),
        ({"T_stage": "T4d"}, ("T_stage", 4)),
        ({"T_stage": "cT1mi"}, ("T_stage", 1)),
        ({"T_stage": 3.0}, ("T_stage", 3)),
        ({"T_stage": "T0"}, ("T_stage", 0)),
        ({"T_stage": "Tis"}, ("T_stage", 0)),
        ({"T_stage": "cTis (DCIS)"}, ("T_stage", 0)),
        ({"age": " 50.5 "}, ("age", 50.5)),
        ({"age": "52,5"}, ("age", 52.5)),
        ({"tumor_size_mm": 12}, ("tumor_size_mm", 12)),
    ],
)
def test_grades_stages_and_numbers_are_understood(entries, expected):
    assert parse_clinical(entries).values()[expected[0]] == expected[1]


@pytest.mark.parametrize(
    ("name", "text"), [("T_stage", "TX"), ("T_stage", "cTx"), ("nodal_status", "cNX"), ("grade", "GX")]
)
def test_what_could_not_be_assessed_is_missing(name, text):
    assert math.isnan(parse_clinical({name: text}).values()[name])
    with pytest.raises(InputError, match="age"):
        parse_clinical({"age": text})


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"age": 7}, "age between 18 and 110 years, found 7"),
        ({"age": "fifty"}, "'fifty'"),
        ({"age": "inf"}, "'inf'"),
        ({"HER2": "maybe"}, "HER2=positive"),
        ({"HER2": "2+"}, "immunohistochemistry"),
        ({"grade": 4}, "grade as G1, G2 or G3"),
        ({"nodal_status": "N4"}, "N0, N1, N2 or N3"),
        ({"T_stage": "T5"}, "'t5'"),
        ({"T_stage": "ypT2"}, "T_stage"),
        ({"T_stage": "2.5"}, "'2.5'"),
        ({"tumor_size_mm": -3}, "between 0.1 and 300 mm"),
        ({"tumor_volume_mm3": 0}, "tumor_volume_mm3 between 1"),
        ({"HER": "1"}, "did you mean 'HER2'"),
        ({"age": "5_2"}, "'5_2'"),
        ({"age": 50, "AGE": 60}, "age once, found twice"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_one_line(entries, message):
    with pytest.raises(InputError) as caught:
        parse_clinical(entries)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_known_is_a_record_of_missing_values():
    assert all(math.isnan(value) for value in ClinicalRecord().values().values())
