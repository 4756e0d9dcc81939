"""How a bundle's inputs are prepared, as plain data: scanner effects, filling and scaling of its own columns.

``model.json`` holds it under ``preparation``, where the model has one (``model.preparation``)::

    {"unseen": "identity",
     "columns": {name: {"center", "scale", "fill"} and "log": true where the logarithm is taken},
     "harmonization": {group: {"columns": [names], "scanners": {name: {"factor": [...], "offset": [...]}}}}}
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..plain_data import mapping
from .preparation import UNSEEN, Preparation, ScannerEffects

if TYPE_CHECKING:
    from .bundle_parts import BundleInput

_LARGEST = 1e30
_SMALLEST = 1e-30
_MAX_SCANNERS = 1000


def preparation_to_plain(preparation: Preparation, names: Sequence[str]) -> dict[str, Any]:
    """Plain data for JSON.

    Args:
        names: of the columns, in order.
    """
    columns = {
        name: {
            "center": float(preparation.center[number]),
            "scale": float(preparation.scale[number]),
            "fill": None if math.isnan(preparation.fill[number]) else float(preparation.fill[number]),
            **({"log": True} if number in preparation.log else {}),
        }
        for number, name in enumerate(names)
    }
    harmonization = {
        group: {
            "columns": [names[number] for number in effects.columns],
            "scanners": {
                scanner: {"factor": effects.factor[row].tolist(), "offset": effects.offset[row].tolist()}
                for row, scanner in enumerate(effects.scanners)
            },
        }
        for group, effects in preparation.effects.items()
    }
    return {"unseen": preparation.unseen, "columns": columns, "harmonization": harmonization}


def preparation_from_plain(data: Any, inputs: Sequence[BundleInput], where: str) -> Preparation:
    """The preparation of a bundle's inputs.

    Raises:
        InputError: columns other than the inputs, numbers that are missing or impossible, a status that is changed.
    """
    entries = _exactly(data, ("unseen", "columns", "harmonization"), where)
    names = [item.name for item in inputs]
    if entries["unseen"] not in UNSEEN:
        raise _unsound(f"unseen of {' or '.join(UNSEEN)}", where)
    columns = _exactly(entries["columns"], names, f"{where}, columns")
    numbers, log = [], []
    for number, item in enumerate(inputs):
        given = dict(mapping(columns[item.name], f"{where}, {item.name}"))
        if "log" in given:
            if given.pop("log") is not True or item.kind == "binary" or item.low <= 0:
                raise _unsound(f"log as true for {item.name}, or not at all, and values above 0", where)
            log.append(number)
        entry = _exactly(given, ("center", "scale", "fill"), f"{where}, {item.name}")
        center, scale, fill = entry["center"], entry["scale"], entry["fill"]
        status = item.kind == "binary"
        if not _number(center) or not _number(scale) or scale < _SMALLEST or not (_number(fill) or fill is None):
            raise _unsound(f"a center, a scale above 0 and a fill of {item.name}", where)
        if (fill is None) != status or (status and (center, scale) != (0, 1)):
            raise _unsound(f"a fill of {item.name} unless it is a status, which stays as it is", where)
        numbers.append((center, scale, math.nan if fill is None else fill, item.prevalence))
    center, scale, fill, share = np.array(numbers, dtype=float).T
    effects = {
        group: _effects(entry, names, f"{where}, {group}")
        for group, entry in mapping(entries["harmonization"], where).items()
    }
    owned = [int(number) for each in effects.values() for number in each.columns]
    if len(set(owned)) < len(owned) or any(inputs[number].kind == "binary" for number in owned):
        raise _unsound("every column harmonized by one scanner, and no status", where)
    if set(owned) & set(log):
        raise _unsound("no logarithm of a harmonized column", where)
    return Preparation(effects, center, scale, fill, share, entries["unseen"], tuple(log))


def _effects(data: Any, names: list[str], where: str) -> ScannerEffects:
    entries = _exactly(data, ("columns", "scanners"), where)
    columns, scanners = entries["columns"], mapping(entries["scanners"], where)
    if not isinstance(columns, list) or not columns or not all(column in names for column in columns):
        raise _unsound("columns that are inputs", where)
    if not 0 < len(scanners) <= _MAX_SCANNERS or not all(scanners):
        raise _unsound("named scanners", where)
    rows = [_exactly(entry, ("factor", "offset"), f"{where}, {name}") for name, entry in scanners.items()]
    for row in rows:
        if not all(_numbers(row[key], len(columns)) for key in row) or min(row["factor"]) < _SMALLEST:
            raise _unsound("a factor above 0 and an offset of each column", where)
    factor, offset = (np.array([row[key] for row in rows], dtype=float) for key in ("factor", "offset"))
    return ScannerEffects(tuple(scanners), np.array([names.index(name) for name in columns], np.intp), factor, offset)


def _exactly(data: Any, keys: Sequence[str], where: str) -> Mapping[str, Any]:
    entries = mapping(data, where)
    if set(entries) != set(keys):
        raise _unsound(f"exactly the keys {', '.join(keys)}", where)
    return entries


def _number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= _LARGEST


def _numbers(values: Any, count: int) -> bool:
    return isinstance(values, list) and len(values) == count and all(_number(value) for value in values)


def _unsound(expected: str, where: str) -> InputError:
    return InputError(expected, f"others in {where}", "do not use this bundle")
