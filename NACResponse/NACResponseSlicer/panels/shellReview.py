"""Below a shell: the slices in which it touches skin or chest wall, one after another, and who accepts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import vtk
from slicer.i18n import tr as _

from ..acceptance import accept, acceptance, holds
from ..contours import drawnOn, imageOf
from ..study import contourNamed
from ..touching import Touch, touches
from .access import describe
from .panel import SHOWN_ERRORS
from .views import jumpTo, planeOf

READER = "NACResponse/reader"  # of Slicer's settings: the name that was given last
_AXES = {"Sagittal": 0, "Coronal": 1, "Axial": 2}  # of RAS


class ShellReview:
    """A slider and a row to accept.

    Args:
        holder: an empty widget.
        onAccepted: called when it was accepted.
    """

    def __init__(self, holder: qt.QWidget, contour: str, onAccepted: Callable[[], None]) -> None:
        self.widget, self._contour, self._onAccepted = holder, contour, onAccepted
        self._parameterNode: Any = None
        self._touches: list[Touch] = []
        rows = qt.QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 0)
        self.slider, self.touchLabel = qt.QSlider(qt.Qt.Horizontal), qt.QLabel()
        self.slider.toolTip = _("Go through the slices in which the shell touches skin or chest wall")
        describe(self.slider, _("Slices to look at"), self.slider.toolTip)
        self.touchLabel.wordWrap = True
        rows.addWidget(self.touchLabel)
        rows.addWidget(self.slider)
        self.nameEdit, self.acceptButton = qt.QLineEdit(), qt.QPushButton(_("Accept"))
        self.nameEdit.placeholderText = _("your name")
        self.nameEdit.text = str(qt.QSettings().value(READER) or "")
        self.acceptButton.toolTip = _("Record with your name and the time that contour and shell are right")
        describe(self.nameEdit, _("Name of who accepts"))
        row = qt.QHBoxLayout()
        row.addWidget(self.nameEdit, 1)
        row.addWidget(self.acceptButton)
        rows.addLayout(row)
        self.acceptedLabel = qt.QLabel()
        self.acceptedLabel.wordWrap = True
        self.acceptedLabel.setTextFormat(qt.Qt.PlainText)
        rows.addWidget(self.acceptedLabel)
        self.slider.connect("valueChanged(int)", self.onSlider)
        self.nameEdit.connect("textChanged(QString)", self._showButton)
        self.acceptButton.clicked.connect(self.accept)

    def show(self, parameterNode: Any, visible: bool) -> None:
        """Follows the shell of this contour."""
        self._parameterNode = parameterNode
        self.widget.visible = visible
        if visible:
            self._touches = touches(parameterNode, self._contour, self._axis())
            self.slider.maximum = max(len(self._touches) - 1, 0)
            self.slider.visible = len(self._touches) > 1
            self._tell()
            self._showAccepted()
            self._showButton()

    def _axis(self) -> int:
        """The image's axis across the plane in which the contour is drawn."""
        name = drawnOn(self._parameterNode, self._contour)
        image = imageOf(self._parameterNode, name) if name is not None else None
        if image is None:
            return 2
        directions = vtk.vtkMatrix4x4()
        image.GetIJKToRASDirectionMatrix(directions)
        row = _AXES[planeOf(contourNamed(self._parameterNode, self._contour), image)]
        along = [abs(directions.GetElement(row, column)) for column in range(3)]
        return along.index(max(along))

    def onSlider(self, _value: int = 0) -> None:
        """The views show the place in that slice."""
        if self._touches and self._parameterNode is not None:
            jumpTo(self._touches[self.slider.value].point)
            self._tell()

    def _tell(self) -> None:
        if not self._touches:
            self.touchLabel.text = _("The shell touches neither skin nor chest wall.")
            return
        names = {"Skin": _("skin"), "ChestWall": _("chest wall")}
        here = self._touches[min(self.slider.value, len(self._touches) - 1)]
        self.touchLabel.text = _("Slice {number} of {count} to look at: touches {kinds}").format(
            number=min(self.slider.value, len(self._touches) - 1) + 1,
            count=len(self._touches),
            kinds=_(" and ").join(names[kind] for kind in here.kinds),
        )

    def accept(self) -> None:
        """Records name and time."""
        try:
            made = accept(self._parameterNode, self._contour, str(self.nameEdit.text))
        except SHOWN_ERRORS as error:
            self.acceptedLabel.text = str(error)
            return
        qt.QSettings().setValue(READER, made.by)
        self._showAccepted()
        self._onAccepted()

    def _showButton(self, _text: str = "") -> None:
        self.acceptButton.enabled = bool(str(self.nameEdit.text).strip())

    def _showAccepted(self) -> None:
        found = acceptance(self._parameterNode, self._contour)
        text = ""
        if found is not None:
            text = (
                _("Accepted by {name}.")
                if holds(self._parameterNode, self._contour)
                else _("Changed since it was accepted by {name}: accept it again.")
            )
            text = text.format(name=found.inWords())
        self.acceptedLabel.text = text
        self.acceptedLabel.visible = bool(text)
