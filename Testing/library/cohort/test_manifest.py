"""The cohort's table: everything that is wrong is reported at once, with row and column."""

import shutil
from dataclasses import asdict

import numpy as np
import pytest

from NACResponseLib.cohort.manifest import ManifestError, read_manifest
from NACResponseLib.errors import InputError

from .tiny import BOTH, make_cohort, protocol_of, read_rows, write_cohort


def problems(cohort) -> dict[tuple[int, str], str]:
    with pytest.raises(ManifestError) as caught:
        read_manifest(cohort, protocol_of(cohort))
    return {(problem.row, problem.column): problem.reason for problem in caught.value.problems}


def test_a_sound_table_is_read_with_paths_relative_to_it(cohort):
    manifest = read_manifest(cohort, protocol_of(cohort))
    assert [patient.patient_id for patient in manifest.patients] == [f"P{k}" for k in range(6)]
    first = manifest.patients[0]
    assert first.images == {"CT": str(cohort.parent / "CT_0.mha")}
    assert (first.clinical.age, first.clinical.ER, first.clinical.HR) == (40, 1, 1)
    assert (first.scanners, first.other) == ({"CT": "A"}, {"pcr": "0"})
    assert manifest.clinical == ("age", "ER") and not manifest.synthetic


def test_every_problem_is_in_one_list(cohort):
    rows = read_rows(cohort)
    rows[0]["CT"] = "nowhere.nrrd"  # of its patient alone
    rows[1]["age"] = "twelve"
    rows[2]["patient_id"] = "P0"
    rows[4]["tumor_CT"] = ""
    rows[5]["CT"] = "CT_1.mha"
    write_cohort(cohort, rows)
    found = problems(cohort)
    assert "nothing at" in found[2, "CT"]
    assert "'twelve'" in found[3, "age"]
    assert "row 2 already" in found[4, "patient_id"]
    assert "contour of CT is missing" in found[6, "tumor_CT"]
    assert "same file as in row 3" in found[7, "CT"]
    assert len(found) == 5


def test_a_scanner_that_is_not_written_is_not_known(cohort):
    rows = read_rows(cohort)
    rows[3]["scanner_CT"] = " "
    write_cohort(cohort, rows)
    assert read_manifest(cohort, protocol_of(cohort)).patients[3].scanners == {}
    write_cohort(cohort, [{name: value for name, value in row.items() if name != "scanner_CT"} for row in rows])
    assert all(not patient.scanners for patient in read_manifest(cohort, protocol_of(cohort)).patients)


def test_files_that_cannot_be_read_fail_their_patients_alone(cohort):
    (cohort.parent / "CT_0.mha").write_text("not an image", encoding="utf-8")
    (cohort.parent / "empty").mkdir()
    rows = read_rows(cohort)
    rows[1]["CT"] = "empty"
    write_cohort(cohort, rows)
    manifest = read_manifest(cohort, protocol_of(cohort))
    found = manifest.unreadable
    assert "no image of a known kind" in found["P0"].reason and "none in" in found["P1"].reason and len(found) == 2
    assert len(manifest.patients) == 6
    with pytest.raises(ManifestError) as caught:
        read_manifest(cohort, protocol_of(cohort), strict=True)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [(2, "CT"), (3, "CT")]


def test_a_cohort_without_a_readable_file_is_refused(cohort):
    for file in cohort.parent.glob("CT_*.mha"):
        file.unlink()
    with pytest.raises(ManifestError):
        read_manifest(cohort, protocol_of(cohort))


@pytest.mark.parametrize("content", [b"Dear colleague,\nhere is the table.\n" * 400, bytes(range(256)) * 40, b"%PDF"])
def test_a_file_that_is_no_table_gets_one_error(cohort, content):
    cohort.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_manifest(cohort, protocol_of(cohort))
    assert not isinstance(caught.value, ManifestError) and "\n" not in str(caught.value)


def test_columns_of_images_that_no_patient_has_need_not_be_there(tmp_path):
    cohort = make_cohort(tmp_path / "in", 3, BOTH)
    mri = [{name: value for name, value in row.items() if not name.endswith("CT")} for row in read_rows(cohort)]
    write_cohort(cohort, mri)
    manifest = read_manifest(cohort, protocol_of(cohort))
    assert [set(patient.images) for patient in manifest.patients] == [{"MRI_CET1"}] * 3


def test_headings_as_people_write_them_are_recognised(cohort):
    header, rest = cohort.read_text(encoding="utf-8").split("\n", 1)
    header = (
        header.replace("patient_id", "Patient ID").replace("age", "Age at diagnosis").replace("pcr", "pCR (yes/no)")
    )
    cohort.write_text(header.replace("ER,", "ER status,") + "\n" + rest, encoding="utf-8")
    manifest = read_manifest(cohort, protocol_of(cohort))
    assert manifest.clinical == ("age", "ER") and manifest.other == ("pcr",)
    assert manifest.patients[0].clinical.age == 40 and manifest.patients[0].other == {"pcr": "0"}


def test_a_workbook_is_read_as_the_same_table_in_csv(cohort):
    from openpyxl import Workbook

    expected = read_manifest(cohort, protocol_of(cohort)).patients
    book = Workbook()
    for row in [list(read_rows(cohort)[0]), *(list(row.values()) for row in read_rows(cohort))]:
        book.active.append([float(cell) if cell.replace(".", "").isdigit() else cell for cell in row])
    book.save(cohort.with_suffix(".xlsx"))
    found = read_manifest(cohort.with_suffix(".xlsx"), protocol_of(cohort)).patients
    np.testing.assert_equal([asdict(each) for each in found], [asdict(each) for each in expected])  # NaN equals NaN


def test_variables_that_a_file_beside_the_table_defines_are_read(cohort):
    write_cohort(cohort, [row | {"AR score": "8/9"} for row in read_rows(cohort)])
    assert read_manifest(cohort, protocol_of(cohort)).clinical == ("age", "ER")
    definition = "AR: {label: Androgen receptor, kind: levels, levels: [[low, 0/9], [high, 8/9]], synonyms: [AR score]}"
    (cohort.parent / "variables.yaml").write_text(definition, encoding="utf-8")
    manifest = read_manifest(cohort, protocol_of(cohort))
    assert manifest.clinical == ("age", "ER", "AR") and manifest.patients[0].clinical.more == {"AR": 1.0}


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("tumor_CT", "tumour_CT", "tumor_CT", "there is a column 'tumour_ct'"),
        ("CT,", "Image,", "CT", "the column is missing"),
        ("scanner_CT", "scaner_CT", "scanner_CT", "there is a column"),
        ("pcr", "tumor_sise", "tumor_sise", "no such variable"),
        ("pcr", "age", "age", "a name of its own"),
    ],
)
def test_a_missing_or_misspelt_column_is_reported(cohort, old, new, column, reason):
    header, rest = cohort.read_text(encoding="utf-8").split("\n", 1)
    cohort.write_text(header.replace(old, new, 1) + "\n" + rest, encoding="utf-8")
    assert reason in problems(cohort)[1, column]


def test_the_message_on_missing_patients_names_does_not_offer_empty_cells(cohort):
    text = cohort.read_text(encoding="utf-8")
    cohort.write_text(text.replace("patient_id", "case", 1), encoding="utf-8")
    assert "missing" in problems(cohort)[1, "patient_id"]


def test_contradicting_receptors_and_short_rows_are_reported(cohort):
    rows = [row | {"HR": "negative"} for row in read_rows(cohort)]
    write_cohort(cohort, rows)
    with cohort.open("a", encoding="utf-8") as stream:
        stream.write("\nP9,a,b\n")
    found = problems(cohort)
    assert "HR positive exactly when" in found[2, "HR"]
    assert "3 cells under a header of 8" in found[9, "last"]


def test_a_missing_image_is_allowed_and_a_patient_without_any_is_not(tmp_path):
    cohort = make_cohort(tmp_path / "in", 3, BOTH)
    rows = read_rows(cohort)
    rows[1] |= {"MRI_CET1": "", "tumor_MRI": "", "scanner_MRI": ""}
    write_cohort(cohort, rows)
    manifest = read_manifest(cohort, protocol_of(cohort))
    assert manifest.missing(protocol_of(cohort)) == {"MRI_CET1": ["P1"]}
    rows[1] |= {"CT": "", "tumor_CT": ""}
    rows[2] |= {"CT": ""}
    write_cohort(cohort, rows)
    found = problems(cohort)
    assert "no image at all" in found[3, "MRI_CET1"] and "contour without an image" in found[4, "tumor_CT"]


def test_what_spreadsheets_write_is_understood(cohort):
    text = cohort.read_text(encoding="utf-8").replace(",", ";").replace("P0", "Müller").replace("\n", "\r\n")
    cohort.write_bytes(text.encode("cp1252"))
    assert read_manifest(cohort, protocol_of(cohort)).patients[0].patient_id == "Müller"
    cohort.write_text(text.replace("\r\n", "\n"), encoding="utf-8-sig")
    assert read_manifest(cohort, protocol_of(cohort)).patients[0].patient_id == "Müller"


def test_a_table_that_is_none_is_refused(tmp_path, cohort):
    protocol = protocol_of(cohort)
    with pytest.raises(InputError, match="no file"):
        read_manifest(tmp_path / "none.csv", protocol)
    cohort.write_text(cohort.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="a row a patient"):
        read_manifest(cohort, protocol)


def test_a_synthetic_cohort_says_so(cohort):
    assert not read_manifest(cohort, protocol_of(cohort)).synthetic
    table = read_rows(cohort)
    for entry, expected in (("no", False), ("yes", True)):
        write_cohort(cohort, [{**row, "synthetic": entry} for row in table])
        assert read_manifest(cohort, protocol_of(cohort)).synthetic is expected


def test_a_segment_of_a_file_is_chosen_with_two_colons(cohort):
    rows = read_rows(cohort)
    rows[0]["tumor_CT"] += "::1"
    shutil.copy(cohort.parent / "tumor_1.nii.gz", cohort.parent / "odd::name.nii.gz")
    rows[1]["tumor_CT"] = "odd::name.nii.gz"
    write_cohort(cohort, rows)
    first, second, *_ = read_manifest(cohort, protocol_of(cohort)).patients
    assert first.contours["CT"].endswith("tumor_0.nii.gz::1") and second.contours["CT"].endswith("odd::name.nii.gz")
