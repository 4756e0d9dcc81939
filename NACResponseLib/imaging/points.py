"""Points that a reader placed, from files: Slicer's markups, JSON and CSV.

Slicer writes coordinates as RAS or LPS and says which; everything here is LPS, in millimetres.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..text_file import parse_json, read_text

Points = NDArray[np.float64]
_SYSTEMS = {"LPS": (1.0, 1.0, 1.0), "RAS": (-1.0, -1.0, 1.0), "0": (-1.0, -1.0, 1.0), "1": (1.0, 1.0, 1.0)}
"""Signs that lead to LPS; old markups files number the systems."""


def read_points(file: str | Path) -> Points:
    """Points (n, 3), LPS, mm, from a file.

    ``.mrk.json``: markups of Slicer, whose ``coordinateSystem`` decides. ``.fcsv``: Slicer's older file, whose header
    decides (RAS where it says nothing). ``.json``: a list of ``[x, y, z]``, LPS. ``.csv``: columns x, y and z, LPS.

    Raises:
        InputError: not such a file, or no points in it.
    """
    path = Path(file)
    text = read_text(path, "a file of points", "give .mrk.json or .csv")
    kind = path.suffix.lower()
    if kind == ".json":
        points = _from_json(text, path.name)
    elif kind == ".fcsv":
        points = _from_fcsv(text, path.name)
    elif kind == ".csv":
        points = _from_csv(text, path.name)
    else:
        raise InputError("points as .mrk.json, .fcsv, .json or .csv", path.name, "export the markups from Slicer")
    return checked_points(points, path.name)


def checked_points(points: Any, name: str) -> Points:
    """Points as an array (n, 3).

    Raises:
        InputError: none, not three coordinates each, or not finite.
    """
    try:
        array = np.asarray(points, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError("points with three coordinates", f"others in {name}", "give x, y and z in mm") from error
    if array.size == 0:
        raise InputError("points", f"none in {name}", "place at least one on the front of the pectoral muscle")
    if array.ndim != 2 or array.shape[1] != 3 or not np.isfinite(array).all():
        raise InputError("points with three finite coordinates", f"others in {name}", "give x, y and z in mm")
    return array


def _from_json(text: str, name: str) -> Any:
    content = parse_json(text, "a JSON file of points", name, "export the markups again")
    if isinstance(content, list):
        return content
    found: list[Any] = []
    try:
        for markup in content["markups"]:
            signs = _signs(markup.get("coordinateSystem", "LPS"), name)
            placed = [p["position"] for p in markup["controlPoints"] if p.get("positionStatus", "defined") == "defined"]
            found += [[s * float(x) for s, x in zip(signs, point, strict=True)] for point in placed]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError("markups of Slicer or a list of points", f"others in {name}", "export them again") from error
    return found


def _from_fcsv(text: str, name: str) -> list[list[float]]:
    lines = text.splitlines()
    system = next((line.partition("=")[2].strip() for line in lines if "CoordinateSystem" in line), "RAS")
    signs = _signs(system, name)
    rows = csv.reader(line for line in lines if line.strip() and not line.startswith("#"))
    return [[s * x for s, x in zip(signs, _numbers(row[1:4], name), strict=True)] for row in rows]


def _from_csv(text: str, name: str) -> list[list[float]]:
    rows = list(csv.reader(line for line in text.splitlines() if line.strip()))
    if not rows:
        return []
    header = [cell.strip().lower() for cell in rows[0]]
    if {"x", "y", "z"} <= set(header):
        order = [header.index(axis) for axis in "xyz"]
        return [_numbers([row[i] for i in order if i < len(row)], name) for row in rows[1:]]
    return [_numbers(row, name) for row in rows]


def _numbers(cells: Iterable[str], name: str) -> list[float]:
    try:
        values = [float(cell) for cell in cells]
    except ValueError as error:
        raise InputError("coordinates in mm", f"words in {name}", "give columns x, y and z") from error
    if len(values) != 3:
        raise InputError("three coordinates a point", f"{len(values)} in {name}", "give columns x, y and z")
    return values


def _signs(system: Any, name: str) -> tuple[float, float, float]:
    if str(system) not in _SYSTEMS:
        raise InputError("coordinates in LPS or RAS", f"{system} in {name}", "export the markups again")
    return _SYSTEMS[str(system)]
