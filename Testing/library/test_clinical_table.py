"""Clinical records out of tables as spreadsheets and people write them."""

import math
from pathlib import Path

import pytest

from NACResponseLib.clinical import ClinicalRecord, parse_clinical
from NACResponseLib.clinical_table import read_clinical
from NACResponseLib.errors import InputError

WANTED = ClinicalRecord(age=60.5, ER=0)
TABLES = {
    "csv": ("a.csv", b"patient_id,age,ER\nA,50,+\nB,60.5,-\n"),
    "as a German Excel writes it": ("a.csv", b"\xef\xbb\xbfPatient_ID;Age;er\r\nA;50;+\r\nB;60,5;-\r\n"),
    "with a separator line, empty rows and columns": (
        "a.csv",
        b"sep=;\npatient_id;age;ER;;\nA;50;+;;\nB;60,5;-;;\n;;;;\n",
    ),
    "as a cohort's table": (
        "a.csv",
        b"patient_id,MRI_CET1,tumor_MRI,scanner_MRI,age,ER,pcr\nA,x,y,S,50,+,1\nB,x,y,S,60.5,-,0\n",
    ),
    "with accents in Latin-1": (
        "a.csv",
        "patient_id,age,ER,Bemerkung\nA,50,+,größer\nB,60.5,-,für\n".encode("latin-1"),
    ),
    "as Unicode text of Excel": ("a.txt", "patient_id\tage\tER\nA\t50\t+\nB\t60,5\t-\n".encode("utf-16")),
    "json": ("a.json", b'[{"patient_id": "A", "age": 50, "ER": true}, {"patient_id": "B", "age": 60.5, "ER": false}]'),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_patient_is_found_in_a_table(tmp_path, kind):
    name, content = TABLES[kind]
    path = tmp_path / name
    path.write_bytes(content)
    patient, entries = read_clinical(path, "B")
    assert patient == "B"
    assert parse_clinical(entries).values() == pytest.approx(WANTED.values(), nan_ok=True)
    with pytest.raises(InputError, match=r"one patient, found 2 in .*--patient-id"):
        read_clinical(path)
    with pytest.raises(InputError, match="the patient 'C'"):
        read_clinical(path, "C")


def test_a_record_without_a_name_is_anyones(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"patient_id": null, "age": 50, "HER2": null}', encoding="utf-8")
    patient, entries = read_clinical(path, "X")
    assert patient is None
    assert math.isnan(parse_clinical(entries).HER2)


BROKEN = {
    "empty": ("a.csv", b""),
    "no row": ("a.csv", b"age\n"),
    "a short row": ("a.csv", b"age,ER\n50\n"),
    "a long row": ("a.csv", b"age\n50,60\n"),
    "a column twice": ("a.csv", b"age,AGE\n50,60\n"),
    "a misspelt column": ("a.csv", b"age,gradee\n50,1\n"),
    "a patient twice": ("a.csv", b"patient_id,age\nA,50\nA,60\n"),
    "a workbook": ("a.xlsx", b"PK\x03\x04"),
    "a huge field": ("a.csv", b"age\n" + b"5" * 200_000 + b"\n"),
    "no json": ("a.json", b"{not json"),
    "deep json": ("a.json", b"[" * 100_000),
    "a key twice": ("a.json", b'{"age": 52, "age": 53}'),
    "an empty list": ("a.json", b"[]"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_no_usable_table_is_refused_in_one_line(tmp_path, kind):
    name, content = BROKEN[kind]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_clinical(tmp_path / name, "A")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_device_without_end_is_refused_at_once():
    with pytest.raises(InputError, match="a clinical record"):
        read_clinical(Path("/dev/zero"))


def test_a_cohorts_column_of_ct_images_is_no_clinical_t_stage(tmp_path):
    path = tmp_path / "COHORT.csv"
    path.write_text("patient_id,MRI_CET1,CT,age\nA,a/mri.nrrd,a/ct.nrrd,50\n", encoding="utf-8")
    assert read_clinical(path) == ("A", {"age": "50"})
