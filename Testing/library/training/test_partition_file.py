"""Partitions: stratified, kept on file, and never with a patient in both parts."""

import numpy as np
import pandas as pd
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.partitions import random_splits
from NACResponseLib.training.partition_file import COLUMNS, partition_rows, read_partitions

PATIENTS = [f"P{number}" for number in range(50)]
OUTCOME = (np.arange(50) % 5 == 0).astype(int)


def written(tmp_path, change=lambda frame: frame):
    frame = pd.DataFrame(partition_rows(random_splits(OUTCOME, 3, 0.2, 1), PATIENTS), columns=list(COLUMNS))
    path = tmp_path / "partitions.csv"
    change(frame).to_csv(path, index=False)
    return path


def test_splits_are_stratified_and_hold_every_patient_once():
    for train, test in random_splits(OUTCOME, 10, 0.2, 4):
        assert sorted([*train, *test]) == list(range(50))
        assert (len(test), OUTCOME[test].sum()) == (10, 2)
    assert len({tuple(test) for _, test in random_splits(OUTCOME, 10, 0.2, 4)}) == 10


def test_partitions_come_back_from_the_file_in_another_order_of_patients(tmp_path):
    path = written(tmp_path)
    back = read_partitions(path, PATIENTS, OUTCOME)
    for (train, test), (train_back, test_back) in zip(random_splits(OUTCOME, 3, 0.2, 1), back, strict=True):
        assert train.tolist() == train_back.tolist() and test.tolist() == test_back.tolist()
    reversed_back = read_partitions(path, PATIENTS[::-1], OUTCOME[::-1])
    assert {49 - row for row in reversed_back[0][1]} == set(back[0][1].tolist())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda f: pd.concat([f, pd.DataFrame([(0, f.patient_id[0], "test")], columns=f.columns)]), "more than once"),
        (lambda f: f.replace("P7", "Q7"), "Q7 only in the partitions"),
        (lambda f: f[f.patient_id != "P7"], "P7 only in the cohort"),
        (lambda f: f.assign(part="train"), "test part"),
        (lambda f: f.replace("test", "validation"), "train or test"),
        (lambda f: f.assign(partition="first"), "numbered"),
        (lambda f: f.drop(columns="part"), "others in partitions.csv"),
        (lambda f: f.iloc[:0], "others in partitions.csv"),
    ],
)
def test_unusable_partitions_are_refused(tmp_path, change, expected):
    with pytest.raises(InputError) as error:
        read_partitions(written(tmp_path, change), PATIENTS, OUTCOME)
    assert expected in str(error.value)


def test_a_patient_in_both_parts_is_named(tmp_path):
    def doubled(frame):
        return pd.concat([frame, pd.DataFrame([(1, "P3", "train"), (1, "P3", "test")], columns=frame.columns)])

    with pytest.raises(InputError, match=r"partition 1 .*P3"):
        read_partitions(written(tmp_path, doubled), PATIENTS, OUTCOME)
