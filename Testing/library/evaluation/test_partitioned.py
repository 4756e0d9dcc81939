"""Averages over partitions against scikit-learn, and their intervals by simulation."""

import numpy as np
import pytest
from sklearn import metrics as reference

from NACResponseLib.evaluation.metrics import brier
from NACResponseLib.evaluation.partitioned import (
    HeldOut,
    average_metrics,
    mean_roc,
    partition_metrics,
    pooled_calibration,
    roc_curve,
)


def held_out(seed=0, patients=150, partitions=10, size=30):
    random = np.random.default_rng(seed)
    outcome = (random.random(patients) < 0.3).astype(int)
    score = 1 / (1 + np.exp(-random.normal(2 * outcome - 1.2, 1)))
    parts = [random.permutation(patients)[:size] for _ in range(partitions)]
    tested = np.unique(np.concatenate(parts))
    rows = np.concatenate(parts)
    probability = np.clip(score[rows] + random.normal(0, 0.03, rows.size), 0.001, 0.999)
    return HeldOut(
        partition=np.repeat(np.arange(partitions), size),
        patient=np.searchsorted(tested, rows),
        outcome=outcome[rows],
        probability=probability,
        predicted=(probability >= 0.4).astype(int),
        patients=tested.size,
    )


@pytest.mark.parametrize("positive", [1, 0])
def test_each_partition_is_measured_alone_and_averaged_as_scikit_learn_would(positive):
    held = held_out()
    found = partition_metrics(held, positive=positive)
    averages = average_metrics(held, positive=positive, draws=50)
    areas, f1 = [], []
    for number in range(held.partitions):
        rows = held.partition == number
        areas.append(reference.roc_auc_score(held.outcome[rows], held.probability[rows]))
        f1.append(reference.f1_score(held.outcome[rows], held.predicted[rows], pos_label=positive))
    assert found["auc"] == pytest.approx(areas)
    assert found["f1"] == pytest.approx(f1)
    assert (averages["auc"].mean, averages["auc"].deviation) == pytest.approx((np.mean(areas), np.std(areas, ddof=1)))


def test_the_interval_of_the_average_holds_the_truth_as_often_as_it_says():
    """Sensitivity of a fixed rule on fresh cohorts of 120 patients, tested in six overlapping parts."""
    random = np.random.default_rng(5)
    held_truth = 0
    for number in range(150):
        outcome = np.repeat([1, 0], 60)
        predicted = (random.random(120) < np.where(outcome == 1, 0.7, 0.2)).astype(int)
        rows = np.concatenate([random.permutation(120)[:40] for _ in range(6)])
        tested, patient = np.unique(rows, return_inverse=True)
        held = HeldOut(
            np.repeat(np.arange(6), 40), patient, outcome[rows], predicted[rows] * 0.5, predicted[rows], tested.size
        )
        average = average_metrics(held, draws=200, seed=number)["sensitivity"]
        held_truth += average.low <= 0.7 <= average.high
    assert 0.88 <= held_truth / 150 <= 0.99


def test_a_part_that_a_draw_empties_of_a_class_does_not_spoil_the_interval():
    held = held_out(seed=4, size=6, patients=30)
    average = average_metrics(held, draws=200)["auc"]
    assert 0 <= average.low < average.high <= 1


def test_pooled_calibration_counts_each_patient_once():
    held = held_out()
    expected = np.mean(
        [
            np.mean((held.probability[held.patient == number] - held.outcome[held.patient == number]) ** 2)
            for number in range(held.patients)
        ]
    )
    found = pooled_calibration(held, draws=50)
    assert found["brier"].mean == pytest.approx(expected)
    assert found["brier"].low < expected < found["brier"].high
    assert brier(held.outcome, held.probability) != pytest.approx(expected, abs=1e-9)


def test_a_roc_curve_equals_that_of_scikit_learn():
    random = np.random.default_rng(7)
    outcome, score = (random.random(80) < 0.4).astype(int), random.integers(0, 12, 80) / 12
    false, true, _ = reference.roc_curve(outcome, score, drop_intermediate=False)
    assert roc_curve(outcome, score) == pytest.approx(np.stack([false, true], axis=1))


def test_the_mean_roc_of_equal_partitions_is_the_curve_itself():
    outcome, score = np.array([1, 0, 1, 0, 0]), np.array([0.9, 0.8, 0.7, 0.3, 0.1])
    rows = np.tile(np.arange(5), 3)
    held = HeldOut(np.repeat(np.arange(3), 5), rows, outcome[rows], score[rows], (score[rows] > 0.5).astype(int), 5)
    curves, mean = mean_roc(held, np.array([0, 0.2, 0.5, 1.0]))
    assert len(curves) == 3
    assert mean == pytest.approx([0, 0.5, 1, 1])


def test_constant_predictions_have_no_interval_of_the_auc():
    patient = np.tile(np.arange(12), 3)
    constant = np.full(36, 0.4)
    held = HeldOut(np.repeat(np.arange(3), 12), patient, patient % 2, constant, np.zeros(36, int), 12)
    found = average_metrics(held, draws=50)["auc"]
    assert found.mean == 0.5 and np.isnan([found.low, found.high]).all()
