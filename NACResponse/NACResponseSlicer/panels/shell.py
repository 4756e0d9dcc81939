"""Step 4, Shell: the tissue about the tumour, what it was clipped at, and the anatomy to look at and correct."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ..contours import drawnOn, segmentationOf
from ..patientResults import ShellResult
from ..segments import LOOKS, findSegment, role
from ..skinPoints import applySkinPoints
from ..study import studyOf
from ..wallPoints import SKIN
from .panel import Panel
from .runBar import RunBar
from .shellReview import ShellReview
from .views import lookAt
from .wallPointsRow import WallPointsRow


class ShellPanel(Panel):
    """Make the shell of each contour; show, hide and correct the anatomy.

    Args:
        onEdit: is called with a contour and a segment id when the user wants to edit it.
    """

    watchesContours = True

    def __init__(self, logic: Any, onEdit: Callable[[str, str], None]) -> None:
        self.onEdit = onEdit
        super().__init__(logic, "Shell")

    def setup(self) -> None:
        self.shellBars: dict[str, RunBar] = {}  # by contour
        self.pointsRows: dict[str, WallPointsRow] = {}
        self.skinRows: dict[str, WallPointsRow] = {}
        self.reviews: dict[str, ShellReview] = {}
        self.results: dict[str, qt.QLabel] = {}
        self._grid = qt.QGridLayout(self.ui.anatomyGrid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(0, 1)
        self.checkBoxes: dict[tuple[str, str], qt.QCheckBox] = {}  # by contour and kind of segment
        self.editButtons: dict[tuple[str, str], qt.QPushButton] = {}
        for contour in ("MRI", "CT"):
            self._addContour(contour)

    def _addContour(self, contour: str) -> None:
        """The bar, the result, the rows of points and the review of one contour."""
        place, result, points, skin, review = qt.QWidget(), qt.QLabel(), qt.QWidget(), qt.QWidget(), qt.QWidget()
        bar = RunBar(place, _("Make {contour} shell").format(contour=contour))
        bar.runButton.clicked.connect(partial(self._onRun, contour))
        bar.onChanged = self.onChanged
        result.wordWrap = True
        result.setTextFormat(qt.Qt.PlainText)
        for widget in (place, result, points, skin, review):
            self.ui.contoursPlace.layout().addWidget(widget)
        self.shellBars[contour], self.results[contour] = bar, result
        self.pointsRows[contour] = WallPointsRow(points, contour, partial(self._onPoints, contour))
        self.skinRows[contour] = WallPointsRow(skin, contour, partial(self._onSkinPoints, contour), SKIN)
        self.reviews[contour] = ShellReview(review, contour, self.onChanged)

    def bars(self) -> list[RunBar]:
        return list(self.shellBars.values())

    def setParameterNode(self, parameterNode: Any) -> None:
        if parameterNode is None:
            for row in (*self.pointsRows.values(), *self.skinRows.values()):
                row.cleanup()
        super().setParameterNode(parameterNode)

    def _onPoints(self, contour: str) -> None:
        """Points on the chest wall were changed: the shell, where there is one, is made again."""
        self.onChanged()
        bar = self.shellBars[contour]
        if bar.running:
            self.pointsRows[contour].callLater()
        elif self.logic.currentShell(self.parameterNode, contour) is not None and bar.runButton.enabled:
            self.makeShell(contour)

    def _onSkinPoints(self, contour: str) -> None:
        """Points on the skin were changed: it is corrected by them, and the shell is made again."""
        if self.shellBars[contour].running:
            self.skinRows[contour].callLater()
            return
        with slicer.util.WaitCursor():
            there = applySkinPoints(self.parameterNode, contour)
        if there:
            self._onPoints(contour)

    def _onRun(self, contour: str, _checked: bool = False) -> None:
        self.makeShell(contour)

    def makeShell(self, contour: str) -> None:
        """Makes the shell of a contour in another process."""
        parameterNode = self.parameterNode

        def prepare(folder: Path) -> list[str]:
            return self.logic.prepareShell(parameterNode, contour, folder)

        def onSuccess(folder: Path) -> None:
            self.logic.loadShell(parameterNode, contour, folder)
            segmentation, segmentId = self.logic.contourSegment(parameterNode, contour)
            lookAt(segmentation.GetSegmentCenterRAS(segmentId))

        self.runStep(self.shellBars[contour], "shell", prepare, onSuccess)

    def updateState(self) -> None:
        node = self.parameterNode
        shown = self._shown()
        for contour in sorted(shown - set(self.shellBars)):
            self._addContour(contour)
        self.ui.noShellLabel.visible = not shown
        for widget in (self.ui.marginSliderLabel, self.ui.marginSlider, self.ui.clipCheckBox):
            widget.visible = bool(shown)
        for contour, bar in self.shellBars.items():
            used = contour in shown
            bar.widget.visible = used
            if used:
                bar.setMissing(self.logic.missingFor("shell", node, contour))
            result = self.logic.currentShell(node, contour) if used else None
            sentences = (
                [*self._description(result), *self.logic.notesFor("shell", node, contour)] if result is not None else []
            )
            self.show(self.results[contour], *sentences)
            for row in (self.pointsRows[contour], self.skinRows[contour]):
                row.show(node, visible=result is not None and node.clip)
            self.reviews[contour].show(node, visible=result is not None)
        self._showAnatomy()

    def _shown(self) -> set[str]:
        """The contours with a shell: those that the model needs, and those with an image; one where none is known."""
        able = [name for name, contour in self.logic.study(self.parameterNode).contours.items() if contour.shell]
        needed = self.logic.clinicalModel(self.parameterNode).get("contours", able[:1])
        return {name for name in able if name in needed or drawnOn(self.parameterNode, name) is not None}

    def _description(self, result: ShellResult) -> list[str]:
        """A shell in sentences."""
        names = {"skin": _("skin"), "chest_wall": _("chest wall"), "air": _("air"), "other": _("other tissue")}
        clipped = [f"{names.get(name, name)} {_cm3(volume)}" for name, volume in result.clipped.items() if volume]
        sentences = [
            _("{contour} shell: {shell} about a tumour of {tumor}.").format(
                contour=result.contour, shell=_cm3(result.shellMm3), tumor=_cm3(result.tumorMm3)
            ),
            _("Left out: {places}.").format(places=", ".join(clipped)) if clipped else _("Nothing was left out."),
            _("Anatomy: {status}.").format(
                status="; ".join([result.status, *(f"{names[part]} {words}" for part, words in result.seen.items())])
            ),
        ]
        if result.edited:
            edited = ", ".join(self._name(kind) for kind in result.edited)
            sentences.append(_("As you edited them: {segments}.").format(segments=edited))
        sentences += [_("Warning: {text}").format(text=text) for text in result.warnings]
        return sentences

    # Anatomy

    def segments(self) -> dict[tuple[str, str], tuple[slicer.vtkMRMLSegmentationNode, str]]:
        """The module's segments that are there: segmentation and id by contour and kind."""
        found = {}
        for contour in studyOf(self.parameterNode).contours:
            segmentation = segmentationOf(self.parameterNode, contour)
            for kind in LOOKS if segmentation is not None else ():
                segmentId = findSegment(segmentation, role(kind, contour))
                if segmentId:
                    found[contour, kind] = (segmentation, segmentId)
        return found

    def _showAnatomy(self) -> None:
        found = self.segments()
        if list(found) != list(self.checkBoxes):
            self._buildAnatomy(list(found))
        for key, (segmentation, segmentId) in found.items():
            display = segmentation.GetDisplayNode()
            box = self.checkBoxes[key]
            wasBlocked = box.blockSignals(True)
            box.checked = display is not None and display.GetSegmentVisibility(segmentId)
            box.blockSignals(wasBlocked)
        self.ui.anatomyPlace.visible = any(kind != "Tumor" for _contour, kind in found)

    def _buildAnatomy(self, keys: list[tuple[str, str]]) -> None:
        """A row for every segment: show it, and for anatomy, edit it."""
        for widget in (*self.checkBoxes.values(), *self.editButtons.values()):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.checkBoxes, self.editButtons = {}, {}
        for row, (contour, kind) in enumerate(keys):
            box = qt.QCheckBox(_("{segment} ({contour})").format(segment=self._name(kind), contour=contour))
            box.toggled.connect(partial(self._setVisible, (contour, kind)))
            self._grid.addWidget(box, row, 0)
            self.checkBoxes[contour, kind] = box
            button = qt.QPushButton(_("Edit"))
            button.toolTip = _("Correct it in the Segment Editor of step 3")
            button.clicked.connect(partial(self._edit, (contour, kind)))
            button.visible = kind != "Shell"  # it follows from the others
            self._grid.addWidget(button, row, 1)
            self.editButtons[contour, kind] = button

    def _setVisible(self, key: tuple[str, str], visible: bool) -> None:
        segmentation, segmentId = self.segments()[key]
        segmentation.CreateDefaultDisplayNodes()
        segmentation.GetDisplayNode().SetSegmentVisibility(segmentId, visible)

    def _edit(self, key: tuple[str, str], _checked: bool = False) -> None:
        self.onEdit(key[0], self.segments()[key][1])

    @staticmethod
    def _name(kind: str) -> str:
        names = {
            "Tumor": _("Tumour"),
            "Shell": _("Shell"),
            "Skin": _("Skin"),
            "ChestWall": _("Chest wall"),
            "Breast": _("Breast"),
        }
        return names.get(kind, kind)


def _cm3(cubicMm: float) -> str:
    return f"{cubicMm / 1000:.1f} cm³"
