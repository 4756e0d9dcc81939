"""Features that another contour changes are left out, judged by the training patients alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.replicates import Replicates
from NACResponseLib.features.table import FeatureTable, read_table, table_file, write_table
from NACResponseLib.model.columns import CLINICAL
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partition
from NACResponseLib.training.stability import Stability, read_stability


def measured_again(table, noise, count=4, seed=0):
    """Replicates of a table's image features; ``noise``: per feature, in standard deviations of the feature."""
    numbers = [number for number, column in enumerate(table.columns) if column.group != CLINICAL]
    values, random = table.values[:, numbers], np.random.default_rng(seed)
    spread = np.broadcast_to(noise, len(numbers)) * values.std(axis=0)
    repeated = values[:, None] + random.normal(size=(len(values), count, len(numbers))) * spread
    return Replicates(table.patients, tuple(table.names[number] for number in numbers), repeated)


def image_names(table):
    return [column.name for column in table.columns if column.group != CLINICAL]


def test_features_that_move_with_the_contour_are_dropped_and_clinical_values_kept(table):
    noise = np.where(np.arange(len(image_names(table))) % 2, 2.0, 0.05)
    kept = replace(table, stability=(Stability(measured_again(table, noise), 0.75),)).stable()
    assert image_names(kept) == image_names(table)[::2]
    assert [c.name for c in kept.columns if c.group == CLINICAL] == [
        c.name for c in table.columns if c.group == CLINICAL
    ]


def test_without_a_study_every_feature_is_kept(table):
    assert table.stable() is table


def test_only_the_patients_at_hand_decide(table):
    """In the first half of the patients one feature is stable, in the second it is noise."""
    study, half = measured_again(table, 0.05), len(table.patients) // 2
    values = study.values.copy()
    values[half:, :, 0] = np.random.default_rng(1).normal(size=values[half:, :, 0].shape)
    whole = replace(table, stability=(Stability(replace(study, values=values), 0.9),))
    first, second = (whole.part(rows).stable() for rows in (np.arange(half), np.arange(half, len(table.patients))))
    assert table.names[0] in first.names and table.names[0] not in second.names


def test_a_partition_never_selects_an_unstable_feature_even_where_it_is_a_cause(made, recipe):
    table = made.table
    names = np.array(image_names(table))
    noise = np.where(np.isin(names, made.causes[:2]), 3.0, 0.05)
    rows = np.arange(len(table.patients))
    plain = run_partition(table, "resnet10", 0, (rows[:90], rows[90:]), strategy_of(recipe))
    studied = replace(table, stability=(Stability(measured_again(table, noise), 0.75),))
    found = run_partition(studied, "resnet10", 0, (rows[:90], rows[90:]), strategy_of(recipe))
    assert set(plain.selected) & set(made.causes[:2])
    assert not set(found.selected) & set(made.causes[:2])


def test_too_few_patients_or_no_stable_feature_are_refused(table):
    study = measured_again(table, 0.05)
    few = study.of_patients(table.patients[:5])
    with pytest.raises(InputError, match="at least 10 patients"):
        replace(table, stability=(Stability(few, 0.75),)).stable()
    with pytest.raises(InputError, match="none of"):
        replace(table, stability=(Stability(measured_again(table, 5.0), 0.75),)).stable()


@pytest.fixture
def study(table, tmp_path):
    """Files as ``nacresponse stability`` writes them."""
    measured = measured_again(table, 0.05)
    for number in range(measured.values.shape[1]):
        folder = tmp_path / f"replicate_{number + 1:02d}"
        folder.mkdir()
        index = pd.Index(measured.patients, name="patient_id")
        frame = pd.DataFrame(measured.values[:, number], index=index, columns=list(measured.features))
        write_table(FeatureTable("resnet10", frame, {"feature_set": "resnet10"}), table_file(folder, "resnet10"))
    return tmp_path


def test_a_study_is_read_with_the_hashes_of_its_files(study, table):
    found, hashes = read_stability(study, {"resnet10": image_names(table)}, table.patients, 0.75)
    assert found["resnet10"].replicates.patients == table.patients and len(hashes) == 4
    first = read_table(table_file(study / "replicate_01", "resnet10")).values
    assert found["resnet10"].replicates.values[:, 0] == pytest.approx(first.to_numpy())


@pytest.mark.parametrize(
    ("names", "patients", "least", "message"),
    [
        (["MRI_CET1_Intra_9999"], None, 0.75, "MRI_CET1_Intra_9999 not in"),
        ([], ["somebody"], 0.75, "of the cohort's patients"),
        ([], None, 1.5, "between 0 and 1"),
    ],
)
def test_a_study_of_something_else_is_refused(study, table, names, patients, least, message):
    with pytest.raises(InputError, match=message):
        read_stability(study, {"resnet10": names}, patients or table.patients, least)
