"""A run's folder is read as it was written, and refused where its files contradict each other."""

import csv
import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.partitioned import partition_metrics
from NACResponseLib.evaluation.verdict import label_of
from NACResponseLib.training.saved_run import read_run

from ..report.simulated_run import SETS, simulate_run


@pytest.fixture
def folder(tmp_path):
    return simulate_run(tmp_path / "run", patients=90, partitions=4)


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def change(path, edit):
    rows = rows_of(path)
    edit(rows)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)


def test_a_run_is_read_as_it_was_written(folder):
    run = read_run(folder)
    assert tuple(run.held_out) == SETS
    assert run.final == "resnet34"
    assert [len(train | test) for train, test in run.parts] == [90] * 4
    assert set(run.out_of_fold) == {"smotenc", "none"}
    rows = [row for row in rows_of(folder / "predictions.csv")[1:] if row[:2] == ["handcrafted", "2"]]
    expected = roc_auc_score([int(row[3]) for row in rows], [float(row[4]) for row in rows])
    assert partition_metrics(run.held_out["handcrafted"])["auc"][2] == pytest.approx(expected)
    first = next(row for row in run.selected["resnet34"] if row.feature == "HER2")
    assert (first.times, first.partitions) == (4, 4)


def test_probabilities_before_recalibration_are_preferred(folder):
    def add(rows):
        for number, row in enumerate(rows):
            row.append("uncalibrated" if number == 0 else "0.25")

    change(folder / "out_of_fold.csv", add)
    assert np.unique(read_run(folder).out_of_fold["none"][1]) == pytest.approx([0.25])


@pytest.mark.parametrize(
    "name",
    [
        "run.json",
        "metrics.csv",
        "predictions.csv",
        "partitions.csv",
        "selected_features.csv",
        "out_of_fold.csv",
        "selected_values.csv",
    ],
)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match=name):
        read_run(folder)


def test_metrics_that_do_not_follow_from_the_predictions_are_refused(folder):
    change(folder / "metrics.csv", lambda rows: rows[3].__setitem__(2, "0.999"))
    with pytest.raises(InputError, match=r"predictions\.csv .*auc of handcrafted"):
        read_run(folder)


def test_a_patient_in_both_parts_is_refused(folder):
    def repeat(rows):
        tested = next(row for row in rows[1:] if row[2] == "test")
        rows.append([tested[0], tested[1], "train"])

    change(folder / "partitions.csv", repeat)
    with pytest.raises(InputError, match="both parts of partition 0"):
        read_run(folder)


def test_a_patient_predicted_twice_in_a_partition_is_refused(folder):
    change(folder / "predictions.csv", lambda rows: rows.append(rows[1]))
    with pytest.raises(InputError, match="each patient once"):
        read_run(folder)


def test_a_patient_of_two_outcomes_is_refused(folder):
    change(folder / "predictions.csv", lambda rows: rows[1].__setitem__(3, str(1 - int(rows[1][3]))))
    with pytest.raises(InputError, match="one outcome a patient"):
        read_run(folder)


@pytest.mark.parametrize(("column", "value"), [(4, "1.2"), (4, "many"), (5, "2"), (4, "nan")])
def test_predictions_that_are_none_are_refused(folder, column, value):
    change(folder / "predictions.csv", lambda rows: rows[1].__setitem__(column, value))
    with pytest.raises(InputError, match=r"probabilit|predicted"):
        read_run(folder)


def test_a_run_that_does_not_name_its_positive_class_is_refused(folder):
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    del about["positive_class"]
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(InputError, match="positive_class"):
        read_run(folder)


def test_feature_sets_have_names_for_readers():
    assert label_of("resnet34") == "ResNet34 + clinical"
    assert label_of("clinical@north") == "Clinical only (north)"
    assert label_of("mine") == "mine"
