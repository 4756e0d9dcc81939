"""A contour suggested from enhancement: the box, the threshold, and the parts that enhance, to keep or drop each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from ..enhancingParts import Part
from .panel import SHOWN_ERRORS
from .partsList import PartsList
from .views import viewCentre

if TYPE_CHECKING:
    from .contour import ContourPanel

BOX_SHARE = 0.25  # of the image's edges, for a new box


class SuggestBox:
    """The group of the contour's step that suggests.

    Attributes:
        parts: the list of parts; empty before a suggestion.
    """

    def __init__(self, panel: ContourPanel) -> None:
        self._panel = panel
        self.parts = PartsList(panel.ui.partsPlace, self.onPartKept)
        panel.ui.boxButton.clicked.connect(self.makeBox)
        panel.ui.suggestButton.clicked.connect(self.suggest)

    def show(self, visible: bool) -> None:
        """Shows what is missing; nothing where the contour's images do not enhance."""
        panel = self._panel
        panel.ui.suggestBox.visible = visible
        if self.parts.boxes and not panel.logic.suggestedParts:  # they were of another patient
            self.forget()
        lacking = panel.logic.missingFor("suggest", panel.parameterNode, panel.contour)
        panel.ui.suggestButton.enabled = not lacking
        panel.show(panel.ui.suggestMissing, *lacking)

    def forget(self) -> None:
        """Another contour is worked on: the parts of this one are listed no more."""
        self.parts.show([])

    def makeBox(self) -> None:
        """A box of a quarter of the image's edges in the middle of the view."""
        image = self._panel.image
        box = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", _("Suggestion box"))
        box.CreateDefaultDisplayNodes()
        bounds = [0.0] * 6
        if image is not None:
            image.GetRASBounds(bounds)
        edges = [max(BOX_SHARE * (bounds[2 * axis + 1] - bounds[2 * axis]), 20.0) for axis in range(3)]
        box.SetSizeWorld(edges)
        box.SetCenterWorld(viewCentre())
        self._panel.parameterNode.suggestionBox = box

    def suggest(self) -> None:
        """Replaces the contour by what enhances in the box, after asking where there is one already."""
        panel = self._panel
        if not panel.mayReplace():
            return
        node, logic = panel.parameterNode, panel.logic
        try:
            with slicer.util.WaitCursor():
                panel.editor.saveStateForUndo()
                logic.suggestContour(node, panel.contour, node.suggestionBox, node.enhancementPercent)
        except SHOWN_ERRORS as error:
            panel.say(str(error))
            return
        panel.say(" ".join([_("Suggested from enhancement: check and correct it."), *logic.suggestionWarnings]))
        panel.onContourChosen()
        self.parts.show(logic.suggestedParts)

    def onPartKept(self, part: Part, wanted: bool) -> None:
        """The user keeps or drops a part of what enhances."""
        panel = self._panel
        if panel.parameterNode is not None:
            panel.editor.saveStateForUndo()
            panel.logic.keepPart(panel.parameterNode, panel.contour, part, wanted)
