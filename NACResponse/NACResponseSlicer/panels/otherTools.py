"""Contours by other extensions: turn to them, and take what they made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import qt
from slicer.i18n import tr as _

from ..otherSegments import NNINTERACTIVE, TITLES, OtherSegment, installed, openTool, otherSegments
from .access import describe


class OtherTools:
    """A button for each tool that is installed, and a list of the segments that may be taken.

    Args:
        holder: an empty widget.
        onTake: is called with the segment that the user takes.
    """

    def __init__(self, holder: qt.QWidget, onTake: Callable[[OtherSegment], None]) -> None:
        self._onTake = onTake
        self._parameterNode: Any = None
        self._contour = ""
        self._found: list[OtherSegment] = []
        rows = qt.QVBoxLayout(holder)
        rows.setContentsMargins(0, 0, 0, 0)
        self._holder = holder
        self.buttons: dict[str, qt.QPushButton] = {}
        for module, title in TITLES.items():
            button = qt.QPushButton(_("Open {tool}").format(tool=title))
            button.clicked.connect(partial(self._open, module))
            rows.addWidget(button)
            self.buttons[module] = button
        self.buttons[NNINTERACTIVE].toolTip = _(
            "It draws into this contour; Slicer's arrow 'back' in the toolbar returns here"
        )
        self.combo, self.takeButton = qt.QComboBox(), qt.QPushButton(_("Take as contour"))
        self.combo.sizeAdjustPolicy = qt.QComboBox.AdjustToMinimumContentsLengthWithIcon
        self.combo.minimumContentsLength = 10
        self.combo.toolTip = _("Segments of this scene that other programs made, or that came from DICOM")
        self.takeButton.toolTip = _("Replace the contour by this segment")
        describe(self.combo, _("Other segment"), self.combo.toolTip)
        row = qt.QHBoxLayout()
        row.addWidget(self.combo, 1)
        row.addWidget(self.takeButton)
        rows.addLayout(row)
        self.takeButton.clicked.connect(self._take)

    def show(self, parameterNode: Any, contour: str) -> None:
        """Follows a contour."""
        self._parameterNode, self._contour = parameterNode, contour
        self._found = otherSegments(parameterNode)
        titles = [one.title for one in self._found]
        if [self.combo.itemText(row) for row in range(self.combo.count)] != titles:
            self.combo.clear()
            for one in self._found:
                self.combo.addItem(one.title, one.key)
        tools = [module for module in self.buttons if installed(module)]
        for module, button in self.buttons.items():
            button.visible = module in tools
        self.combo.visible = self.takeButton.visible = bool(self._found)
        self._holder.visible = bool(self._found or tools)

    def _open(self, module: str, _checked: bool = False) -> None:
        openTool(module, self._parameterNode, self._contour)

    def _take(self) -> None:
        chosen = next((one for one in self._found if one.key == self.combo.currentData), None)
        if chosen is not None:
            self._onTake(chosen)
