"""Bytes of files from others: ordinary files only, no more than expected, packed ones compared with their checksum."""

from __future__ import annotations

import bz2
import os
import stat
import zlib
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import InputError

LARGEST = "NACRESPONSE_LARGEST_GIB"
"""The variable of the environment that raises the limit; ``--largest-gib`` sets it, and worker processes inherit it."""
_GIB, _DEFAULT_GIB, _CHUNK = 1 << 30, 4.0, 1 << 22
_SLACK = 4096
"""Bytes after the voxels that some programs leave."""


def largest_bytes() -> float:
    """How large an image may be, unpacked.

    Raises:
        InputError: the option is no number above zero.
    """
    text = os.environ.get(LARGEST, "")
    try:
        limit = float(text) if text else _DEFAULT_GIB
    except ValueError:
        limit = 0.0
    if not 0 < limit < 1e6:
        raise InputError("a size above 0 GiB for the largest image", f"'{text}'", "correct --largest-gib")
    return limit * _GIB


def check_size(length: int, name: str) -> None:
    """Refuses an image that is too large, before memory is taken for it.

    Raises:
        InputError: it is.
    """
    if length > largest_bytes():
        found = f"{length / _GIB:.1f} GiB by the header of {name}"
        raise InputError(f"an image of at most {largest_bytes() / _GIB:g} GiB", found, "crop it, or give --largest-gib")


def check_ordinary(path: Path) -> int:
    """The length of an ordinary file that may be read.

    Raises:
        InputError: nothing there, a pipe or a device, or no permission.
    """
    try:
        status = path.stat()
    except PermissionError:
        raise InputError("a file you may read", f"{path} without permission", "ask for access to it") from None
    except (OSError, ValueError):
        raise InputError("an image file or a DICOM folder", f"nothing at {path}", "check the path") from None
    if not stat.S_ISREG(status.st_mode):
        raise InputError("an ordinary file", f"{path}, a folder, pipe or device", "give a file")
    if not os.access(path, os.R_OK):
        raise InputError("a file you may read", f"{path} without permission", "ask for access to it")
    return status.st_size


def beginning(path: Path, length: int = 1 << 20) -> bytes:
    """The first bytes of an ordinary file, unpacked if they are gzip.

    Raises:
        InputError: as ``check_ordinary``, or a damaged beginning.
    """
    check_ordinary(path)
    with path.open("rb") as stream:
        content = stream.read(length)
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return zlib.decompressobj(31).decompress(content, length)
    except zlib.error:
        raise damaged(path) from None


def plain(path: Path, offset: int, length: int) -> bytes:
    """So many bytes from a place on.

    Raises:
        InputError: the file ends before, or is too large.
    """
    check_size(length, path.name)
    if check_ordinary(path) < offset + length:
        raise cut(path)
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(length)


def inflated(path: Path, offset: int, length: int, packing: str, skip: int = 0) -> bytearray:
    """So many bytes of what is packed from a place on; its checksum is compared.

    Args:
        packing: ``gzip`` (or zlib), or ``bzip2``.
        skip: bytes to leave out at the beginning of the unpacked.

    Raises:
        InputError: the packed bytes are damaged or end before, or hold more than that.
    """
    check_size(length, path.name)
    check_ordinary(path)
    wanted, content = skip + length, bytearray()
    with path.open("rb") as stream:
        stream.seek(offset)
        while _member(stream, packing, content, wanted + _SLACK, path):
            pass
    if len(content) < wanted:
        raise cut(path)
    if len(content) > wanted + _SLACK:
        raise _more(path)
    return content[skip:wanted]


def _member(stream: BinaryIO, packing: str, content: bytearray, most: int, path: Path) -> bool:
    """Adds what one packed part holds; whether another follows."""
    unpacker: Any = bz2.BZ2Decompressor() if packing == "bzip2" else zlib.decompressobj(47)
    try:
        while not unpacker.eof:
            fed = getattr(unpacker, "unconsumed_tail", b"") or b""
            if not fed and (packing != "bzip2" or unpacker.needs_input):
                fed = stream.read(_CHUNK)
                if not fed:
                    raise cut(path)
            content += unpacker.decompress(fed, max(most + 1 - len(content), 1))
            if len(content) > most:
                raise _more(path)
    except (zlib.error, OSError, EOFError):
        raise damaged(path) from None
    rest = unpacker.unused_data
    stream.seek(-len(rest), os.SEEK_CUR)
    return rest[:2] == b"\x1f\x8b" or rest[:3] == b"BZh"


def _more(path: Path) -> InputError:
    return InputError("voxels as the header says", f"more in {path.name}, which is damaged", "export it again")


def cut(path: Path) -> InputError:
    """The error for a file that ends early."""
    return InputError("a whole file", f"{path.name}, cut short or damaged", "copy or export it again")


def damaged(path: Path) -> InputError:
    """The error for packed bytes that contradict their checksum."""
    found = f"{path.name}, damaged: its compressed voxels contradict their checksum"
    return InputError("a whole file", found, "copy or export it again; it may be cut short")
