"""One key that leads to what comes next: the image, contour or value that is missing, else the score."""

from __future__ import annotations

from typing import Any

import qt
import slicer

from ..patientChecks import missingContour, missingImage
from ..slots import kept
from .clinical import ClinicalPanel
from .contour import ContourPanel
from .images import ImagesPanel
from .score import ScorePanel

KEY = "Ctrl+Return"


class NextStep:
    """Listens to the key in the whole window while the module is shown, since contours are drawn in the views.

    Args:
        images, contour, clinical, score: the panels of the steps.
    """

    def __init__(self, images: ImagesPanel, contour: ContourPanel, clinical: ClinicalPanel, score: ScorePanel) -> None:
        self._images, self._contour, self._clinical, self._score = images, contour, clinical, score
        self.shortcut: Any = None

    def install(self) -> None:
        """The user comes to the module."""
        window = slicer.util.mainWindow()
        if window is not None and self.shortcut is None:
            self.shortcut = qt.QShortcut(window)
            self.shortcut.setKey(qt.QKeySequence(KEY))
            self.shortcut.connect("activated()", self.go)

    def uninstall(self) -> None:
        """The user leaves."""
        if self.shortcut is not None:
            self.shortcut.enabled = False
            self.shortcut.deleteLater()
            self.shortcut = None

    def go(self) -> None:
        """Turns to what is missing first; where nothing is, scores."""
        node = self._score.parameterNode
        if node is not None and not (self._goToImage(node) or self._goToContour(node) or self._goToValue()):
            self._open(self._score.ui.scoreStep, self._score.bar.runButton)
            if self._score.bar.runButton.enabled:
                self._score.bar.runButton.click()

    def _goToImage(self, node: Any) -> bool:
        model = self._images.logic.clinicalModel(node)
        lacking = [name for name in model.get("images", ()) if kept(node, "image", name) is None]
        for contour in model.get("contours", ()):
            if missingImage(node, contour):
                lacking += self._images.logic.study(node).contours[contour].images[:1]
        selector = next((self._images.selectors[name] for name in lacking if name in self._images.selectors), None)
        if selector is not None:
            self._open(self._images.ui.imagesStep, selector)
        return selector is not None

    def _goToContour(self, node: Any) -> bool:
        contours = self._images.logic.clinicalModel(node).get("contours", ())
        contour = next((name for name in contours if missingContour(node, name)), None)
        if contour is None:
            return False
        self._contour.choose(contour)
        self._open(self._contour.ui.contourStep, self._contour.ui.createButton)
        if self._contour.ui.createButton.enabled and self._contour.ui.createButton.visible:
            self._contour.create()
        return True

    def _goToValue(self) -> bool:
        edit = self._clinical.firstMissing()
        if edit is not None:
            self._open(self._clinical.ui.clinicalStep, edit)
        return edit is not None

    @staticmethod
    def _open(step: Any, widget: Any) -> None:
        step.collapsed = False
        widget.setFocus()
