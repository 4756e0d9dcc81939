"""MetaImage (``.mha``, ``.mhd``): lines of ``Key = Value``, the last of which says where the voxels are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..lattice import Lattice
from .stored import LIST, VECTOR, Stored, Voxels, axis_sizes, numbers, unreadable

_LINE = re.compile(rb"\s*([A-Za-z_][\w ]{0,63}?)\s*=\s*(.{0,4000}?)\s*")
_MAX_LINES = 1000
_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}  # fmt: skip
_ORIGIN = ("Offset", "Position", "Origin")
_AXES = ("TransformMatrix", "Rotation", "Orientation")


def looks_like(content: bytes) -> bool:
    """Whether a file that begins so is a MetaImage."""
    return re.match(rb"\s*(ObjectType|NDims|Comment)\s*=", content) is not None


def parse(path: Path, content: bytes) -> Stored:
    """Understands the header.

    Args:
        content: the beginning of the file.

    Raises:
        InputError: a header that is damaged, contradicts itself, or points outside of its folder.
    """
    words, end = _words(path, content)
    count = int(numbers(path, "NDims", words.get("NDims", ""), 1)[0])
    channels = int(numbers(path, "ElementNumberOfChannels", words.get("ElementNumberOfChannels", "1"), 1)[0])
    if not 2 <= count <= 4:
        raise unreadable(path, f"an image of dimension {count}, where 2 to 4 can be read")
    if not 1 <= channels <= 10_000:
        raise unreadable(path, f"{channels} channels, its header is damaged")
    sizes = axis_sizes(path, numbers(path, "DimSize", words.get("DimSize", ""), count))
    kind = words.get("ElementType", "").removesuffix("_ARRAY")
    if kind not in _TYPES:
        raise unreadable(path, f"voxels of type '{kind[:40]}'")
    order = ">" if _true(words.get("BinaryDataByteOrderMSB") or words.get("ElementByteOrderMSB")) else "<"
    further, holds = (count - 1 if count == 4 else None), LIST
    if channels > 1:
        if further is not None and sizes[-1] > 1:
            raise unreadable(path, f"{channels} channels in each of {sizes[-1]} volumes")
        sizes, further, holds = (channels, *sizes[:3]), 0, VECTOR
    step = (words.get("ElementSpacing") or words.get("ElementSize") or "").split()
    return Stored(
        path,
        np.dtype(order + _TYPES[kind]),
        sizes,
        _lattice(path, words, count, [n for axis, n in enumerate(sizes) if axis != further]),
        _voxels(path, words, end, sizes, np.dtype(_TYPES[kind]).itemsize),
        further,
        holds,
        times=tuple(float(step[3]) * n for n in range(sizes[3])) if further == 3 and len(step) == 4 else (),
        words=words,
        spaced=bool(step),
    )


def _words(path: Path, content: bytes) -> tuple[dict[str, str], int]:
    """The keys with their values, and the byte after the last line."""
    found: dict[str, str] = {}
    at = 0
    while len(found) < _MAX_LINES:
        end = content.find(b"\n", at)
        line = _LINE.fullmatch(content[at:end].rstrip(b"\r")) if end >= 0 else None
        if line is None:
            break
        at, key = end + 1, line[1].decode("ascii")
        found[key] = line[2].decode("utf-8", "replace")
        if key == "ElementDataFile":
            return found, at
    raise unreadable(path, "its header is damaged")


def _true(text: str | None) -> bool:
    return (text or "").strip().lower() in ("true", "1", "t", "yes")


def _lattice(path: Path, words: dict[str, str], count: int, sizes: list[int]) -> Lattice:
    def numbers_of(keys: tuple[str, ...], wanted: int, default: list[float]) -> list[float]:
        key = next((key for key in keys if words.get(key)), None)
        return default if key is None else numbers(path, key, words[key], wanted)

    spacing = numbers_of(("ElementSpacing", "ElementSize"), count, [1.0] * count)
    origin = numbers_of(_ORIGIN, count, [0.0] * count)
    rows = np.array(numbers_of(_AXES, count * count, np.eye(count).ravel().tolist())).reshape(count, count)
    flat = min(count, 3)
    steps, start = np.eye(3), np.zeros(3)
    steps[:flat, :flat] = (rows[:flat, :flat] * np.array(spacing)[:flat, None]).T  # a row of the file is an axis
    start[:flat] = origin[:flat]
    whole = [*sizes[:flat], 1][:3]
    return Lattice((whole[0], whole[1], whole[2]), start, steps)


def _voxels(path: Path, words: dict[str, str], end: int, sizes: tuple[int, ...], item: int) -> Voxels:
    named = words["ElementDataFile"]
    if not _true(words.get("BinaryData", "True")):
        raise unreadable(path, "its voxels are text, not binary")
    packing = "gzip" if _true(words.get("CompressedData")) else None
    if named.upper() == "LOCAL":
        return Voxels(path, end, packing)
    file = beside(path, named)
    skip = int(numbers(path, "HeaderSize", words.get("HeaderSize", "0"), 1)[0])
    if skip == -1:
        skip = file.stat().st_size - int(np.prod(sizes, dtype=float)) * item if file.is_file() else 0
    if skip < 0:
        raise unreadable(path, "its voxels' file is cut short")
    return Voxels(file, skip, packing)


def beside(header: Path, named: str) -> Path:
    """The file of the voxels that a header names, which must lie in the header's own folder.

    Raises:
        InputError: a path, a list or pattern of files, or the header itself.
    """
    plain_name = named and named == Path(named).name and "\\" not in named and named not in (".", "..")
    if not plain_name or named.upper().startswith("LIST") or "%" in named or (header.parent / named) == header:
        raise unreadable(header, f"it names '{named[:60]}' for its voxels; one file beside it can be read")
    return header.parent / named
