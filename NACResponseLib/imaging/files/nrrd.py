"""NRRD (``.nrrd``, ``.nhdr``): lines of ``field: value`` and ``key:=value`` to the first empty one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..lattice import Lattice
from .metaimage import beside
from .stored import COLOUR, LIST, VECTOR, Stored, Voxels, axis_sizes, numbers, unreadable

_LONGEST_NAME, _LONGEST_LINE, _MAX_LINES = 128, 1 << 18, 20_000
_TYPES = {
    "i1": "signed char, int8, int8_t", "u1": "uchar, unsigned char, uint8, uint8_t",
    "i2": "short, short int, signed short, signed short int, int16, int16_t",
    "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
    "i4": "int, signed int, int32, int32_t", "u4": "uint, unsigned int, uint32, uint32_t",
    "i8": "longlong, long long, long long int, signed long long, signed long long int, int64, int64_t",
    "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
    "f4": "float", "f8": "double",
}  # fmt: skip
_DTYPES = {alias.strip(): kind for kind, aliases in _TYPES.items() for alias in aliases.split(",")}
_PACKING = {"raw": None, "gzip": "gzip", "gz": "gzip", "bzip2": "bzip2", "bz2": "bzip2"}
_SIGNS = {
    "left-posterior-superior": (1, 1, 1), "lps": (1, 1, 1), "right-anterior-superior": (-1, -1, 1), "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1),
}  # fmt: skip
_KINDS = {"list": LIST, "time": LIST, "vector": VECTOR, "stub": LIST, "none": LIST, "???": LIST}
_SPATIAL = ("domain", "space")


def looks_like(content: bytes) -> bool:
    """Whether a file that begins so is NRRD."""
    return re.match(rb"NRRD000[1-5]\r?\n", content) is not None


def parse(path: Path, content: bytes) -> Stored:
    """Understands the header.

    Args:
        content: the beginning of the file.

    Raises:
        InputError: a header that is damaged, contradicts itself, or points outside of its folder.
    """
    fields, words, end = _lines(path, content)
    count = int(numbers(path, "dimension", fields.get("dimension", ""), 1)[0])
    if not 2 <= count <= 4:
        raise unreadable(path, f"an image of dimension {count}, where 2 to 4 can be read")
    sizes = axis_sizes(path, numbers(path, "sizes", fields.get("sizes", ""), count))
    kind = fields.get("type", "").lower()
    if kind not in _DTYPES:
        raise unreadable(path, f"voxels of type '{kind[:40]}'")
    dtype = np.dtype(_DTYPES[kind])
    endian = fields.get("endian", "little" if dtype.itemsize == 1 else "").lower()
    if endian not in ("little", "big") and fields.get("encoding", "").lower() in _PACKING:
        raise unreadable(path, "it does not state the order of bytes")
    vectors, spaced = _vectors(path, fields, count)
    further, holds = _further(path, fields, vectors, count)
    axes = [axis for axis in range(count) if axis != further]
    times, unit = _times(words, further, sizes)
    return Stored(
        path,
        dtype.newbyteorder(">" if endian == "big" else "<"),
        sizes,
        _lattice(path, fields, [vectors[axis] for axis in axes], [sizes[axis] for axis in axes]),
        _voxels(path, fields, end),
        further,
        holds,
        times=times,
        time_unit=unit,
        words=words,
        spaced=spaced,
    )


def _lines(path: Path, content: bytes) -> tuple[dict[str, str], dict[str, str], int]:
    """Fields, keys, and the byte after the header."""
    fields: dict[str, str] = {}
    words: dict[str, str] = {}
    at = content.find(b"\n") + 1
    for _ in range(_MAX_LINES):
        end = content.find(b"\n", at)
        last = end < 0
        line = content[at : len(content) if last else end].rstrip(b"\r")
        at = len(content) if last else end + 1
        if not line:
            return fields, words, at
        if line.startswith(b"#"):
            continue
        if len(line) > _LONGEST_LINE:
            break
        text = line.decode("utf-8", "replace")
        key, colon, value = text.partition(":=" if re.match(r"[^:]*:=", text) else ":")
        if not colon or len(key) > _LONGEST_NAME:
            break
        if colon == ":=":
            words[key] = value.replace("\\n", "\n").replace("\\\\", "\\")
        elif key.lower() in fields:
            raise unreadable(path, f"'{key[:40]}' stands twice in its header")
        else:
            fields[key.lower()] = value.strip()
        if last:
            return fields, words, at
    raise unreadable(path, "its header is damaged")


def _vectors(path: Path, fields: Mapping[str, str], count: int) -> tuple[list[list[float] | None], bool]:
    """The step along each axis, None for those that are none of space; and whether any was stated."""
    if "space directions" in fields:
        found = re.findall(r"\(([^()]*)\)|(none)", fields["space directions"], re.IGNORECASE)
        if len(found) != count:
            raise unreadable(path, f"{len(found)} space directions for {count} axes")
        return [None if word else numbers(path, "space directions", v.replace(",", " ")) for v, word in found], True
    kinds = fields.get("kinds", "").lower().split() or [""] * count
    edges = fields.get("spacings", "").lower().split()
    if (edges and len(edges) != count) or len(kinds) != count:
        raise unreadable(path, f"its header is damaged: kinds or spacings of other than {count} axes")
    beyond = [axis for axis in range(count) if kinds[axis] not in ("", *_SPATIAL) or (edges and edges[axis] == "nan")]
    spatial = [axis for axis in range(count) if axis not in beyond]
    steps: list[list[float] | None] = [None] * count
    for place, axis in enumerate(spatial):
        steps[axis] = [0.0] * len(spatial)
        edge = numbers(path, "spacings", edges[axis], 1)[0] if edges else 1.0
        steps[axis][place] = edge  # type: ignore[index]
    return steps, bool(edges)


def _further(
    path: Path, fields: Mapping[str, str], vectors: list[list[float] | None], count: int
) -> tuple[int | None, str]:
    """The axis that is none of space, and what it holds."""
    beyond = [axis for axis, vector in enumerate(vectors) if vector is None or _fourth(vector)]
    if count - len(beyond) not in (2, 3) or len(beyond) > 1:
        raise unreadable(path, f"{count} axes of which {count - len(beyond)} are of space: it is no 2D or 3D image")
    if not beyond:
        return None, LIST
    kinds = fields.get("kinds", "").lower().split()
    kind = kinds[beyond[0]] if len(kinds) == count else "list"
    return beyond[0], LIST if kind in _SPATIAL else _KINDS.get(kind, COLOUR if "color" in kind else VECTOR)


def _fourth(vector: list[float]) -> bool:
    """Whether a step leads along a fourth dimension alone, as ITK writes the axis of time."""
    return len(vector) == 4 and not any(vector[:3]) and vector[3] != 0


def _lattice(path: Path, fields: Mapping[str, str], vectors: list[list[float] | None], sizes: list[int]) -> Lattice:
    steps, origin = np.eye(3), np.zeros(3)
    space = fields.get("space", "").lower().removesuffix("-time").removesuffix("t")
    flat = len(sizes)
    dimension = min(len(vectors[0] or []), 3)
    for axis, vector in enumerate(vectors):
        if vector is None or len(vector) not in (flat, 3, 4):
            raise unreadable(path, "its space directions are damaged")
        steps[:, axis] = 0
        steps[: len(vector[:3]), axis] = vector[:3]
    if "space origin" in fields:
        start = numbers(path, "space origin", re.sub(r"[(),]", " ", fields["space origin"]))
        origin[: len(start[:3])] = start[:3]
    if flat == 2:
        steps[:, 2] = _third(steps) if dimension == 3 else (0, 0, 1)
    if space in _SIGNS:
        signs = np.array(_SIGNS[space])
        steps, origin = steps * signs[:, None], origin * signs
    elif space.startswith("scanner") or (space and space not in ("3d-right-handed", "3d-left-handed")):
        raise unreadable(path, f"space '{space[:40]}', which says nothing of the patient")
    whole = [*sizes, 1][:3]
    return Lattice((whole[0], whole[1], whole[2]), origin, steps)


def _third(steps: np.ndarray) -> np.ndarray:
    """A step of 1 mm at right angles to the two of a slice."""
    normal = np.cross(steps[:, 0], steps[:, 1])
    length = float(np.linalg.norm(normal))
    return normal / length if length else np.array([0.0, 0.0, 1.0])


def _times(words: Mapping[str, str], further: int | None, sizes: tuple[int, ...]) -> tuple[tuple[float, ...], str]:
    """Of the volumes of Slicer's sequences and multi-volumes, as far as they are numbers; and their unit."""
    if further is None:
        return (), ""
    unit = words.get(f"axis {further} index unit", "")
    text = words.get(f"axis {further} index values", words.get("MultiVolume.FrameLabels", ""))
    found = re.findall(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", text)
    if (
        "MultiVolume.FrameLabels" in words
        and "time" in words.get("MultiVolume.FrameIdentifyingDICOMTagName", "").lower()
    ):
        unit = words.get("MultiVolume.FrameIdentifyingDICOMTagUnits", "")
    return (tuple(map(float, found)), unit) if len(found) == sizes[further] else ((), "")


def _voxels(path: Path, fields: Mapping[str, str], end: int) -> Voxels:
    encoding = fields.get("encoding", "").lower()
    if encoding not in _PACKING:
        raise unreadable(path, f"voxels encoded as '{encoding[:40]}'")
    skips = [fields.get(key, fields.get(key.replace(" ", ""), "0")) for key in ("line skip", "byte skip")]
    if any(skip not in ("0", "") for skip in skips):
        raise unreadable(path, "it skips lines or bytes before its voxels")
    named = fields.get("data file", fields.get("datafile"))
    if named is None:
        return Voxels(path, end, _PACKING[encoding])
    return Voxels(beside(path, named.removeprefix("./")), 0, _PACKING[encoding])
