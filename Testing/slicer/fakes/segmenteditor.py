"""The Segment Editor's widget and the segment selector, over real segment editor and segmentation nodes."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from .mrmlwidgets import qMRMLWidget
from .nodecombobox import qMRMLNodeComboBox
from .observer import Observer
from .properties import slots, stored

EFFECTS = (
    "Threshold", "Paint", "Draw", "Erase", "Level tracing", "Grow from seeds", "Fill between slices", "Margin",
    "Hollow", "Smoothing", "Scissors", "Islands", "Logical operators", "Mask volume",
)  # fmt: skip


class Effect:
    """An effect of the editor: its name, and the parameters it is given; it does not edit."""

    def __init__(self, name: str, editor: Any) -> None:
        self.name, self._editor = name, editor
        self.applied: list[str] = []

    def setParameter(self, name: str, value: Any) -> None:
        self._editor.mrmlSegmentEditorNode().SetAttribute(f"{self.name}.{name}", str(value))

    def parameter(self, name: str) -> str:
        return self._editor.mrmlSegmentEditorNode().GetAttribute(f"{self.name}.{name}") or ""

    def self(self) -> Any:
        """The Python effect behind a scripted effect; here it records that it was applied."""
        return self

    def onApply(self) -> None:
        self.applied.append(self._editor.currentSegmentID())


@slots(
    "segmentationNodeSelectorVisible",
    "sourceVolumeNodeSelectorVisible",
    "maskingSectionVisible",
    "specifyGeometryButtonVisible",
    "show3DButtonVisible",
    "addRemoveSegmentButtonsVisible",
    "switchToSegmentationsButtonVisible",
    "autoShowSourceVolumeNode",
    "undoEnabled",
    "maximumNumberOfUndoStates",
    "readOnly",
    "effectButtonStyle",
    "effectColumnCount",
    "jumpToSelectedSegmentEnabled",
)
class qMRMLSegmentEditorWidget(qMRMLWidget):
    """The editor without its tools: which nodes, segment and effect it is set to, kept in its segment editor node.

    As in Slicer 5.12 and 5.10: what is chosen lives in the segment editor node; choosing another segmentation ends the
    active effect, takes its reference volume as source, and selects its first segment; without a node nothing is kept;
    when the scene was closed the node is set up anew.
    """

    currentSegmentIDChanged = qt.Signal(str)
    sourceVolumeNodeChanged = qt.Signal(object)
    segmentationNodeChanged = qt.Signal(object)

    segmentationNodeSelectorVisible = stored(bool, "segmentationNodeSelectorVisible", True)
    sourceVolumeNodeSelectorVisible = stored(bool, "sourceVolumeNodeSelectorVisible", True)
    maskingSectionVisible = stored(bool, "maskingSectionVisible", True)
    specifyGeometryButtonVisible = stored(bool, "specifyGeometryButtonVisible", True)
    show3DButtonVisible = stored(bool, "show3DButtonVisible", True)
    addRemoveSegmentButtonsVisible = stored(bool, "addRemoveSegmentButtonsVisible", True)
    switchToSegmentationsButtonVisible = stored(bool, "switchToSegmentationsButtonVisible", True)
    autoShowSourceVolumeNode = stored(bool, "autoShowSourceVolumeNode", True)
    undoEnabled = stored(bool, "undoEnabled", True)
    maximumNumberOfUndoStates = stored(int, "maximumNumberOfUndoStates", 10)
    readOnly = stored(bool, "readOnly", False)
    effectButtonStyle = stored(int, "effectButtonStyle", 0)
    effectColumnCount = stored(int, "effectColumnCount", 2)
    unorderedEffectsVisible = stored(bool, "unorderedEffectsVisible", True)
    defaultTerminologyEntrySettingsKey = stored(str, "defaultTerminologyEntrySettingsKey", "")
    defaultTerminologyEntry = stored(str, "defaultTerminologyEntry", "")
    jumpToSelectedSegmentEnabled = stored(bool, "jumpToSelectedSegmentEnabled", False)

    shortcuts: Any  # what a test looks at: the widget that they belong to, or None
    viewObservations: bool
    savedStates: int
    effectButtons: list[Any]

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self._segmentation: Any = None
        self._source: Any = None
        self._segment = self._effect = ""
        self._order: list[str] = []
        self._effects = {name: Effect(name, self) for name in EFFECTS}
        self._observer = Observer()
        self.shortcuts, self.viewObservations, self.savedStates = None, False, 0
        layout = qt.QHBoxLayout(self)
        self.effectButtons = [qt.QToolButton(self) for _name in ("None", "Paint")]
        for button in self.effectButtons:  # as in Slicer, exclusive among all such buttons below one parent
            button.checkable = button.autoExclusive = True
            layout.addWidget(button)
        self.destroyed.connect(self._observer.clear)

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self.mrmlScene():
            return
        super().setMRMLScene(scene)
        events = {} if scene is None else {scene.EndCloseEvent: lambda *_: self.updateWidgetFromMRML()}
        self._observer.observe("scene", scene, events)
        self.updateWidgetFromMRML()

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        if node is self._node:
            return
        if node is None and self.viewObservations:
            raise AssertionError("views are observed without an editor node: Slicer crashes at the next layout reset")
        self._node = node
        self._observer.observe("editor", node, {"ModifiedEvent": lambda *_: self.updateWidgetFromMRML()})
        self.updateWidgetFromMRML()

    def mrmlSegmentEditorNode(self) -> Any:
        return self._node

    def updateWidgetFromMRML(self) -> None:
        """Takes over what the segment editor node says."""
        scene = self.mrmlScene()
        if scene is None or scene.IsClosing() or scene.IsBatchProcessing() or self._node is None:
            return
        segmentation = self._node.GetSegmentationNode()
        if segmentation is not self._segmentation:
            self._take_segmentation(segmentation)
        source = self._node.GetSourceVolumeNode()
        if source is not self._source:
            self._source = source
            self.sourceVolumeNodeChanged.emit(source)
        segment = self._node.GetSelectedSegmentID() or ""
        if segment and (segmentation is None or segmentation.GetSegmentation().GetSegment(segment) is None):
            segment = ""
        if segment != self._segment:
            self._segment = segment
            self.currentSegmentIDChanged.emit(segment)
        effect = self._node.GetActiveEffectName() or ""
        if effect != self._effect:
            self._effect = effect
            self.viewObservations = bool(effect)

    def _take_segmentation(self, segmentation: Any) -> None:
        self._segmentation = segmentation
        if segmentation is not None:
            role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
            reference = segmentation.GetNodeReference(role)
            segmentation.CreateDefaultDisplayNodes()
            if reference is not None:
                self._node.SetAndObserveSourceVolumeNode(reference)
            segments = segmentation.GetSegmentation().GetSegmentIDs()
            if segments:
                self._node.SetSelectedSegmentID(segments[0])
        self.segmentationNodeChanged.emit(segmentation)

    def setSegmentationNode(self, node: Any) -> None:
        if self._node is None or self._node.GetSegmentationNode() is node:
            return
        self._node.SetAndObserveSegmentationNode(node)
        self.setActiveEffect(None)

    def setSegmentationNodeID(self, identifier: str) -> None:
        self.setSegmentationNode(self.mrmlScene().GetNodeByID(identifier))

    def segmentationNode(self) -> Any:
        return self._node.GetSegmentationNode() if self._node is not None else None

    def segmentationNodeID(self) -> str:
        return self.segmentationNode().GetID() if self.segmentationNode() else ""

    def setSourceVolumeNode(self, node: Any) -> None:
        if self._node is not None:
            self._node.SetAndObserveSourceVolumeNode(node)

    def setSourceVolumeNodeID(self, identifier: str) -> None:
        self.setSourceVolumeNode(self.mrmlScene().GetNodeByID(identifier))

    def sourceVolumeNode(self) -> Any:
        return self._node.GetSourceVolumeNode() if self._node is not None else None

    def sourceVolumeNodeID(self) -> str:
        return self.sourceVolumeNode().GetID() if self.sourceVolumeNode() else ""

    def setCurrentSegmentID(self, identifier: str) -> None:
        if self._node is not None:
            self._node.SetSelectedSegmentID(identifier)

    def currentSegmentID(self) -> str:
        return (self._node.GetSelectedSegmentID() or "") if self._node is not None else ""

    def setActiveEffect(self, effect: Effect | None) -> None:
        if self._node is not None:
            self._node.SetActiveEffectName(effect.name if effect is not None else "")

    def setActiveEffectByName(self, name: str) -> None:
        self.setActiveEffect(self.effectByName(name))

    def activeEffect(self) -> Effect | None:
        name = self._node.GetActiveEffectName() if self._node is not None else ""
        return self.effectByName(name or "")

    def effectByName(self, name: str) -> Effect | None:
        return self._effects.get(name)

    def effectByIndex(self, index: int) -> Effect:
        return list(self._effects.values())[index]

    def effectCount(self) -> int:
        return len(self._effects)

    def availableEffectNames(self) -> tuple[str, ...]:
        return tuple(self._effects)

    def setEffectNameOrder(self, names: Any) -> None:
        unknown = [name for name in names if name not in self._effects]
        if unknown:
            raise ValueError(f"the Segment Editor of Slicer has no effect {', '.join(unknown)}")
        self._order = list(names)

    def effectNameOrder(self) -> tuple[str, ...]:
        return tuple(self._order)

    def updateEffectList(self) -> None:
        """Lays the effects' buttons out; none are drawn here."""

    def installKeyboardShortcuts(self, parent: Any = None) -> None:
        self.shortcuts = slicer.util.mainWindow() if parent is None else parent

    def uninstallKeyboardShortcuts(self) -> None:
        self.shortcuts = None

    def paint(self, stroke: Any) -> None:
        """A stroke (an array on the source volume's grid) by Slicer's own editor logic, as of its Paint effect."""
        logic = slicer.vtkSlicerSegmentEditorLogic()
        logic.SetMRMLScene(self.mrmlScene())
        logic.SetSegmentEditorNode(self._node)
        logic.SetSourceRepresentationToBinaryLabelMap()
        modifier = slicer.vtkSlicerSegmentationsModuleLogic.CreateOrientedImageDataFromVolumeNode(self._source)
        vtk_to_numpy(modifier.GetPointData().GetScalars())[:] = stroke.ravel()
        mode = slicer.vtkSlicerSegmentEditorLogic.ModificationModeAdd
        logic.ModifySegmentByLabelmap(self._node.GetSegmentationNode(), self._segment, modifier, mode, True, False)

    def setupViewObservations(self) -> None:
        self.viewObservations = True

    def removeViewObservations(self) -> None:
        self.viewObservations = False

    def rotateSliceViewsToSegmentation(self) -> None:
        """Turns the slice views to the segmentation's axes; there are no views to turn here."""

    def saveStateForUndo(self) -> None:
        """Counts the states that Slicer would keep."""
        self.savedStates += 1

    def undo(self) -> None:
        """Takes back the last edit; nothing is edited here."""

    def redo(self) -> None:
        """Makes the last edit again; nothing is edited here."""


class qMRMLSegmentSelectorWidget(qMRMLWidget):
    """A segmentation and one of its segments."""

    currentNodeChanged = qt.Signal(object)
    currentSegmentChanged = qt.Signal(str)
    noneEnabled = stored(bool, "noneEnabled", False)
    editEnabled = stored(bool, "editEnabled", False)
    segmentationNodeSelectorVisible = stored(bool, "segmentationNodeSelectorVisible", True)
    horizontalLayout = stored(bool, "horizontalLayout", False)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._nodes, self._segments = qMRMLNodeComboBox(), qt.QComboBox()
        self._nodes.nodeTypes, self._nodes.noneEnabled = ["vtkMRMLSegmentationNode"], True
        self._observer = Observer()
        layout = qt.QVBoxLayout(self)
        layout.addWidget(self._nodes)
        layout.addWidget(self._segments)
        self.mrmlSceneChanged.connect(self._nodes.setMRMLScene)
        self._nodes.currentNodeChanged.connect(self._on_node)
        self._segments.currentIndexChanged.connect(lambda _: self.currentSegmentChanged.emit(self.currentSegmentID()))
        self.destroyed.connect(self._observer.clear)

    def _on_node(self, node: Any) -> None:
        refill = {"ModifiedEvent": lambda *_: self._fill()}
        self._observer.observe("segmentation", node.GetSegmentation() if node else None, refill)
        self._fill()
        self.currentNodeChanged.emit(node)

    def _fill(self) -> None:
        current, node = self.currentSegmentID(), self.currentNode()
        self._segments.clear()
        for identifier in node.GetSegmentation().GetSegmentIDs() if node else ():
            self._segments.addItem(node.GetSegmentation().GetSegment(identifier).GetName(), identifier)
        self.setCurrentSegmentID(current)

    def currentNode(self) -> Any:
        return self._nodes.currentNode()

    def setCurrentNode(self, node: Any) -> None:
        self._nodes.setCurrentNode(node)

    def currentNodeID(self) -> str:
        return self._nodes.currentNodeID

    def setCurrentNodeID(self, identifier: str) -> None:
        self._nodes.setCurrentNodeID(identifier)

    def currentSegmentID(self) -> str:
        return self._segments.currentData or ""

    def setCurrentSegmentID(self, identifier: str) -> None:
        index = self._segments.findData(identifier)
        if index >= 0:
            self._segments.setCurrentIndex(index)

    def segmentIDs(self) -> tuple[str, ...]:
        return tuple(self._segments.itemData(row) for row in range(self._segments.count))


def classes() -> dict[str, type]:
    """The widgets, by the names they have in ``slicer``."""
    return {cls.__name__: cls for cls in (qMRMLSegmentEditorWidget, qMRMLSegmentSelectorWidget)}
