"""Plain data from files (YAML, JSON) made into dataclasses with every key and type checked; nothing executable."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from .csv_cells import read_rows
from .errors import InputError, unknown_name
from .text_file import read_text

_MERGE = "tag:yaml.org,2002:merge"
_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
_LARGEST_FILE = 2**20
_LARGEST: dict[str, float] = {"int": 2**63 - 1, "float": sys.float_info.max}


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


class CheckedFields:
    """A dataclass whose values are checked when it is made, as the metadata of its fields say (``limits``, ``one_of``).

    Raises:
        InputError: a number out of its limits or that is none, an unknown name, an empty list.
    """

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type] # of its subclasses, which are dataclasses
            value = getattr(self, each.name)
            values = value if isinstance(value, tuple) else () if value is None else (value,)
            if value == () and each.metadata:
                raise InputError(f"at least one {each.name}", "an empty list", "add one")
            for one in values:
                if "limits" in each.metadata:
                    check_between(each.name, one, *each.metadata["limits"])
                elif each.metadata:
                    check_known(each.metadata["kind"], one, each.metadata["known"])


def check_known(kind: str, name: str, known: Sequence[str]) -> None:
    """Refuses a name that does not exist."""
    if name not in known:
        raise unknown_name(kind, str(name), known)


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Refuses a number out of range."""
    if not low <= value <= high:
        most = f"{high:g}" if high < 1e6 else f"{high:,.0f}"
        raise InputError(f"{name} from {low:g} to {most}", f"{value}", "correct it")


def build(kind: type, data: Any, where: str) -> Any:
    """A dataclass whose fields are ``str``, ``int``, ``float``, ``bool``, those ``| None``, or tuples of them.

    Lists become tuples; fields of other types are passed on unchecked.

    Raises:
        InputError: an unknown or missing key, a value of another type, or a number that is infinite, NaN or beyond
            what 64 bits hold.
    """
    entries = mapping(data, where)
    known = {each.name: each for each in fields(kind)}
    for key in entries:
        if key not in known:
            raise unknown_name(f"a key of {where}", str(key), known)
    for key, each in known.items():
        required = each.default is MISSING and each.default_factory is MISSING
        if required and key not in entries:
            raise InputError(f"the key '{key}' in {where}", "none", f"add {key}: ...")
    return kind(**{key: _typed(value, str(known[key].type), f"{where}: {key}") for key, value in entries.items()})


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


def _typed(value: Any, declared: str, where: str) -> Any:
    element = declared.removeprefix("tuple[").partition(",")[0]
    if declared.startswith("tuple[") and element in _TYPES:
        if not isinstance(value, (list, tuple)):
            raise InputError(f"a list in {where}", in_short(value), "write [a, b]")
        return tuple(_typed(item, element, where) for item in value)
    plain, _, optional = declared.partition(" | ")
    if plain not in _TYPES or (optional and value is None):
        return value
    if not isinstance(value, _TYPES[plain]) or (isinstance(value, bool) and plain != "bool"):
        raise InputError(f"{plain} in {where}", in_short(value), "correct it")
    if isinstance(value, (int, float)) and plain in _LARGEST and not abs(value) <= _LARGEST[plain]:
        raise InputError(f"a finite {plain} in {where}", "one that is infinite or too large", "correct it")
    return value


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
