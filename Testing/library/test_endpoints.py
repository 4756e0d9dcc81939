"""Endpoints: the positive class is the one the definition says, and cohorts without one are refused with counts."""

import numpy as np
import pandas as pd
import pytest
import yaml

from NACResponseLib.endpoints import endpoint_named, endpoints, outcomes, outcomes_of_both_classes
from NACResponseLib.errors import InputError


def cases(**columns):
    frame = pd.DataFrame(columns, dtype=str)
    return frame.set_index(pd.Index([f"P{row}" for row in range(len(frame))], name="patient_id"))


def test_a_responder_has_thirty_percent_less_or_hardly_any_cells_left():
    table = cases(
        longest_diameter_pre_mm=["50", "50", "50", "50", "50", "0.7"],
        pathological_size_mm=["35", "35.1", "0", "60", "", "0.49"],
        residual_cellularity_percent=["40", "40", "", "0.9", "0", ""],
    )
    assert outcomes("responder", table).tolist() == [1, 0, 1, 1, 1, 1]


def test_a_response_that_cannot_be_known_is_missing():
    table = cases(
        longest_diameter_pre_mm=["50", ""], pathological_size_mm=["", "10"], residual_cellularity_percent=["1", "5"]
    )
    assert np.isnan(outcomes("responder", table)).all()


def test_the_clinical_size_stands_for_the_longest_diameter_where_that_is_absent():
    assert outcomes("responder", cases(tumor_size_mm=["10", "10"], pathological_size_mm=["7", "8"])).tolist() == [1, 0]


def test_residual_cancer_burden_is_read_in_its_spellings():
    spelled = cases(rcb_class=["0", "1.0", "2", "III", "RCB-I", "rcb 2", ""])
    assert outcomes("rcb01", spelled).tolist()[:6] == [1, 1, 0, 0, 1, 0]
    assert np.isnan(outcomes("rcb01", spelled)[6])


def test_only_an_axilla_without_any_tumour_cell_has_responded_completely():
    """AJCC Cancer Staging Manual, 8th edition, chapter 48: ypN0(i+) and ypN1mi are not complete responses."""
    spelled = ["ypN0", "0", "ypN0(i-)", "N0 (sn)", "ypN0(i+)", "ypN0 (mol+)", "ypN1mi", "ypN1a", "2.0", "ypN3c", ""]
    found = outcomes("apcr", cases(ypn=spelled))
    assert found.tolist()[:-1] == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert np.isnan(found[-1])


def test_an_axillary_response_that_is_recorded_is_taken_before_the_stage():
    assert outcomes("apcr", cases(apcr=["yes", "0"], ypn=["", "ypN1"])).tolist() == [1, 0]


def test_a_column_named_as_the_endpoint_is_taken_where_raw_ones_are_absent():
    assert outcomes("responder", cases(responder=["yes", "0", "1.0", "No"])).tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("name", endpoints())
def test_every_endpoint_names_both_classes(name):
    assert endpoints()[name].positive_class and endpoints()[name].positive_class != endpoints()[name].negative_class


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        (["", "0", "", "0"], "0 with pathological complete response, 2 with residual disease, 2 not known"),
        (["0", "0", "0"], "0 with pathological complete response, 3 with residual disease, 0 not known"),
        (["", "", ""], "0 with pathological complete response, 0 with residual disease, 3 not known"),
    ],
)
def test_a_table_without_outcomes_of_both_classes_is_refused_with_the_counts(values, counts):
    with pytest.raises(InputError) as error:
        outcomes_of_both_classes("pcr", cases(pcr=values))
    assert error.value.found == counts


@pytest.mark.parametrize(
    ("name", "columns", "named"),
    [
        ("pcr", {"pcr": ["1", "2"]}, "P1"),
        ("pcr", {"ypT": ["0"]}, "ypT"),
        ("rcb01", {"rcb_class": ["0", "IV"]}, "'iv'"),
        ("apcr", {"ypn": ["ypN0", "cN0"]}, "'cn0' of patient P1"),
        ("apcr", {"ypn": ["ypNX"]}, "ypN0 to ypN3"),
        ("apcr", {"pcr": ["1"]}, "a column apcr, or ypn"),
        ("responder", {"residual_cellularity_percent": ["-1"]}, "P0"),
        ("responder", {"longest_diameter_pre_mm": ["0"], "pathological_size_mm": ["1"]}, "P0"),
        ("responder", {"longest_diameter_pre_mm": ["inf"], "pathological_size_mm": ["1"]}, "inf"),
        ("pCR2", {"pcr": ["1"]}, "pCR2"),
    ],
)
def test_what_cannot_be_understood_is_named(name, columns, named):
    with pytest.raises(InputError) as error:
        outcomes(name, cases(**columns))
    assert named in str(error.value)


@pytest.mark.parametrize(
    ("positive", "negative", "column", "expected"),
    [
        (["pCR"], ["RD"], ["pCR", "rd", "", "unknown"], [1, 0, np.nan, np.nan]),
        (["ja"], ["nein"], ["Ja", "NEIN", "ja", "?"], [1, 0, 1, np.nan]),
        ([0, "I"], ["II", "III"], ["0", "I", "II", "III"], [1, 1, 0, 0]),
        ([True], [False], ["yes", "no", "TRUE", "false"], [1, 0, 1, 0]),
        (["none"], ["some"], ["none", "some", "", "none"], [1, 0, np.nan, 1]),
    ],
)
def test_an_endpoint_file_says_column_classes_and_words(tmp_path, positive, negative, column, expected):
    entries = {"column": "Antwort (OP)", "positive_class": "response", "negative_class": "no response"}
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({**entries, "positive": positive, "negative": negative}), encoding="utf-8")
    endpoint = endpoint_named(str(path))
    assert (endpoint.name, endpoint.positive_class) == ("antwort_op", "response")
    cases = pd.DataFrame({"Antwort (OP)": column}, index=list("abcd"))
    np.testing.assert_array_equal(outcomes(endpoint, cases), expected)
    with pytest.raises(InputError, match="'perhaps' of patient b"):
        outcomes(endpoint, cases.assign(**{"Antwort (OP)": ["", "perhaps", "", ""]}))


@pytest.mark.parametrize(
    "change",
    [{"positive": []}, {"positive": ["x"], "negative": ["X"]}, {"colum": "y"}, {"name": "pcr"}, {"positive": {"a": 1}}],
)
def test_an_endpoint_file_that_makes_no_sense_is_refused(tmp_path, change):
    entries = {"column": "y", "positive_class": "a", "negative_class": "b", "positive": ["1"], "negative": ["0"]}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({**entries, **change}), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        endpoint_named(str(tmp_path / "own.yaml"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "expected"), [("pCR", 1), ("RD", 0), ("ja", 1), ("nein", 0), ("non-pCR", 0)])
def test_the_usual_words_for_pcr_need_no_file(text, expected):
    assert outcomes("pcr", pd.DataFrame({"pcr": [text]}, index=["a"]))[0] == expected
