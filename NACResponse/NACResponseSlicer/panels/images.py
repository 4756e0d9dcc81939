"""Step 1, Images: which volume is which."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from .. import sampleData
from .panel import SHOWN_ERRORS, Panel
from .views import showVolume

SCORED = ("imageMriCet1", "imageMriT2", "imageCt")  # parameters, in the order in which they are shown
SELECTORS = ("cet1Selector", "t2Selector", "ctSelector", "preSelector", "lateSelector")


class ImagesPanel(Panel):
    """Choose the images, or have them guessed, or load the sample patient."""

    def __init__(self, logic: Any) -> None:
        super().__init__(logic, "Images")

    def setup(self) -> None:
        self.ui.guessButton.clicked.connect(self.guess)
        self.ui.sampleButton.clicked.connect(self.loadSample)
        for name in SELECTORS:
            getattr(self.ui, name).nodeActivated.connect(self.onChosen)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAddedEvent, self.onChanged)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeRemovedEvent, self.onChanged)
        self.say("")

    def volumes(self) -> list[slicer.vtkMRMLScalarVolumeNode]:
        """The grey-scale volumes of the scene."""
        found = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        return [node for node in found if node.GetClassName() == "vtkMRMLScalarVolumeNode"]

    def updateState(self) -> None:
        there = bool(self.volumes())
        self.ui.guessButton.enabled = there
        self.ui.sampleButton.visible = not there

    def onChosen(self, node: slicer.vtkMRMLVolumeNode | None) -> None:
        """The user chose an image: it is shown."""
        if node is not None:
            showVolume(node)

    def guess(self) -> None:
        """Fills in the images whose names or DICOM tags tell what they are; the others stay as they are."""
        try:
            found = self.logic.guessImages(self.volumes())
        except SHOWN_ERRORS as error:
            self.say(str(error))
            return
        labels = {
            "imageMriCet1": _("CE-T1"),
            "imageMriT2": _("T2"),
            "imageCt": _("CT"),
            "imagePre": _("T1 before contrast"),
            "imageLate": _("T1 later phase"),
        }
        named = []
        with slicer.util.NodeModify(self.parameterNode):
            for parameter, identifier in found.items():
                node = slicer.mrmlScene.GetNodeByID(identifier)
                setattr(self.parameterNode, parameter, node)
                named.append(f"{labels[parameter]}: {node.GetName()}")
        if not named:
            self.say(_("No name or DICOM tag tells which image is which. Please choose yourself."))
            return
        self.say(_("Guessed, please check:") + "\n" + "\n".join(named))
        self.showFirst()

    def loadSample(self) -> None:
        """Loads the sample patient with contour and clinical data."""
        try:
            with slicer.util.WaitCursor():
                sampleData.loadSamplePatient(self.parameterNode, self.logic)
        except SHOWN_ERRORS as error:
            self.say(str(error))
            return
        self.say(_("The sample patient is loaded: go on with the shell or the score."))
        self.showFirst()

    def showFirst(self) -> None:
        """The first image that is chosen lies behind the slice views."""
        chosen = [getattr(self.parameterNode, name) for name in SCORED]
        node = next((node for node in chosen if node is not None), None)
        if node is not None:
            showVolume(node)

    def say(self, text: str) -> None:
        """One message under the buttons."""
        self.show(self.ui.imagesMessage, text)
