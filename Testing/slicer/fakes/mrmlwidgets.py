"""Slicer's widgets that show MRML nodes (``slicer.qMRML...``), over a real scene."""

from __future__ import annotations

from typing import Any

import qt
import vtk

from .ctknumbers import ctkDoubleSpinBox, ctkSliderWidget
from .nodecombobox import qMRMLNodeComboBox
from .observer import Observer
from .properties import slots, stored

Signal, Property = qt.Signal, qt.Property


class qMRMLWidget(qt.QWidget):
    """A widget with a scene; hands it on by the signal ``mrmlSceneChanged``."""

    mrmlSceneChanged = Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._scene = None

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


class qSlicerWidget(qMRMLWidget):
    """The base of Slicer's module panels."""


class _UnitAware:
    """What the unit-aware number widgets add: a scene and a quantity."""

    def mrmlScene(self) -> Any:
        return self.__dict__.get("_scene")

    def setMRMLScene(self, scene: Any) -> None:
        self.__dict__["_scene"] = scene


@slots("quantity")
class qMRMLSliderWidget(ctkSliderWidget, _UnitAware):
    """A slider whose unit may follow the scene's; here it keeps its own suffix."""

    quantity = stored(str, "quantity", "")


@slots("quantity")
class qMRMLSpinBox(ctkDoubleSpinBox, _UnitAware):
    """A spin box whose unit may follow the scene's; here it keeps its own suffix."""

    quantity = stored(str, "quantity", "")


class qMRMLRangeWidget(qt.QWidget, _UnitAware):
    """Named by the parameter node wrapper; not used here."""


@slots("transposed", "firstRowLocked", "firstColumnLocked")
class qMRMLTableView(qt.QTableView):
    """Shows a table node: its cells are those of the node, read again when it is modified."""

    transposed = stored(bool, "transposed", False)
    firstRowLocked = stored(bool, "firstRowLocked", False)
    firstColumnLocked = stored(bool, "firstColumnLocked", False)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self._scene: Any = None
        self._view_node: Any = None
        self._observer = Observer()
        self._model = qt.QStandardItemModel(self)
        self.setModel(self._model)

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLTableNode(self, node: Any) -> None:
        self._node = node
        self._observer.observe("table", node, {vtk.vtkCommand.ModifiedEvent: lambda *_: self._show()})
        self._show()

    def setMRMLTableViewNode(self, node: Any) -> None:
        self._view_node = node
        self._observer.observe("view", node, {vtk.vtkCommand.ModifiedEvent: lambda *_: self._follow()})
        self._follow()

    def _follow(self) -> None:
        self.setMRMLTableNode(self._view_node.GetTableNode() if self._view_node is not None else None)

    def mrmlTableNode(self) -> Any:
        return self._node

    def mrmlTableViewNode(self) -> Any:
        return self._view_node

    def tableModel(self) -> Any:
        return self._model

    def _show(self) -> None:
        self._model.clear()
        if self._node is None:
            return
        table = self._node.GetTable()
        rows, columns = table.GetNumberOfRows(), table.GetNumberOfColumns()
        self._model.setHorizontalHeaderLabels([table.GetColumnName(column) or "" for column in range(columns)])
        for row in range(rows):
            cells = [qt.QStandardItem(table.GetValue(row, column).ToString()) for column in range(columns)]
            self._model.appendRow(cells)


class qMRMLPlotView(qMRMLWidget):
    """Keeps the plot view node whose chart it would draw."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._view_node: Any = None

    def setMRMLPlotViewNode(self, node: Any) -> None:
        self._view_node = node

    def fitToContent(self) -> None:
        """Fits the axes; nothing is drawn here."""


def classes() -> dict[str, type]:
    """The widgets, by the names they have in ``slicer``."""
    found = {name: item for name, item in globals().items() if name.startswith(("qMRML", "qSlicer"))}
    return {**found, "qMRMLNodeComboBox": qMRMLNodeComboBox}
