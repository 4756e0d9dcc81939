"""Names of patients that a spreadsheet took for numbers are refused wherever tables are joined by them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from NACResponseLib.cohort.imported import read_import
from NACResponseLib.cohort.imported_folder import write_import
from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.partitions import random_splits
from NACResponseLib.features.review import read_review, without_rejected
from NACResponseLib.features.table import FeatureTable, read_table, write_table
from NACResponseLib.patient_names import check_names, no_such_patient, same_number, several_times
from NACResponseLib.results.merged import export_table
from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.partition_file import COLUMNS, partition_rows, read_partitions
from NACResponseLib.training.stability import read_stability
from NACResponseLib.training.trees.recipe import load_trees_recipe

from .training.synthetic import make, write_folder

SHORTENED = ["7", "07", "7.0", "7,0"]
NAMES = [f"{number:03d}" for number in range(40)]
CASES = pd.DataFrame({"age": "50"}, index=pd.Index(NAMES, name="patient_id"))


def shortened(names, name):
    return [name if each == "007" else each for each in names]


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    made = make(patients=40, deep=30, seed=6)
    table = replace(made.table, patients=tuple(NAMES))
    return write_folder(tmp_path_factory.mktemp("made") / "features", replace(made, table=table))


def with_name(features, folder, name):
    """The folder after a spreadsheet has saved its ``cases.csv``."""
    folder.mkdir()
    cases = pd.read_csv(features / "cases.csv", dtype=str, keep_default_na=False)
    cases.assign(patient_id=shortened(cases.patient_id, name)).to_csv(folder / "cases.csv", index=False)
    table = read_table(features / "features_resnet10.parquet")
    write_table(table, folder / "features_resnet10.parquet")
    return folder


def review(features, folder, name):
    folder.mkdir()
    (folder / "review.csv").write_text(f"patient_id;decision;reason\n{name};rejected;motion\n", encoding="utf-8")
    return folder / "review.csv"


def trained(features, folder, name):
    return read_cohort(with_name(features, folder, name), "pcr", load_trees_recipe()).patients


def exported(features, folder, name):
    export_table(with_name(features, folder, name), folder / "all.csv")
    return pd.read_csv(folder / "all.csv", dtype=str)["patient_id"].tolist()


def left_out(features, folder, name):
    kept, _ = without_rejected(CASES, review(features, folder, name))
    return set(NAMES) - set(kept.index)


def reviewed(features, folder, name):
    read_review(review(features, folder, name), NAMES)


def partitioned(features, folder, name):
    outcome = np.arange(40) % 3 == 0
    rows = partition_rows(random_splits(outcome, 2, 0.25, 1), shortened(NAMES, name))
    folder.mkdir()
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(folder / "partitions.csv", index=False)
    return [NAMES[row] for rows in read_partitions(folder / "partitions.csv", NAMES, outcome)[0] for row in rows]


def studied(features, folder, name):
    frame = read_table(features / "features_resnet10.parquet").values
    frame.index = pd.Index(shortened(frame.index, name), name="patient_id")
    for number in (1, 2):
        place = folder / f"replicate_0{number}"
        place.mkdir(parents=True)
        write_table(FeatureTable("resnet10", frame, {"feature_set": "resnet10"}), place / "features_resnet10.parquet")
    found, _ = read_stability(folder, {"resnet10": list(frame)}, NAMES, 0.75)
    return found["resnet10"].replicates.patients


def imported(features, folder, name):
    folder.mkdir()
    (folder / "r.csv").write_text("ID,contrast\n007,1.5\n008,2.5\n", encoding="utf-8")
    (folder / "c.csv").write_text(f"ID;age;pcr\n{name};50;1\n008;60;0\n", encoding="utf-8")
    write_import(read_import(folder / "r.csv", cases=folder / "c.csv"), folder / "features")
    cases = pd.read_csv(folder / "features" / "cases.csv", dtype={"patient_id": str})
    return cases[cases["age"] == 50]["patient_id"].tolist()


@pytest.mark.parametrize("name", SHORTENED)
@pytest.mark.parametrize(
    "join", [left_out, reviewed, trained, exported, partitioned, studied, imported], ids=lambda join: join.__name__
)
def test_a_shortened_name_is_refused_with_the_full_one_where_tables_are_joined(join, name, features, tmp_path):
    with pytest.raises(InputError) as error:
        join(features, tmp_path / "joined", name)
    line = str(error.value)
    assert name in line and "write '007'" in line and "\n" not in line


@pytest.mark.parametrize("join", [left_out, trained, exported, partitioned, studied, imported])
def test_the_full_name_is_joined(join, features, tmp_path):
    assert "007" in join(features, tmp_path / "joined", "007")


@pytest.mark.parametrize(
    ("full", "other"),
    [
        ("000", "0"),
        ("123456789012", "1.23457E+11"),
        ("100000000000", "1E+11"),
        ("123456789012", "1,23457e+11"),
        ("123456500000", "1.23457E+11"),
        ("999999999999", "1E+12"),
        ("00100000", "1e+05"),
    ],
)
def test_names_for_one_number_are_found_both_ways(full, other):
    for one, another in ((full, other), (other, full)):
        assert same_number(one, ["P1", "", "5", another]) == another
        with pytest.raises(InputError, match=f"write '{full}'"):
            check_names([one], "a.csv", [another], "b.csv")


OTHERS = "7|8 7|70 7.5|7 P7|P07 ²|2 |0 1.2.0|1.2 1e5|100000 1E+11|12 1.5E+0|1 1E+999|1 ROME+1|1"


@pytest.mark.parametrize(("name", "other"), [pair.split("|") for pair in OTHERS.split()])
def test_other_names_may_be_in_one_table_alone(name, other):
    assert same_number(name, [other]) is None and several_times([name, other]) == []
    check_names([name, "9"], "a.csv", [other, "9"], "b.csv")
    assert "correct the name" in str(no_such_patient(name, [other], "a.csv"))


def test_two_patients_whose_numbers_differ_by_zeros_alone_are_joined_by_their_whole_names():
    check_names(["7", "007"], "review.csv", ["007", "7"], "cases.csv")
    check_names(["7", "007"], "review.csv", ["007"], "cases.csv")
    check_names(["007"], "review.csv", ["7", "007"], "cases.csv")
    with pytest.raises(InputError, match=r"7\.0 and 7:"):
        check_names(["007", "7.0"], "review.csv", ["007", "7"], "cases.csv")
    assert several_times(["7", "007", "7.0", "8", "8"]) == ["007", "7", "7.0", "8"]
