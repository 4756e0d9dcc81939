"""What stands in ``Annotated[...]``: defaults, limits of a value, and how a widget shows it."""

from __future__ import annotations

import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


class Validator(ABC):
    """A limit; raises where a value breaks it."""

    @abstractmethod
    def validate(self, value: Any) -> None: ...


def _fail(wrong: bool, message: str, kind: type[Exception] = ValueError) -> None:
    if wrong:
        raise kind(message)


@dataclass
class NotNone(Validator):
    def validate(self, value: Any) -> None:
        _fail(value is None, "the value must not be None")


@dataclass
class IsInstance(Validator):
    classtype: Any

    def validate(self, value: Any) -> None:
        wrong = value is not None and not isinstance(value, self.classtype)
        _fail(wrong, f"the value {value!r} is not of {self.classtype}", TypeError)


@dataclass
class WithinRange(Validator):
    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        _fail(not self.minimum <= value <= self.maximum, f"{value} is not within {self.minimum} and {self.maximum}")


@dataclass
class Minimum(Validator):
    minimum: float

    def validate(self, value: Any) -> None:
        _fail(value < self.minimum, f"{value} is below {self.minimum}")


@dataclass
class Maximum(Validator):
    maximum: float

    def validate(self, value: Any) -> None:
        _fail(value > self.maximum, f"{value} is above {self.maximum}")


@dataclass
class Choice(Validator):
    choices: Any

    def validate(self, value: Any) -> None:
        _fail(value not in self.choices, f"{value!r} is none of {self.choices}")


@dataclass
class Exclude(Validator):
    excludedValues: Any

    def validate(self, value: Any) -> None:
        _fail(value in self.excludedValues, f"{value!r} is excluded")


class Default:
    """The value of a parameter that nothing set yet; made anew each time with ``generator``."""

    def __init__(self, value: Any = None, *, generator: Callable[[], Any] | None = None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self) -> Any:
        return self._generator() if self._generator else self._value


@dataclass
class Decimals:
    value: int


@dataclass
class SingleStep:
    value: float


def split(annotated: Any) -> tuple[Any, list[Any]]:
    """A type and its annotations; ``A | B`` becomes the Union it is."""
    kind, *annotations = typing.get_args(Annotated[annotated, None])
    if isinstance(kind, types.UnionType):
        kind = typing.Union[typing.get_args(kind)]  # noqa: UP007
    return kind, annotations[:-1]


def first(annotations: list[Any], kind: type) -> Any:
    return next((annotation for annotation in annotations if isinstance(annotation, kind)), None)
