"""What every panel shares: its form, the parameter node shown in it, and the folders its commands work in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
import vtk
from slicer.util import VTKObservationMixin

from .. import dependencies
from ..contours import segmentationOf
from ..processRunner import RunResult, workingFolder
from ..study import studyOf
from .access import nameControls
from .runBar import RunBar

FORMS = Path(__file__).resolve().parents[2] / "Resources" / "UI"
SHOWN_ERRORS = (ValueError, RuntimeError, OSError)  # what is shown under the step; anything else is a fault of ours
CONTOUR_EVENTS = (  # the segmentation node hands on what its segmentation says
    slicer.vtkSegmentation.SegmentAdded,
    slicer.vtkSegmentation.SegmentRemoved,
    slicer.vtkSegmentation.SegmentModified,
    slicer.vtkSegmentation.SourceRepresentationModified,
)
UPDATE_DELAY_MS = 50  # many changes that come together are shown once


class Panel(VTKObservationMixin):
    """A form and what is done with it. Children override ``setup``, ``updateState`` and, where needed, the hooks.

    A widget of the form with the dynamic property ``SlicerParameterName`` shows and sets that parameter.

    Attributes:
        watchesContours: whether the state is shown again when a contour or another segment beside it changes.
        widget, ui: the form, and its children by name.
        parameterNode: what the form shows; None while a scene is being closed or loaded.
    """

    watchesContours = False

    def __init__(self, logic: Any, uiName: str) -> None:
        super().__init__()
        self.logic = logic
        self.parameterNode: Any = None
        self._watched: list[Any] = []
        self._guiTag: int | None = None
        self._folders: list[Any] = []  # of the runs that go on
        self.widget = slicer.util.loadUI(str(FORMS / f"{uiName}.ui"))
        self.ui = slicer.util.childWidgetVariables(self.widget)
        self.widget.setMRMLScene(slicer.mrmlScene)
        self._updateTimer = qt.QTimer(self.widget)
        self._updateTimer.setSingleShot(True)
        self._updateTimer.interval = UPDATE_DELAY_MS
        self._updateTimer.timeout.connect(self._updateNow)
        self.setup()
        nameControls(self.ui)

    def setup(self) -> None:
        """Connects the form; called once, before there is a parameter node."""

    def updateState(self) -> None:
        """Shows what can be done now and what is missing; called after any change, and only with a parameter node."""

    def enter(self) -> None:
        """The user comes to the module."""

    def exit(self) -> None:
        """The user leaves the module."""

    def bars(self) -> list[RunBar]:
        """The panel's run bars, which end with it."""
        return []

    def cleanup(self) -> None:
        """The module is closed or reloaded: everything ends."""
        for bar in self.bars():
            bar.cleanup()
        self.setParameterNode(None)
        self._updateTimer.stop()
        while self._folders:
            self._folders.pop().cleanup()
        self.removeObservers()

    def setParameterNode(self, parameterNode: Any) -> None:
        """Shows another parameter node; None shows none."""
        if self.parameterNode is not None:
            self.parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self.parameterNode.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onChanged)
        self.parameterNode, self._guiTag = parameterNode, None
        if parameterNode is not None:
            self._guiTag = parameterNode.connectGui(self.widget)
            self.addObserver(parameterNode.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onChanged)
            self._updateNow()
        else:
            self._watch([])

    def onChanged(self, *_arguments: Any) -> None:
        """Something changed: the state is shown again shortly."""
        if not self._updateTimer.active:
            self._updateTimer.start()

    def _updateNow(self) -> None:
        self._updateTimer.stop()
        if self.parameterNode is not None:
            if self.watchesContours:
                found = [segmentationOf(self.parameterNode, name) for name in studyOf(self.parameterNode).contours]
                self._watch(list(dict.fromkeys(node for node in found if node is not None)))
            self.updateState()

    def _watch(self, segmentations: list[slicer.vtkMRMLSegmentationNode]) -> None:
        if segmentations == self._watched:
            return
        for event in CONTOUR_EVENTS:
            for node in self._watched:
                self.removeObserver(node, event, self.onChanged)
            for node in segmentations:
                self.addObserver(node, event, self.onChanged)
        self._watched = segmentations

    @staticmethod
    def show(label: qt.QLabel, *sentences: str) -> None:
        """Says these in a label, a line each; without any the label takes no room."""
        shown = [sentence for sentence in sentences if sentence]
        label.text = "\n".join(shown)
        label.visible = bool(shown)

    def runStep(
        self, bar: RunBar, purpose: str, prepare: Callable[[Path], list[str]], onSuccess: Callable[[Path], None]
    ) -> None:
        """Runs a command in a fresh folder and takes over its results; the folder is removed then.

        Args:
            purpose: what must be installed for it ("shell", "score"); the user is asked where something is not.
            prepare: writes the input into the folder and returns the words of the command line.
            onSuccess: reads the results from the folder; not called after a failure, which the bar shows.
        """
        temporary = workingFolder()
        self._folders.append(temporary)
        folder = Path(temporary.name)

        def end() -> None:
            temporary.cleanup()
            self._folders.remove(temporary)
            self.onChanged()

        def onDone(result: RunResult) -> None:
            try:
                if result.ok:
                    onSuccess(folder)
            except SHOWN_ERRORS as error:
                bar.showMessage(str(error), result.output)
            finally:
                end()

        try:
            dependencies.ensure(purpose)
            with slicer.util.WaitCursor():
                words = prepare(folder)
        except SHOWN_ERRORS as error:
            bar.showMessage(str(error))
            end()
            return
        bar.start(words, onDone)
