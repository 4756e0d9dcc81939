"""Pairs of models over partitions."""

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.partitioned import PARTITION_METRICS, HeldOut
from NACResponseLib.evaluation.verdict import compare_pairs


def held_out(outcome, probability):
    outcome, probability = np.array(outcome), np.array(probability, dtype=float)
    parts, size = outcome.shape
    patient = np.tile(np.arange(size), parts) + np.repeat(np.arange(parts) * size, size)
    flat = probability.ravel()
    called = (flat >= 0.5).astype(int)
    return HeldOut(np.repeat(np.arange(parts), size), patient, outcome.ravel(), flat, called, outcome.size)


OUTCOME = [[1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 0, 1]]
GOOD = [[0.9, 0.1, 0.8, 0.3], [0.7, 0.4, 0.2, 0.6], [0.2, 0.9, 0.1, 0.8]]
POOR = [[0.4, 0.6, 0.8, 0.3], [0.7, 0.4, 0.2, 0.6], [0.6, 0.4, 0.1, 0.8]]


def test_every_pair_is_compared_in_every_metric():
    sets = {"a": held_out(OUTCOME, GOOD), "b": held_out(OUTCOME, POOR), "c": held_out(OUTCOME, GOOD)}
    found = {(row.first, row.second, row.metric): row for row in compare_pairs(sets, 12, 4)}
    assert len(found) == 3 * len(PARTITION_METRICS)
    areas = np.array([[1, 0.75], [0.75, 0.75], [1, 0.75]])  # by hand: pairs won of four
    assert found["a", "b", "auc"].plain.difference == pytest.approx((areas[:, 0] - areas[:, 1]).mean())
    assert found["a", "c", "auc"].corrected.p == 1
    assert found["a", "b", "auc"].corrected.p > found["a", "b", "auc"].plain.p


def test_a_metric_that_a_test_part_does_not_have_is_left_out():
    lacking = [[0, 0, 0, 0], *OUTCOME[1:]]
    found = list(compare_pairs({"a": held_out(lacking, GOOD), "b": held_out(lacking, POOR)}, 12, 4))
    assert {row.metric for row in found} == {"specificity", "precision", "f1"}


def test_a_single_partition_cannot_be_tested():
    with pytest.raises(InputError, match="two or more partitions"):
        list(compare_pairs({"a": held_out(OUTCOME[:1], GOOD[:1]), "b": held_out(OUTCOME[:1], POOR[:1])}, 12, 4))
