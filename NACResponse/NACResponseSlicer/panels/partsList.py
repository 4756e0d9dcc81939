"""A list of the parts that enhance, each with a box to keep it in the contour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import qt
from slicer.i18n import tr as _

from ..enhancingParts import Part


class PartsList:
    """Check boxes, one a part, largest first.

    Args:
        holder: an empty widget.
        onKept: is called with a part and whether the user wants it.
    """

    def __init__(self, holder: qt.QWidget, onKept: Callable[[Part, bool], None]) -> None:
        self._layout = qt.QVBoxLayout(holder)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._holder, self._onKept = holder, onKept
        self.boxes: list[qt.QCheckBox] = []
        self.show([])

    def show(self, parts: Sequence[Part]) -> None:
        """Lists these parts and no others."""
        for box in self.boxes:
            self._layout.removeWidget(box)
            box.hide()
            box.deleteLater()
        self.boxes = []
        for number, part in enumerate(parts, 1):
            box = qt.QCheckBox(_("Part {number}: {mm3:,.0f} mm³").format(number=number, mm3=part.volumeMm3))
            box.toolTip = _("Keep this part in the contour")
            box.checked = part.kept
            box.toggled.connect(partial(self._onKept, part))
            self._layout.addWidget(box)
            self.boxes.append(box)
        self._holder.visible = len(parts) > 1
