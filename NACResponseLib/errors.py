"""The one error a user meets: what was expected, what was found, what to do."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")
_MOST = 20
_LONGEST, _SHORTEST = 375, 40  # characters: of a line without its fixed words, and of a part that was shortened


class InputError(ValueError):
    """Input that cannot be used. Its text is one printable line below 400 characters, whatever the input holds; the
    command line prints it and exits with status 2.

    Args:
        expected: what would have been usable ("a 3D image").
        found: what came instead ("a 2D image of 256 x 256 pixels in scan.nii.gz").
        remedy: what the user can do about it ("give the whole series").

    Example:
        >>> import NACResponseLib as nac
        >>> nac.load_recipe("nac2025")
        Traceback (most recent call last):
            ...
        NACResponseLib.errors.InputError: expected the name of a recipe (...), found 'nac2025': did you mean 'nac2026'?
    """

    _several: tuple[InputError, ...] = ()

    def __init__(self, expected: str, found: str, remedy: str) -> None:
        parts = [printable(" ".join(part.split())) for part in (expected, found, remedy)]
        for place in (1, 0, 2):  # what was found comes from the input, and is the first to be shortened
            kept = max(len(parts[place]) - max(sum(map(len, parts)) - _LONGEST, 0), _SHORTEST)
            parts[place] = _shortened(parts[place], kept)
        self.expected, self.found, self.remedy = parts
        super().__init__(f"expected {self.expected}, found {self.found}: {self.remedy}")

    @property
    def mistakes(self) -> tuple[InputError, ...]:
        """Itself, or all that it was made of by ``together``."""
        return self._several or (self,)

    def __reduce__(self) -> tuple[object, ...]:
        """What another process makes it again from; by default that would be its text alone."""
        return InputError, (self.expected, self.found, self.remedy), {"_several": self._several}


def together(mistakes: Sequence[InputError]) -> InputError:
    """One error of several, which stay in its ``mistakes``; its line has as many as fit, and says how many more."""
    first, *others = mistakes
    remedy, left = first.remedy, len(others)
    for each in others:
        longer = f"{remedy}; {each}"
        if len(first.expected) + len(first.found) + len(longer) > _LONGEST - len("; and 99 more mistakes"):
            break
        remedy, left = longer, left - 1
    more = f"; and {left} more mistake{'s' if left > 1 else ''}" if left else ""
    error = InputError(first.expected, first.found, remedy + more)
    error._several = tuple(mistakes)
    return error


def all_of(attempts: Iterable[Callable[[], T]]) -> list[T]:
    """What each of them gives.

    Raises:
        InputError: those of all attempts together, of the first 20 at most.
    """
    given: list[T] = []
    mistakes: list[InputError] = []
    for attempt in attempts:
        try:
            given.append(attempt())
        except InputError as error:  # noqa: PERF203 - that it goes on is the point
            mistakes += error.mistakes
            if len(mistakes) >= _MOST:
                break
    if mistakes:
        raise together(mistakes[:_MOST])
    return given


class _Printable(dict[int, str | None]):
    """For ``str.translate``: characters that command a terminal, turn the line round or are no whole ones."""

    def __missing__(self, code: int) -> str | None:
        category = unicodedata.category(chr(code))
        self[code] = "\ufffd" if category[0] == "C" or category in ("Zl", "Zp") else chr(code)
        return self[code]


_PRINTABLE = _Printable({ord(letter): letter for letter in "\n\r\t"})


def printable(text: str) -> str:
    """The text with a mark in place of every character that is not to be seen; line ends and tabs stay."""
    return text if text.isascii() and text.isprintable() else text.translate(_PRINTABLE)


def _shortened(text: str, length: int) -> str:
    """Its beginning and end; a path is known by its end."""
    if len(text) <= length:
        return text
    end = length // 3
    return f"{text[: length - end - 3]}...{text[-end:]}"


def unknown_name(kind: str, name: str, known: Iterable[str]) -> InputError:
    """The error for a name that does not exist, with the nearest one that does.

    Args:
        kind: what the name should name ("image", "model").
        name: the unknown name.
        known: all names that exist.
    """
    names = list(known)
    lowered = {candidate.lower(): candidate for candidate in names}
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=0.4)
    remedy = f"did you mean '{lowered[near[0]]}'?" if near else "choose one of those"
    return InputError(f"the name of {kind} ({', '.join(names) or 'none exist'})", f"'{name}'", remedy)


def few(names: Sequence[object], most: int = 5) -> str:
    """The first few of what is to be listed, and how many more there are."""
    shown = ", ".join(str(name) for name in list(names)[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
