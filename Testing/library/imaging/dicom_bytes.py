"""DICOM files of one frame, byte by byte as the standard (PS3.5, PS3.10) says, for what SimpleITK does not write."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ULTRASOUND, MAMMOGRAM = "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.1.2"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
UNDEFINED = 0xFFFFFFFF
LONG = ("OB", "OW", "SQ", "UN", "UT")

Element = tuple[int, str, bytes | str]


def element(tag: int, kind: str, value: bytes | str, explicit: bool = True, undefined: bool = False) -> bytes:
    content = value.encode() if isinstance(value, str) else value
    content += (b"\0" if kind == "UI" else b" ") * (len(content) % 2)
    length = UNDEFINED if undefined else len(content)
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return head + struct.pack("<I", length) + content
    if kind in LONG:
        return head + kind.encode() + struct.pack("<HI", 0, length) + content
    return head + kind.encode() + struct.pack("<H", length) + content


def items(contents: Sequence[bytes], undefined: bool = False) -> bytes:
    """The content of a sequence, its lengths given or left open."""
    found = b""
    for content in contents:
        found += struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED if undefined else len(content)) + content
        found += struct.pack("<HHI", 0xFFFE, 0xE00D, 0) if undefined else b""
    return found + (struct.pack("<HHI", 0xFFFE, 0xE0DD, 0) if undefined else b"")


def region(dx_cm: float, dy_cm: float, space: int = 1, units: int = 3, explicit: bool = True) -> bytes:
    """An item of the sequence of ultrasound regions: a scale in cm (units 3) of tissue (space 1)."""
    short, double = (lambda n: struct.pack("<H", n)), (lambda x: struct.pack("<d", x))
    elements = [
        (0x00186012, "US", short(space)),
        (0x00186014, "US", short(1)),
        (0x00186024, "US", short(units)),
        (0x00186026, "US", short(units)),
        (0x0018602C, "FD", double(dx_cm)),
        (0x0018602E, "FD", double(dy_cm)),
    ]
    return b"".join(element(*one, explicit=explicit) for one in elements)


def regions(contents: Sequence[bytes], explicit: bool = True, undefined: bool = False) -> bytes:
    """The element that holds the regions."""
    return element(0x00186011, "SQ", items(contents, undefined), explicit, undefined)


def write_frame(
    path: Path,
    pixels: np.ndarray,
    kind: str,
    tags: Sequence[Element] = (),
    raw: Sequence[tuple[int, bytes]] = (),
    syntax: str = EXPLICIT,
    photometric: str = "",
    series: str = "1.2.9",
) -> Path:
    """Writes a frame.

    Args:
        pixels: (rows, columns), or (rows, columns, 3) for colour; unsigned.
        kind: SOP class.
        tags: further elements.
        raw: elements as bytes already, by tag.
    """
    explicit, bits = syntax != IMPLICIT, 8 * pixels.dtype.itemsize
    short = [(0x00280002, 3 if pixels.ndim == 3 else 1), (0x00280010, pixels.shape[0]), (0x00280011, pixels.shape[1])]
    short += [(0x00280100, bits), (0x00280101, bits), (0x00280102, bits - 1), (0x00280103, 0)]
    short += [(0x00280006, 0)] if pixels.ndim == 3 else []
    elements = [
        (0x00080016, "UI", kind),
        (0x00080018, "UI", f"{series}.1"),
        (0x0020000D, "UI", "1.2"),
        (0x0020000E, "UI", series),
        (0x00280004, "CS", photometric or ("RGB" if pixels.ndim == 3 else "MONOCHROME2")),
        (0x7FE00010, "OB" if bits == 8 else "OW", pixels.tobytes()),
        *((tag, "US", struct.pack("<H", value)) for tag, value in short),
        *tags,
    ]
    encoded = {one[0]: element(*one, explicit=explicit) for one in elements} | dict(raw)
    meta = [(0x00020001, "OB", b"\0\1"), (0x00020002, "UI", kind), (0x00020003, "UI", f"{series}.1")]
    meta += [(0x00020010, "UI", syntax), (0x00020012, "UI", "1.2.3")]
    head = b"".join(element(*one) for one in meta)
    head = element(0x00020000, "UL", struct.pack("<I", len(head))) + head
    path.write_bytes(b"\0" * 128 + b"DICM" + head + b"".join(encoded[tag] for tag in sorted(encoded)))
    return path
