"""External validation against scikit-learn and simulated patients of known calibration."""

import numpy as np
import pytest
from sklearn import metrics as reference

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.external import external_metrics


@pytest.fixture
def patients():
    random = np.random.default_rng(1)
    log_odds = random.normal(-0.8, 1.3, 3000)
    outcome = (random.random(3000) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return outcome, 1 / (1 + np.exp(-(2 * log_odds + 0.5)))  # twice too extreme


def test_metrics_equal_those_of_scikit_learn_and_their_intervals_hold_them(patients):
    outcome, probability = patients
    found = {row.metric: row for row in external_metrics(outcome, probability, 0.35, draws=200)}
    called = probability >= 0.35
    assert found["auc"].value == pytest.approx(reference.roc_auc_score(outcome, probability))
    assert found["brier"].value == pytest.approx(reference.brier_score_loss(outcome, probability))
    assert found["precision"].value == pytest.approx(reference.precision_score(outcome, called))
    assert all(row.ci_low < row.value < row.ci_high for row in found.values())


def test_probabilities_twice_too_extreme_have_slope_one_half(patients):
    slope = next(row for row in external_metrics(*patients, 0.5, draws=200) if row.metric == "calibration_slope")
    assert slope.value == pytest.approx(0.5, abs=0.04)
    assert slope.ci_low < 0.5 < slope.ci_high


def test_a_dozen_patients_have_wide_but_finite_intervals():
    outcome = np.array([1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0])
    probability = np.array([0.6, 0.2, 0.3, 0.2, 0.5, 0.1, 0.7, 0.2, 0.4, 0.3, 0.4, 0.1])
    found = {row.metric: row for row in external_metrics(outcome, probability, 0.4, draws=500)}
    assert found["auc"].ci_high - found["auc"].ci_low > 0.2
    assert all(np.isfinite([row.value, row.ci_low, row.ci_high]).all() for row in found.values())


@pytest.mark.parametrize(
    ("outcome", "probability"), [([1, 1], [0.2, 0.3]), ([1, 0], [0.2]), ([1, 0], [0.2, 1.3]), ([1, 0], [0.2, np.nan])]
)
def test_unusable_patients_are_refused(outcome, probability):
    with pytest.raises(InputError):
        external_metrics(outcome, probability, 0.5)


def test_observed_over_expected_by_hand():
    # 3 of 5 with the outcome, probabilities that sum to 2.
    found = {row.metric: row for row in external_metrics([1, 1, 1, 0, 0], [0.6, 0.5, 0.4, 0.3, 0.2], 0.5, draws=200)}
    assert found["observed_expected"].value == pytest.approx(1.5)


def test_outcomes_half_as_frequent_as_predicted_have_a_ratio_of_one_half():
    random = np.random.default_rng(2)
    probability = random.uniform(0.2, 0.8, 4000)
    outcome = (random.random(4000) < probability / 2).astype(int)
    ratio = next(r for r in external_metrics(outcome, probability, 0.5, draws=300) if r.metric == "observed_expected")
    assert ratio.ci_low < 0.5 < ratio.ci_high and ratio.ci_high - ratio.ci_low < 0.1
