"""Plain data from files (YAML, JSON) made into dataclasses with every key and type checked; nothing executable."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, asdict, fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from .csv_cells import read_rows
from .errors import InputError, all_of, together, unknown_name
from .text_file import read_text

_MERGE = "tag:yaml.org,2002:merge"
_TYPES: dict[Any, tuple[type, ...]] = {str: (str,), int: (int,), float: (int, float), bool: (bool,)}
_LARGEST_FILE = 2**20
_LARGEST: dict[Any, float] = {int: 2**63 - 1, float: sys.float_info.max}


def read_yaml(path: Path) -> Any:
    """YAML as plain data; tags that would build objects, and a key given twice, are refused.

    So are merges (``<<``), by which a few lines make more entries than the memory holds. Aliases stay: they share.

    Raises:
        InputError: not YAML, or larger than any that a person writes.
    """
    import yaml

    text = read_text(path, "a YAML file", "check that it is the right one", _LARGEST_FILE)

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # eight times as fast, in wheels
        """Plain data only."""

    def once(loader: Loader, node: yaml.MappingNode) -> dict[Any, Any]:
        if any(key.tag == _MERGE or not isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            raise InputError(f"plain keys in {path.name}", "a merge (<<) or a list", "write the entries out")
        keys = [loader.construct_object(key) for key, _ in node.value]
        if len({str(key) for key in keys}) < len(keys):
            raise InputError(f"every key of {path.name} once", "a key twice", "remove one")
        return loader.construct_mapping(node, deep=True)

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, once)
    try:
        data = yaml.load(text, Loader)
        if "\\" in text:  # which may make half a character
            str(data).encode()
        return data
    except InputError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError("a YAML file", f"{path.name}: {str(error)[:150]}", "correct its syntax") from None


def limits(low: float, high: float) -> dict[str, Any]:
    """Metadata of a field of ``CheckedFields``: a number, or each of several, from ``low`` to ``high``."""
    return {"limits": (low, high)}


def one_of(kind: str, known: Sequence[str]) -> dict[str, Any]:
    """Metadata of such a field: a name of those known; ``kind`` is what it names, for the error."""
    return {"kind": kind, "known": known}


def read_by(read: Callable[[Any, str], Any]) -> dict[str, Any]:
    """Metadata of a field that ``build`` makes otherwise than by its type: ``read(data, where)``."""
    return {"read": read}


class CheckedFields:
    """A dataclass whose values are checked when it is made, as the metadata of its fields say (``limits``, ``one_of``),
    and then by ``mistakes``.

    Raises:
        InputError: a number out of its limits or that is none, an unknown name, an empty list; all of them together.
    """

    def __post_init__(self) -> None:
        found = list(self._wrong_fields()) or list(self.mistakes())
        if found:
            raise together(found)

    def mistakes(self) -> Iterator[InputError]:
        """What is wrong with values of which each is possible by itself."""
        yield from ()

    def _wrong_fields(self) -> Iterator[InputError]:
        for each in fields(self):  # type: ignore[arg-type] # of its subclasses, which are dataclasses
            yield from _wrong_values(each, getattr(self, each.name))


def _wrong_values(each: Field[Any], value: Any, place: str = "") -> Iterator[InputError]:
    """What is wrong with a field's value, or with each of several, by its metadata; ``place`` begins with "in"."""
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    low, high = each.metadata.get("limits", (-math.inf, math.inf))
    known = each.metadata.get("known")
    if isinstance(value, tuple) and not value and ("limits" in each.metadata or known):
        yield InputError(f"at least one {each.name}{place}", "an empty list", "add one")
    for one in values:
        if known is not None:
            yield from unknown(each.metadata["kind"] + place, (one,), known)
        elif "limits" in each.metadata and not low <= one <= high:
            most = f"{high:g}" if high < 1e6 else f"{high:,.0f}"
            yield InputError(f"{each.name} from {low:g} to {most}{place}", f"{one}", "correct it")


def unknown(kind: str, names: Iterable[str], known: Collection[str]) -> Iterator[InputError]:
    """An error for each of the names that is not known."""
    return (unknown_name(kind, str(name), known) for name in names if name not in known)


def build(kind: Any, data: Any, where: str) -> Any:
    """A value of a type from plain data: a dataclass, a mapping of names, a tuple, ``str``, ``int``, ``float``,
    ``bool``, those ``| None``, and all of these inside each other. Lists become tuples; data for other types stays.

    Raises:
        InputError: an unknown or missing key, a value of another type, or a number that is infinite, NaN or beyond
            what 64 bits hold; all of them together.
    """
    origin, inside = get_origin(kind), get_args(kind)
    if type(None) in inside:
        return None if data is None else build(inside[0], data, where)
    if is_dataclass(kind):
        return _dataclass(kind, data, where)
    if origin is Mapping:
        entries = mapping(data, where)
        made = all_of(partial(build, inside[1], item, f"{where} {name}") for name, item in entries.items())
        return dict(zip(entries, made, strict=True))
    if origin is tuple:
        if not isinstance(data, (list, tuple)):
            raise InputError(f"a list in {where}", in_short(data), "write [a, b]")
        if inside[-1] is not ... and len(data) != len(inside):
            raise InputError(f"{len(inside)} entries in {where}", f"{len(data)}", "correct it")
        places = (f"{where} {number}" if _has_parts(inside[0]) else where for number in range(1, len(data) + 1))
        return tuple(all_of(partial(build, inside[0], item, place) for item, place in zip(data, places, strict=True)))
    return _scalar(kind, data, where) if kind in _TYPES else data


def _dataclass(kind: Any, data: Any, where: str) -> Any:
    entries, types = mapping(data, where), _types_of(kind)
    known = {each.name: each for each in fields(kind)}

    def entry(key: str) -> Any:
        if key not in known:
            raise unknown_name(f"a key of {where}", key, known)
        if key not in entries:
            raise InputError(f"the key '{key}' in {where}", "none", f"add {key}: ...")
        inner = f"{where}{', ' if _has_parts(types[key]) else ': '}{key}"
        read = known[key].metadata.get("read", partial(build, types[key]))
        value = read(entries[key], inner)
        wrong = tuple(_wrong_values(known[key], value, f" in {where}"))
        if wrong:
            raise together(wrong)
        return value

    required = [key for key, each in known.items() if each.default is MISSING and each.default_factory is MISSING]
    keys = list(dict.fromkeys([*entries, *required]))
    return kind(**dict(zip(keys, all_of(partial(entry, key) for key in keys), strict=True)))


@cache
def _types_of(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _has_parts(kind: Any) -> bool:
    return is_dataclass(kind) or get_origin(kind) is Mapping or any(map(_has_parts, get_args(kind)))


def _scalar(kind: type, data: Any, where: str) -> Any:
    if not isinstance(data, _TYPES[kind]) or (isinstance(data, bool) and kind is not bool):
        raise InputError(f"{kind.__name__} in {where}", in_short(data), "correct it")
    if isinstance(data, (int, float)) and kind in _LARGEST and not abs(data) <= _LARGEST[kind]:
        raise InputError(f"a finite {kind.__name__} in {where}", "one that is infinite or too large", "correct it")
    return data


def plain_of(made: Any) -> dict[str, Any]:
    """A dataclass as ``build`` reads it, of lists and dictionaries alone."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(made)))
    return plain


def without(entries: Mapping[str, Any], **usual: Any) -> dict[str, Any]:
    """The entries less those that have their usual value."""
    return {key: value for key, value in entries.items() if key not in usual or value != usual[key]}


def mapping(data: Any, where: str) -> Mapping[str, Any]:
    """The data, if it has named entries.

    Raises:
        InputError: it has not, or a name is no text.
    """
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise InputError(f"named entries in {where}", f"{type(data).__name__}", "write them as 'key: value'")
    return data


def in_short(value: Any) -> str:
    """A value as an error shows it; of lists and mappings their kind, since a few aliases of YAML make one endless."""
    return type(value).__name__ if isinstance(value, (list, tuple, dict, set)) else f"'{str(value)[:60]}'"


def columns_of(path: Path, needed: Sequence[str]) -> dict[str, list[str]]:
    """A CSV file's columns by name, as text.

    Raises:
        InputError: no such file, rows of other lengths, or a needed column that is missing.
    """
    remedy = "give a folder of results as it was written"
    try:
        lines = io.StringIO(read_text(path, f"the table {path.name}", remedy), newline="")
        header, *rows = list(read_rows(csv.reader(lines))) or [[]]
    except csv.Error as error:
        raise InputError(f"the table {path.name}", f"{path}: {error}", remedy) from None
    missing = [name for name in needed if name not in header]
    if missing or any(len(row) != len(header) for row in rows):
        found = f"no '{missing[0]}'" if missing else "rows of other lengths"
        raise InputError(f"whole rows with {', '.join(needed)} in {path.name}", found, remedy)
    return {name: [row[number] for row in rows] for number, name in enumerate(header)}
