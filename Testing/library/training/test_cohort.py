"""Reading a cohort: tables are joined by patient, and what cannot be used is refused by name."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.features.names import handcrafted_names
from NACResponseLib.features.table import FeatureTable, read_table, write_table
from NACResponseLib.protocol import load_protocol
from NACResponseLib.training.cohort import read_cohort

from .synthetic import make, write_folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "features", make(patients=40, deep=30, seed=6))


def change_cases(folder, change):
    path = folder / "cases.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame).to_csv(path, index=False)


def change_table(folder, change):
    path = folder / "features_resnet10.parquet"
    table = read_table(path)
    write_table(FeatureTable(table.name, change(table.values.copy()), table.metadata), path)


def refused(folder, recipe, endpoint="pcr"):
    with pytest.raises(InputError) as error:
        read_cohort(folder, endpoint, recipe)
    return str(error.value)


@pytest.mark.parametrize("lacking", ["depth", "weights_sha256"])
def test_features_of_a_network_that_is_not_named_are_refused_before_anything_is_learned(folder, recipe, lacking):
    path = folder / "features_resnet10.parquet"
    table = read_table(path)
    metadata = {key: value for key, value in table.metadata.items() if key != lacking}
    write_table(FeatureTable(table.name, table.values, metadata), path)
    assert f"{lacking} of the network" in refused(folder, recipe)


@pytest.mark.parametrize("depth", ["deep", 17, 10.5, [10], True])
def test_a_depth_that_no_network_has_is_refused_in_a_line(folder, recipe, depth):
    path = folder / "features_resnet10.parquet"
    table = read_table(path)
    write_table(FeatureTable(table.name, table.values, {**table.metadata, "depth": depth}), path)
    assert "MedicalNet depth" in refused(folder, recipe)


def test_columns_that_no_patient_could_be_scored_with_are_refused_before_anything_is_learned(folder, recipe):
    change_table(folder, lambda values: values.rename(columns={"CT_Peri_0004": "CT_Peri_0512"}))
    assert "'CT_Peri_0512'" in refused(folder, recipe)
    named = handcrafted_names(load_protocol("jang2025"))
    change_table(folder, lambda values: values.set_axis(named[: values.shape[1]], axis=1))
    assert read_cohort(folder, "pcr", recipe).tables["resnet10"].names[:2] == named[:2]


def test_tables_are_joined_by_patient_not_by_row(folder, recipe):
    before = read_cohort(folder, "pcr", recipe)
    change_table(folder, lambda values: values.iloc[::-1])
    after = read_cohort(folder, "pcr", recipe)
    np.testing.assert_array_equal(before.tables["resnet10"].values, after.tables["resnet10"].values)
    assert before.hashes != after.hashes


def test_the_seven_clinical_variables_are_joined_and_comparators_stand_beside(folder, recipe):
    cohort = read_cohort(folder, "pcr", recipe)
    assert cohort.tables["resnet10"].names[-7:] == recipe.clinical
    assert cohort.tables["clinical"].names == recipe.clinical
    assert cohort.tables["volume_receptors"].names == ("tumor_volume_mm3", "ER", "PR", "HER2")
    assert cohort.comparators == ("clinical", "volume_receptors")
    assert [table.selected for table in cohort.tables.values()] == [False, True, True]


def test_cases_alone_train_the_comparators(folder, recipe):
    (folder / "features_resnet10.parquet").unlink()
    assert list(read_cohort(folder, "pcr", recipe).tables) == ["clinical", "volume_receptors"]


def test_hormone_receptor_stands_for_estrogen_and_progesterone_where_only_it_is_known(folder, recipe):
    change_cases(folder, lambda cases: cases.assign(HR=cases["ER"]).drop(columns=["ER", "PR", "grade"]))
    cohort = read_cohort(folder, "pcr", recipe)
    assert cohort.tables["volume_receptors"].names == ("tumor_volume_mm3", "HR", "HER2")
    assert any(re.search(r"\(grade\) .*no patient", warning) for warning in cohort.warnings)


def test_a_comparator_without_its_variables_is_left_out_and_reported(folder, recipe):
    change_cases(folder, lambda cases: cases.drop(columns="tumor_volume_mm3"))
    cohort = read_cohort(folder, "pcr", recipe)
    assert cohort.comparators == ("clinical",)
    assert any("volume_receptors is left out" in warning for warning in cohort.warnings)


def test_a_modality_without_scanner_column_is_reported(folder, recipe):
    change_cases(folder, lambda cases: cases.drop(columns="scanner_CT"))
    cohort = read_cohort(folder, "pcr", recipe)
    assert list(cohort.tables["resnet10"].scanners) == ["MRI"]
    assert any("scanner_CT" in warning for warning in cohort.warnings)


def test_features_of_a_missing_image_stay_missing_and_need_no_scanner(folder, recipe):
    def without_ct(values):
        values.loc["P004", [name for name in values if name.startswith("CT")]] = np.nan
        return values

    change_table(folder, without_ct)
    change_cases(
        folder, lambda cases: cases.assign(scanner_CT=cases["scanner_CT"].where(cases.patient_id != "P004", ""))
    )
    cohort = read_cohort(folder, "pcr", recipe)
    assert np.isnan(cohort.tables["resnet10"].values[4]).sum() == 10
    warnings = [warning for warning in cohort.warnings if "medians stand" in warning]
    assert len(warnings) == 1 and "1 of 40 patients" in warnings[0] and warnings[0].endswith("P004.")


def test_patients_that_do_not_match_are_listed(folder, recipe):
    change_cases(folder, lambda cases: cases[~cases.patient_id.isin(["P003", "P007"])])
    text = refused(folder, recipe)
    assert "P003, P007 only in features_resnet10.parquet" in text
    change_table(folder, lambda values: values.drop(index=["P003", "P007", "P011"]))
    assert "P011 only in cases.csv" in refused(folder, recipe)


def test_patients_without_an_outcome_are_left_out_and_set_beside_the_others(folder, recipe):
    before = read_cohort(folder, "pcr", recipe)
    change_cases(folder, lambda cases: cases.assign(pcr=cases["pcr"].where(cases.index >= 3, "")))
    cohort = read_cohort(folder, "pcr", recipe)
    assert cohort.patients == before.patients[3:]
    for name, table in cohort.tables.items():
        np.testing.assert_array_equal(table.values, before.tables[name].values[3:])
    cases = pd.read_csv(folder / "cases.csv")
    (warning,) = [warning for warning in cohort.warnings if "lack the outcome" in warning]
    assert warning.startswith("3 of 40 patients") and "P000, P001, P002" in warning
    assert f"median {cases.age[:3].median():g} against {cases.age[3:].median():g} years" in warning
    assert f"HER2 positive, {cases.HER2[:3].sum():.0f} of 3 against {cases.HER2[3:].sum():.0f} of 37" in warning
    volumes = [f"{cases.tumor_volume_mm3[part].median() / 1000:.3g}" for part in (slice(3), slice(3, None))]
    assert f"median {volumes[0]} against {volumes[1]} cm³" in warning


def set_cases(column, row, value):
    def change(cases):
        cases[column] = cases[column].astype(str)
        cases.loc[row, column] = value
        return cases

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (set_cases("patient_id", 1, "P000"), "P000 more than once"),
        (set_cases("patient_id", 1, ""), "empty"),
        (set_cases("age", 2, "old"), "P002"),
        (set_cases("HER2", 2, "2+"), "P002"),
        (lambda cases: cases.assign(pcr=""), "40 not known"),
        (lambda cases: cases.assign(pcr="0"), "40 with residual disease"),
        (set_cases("scanner_MRI", 5, ""), "P005"),
        (set_cases("scanner_CT", 5, "Rare"), "Rare (patient P005)"),
        (lambda cases: cases.drop(columns="patient_id"), "patient_id"),
    ],
)
def test_unusable_cases_are_refused_by_name(folder, recipe, change, expected):
    change_cases(folder, change)
    assert expected in refused(folder, recipe)


def test_a_column_without_any_value_is_named(folder, recipe):
    change_table(folder, lambda values: values.assign(MRI_T2_Intra_0001=np.nan))
    assert "MRI_T2_Intra_0001" in refused(folder, recipe)


def test_a_column_of_no_image_is_named(folder, recipe):
    change_table(folder, lambda values: values.assign(PET_Intra_0001=1.0 + np.arange(40)))
    assert "PET_Intra_0001" in refused(folder, recipe)


def test_one_patient_under_two_names_is_refused(folder, recipe):
    def copied(values):
        values.loc["P009"] = values.loc["P002"]
        return values

    change_table(folder, copied)
    assert "P002, P009" in refused(folder, recipe)


def test_a_feature_set_that_does_not_exist_is_refused_with_those_that_do(folder, recipe):
    with pytest.raises(InputError, match="resnet10"):
        read_cohort(folder, "pcr", recipe, ["resnet18"])


def test_no_harmonization_needs_no_scanners(folder, recipe):
    change_cases(folder, set_cases("scanner_CT", 5, "Rare"))
    without = replace(recipe, harmonization=replace(recipe.harmonization, combat=False))
    assert read_cohort(folder, "pcr", without).tables["resnet10"].scanners == {}


def test_patients_whom_a_reader_rejected_are_left_out_and_named(folder, recipe, tmp_path):
    from NACResponseLib.features.review import decide

    before = read_cohort(folder, "pcr", recipe)
    gone, kept = before.patients[3], before.patients[4]
    decide(folder / "review.csv", gone, "rejected", "motion", "AB")
    decide(folder / "review.csv", kept, "accepted")
    after = read_cohort(folder, "pcr", recipe)
    assert set(before.patients) - set(after.patients) == {gone}
    rows = [row for row, name in enumerate(before.patients) if name != gone]
    np.testing.assert_array_equal(after.tables["resnet10"].values, before.tables["resnet10"].values[rows])
    assert f"1 of 40 patients were rejected by a reader and left out: {gone} (motion)." in after.warnings
    assert "review.csv" in after.hashes and before.hashes.items() <= after.hashes.items()
    (folder / "review.csv").rename(tmp_path / "elsewhere.csv")
    assert read_cohort(folder, "pcr", recipe).patients == before.patients
    elsewhere = read_cohort(folder, "pcr", recipe, review=tmp_path / "elsewhere.csv")
    assert elsewhere.patients == after.patients
    assert elsewhere.hashes == after.hashes  # whatever the file is called, which may be a person's name
