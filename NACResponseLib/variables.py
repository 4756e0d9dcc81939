"""Clinical variables as data: what each is called, how its values are written, and what they mean as numbers.

``Resources/variables.yaml`` defines those that ship and says how; recipes and bundles carry others in the same form.

======== ============================================ ==========================================================
kind     number                                       written
======== ============================================ ==========================================================
number   the value, in the unit, within the range     12.5, 12,5, with or without the unit
yes_no   1 or 0                                       positive/negative, +/-, 1/0, yes/no, ja/nein, the levels' words
levels   the place in their order, from ``first``     a level's name or one of its words, with or without a prefix
======== ============================================ ==========================================================
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias

from .config import resources
from .errors import InputError
from .plain_data import CheckedFields, build, in_short, mapping, one_of, plain_of, read_by, read_yaml, without

VARIABLES_FILE = "variables.yaml"
NUMBER, YES_NO, LEVELS = "number", "yes_no", "levels"
COLUMN_KINDS = {NUMBER: "continuous", YES_NO: "binary", LEVELS: "ordinal"}
UNKNOWN = frozenset({"", "unknown", "na", "n/a", "nan", "none", "null", "missing", "?", "not known", "#n/a"})
NO = frozenset({"negative", "neg", "-", "\N{MINUS SIGN}", "0", "no", "n", "false", "nein", "negativ"})
YES = frozenset({"positive", "pos", "+", "1", "yes", "y", "true", "ja", "positiv"})
_NUMBER = re.compile(r"[+-]?\d+([.,]\d*)?(e[+-]?\d+)?|[.,]\d+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_MOST = 200
"""Levels, words and synonyms of a variable; files of others are data."""


def plain(text: object) -> str:
    """A cell as it is compared: lower case, single spaces, ``2.0`` as ``2``; empty for None."""
    joined = " ".join(str("" if text is None else text).split()).lower()
    return re.sub(r"^([+-]?\d+)[.,]0+$", r"\1", joined)


def words_of(items: Any, where: str) -> tuple[str, ...]:
    """A list of words; YAML takes ``yes`` and ``no`` for truth values and ``1`` for a number."""
    listed = items if isinstance(items, (list, tuple)) else [items]
    if any(not isinstance(item, (str, int, float, bool)) for item in listed):
        raise InputError(f"words in {where}", in_short(items), "write [word, word]")
    truth = {True: ("yes", "true"), False: ("no", "false")}
    return tuple(word for item in listed for word in (truth[item] if isinstance(item, bool) else (str(item),)))


def _levels_of(data: Any, where: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(data, (list, tuple)):
        raise InputError(f"a list of levels in {where}", in_short(data), "write [[name, word], [name, word]]")
    return tuple(words_of(level, where) for level in data)


@dataclass(frozen=True)
class ClinicalVariable(CheckedFields):
    """A variable's definition; see the head of ``Resources/variables.yaml`` for its entries.

    Attributes:
        range: least and greatest number; of ``number`` alone.
        levels: of each its name and its words.
        first: number of the first level.
    """

    name: str
    label: str
    kind: str = field(metadata=one_of("a kind of clinical variable", tuple(COLUMN_KINDS)))
    unit: str = ""
    range: tuple[float, ...] = ()
    levels: tuple[tuple[str, ...], ...] = field(default=(), metadata=read_by(_levels_of))
    first: int = 0
    prefixes: tuple[str, ...] = field(default=(), metadata=read_by(words_of))
    unknown: tuple[str, ...] = field(default=(), metadata=read_by(words_of))
    synonyms: tuple[str, ...] = field(default=(), metadata=read_by(words_of))
    hint: str = ""

    def mistakes(self) -> Iterator[InputError]:
        where = f"the clinical variable {self.name[:40]}"
        if not _NAME.fullmatch(self.name):
            yield InputError("a variable's name of letters, digits and _", f"'{self.name[:40]}'", "rename it")
        if self.kind == NUMBER and (len(self.range) != 2 or not self.range[0] < self.range[1]):
            yield InputError(f"range: [least, greatest] of {where}", in_short(self.range), "add it")
        if (len(self.levels) < 2) if self.kind == LEVELS else (self.kind == YES_NO and len(self.levels) not in (0, 2)):
            yield InputError(f"two levels or more of {where}", f"{len(self.levels)}", "correct it")
        words = [plain(word) for level in self.levels for word in level]
        if not all(self.levels) or len(set(words)) < len(words) or len(words) + len(self.synonyms) > _MOST:
            yield InputError(f"different words for the levels of {where}, {_MOST} at most", "others", "correct them")

    @cached_property
    def codes(self) -> dict[str, float]:
        """Number by word, as ``plain`` gives it."""
        words = {plain(word): float(self.first + k) for k, level in enumerate(self.levels) for word in level}
        if self.kind != YES_NO:
            return words
        return dict.fromkeys(NO, 0.0) | dict.fromkeys(YES, 1.0) | words

    @cached_property
    def level_names(self) -> dict[float, str]:
        """Name by number, in their order; empty of a number."""
        names = [level[0] for level in self.levels] or (["no", "yes"] if self.kind == YES_NO else [])
        return {float(self.first + k): name for k, name in enumerate(names)}

    @property
    def column_kind(self) -> str:
        """``continuous``, ``binary`` or ``ordinal``."""
        return COLUMN_KINDS[self.kind]

    def parse(self, raw: object) -> float:
        """The number for what was written; NaN for a missing one.

        Raises:
            InputError: it cannot be understood, or is out of range.
        """
        text = plain(raw)
        if text in UNKNOWN or text in map(plain, self.unknown):
            return math.nan
        if self.kind == NUMBER:
            return self._number(text)
        beginnings = [plain(prefix) for prefix in self.prefixes if text.startswith(plain(prefix))]
        for word in (text, *(text.removeprefix(beginning).strip() for beginning in beginnings)):
            if word in self.codes:
                return self.codes[word]
        names = list(self.level_names.values())
        *others, last = names[::-1] if self.kind == YES_NO else names
        example = f"write {self.name}={names[-1]}, or leave it out if unknown"
        remedy = f"{self.hint}; {example}" if self.hint else example
        raise InputError(f"{self.name} as {', '.join(others)} or {last}", f"'{text[:40]}'", remedy)

    def _number(self, text: str) -> float:
        low, high = self.range
        expected = f"{self.name} between {low:g} and {high:.10g}{self._spaced_unit}"
        number = text.removesuffix(self.unit.lower()).strip()
        if not _NUMBER.fullmatch(number):
            raise InputError(expected, f"'{text[:40]}'", "; ".join(filter(None, [self.hint, "write a plain number"])))
        value = float(number.replace(",", "."))
        if not low <= value <= high:
            raise InputError(expected, f"{value:g}", "check the value and its unit")
        return value

    @property
    def _spaced_unit(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def written(self, value: float) -> str:
        """A value as ``parse`` reads it again: the number or, where no word is that, the level; empty for NaN."""
        if math.isnan(value):
            return ""
        number = repr(float(value)).removesuffix(".0")
        return number if self.kind == NUMBER or self.codes.get(number) == value else self.level_names[value]

    def shown(self, value: float) -> str:
        """A value in words: ``52 years``, ``positive``, ``N1``; ``not known`` for NaN."""
        if math.isnan(value):
            return "not known"
        if self.kind == NUMBER:
            return f"{value:,.10g}{self._spaced_unit}".replace(",", "\N{NO-BREAK SPACE}")
        return self.level_names.get(value, f"{value:g}")


Variables: TypeAlias = Mapping[str, ClinicalVariable]


def variables_from(data: Any, where: str) -> dict[str, ClinicalVariable]:
    """Definitions by name, from plain data.

    Args:
        data: entries by name; None for none.
        where: it stands, for the error.

    Raises:
        InputError: an unknown or missing entry, or an unusable one.
    """
    named = {
        name: {**entries, "name": name} if isinstance(entries, dict) else entries
        for name, entries in mapping(data or {}, where).items()
    }
    return dict(build(Variables, named, where))


def variables_plain(variables: Variables) -> dict[str, dict[str, Any]]:
    """As ``variables_from`` reads it: without what is as it would be anyway."""
    usual = plain_of(ClinicalVariable("any", "any", YES_NO))
    del usual["name"], usual["label"], usual["kind"]
    return {name: without(plain_of(each), name=each.name, **usual) for name, each in variables.items()}


def read_variables(path: Path) -> dict[str, ClinicalVariable]:
    """The definitions in a file.

    Raises:
        InputError: no YAML, or as ``variables_from``.
    """
    return variables_from(read_yaml(path), path.name)


@cache
def shipped_variables() -> Variables:
    """Those of ``Resources/variables.yaml``, in its order."""
    return read_variables(resources() / VARIABLES_FILE)


def variables_beside(folder: Path, *more: Variables) -> dict[str, ClinicalVariable]:
    """Those that ship, those that a folder's ``variables.yaml`` defines, and more; what comes later counts.

    Raises:
        InputError: as ``read_variables``.
    """
    path = folder / VARIABLES_FILE
    found = dict(shipped_variables()) | (read_variables(path) if path.is_file() else {})
    for each in more:
        found |= each
    return found


def known_variables(*more: Variables) -> dict[str, ClinicalVariable]:
    """Those that ship, and more; what comes later counts."""
    found = dict(shipped_variables())
    for each in more:
        found |= each
    return found


def find_variable(name: str, variables: Iterable[str]) -> str | None:
    """A variable's name as it is written, from one in any case; None if there is none."""
    return {each.lower(): each for each in variables}.get(name.strip().lower())
