"""The module ``ctk``: the widgets of CTK that the module may use, made of Qt's."""

from __future__ import annotations

import types
from typing import Any

import qt

from . import ctknumbers
from .properties import slots, stored

Signal, Property = qt.Signal, qt.Property


class _Collapsible:
    """Hides the children while it is not checked; a child that was hidden before stays so afterwards."""

    def _widgets(self) -> list[Any]:
        return [child for child in self.children() if isinstance(child, qt.QWidget)]  # type: ignore[attr-defined]

    def _show_contents(self, on: bool) -> None:
        for child in self._widgets():
            if not on:
                self.__dict__.setdefault("_hidden", {})[child] = child.isHidden()
            child.setVisible(on and not self.__dict__.get("_hidden", {}).get(child, False))

    def childEvent(self, event: Any) -> None:
        if event.added() and isinstance(event.child(), qt.QWidget) and not self.isChecked():  # type: ignore[attr-defined]
            event.child().setVisible(False)


class ctkCollapsibleButton(_Collapsible, qt.QAbstractButton):
    """Shows its contents while it is not collapsed. ``checked`` is the same as not collapsed."""

    contentsCollapsed = Signal(bool)
    collapsedHeight = stored(int, "collapsedHeight", 14)
    flat = stored(bool, "flat", False)

    def __init__(self, text: Any = None, parent: Any = None) -> None:
        super().__init__(text if isinstance(text, qt.QWidget) else parent)
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(0, self._header(), 0, 0)
        if isinstance(text, str):
            self.setText(text)
        self.toggled.connect(self._on_toggled)

    def _header(self) -> int:
        return self.fontMetrics().height() + 8

    def _on_toggled(self, on: bool) -> None:
        self.setMaximumHeight(16777215 if on else self._header())
        self._show_contents(on)
        self.contentsCollapsed.emit(not on)

    def sizeHint(self) -> Any:
        inner = self.layout().sizeHint() if self.layout() and self.isChecked() else qt.QSize(0, self._header())
        return inner.expandedTo(qt.QSize(self.fontMetrics().horizontalAdvance(self.text) + 40, self._header()))

    def _collapsed(self) -> bool:
        return not self.isChecked()

    def _set_collapsed(self, value: bool) -> None:
        self.setChecked(not value)

    def paintEvent(self, event: Any) -> None:
        painter = qt.QPainter(self)
        bar = qt.QRect(0, 0, self.width, self._header())
        painter.fillRect(bar, self.palette.midlight())
        painter.drawText(
            bar.adjusted(6, 0, 0, 0), int(qt.Qt.AlignVCenter), ("▾ " if self.checked else "▸ ") + self.text
        )
        painter.end()

    collapsed = Property(bool, _collapsed, _set_collapsed, notify=contentsCollapsed)


class ctkCollapsibleGroupBox(_Collapsible, qt.QGroupBox):
    """A group box whose check mark shows and hides its contents."""

    collapsedHeight = stored(int, "collapsedHeight", 14)

    def __init__(self, title: Any = None, parent: Any = None) -> None:
        super().__init__(title if isinstance(title, qt.QWidget) else parent)
        if isinstance(title, str):
            self.setTitle(title)
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(self._show_contents)

    collapsed = Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value))


class ctkCheckBox(qt.QCheckBox):
    """A check box; its icons are not drawn."""


class ctkCheckablePushButton(qt.QPushButton):
    """A push button; its inner check box is not drawn."""

    checkBoxControlsButtonToggleState = stored(bool, "checkBoxControlsButtonToggleState", True)


class ctkComboBox(qt.QComboBox):
    """A combo box with a text for "nothing chosen"."""

    defaultText = Property(str, lambda self: self.placeholderText, lambda self, text: self.setPlaceholderText(text))
    forceDefault = stored(bool, "forceDefault", False)


class ctkFittedTextBrowser(qt.QTextBrowser):
    """A text browser; it does not fit its height to its text here."""

    collapsed = stored(bool, "collapsed", False)


@slots("currentPath")
class ctkPathLineEdit(qt.QWidget):
    """A line for a path with a browse button. ``currentPathChanged`` fires on every change of the text."""

    Files, Dirs = int(qt.QDir.Files), int(qt.QDir.Dirs)
    Readable, Writable, Executable = int(qt.QDir.Readable), int(qt.QDir.Writable), int(qt.QDir.Executable)
    Drives, Hidden = int(qt.QDir.Drives), int(qt.QDir.Hidden)

    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)
    label = stored(str, "label", "")
    filters = stored(int, "filters", int(qt.QDir.AllEntries))
    settingKey = stored(str, "settingKey", "")
    nameFilters = stored("QStringList", "nameFilters", [])
    showBrowseButton = stored(bool, "showBrowseButton", True)
    showHistoryButton = stored(bool, "showHistoryButton", True)
    sizeAdjustPolicy = stored(int, "sizeAdjustPolicy", 0)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        layout = qt.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._line, self._browse = qt.QLineEdit(), qt.QToolButton()
        self._browse.setText("...")
        layout.addWidget(self._line)
        layout.addWidget(self._browse)
        self._line.textChanged.connect(self.currentPathChanged)
        self._browse.clicked.connect(self.browse)

    def browse(self) -> None:
        directories = self.filters & self.Dirs and not self.filters & self.Files
        if directories:
            path = qt.QFileDialog.getExistingDirectory(self, self.label)
        elif self.filters & self.Writable:
            path = qt.QFileDialog.getSaveFileName(self, self.label)
        else:
            path = qt.QFileDialog.getOpenFileName(self, self.label)
        if path:
            self.currentPath = path

    def addCurrentPathToHistory(self) -> None:
        """Remembers the path for the history menu, which is not drawn here."""

    def comboBox(self) -> Any:
        return None

    currentPath = Property(str, lambda self: self._line.text, lambda self, path: self._line.setText(path), user=True)


class ctkDirectoryButton(qt.QWidget):
    """A button that shows and chooses a folder."""

    directoryChanged = Signal(str)
    directorySelected = Signal(str)
    caption = stored(str, "caption", "")

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*[part for part in arguments if isinstance(part, qt.QWidget)])
        self._directory = next((part for part in arguments if isinstance(part, str)), "")
        self._button = qt.QPushButton(self._directory)
        qt.QHBoxLayout(self).addWidget(self._button)
        self._button.clicked.connect(self.browse)

    def browse(self) -> None:
        path = qt.QFileDialog.getExistingDirectory(self, self.caption)
        if path:
            self.directory = path
            self.directorySelected.emit(path)

    def _set_directory(self, path: str) -> None:
        if path != self._directory:
            self._directory = path
            self._button.setText(path)
            self.directoryChanged.emit(path)

    directory = Property(str, lambda self: self._directory, _set_directory, notify=directoryChanged)


@slots("color")
class ctkColorPickerButton(qt.QPushButton):
    """A button that shows a colour."""

    colorChanged = Signal("QColor")

    def _set_color(self, color: Any) -> None:
        self.__dict__["_color"] = color
        self.colorChanged.emit(color)

    color = Property("QColor", lambda self: self.__dict__.get("_color", qt.QColor("black")), _set_color)


@slots("dontShowAgain")
class ctkMessageBox(qt.QMessageBox):
    """A message box that can be kept from coming again. What it would have shown is in ``dialogs.shown``."""

    dontShowAgain = stored(bool, "dontShowAgain", False)
    dontShowAgainVisible = stored(bool, "dontShowAgainVisible", False)
    dontShowAgainSettingsKey = stored(str, "dontShowAgainSettingsKey", "")


def make_module() -> types.ModuleType:
    """The module ``ctk``; every class in it can stand in a form."""
    module = types.ModuleType("ctk")
    for name, item in {**vars(ctknumbers), **globals()}.items():
        if name.startswith("ctk") and isinstance(item, type):
            setattr(module, name, item)
    return module
