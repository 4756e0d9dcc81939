"""The decorator ``parameterNodeWrapper``: typed attributes over a parameter node, bound to widgets both ways."""

from __future__ import annotations

import typing
from typing import Any

import qt
import slicer
import vtk

from .annotations import Default, first, split
from .connectors import GuiConnector, createGuiConnector
from .serializers import Serializer, make_serializer

SlicerParameterNamePropertyName = "SlicerParameterName"
RESERVED = (
    "allParameters", "default", "isCached", "dataType", "getValue", "setValue", "connectGui", "connectParametersToGui",
    "disconnectGui", "StartModify", "EndModify", "AddObserver", "RemoveObserver", "Modified",
)  # fmt: skip


class Parameter:
    """One attribute: how it is stored, its default and its type."""

    def __init__(self, name: str, datatype: Any, serializer: Serializer, default: Default) -> None:
        self.basename, self.unalteredType, self.serializer, self.default = name, datatype, serializer, default


class _Attribute:
    """Reads and writes the parameter of its name; a missing one is written with its default first."""

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        parameter, node = self._parameter, instance.parameterNode
        if not parameter.serializer.isIn(node, parameter.basename):
            parameter.serializer.write(node, parameter.basename, parameter.default.value)
        return parameter.serializer.read(node, parameter.basename)

    def __set__(self, instance: Any, value: Any) -> None:
        with slicer.util.NodeModify(instance.parameterNode):
            self._parameter.serializer.write(instance.parameterNode, self._parameter.basename, value)


class _Wrapper:
    """What every wrapped class can do."""

    allParameters: dict[str, Parameter]
    _is_parameter_node_wrapper = True

    def _start(self, parameterNode: Any, prefix: str | None = None) -> None:
        self.parameterNode = parameterNode
        self._guis: dict[int, dict[str, GuiConnector]] = {}
        self._observers: dict[int, int] = {}
        self._next_tag, self._updating = 0, False
        for parameter in self.allParameters.values():
            if not parameter.serializer.isIn(parameterNode, parameter.basename):
                parameter.serializer.write(parameterNode, parameter.basename, parameter.default.value)

    @classmethod
    def _parameter(cls, name: str) -> Parameter:
        if name not in cls.allParameters:
            raise ValueError(f"Cannot find a param with the given name: {name}; there are {list(cls.allParameters)}")
        return cls.allParameters[name]

    def default(self, name: str) -> Default:
        return self._parameter(name).default

    def isCached(self, name: str) -> bool:
        self._parameter(name)
        return True

    @classmethod
    def dataType(cls, name: str) -> Any:
        return cls._parameter(name).unalteredType

    def getValue(self, name: str) -> Any:
        return getattr(self, self._parameter(name).basename)

    def setValue(self, name: str, value: Any) -> None:
        setattr(self, self._parameter(name).basename, value)

    def connectGui(self, gui: Any) -> int:
        """Ties every child widget that has the property ``SlicerParameterName``; a tag to undo it with."""
        widgets = gui.findChildren(qt.QWidget) if isinstance(gui, qt.QWidget) else vars(gui).values()
        named = {widget.property(SlicerParameterNamePropertyName): widget for widget in widgets}
        return self.connectParametersToGui({name: widget for name, widget in named.items() if name})

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        for name in mapping:
            self._parameter(name)
        tied = {
            name: widget if isinstance(widget, GuiConnector) else createGuiConnector(widget, self.dataType(name))
            for name, widget in mapping.items()
        }
        tag, self._next_tag = self._next_tag, self._next_tag + 1
        self._guis[tag] = tied
        for name, connector in tied.items():
            connector.write(self.getValue(name))
            connector.onChanged(self._taker(name, connector))
        self._observers[tag] = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._show())
        return tag

    def _taker(self, name: str, connector: GuiConnector) -> Any:
        def take() -> None:
            with slicer.util.NodeModify(self):
                if not self._updating:
                    self.setValue(name, connector.read())

        return take

    def _show(self) -> None:
        if self._updating:
            return
        self._updating = True
        try:
            with slicer.util.NodeModify(self):
                for tied in self._guis.values():
                    for name, connector in tied.items():
                        connector.write(self.getValue(name))
        finally:
            self._updating = False

    def disconnectGui(self, tag: int) -> None:
        for connector in self._guis.pop(tag, {}).values():
            connector.onChanged(None)
        if tag in self._observers and (slicer.app.majorVersion, slicer.app.minorVersion) >= (5, 12):
            self.RemoveObserver(self._observers.pop(tag))  # 5.10 leaves the observer on the node

    def StartModify(self) -> int:
        return self.parameterNode.StartModify()

    def EndModify(self, wasModifying: int) -> int:
        return self.parameterNode.EndModify(wasModifying)

    def AddObserver(self, event: Any, callback: Any, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()


def parameterNodeWrapper(classtype: Any = None) -> Any:
    """Makes a class of annotated names a wrapper: ``Wrapped(node).name`` is the parameter ``name`` of the node.

    Raises:
        ValueError: a name that the wrapper itself uses.
        Exception: a type that cannot be stored.
    """
    if classtype is None:
        return parameterNodeWrapper
    parameters = {}
    for name, datatype in typing.get_type_hints(classtype, include_extras=True).items():
        if name in RESERVED:
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
        try:
            serializer = make_serializer(datatype)
        except Exception as error:
            raise Exception(f"Unable to create serializer for {classtype} member {name}") from error
        declared = first(split(datatype)[1], Default) or Default(generator=serializer.default)
        default = Default(getattr(classtype, name)) if hasattr(classtype, name) else declared
        parameters[name] = Parameter(name, datatype, serializer, default)
        setattr(classtype, name, _Attribute(parameters[name]))
    classtype.allParameters = parameters
    for name, item in vars(_Wrapper).items():
        if not name.startswith("__") and name != "allParameters":
            setattr(classtype, name, item)
    classtype.__init__ = _Wrapper._start
    return classtype


def isParameterNodeWrapper(classOrObj: Any) -> bool:
    return getattr(classOrObj, "_is_parameter_node_wrapper", False)


def findChildWidgetForParameter(widget: Any, parameter: str) -> Any:
    """The child widget tied to a parameter; None without one."""
    named = (child for child in widget.findChildren(qt.QWidget))
    return next((child for child in named if child.property(SlicerParameterNamePropertyName) == parameter), None)
