"""Rows of images to choose, made from the chosen model: the name, a selector, and whether it is there or missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from .access import describe

NEEDED, EITHER, OPTIONAL = "needed", "either", "optional"


@dataclass(frozen=True)
class Asked:
    """An image that is asked for.

    Attributes:
        name: in the protocol.
        label, hint: in words.
        need: ``needed``; ``either``, one of its group; ``optional``.
        group: its contour.
    """

    name: str
    label: str
    hint: str
    need: str
    group: str = ""


class ImageRows:
    """A label, a selector and a mark for each image.

    Args:
        holder: an empty widget.
        onChosen: is called with an image's name and the volume (or None) that the user chose.
    """

    def __init__(self, holder: qt.QWidget, onChosen: Callable[[str, Any], None]) -> None:
        self._grid = qt.QGridLayout(holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._onChosen = onChosen
        self.labels: dict[str, qt.QLabel] = {}
        self.selectors: dict[str, Any] = {}
        self.marks: dict[str, qt.QLabel] = {}
        self._order: list[str] = []

    def show(self, asked: Sequence[Asked], chosen: dict[str, Any]) -> None:
        """Shows these images and no others; ``chosen`` holds the volumes that are chosen, by name."""
        for one in asked:
            if one.name not in self.selectors:
                self._add(one.name)
        if [one.name for one in asked] != self._order:
            self._order = [one.name for one in asked]
            self._arrange()
        wanted = {one.name: one for one in asked}
        satisfied = {one.group for one in asked if chosen.get(one.name) is not None}
        for name, selector in self.selectors.items():
            parts, shown = (self.labels[name], selector, self.marks[name]), wanted.get(name)
            for part in parts:
                part.visible = shown is not None
            if selector.currentNode() is not chosen.get(name):
                selector.setCurrentNode(chosen.get(name))
            if shown is None:
                continue
            self.labels[name].text = shown.label + ":"
            selector.toolTip = shown.hint
            describe(selector, shown.label, shown.hint)
            self.marks[name].text = self._mark(chosen.get(name) is not None, shown.need, shown.group in satisfied)

    @staticmethod
    def _mark(there: bool, need: str, satisfied: bool) -> str:
        """In words and a sign: colours alone do not tell it to everybody."""
        if there:
            return "\u2713"
        if need == NEEDED or (need == EITHER and not satisfied):
            return _("missing")
        return _("optional")

    def _add(self, name: str) -> None:
        label, mark = qt.QLabel(), qt.QLabel()
        selector = slicer.qMRMLNodeComboBox()
        selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        selector.showChildNodeTypes = False
        selector.noneEnabled = True
        selector.addEnabled = False
        selector.removeEnabled = False
        selector.renameEnabled = True
        selector.setMinimumWidth(60)
        selector.setMRMLScene(slicer.mrmlScene)
        selector.nodeActivated.connect(partial(self._onChosen, name))
        label.setBuddy(selector)
        self.labels[name], self.selectors[name], self.marks[name] = label, selector, mark

    def _arrange(self) -> None:
        """Rows, and the way of the Tab key, in the order of the protocol."""
        for row, name in enumerate(self._order):
            for column, part in enumerate((self.labels[name], self.selectors[name], self.marks[name])):
                self._grid.removeWidget(part)
                self._grid.addWidget(part, row, column)
            if row:
                qt.QWidget.setTabOrder(self.selectors[self._order[row - 1]], self.selectors[name])
