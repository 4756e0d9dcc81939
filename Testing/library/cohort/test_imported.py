"""Tables of other programs, as pyradiomics and MIRP lay them out, become folders that training takes."""

import csv
import json

import numpy as np
import pytest

from NACResponseLib.cohort.foreign_columns import read_map
from NACResponseLib.cohort.imported import read_import
from NACResponseLib.cohort.imported_folder import write_import
from NACResponseLib.errors import InputError
from NACResponseLib.features.cases import read_cases
from NACResponseLib.features.table import is_imported, read_table
from NACResponseLib.protocol import load_protocol

FEATURES = ("original_shape_Sphericity", "original_glcm_Contrast")
HEADER = ["PatientID", "Image", "Mask", "diagnostics_Versions_Numpy", "diagnostics_Mask-original_VoxelNum", *FEATURES]
CLINICAL = ["Patient ID", "Age at diagnosis", "ER status", "Ki-67 (%)", "pCR (yes/no)", "Scanner_MRI", "Comment"]


def table(path, header, rows, delimiter=","):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([header, *rows])
    return path


def radiomics(folder, names, name="radiomics.csv"):
    rng = np.random.default_rng(1)
    return table(folder / name, HEADER, [[n, "i.nii", "m.nii", "2.0", 812, *rng.normal(size=2)] for n in names])


def clinical(folder, names):
    rows = [[n, 50 + k, "+", "12,5", "no" if k % 2 else "yes", "A", "seen twice"] for k, n in enumerate(names)]
    return table(folder / "clinic.csv", CLINICAL, rows, ";")


def test_a_table_of_pyradiomics_and_one_of_patients_become_a_folder(tmp_path):
    path = radiomics(tmp_path, ["A", "B", "C"])
    found = read_import(path, cases=clinical(tmp_path, ["C", "B", "A"]))
    write_import(found, tmp_path / "out")
    features = read_table(tmp_path / "out" / "features_radiomics.parquet")
    with path.open(encoding="utf-8") as stream:
        written = {row["PatientID"]: float(row[FEATURES[1]]) for row in csv.DictReader(stream)}
    assert tuple(features.values.columns) == FEATURES and is_imported(features.metadata)
    assert features.values[FEATURES[1]].to_dict() == written
    assert features.metadata["group"] == "MRI"
    cases = read_cases(tmp_path / "out" / "cases.csv")
    assert cases.loc["A", ["age", "ER", "Ki67", "pcr", "scanner_MRI"]].to_list() == ["52", "1", "12.5", "yes", "A"]
    assert cases.loc["A", "Comment"] == "seen twice" and "Image" not in cases
    about = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (about["n_finished"], about["n_failed"], about["feature_sets"]) == (3, 0, ["radiomics"])


def test_every_kind_of_file_gives_the_same_folder(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"sample_name": ["a", "b"], "morph_volume": [1.5, 2.0], "image_noise_level": [0, 0]})
    frame["stat_mean"], frame["pcr"] = [3.25, float("nan")], [1, 0]
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.tsv", "t.xlsx", "t.parquet"):
        write_import(read_import(tmp_path / name), tmp_path / name.replace(".", "_"))
        values = read_table(tmp_path / name.replace(".", "_") / "features_t.parquet").values
        pd.testing.assert_frame_equal(
            values, frame.set_index("sample_name")[["morph_volume", "stat_mean"]], check_names=False
        )


def roles(found) -> dict[str, str]:
    return {each.heading.text: each.role for each in found.features.columns}


def test_what_may_hold_the_outcome_is_no_feature_unless_the_user_says(tmp_path):
    header = ["id", "f1", "rcb_index", "OS_months", "original_glcm_Contrast", "response map entropy", "empty", "split"]
    path = table(tmp_path / "t.csv", header, [["a", 1, 1.4, 60, 2, 3, "", 1], ["b", 2, 0, 50, 1, 2, "", 2]])
    found = read_import(path)
    assert found.names == ["f1", "original_glcm_Contrast"]
    assert roles(found)["rcb_index"] == roles(found)["OS_months"] == roles(found)["split"] == "keep"
    assert roles(found)["empty"] == "ignore"
    (tmp_path / "map.yaml").write_text("columns: {response map entropy: feature, f1: ignore, id: patient_id}")
    again = read_import(path, columns=read_map(tmp_path / "map.yaml"))
    assert again.names == ["original_glcm_Contrast", "response map entropy"]


@pytest.mark.parametrize(
    "heading",
    ["Miller-Payne", "TRG", "ypTstage", "RECIST", "daysToDeath", "isDead", "ClinicalResponse", "RCBindex", "y_pred"],
)
def test_results_of_treatment_are_no_features_as_people_write_them(tmp_path, heading):
    assert read_import(table(tmp_path / "t.csv", ["id", "f", heading], [["a", 1, 2], ["b", 2, 3]])).names == ["f"]


def test_features_of_other_programs_are_none_of_these(tmp_path):
    from NACResponseLib.features.names import handcrafted_names
    from NACResponseLib.protocol import load_protocol

    names = [*handcrafted_names(load_protocol("jang2025")), "rCBV_mean", "stat_mean", "cm_contrast_d1.0_3d_avg"]
    path = table(tmp_path / "t.csv", ["id", *names], [["a", *[1] * len(names)], ["b", *[2] * len(names)]])
    assert read_import(path).names == names


@pytest.mark.parametrize("cells", [("856.5", "1,234"), ("1_000", "2"), ("1", "abc")])
def test_a_column_whose_numbers_may_mean_another_is_no_feature(tmp_path, cells):
    path = table(tmp_path / "t.csv", ["id", "f", "g"], [["a", 1, cells[0]], ["b", 2, cells[1]], ["c", 3, "5"]])
    assert read_import(path).names == ["f"]


def test_decimal_commas_alone_are_understood(tmp_path):
    path = table(tmp_path / "t.csv", ["id", "f"], [["a", "1,5"], ["b", "2"]])
    assert read_import(path).names == ["f"]


def test_a_map_that_names_a_column_of_neither_table_is_refused(tmp_path):
    path = table(tmp_path / "t.csv", ["id", "f", "g"], [["a", 1, 2]])
    (tmp_path / "map.yaml").write_text("columns: {G: ignore}")
    with pytest.raises(InputError, match="found G"):
        read_import(path, columns=read_map(tmp_path / "map.yaml"))


def test_the_column_of_names_may_be_called_otherwise_in_either_table(tmp_path):
    features = table(tmp_path / "f.csv", ["id", "f"], [["a", 1], ["b", 2]])
    cases = table(tmp_path / "c.csv", ["Pat. Nr.", "age"], [["a", 50], ["b", 60]])
    assert read_import(features, cases=cases, patient="Pat. Nr.").patients == ["a", "b"]
    with pytest.raises(InputError, match="correct --id"):
        read_import(features, cases=table(tmp_path / "d.csv", ["id", "age"], [["a", 50]]), patient="Pat. Nr.")


def test_a_map_names_columns_and_defines_variables(tmp_path):
    path = table(tmp_path / "t.csv", ["MRN", "Alter", "AR", "f"], [["a", 50, "8/9", 1], ["b", 60, "0/9", 2]])
    text = "columns: {MRN: patient_id, Alter: age}\n"
    text += "variables: {AR: {label: AR, kind: levels, levels: [[low, 0/9], [high, 8/9]]}}"
    (tmp_path / "map.yaml").write_text(text)
    write_import(read_import(path, columns=read_map(tmp_path / "map.yaml")), tmp_path / "out")
    cases = read_cases(tmp_path / "out" / "cases.csv")
    assert cases.loc["a", ["age", "AR"]].to_list() == ["50", "high"]
    from NACResponseLib.variables import read_variables

    assert read_variables(tmp_path / "out" / "variables.yaml")["AR"].shown(1) == "high"


@pytest.mark.parametrize("text", ["columns: {a: agee}", "colums: {}", "- a", "columns: {a: scanner_}"])
def test_a_map_that_says_nothing_known_is_refused(tmp_path, text):
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(InputError):
        read_map(tmp_path / "map.yaml")


def test_patients_of_one_table_alone_are_left_out_and_reported(tmp_path):
    found = read_import(radiomics(tmp_path, ["A", "B"]), cases=clinical(tmp_path, ["B", "C"]))
    assert found.patients == ["B"]
    assert {failure.patient_id: failure.reason for failure in found.failures} == {
        "A": "no row in clinic.csv",
        "C": "no row in radiomics.csv",
    }


def test_numbers_whose_leading_zeros_a_spreadsheet_dropped_are_reported(tmp_path):
    with pytest.raises(InputError, match="7 and 007"):
        read_import(radiomics(tmp_path, ["7", "008"]), cases=clinical(tmp_path, ["007", "008"]))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["a", 1], ["a", 2]], "several of a"),
        ([["a", 1], ["", 2]], "an empty one"),
        ([["a", "x"], ["b", "y"]], "may be features"),
        ([], "without rows"),
    ],
)
def test_what_is_wrong_with_the_table_stops_everything(tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        read_import(table(tmp_path / "t.csv", ["id", "f"], rows))


def test_a_clinical_value_that_cannot_be_understood_names_the_patient(tmp_path):
    with pytest.raises(InputError, match=r"age.*patient b"):
        read_import(table(tmp_path / "t.csv", ["id", "age", "f"], [["a", 50, 1], ["b", "old", 2]]))


def test_a_table_without_names_of_patients_asks_for_them(tmp_path):
    path = table(tmp_path / "t.csv", ["code", "f"], [["a", 1], ["b", 2]])
    with pytest.raises(InputError, match="--id"):
        read_import(path)
    assert read_import(path, patient="code").patients == ["a", "b"]


def test_with_a_protocol_the_names_must_be_its_own(tmp_path):
    protocol = load_protocol("jang2025")
    names = ["MRI_CET1_Intra_glcm_Contrast", "MRI_Intra_shape_Sphericity"]
    path = table(tmp_path / "t.csv", ["patient_id", *names], [["a", 1, 2], ["b", 2, 3]])
    found = read_import(path, protocol=protocol)
    write_import(found, tmp_path / "out")
    metadata = read_table(tmp_path / "out" / "features_handcrafted.parquet").metadata
    assert metadata["protocol"] == "jang2025" and not is_imported(metadata)
    with pytest.raises(InputError, match="original_glcm_Contrast"):
        read_import(radiomics(tmp_path, ["A"]), protocol=protocol)


def test_names_that_differ_by_leading_zeros_are_one_patient_twice(tmp_path):
    path = table(tmp_path / "t.csv", ["ID", "f"], [["004", 1], ["4", 2], ["5", 3]])
    with pytest.raises(InputError, match="several of 004, 4"):
        read_import(path, patient="ID")


def test_pyradiomics_names_are_those_of_a_protocol_of_one_region_of_one_image(tmp_path):
    path = table(
        tmp_path / "t.csv", ["ID", "original_glcm_Id", "original_shape_Sphericity"], [["a", 1, 2], ["b", 2, 3]]
    )
    found = read_import(path, patient="ID", protocol=load_protocol("ispy-radiomics"))
    assert found.names == ["MRI_CET1_Intra_glcm_Id", "MRI_Intra_shape_Sphericity"]


@pytest.mark.parametrize("name", ["handcrafted", "resnet34", "clinical", "x_alone", "a/b", "../x", ""])
def test_names_that_the_program_uses_itself_are_refused(tmp_path, name):
    path = radiomics(tmp_path, ["A"], "handcrafted.csv")
    with pytest.raises(InputError, match="--name"):
        read_import(path, name=name)


def test_an_earlier_import_is_replaced_and_anything_else_is_not(tmp_path):
    found = read_import(radiomics(tmp_path, ["A", "B"]))
    write_import(found, tmp_path / "out")
    write_import(read_import(radiomics(tmp_path, ["A"]), name="again"), tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").glob("*.parquet")} == {"features_again.parquet"}
    (tmp_path / "out" / "thesis.docx").write_text("mine")
    with pytest.raises(InputError, match="thesis"):
        write_import(found, tmp_path / "out")


def test_a_table_of_clinical_variables_alone_is_a_folder_without_features(tmp_path):
    found = read_import(clinical(tmp_path, ["A", "B"]))
    write_import(found, tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.parquet"))
    assert read_cases(tmp_path / "out" / "cases.csv")["Ki67"].to_list() == ["12.5", "12.5"]
