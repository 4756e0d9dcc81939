"""Patients' names in several tables: a spreadsheet that takes a name for a number makes "7" or "7.0" of "007".

A name so changed is never taken for the other one, since it may be another patient's: it is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from .errors import InputError, few

_ROUNDED = re.compile(r"([0-9])(?:[.,]([0-9]{1,20}))?[eE]\+([0-9]{1,3})")


def same_number(name: str, names: Iterable[str]) -> str | None:
    """Another of the names for the number that this one is, too; None if there is none.

    A spreadsheet drops leading zeros, may add ``.0``, and shows ``1.23457E+11`` of 12 digits.
    """
    number = _number(name)
    for each in names:
        other = _number(each)
        if each != name and ((number and number == other) or _is_rounded(name, other) or _is_rounded(each, number)):
            return each
    return None


def check_names(names: Iterable[str], where: str, known: Collection[str], there: str) -> None:
    """Refuses a table in which a spreadsheet changed names; those that the other table lacks altogether may stay, and
    so may two for one number where a table has both: they are two patients.

    Args:
        names: of the table that ``where`` says.
        known: of the one that ``there`` says.

    Raises:
        InputError: the other table lacks a name and has another one for the same number.
    """
    here, have = dict.fromkeys(names), set(known)
    left = [each for each in known if each not in here]
    numbers = {number: each for each in left if (number := _number(each))}
    rounded = [each for each in left if _ROUNDED.fullmatch(each)]
    for name in here:
        if name not in have:
            alike = numbers.get(_number(name)) or same_number(name, left if _ROUNDED.fullmatch(name) else rounded)
            if alike is not None:
                expected = f"a patient's name written alike in {where} and {there}"
                raise InputError(expected, f"{name} and {alike}", _remedy(name, alike))


def no_such_patient(name: str, names: Sequence[str], where: str) -> InputError:
    """The error for a patient that a table lacks; another patient is never suggested."""
    alike = same_number(name, names)
    if alike is not None:
        return InputError(f"the patient '{name}' in {where}", f"'{alike}'", _remedy(name, alike))
    return InputError(f"the patient '{name}' in {where}", f"{few(names)}", "correct the name")


def several_times(names: Sequence[str]) -> list[str]:
    """Those that are there more than once, or beside another name for the same number."""
    keys = [_number(name) or name for name in names]
    counts = Counter(keys)
    return sorted({name for name, key in zip(names, keys, strict=True) if name and counts[key] > 1})


def _remedy(name: str, alike: str) -> str:
    full = max(name, alike, key=lambda each: (each.isdigit(), len(each)))
    return f"a spreadsheet drops leading zeros and rounds long numbers; write '{full}' in both, as text"


def _number(name: str) -> str:
    """A whole number's digits without leading zeros; nothing of another name."""
    whole, _, rest = name.replace(",", ".").partition(".")
    return (whole.lstrip("0") or "0") if whole.isascii() and whole.isdigit() and not rest.strip("0") else ""


def _is_rounded(name: str, number: str) -> bool:
    """Whether a spreadsheet shows the number as that name."""
    found = _ROUNDED.fullmatch(name) if number else None
    if found is None:
        return False
    first, rest, exponent = found.groups(default="")
    if not 0 <= len(number) - int(exponent) <= 1 or len(rest) > int(exponent):
        return False
    unit: int = 10 ** (int(exponent) - len(rest))
    return (int(number) + unit // 2) // unit == int(first + rest)
