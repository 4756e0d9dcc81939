"""Results as tables and charts in a real scene: made once, filled anew, saved and read back."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture
def views(scene, moduleFolder):
    from NACResponseSlicer import resultViews

    return resultViews


def score(*contributions):
    return SimpleNamespace(
        contributions=tuple(
            {"label": label, "shown": shown, "contribution": value} for label, shown, value in contributions
        )
    )


@pytest.fixture
def scored():
    return score(("Hormone receptor", "positive", -0.088), ("Age", "71 years", 0.046), ("HER2", "not known", 0.0))


@pytest.fixture
def training(moduleFolder):
    from NACResponseSlicer.trainingResults import METRICS, MetricsRow, Training

    def make(*names):
        rows = tuple(
            MetricsRow(
                name, name.title(), 3, dict.fromkeys(METRICS, 0.7 + place / 100 + 1e-5), dict.fromkeys(METRICS, 0.05)
            )
            for place, name in enumerate(names)
        )
        return Training(
            Path(), "pcr", "pathological complete response", 90, 30, names[0], rows,
            {name: ([0.0, 0.5, 1.0], [0.0, 0.5 + place / 100, 1.0]) for place, name in enumerate(names)},
            "", (), None, None, True,
        )  # fmt: skip

    return make


def cells(node, name):
    column = node.GetTable().GetColumnByName(name)
    return [column.GetValue(row) for row in range(column.GetNumberOfTuples())]


def series_of(chart):
    return [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]


def test_contributions_are_a_table_of_inputs_values_and_percentage_points(views, scored):
    table = views.contributionsTable(scored)
    assert cells(table, "feature") == ["Hormone receptor", "Age", "HER2"]
    assert cells(table, "value") == ["positive", "71 years", "not known"]
    assert cells(table, "contribution") == ["-8.8", "+4.6", "0.0"]
    assert table.GetColumnTitle("contribution") == "Points" and table.GetLocked()


def bars_of(chart):
    """Names and heights of the bars, of one series."""
    (series,) = series_of(chart)
    assert series.GetPlotType() == series.PlotTypeBar and not chart.GetLegendVisibility()
    return cells(series.GetTableNode(), series.GetLabelColumnName()), cells(
        series.GetTableNode(), series.GetYColumnName()
    )


def test_each_input_is_a_named_bar_of_one_series(views, scored):
    chart = views.contributionsChart(views.contributionsTable(scored), title="P1")
    names, heights = bars_of(chart)
    assert names == ["Hormone receptor", "Age", "HER2"] and heights == pytest.approx([-8.8, 4.6, 0])
    assert chart.GetTitle() == "P1"


def test_many_inputs_are_the_largest_and_the_sum_of_the_rest(views):
    many = score(*((f"input {number}", "1", 0.01 * (12 - number)) for number in range(12)))
    names, heights = bars_of(views.contributionsChart(views.contributionsTable(many)))
    assert len(names) == 8 and names[-1] == "5 other inputs"
    assert heights[-1] == pytest.approx(5 + 4 + 3 + 2 + 1)


def test_another_score_fills_the_same_nodes_and_leaves_none_behind(views, scored, scene):
    many = score(*((f"input {number}", "1", 0.01) for number in range(6)))
    table = views.contributionsTable(many)
    chart = views.contributionsChart(table)
    assert len(bars_of(chart)[0]) == 6
    assert views.contributionsTable(scored) is table and views.contributionsChart(table) is chart
    assert len(bars_of(chart)[0]) == 3 and table.GetNumberOfRows() == 3
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotSeriesNode") == 1
    assert scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 2  # the table, and what the bars are drawn from
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotChartNode") == 1


def test_a_table_and_a_chart_of_ones_own_are_filled(views, scored, scene):
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "mine")
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", "mine")
    assert views.contributionsTable(scored, table) is table and table.GetName() == "mine"
    assert views.contributionsChart(table, chart) is chart and len(bars_of(chart)[0]) == 3


def test_a_score_without_contributions_gives_an_empty_table_and_chart(views):
    table = views.contributionsTable(score())
    assert table.GetNumberOfRows() == 0 and bars_of(views.contributionsChart(table)) == ([], [])


def test_views_are_found_by_what_they_are_even_when_renamed(views, scored):
    table = views.contributionsTable(scored)
    table.SetName("renamed by the user")
    assert views.contributionsTable(scored) is table and table.GetName() == "renamed by the user"


def test_metrics_are_a_row_a_feature_set_with_mean_and_deviation(views, training):
    table = views.metricsTable(training("clinical", "resnet34"))
    assert cells(table, "feature_set") == ["Clinical", "Resnet34"] and cells(table, "partitions") == [3, 3]
    assert cells(table, "auc") == pytest.approx([0.7, 0.71]) and cells(table, "auc_sd") == pytest.approx([0.05] * 2)
    assert table.GetColumnTitle("auc_sd") == "AUC, SD" and table.GetColumnTitle("sensitivity") == "Sensitivity"
    assert "pathological complete response" in table.GetDescription()
    assert [value for value in cells(table, "auc") if value != round(value, 3)] == []
    assert views.metricsTable(training("handcrafted")) is table and table.GetNumberOfRows() == 1


def test_the_roc_has_a_curve_a_feature_set_with_its_auc_and_the_line_of_chance(views, training):
    chart = views.rocChart(training("clinical", "resnet34"))
    curves = series_of(chart)
    assert [curve.GetName() for curve in curves] == ["Clinical (AUC 0.700)", "Resnet34 (AUC 0.710)", "Chance"]
    assert [cells(curve.GetTableNode(), curve.GetYColumnName()) for curve in curves] == [
        [0.0, 0.5, 1.0], [0.0, 0.51, 1.0], [0.0, 1.0],
    ]  # fmt: skip
    assert all(curve.GetXColumnName() == "false_positive_rate" for curve in curves)
    assert (
        curves[-1].GetLineStyle() == curves[-1].LineStyleDash and curves[0].GetLineStyle() == curves[0].LineStyleSolid
    )
    assert list(chart.GetXAxisRange()) == [0, 1] and list(chart.GetYAxisRange()) == [0, 1]
    assert chart.GetLegendVisibility() and "pathological complete response positive" in chart.GetTitle()


def test_a_roc_of_fewer_sets_leaves_no_curve_and_no_table_of_the_one_before(views, training, scene):
    chart = views.rocChart(training("clinical", "handcrafted", "resnet10", "resnet34"))
    assert views.rocChart(training("clinical")) is chart and len(series_of(chart)) == 2
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotSeriesNode") == 2
    assert scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 2


def test_more_curves_than_colours_are_distinguished_by_their_line(views, training):
    curves = series_of(views.rocChart(training(*(f"set{number}" for number in range(8)))))
    looks = [(curve.GetColor(), curve.GetLineStyle()) for curve in curves]
    assert len(set(looks)) == 9


def test_roc_and_contributions_do_not_disturb_each_other(views, training, scored):
    bars = views.contributionsChart(views.contributionsTable(scored))
    curves = views.rocChart(training("clinical"))
    views.contributionsChart(views.contributionsTable(score(("Age", "50", 0.1))))
    assert len(series_of(bars)) == 1 and len(series_of(curves)) == 2


def test_nothing_is_shown_until_asked_for(views, scored, training, slicerApp):
    import slicer

    layout = slicer.app.layoutManager().layout
    table = views.contributionsTable(scored)
    chart = views.rocChart(training("clinical"))
    assert slicer.app.layoutManager().layout == layout
    views.showTable(table)
    assert slicer.app.applicationLogic().GetSelectionNode().GetActiveTableID() == table.GetID()
    shown = slicer.app.layoutManager().layout
    assert shown == slicer.modules.tables.logic().GetLayoutWithTable(layout) != layout
    views.showChart(chart)
    assert slicer.app.applicationLogic().GetSelectionNode().GetActivePlotChartID() == chart.GetID()
    assert slicer.app.layoutManager().layout == slicer.modules.plots.logic().GetLayoutWithPlot(shown)


def test_without_a_main_window_showing_does_nothing(views, scored, training, slicerApp):
    import slicer

    slicerApp.app.showMainWindow(False)
    selection = slicer.app.applicationLogic().GetSelectionNode()
    before = selection.GetActiveTableID(), selection.GetActivePlotChartID()
    table = views.contributionsTable(scored)
    views.showTable(table)
    views.showChart(views.contributionsChart(table))
    assert (selection.GetActiveTableID(), selection.GetActivePlotChartID()) == before


def test_a_saved_scene_brings_tables_charts_and_curves_back(views, scored, training, scene, tmp_path):
    import slicer

    views.contributionsChart(views.contributionsTable(scored))
    views.rocChart(training("clinical"))
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    scene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    table = views.contributionsTable(scored)
    views.contributionsChart(table)
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotChartNode") == 2  # found again, not made again
    assert cells(table, "contribution") == ["-8.8", "+4.6", "0.0"]
    (roc,) = [node for node in slicer.util.getNodesByClass("vtkMRMLPlotChartNode") if "ROC" in node.GetName()]
    curve = series_of(roc)[0]
    assert curve.GetName() == "Clinical (AUC 0.700)"
    assert [float(value) for value in cells(curve.GetTableNode(), "true_positive_rate")] == [0.0, 0.5, 1.0]
    assert curve.GetTableNode().GetTable().GetColumnByName("true_positive_rate").IsA("vtkDoubleArray")


def test_what_is_not_defined_is_kept_as_nan(views, training):
    from dataclasses import replace

    from NACResponseSlicer.trainingResults import METRICS, MetricsRow

    row = MetricsRow("clinical", "Clinical only", 1, dict.fromkeys(METRICS, 0.6), dict.fromkeys(METRICS, math.nan))
    table = views.metricsTable(replace(training("clinical"), metrics=(row,)))
    assert math.isnan(cells(table, "auc_sd")[0])


def test_bars_and_curves_can_be_drawn(views, scored, training):
    """The columns are numbers, as Slicer's plot view asks for: it leaves out series of text."""
    for chart in (views.contributionsChart(views.contributionsTable(scored)), views.rocChart(training("clinical"))):
        for series in series_of(chart):
            table = series.GetTableNode().GetTable()
            names = [series.GetYColumnName()] + ([series.GetXColumnName()] if series.IsXColumnRequired() else [])
            assert all(table.GetColumnByName(name).IsA("vtkDoubleArray") for name in names)


def shown_names(chart):
    """What stands under the bars in the view that shows a chart; empty where the axis has numbers."""
    import slicer
    import vtk

    layouts = slicer.app.layoutManager()
    views = [layouts.plotWidget(number) for number in range(layouts.plotViewCount)]
    (view,) = [one for one in views if one.mrmlPlotViewNode().GetPlotChartNodeID() == chart.GetID()]
    axis = view.plotView().chart().GetAxis(vtk.vtkAxis.BOTTOM)
    axis.Update()
    labels = axis.GetTickLabels() if axis.GetTickPositions().GetNumberOfTuples() else None
    return [labels.GetValue(row).replace("\n", " ") for row in range(labels.GetNumberOfValues())] if labels else []


def test_bars_in_a_view_have_the_names_of_their_inputs_and_other_charts_there_have_not(views, scored, training):
    chart = views.contributionsChart(views.contributionsTable(scored))
    views.showChart(chart)
    assert shown_names(chart) == ["Hormone receptor", "Age", "HER2"]
    views.contributionsChart(views.contributionsTable(score(("Volume", "1", 0.2), ("Age", "70", 0.1))))
    assert shown_names(chart) == ["Volume", "Age"]
    roc = views.rocChart(training("clinical"))
    views.showChart(roc)
    assert "Age" not in shown_names(roc)
