"""The module ``qt``: real PySide6 widgets with the behaviour of PythonQt, Slicer's Qt binding.

PythonQt gives Qt properties by attribute (``button.text``, also where a getter of the same name exists), takes
``exec_``, connects by signature (``button.connect("clicked(bool)", f)``), returns one string from file dialogs and
refuses new attributes on objects of C++ classes. Here the classes of PySide6 themselves are given this behaviour, so
that objects handed back by Qt (children, layout items, loaded forms) have them too.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import inspect
import os
import sys
import types
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.pyside6_option_python_enum = 0x02 | 0x04  # type: ignore[attr-defined]  # enums are numbers, as in PythonQt

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets  # noqa: E402

LIBRARIES = (QtCore, QtGui, QtWidgets, QtUiTools)
VIRTUAL = {"sizeHint", "minimumSizeHint"}  # Qt calls these on Python subclasses: they stay methods
# Qt properties that PythonQt hides behind a static method of that name (PythonQtClassInfo::lookForPropertyAndCache).
HIDDEN = {("QTimer", "singleShot")}
CPP_MODULES = ("PySide6.", __package__)
CONNECTIONS = "_fake_connections"
custom_widgets: list[type] = []  # what QUiLoader shall know beside Qt's own


class QtProperty:
    """A Qt property as an attribute of the object; the class still has the method of that name."""

    def __init__(self, name: str, method: Any, writable: bool) -> None:
        self.name, self.method, self.writable = name, method, writable

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is not None:
            return instance.property(self.name)
        if self.method is None:
            return self
        return self.method.__get__(None, owner) if hasattr(self.method, "__get__") else self.method

    def __set__(self, instance: Any, value: Any) -> None:
        if not self.writable:
            raise AttributeError(f"Property '{self.name}' of {instance} is not writable")
        if not instance.setProperty(self.name, value):
            raise AttributeError(f"Property '{self.name}' of {instance} does not accept {value!r}")


def _qobject_classes() -> Iterator[type]:
    for library in LIBRARIES:
        for item in [getattr(library, name) for name in dir(library)]:
            if isinstance(item, type) and issubclass(item, QtCore.QObject):
                yield item


def _give_properties() -> None:
    for cls in _qobject_classes():
        meta = cls.staticMetaObject  # type: ignore[attr-defined]
        for index in range(meta.propertyCount()):
            prop = meta.property(index)
            name = prop.name()
            own = vars(cls).get(name)
            if name in VIRTUAL or (cls.__name__, name) in HIDDEN or isinstance(own, QtProperty):
                continue
            if own is not None or index >= meta.propertyOffset():
                setattr(
                    cls, name, QtProperty(name, getattr(cls, name, None) if own is None else own, prop.isWritable())
                )


def _give_enumerators() -> None:
    """Enumerators on the class and its objects (``box.ActionRole``), not on the enumeration alone."""
    for library in LIBRARIES:
        for cls in [item for item in vars(library).values() if isinstance(item, type)]:
            for kind in [item for item in vars(cls).values() if isinstance(item, enum.EnumMeta)]:
                for name, member in kind.__members__.items():
                    if name not in vars(cls):
                        setattr(cls, name, member)


def accepted_arguments(slot: Callable[..., Any], given: int) -> int:
    """How many arguments PythonQt hands to a slot: as many as the signal has and a Python function takes.

    Arguments with defaults count, too; what is no Python function or method (a partial, a class) is handed all.
    """
    function = slot.__func__ if isinstance(slot, types.MethodType) else slot
    if not isinstance(function, types.FunctionType) or function.__code__.co_flags & inspect.CO_VARARGS:
        return given
    return min(given, function.__code__.co_argcount - isinstance(slot, types.MethodType))


def _signal(sender: QtCore.QObject, signature: str) -> tuple[Any, int]:
    """The bound signal that a signature names, and how many arguments that signature has."""
    normal = bytes(QtCore.QMetaObject.normalizedSignature(signature).data()).decode()
    name, _, arguments = normal.partition("(")
    signal = getattr(type(sender), name, None)
    if not isinstance(signal, QtCore.Signal):
        raise AttributeError(f"{type(sender).__name__} has no signal '{name}'")
    arguments = arguments.removesuffix(")")
    known = sender.metaObject().indexOfSignal(normal) >= 0
    if not known and not type(sender).__module__.startswith(__package__):
        raise AttributeError(f"{type(sender).__name__} has no signal '{normal}'")
    bound = getattr(sender, name)
    with contextlib.suppress(IndexError, KeyError, TypeError):  # a signal with one signature cannot be indexed
        bound = bound[arguments] if known and arguments else bound
    return bound, len([part for part in arguments.split(",") if part])


def _connect(sender: QtCore.QObject, signature: str, receiver: Any, slot: str | None = None) -> bool:
    """``sender.connect("signal(type)", function)`` or ``sender.connect("signal(type)", object, "slot(type)")``."""
    signal, count = _signal(sender, signature)
    function = getattr(receiver, slot.partition("(")[0]) if slot else receiver

    def call(*arguments: Any) -> None:
        taken = arguments[:count]
        function(*taken[: accepted_arguments(function, len(taken))])

    connections = sender.__dict__.setdefault(CONNECTIONS, [])
    connections.append((signature, receiver, slot, signal, call))
    signal.connect(call)
    return True


def _disconnect(sender: QtCore.QObject, signature: str = "", receiver: Any = None, slot: str | None = None) -> bool:
    """Undoes connections made by ``connect``; False when there was none."""
    connections = sender.__dict__.get(CONNECTIONS, [])
    gone = [
        entry
        for entry in connections
        if (not signature or entry[0] == signature)
        and (receiver is None or (entry[1] == receiver and entry[2] == slot))
    ]
    for entry in gone:
        connections.remove(entry)
        entry[3].disconnect(entry[4])
    return bool(gone)


def _own_connect(original: Callable[..., Any]) -> Callable[..., Any]:
    own = {"connect": _connect, "disconnect": _disconnect}

    def get(self: Any, name: str) -> Any:
        return types.MethodType(own[name], self) if name in own else original(self, name)

    return get


def _set_attribute(instance: Any, name: str, value: Any) -> None:
    """PythonQt refuses new attributes on C++ objects: a misspelt property is an error, not a new attribute."""
    cls = type(instance)
    if isinstance(value, QtCore.SignalInstance):  # PySide6 keeps the bound signals of an object this way
        instance.__dict__[name] = value
        return
    item = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    if isinstance(item, QtProperty | property):
        item.__set__(instance, value)
        return
    if isinstance(item, QtCore.Property):
        QtProperty(name, None, True).__set__(instance, list(value) if isinstance(value, tuple) else value)
        return
    declared = any(name in vars(base).get("__annotations__", {}) for base in cls.__mro__)  # a fake's record
    if cls.__module__.startswith(CPP_MODULES) and not name.startswith("_") and not declared:
        if item is not None:
            raise AttributeError(f"'{name}' can not be overwritten on {instance}")
        if QUiLoader.loading:  # PySide6 would make an attribute of every named child
            return
        raise AttributeError(f"'{name}' does not exist on {instance} and creating new attributes is not allowed")
    instance.__dict__[name] = value


def _by_class_name(method: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """``findChild`` and ``findChildren`` also by the name of a class."""

    @functools.wraps(original)
    def find(self: QtCore.QObject, kind: Any = QtCore.QObject, *arguments: Any) -> Any:
        if not isinstance(kind, str):
            return original(self, kind, *arguments)
        found = [child for child in self.findChildren(QtCore.QObject, *arguments) if child.inherits(kind)]
        return found if method == "findChildren" else next(iter(found), None)

    return find


def _add_methods() -> None:
    base: Any = QtCore.QObject
    base.connect, base.disconnect = _connect, _disconnect
    for cls in _qobject_classes():
        if "__setattr__" in vars(cls):
            cls.__setattr__ = _set_attribute  # type: ignore[method-assign,assignment]
        if "__getattribute__" in vars(cls):  # PySide6 looks its own connect up there, past the class
            cls.__getattribute__ = _own_connect(cls.__getattribute__)  # type: ignore[method-assign]
    base.className = lambda self: self.metaObject().className()
    base.delete = lambda self: self.deleteLater()
    base.name = property(lambda self: self.objectName, lambda self, value: setattr(self, "objectName", value))
    for method in ("findChild", "findChildren"):
        setattr(base, method, _by_class_name(method, getattr(base, method)))
    for cls in (QtWidgets.QDialog, QtWidgets.QMenu, QtCore.QEventLoop, QtCore.QCoreApplication):
        cls.exec_ = cls.exec  # type: ignore[attr-defined]


class QUiLoader(QtUiTools.QUiLoader):
    """Loads a form; custom widgets are fakes, and connections between them are made in Python."""

    loading = False

    def load(self, file: QtCore.QIODevice, parent: QtWidgets.QWidget | None = None) -> QtWidgets.QWidget:
        root = ElementTree.fromstring(bytes(file.readAll().data()))
        connections = root.find("connections")
        if connections is not None:
            root.remove(connections)
        names = {cls.__name__ for cls in custom_widgets}
        asked = {element.get("class", "") for element in root.iter("widget")}
        unknown = sorted(name for name in asked - names if not hasattr(QtWidgets, name))
        if unknown:
            raise RuntimeError(f"the form uses {', '.join(unknown)}, for which there is no fake")
        for cls in custom_widgets:
            if cls.__name__ in asked:  # registering one takes a while
                self.registerCustomWidget(cls)
        buffer = QtCore.QBuffer()
        buffer.setData(QtCore.QByteArray(ElementTree.tostring(root)))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        QUiLoader.loading = True
        try:
            widget = super().load(buffer, parent)
        finally:
            QUiLoader.loading = False
        for connection in connections if connections is not None else ():
            part = {child.tag: (child.text or "").strip() for child in connection}
            ends = {}
            for end in ("sender", "receiver"):
                ends[end] = widget if widget.objectName == part[end] else widget.findChild(QtCore.QObject, part[end])
            ends["sender"].connect(part["signal"], ends["receiver"], part["slot"])
        return widget


def make_module() -> types.ModuleType:
    """The module ``qt``; a QApplication runs from now on, with its settings in memory only."""
    _give_properties()
    _give_enumerators()
    _add_methods()
    module = types.ModuleType("qt")
    for library in LIBRARIES:
        for name in dir(library):
            if not name.startswith("_"):
                setattr(module, name, getattr(library, name))
    module.QUiLoader = QUiLoader  # type: ignore[attr-defined]
    return module
