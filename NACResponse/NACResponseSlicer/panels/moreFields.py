"""Fields for the clinical variables of the chosen model that the form has no place for: made from their definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from .access import describe
from .panel import Panel


class MoreFields:
    """A label, a choice or a line to type in, and a place for what is wrong, for each variable."""

    def __init__(self, holder: qt.QWidget, onEdited: Callable[[], None]) -> None:
        """``holder`` has an empty layout; ``onEdited`` is called when the user changed a value."""
        self._layout, self._onEdited = holder.layout(), onEdited
        self._items: list[Mapping[str, Any]] = []
        self._writing = False
        self.edits: dict[str, Any] = {}
        self.problems: dict[str, qt.QLabel] = {}
        self._widgets: list[qt.QWidget] = []
        self._labels: dict[str, qt.QLabel] = {}

    def setItems(self, items: Sequence[Mapping[str, Any]]) -> None:
        """The variables, as ``nacresponse models list --json`` tells them; fields are made anew where they changed."""
        if list(items) == self._items:
            return
        for widget in self._widgets:
            self._layout.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._items, self._widgets, self.edits, self.problems = list(items), [], {}, {}
        self._labels = {}
        for item in items:
            unit = f" ({item['unit']})" if item["unit"] else ""
            label, edit, problem = qt.QLabel(f"{item['label']}{unit}:"), self._edit(item), qt.QLabel("")
            label.setBuddy(edit)
            describe(edit, label.text)
            self._labels[item["name"]] = label
            problem.wordWrap = True
            for widget in (label, edit, problem):
                self._layout.addWidget(widget)
                self._widgets.append(widget)
            self.edits[item["name"]], self.problems[item["name"]] = edit, problem

    def _edit(self, item: Mapping[str, Any]) -> qt.QWidget:
        if not item["levels"]:
            line = qt.QLineEdit()
            line.placeholderText = _("not known")
            line.connect("textChanged(QString)", self._edited)
            return line
        combo = qt.QComboBox()
        combo.addItem(_("not known"), "")
        for level in item["levels"]:
            combo.addItem(level, level)
        combo.connect("currentIndexChanged(int)", self._edited)
        return combo

    def _edited(self, *_arguments: Any) -> None:
        if not self._writing:
            self._onEdited()

    def firstMissing(self) -> qt.QWidget | None:
        """The field of the first variable that is needed and empty."""
        there = self.values()
        empty = (self.edits[item["name"]] for item in self._items if item.get("needed") and item["name"] not in there)
        return next(empty, None)

    def values(self) -> dict[str, str]:
        """What the fields say, by variable; empty ones are left out."""
        typed = {
            item["name"]: str(edit.currentData or "") if item["levels"] else str(edit.text)
            for item, edit in zip(self._items, self.edits.values(), strict=True)
        }
        return {name: text for name, text in typed.items() if text.strip()}

    def show(self, values: Mapping[str, str], problems: Mapping[str, str]) -> None:
        """The fields say these, and what is wrong with them stands below."""
        self._writing = True
        try:
            for item in self._items:
                name, edit, text = item["name"], self.edits[item["name"]], values.get(item["name"], "")
                if item["levels"]:
                    if edit.findData(text) < 0:
                        edit.addItem(text, text)
                    edit.currentIndex = edit.findData(text)
                elif edit.text != text:
                    edit.text = text
                unit = f" ({item['unit']})" if item["unit"] else ""
                missing = " " + _("(missing)") if item.get("needed") and not text.strip() else ""
                self._labels[name].text = f"{item['label']}{unit}:{missing}"
                Panel.show(self.problems[name], problems.get(name, ""))
        finally:
            self._writing = False
