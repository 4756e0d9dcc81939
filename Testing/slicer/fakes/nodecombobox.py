"""``slicer.qMRMLNodeComboBox`` over a real scene."""

from __future__ import annotations

from typing import Any

import qt
import vtk

from .observer import Observer, with_data
from .properties import stored

Signal, Property = qt.Signal, qt.Property


class qMRMLNodeComboBox(qt.QWidget):
    """Chooses one node among those of ``nodeTypes`` in the scene, in the scene's order, None first when enabled.

    As in Slicer 5.12 (5.10 alike): ``currentNodeChanged`` follows the shown text, so a rename of the current node fires
    it and a change between two nodes of one name does not; without None the first node that arrives is chosen; a node
    leaves while it is still in the scene, and Qt chooses its neighbour; nodes that are imported come when the import
    has ended, and then (as after closing) all rows are made anew, which loses the choice; without a scene the widget is
    disabled.
    """

    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeActivated = Signal(object)
    nodeAdded = Signal(object)
    nodeAddedByUser = Signal(object)
    nodeAboutToBeRemoved = Signal(object)
    nodeAboutToBeEdited = Signal(object)
    currentNodeRenamed = Signal(str)

    addEnabled = stored(bool, "addEnabled", True)
    removeEnabled = stored(bool, "removeEnabled", True)
    editEnabled = stored(bool, "editEnabled", False)
    renameEnabled = stored(bool, "renameEnabled", False)
    selectNodeUponCreation = stored(bool, "selectNodeUponCreation", True)
    baseName = stored(str, "baseName", "")
    noneDisplay = stored(str, "noneDisplay", "None")
    interactionNodeSingletonTag = stored(str, "interactionNodeSingletonTag", "")

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._observer = Observer()
        self._nodes = Observer()  # by the ID of the node
        self._requested = ""
        self._types: list[str] = []
        self._none, self._hidden, self._children, self._quiet = False, False, True, False
        self._attributes: list[tuple[str, str, Any]] = []
        self._combo = qt.QComboBox(self)
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        self._combo.currentTextChanged.connect(self._emit)
        self._combo.activated.connect(lambda index: self.nodeActivated.emit(self.currentNode()))
        self.setEnabled(False)
        self.destroyed.connect(self._observer.clear)
        self.destroyed.connect(self._nodes.clear)

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        if self._scene is not None:
            self._nodes.clear()
        old = self.currentNodeID if self.nodeCount() else self._requested
        self._scene = scene
        events = {} if scene is None else self._scene_events(scene)
        priorities = {} if scene is None else {scene.NodeAddedEvent: 10.0, scene.NodeAboutToBeRemovedEvent: -10.0}
        self._observer.observe("scene", scene, events, priorities)
        self._quiet = True
        self._fill()
        self._quiet = False
        self.setCurrentNodeID(old or self.currentNodeID)
        if self._scene is not None and self.currentNode() is not None:
            self._emit()
        self._requested = ""
        self.setEnabled(scene is not None)

    def _scene_events(self, scene: Any) -> dict[Any, Any]:
        return {
            scene.NodeAddedEvent: with_data(self._on_added),
            scene.NodeAboutToBeRemovedEvent: with_data(self._on_leaving),
            scene.EndImportEvent: lambda *_: self._rebuild(),
            scene.EndCloseEvent: lambda *_: self._rebuild(),
        }

    def _wanted(self, node: Any) -> bool:
        if not self._types or (node.GetHideFromEditors() and not self._hidden):
            return False
        kinds = [kind for kind in self._types if node.IsA(kind)]
        if not self._children:
            kinds = [kind for kind in kinds if node.GetClassName() == kind]
        for kind, name, value in self._attributes:
            if node.IsA(kind):
                own = node.GetAttribute(name)
                if own is None or (value not in (None, "") and own != str(value)):
                    return False
        return bool(kinds)

    def _fill(self) -> None:
        """The items anew, with the same node chosen when it is still there."""
        current = self.currentNodeID
        was_quiet, self._quiet = self._quiet, True
        before = self._combo.currentText
        self._nodes.clear()
        self._combo.clear()
        if self._none:
            self._combo.addItem(self.noneDisplay, "")
        for index in range(self._scene.GetNumberOfNodes() if self._scene else 0):
            self._append(self._scene.GetNthNode(index))
        self._choose(current)
        self._quiet = was_quiet
        if self._combo.currentText != before:
            self._emit()

    def _append(self, node: Any) -> None:
        if self._wanted(node) and self._combo.findData(node.GetID()) < 0:
            self._combo.addItem(node.GetName() or "", node.GetID())
            modified = {vtk.vtkCommand.ModifiedEvent: lambda caller, event: self._on_node_modified(caller)}
            self._nodes.observe(node.GetID(), node, modified)

    def _on_node_modified(self, node: Any) -> None:
        index = self._combo.findData(node.GetID())
        if index >= 0 and self._combo.itemText(index) != (node.GetName() or ""):
            self._combo.setItemText(index, node.GetName() or "")

    def _rebuild(self) -> None:
        """All rows of nodes go and come again, as Slicer's scene model does it."""
        self._nodes.clear()
        self._combo.model().removeRows(int(self._none), self.nodeCount())
        if self.currentNode() is None:
            self._choose("")
        for index in range(self._scene.GetNumberOfNodes()):
            self._append(self._scene.GetNthNode(index))

    def _on_added(self, node: Any) -> None:
        if not self._scene.IsImporting():
            self._append(node)
            if self._wanted(node):
                self.nodeAdded.emit(node)

    def _on_leaving(self, node: Any) -> None:
        index = self._combo.findData(node.GetID()) if node is not None else -1
        if index < 0 or self._scene.IsClosing():
            return
        self.nodeAboutToBeRemoved.emit(node)
        self._nodes.observe(node.GetID(), None, {})
        self._combo.removeItem(index)

    def _emit(self, *_: Any) -> None:
        if self._quiet:
            return
        node = self.currentNode()
        self.currentNodeChanged.emit(node)
        self.currentNodeIDChanged.emit(node.GetID() if node else "")

    def _choose(self, identifier: str) -> None:
        index = self._combo.findData(identifier) if identifier else -1
        self._combo.setCurrentIndex(index if index >= 0 else (0 if self._none else -1))

    def currentNode(self) -> Any:
        identifier = self._combo.currentData
        return self._scene.GetNodeByID(identifier) if self._scene is not None and identifier else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node.GetID() if node is not None else "")

    def setCurrentNodeID(self, identifier: str) -> None:
        if self._scene is None:
            self._requested = identifier or ""
        self._choose(identifier or "")

    def setCurrentNodeIndex(self, index: int) -> None:
        self._combo.setCurrentIndex((index if index < self.nodeCount() else -1) + self._none)

    def nodeCount(self) -> int:
        return self._combo.count - self._none

    def nodeFromIndex(self, index: int) -> Any:
        return self._scene.GetNodeByID(self._combo.itemData(index + self._none))

    def addNode(self, kind: str | None = None) -> Any:
        """A new node of the first or a named type, as when the user chooses "Create new"."""
        kind = kind or (self._types[0] if self._types else None)
        if self._scene is None or kind not in self._types:
            return None
        node = self._scene.CreateNodeByClass(kind)
        node.UnRegister(None)
        for of, name, value in self._attributes:
            if node.IsA(of):
                node.SetAttribute(name, str(value))
        base = self.baseName or (node.GetDefaultNodeNamePrefix() if not node.GetName() else "")
        if base:
            node.SetName(self._scene.GetUniqueNameByString(base))
        node = self._scene.AddNode(node)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        self._scene.RemoveNode(self.currentNode())

    def renameCurrentNode(self) -> None:
        node = self.currentNode()
        name = qt.QInputDialog.getText(self, "Rename", node.GetName()) if node else ""
        if name:
            node.SetName(name)
            self.currentNodeRenamed.emit(name)

    def addAttribute(self, kind: str, name: str, value: Any = None) -> None:
        self._attributes.append((kind, name, value))
        self._fill()

    def removeAttribute(self, kind: str, name: str) -> None:
        self._attributes = [entry for entry in self._attributes if entry[:2] != (kind, name)]
        self._fill()

    def _set_types(self, types: Any) -> None:
        self._types = [kind for kind in types if kind]
        self._fill()

    def _set_none(self, enabled: bool) -> None:
        if enabled == self._none:
            return
        current, self._none = self.currentNodeID, bool(enabled)
        if enabled:
            self._combo.insertItem(0, self.noneDisplay, "")
            if not current:
                self._combo.setCurrentIndex(0)
        else:
            self._combo.removeItem(0)

    def _set_flag(self, name: str, value: bool) -> None:
        self.__dict__[name] = bool(value)
        self._fill()

    nodeTypes = Property("QStringList", lambda self: list(self._types), _set_types)
    noneEnabled = Property(bool, lambda self: self._none, _set_none)
    showHidden = Property(bool, lambda self: self._hidden, lambda self, on: self._set_flag("_hidden", on))
    showChildNodeTypes = Property(bool, lambda self: self._children, lambda self, on: self._set_flag("_children", on))
    currentNodeID = Property(
        str,
        lambda self: self.currentNode().GetID() if self.currentNode() else "",
        lambda self, identifier: self.setCurrentNodeID(identifier),
    )
