"""The patients' table: groups that a patient belongs to, as hospitals write them."""

import pandas as pd
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.features.cases import patient_groups, read_cases


def cases(**columns):
    count = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"P{number}" for number in range(count)])


def test_menopausal_status_and_breast_density_are_read_in_their_spellings():
    status = ["Premenopausal", "peri", "post (prior bilateral ovariectomy)", "", "unknown"]
    found = patient_groups(cases(menopausal_status=status, breast_density=["A", "acr b", "3", "BI-RADS d", "NA"]))
    assert found["Menopausal status"] == ("premenopausal", "premenopausal", "postmenopausal", "", "")
    assert found["Breast density"] == ("a", "b", "c", "d", "")
    assert patient_groups(cases(pcr=["1"])) == {}


@pytest.mark.parametrize(("column", "value"), [("menopausal_status", "2"), ("breast_density", "5")])
def test_a_group_that_cannot_be_understood_is_refused_with_the_patient(column, value):
    with pytest.raises(InputError, match=f"'{value}' of patient P1"):
        patient_groups(cases(**{column: ["", value]}))


def test_a_folder_without_patients_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(InputError) as caught:
        read_cases(tmp_path / "cases.csv")
    assert str(caught.value).count("expected") == 1
