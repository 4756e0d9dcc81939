"""How a part of a file is named: the same on the command line, in ``COHORT.csv`` and in messages.

================== =====================================================================================
``PATH``           the whole file, or folder of DICOM files
``PATH::NAME``     the series (UID or description), segment, label or region of interest of that name
``PATH#N``         the Nth phase in the order of time, from 1; ``#pre``, ``#first-post`` and ``#last`` too
``PATH::NAME#N``   the Nth phase of the series of that name
================== =====================================================================================
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import InputError

PRIVATE = "NACRESPONSE_PRIVATE"
"""The variable of the environment by which results name no file: ``--private`` sets it, worker processes inherit it."""
NAME, PHASE = "::", "#"
PRE, FIRST_POST, LAST = "pre", "first-post", "last"
_PHASE = re.compile(rf"(.+){PHASE}(\d{{1,9}}|{PRE}|{FIRST_POST}|{LAST})", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """A file or folder, and which part of it is meant.

    Attributes:
        name: of a series, segment, label or region of interest; None where none is asked for.
        phase: a number from 1, ``pre``, ``first-post`` or ``last``; None where none is asked for.
    """

    path: Path
    name: str | None = None
    phase: str | None = None

    def __str__(self) -> str:
        return f"{self.path}{self.part}"

    @property
    def part(self) -> str:
        """What follows the path."""
        return (f"{NAME}{self.name}" if self.name else "") + (f"{PHASE}{self.phase}" if self.phase else "")

    @property
    def names(self) -> tuple[str, ...]:
        """What the name may be where no phase can be meant: it may itself end like one (``Tumor#2``)."""
        if self.name is None:
            return ()
        return (f"{self.name}{PHASE}{self.phase}", self.name) if self.phase else (self.name,)

    def resolved(self) -> Source:
        """The same with an absolute path."""
        return replace(self, path=self.path.resolve())


def parse_source(text: str | Path | Source, folder: Path | None = None) -> Source:
    """Reads ``PATH``, ``PATH::NAME``, ``PATH#N`` or ``PATH::NAME#N``.

    A path that exists is a path, whatever signs it holds. Accented letters of file names count as the same however
    they are composed (NFC, NFD).

    Args:
        text: as the user wrote it.
        folder: that a relative path starts from.

    Raises:
        InputError: no such phase, or nothing where a name should stand.
    """
    if isinstance(text, Source):
        return text
    written = str(folder / text) if folder else str(text)
    for candidate in _splits(written):
        path = existing(candidate.path)
        if path is not None:
            return _complete(replace(candidate, path=path))
    return _complete(list(_splits(written))[-1])


def _splits(text: str) -> Iterator[Source]:
    """The ways to understand it, the one with the longest path first."""
    yield Source(Path(text))
    phased = _PHASE.fullmatch(text)
    if phased:
        yield Source(Path(phased[1]), None, phased[2].lower())
    whole, phase = (phased[1], phased[2].lower()) if phased else (text, None)
    if NAME in whole:
        path, _, name = whole.partition(NAME) if existing(Path(whole.partition(NAME)[0])) else whole.rpartition(NAME)
        yield Source(Path(path), name, phase)
    elif not phased and PHASE in text:
        path, _, word = text.rpartition(PHASE)
        if existing(Path(path)):
            yield Source(Path(path), None, word)


def _complete(source: Source) -> Source:
    if source.name == "":
        raise InputError(f"a name after '{NAME}'", f"'{source}{NAME}'", "write it, or leave out the colons")
    known = (PRE, FIRST_POST, LAST)
    if source.phase is not None and source.phase not in known and not re.fullmatch(r"\d{1,9}", source.phase):
        raise InputError(f"a phase: a number from 1, {', '.join(known)}", f"'{PHASE}{source.phase}'", "correct it")
    if source.phase is not None and source.phase.isdecimal() and int(source.phase) < 1:
        raise InputError("a phase counted from 1", f"'{PHASE}{source.phase}'", "correct it")
    return source


def private() -> bool:
    """Whether results shall name no file: file names are often made of patients' names."""
    return bool(os.environ.get(PRIVATE))


def without_folders(text: str, sources: Mapping[str, Source]) -> str:
    """A text for results: files by their names alone, or by their roles where results are private.

    Args:
        sources: the files that it may speak of, by role (``image CT``).
    """
    for role, source in sources.items():
        text = text.replace(f"{source.path.parent}{os.sep}", "")
        if private():
            text = text.replace(source.path.name, f"the {role}")
    return text


def existing(path: Path) -> Path | None:
    """The path that exists under this name, its letters composed one way or the other; None where there is none."""
    for form in (None, "NFC", "NFD"):
        candidate = Path(unicodedata.normalize(form, str(path))) if form else path
        try:
            if candidate.exists():
                return candidate
        except (OSError, ValueError):  # too long, or with a null byte
            continue
    return None


def same_name(first: str, second: str) -> bool:
    """Whether two names are the same, however their accented letters are composed, and spaces around them aside."""
    return _plain(first) == _plain(second)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()
