"""The Axes hold the numbers they were given, and those that scikit-learn and scipy find."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import binomtest
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import RocCurveDisplay

from NACResponseLib.evaluation.calibration import binned_calibration, smooth_calibration
from NACResponseLib.evaluation.decision_curve import net_benefit, net_benefit_of_all
from NACResponseLib.evaluation.partitioned import Average, roc_curve
from NACResponseLib.report.figures.performance import (
    calibration_figure,
    decision_figure,
    metric_figure,
    plot_calibration,
    plot_decision_curve,
    plot_metric,
    plot_roc,
    roc_figure,
)
from NACResponseLib.report.style import SERIES

POSITIVE = "pathological complete response"


@pytest.fixture(scope="module")
def patients():
    random = np.random.default_rng(4)
    probability = random.permutation(np.linspace(0.02, 0.95, 160))
    return (random.random(160) < probability).astype(int), probability


@pytest.fixture
def ax():
    return Figure().add_subplot()


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def ticks(axis):
    return [
        (float(text.get_text().replace("−", "-")), place)
        for text, place in zip(axis.get_ticklabels(), axis.get_ticklocs(), strict=True)
    ]


def test_the_roc_curve_is_scikit_learns(patients, ax):
    expected = RocCurveDisplay.from_predictions(*patients, drop_intermediate=False, ax=Figure().add_subplot()).line_
    curve = roc_curve(*patients)
    assert plot_roc(ax, curve[:, 0], [], {"mine": curve[:, 1]}) is ax
    x, y = lines(ax)["mine"].get_data()
    dense = np.linspace(0, 1, 997)
    assert np.interp(dense, x, y) == pytest.approx(np.interp(dense, *expected.get_data()))
    assert ax.get_xlim() == ax.get_ylim() == (0, 1)


def test_every_partition_and_each_mean_are_drawn(ax):
    grid = np.array([0, 0.5, 1])
    curves = [np.array([[0, 0], [0, 1], [1, 1]]), np.array([[0, 0], [0.5, 0.5], [1, 1]])]
    means = {"A": np.array([0, 0.75, 1]), "B": grid}
    plot_roc(ax, grid, curves, means)
    thin = [line for line in ax.lines if line.get_label() == "A, each partition"]
    assert [line.get_xydata().tolist() for line in thin] == [curve.tolist() for curve in curves]
    for name, mean in means.items():
        line = lines(ax)[f"{name}, mean"]
        assert (line.get_xdata().tolist(), line.get_ydata().tolist()) == (grid.tolist(), mean.tolist())
        assert line.get_linewidth() > 2 * thin[0].get_linewidth()
    assert lines(ax)["A, mean"].get_zorder() > lines(ax)["B, mean"].get_zorder() > thin[0].get_zorder()
    assert legend(ax) == ["A, mean", "B, mean", "A, each partition", "chance"]
    assert POSITIVE in roc_figure(grid, curves, means, POSITIVE).description


def test_as_many_models_as_there_are_series_are_distinguished(ax):
    grid = np.array([0, 0.5, 1])
    plot_roc(ax, grid, [], {f"model {number}": grid for number in range(len(SERIES))})
    drawn = [line for line in ax.lines if line.get_label().startswith("model")]
    assert len({(line.get_color(), line.get_linestyle()) for line in drawn}) == len(SERIES) == len(legend(ax)) - 1


def test_groups_are_scikit_learns_and_their_intervals_scipys(patients, ax):
    outcome, probability = patients
    groups = binned_calibration(outcome, probability, groups=8)
    curve = smooth_calibration(outcome, probability)
    band = (curve[1] - 0.01, curve[1] + 0.02)
    plot_calibration(ax, {"mine": (groups, curve)}, POSITIVE, band)
    expected = CalibrationDisplay.from_predictions(
        outcome, probability, n_bins=8, strategy="quantile", ax=Figure().add_subplot()
    )
    (bars,) = ax.containers
    points, _, (spreads,) = bars.lines
    assert points.get_xdata() == pytest.approx(expected.prob_pred)
    assert points.get_ydata() == pytest.approx(expected.prob_true)
    for (x, low), (_, high) in spreads.get_segments():
        members = np.abs(probability - x).argsort()[:20]
        interval = binomtest(int(outcome[members].sum()), 20).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx(tuple(interval), abs=1e-9)
    smooth = next(line for line in ax.lines if len(line.get_xdata()) == len(curve[0]))
    assert smooth.get_xydata() == pytest.approx(np.column_stack(curve))
    corners = ax.collections[0].get_paths()[0].vertices
    assert {*np.round(band[0], 9), *np.round(band[1], 9)} <= set(np.round(corners[:, 1], 9))
    assert lines(ax)["perfect"].get_xydata().tolist() == [[0, 0], [1, 1]]


def test_groups_without_a_curve_are_shown_alone(patients, ax):
    groups = binned_calibration(*patients)
    plot_calibration(ax, {"mine": (groups, None), "other": (groups, smooth_calibration(*patients))}, POSITIVE)
    assert legend(ax) == ["mine", "other", "perfect"]
    handles = ax.get_legend().legend_handles
    assert [handle.get_linestyle() for handle in handles[:2]] == ["None", "--"]
    assert len({handle.get_marker() for handle in handles[:2]}) == 2


def test_net_benefits_are_drawn_by_their_formula(patients, ax):
    outcome, probability = patients
    thresholds = np.linspace(0.01, 0.8, 80)
    model, of_all = net_benefit(outcome, probability, thresholds), net_benefit_of_all(outcome, thresholds)
    plot_decision_curve(ax, thresholds, {"mine": model}, of_all, POSITIVE)
    x, y = lines(ax)["mine"].get_data()
    called = probability >= x[40]
    weight = x[40] / (1 - x[40])
    by_hand = ((called & (outcome == 1)).sum() - weight * (called & (outcome == 0)).sum()) / outcome.size
    assert y[40] == pytest.approx(by_hand)
    share = outcome.mean()
    treated = lines(ax)["act on all"].get_xydata()
    assert treated[:, 1] == pytest.approx(share - (1 - share) * treated[:, 0] / (1 - treated[:, 0]))
    assert legend(ax) == ["mine", "act on all", "act on none"]
    low, high = ax.get_ylim()
    assert low < 0 and high > max(model.max(), share - 0.02)
    assert all(text == pytest.approx(place) for text, place in ticks(ax.yaxis))


def test_each_set_has_its_row_with_every_partition_its_mean_and_interval(ax):
    sets = {
        "A": (Average(0.7, 0.1, 0.62, 0.81), np.array([0.6, 0.8, np.nan])),
        "B": (Average(0.55, 0.1, 0.42, 0.6), np.array([0.5, 0.6, 0.55])),
        "C": (Average(np.nan, np.nan, np.nan, np.nan), np.full(3, np.nan)),
    }
    plot_metric(ax, "AUC", sets)
    assert [text.get_text() for text in ax.get_yticklabels()] == list(sets)
    for row, (name, (average, each)) in enumerate(sets.items()):
        near = [
            line
            for line in ax.lines
            if line.get_color() == SERIES[0].colour and np.all(np.abs(line.get_ydata() - row) < 0.5)
        ]
        values = [line.get_xdata().tolist() for line in near if len(line.get_xdata())]
        assert each[np.isfinite(each)].tolist() in values or name == "C"
        assert ([average.mean] in values and [average.low, average.high] in values) == (name != "C")
    low, high = ax.get_xlim()
    assert low <= 0.42 and high >= 0.81
    assert ax.yaxis_inverted()


def test_a_long_name_of_a_row_stands_on_two_lines_and_loses_nothing():
    name = "Deep features, volume and subtype"
    drawn = metric_figure("a", "AUC", {name: (Average(0.7, 0.1, 0.6, 0.8), np.array([0.6, 0.8]))}, "pCR")
    figure = drawn.figure()
    (label,) = figure.axes[0].get_yticklabels()
    assert label.get_text().split("\n") == ["Deep features, volume", "and subtype"]
    assert label.get_window_extent().x0 > 0


@pytest.mark.parametrize(
    "positive", ["pCR", POSITIVE, "residual axillary disease after neoadjuvant treatment of all kinds"]
)
def test_all_text_stays_on_the_paper(patients, positive):
    thresholds = np.linspace(0.01, 0.5, 50)
    model, of_all = net_benefit(*patients, thresholds), net_benefit_of_all(patients[0], thresholds)
    for drawn in (
        calibration_figure("c", {"mine": (binned_calibration(*patients), None)}, positive),
        decision_figure(thresholds, {f"model {number}": model for number in range(8)}, of_all, positive),
    ):
        figure = drawn.figure()
        figure.draw_without_rendering()
        ax = figure.axes[0]
        box = ax.get_tightbbox()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
        assert not ax.get_legend().get_window_extent().overlaps(ax.xaxis.label.get_window_extent())
