"""Results as MRML nodes: a score's contributions, a training's metrics and ROC curves, as tables and charts.

A node of ours is known by its attribute ``NACResponse.view``: it is filled anew, not made again. Nothing is shown in
the layout until ``showTable`` or ``showChart`` is called.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from .trainingResults import METRICS, Training

ATTRIBUTE = "NACResponse.view"
MAX_BARS = 8
NAME_COLUMN, POINTS_COLUMN = "input", "points"  # of the table that the bars are drawn from
NAMES_WIDTH = 52  # characters that find room beside each other under the bars of a view of usual size
TITLE_SIZE, LEGEND_SIZE, LABEL_SIZE = 14, 12, 10  # Slicer's own are cut and cover curves in a view of usual size
BARS = (0.0, 0.45, 0.70)
CURVES = (
    (0.0, 0.45, 0.70), (0.84, 0.37, 0.0), (0.0, 0.62, 0.45), (0.80, 0.47, 0.65), (0.34, 0.71, 0.91), (0.90, 0.62, 0.0),
)  # fmt: skip
GREY = (0.5, 0.5, 0.5)


def contributionsTable(score: Any, table: slicer.vtkMRMLTableNode | None = None) -> slicer.vtkMRMLTableNode:
    """The inputs of a score, the largest first: what they are and by how many percentage points they move it.

    The points are text, with their sign and one digit after the point: ``+4.6``.

    Args:
        score: with ``contributions``, the entries of ``score.json``.
        table: to fill; that of an earlier score, or a new one, if None.
    """
    table = table or _viewNode("vtkMRMLTableNode", "contributions", _("NACResponse contributions"))
    entries = score.contributions
    _fill(
        table,
        {
            "feature": (_("Input"), [entry["label"] for entry in entries]),
            "value": (_("Value"), [entry["shown"] for entry in entries]),
            "contribution": (_("Points"), [_signed(100 * entry["contribution"]) for entry in entries]),
        },
    )
    return table


def contributionsChart(
    table: slicer.vtkMRMLTableNode, chart: slicer.vtkMRMLPlotChartNode | None = None, title: str = ""
) -> slicer.vtkMRMLPlotChartNode:
    """One series: a bar for each of the largest contributions, and one for the sum of the others.

    Slicer's plot view writes no names under bars; ``showChart`` puts those of the label column there.

    Args:
        table: as ``contributionsTable`` makes it.
        chart: to fill; that of an earlier score, or a new one, if None.
    """
    chart = chart or _viewNode("vtkMRMLPlotChartNode", "contributions", _("NACResponse contributions"))
    inputs, points = (table.GetTable().GetColumnByName(name) for name in ("feature", "contribution"))
    bars = [(inputs.GetValue(row), float(points.GetValue(row))) for row in range(table.GetNumberOfRows())]
    if len(bars) > MAX_BARS:
        rest = bars[MAX_BARS - 1 :]
        rest_label = _("{count} other inputs").format(count=len(rest))
        bars = [*bars[: MAX_BARS - 1], (rest_label, sum(value for _name, value in rest))]
    names, values = [name for name, _value in bars], [value for _name, value in bars]
    data = _chartData("contributions", {NAME_COLUMN: (_("Input"), names), POINTS_COLUMN: (_("Points"), values)})
    series = _series("contributions", 0, _("Percentage points"), data, POINTS_COLUMN)
    series.SetPlotType(series.PlotTypeBar)
    series.SetLabelColumnName(NAME_COLUMN)
    series.SetColor(BARS)
    chart.RemoveAllPlotSeriesNodeIDs()
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    _removeSeries("contributions", 1)
    chart.SetTitle(title or _("What moved the probability"))
    chart.SetTitleFontSize(TITLE_SIZE)
    chart.SetXAxisTitle("")
    chart.SetYAxisTitle(_("Percentage points"))
    chart.SetXAxisRangeAuto(False)  # names stay under the bars only while the range does
    chart.SetXAxisRange(-0.6, max(len(bars), 1) - 0.4)
    chart.SetAxisLabelFontSize(LABEL_SIZE)
    chart.SetLegendVisibility(False)
    chart.Modified()  # a view that shows it already stays empty otherwise, as slicer.util.plot says
    _arrange(chart)
    return chart


def metricsTable(training: Training) -> slicer.vtkMRMLTableNode:
    """A row for each feature set: mean and standard deviation over the partitions of each metric, rounded."""
    table = _viewNode("vtkMRMLTableNode", "metrics", _("NACResponse metrics"))
    rows = training.metrics
    columns: dict[str, tuple[str, Sequence[Any]]] = {
        "feature_set": (_("Feature set"), [row.label for row in rows]),
        "partitions": (_("Partitions"), [row.partitions for row in rows]),
    }
    for name, title in METRICS.items():
        columns[name] = (_(title), [round(row.mean[name], 3) for row in rows])
        columns[f"{name}_sd"] = (
            _("{metric}, SD").format(metric=_(title)),
            [round(row.deviation[name], 3) for row in rows],
        )
    _fill(table, columns)
    table.SetDescription(_("Positive class: {name}").format(name=training.positiveClass))
    return table


def rocChart(training: Training) -> slicer.vtkMRMLPlotChartNode:
    """The mean ROC curve of each feature set with its mean AUC in the legend, and the line of chance."""
    chart = _viewNode("vtkMRMLPlotChartNode", "roc", _("NACResponse ROC"))
    aucs = {row.name: row for row in training.metrics}
    chart.RemoveAllPlotSeriesNodeIDs()
    place = 0
    for name, (falseRate, trueRate) in training.roc.items():
        data = _chartData(
            f"roc.{place}",
            {
                "false_positive_rate": (_("1 - specificity"), falseRate),
                "true_positive_rate": (_("Sensitivity"), trueRate),
            },
        )
        row = aucs[name]
        legend = _("{name} (AUC {auc:.3f})").format(name=row.label, auc=row.mean["auc"])
        _curve(chart, place, legend, data, CURVES[place % len(CURVES)], dashed=place >= len(CURVES))
        place += 1
    diagonal = {"false_positive_rate": ("", [0.0, 1.0]), "true_positive_rate": ("", [0.0, 1.0])}
    _curve(chart, place, _("Chance"), _chartData(f"roc.{place}", diagonal), GREY, dashed=True)
    _removeSeries("roc", place + 1)
    chart.SetTitle(_("ROC, {positive} positive").format(positive=training.positiveClass))
    chart.SetXAxisTitle(_("1 - specificity"))
    chart.SetYAxisTitle(_("Sensitivity"))
    chart.SetXAxisRangeAuto(False)
    chart.SetXAxisRange(0, 1)
    chart.SetYAxisRangeAuto(False)
    chart.SetYAxisRange(0, 1)
    chart.SetTitleFontSize(TITLE_SIZE)
    chart.SetLegendFontSize(LEGEND_SIZE)
    chart.SetLegendVisibility(True)
    chart.Modified()
    return chart


def showTable(table: slicer.vtkMRMLTableNode) -> None:
    """Shows a table in the layout; without a main window nothing happens."""
    layouts = slicer.app.layoutManager()
    if layouts is None:
        return
    layouts.setLayout(slicer.modules.tables.logic().GetLayoutWithTable(layouts.layout))
    selection = slicer.app.applicationLogic().GetSelectionNode()
    selection.SetActiveTableID(table.GetID())
    slicer.app.applicationLogic().PropagateTableSelection()


def showChart(chart: slicer.vtkMRMLPlotChartNode) -> None:
    """Shows a chart in the layout; without a main window nothing happens."""
    if slicer.app.layoutManager() is not None:
        slicer.modules.plots.logic().ShowChartInLayout(chart)
        _arrange(chart)


def _arrange(chart: slicer.vtkMRMLPlotChartNode) -> None:
    """In the views that show it, a chart's bars have their names and its legend lies below the curves."""
    layouts = slicer.app.layoutManager()
    for number in range(layouts.plotViewCount if layouts is not None else 0):
        widget = layouts.plotWidget(number)
        node, drawn = widget.mrmlPlotViewNode(), widget.plotView().chart()
        if node.GetPlotChartNodeID() == chart.GetID():
            legend = drawn.GetLegend()
            legend.SetHorizontalAlignment(legend.RIGHT)
            legend.SetVerticalAlignment(legend.BOTTOM)
            _nameBars(drawn.GetAxis(vtk.vtkAxis.BOTTOM), chart, node)


def _nameBars(axis: vtk.vtkAxis, chart: slicer.vtkMRMLPlotChartNode, view: slicer.vtkMRMLPlotViewNode) -> None:
    """Names under the bars of a chart, until its view shows another one."""
    series = chart.GetNthPlotSeriesNode(0)
    if series is None or series.GetLabelColumnName() != NAME_COLUMN:
        return
    column = series.GetTableNode().GetTable().GetColumnByName(NAME_COLUMN)
    places, names = vtk.vtkDoubleArray(), vtk.vtkStringArray()
    width = NAMES_WIDTH // max(column.GetNumberOfTuples(), 3)
    for row in range(column.GetNumberOfTuples()):
        places.InsertNextValue(row)
        names.InsertNextValue("\n".join(textwrap.wrap(column.GetValue(row), width)))
    axis.SetCustomTickPositions(places, names)
    chartId = chart.GetID()
    tags: list[int] = []

    def onOtherChart(caller: slicer.vtkMRMLPlotViewNode, event: str) -> None:
        if caller.GetPlotChartNodeID() != chartId:
            axis.SetCustomTickPositions(None, None)
            caller.RemoveObserver(tags.pop())

    tags.append(view.AddObserver(view.PlotChartNodeChangedEvent, onOtherChart))


def _viewNode(className: str, view: str, name: str) -> Any:
    """The node that a view was in before, by its attribute, or a new one."""
    for node in slicer.util.getNodesByClass(className):
        if node.GetAttribute(ATTRIBUTE) == view:
            return node
    node = slicer.mrmlScene.AddNewNodeByClass(className, name)
    node.SetAttribute(ATTRIBUTE, view)
    return node


def _fill(node: slicer.vtkMRMLTableNode, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
    """Gives a table these columns, (title, values) by name: text, or 64-bit floats."""
    modified = node.StartModify()
    node.SetLocked(False)
    node.RemoveAllColumns()
    for name, (title, values) in columns.items():
        array = vtk.vtkStringArray() if any(isinstance(value, str) for value in values) else vtk.vtkDoubleArray()
        array.SetName(name)
        for value in values:
            array.InsertNextValue(value)
        node.AddColumn(array)
        node.SetColumnTitle(name, title)
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
    node.EndModify(modified)


def _chartData(view: str, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> slicer.vtkMRMLTableNode:
    """The table behind a chart's series; it is saved with the scene and not listed."""
    node = _viewNode("vtkMRMLTableNode", f"{view}.data", f"NACResponse {view}")
    node.SetHideFromEditors(True)
    _fill(node, columns)
    return node


def _series(view: str, place: int, name: str, data: Any, column: str) -> slicer.vtkMRMLPlotSeriesNode:
    series = _viewNode("vtkMRMLPlotSeriesNode", f"{view}.{place}", name)
    series.SetName(name)
    series.SetAndObserveTableNodeID(data.GetID())
    series.SetYColumnName(column)
    return series


def _curve(chart: Any, place: int, name: str, data: Any, color: Sequence[float], dashed: bool = False) -> None:
    series = _series("roc", place, name, data, "true_positive_rate")
    series.SetPlotType(series.PlotTypeScatter)
    series.SetXColumnName("false_positive_rate")
    series.SetMarkerStyle(series.MarkerStyleNone)
    series.SetLineStyle(series.LineStyleDash if dashed else series.LineStyleSolid)
    series.SetColor(color)
    chart.AddAndObservePlotSeriesNodeID(series.GetID())


def _removeSeries(view: str, first: int) -> None:
    """Removes what a longer view left behind: series from a place on, with tables of their own."""
    stale = []
    for className in ("vtkMRMLPlotSeriesNode", "vtkMRMLTableNode"):
        for node in slicer.util.getNodesByClass(className):
            place = (node.GetAttribute(ATTRIBUTE) or "").removeprefix(f"{view}.").removesuffix(".data")
            if place.isdigit() and int(place) >= first:
                stale.append(node)
    for node in stale:
        slicer.mrmlScene.RemoveNode(node)


def _signed(points: float) -> str:
    """With its sign; what rounds to nothing is 0.0."""
    return f"{points:+.1f}" if abs(points) >= 0.05 else "0.0"
