"""Threshold metrics against scikit-learn, for either positive class."""

import numpy as np
import pytest
from sklearn import metrics as reference

from NACResponseLib.evaluation.metrics import confusion, threshold_metrics


@pytest.fixture
def called():
    random = np.random.default_rng(1)
    outcome = (random.random(120) < 0.25).astype(int)
    return outcome, (random.random(120) < 0.2 + 0.5 * outcome).astype(int)


@pytest.mark.parametrize("positive", [1, 0])
def test_metrics_equal_those_of_scikit_learn_for_either_positive_class(called, positive):
    outcome, predicted = called
    weights = np.random.default_rng(2).integers(0, 4, len(outcome)).astype(float)
    for weight in (None, weights):
        given = {"sample_weight": weight, "pos_label": positive}
        found = threshold_metrics(outcome, predicted, weight, positive=positive)
        assert {name: float(value) for name, value in found.items()} == pytest.approx(
            {
                "balanced_accuracy": reference.balanced_accuracy_score(outcome, predicted, sample_weight=weight),
                "sensitivity": reference.recall_score(outcome, predicted, **given),
                "specificity": reference.recall_score(outcome, predicted, sample_weight=weight, pos_label=1 - positive),
                "precision": reference.precision_score(outcome, predicted, **given),
                "f1": reference.f1_score(outcome, predicted, **given),
            }
        )


def test_counts_are_those_of_scikit_learns_matrix(called):
    counts = confusion(*called)
    (true_negative, false_positive), (false_negative, true_positive) = reference.confusion_matrix(*called)
    assert (counts.true_negative, counts.false_positive) == (true_negative, false_positive)
    assert (counts.false_negative, counts.true_positive) == (false_negative, true_positive)


def test_precision_of_no_call_is_zero_and_a_class_without_patients_has_no_sensitivity():
    assert threshold_metrics([1, 0, 0], [0, 0, 0])["precision"] == 0
    assert np.isnan(threshold_metrics([0, 0, 0], [1, 0, 0])["sensitivity"])
    assert threshold_metrics([0, 0, 0], [1, 0, 0])["specificity"] == pytest.approx(2 / 3)
