"""Dataclasses from plain data (YAML, JSON) with the types their fields declare: strict, and nothing executable."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ..config import build
from ..errors import InputError

_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
_LARGEST: dict[str, float] = {"int": 2**63 - 1, "float": sys.float_info.max}


def build_typed(kind: type, data: Any, where: str) -> Any:
    """A dataclass whose fields are ``str``, ``int``, ``float``, ``bool``, those ``| None``, or tuples of them.

    Lists become tuples; fields of other types are passed on unchecked.

    Raises:
        InputError: an unknown or missing key, a value of another type, or a number that is infinite, NaN or beyond
            what 64 bits hold.
    """
    if isinstance(data, Mapping):
        declared = {field.name: str(field.type) for field in fields(kind)}
        data = {key: _typed(value, declared.get(key, ""), f"{where}: {key}") for key, value in data.items()}
    return build(kind, data, where)


def _typed(value: Any, declared: str, where: str) -> Any:
    element = declared.removeprefix("tuple[").partition(",")[0]
    if declared.startswith("tuple[") and element in _TYPES:
        if not isinstance(value, (list, tuple)):
            raise InputError(f"a list in {where}", f"'{value}'", "write [a, b]")
        return tuple(_typed(item, element, where) for item in value)
    plain, _, optional = declared.partition(" | ")
    if plain not in _TYPES or (optional and value is None):
        return value
    if not isinstance(value, _TYPES[plain]) or (isinstance(value, bool) and plain != "bool"):
        raise InputError(f"{plain} in {where}", f"'{value}'", "correct it")
    if isinstance(value, (int, float)) and plain in _LARGEST and not abs(value) <= _LARGEST[plain]:
        raise InputError(f"a finite {plain} in {where}", "one that is infinite or too large", "correct it")
    return value
