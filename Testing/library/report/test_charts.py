"""Charts as geometry against the numbers they show."""

import re

import numpy as np
import pytest
from matplotlib.cbook import boxplot_stats

from NACResponseLib.evaluation.partitioned import Average
from NACResponseLib.report.charts.groups import box_chart
from NACResponseLib.report.charts.performance import metric_chart, roc_chart
from NACResponseLib.report.charts.plane import Chart, round_step, share_axis, value_axis


def points(path):
    return np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.d), dtype=float)


def values_of(chart, style):
    """Heights of the paths of a style, back in the axis' unit."""
    paths = [mark for mark in chart.marks if getattr(mark, "d", None) and mark.style == style]
    scale = (chart.y.high - chart.y.low) / (chart.bottom - chart.top)
    return [chart.y.low + (chart.bottom - points(path)[:, 1]) * scale for path in paths]


def test_values_are_placed_in_proportion_and_upwards():
    chart = Chart("a", "t", "d", share_axis("x"), share_axis("y"))
    assert chart.at_x(0.5) == pytest.approx((chart.left + chart.right) / 2)
    assert chart.at_y(0.25) == pytest.approx(chart.bottom - 0.25 * (chart.bottom - chart.top))
    assert [label for _, label in chart.x.ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]


@pytest.mark.parametrize("values", [[0, 1], [-3e4, 7e5], [0.0012, 0.0019], [5, 5], [-2, -1.5], [1e6, 1e6 + 1]])
def test_an_axis_holds_its_values_and_has_round_ticks_inside(values):
    axis = value_axis(values, "")
    assert axis.low < min(values) <= max(values) < axis.high
    assert 2 <= len(axis.ticks) <= 8
    assert all(axis.low <= at <= axis.high for at, _ in axis.ticks)
    assert len({label for _, label in axis.ticks}) == len(axis.ticks)


@pytest.mark.parametrize(("rough", "step"), [(0.9, 1), (1.1, 2), (3, 5), (7, 10), (0.03, 0.05), (20, 20)])
def test_steps_are_one_two_or_five(rough, step):
    assert round_step(rough) == pytest.approx(step)


def test_boxes_are_those_of_matplotlib():
    random = np.random.default_rng(1)
    values, outcome = random.exponential(3, 90), np.repeat([1, 0], [30, 60])
    chart = box_chart("CT_Intra_0003", values, outcome, ("yes", "no"), "a note")
    for group, style in ((values[:30], "first"), (values[30:], "away")):
        (expected,) = boxplot_stats(group)
        tolerance = 0.06 * (chart.y.high - chart.y.low) / (chart.bottom - chart.top)
        (box,), (median,) = values_of(chart, f"{style}-box"), values_of(chart, f"{style}-median")
        assert [box.min(), box.max()] == pytest.approx([expected["q1"], expected["q3"]], abs=tolerance)
        assert median[0] == pytest.approx(expected["med"], abs=tolerance)
        whiskers = np.concatenate(values_of(chart, f"{style}-interval"))
        assert [whiskers.min(), whiskers.max()] == pytest.approx(
            [expected["whislo"], expected["whishi"]], abs=tolerance
        )
    assert "median" in chart.description
    assert [label for _, label in chart.x.ticks] == ["yes (30)", "no (60)"]


def test_a_box_plot_shows_every_patient_once():
    values = np.array([1.0, 2, 3, np.nan, 4, 5])
    chart = box_chart("f", values, [1, 1, 1, 1, 0, 0], ("yes", "no"), "")
    assert sum(hasattr(mark, "r") for mark in chart.marks) == 5


def test_a_roc_chart_draws_every_partition_and_each_mean():
    grid = np.array([0, 0.5, 1])
    curves = [np.array([[0, 0], [0, 1], [1, 1]]), np.array([[0, 0], [0.5, 0.5], [1, 1]])]
    chart = roc_chart(grid, curves, {"A": np.array([0, 0.75, 1]), "B": grid}, "response")
    thin = [mark for mark in chart.marks if mark.style == "thin"]
    assert len(thin) == 2
    assert points(thin[0])[1] == pytest.approx([chart.at_x(0), chart.at_y(1)], abs=0.06)
    assert [entry.text for entry in chart.legend] == ["A, mean", "B, mean", "A, each partition", "chance"]
    assert "response" in chart.description


def test_a_long_name_of_a_row_stands_on_two_lines_and_loses_nothing():
    name = "Deep features, volume and subtype"
    sets = {name: (Average(0.7, 0.1, 0.6, 0.8), np.array([0.6, 0.8]))}
    (_, label), = metric_chart("a", "AUC", sets, "pCR", left=150.0).y.ticks  # fmt: skip
    first, second = label.split("\n")
    assert f"{first} {second}" == name
    assert max(len(first), len(second)) * 6.2 <= 150


def test_a_long_feature_name_is_broken_behind_an_underscore_and_stays_whole():
    name = "MRI_CET1_Intra_glszm_LargeAreaHighGrayLevelEmphasis"
    chart = box_chart(name, np.array([1.0, 2, 3, 4]), np.array([0, 1, 0, 1]), ("pCR", "no pCR"), "p = 0.4")
    headings = [mark for mark in chart.marks if getattr(mark, "style", "") == "heading"]
    assert "".join(mark.text for mark in headings) == name
    assert all(len(mark.text) * 7.5 <= chart.width for mark in headings) and len(headings) == 2
    assert headings[0].y < headings[1].y < chart.top
