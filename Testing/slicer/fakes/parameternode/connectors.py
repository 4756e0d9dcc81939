"""Which widget shows which type, and how: the pairs that Slicer's own connectors know, and no others."""

from __future__ import annotations

import enum
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import ctk
import qt
import slicer

from . import annotations as limits
from .annotations import first, split
from .serializers import PATHS


class GuiConnector(ABC):
    """Reads and writes one widget, and calls back when the user changed it; a module may register its own."""

    def __init__(self) -> None:
        self._callback: Callable[[], None] | None = None

    def onChanged(self, callback: Callable[[], None] | None) -> None:
        """Connects the widget, or with None disconnects it."""
        self._callback = callback
        if callback is None:
            self._disconnect()
        else:
            self._connect()

    def changed(self) -> None:
        if self._callback:
            self._callback()

    @abstractmethod
    def _connect(self) -> None: ...

    @abstractmethod
    def _disconnect(self) -> None: ...

    @abstractmethod
    def widget(self) -> Any: ...

    @abstractmethod
    def read(self) -> Any: ...

    @abstractmethod
    def write(self, value: Any) -> None: ...


class SignalConnector(GuiConnector):
    """A connector of one widget with one signal; a label has none and only shows."""

    signal = ""

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__()
        self._widget = widget
        self._type, self._annotations = split(datatype)

    @classmethod
    def create(cls, widget: Any, datatype: Any) -> Any:
        return cls(widget, datatype)

    def _connect(self) -> None:
        if self.signal:
            getattr(self._widget, self.signal).connect(self.changed)

    def _disconnect(self) -> None:
        if self.signal:
            getattr(self._widget, self.signal).disconnect(self.changed)

    def widget(self) -> Any:
        return self._widget


def _pairs(widgets: tuple[Any, ...], kinds: tuple[Any, ...]) -> Any:
    """``canRepresent`` by the exact class of the widget: a derived class is not taken, as in Slicer."""
    return classmethod(lambda cls, widget, datatype: type(widget) in widgets and split(datatype)[0] in kinds)


class CheckConnector(SignalConnector):
    signal = "stateChanged"
    canRepresent = _pairs((qt.QCheckBox, ctk.ctkCheckBox), (bool,))

    def read(self) -> bool:
        return self._widget.checked

    def write(self, value: bool) -> None:
        self._widget.checked = value


class PushButtonConnector(CheckConnector):
    signal = "toggled"
    canRepresent = _pairs((qt.QPushButton, ctk.ctkCheckablePushButton), (bool,))

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        widget.checkable = True


class NumberConnector(SignalConnector):
    """Sets the limits of the widget from those of the type; sliders need both limits."""

    signal = "valueChanged"
    integers = (qt.QSlider, qt.QSpinBox)
    reals = (
        qt.QDoubleSpinBox, ctk.ctkSliderWidget, slicer.qMRMLSliderWidget, ctk.ctkDoubleSlider, ctk.ctkDoubleSpinBox,
        slicer.qMRMLSpinBox,
    )  # fmt: skip
    sliders = (qt.QSlider, ctk.ctkSliderWidget, slicer.qMRMLSliderWidget)

    @classmethod
    def canRepresent(cls, widget: Any, datatype: Any) -> bool:
        kind = split(datatype)[0]
        return (kind is int and type(widget) in cls.integers) or (kind in (int, float) and type(widget) in cls.reals)

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        decimals, step = first(self._annotations, limits.Decimals), first(self._annotations, limits.SingleStep)
        real = type(widget) in self.reals and type(widget) is not ctk.ctkDoubleSlider
        if real and (self._type is int or decimals is not None):
            widget.decimals = 0 if self._type is int else decimals.value
        if step is not None:
            widget.singleStep = step.value
        self._limit()

    def _limit(self) -> None:
        both = first(self._annotations, limits.WithinRange)
        low, high = first(self._annotations, limits.Minimum), first(self._annotations, limits.Maximum)
        if type(self._widget) in self.sliders and both is None and (low is None or high is None):
            raise RuntimeError(
                f"Cannot have a connection to {type(self._widget).__name__} where the type is unbounded."
            )
        whole = type(self._widget) in self.integers
        lowest, highest = (-(2**31), 2**31 - 1) if whole else (float("-inf"), float("inf"))
        self._widget.minimum = both.minimum if both else low.minimum if low else lowest
        self._widget.maximum = both.maximum if both else high.maximum if high else highest

    def read(self) -> Any:
        return int(self._widget.value) if self._type is int else self._widget.value

    def write(self, value: Any) -> None:
        self._widget.value = self._type(value)


class ChoiceConnector(SignalConnector):
    """A combo box whose items are the choices; it is cleared and filled anew."""

    signal = "currentIndexChanged"
    canRepresent = _pairs((qt.QComboBox, ctk.ctkComboBox), (int, float, str, bool))

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        choice = first(self._annotations, limits.Choice)
        if choice is None:
            raise RuntimeError("ComboBoxToStringableConnector requires the Choice annotation to be used.")
        self._fill(list(choice.choices), [str(value) for value in choice.choices])

    def _fill(self, values: list[Any], labels: list[str]) -> None:
        self._values = values
        self._widget.clear()
        for label in labels:
            self._widget.addItem(label)

    def read(self) -> Any:
        return self._values[self._widget.currentIndex]

    def write(self, value: Any) -> None:
        if value not in self._values:
            raise ValueError(f"Unable to find value {value} in choices {self._values}")
        self._widget.currentIndex = self._values.index(value)


class EnumConnector(ChoiceConnector):
    @classmethod
    def canRepresent(cls, widget: Any, datatype: Any) -> bool:
        kind = split(datatype)[0]
        known = type(widget) in (qt.QComboBox, ctk.ctkComboBox)
        return known and isinstance(kind, type) and issubclass(kind, enum.Enum)

    def __init__(self, widget: Any, datatype: Any) -> None:
        SignalConnector.__init__(self, widget, datatype)
        label = getattr(self._type, "label", lambda member: member.name)
        self._fill(list(self._type), [label(member) for member in self._type])


class LineConnector(SignalConnector):
    signal = "textChanged"
    canRepresent = _pairs((qt.QLineEdit,), (str,))

    def read(self) -> str:
        return self._widget.text

    def write(self, value: str) -> None:
        if value != self._widget.text:
            self._widget.text = value


class LabelConnector(LineConnector):
    signal = ""
    canRepresent = _pairs((qt.QLabel,), (str,))


class TextConnector(SignalConnector):
    signal = "textChanged"
    canRepresent = _pairs((qt.QTextEdit,), (str,))

    def read(self) -> str:
        return self._widget.toPlainText()

    def write(self, value: str) -> None:
        self._widget.setPlainText(value)


class PathConnector(SignalConnector):
    signal, attribute = "currentPathChanged", "currentPath"
    canRepresent = _pairs((ctk.ctkPathLineEdit,), PATHS)

    def read(self) -> Any:
        return self._type(getattr(self._widget, self.attribute))

    def write(self, value: Any) -> None:
        setattr(self._widget, self.attribute, str(value))


class DirectoryConnector(PathConnector):
    signal, attribute = "directoryChanged", "directory"
    canRepresent = _pairs((ctk.ctkDirectoryButton,), PATHS)


class NodeConnector(SignalConnector):
    """A node selector; its ``nodeTypes`` become those of the type."""

    signal = "currentNodeChanged"

    @classmethod
    def canRepresent(cls, widget: Any, datatype: Any) -> bool:
        return type(widget) is slicer.qMRMLNodeComboBox and bool(_node_classes(datatype))

    def __init__(self, widget: Any, datatype: Any) -> None:
        super().__init__(widget, datatype)
        widget.nodeTypes = [kind().GetClassName() for kind in _node_classes(datatype)]

    def read(self) -> Any:
        return self._widget.currentNode()

    def write(self, value: Any) -> None:
        self._widget.setCurrentNode(value)


def _node_classes(datatype: Any) -> list[Any]:
    kind, _ = split(datatype)
    parts = typing.get_args(kind) if typing.get_origin(kind) is typing.Union else (kind,)
    parts = [split(part)[0] for part in parts]
    nodes = [part for part in parts if isinstance(part, type) and issubclass(part, slicer.vtkMRMLNode)]
    return nodes if all(part in nodes or part is type(None) for part in parts) else []


connectors: list[Any] = [
    CheckConnector, PushButtonConnector, NumberConnector, ChoiceConnector, EnumConnector, LineConnector, LabelConnector,
    TextConnector, PathConnector, DirectoryConnector, NodeConnector,
]  # fmt: skip


def parameterNodeGuiConnector(classtype: Any = None) -> Any:
    """Registers one more connector."""
    if classtype is None:
        return parameterNodeGuiConnector
    connectors.append(classtype)
    return classtype


def createGuiConnector(widget: Any, datatype: Any) -> Any:
    """The connector of a widget and a type.

    Raises:
        RuntimeError: no connector knows the pair.
    """
    for connector in connectors:
        if connector.canRepresent(widget, datatype):
            return connector.create(widget, datatype)
    raise RuntimeError(f"Unable to create GUI connector from datatype '{datatype}' to widget type '{type(widget)}'.")
