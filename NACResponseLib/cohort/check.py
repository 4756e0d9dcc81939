"""Whether the files of a cohort's table can be read, by the very code that reads them later, as far as headers show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ..errors import InputError
from ..imaging.source import Source
from .workers import in_processes


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
    found: list[str | None] = [None] * len(files)
    for number, reason in in_processes(enumerate(files), min(workers, max(len(files), 1)), _numbered, _died):
        found[number] = reason
    return found


def apart(workers: int) -> Check:
    """``check_apart`` with so many processes."""
    return partial(check_apart, workers=workers)


def _numbered(work: tuple[int, Checked]) -> tuple[int, str | None]:
    return work[0], check_file(work[1])


def _died(work: tuple[int, Checked], how: str) -> tuple[int, str | None]:
    return work[0], None
