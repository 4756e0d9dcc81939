"""From raw values to what the model sees: harmonization, filling and scaling, as learned from training patients.

What is learned is a few numbers a column, so that a bundle holds those of its own columns and scores a new patient by
the same code as validation does. ``model.json`` holds it under ``preparation``, where the model has one::

    {"unseen": "identity",
     "columns": {name: {"center", "scale", "fill"} and "log": true where the logarithm is taken},
     "harmonization": {group: {"columns": [names], "scanners": {name: {"factor": [...], "offset": [...]}}}}}

A missing status is completed. XGBoost sends a missing value down the branch that suited the training patients without
it; where those are a handful, that branch says nothing. So what is predicted is the mean over all combinations of
values (``completions``), each weighted by the training patients' share of its values as if missing statuses were
independent of each other and of the other inputs (marginalization by the prevalence).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..plain_data import mapping

if TYPE_CHECKING:
    from .bundle_parts import BundleInput


Values = NDArray[np.float64]
Scanners = Mapping[str, NDArray[np.str_]]
"""(patients,) names of scanners, empty where not known, by group of columns."""
UNSEEN = ("identity", "refuse")
"""What may be done with features of a scanner that no training patient has."""


@dataclass(frozen=True)
class ScannerEffects:
    """What a scanner did to a group's columns: ``harmonized = factor * raw + offset``.

    Attributes:
        scanners: names of those with training patients.
        columns: (m,) numbers of the columns.
        factor, offset: (scanners, m).
    """

    scanners: tuple[str, ...]
    columns: NDArray[np.intp]
    factor: Values
    offset: Values

    def apply(self, values: Values, labels: NDArray[np.str_]) -> None:
        """Harmonizes (n, columns) in place; patients of other scanners stay as they are."""
        for number, scanner in enumerate(self.scanners):
            rows = np.flatnonzero(labels == scanner)
            place = np.ix_(rows, self.columns)
            values[place] = values[place] * self.factor[number] + self.offset[number]

    def unseen(self, labels: NDArray[np.str_]) -> list[str]:
        """Scanners among the labels that no training patient has."""
        return sorted({str(label) or "not given" for label in labels} - set(self.scanners))


@dataclass(frozen=True)
class Preparation:
    """How columns are prepared.

    Attributes:
        effects: by group of columns; groups without are not harmonized.
        center, scale: (columns,) of ``(harmonized - center) / scale``, after the logarithm where one is taken.
        fill: (columns,) harmonized value (or its logarithm) that stands for a missing one; NaN for a status, which
            stays missing: it is averaged over when scoring (``model.completion``).
        share: (columns,) of a status, its positives among the training patients with a value; NaN for others.
        unseen: what is done with new patients of other scanners than the training patients': their features stay as
            they are (``identity``), or ``check`` refuses them.
        log: numbers of the columns whose natural logarithm is taken; their values are above 0.
    """

    effects: Mapping[str, ScannerEffects]
    center: Values
    scale: Values
    fill: Values
    share: Values
    unseen: str = "identity"
    log: tuple[int, ...] = ()

    @classmethod
    def unchanged(cls, columns: int) -> Preparation:
        """That of so many columns that are seen as they are."""
        blank = np.full(columns, np.nan)
        return cls({}, np.zeros(columns), np.ones(columns), blank, blank)

    def apply(self, values: NDArray[Any], scanners: Scanners) -> Values:
        """Prepared values.

        Args:
            values: (n, columns), raw, NaN where missing.
            scanners: of the n patients, by group.
        """
        prepared = np.array(values, dtype=float)
        for group, effects in self.effects.items():
            effects.apply(prepared, scanners.get(group, np.full(len(prepared), "")))
        if self.log:
            prepared[:, self.log] = np.log(prepared[:, self.log])
        return self.scaled(prepared)

    def scaled(self, harmonized: Values) -> Values:
        """Filled and scaled, of harmonized values (n, columns), the logarithm taken where one is."""
        return (np.where(np.isnan(harmonized), self.fill, harmonized) - self.center) / self.scale

    def check(self, values: NDArray[Any], scanners: Scanners) -> None:
        """Refuses new patients of other scanners than the training patients', where that is asked for.

        Raises:
            InputError: such a patient has features of that scanner.
        """
        for group, effects in self.effects.items() if self.unseen == "refuse" else ():
            labels = scanners.get(group, np.full(len(values), ""))
            new = effects.unseen(labels[(~np.isnan(values[:, effects.columns])).any(axis=1)])
            if new:
                expected = f"a {group} scanner of the training patients ({', '.join(effects.scanners)})"
                raise InputError(expected, ", ".join(new), "train with patients from it")

    def completed(self, prepared: Values) -> Values:
        """Prepared values of training patients, missing statuses taken as the more frequent one."""
        return np.where(np.isnan(prepared), (self.share > 0.5).astype(float), prepared)

    def of_columns(self, numbers: NDArray[np.intp]) -> Preparation:
        """The preparation of some columns, in this order; groups of which none is left are dropped."""
        place = {int(number): position for position, number in enumerate(numbers)}
        effects = {}
        for group, found in self.effects.items():
            kept = [index for index, column in enumerate(found.columns) if int(column) in place]
            if kept:
                columns = np.array([place[int(found.columns[index])] for index in kept], dtype=np.intp)
                effects[group] = ScannerEffects(found.scanners, columns, found.factor[:, kept], found.offset[:, kept])
        parts = (self.center, self.scale, self.fill, self.share)
        center, scale, fill, share = (part[numbers] for part in parts)
        log = tuple(place[number] for number in self.log if number in place)
        return Preparation(effects, center, scale, fill, share, self.unseen, log)

    def beside(self, other: Preparation) -> Preparation:
        """The preparation of these columns and then of another's, of other groups."""
        width = len(self.center)
        moved = {group: replace(each, columns=each.columns + width) for group, each in other.effects.items()}
        center, scale, fill, share = (
            np.concatenate(pair)
            for pair in (
                (self.center, other.center),
                (self.scale, other.scale),
                (self.fill, other.fill),
                (self.share, other.share),
            )
        )
        log = (*self.log, *(width + number for number in other.log))
        return Preparation({**self.effects, **moved}, center, scale, fill, share, self.unseen, log)


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


MAX_MISSING = 10


def completions(
    row: NDArray[Any], unknown: Sequence[int], prevalence: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The patients that a row may stand for, (2**m, inputs), and their weights, which sum to 1.

    Args:
        row: (inputs,).
        unknown: numbers of the m missing statuses.
        prevalence: (m,) share of positives of each.

    Raises:
        InputError: too many missing statuses.
    """
    if len(unknown) > MAX_MISSING:
        raise InputError(f"at most {MAX_MISSING} missing statuses", f"{len(unknown)}", "give more of them")
    rows = np.repeat(row[None].astype(float), 2 ** len(unknown), axis=0)
    rows[:, unknown] = list(itertools.product((0.0, 1.0), repeat=len(unknown)))
    shares = [(1 - each, each) for each in prevalence]
    return rows, np.array([math.prod(combination) for combination in itertools.product(*shares)])
