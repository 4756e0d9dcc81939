"""Whether the files of a cohort's table can be read, by the very code that reads them later, as far as headers show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ..errors import InputError
from ..execution.processes import Pool, in_processes
from ..imaging.source import Source

TOGETHER = 50
Piece = Sequence[tuple[int, "Checked"]]
Reasons = list[tuple[int, str | None]]


@dataclass(frozen=True)
class Checked:
    """A file of the table.

    Attributes:
        planar: a 2D image is asked for.
        contour: it holds a contour.
    """

    source: Source
    planar: bool = False
    contour: bool = False


Check = Callable[[Sequence[Checked]], Sequence[str | None]]
"""What is wrong with each file, None where nothing is."""


def check_file(file: Checked) -> str | None:
    """What is wrong with a file, in words; None where nothing is."""
    from ..imaging.io import check_source

    try:
        check_source(file.source, file.planar, file.contour)
    except InputError as error:
        return str(error)
    except OSError as error:
        return f"{error.strerror or error}"
    return None


def check_here(files: Sequence[Checked]) -> list[str | None]:
    """Checks in this process."""
    return [check_file(file) for file in files]


def check_apart(files: Sequence[Checked], workers: int) -> list[str | None]:
    """Checks in processes of their own. A file that kills one counts as unchecked: its patient will fail, alone."""
    return check_by(files, partial(in_processes, workers=min(workers, max(len(files), 1))))


def check_by(files: Sequence[Checked], pool: Pool, together: int = 1) -> list[str | None]:
    """Checks by workers, some files together; those whose worker dies are checked once more, each by itself.

    Args:
        together: files in a piece.
    """
    found: list[str | None] = [None] * len(files)
    numbers: Sequence[int] = range(len(files))
    for size in dict.fromkeys((together, 1)):
        parts = (numbers[start : start + size] for start in range(0, len(numbers), size))
        pieces = ([(number, files[number]) for number in part] for part in parts)
        unchecked: list[int] = []
        for piece, died in pool(pieces, work=_checked, died=_died):
            unchecked += [number for number, _ in piece] if died else []
            for number, reason in piece:
                found[number] = reason
        numbers = sorted(unchecked)
    return found


def apart(workers: int) -> Check:
    """``check_apart`` with so many processes."""
    return partial(check_apart, workers=workers)


def by_pool(pool: Pool) -> Check:
    """``check_by`` in pieces, where a message costs more than to look at a header."""
    return partial(check_by, pool=pool, together=TOGETHER)


def _checked(piece: Piece) -> tuple[Reasons, bool]:
    return [(number, check_file(file)) for number, file in piece], False


def _died(piece: Piece, how: str) -> tuple[Reasons, bool]:
    return [(number, None) for number, _ in piece], True
