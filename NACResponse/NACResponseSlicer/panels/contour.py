"""Step 3, Contour: the tumour on each image that needs a contour, drawn in the embedded Segment Editor or suggested."""

from __future__ import annotations

import math
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ..contours import contourSegment, drawnOn, imageOf, segmentationOf
from ..otherSegments import OtherSegment, maskOf
from ..patientChecks import imageWord
from ..segments import digest
from ..study import contourNamed
from .otherTools import OtherTools
from .panel import SHOWN_ERRORS, Panel
from .suggestBox import SuggestBox
from .views import jumpTo, showForContour, showVolume

EDITOR_TAG = "NACResponse"
EFFECTS = [  # Slicer's names, in the order in which a contour is usually made
    *("Paint", "Draw", "Erase", "Level tracing", "Threshold", "Grow from seeds", "Fill between slices"),
    *("Islands", "Smoothing", "Margin", "Scissors", "Hollow", "Logical operators", "Mask volume"),
]
SIZE_DELAY_MS = 400  # after the last stroke


class ContourPanel(Panel):
    """Create a contour, draw it, or have it suggested from contrast enhancement."""

    watchesContours = True

    def __init__(self, logic: Any) -> None:
        super().__init__(logic, "Contour")

    def setup(self) -> None:
        self.editor = slicer.qMRMLSegmentEditorWidget()
        self.editor.setMaximumNumberOfUndoStates(10)
        self.editor.setEffectNameOrder(EFFECTS)
        self.editor.unorderedEffectsVisible = False
        self.editor.segmentationNodeSelectorVisible = False
        self.editor.sourceVolumeNodeSelectorVisible = False
        self.editor.switchToSegmentationsButtonVisible = False
        self.editor.addRemoveSegmentButtonsVisible = True  # Grow from seeds needs a second segment
        self.ui.editorPlace.layout().addWidget(self.editor)
        self.ui.contourCombo.connect("activated(int)", self.onContourChosen)
        self.ui.createButton.clicked.connect(self.create)
        self.ui.threePlanesCheckBox.toggled.connect(self.onThreePlanes)
        self.ui.subtractButton.clicked.connect(self.subtract)
        self.suggestion = SuggestBox(self)
        self.tools = OtherTools(self.ui.toolsPlace, self.take)
        self._sizeTimer = qt.QTimer(self.widget)
        self._sizeTimer.setSingleShot(True)
        self._sizeTimer.interval = SIZE_DELAY_MS
        self._sizeTimer.timeout.connect(self.showSize)
        self._entered = False
        self.say("")

    @property
    def contour(self) -> str:
        """The contour that is worked on, by its name in the study ("MRI", "US")."""
        return str(self.ui.contourCombo.currentData or "MRI")

    def choose(self, contour: str) -> None:
        """Turns to a contour, as the user does."""
        index = self.ui.contourCombo.findData(contour)
        if index >= 0:
            self.ui.contourCombo.currentIndex = index
            self.onContourChosen()

    def _showContours(self) -> None:
        """The contours to choose from, each with what is missing."""
        combo, known = self.ui.contourCombo, self.logic.study(self.parameterNode).contours
        if [combo.itemData(row) for row in range(combo.count)] != list(known):
            before = combo.currentData
            combo.clear()
            for name in known:
                combo.addItem("", name)
            combo.currentIndex = max(combo.findData(before), 0)
        for row, name in enumerate(known):
            combo.setItemText(row, self._titled(name))

    def _titled(self, contour: str) -> str:
        there = not self.logic.missingFor("shell", self.parameterNode, contour)
        image = drawnOn(self.parameterNode, contour)
        place = imageWord(image) if image is not None else _("no image yet")
        state = "\u2713" if there else _("missing")
        return _("{contour} (on {image}): {state}").format(contour=contour, image=place, state=state)

    @property
    def segmentation(self) -> slicer.vtkMRMLSegmentationNode | None:
        """The segmentation that holds that contour."""
        return segmentationOf(self.parameterNode, self.contour)

    @property
    def segmentId(self) -> str:
        """That contour's segment; empty where it is not there, or not any more."""
        return contourSegment(self.parameterNode, self.contour)[1]

    @property
    def image(self) -> slicer.vtkMRMLScalarVolumeNode | None:
        """The image on which that contour is drawn."""
        name = drawnOn(self.parameterNode, self.contour)
        return imageOf(self.parameterNode, name) if name else None

    # The editor's own node

    def _editorNode(self) -> slicer.vtkMRMLSegmentEditorNode:
        node = slicer.mrmlScene.GetSingletonNode(EDITOR_TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
            node.UnRegister(None)
            node.SetSingletonTag(EDITOR_TAG)
            node = slicer.mrmlScene.AddNode(node)
        node.SetOverwriteMode(node.OverwriteNone)  # a stroke must not take voxels from skin, breast or shell
        return node

    def setParameterNode(self, parameterNode: Any) -> None:
        if parameterNode is None:
            self._sizeTimer.stop()
            self.suggestion.forget()
            self._stopEditing()
            self.editor.setSegmentationNode(None)
            self.editor.setMRMLSegmentEditorNode(None)
        else:
            self.editor.setMRMLSegmentEditorNode(self._editorNode())
            self.editor.setMRMLScene(slicer.mrmlScene)
        super().setParameterNode(parameterNode)

    def enter(self) -> None:
        self._entered = True
        self.editor.installKeyboardShortcuts(self.editor)  # those of a hidden editor do nothing
        self.onChanged()

    def exit(self) -> None:
        self._entered = False
        self._stopEditing()
        self.editor.uninstallKeyboardShortcuts()

    def _stopEditing(self) -> None:
        """Ends the effect and its observed views: Slicer crashes where these outlive the editor's node."""
        self.editor.setActiveEffect(None)
        self.editor.removeViewObservations()

    def cleanup(self) -> None:
        self.exit()
        super().cleanup()

    # State

    def updateState(self) -> None:
        self._showContours()
        contour, segment = self.contour, self.segmentId
        missing = self.logic.missingFor("contour", self.parameterNode, contour)
        self.ui.createButton.enabled = not missing and not segment
        self.ui.createButton.text = _("Create {contour} contour").format(contour=contour)
        self.ui.createButton.visible = not segment
        self.show(self.ui.contourMissing, *missing)
        enhances = contourNamed(self.parameterNode, contour).modality == "MR"
        self.suggestion.show(enhances)
        self.ui.subtractButton.visible = enhances
        self.ui.subtractButton.enabled = not self.logic.missingFor("subtract", self.parameterNode, contour)
        self.tools.show(self.parameterNode, contour)
        self.ui.editorPlace.visible = bool(segment)
        self._followSegmentation(segment)
        self._sizeTimer.start()

    def _followSegmentation(self, segment: str) -> None:
        """The editor works on our segmentation; which segment in it is the user's choice, once it is shown."""
        segmentation = self.segmentation if segment else None
        if self.editor.segmentationNode() is not segmentation:
            self.editor.setSegmentationNode(segmentation)
            if segment:
                self.editor.setCurrentSegmentID(segment)
        if segment and self.image is not None and self.editor.sourceVolumeNode() is not self.image:
            self.editor.setSourceVolumeNode(self.image)

    def showSize(self) -> None:
        """The contour's longest diameter, and its volume; in 2D its area."""
        self._sizeTimer.stop()
        if self.parameterNode is None:
            return
        text = ""
        if self.segmentId:
            try:
                diameter, volume = self.logic.tumorSize(self.parameterNode, self.contour)
                text = _("{contour} contour: longest diameter {mm:.0f} mm, volume {mm3:,.0f} mm³ ({cm3:.1f} cm³).")
                if math.isnan(volume):
                    text = _("{contour} contour: longest diameter {mm:.0f} mm.")
                text = text.format(contour=self.contour, mm=diameter, mm3=volume, cm3=volume / 1000)
            except SHOWN_ERRORS as error:
                text = str(error)
        self.show(self.ui.sizeLabel, text)

    # Actions

    def onContourChosen(self, _index: int = -1) -> None:
        """The user turns to another contour: its image is shown in its plane, its segment is edited."""
        if self.parameterNode is None:
            return
        self.suggestion.forget()
        self.showContour()
        self.updateState()
        if self.segmentId:
            self.editor.setCurrentSegmentID(self.segmentId)

    def showContour(self) -> None:
        """The contour's image in one large view, at the contour where there is one."""
        image = self.image
        if image is None:
            return
        contour = contourNamed(self.parameterNode, self.contour)
        showForContour(contour, image, self.ui.threePlanesCheckBox.checked)
        segmentation = self.segmentation
        if segmentation is not None and self.segmentId and not self.isEmpty():
            jumpTo(segmentation.GetSegmentCenterRAS(self.segmentId))

    def create(self) -> None:
        """Adds an empty contour and starts to draw in it."""
        try:
            self.logic.createContour(self.contour, self.image, self.parameterNode)
        except SHOWN_ERRORS as error:
            self.say(str(error))
            return
        self.onContourChosen()
        if self._entered:
            self.editor.setActiveEffectByName("Paint")

    def edit(self, contour: str, segmentId: str) -> None:
        """Another segment beside a contour (skin, chest wall, breast) is edited."""
        self.ui.contourStep.collapsed = False
        self.choose(contour)
        self.updateState()
        self.editor.setCurrentSegmentID(segmentId)
        if self._entered:
            self.editor.setActiveEffectByName("Paint")

    def onThreePlanes(self, _checked: bool = False) -> None:
        """One large view, or all three planes."""
        if self.parameterNode is not None:
            self.showContour()

    def subtract(self) -> None:
        """Shows what enhances: the image after contrast less the one before."""
        try:
            with slicer.util.WaitCursor():
                volume = self.logic.subtract(self.parameterNode, self.contour)
        except SHOWN_ERRORS as error:
            self.say(str(error))
            return
        showVolume(volume)
        self.say(_("The difference is shown; the contour stays on its image."))

    def take(self, segment: OtherSegment) -> None:
        """Replaces the contour by a segment of another program, after asking where there is one already."""
        if not self.mayReplace():
            return
        try:
            self.editor.saveStateForUndo()
            self.logic.setContour(self.parameterNode, self.contour, maskOf(segment))
        except SHOWN_ERRORS as error:
            self.say(str(error))
            return
        self.say(_("Taken from {name}: check and correct it.").format(name=segment.title))
        self.onContourChosen()

    def mayReplace(self) -> bool:
        """Asks where something is drawn already."""
        if not self.segmentId or self.isEmpty():
            return True
        return slicer.util.confirmYesNoDisplay(_("Replace the present contour?"), _("NACResponse"))

    def isEmpty(self) -> bool:
        """Whether nothing is drawn in that contour yet."""
        return digest(self.segmentation, self.segmentId) == "empty"

    def say(self, text: str) -> None:
        """What came of the last action."""
        self.show(self.ui.contourMessage, text)
