"""What ITK would read wrongly from a NIfTI file without a word: missing voxels as zeros, a spacing of zero as 1."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

from ..errors import InputError

_HEADER, _CHUNK = 348, 1 << 22


def check_nifti(path: Path) -> None:
    """Compares a ``.nii`` or ``.nii.gz`` (NIfTI-1: Cox et al., 2004) with its header; any other file passes.

    Raises:
        InputError: the file ends early, its compression is damaged, or its voxels have no size.
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
    for order in "<>" if len(header) == _HEADER else "":
        dimensions = struct.unpack_from(f"{order}8h", header, 40)
        if struct.unpack_from(f"{order}i", header)[0] == _HEADER and 1 <= dimensions[0] <= 7:
            _check_header(path, header, order, dimensions, length)


def _check_header(path: Path, header: bytes, order: str, dimensions: tuple[int, ...], length: int) -> None:
    bits = struct.unpack_from(f"{order}h", header, 72)[0]
    edges = struct.unpack_from(f"{order}3f", header, 80)
    offset, slope, intercept = struct.unpack_from(f"{order}3f", header, 108)
    if not all(math.isfinite(value) for value in (offset, slope, intercept)) or offset < 0:
        raise InputError(
            "a NIfTI header with numbers", f"NaN, infinite or negative ones in {path.name}", "export it again"
        )
    if length < int(offset) + math.prod(dimensions[1 : dimensions[0] + 1]) * bits // 8:
        raise _cut(path)
    if not all(abs(edge) > 0 for edge in edges):
        shown = " x ".join(f"{edge:g}" for edge in edges)
        raise InputError("voxel edges of 0.05 to 20 mm", f"{shown} in {path.name}", "correct the spacing in its header")


def _cut(path: Path) -> InputError:
    return InputError("a whole NIfTI file", f"{path.name}, cut short or damaged", "copy or export it again")
