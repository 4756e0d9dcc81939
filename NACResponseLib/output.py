"""Results appear whole or not at all, wherever the program or the machine stops.

A folder of results is written apart, inside the folder where it shall be, synced to the disk and renamed to
``.nacresponse-ready``. From that one step on the new result is the one that counts: the files of an earlier result go,
the new ones move to their places, the marker last. Whatever stops this, the next run finishes it; what a run left that
never came so far is removed, unless its lock says that it is still running.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from .errors import InputError
from .hashing import sha256_of

_OURS = ".nacresponse-"
_PARTIAL = f"{_OURS}partial-"  # being written
_READY = f"{_OURS}ready"  # whole; what an earlier result left is to be removed
_MOVING = f"{_OURS}moving"  # nothing of an earlier result is there; files are to be moved


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
    partial = target / f"{_PARTIAL}{secrets.token_hex(8)}"
    try:
        target.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
        with _held(partial):
            yield partial
            _sync(partial)
            partial.rename(target / _READY)
        _finish(target, marker, own)
        created.clear()
    except OSError as error:
        raise InputError(
            "an output folder that can be written", f"{target}: {error.strerror}", "choose another or free space"
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        for empty in created:
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()


def check_folder(folder: Path, marker: str, own: Collection[str]) -> Path:
    """The folder's real path, if results may go there: new, empty, or with nothing but an earlier result.

    An earlier result is known by its marker; a folder that holds anything else is left alone. A result that a stopped
    run had ready is put in its place first, and what stopped runs left is removed.

    Raises:
        InputError: a file in its place, or other files in it.
    """
    target = folder.expanduser().resolve()
    if not target.exists():
        return target
    if not target.is_dir():
        raise InputError("an output folder", f"the file {target}", "choose another name")
    try:
        _finish(target, marker, own)
        remove_leftovers(target)
        waiting = (_READY, _MOVING)  # of a result of another kind, which only its own command may put in place
        present = [file.name for file in target.iterdir() if file.name in waiting or not is_leftover(file)]
    except OSError as error:
        raise InputError("an output folder that can be used", f"{target}: {error.strerror}", "choose another") from None
    foreign = [name for name in present if name != marker and (marker not in present or name not in own)]
    if foreign:
        raise InputError("an empty or new output folder", f"{foreign[0]} in {target}", "choose another folder")
    return target


def _finish(target: Path, marker: str, own: Collection[str]) -> None:
    """Puts a result that is ready in its place; does nothing where there is none.

    The earlier marker goes first and the new one comes last: between them nothing looks whole. Every step may be done
    twice.
    """
    ready, moving = target / _READY, target / _MOVING
    if (ready / marker).is_file():
        for name in (marker, *own):
            if (target / name).is_dir():
                shutil.rmtree(target / name)
            else:
                (target / name).unlink(missing_ok=True)
        ready.rename(moving)
    if (moving / marker).is_file() or (moving.is_dir() and not any(moving.iterdir())):
        for file in sorted(moving.iterdir(), key=lambda file: file.name == marker):
            file.replace(target / file.name)
        moving.rmdir()
        _sync_entry(target)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content becomes the file when all of it is on the disk; until then the file stays as it was.

    Wherever the program or the machine stops, the file is whole or as it was; what a stopped program left is written
    over the next time. Its mode is the user's own default.

    Raises:
        OSError: the folder cannot be written, or the disk is full; nothing is left behind.
    """
    with _reserved(path) as partial:
        try:
            with partial.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


@contextmanager
def _reserved(path: Path) -> Iterator[Path]:
    """A file beside another, to be written first, and locked: always the same, unless another program is writing it."""
    names = [sha256_of(os.fsencode(path.name))[:16], secrets.token_hex(8)]
    with ExitStack() as locks:
        for name in names[os.name == "nt" :]:  # without locks none is known to be free
            partial = path.parent / f"{_PARTIAL}{name}"
            partial.touch()
            if locks.enter_context(_held(partial)):
                break
        yield partial


def write_sealed(path: Path, content: Any) -> None:
    """Writes plain data as JSON behind a line with its SHA-256, whole or not at all.

    Raises:
        OSError: the disk is full or not to be written.
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    with whole_file(path) as stream:
        stream.write(f"{sha256_of(text)}\n".encode())
        stream.write(text)


def read_sealed(path: Path) -> Any:
    """The data of ``write_sealed``; None where there is no file, or one that is not what was written.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        checksum, _, text = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    try:
        return json.loads(text) if checksum == sha256_of(text).encode() else None
    except (ValueError, RecursionError):  # whoever altered it made the checksum right
        return None


def is_leftover(path: Path) -> bool:
    """Whether a file or folder is of a run that goes on or was stopped: half a result, or finished partitions."""
    return path.name.startswith(_OURS)


def remove_leftovers(folder: Path) -> None:
    """Removes what stopped runs were writing in a folder; what a running one writes is known by its lock and stays."""
    for path in folder.glob(f"{_PARTIAL}*"):
        with _held(path) as free:
            if not free:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Locks a file or folder against ``remove_leftovers``; whether that could be had.

    The system takes the lock away when the process ends, however it ends. Windows has no such lock: there leftovers
    are never known to be free, and stay.
    """
    try:
        import fcntl

        descriptor = os.open(path, os.O_RDONLY)
    except (ImportError, OSError):
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = os.path.samestat(os.fstat(descriptor), path.stat())  # not renamed by whoever held it until now
        except OSError:
            free = False
        yield free
    finally:
        os.close(descriptor)


def _sync(folder: Path) -> None:
    """Waits until all of a folder is on the disk."""
    for path in folder.rglob("*"):
        _sync_entry(path)
    _sync_entry(folder)


def _sync_entry(path: Path) -> None:
    """Waits until a file, or the entries of a folder, are on the disk, where the system can say so of either."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
