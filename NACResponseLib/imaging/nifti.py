"""NIfTI files: what ITK would read wrongly without a word (missing voxels as zeros, a spacing of zero as 1) is refused.

To know that a compressed file is whole, all of it must be decompressed; its voxels are kept, so that it is not done
twice.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from ..errors import InputError

_HEADER, _CHUNK = 348, 1 << 22
_TYPES = {2: "u1", 256: "i1", 4: "i2", 512: "u2", 8: "i4", 768: "u4", 16: "f4", 64: "f8"}
"""numpy's types of the NIfTI data types that the fast way serves."""


def checked_voxels(path: Path) -> np.ndarray | None:
    """Compares a ``.nii`` or ``.nii.gz`` (NIfTI-1: Cox et al., 2004) with its header; any other file passes.

    Returns:
        The voxels (z, y, x) of a compressed file with one volume and no scaling, in its own type; None for any other:
        ITK reads those.

    Raises:
        InputError: the file ends early, its compression is damaged, or its voxels have no size.
    """
    name = path.name.lower()
    if not name.endswith((".nii", ".nii.gz")):
        return None
    compressed = name.endswith(".gz")
    try:
        content = _decompressed(path) if compressed else _beginning(path)
    except gzip.BadGzipFile:
        return None  # not compressed at all: the image reader says what it thinks of it
    except (EOFError, zlib.error):
        raise _cut(path) from None
    length = len(content) if compressed else path.stat().st_size
    for order in "<>" if len(content) >= _HEADER else "":
        dimensions = struct.unpack_from(f"{order}8h", content, 40)
        if struct.unpack_from(f"{order}i", content)[0] == _HEADER and 1 <= dimensions[0] <= 7:
            _check_header(path, content, order, dimensions, length)
            return _voxels(content, order, dimensions) if compressed else None
    return None


def _decompressed(path: Path) -> bytearray:
    """All of it; its end is checked against its checksum."""
    content = bytearray()
    with gzip.open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            content += chunk
    return content


def _beginning(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_HEADER)


def _voxels(content: bytes | bytearray, order: str, dimensions: tuple[int, ...]) -> np.ndarray | None:
    kind = struct.unpack_from(f"{order}h", content, 70)[0]
    offset, slope, intercept = struct.unpack_from(f"{order}3f", content, 108)
    scaled = slope not in (0.0, 1.0) or intercept != 0.0
    if kind not in _TYPES or scaled or dimensions[0] < 3 or any(n > 1 for n in dimensions[4 : dimensions[0] + 1]):
        return None
    shape = dimensions[3:0:-1]
    stored = np.frombuffer(content, f"{order}{_TYPES[kind]}", math.prod(shape), int(offset))
    return stored.astype(stored.dtype.newbyteorder("="), copy=False).reshape(shape)


def _check_header(path: Path, header: bytes | bytearray, order: str, dimensions: tuple[int, ...], length: int) -> None:
    bits = struct.unpack_from(f"{order}h", header, 72)[0]
    edges = struct.unpack_from(f"{order}3f", header, 80)
    offset, slope, intercept = struct.unpack_from(f"{order}3f", header, 108)
    if not all(math.isfinite(value) for value in (offset, slope, intercept)) or offset < 0:
        raise InputError(
            "a NIfTI header with numbers", f"NaN, infinite or negative ones in {path.name}", "export it again"
        )
    if length < int(offset) + math.prod(dimensions[1 : dimensions[0] + 1]) * bits // 8:
        raise _cut(path)
    if not all(abs(edge) > 0 for edge in edges[: max(dimensions[0], 2)]):
        shown = " x ".join(f"{edge:g}" for edge in edges)
        raise InputError("voxel edges of 0.05 to 20 mm", f"{shown} in {path.name}", "correct the spacing in its header")


def _cut(path: Path) -> InputError:
    return InputError("a whole NIfTI file", f"{path.name}, cut short or damaged", "copy or export it again")
