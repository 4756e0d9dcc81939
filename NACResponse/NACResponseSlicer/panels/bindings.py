"""Widgets that Slicer's parameter node wrapper does not bind to a text parameter: paths, choices, check boxes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

import ctk
import qt
from slicer.i18n import tr as _

from .panel import Panel

NONE = "none"  # the parameter of a list in which nothing is checked; empty stands for the default
_FILE = "<file>"


class WidgetBinding(ABC):
    """A widget and the text parameter of the panel's parameter node that it shows and sets.

    Attributes:
        onTaken: called when the user has changed the parameter by the widget.
    """

    def __init__(self, panel: Panel, name: str) -> None:
        self._panel, self._name, self._showing = panel, name, False
        self.onTaken: Callable[[], None] | None = None

    @abstractmethod
    def read(self) -> str:
        """What the widget says."""

    @abstractmethod
    def write(self, text: str) -> None:
        """Makes the widget say it."""

    def show(self) -> None:
        """The widget shows the parameter."""
        text = str(getattr(self._panel.parameterNode, self._name))
        if text != self.read():
            self._showing = True
            try:
                self.write(text)
            finally:
                self._showing = False

    def take(self) -> None:
        """The parameter becomes what the user made the widget say."""
        if not self._showing and self._panel.parameterNode is not None:
            setattr(self._panel.parameterNode, self._name, self.read())
            if self.onTaken is not None:
                self.onTaken()


class PathBinding(WidgetBinding):
    """A path in a ``ctkPathLineEdit``."""

    def __init__(
        self, panel: Panel, name: str, edit: ctk.ctkPathLineEdit, label: str, nameFilters: Sequence[str] = ()
    ) -> None:
        """``nameFilters`` as Qt's ("CSV (*.csv)") for a file; without them a folder is chosen."""
        super().__init__(panel, name)
        self._edit = edit
        edit.label = label
        edit.filters = ctk.ctkPathLineEdit.Files if nameFilters else ctk.ctkPathLineEdit.Dirs
        edit.nameFilters = list(nameFilters)
        edit.settingKey = f"NACResponse/{name}"
        edit.currentPathChanged.connect(self.onChanged)

    def onChanged(self) -> None:
        self.take()

    def read(self) -> str:
        return str(self._edit.currentPath)

    def write(self, text: str) -> None:
        self._edit.currentPath = text


class ChoiceBinding(WidgetBinding):
    """One of several values, each with a label; an empty parameter is the default. A file may be chosen instead."""

    def __init__(self, panel: Panel, name: str, combo: qt.QComboBox, default: str, fileFilter: str = "") -> None:
        """With ``fileFilter`` ("YAML (*.yaml)") the last item asks for a file, whose path is the value."""
        super().__init__(panel, name)
        self._combo, self._default, self._fileFilter = combo, default, fileFilter
        combo.connect("currentIndexChanged(int)", self.onChosen)

    def setItems(self, items: Sequence[tuple[str, str]]) -> None:
        """The values and their labels."""
        self._showing = True
        self._combo.clear()
        for value, label in items:
            self._combo.addItem(label, value)
        if self._fileFilter:
            self._combo.addItem(_("From a file..."), _FILE)
        self._showing = False

    def onChosen(self) -> None:
        if self._showing or self._combo.currentData != _FILE:
            self.take()
            return
        path = qt.QFileDialog.getOpenFileName(self._combo, _("Choose a file"), "", self._fileFilter)
        chosen = path or str(getattr(self._panel.parameterNode, self._name))
        self._showing = True
        self.write(chosen)
        self._showing = False
        self.take()

    def read(self) -> str:
        return str(self._combo.currentData or "")

    def show(self) -> None:
        if (getattr(self._panel.parameterNode, self._name) or self._default) != self.read():
            super().show()

    def write(self, text: str) -> None:
        value = text or self._default
        index = self._combo.findData(value)
        if index < 0:
            index = self._combo.count - bool(self._fileFilter)
            self._combo.insertItem(index, Path(value).name, value)
        self._combo.currentIndex = index


class ChecksBinding(WidgetBinding):
    """Several of some values, as check boxes; the parameter is a comma list, and empty the default."""

    def __init__(self, panel: Panel, name: str, holder: qt.QWidget, default: Sequence[str] | None) -> None:
        """``holder`` has an empty layout for the boxes; ``default`` None is all there are."""
        super().__init__(panel, name)
        self._layout, self._default = holder.layout(), default
        self._labels: dict[str, str] = {}
        self.boxes: dict[str, qt.QCheckBox] = {}

    def setItems(self, items: Sequence[tuple[str, str]]) -> None:
        """The values and their labels; boxes are made anew only where the values changed."""
        if list(self._labels) != [value for value, _label in items]:
            for box in self.boxes.values():
                self._layout.removeWidget(box)
                box.hide()
                box.deleteLater()
            self.boxes = {}
            for value, label in items:
                box = qt.QCheckBox(label)
                box.connect("toggled(bool)", self.onToggled)
                self._layout.addWidget(box)
                self.boxes[value] = box
        self._labels = dict(items)
        for value, label in items:
            self.boxes[value].text = label

    def chosen(self) -> list[str]:
        """The values whose box is checked."""
        return [value for value, box in self.boxes.items() if box.checked]

    def onToggled(self) -> None:
        self.take()

    def read(self) -> str:
        return ",".join(self.chosen()) or NONE

    def write(self, text: str) -> None:
        default = list(self.boxes) if self._default is None else self._default
        wanted = text.split(",") if text else default
        for value, box in self.boxes.items():
            box.checked = value in wanted
