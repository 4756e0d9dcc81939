"""The layout manager and its views: real layout, view and slice nodes with real slice logics, and nothing drawn."""

from __future__ import annotations

from typing import Any

import qt
import vtk

from .mrmlwidgets import qMRMLTableView
from .scene import World

VIEW_CALLS = {
    "sliceView": ("forceRender", "scheduleRender", "repaint", "show"),
    "threeDView": ("forceRender", "scheduleRender", "resetFocalPoint", "resetCamera", "rotateToViewAxis", "repaint"),
    "plotView": ("fitToContent", "repaint", "RemovePlotSelections"),
    "controller": ("setVisible", "fitSliceToBackground", "resetFocalPoint", "rotateSliceToBackground"),
}


class View:
    """A view that draws nothing: a record of its calls, in ``calls``."""

    def __init__(self, kind: str, node: Any) -> None:
        self.kind, self.node, self.calls = kind, node, list[tuple[Any, ...]]()

    def __getattr__(self, name: str) -> Any:
        if name not in VIEW_CALLS.get(self.__dict__.get("kind", ""), ()):
            raise AttributeError(f"the fake of {self.__dict__.get('kind')} has no '{name}'")
        return lambda *arguments: self.calls.append((name, *arguments))

    def mrmlViewNode(self) -> Any:
        """The node, where Slicer's view has an invokable method for it; its plot view has none."""
        if self.kind == "plotView":
            raise AttributeError("qMRMLPlotView has no attribute named 'mrmlPlotViewNode'")
        return self.node

    mrmlSliceNode = mrmlViewNode


class SliceWidget:
    """A slice view with its real slice logic."""

    def __init__(self, name: str, logic: Any) -> None:
        self.sliceViewName, self._logic = name, logic
        self._view, self._controller = View("sliceView", logic.GetSliceNode()), View("controller", logic.GetSliceNode())

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        return self._logic.GetSliceCompositeNode()

    def sliceLogic(self) -> Any:
        return self._logic

    def sliceView(self) -> View:
        return self._view

    def sliceController(self) -> View:
        return self._controller

    @property
    def sliceOrientation(self) -> str:
        return self._logic.GetSliceNode().GetOrientation()

    def setSliceOrientation(self, orientation: str) -> None:
        self._logic.GetSliceNode().SetOrientation(orientation)


class ThreeDWidget:
    """A 3D view without a renderer."""

    def __init__(self, node: Any) -> None:
        self._node, self._view, self._controller = node, View("threeDView", node), View("controller", node)

    def mrmlViewNode(self) -> Any:
        return self._node

    def threeDView(self) -> View:
        return self._view

    def threeDController(self) -> View:
        return self._controller


class PlotView(View):
    """A plot view with a chart of its own, as VTK draws it, which nothing is plotted in."""

    def __init__(self, node: Any) -> None:
        super().__init__("plotView", node)
        self._chart = vtk.vtkChartXY()

    def chart(self) -> vtk.vtkChartXY:
        return self._chart


class PlotWidget:
    """A plot view that draws nothing."""

    def __init__(self, node: Any) -> None:
        self._node, self._view = node, PlotView(node)

    def mrmlPlotViewNode(self) -> Any:
        return self._node

    def plotView(self) -> View:
        return self._view

    def plotController(self) -> View:
        return View("controller", self._node)


class TableWidget:
    """A table view that follows its view node."""

    def __init__(self, node: Any) -> None:
        self._view = qMRMLTableView()
        self._view.setMRMLTableViewNode(node)

    def tableView(self) -> Any:
        return self._view

    def tableController(self) -> View:
        return View("controller", self._view.mrmlTableViewNode())


class LayoutManager(qt.QObject):
    """The layout, kept in the real layout node; views by name and number, in the order of their nodes.

    Slice views turn up with the layouts that show them, as in Slicer; ``resets`` counts what was asked of all views.
    """

    layoutChanged = qt.Signal(int)
    resets: dict[str, int]

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._widgets: dict[str, Any] = {}
        self.resets = {"slice": 0, "3D": 0}
        self._layout_node = world.layoutLogic.GetLayoutNode()
        self._shown = self._layout_node.GetViewArrangement()
        self._observation = self._layout_node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_modified)

    def release(self) -> None:
        """Stops following the layout node: the window is gone."""
        self._layout_node.RemoveObserver(self._observation)

    def _on_modified(self, caller: Any, event: str) -> None:
        if caller.GetViewArrangement() != self._shown:
            self._shown = caller.GetViewArrangement()
            self._world.showSlices()
            self.layoutChanged.emit(self._shown)

    @property
    def layout(self) -> int:
        return self._layout_node.GetViewArrangement()

    def setLayout(self, layout: int) -> None:
        self._layout_node.SetViewArrangement(layout)

    def layoutLogic(self) -> Any:
        return self._world.layoutLogic

    def mrmlScene(self) -> Any:
        return self._world.scene

    def _nodes(self, class_name: str) -> list[Any]:
        scene = self._world.scene
        return [scene.GetNthNodeByClass(i, class_name) for i in range(scene.GetNumberOfNodesByClass(class_name))]

    def _widget(self, kind: Any, node: Any) -> Any:
        if node is None:
            return None
        if node.GetID() not in self._widgets:
            self._widgets[node.GetID()] = kind(node)
        return self._widgets[node.GetID()]

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(node.GetLayoutName() for node in self._nodes("vtkMRMLSliceNode") if not _is_compare(node))

    def sliceWidget(self, name: str) -> SliceWidget | None:
        logic = self._world.sliceLogic(name)
        if logic is None:
            return None
        if name not in self._widgets:
            self._widgets[name] = SliceWidget(name, logic)
        return self._widgets[name]

    def mrmlSliceLogics(self) -> Any:
        logics = vtk.vtkCollection()
        for name in self.sliceViewNames():
            logics.AddItem(self._world.sliceLogic(name))
        return logics

    @property
    def threeDViewCount(self) -> int:
        return len(self._nodes("vtkMRMLViewNode"))

    def threeDWidget(self, number: int) -> ThreeDWidget | None:
        return self._nth("vtkMRMLViewNode", number, ThreeDWidget)

    @property
    def tableViewCount(self) -> int:
        return len(self._nodes("vtkMRMLTableViewNode"))

    def tableWidget(self, number: int) -> TableWidget | None:
        return self._nth("vtkMRMLTableViewNode", number, TableWidget)

    @property
    def plotViewCount(self) -> int:
        return len(self._nodes("vtkMRMLPlotViewNode"))

    def plotWidget(self, number: int) -> PlotWidget | None:
        return self._nth("vtkMRMLPlotViewNode", number, PlotWidget)

    def _nth(self, class_name: str, number: int, kind: Any) -> Any:
        nodes = self._nodes(class_name)
        return self._widget(kind, nodes[number]) if 0 <= number < len(nodes) else None

    def resetSliceViews(self) -> None:
        self.resets["slice"] += 1
        for name in self.sliceViewNames():
            self._world.sliceLogic(name).FitSliceToBackground()

    def resetThreeDViews(self) -> None:
        self.resets["3D"] += 1


def _is_compare(node: Any) -> bool:
    return (node.GetLayoutName() or "").startswith("Compare")
