"""The scale of an ultrasound frame: DICOM tells it in a sequence of regions, which ITK does not read.

DICOM PS3.3, C.8.5.5 (US Region Calibration Module). Only what leads to that sequence is parsed: elements in the little
endian encodings, in ascending order, up to group 0018.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from ..errors import InputError

_REGIONS, _SPACE, _UNITS = 0x00186011, 0x00186012, (0x00186024, 0x00186026)
_DELTAS = (0x0018602C, 0x0018602E)
_TISSUE, _CENTIMETRES = 1, 3
_IMPLICIT = b"1.2.840.10008.1.2"
_READABLE = (b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.4", b"1.2.840.10008.1.2.5")
"""Beginnings of the transfer syntaxes that are explicit and little endian: plain, and those of compressed pixels."""
_LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT", b"SV", b"UV")
_UNDEFINED, _ITEM, _END_ITEM, _END_SEQUENCE = 0xFFFFFFFF, 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST = 16

Elements = dict[int, Any]


def pixel_size(path: Path) -> tuple[float, float] | None:
    """The size of a frame's pixels along x and y in mm, of its regions of tissue; None where none tells it.

    Raises:
        InputError: regions of different scales.
    """
    scales = []
    for region in _regions(path):
        units = [_number(region.get(tag), "<H") for tag in _UNITS]
        x, y = (abs(_number(region.get(tag), "<d")) * 10 for tag in _DELTAS)
        if _number(region.get(_SPACE), "<H") == _TISSUE and units == [_CENTIMETRES] * 2 and x > 0 and y > 0:
            scales.append((x, y))
    if not scales:
        return None
    for scale in scales:
        if any(abs(a / b - 1) > 0.001 for a, b in zip(scale, scales[0], strict=True)):
            shown = " and ".join(f"{x:.3g} x {y:.3g} mm" for x, y in (scales[0], scale))
            raise InputError("one scale in all of an ultrasound frame", f"{shown} in {path.name}", "export one image")
    return scales[0]


def _number(value: Any, form: str) -> float:
    """A number, zero where it is missing or of another length."""
    right = isinstance(value, bytes) and len(value) == struct.calcsize(form)
    return float(struct.unpack(form, value)[0]) if right else 0.0


def _regions(path: Path) -> list[Elements]:
    content = path.read_bytes()
    if content[128:132] != b"DICM":
        return []
    try:
        meta, start = _elements(content, 132, len(content), True, last=0x0002FFFF)
        syntax = meta.get(0x00020010, b"").rstrip(b"\0 ")
        if syntax != _IMPLICIT and not syntax.startswith(_READABLE):
            return []
        found, _ = _elements(content, start, len(content), syntax != _IMPLICIT, last=_REGIONS)
    except (struct.error, ValueError):  # cut short, or not what it says: ITK tells when it reads the pixels
        return []
    regions = found.get(_REGIONS, [])
    return regions if isinstance(regions, list) else []


def _elements(
    data: bytes, at: int, end: int, explicit: bool, last: int = _UNDEFINED, depth: int = 0
) -> tuple[Elements, int]:
    """The elements from a place on, up to a tag, the end of the item or the end; and where they end.

    Values are bytes; of sequences a list of items, where they must be parsed to find their end, or are the regions.
    """
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    found: Elements = {}
    while at < end:
        group, element = struct.unpack_from("<HH", data, at)
        tag = group << 16 | element
        if tag > last and tag != _END_ITEM:
            break
        if tag == _END_ITEM:
            return found, at + 8
        kind = data[at + 4 : at + 6] if explicit else b""
        wide = explicit and kind in _LONG
        form, place = ("<I", 8) if wide else ("<H", 6) if explicit else ("<I", 4)
        length = struct.unpack_from(form, data, at + place)[0]
        at += 12 if wide else 8
        if length == _UNDEFINED or tag == _REGIONS:
            # An undefined length under "UN" is encoded implicitly (PS3.5, 6.2.2).
            found[tag], at = _items(data, at, length, explicit and kind != b"UN", depth)
        else:
            found[tag] = data[at : at + length]
            at += length
    return found, at


def _items(data: bytes, at: int, length: int, explicit: bool, depth: int) -> tuple[list[Elements], int]:
    """The items of a sequence, and where it ends."""
    items = []
    end = len(data) if length == _UNDEFINED else min(at + length, len(data))
    while at < end:
        group, element, size = struct.unpack_from("<HHI", data, at)
        tag, at = group << 16 | element, at + 8
        if tag == _END_SEQUENCE:
            break
        if tag != _ITEM:
            raise ValueError("no item")
        inner_end = len(data) if size == _UNDEFINED else at + size
        item, stopped = _elements(data, at, inner_end, explicit, depth=depth + 1)
        items.append(item)
        at = stopped if size == _UNDEFINED else inner_end
    return items, at
