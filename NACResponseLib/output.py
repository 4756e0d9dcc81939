"""Results appear whole or not at all: they are written apart and moved into place when all are there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import InputError

_PARTIAL = ".nacresponse-partial-"


@contextmanager
def whole_folder(folder: Path, marker: str, own: Collection[str]) -> Iterator[Path]:
    """An empty folder to write into; what it holds moves to ``folder`` when all went well.

    Args:
        folder: where the results shall be; links are followed. See ``check_folder`` for what it may hold.
        marker: the file that comes last and without which a result is not whole.
        own: names of the other files, or folders of files, that a result of this kind may consist of.

    Raises:
        InputError: the folder cannot be written, or holds something else.
    """
    target = check_folder(folder, marker, own)
    created = [parent for parent in (target, *target.parents) if not parent.exists()]
    partial: Path | None = None
    try:
        target.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=target))
        yield partial
        _move(partial, target, marker, own)
        created.clear()
    except OSError as error:
        raise InputError(
            "an output folder that can be written", f"{target}: {error.strerror}", "choose another or free space"
        ) from None
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)
        for empty in created:
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()


def check_folder(folder: Path, marker: str, own: Collection[str]) -> Path:
    """The folder's real path, if results may go there: new, empty, or with nothing but an earlier result.

    An earlier result is known by its marker; a folder that holds anything else is left alone.

    Raises:
        InputError: a file in its place, or other files in it.
    """
    target = folder.expanduser().resolve()
    if not target.exists():
        return target
    if not target.is_dir():
        raise InputError("an output folder", f"the file {target}", "choose another name")
    try:
        present = [file.name for file in target.iterdir() if not file.name.startswith(_PARTIAL)]
    except OSError as error:
        raise InputError("an output folder that can be read", f"{target}: {error.strerror}", "choose another") from None
    foreign = [name for name in present if name != marker and (marker not in present or name not in own)]
    if foreign:
        raise InputError("an empty or new output folder", f"{foreign[0]} in {target}", "choose another folder")
    return target


def _move(partial: Path, target: Path, marker: str, own: Collection[str]) -> None:
    """The marker of an earlier result goes first and the new one comes last: between them nothing looks whole."""
    (target / marker).unlink(missing_ok=True)
    for name in own:
        if (target / name).is_dir():
            shutil.rmtree(target / name)
        else:
            (target / name).unlink(missing_ok=True)
    for file in sorted(partial.iterdir(), key=lambda file: file.name == marker):
        file.replace(target / file.name)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file when all of it is on the disk; until then the file stays as it was.

    Wherever the program or the machine stops, the file is whole or not there.

    Raises:
        OSError: the folder cannot be written, or the disk is full; nothing is left behind.
    """
    descriptor, name = tempfile.mkstemp(prefix=_PARTIAL, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
