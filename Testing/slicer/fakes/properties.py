"""Qt properties of the fake widgets."""

from __future__ import annotations

from typing import Any

import qt

Property = qt.Property


def stored(kind: Any, name: str, default: Any) -> Any:
    """A Qt property that is kept and read back, with nothing behind it."""

    def get(self: Any) -> Any:
        return self.__dict__.get("_" + name, default)

    def put(self: Any, value: Any) -> None:
        self.__dict__["_" + name] = value

    return Property(kind, get, put)


def of_part(kind: Any, part: str, name: str) -> Any:
    """A Qt property that is the one of the same name of an inner widget."""
    return Property(
        kind,
        lambda self: getattr(getattr(self, part), name),
        lambda self, value: setattr(getattr(self, part), name, value),
    )


def slots(*names: str) -> Any:
    """Gives a class the setters (``setReadOnly``) of those properties whose setter is a slot.

    PythonQt shows slots and Q_INVOKABLE methods of Slicer's and CTK's classes and no others: the other properties are
    set by assignment alone.
    """

    def give(cls: type) -> type:
        for name in names:
            setter = f"set{name[0].upper()}{name[1:]}"
            setattr(cls, setter, lambda self, value, _name=name: setattr(self, _name, value))
        return cls

    return give
