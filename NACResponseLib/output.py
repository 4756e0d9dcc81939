"""Results appear whole or not at all: they are written beside their place and then moved into it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .errors import InputError


@contextmanager
def whole_folder(folder: Path, own: Sequence[str]) -> Iterator[Path]:
    """A new empty folder to write into, which takes the place of ``folder`` when all went well.

    Args:
        folder: where the results shall be. It may exist if it is empty, or if it holds nothing but an earlier
            result, which is then replaced.
        own: patterns of the file names that a result of this kind consists of.

    Raises:
        InputError: the folder cannot be written, or holds something else.
    """
    folder = folder.absolute()
    if folder.exists() and not folder.is_dir():
        raise InputError("an output folder", f"the file {folder}", "choose another name")
    others = [file.name for file in folder.iterdir() if not _is_own(file, own)] if folder.is_dir() else []
    if others:
        raise InputError("an empty or new output folder", f"{others[0]} in {folder}", "choose another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise InputError(
            "an output folder that can be written", f"{folder}: {error.strerror}", "choose another"
        ) from None
    try:
        partial.chmod(0o755)
        yield partial
        _take_place(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_own(file: Path, own: Sequence[str]) -> bool:
    return file.is_file() and any(file.match(pattern) for pattern in own)


def _take_place(partial: Path, folder: Path) -> None:
    """Moves the finished folder in; an earlier result goes only once the new one is complete."""
    if not folder.exists():
        partial.rename(folder)
        return
    earlier = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    folder.rename(earlier / "earlier")
    partial.rename(folder)
    shutil.rmtree(earlier)
