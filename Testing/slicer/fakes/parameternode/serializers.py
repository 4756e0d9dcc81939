"""How the values of a parameter are written in a parameter node: the same names and texts as Slicer's."""

from __future__ import annotations

import enum
import pathlib
import typing
from typing import Any

import slicer

from .annotations import IsInstance, NotNone, Validator, split
from .observed import ObservedDict, ObservedList

PATHS = (
    pathlib.Path, pathlib.PosixPath, pathlib.WindowsPath,
    pathlib.PurePath, pathlib.PurePosixPath, pathlib.PureWindowsPath,
)  # fmt: skip


class Serializer:
    """Writes one value under one name, as text; derived classes store otherwise."""

    def __init__(self, kind: Any = str, validators: list[Validator] | None = None) -> None:
        self.kind, self.validators = kind, validators or []

    def default(self) -> Any:
        return self.kind()

    def validate(self, value: Any) -> None:
        for validator in self.validators:
            validator.validate(value)

    def isIn(self, node: Any, name: str) -> bool:
        return node.HasParameter(name)

    def write(self, node: Any, name: str, value: Any) -> None:
        self.validate(value)
        node.SetParameter(name, self.text(value))

    def read(self, node: Any, name: str) -> Any:
        return self.kind(node.GetParameter(name))

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(name)

    def text(self, value: Any) -> str:
        return str(value)

    def suits(self, value: Any) -> bool:
        """Whether this part of a union takes the value, by its type alone."""
        return type(value) is self.kind


class BoolSerializer(Serializer):
    """True and False by name."""

    def text(self, value: Any) -> str:
        return "True" if value else "False"

    def read(self, node: Any, name: str) -> bool:
        return node.GetParameter(name) == "True"


class EnumSerializer(Serializer):
    """A member of an enumeration by its name; the first is the default."""

    def default(self) -> Any:
        return next(iter(self.kind))

    def text(self, value: Any) -> str:
        return value.name

    def read(self, node: Any, name: str) -> Any:
        key = node.GetParameter(name)
        if key not in self.kind.__members__:
            raise ValueError(f"found {key!r} in the parameter node, which is no name in {self.kind!r}")
        return self.kind[key]


class NodeSerializer(Serializer):
    """A node by reference; an empty parameter of the same name says that it was set."""

    def default(self) -> None:
        return None

    def write(self, node: Any, name: str, value: Any) -> None:
        self.validate(value)
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(name)
        node.RemoveNodeReferenceIDs(name)

    def suits(self, value: Any) -> bool:
        return isinstance(value, self.kind)


class NoneSerializer(Serializer):
    """The None of a union."""

    def default(self) -> None:
        return None

    def text(self, value: Any) -> str:
        return "True"

    def read(self, node: Any, name: str) -> None:
        return None

    def suits(self, value: Any) -> bool:
        return value is None


class UnionSerializer(Serializer):
    """The first part of a union that takes the value, under ``name.<number of the part>``."""

    def __init__(self, parts: list[Serializer], validators: list[Validator]) -> None:
        super().__init__(None, validators)
        self.parts = parts

    def default(self) -> Any:
        optional = len(self.parts) == 2 and isinstance(self.parts[1], NoneSerializer)
        return None if optional else self.parts[0].default()

    def isIn(self, node: Any, name: str) -> bool:
        return any(part.isIn(node, f"{name}.{number}") for number, part in enumerate(self.parts))

    def write(self, node: Any, name: str, value: Any) -> None:
        self.validate(value)
        numbers = [number for number, part in enumerate(self.parts) if part.suits(value)]
        if not numbers:
            raise TypeError(f"Unable to write value '{value}' of type '{type(value)}'")
        self.parts[numbers[0]].validate(value)
        with slicer.util.NodeModify(node):
            self.remove(node, name)
            self.parts[numbers[0]].write(node, f"{name}.{numbers[0]}", value)

    def read(self, node: Any, name: str) -> Any:
        for number, part in enumerate(self.parts):
            if part.isIn(node, f"{name}.{number}"):
                return part.read(node, f"{name}.{number}")
        raise KeyError(f"Unable to find value for name: {name}")

    def remove(self, node: Any, name: str) -> None:
        for number, part in enumerate(self.parts):
            part.remove(node, f"{name}.{number}")


class ListSerializer(Serializer):
    """Its length under ``name.len`` and its elements under ``name.0``, ``name.1``, ..."""

    def __init__(self, element: Serializer, validators: list[Validator]) -> None:
        super().__init__(list, validators)
        self.element = element

    def _length(self, node: Any, name: str) -> int:
        return int(node.GetParameter(f"{name}.len")) if self.isIn(node, name) else 0

    def isIn(self, node: Any, name: str) -> bool:
        return node.HasParameter(f"{name}.len")

    def write(self, node: Any, name: str, value: Any) -> None:
        self.validate(value)
        values = list(value)
        for element in values:
            self.element.validate(element)
        with slicer.util.NodeModify(node):
            for index in range(len(values), self._length(node, name)):
                self.element.remove(node, f"{name}.{index}")
            for index, element in enumerate(values):
                self.element.write(node, f"{name}.{index}", element)
            node.SetParameter(f"{name}.len", str(len(values)))

    def read(self, node: Any, name: str) -> ObservedList:
        values = [self.element.read(node, f"{name}.{index}") for index in range(self._length(node, name))]
        return ObservedList(values, lambda changed: self.write(node, name, changed))

    def remove(self, node: Any, name: str) -> None:
        for index in range(self._length(node, name)):
            self.element.remove(node, f"{name}.{index}")
        node.UnsetParameter(f"{name}.len")


class TupleSerializer(Serializer):
    """Its parts under ``name.0``, ``name.1``, ..."""

    def __init__(self, parts: list[Serializer], validators: list[Validator]) -> None:
        super().__init__(tuple, validators)
        self.parts = parts

    def default(self) -> Any:
        return tuple(part.default() for part in self.parts)

    def isIn(self, node: Any, name: str) -> bool:
        return self.parts[0].isIn(node, f"{name}.0")

    def write(self, node: Any, name: str, value: Any) -> None:
        self.validate(value)
        if len(value) != len(self.parts):
            raise ValueError("Unexpected number of tuple values")
        for index, (part, own) in enumerate(zip(self.parts, value, strict=True)):
            part.write(node, f"{name}.{index}", own)

    def read(self, node: Any, name: str) -> Any:
        return tuple(part.read(node, f"{name}.{index}") for index, part in enumerate(self.parts))

    def remove(self, node: Any, name: str) -> None:
        for index, part in enumerate(self.parts):
            part.remove(node, f"{name}.{index}")


class DictSerializer(Serializer):
    """As a list of pairs of key and value."""

    def __init__(self, key: Serializer, value: Serializer, validators: list[Validator]) -> None:
        super().__init__(dict, validators)
        self._pairs = ListSerializer(TupleSerializer([key, value], []), [])

    def isIn(self, node: Any, name: str) -> bool:
        return self._pairs.isIn(node, name)

    def write(self, node: Any, name: str, value: Any) -> None:
        self.validate(value)
        self._pairs.write(node, name, list(value.items()))

    def read(self, node: Any, name: str) -> ObservedDict:
        return ObservedDict(dict(self._pairs.read(node, name)), lambda changed: self.write(node, name, changed))

    def remove(self, node: Any, name: str) -> None:
        self._pairs.remove(node, name)


def make_serializer(annotated: Any) -> Serializer:
    """The serializer of an annotated type; its validators are those of the type, then those of the annotations."""
    kind, annotations = split(annotated)
    limits = [annotation for annotation in annotations if isinstance(annotation, Validator)]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in (int, float):
        return Serializer(kind, [NotNone(), IsInstance((int, float) if kind is float else int), *limits])
    if kind is str or kind in PATHS:
        return Serializer(kind, [NotNone(), IsInstance(kind), *limits])
    if kind is bool:
        return BoolSerializer(bool, [NotNone(), IsInstance(bool), *limits])
    if kind is type(None):
        return NoneSerializer(None, limits)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return EnumSerializer(kind, [IsInstance(kind), *limits])
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        return NodeSerializer(kind, [IsInstance(kind), *limits])
    if origin is typing.Union:
        return UnionSerializer([make_serializer(part) for part in arguments], limits)
    if origin is list:
        return ListSerializer(make_serializer(arguments[0]), limits)
    if origin is tuple:
        return TupleSerializer([make_serializer(part) for part in arguments], limits)
    if origin is dict:
        return DictSerializer(make_serializer(arguments[0]), make_serializer(arguments[1]), limits)
    raise Exception(f"Unable to create serializer for type: {kind}")
