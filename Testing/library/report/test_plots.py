from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.calibration import binned_calibration
from NACResponseLib.report.plots import TrainingScores, neighbours, score_chart, waterfall
from NACResponseLib.scoring.result import Contribution


def test_the_histograms_hold_every_training_patient_on_the_right_side(score, reference):
    chart = score_chart(score, reference, 900)
    assert sum(bar.count for bar in chart.positive) == 120
    assert sum(bar.count for bar in chart.negative) == 280
    assert all(bar.y + bar.height == pytest.approx(chart.middle) for bar in chart.positive)
    assert all(bar.y == pytest.approx(chart.middle) for bar in chart.negative)
    heights = {bar.height / bar.count for bar in chart.positive + chart.negative}
    assert max(heights) == pytest.approx(min(heights))
    assert min(bar.y for bar in chart.positive) >= chart.top
    assert max(bar.y + bar.height for bar in chart.negative) <= chart.bottom


@pytest.mark.parametrize("width", [360, 920])
def test_score_interval_and_threshold_stand_at_their_values_on_the_axis(score, reference, width):
    chart = score_chart(score, reference, width)
    values = [float(tick.label.split()[0]) / 100 for tick in chart.ticks]
    places = [tick.at for tick in chart.ticks]
    drawn = [chart.low, chart.score, chart.threshold, chart.high]
    assert drawn == pytest.approx(np.interp([0.12, 0.179, 0.305, 0.26], values, places))
    assert max(places) <= width


def test_a_certain_score_fits_on_the_axis(score, reference):
    chart = score_chart(replace(score, probability=1.0, interval=(0.9, 1.0)), reference, 360)
    assert chart.score == pytest.approx(chart.right)


def test_bars_lead_from_the_baseline_to_the_probability(score):
    falls = waterfall(score)
    assert falls.steps[0].start == score.baseline
    assert falls.steps[-1].end == pytest.approx(score.probability)
    for before, after in zip(falls.steps[:-1], falls.steps[1:], strict=True):
        assert after.start == before.end
    assert [step.end - step.start for step in falls.steps] == pytest.approx([-0.081, -0.062, 0.012])
    values = [float(tick.label.split()[0]) / 100 for tick in falls.ticks]
    places = [tick.at for tick in falls.ticks]
    assert [step.meets for step in falls.steps] == pytest.approx(np.interp([0.229, 0.167, 0.179], values, places))
    assert (falls.baseline, falls.probability) == pytest.approx(tuple(np.interp([0.31, 0.179], values, places)))


def test_many_inputs_are_gathered_in_a_last_row_and_still_sum(score):
    many = tuple(Contribution(f"f{k}", f"Input {k}", "", 1.0, "1", 0.01 / (k + 1), 0.0) for k in range(30))
    total = sum(item.contribution for item in many)
    falls = waterfall(replace(score, contributions=many, probability=score.baseline + total))
    assert len(falls.steps) == 12
    assert falls.steps[-1].label == "19 other inputs"
    assert sum(step.contribution for step in falls.steps) == pytest.approx(total)


def test_contributions_that_do_not_sum_are_refused(score):
    with pytest.raises(InputError, match="sum to the probability"):
        waterfall(replace(score, probability=0.5))


def test_a_patient_without_contributions_has_an_axis(score):
    falls = waterfall(replace(score, contributions=(), probability=0.3, baseline=0.3))
    assert len(falls.ticks) >= 2
    assert falls.steps == ()


def test_calibration_groups_equal_those_of_scikit_learn(reference):
    points = binned_calibration(reference.outcomes, reference.probabilities)
    observed, predicted = calibration_curve(reference.outcomes, reference.probabilities, n_bins=8, strategy="quantile")
    assert [point.predicted for point in points] == pytest.approx(predicted)
    assert [point.observed for point in points] == pytest.approx(observed)
    assert all(point.low <= point.observed <= point.high for point in points)


def test_neighbours_are_those_whose_score_lies_within_the_interval(score):
    training = TrainingScores(np.array([0.05, 0.12, 0.2, 0.25, 0.27]), np.array([1, 1, 0, 1, 1]))
    assert neighbours(score, training) == (3, 2)


@pytest.mark.parametrize(
    ("probabilities", "outcomes"), [([], []), ([0.2, 0.3], [1]), ([0.2, 1.3], [0, 1]), ([0.2, 0.3], [0, 2])]
)
def test_unusable_training_scores_are_refused_when_they_are_made(probabilities, outcomes):
    with pytest.raises(InputError):
        TrainingScores(np.array(probabilities), np.array(outcomes))


@pytest.mark.parametrize(
    ("expected", "shown"),
    [
        ({"feature": "T_stage", "shown": "2", "value": 2.0}, "T2"),
        ({"feature": "T_stage", "shown": "not known", "value": None}, "not known"),
        (
            {"feature": "MRI", "shown": "-0.75", "value": -0.75, "inputs": ("a", "b")},
            "\N{MINUS SIGN}0.75, of 2 features",
        ),
    ],
)
def test_a_stage_is_reported_with_its_letter_and_a_negative_value_with_a_true_minus(score, expected, shown):
    first, *others = score.contributions
    steps = waterfall(replace(score, contributions=(replace(first, **expected), *others))).steps
    assert shown in [step.shown for step in steps]
