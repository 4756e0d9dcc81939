"""A NIfTI file is whole: ITK fills what is missing of a cut-off one with zeros and says nothing."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

from ..errors import InputError

_HEADER, _CHUNK = 348, 1 << 22


def check_whole(path: Path) -> None:
    """Compares the length of a ``.nii`` or ``.nii.gz`` with what its header promises; other files pass.

    Raises:
        InputError: the file ends early, or its compression is damaged.
    """
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        return
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rb") as stream:
            header = stream.read(_HEADER)
            length = len(header)
            while chunk := stream.read(_CHUNK):
                length += len(chunk)
    except gzip.BadGzipFile:
        return  # not compressed at all: the image reader says what it thinks of it
    except (EOFError, zlib.error):
        raise _cut(path) from None
    if length < _promised(header):
        raise _cut(path)


def _promised(header: bytes) -> int:
    """Bytes of header and voxels by a NIfTI-1 header (Cox et al., 2004); 0 for any other."""
    if len(header) < _HEADER:
        return 0
    for order in "<>":
        size, dimensions = struct.unpack_from(f"{order}i", header)[0], struct.unpack_from(f"{order}8h", header, 40)
        if size == _HEADER and 1 <= dimensions[0] <= 7:
            bits = struct.unpack_from(f"{order}h", header, 72)[0]
            offset = struct.unpack_from(f"{order}f", header, 108)[0]
            return int(offset) + math.prod(dimensions[1 : dimensions[0] + 1]) * bits // 8
    return 0


def _cut(path: Path) -> InputError:
    return InputError("a whole NIfTI file", f"{path.name}, cut short or damaged", "copy or export it again")
