"""The cohort's table: everything that is wrong is reported at once, with row and column."""

import shutil

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
    rows[0]["CT"] = "nowhere.nrrd"
    rows[1]["age"] = "twelve"
    rows[2]["patient_id"] = "P0"
    rows[3]["scanner_CT"] = " "
    rows[4]["tumor_CT"] = ""
    rows[5]["CT"] = "CT_1.mha"
    write_cohort(cohort, rows)
    found = problems(cohort)
    assert "nothing at" in found[2, "CT"]
    assert "'twelve'" in found[3, "age"]
    assert "row 2 already" in found[4, "patient_id"]
    assert "scanner is missing" in found[5, "scanner_CT"]
    assert "contour of CT is missing" in found[6, "tumor_CT"]
    assert "same file as in row 3" in found[7, "CT"]
    assert len(found) == 6


def test_files_whose_headers_cannot_be_read_are_found_before_anything_runs(cohort):
    (cohort.parent / "CT_0.mha").write_text("not an image", encoding="utf-8")
    (cohort.parent / "empty").mkdir()
    rows = read_rows(cohort)
    rows[1]["CT"] = "empty"
    write_cohort(cohort, rows)
    found = problems(cohort)
    assert "no image of a known kind" in found[2, "CT"] and "none in" in found[3, "CT"] and len(found) == 2


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("tumor_CT", "tumour_CT", "tumor_CT", "there is a column 'tumour_ct'"),
        ("CT,", "Image,", "CT", "the column is missing"),
        ("scanner_CT", "magnet", "scanner_CT", "the column is missing"),
        ("ER,", "ER_status,", "ER_status", "no such variable"),
        ("pcr", "tumor_size", "tumor_size", "no such variable"),
        ("pcr", "age", "age", "a name of its own"),
    ],
)
def test_a_missing_or_misspelt_column_is_told(cohort, old, new, column, reason):
    header, rest = cohort.read_text(encoding="utf-8").split("\n", 1)
    cohort.write_text(header.replace(old, new, 1) + "\n" + rest, encoding="utf-8")
    assert reason in problems(cohort)[1, column]


def test_a_table_without_patients_names_is_not_told_that_their_cells_may_be_empty(cohort):
    text = cohort.read_text(encoding="utf-8")
    cohort.write_text(text.replace("patient_id", "case", 1), encoding="utf-8")
    assert "missing" in problems(cohort)[1, "patient_id"]


def test_contradicting_receptors_and_short_rows_are_told(cohort):
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
    with pytest.raises(InputError, match="No such file"):
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
