"""A row under a shell: points that the user places on chest wall or skin, and the shell made again with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from ..wallPoints import POINT_EVENTS, WALL, placePoints, pointList, removePoints, wallPoints

REDRAW_DELAY_MS = 400  # after the last click


class WallPointsRow(VTKObservationMixin):
    """Place and remove the points of one contour.

    Args:
        kind: ``wallPoints.WALL`` or ``SKIN``.

    Attributes:
        onPoints: called shortly after points were placed, moved or removed.
    """

    def __init__(self, widget: qt.QWidget, contour: str, onPoints: Callable[[], None], kind: str = WALL) -> None:
        """Fills ``widget``, an empty one."""
        super().__init__()
        self.widget, self.contour, self.onPoints, self.kind = widget, contour, onPoints, kind
        self._parameterNode: Any = None
        self._list: Any = None
        text = _("Mark the chest wall") if kind == WALL else _("Mark the skin")
        self.placeButton, self.countLabel = qt.QPushButton(text), qt.QLabel()
        wall = _(
            "Where the shell is cut at the wrong place: click on the front of the muscle in the slice views, a few "
            "points about the tumour. The right mouse button ends it. The shell is made again with them."
        )
        skin = _(
            "Where the skin is too thick or too thin: click where it ends, on its inner side. The right mouse button "
            "ends it. The shell is made again with them."
        )
        self.placeButton.toolTip = wall if kind == WALL else skin
        self.removeButton = qt.QPushButton(_("Remove"))
        self.removeButton.toolTip = _("Remove the points; the shell is made again without them")
        row = qt.QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.placeButton, self.countLabel, self.removeButton):
            row.addWidget(part)
        row.addStretch(1)
        self.placeButton.clicked.connect(self.place)
        self.removeButton.clicked.connect(self.remove)
        self._timer = qt.QTimer(widget)
        self._timer.setSingleShot(True)
        self._timer.interval = REDRAW_DELAY_MS
        self._timer.timeout.connect(self._onTimer)

    def show(self, parameterNode: Any, visible: bool = True) -> None:
        """Follows the list of this contour; None follows none."""
        self._parameterNode = parameterNode
        node = pointList(parameterNode, self.contour, self.kind) if parameterNode is not None else None
        if node is not self._list:
            for event in POINT_EVENTS:
                if self._list is not None:
                    self.removeObserver(self._list, event, self._onPoints)
                if node is not None:
                    self.addObserver(node, event, self._onPoints)
            self._list = node
        self.widget.visible = visible
        count = len(wallPoints(parameterNode, self.contour, self.kind)) if parameterNode is not None else 0
        self.countLabel.text = _("{count} points").format(count=count)
        self.countLabel.visible = self.removeButton.visible = count > 0

    def place(self) -> None:
        """The next clicks in the views place points."""
        placePoints(self._parameterNode, self.contour, self.kind)
        self.show(self._parameterNode)

    def remove(self) -> None:
        """Takes the points away."""
        removePoints(self._parameterNode, self.contour, self.kind)

    def cleanup(self) -> None:
        """The panel goes."""
        self._timer.stop()
        self.show(None, False)

    def callLater(self) -> None:
        """Calls ``onPoints`` after a short while without further changes."""
        self._timer.start()

    def _onPoints(self, caller: Any, event: str) -> None:
        self.callLater()

    def _onTimer(self) -> None:
        if self._parameterNode is not None:
            self.onPoints()
