"""Calibration curves of simulated patients whose calibration is known."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from NACResponseLib.evaluation.calibration import binned_calibration, calibration_metrics, smooth_calibration


def simulated(patients, distortion):
    random = np.random.default_rng(1)
    log_odds = random.normal(-0.5, 1.2, patients)
    outcome = (random.random(patients) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return outcome, 1 / (1 + np.exp(-distortion(log_odds)))


def test_groups_are_those_of_scikit_learns_quantiles():
    outcome, probability = simulated(800, lambda value: value)
    observed, predicted = calibration_curve(outcome, probability, n_bins=8, strategy="quantile")
    found = binned_calibration(outcome, probability)
    assert [group.observed for group in found] == pytest.approx(list(observed), abs=0.011)
    assert [group.predicted for group in found] == pytest.approx(list(predicted), abs=0.003)
    assert all(group.low < group.observed < group.high for group in found)


def test_a_weight_is_a_share_of_a_patient():
    outcome, probability = simulated(400, lambda value: value)
    twice = binned_calibration(np.tile(outcome, 2), np.tile(probability, 2), np.full(800, 0.5))
    once = binned_calibration(outcome, probability)
    assert [group.observed for group in twice] == pytest.approx([group.observed for group in once])
    assert [group.patients for group in twice] == pytest.approx([group.patients for group in once])


def test_few_patients_make_few_groups():
    outcome, probability = simulated(45, lambda value: value)
    assert len(binned_calibration(outcome, probability)) == 2


@pytest.mark.parametrize(
    "distortion", [lambda value: value, lambda value: 2 * value, lambda value: value + 0.2 * value**2]
)
def test_the_smooth_curve_undoes_a_smooth_distortion(distortion):
    outcome, probability = simulated(60_000, distortion)
    grid, observed = smooth_calibration(outcome, probability)
    inner = slice(6, -6)
    for predicted, found in zip(grid[inner], observed[inner], strict=True):
        near = np.abs(probability - predicted) < 0.02
        assert found == pytest.approx(outcome[near].mean(), abs=0.045)


def test_many_draws_at_once_equal_one_after_the_other():
    outcome, probability = simulated(300, lambda value: value)
    draws = np.random.default_rng(2).integers(0, 3, (4, 300)).astype(float)
    _, together = smooth_calibration(outcome, probability, draws)
    for weights, curve in zip(draws, together, strict=True):
        assert curve == pytest.approx(smooth_calibration(outcome, probability, weights)[1], abs=1e-8)


def test_a_draw_that_separates_the_classes_has_no_slope_and_leaves_the_others_theirs():
    outcome = np.array([0, 0, 1, 0, 1, 1])
    probability = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7])
    draws = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 0, 1, 1, 1], [2, 1, 1, 1, 1, 2]], dtype=float)
    slopes = calibration_metrics(outcome, probability, draws)["calibration_slope"]
    assert np.isnan(slopes).tolist() == [False, True, False]
    assert slopes[0] == pytest.approx(calibration_metrics(outcome, probability)["calibration_slope"])
