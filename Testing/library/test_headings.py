"""Columns by their headings as hospitals write them."""

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.headings import CLINICAL, OTHER, OUTCOME, described, looks_like, recognised
from NACResponseLib.variables import shipped_variables

VARIABLES = shipped_variables()


def names(*headings: str, **options) -> list[str]:
    return [heading.name for heading in recognised(headings, VARIABLES, **options)]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Age at diagnosis", "age"),
        ("AGE (years)", "age"),
        ("age_years", "age"),
        ("ER status", "ER"),
        ("Oestrogen receptor status", "ER"),
        ("PgR", "PR"),
        ("HER-2 status", "HER2"),
        ("HER2/neu", "HER2"),
        ("cT", "T_stage"),
        ("cN stage", "nodal_status"),
        ("Tumour size (mm)", "tumor_size_mm"),
        ("Ki-67 (%)", "Ki67"),
        ("KI67 percent", "Ki67"),
        ("Menopausal Status", "menopausal_status"),
        ("pCR (yes/no)", "pcr"),
        ("Pathologic complete response", "pcr"),
        ("RCB class", "rcb_class"),
        ("Patient ID", "patient_id"),
        ("PatientID", "patient_id"),
        ("Scanner_MRI", "scanner_MRI"),
    ],
)
def test_headings_are_recognised(heading, name):
    assert names(heading) == [name]


@pytest.mark.parametrize(
    "heading", ["CT", "Tumour size (cm)", "Comment", "original_shape_MeshVolume", "Ki-67 (per mm2)"]
)
def test_other_headings_and_other_units_are_not(heading):
    assert names(heading) == [heading]


def test_the_name_itself_comes_before_a_synonym_and_the_other_is_reported():
    found = recognised(["Age at diagnosis", "age"], VARIABLES)
    assert [heading.role for heading in found] == [OTHER, CLINICAL] and "'age'" in found[0].note


def test_two_synonyms_for_one_variable_are_refused_unless_the_user_says():
    with pytest.raises(InputError, match="'ER status' and 'Estrogen receptor'"):
        names("ER status", "Estrogen receptor")
    assert names("ER status", "Estrogen receptor", named={"Estrogen receptor": "ER"}) == ["ER status", "ER"]


def test_the_user_says_which_column_holds_the_patients():
    assert names("ID", "MRN", patient="MRN") == ["ID", "patient_id"]
    with pytest.raises(InputError, match="a column MRN"):
        names("ID", patient="MRN")


def test_a_misspelt_variable_is_noticed_and_a_feature_is_not():
    looks = [looks_like(heading, VARIABLES) for heading in recognised(["gradee", "original_glcm_Contrast"], VARIABLES)]
    assert looks == ["grade", ""]


def test_a_column_is_described_by_what_shows_a_wrong_unit_or_word():
    age, status, outcome = recognised(["Age", "ER status", "pCR"], VARIABLES)
    assert "2 of 3 known" in (line := described(age, ["40", "", "60"], VARIABLES)) and "years" in line
    line = described(status, ["+", "-", "perhaps"], VARIABLES)
    assert "1 not understood" in line and "1 negative" in line and "1 positive" in line
    assert outcome.role == OUTCOME and "1 of 2" in described(outcome, ["RD", ""], VARIABLES)
