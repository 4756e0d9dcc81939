"""NIfTI (``.nii``, ``.nii.gz``, ``.hdr`` with ``.img``; Cox et al., 2004), versions 1 and 2."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import InputError
from ..lattice import Lattice, nearest_rotation
from .metaimage import beside
from .stored import LIST, VECTOR, Stored, Voxels, axis_sizes, unreadable

_TYPES = {
    2: "u1", 256: "i1", 4: "i2", 512: "u2", 8: "i4", 768: "u4", 1024: "i8", 1280: "u8", 16: "f4", 64: "f8",
    32: "c8", 1792: "c16",
}  # fmt: skip
_COLOURS = (128, 2304)
_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
_SECONDS = {8: 1.0, 16: 1e-3, 24: 1e-6}
_TO_LPS = np.diag([-1.0, -1.0, 1.0])
_APART_VOXELS = 0.1
"""Of the smallest voxel edge: by so much sform and qform may disagree at a corner."""


class _Header(NamedTuple):
    """What is used of a header; the names are the standard's."""

    dim: tuple[int, ...]
    datatype: int
    bitpix: int
    pixdim: tuple[float, ...]
    vox_offset: float
    scl_slope: float
    scl_inter: float
    units: int
    qform_code: int
    sform_code: int
    qform: tuple[float, ...]
    sform: tuple[float, ...]
    single: bool
    size: int


def looks_like(content: bytes) -> bool:
    """Whether a file that begins so is NIfTI."""
    return any(content[:4] == struct.pack(f"{order}i", size) for order in "<>" for size in (348, 540))


def parse(path: Path, content: bytes, compressed: bool) -> Stored:
    """Understands the header.

    Args:
        content: the beginning of the file, unpacked.
        compressed: the file itself is gzip.

    Raises:
        InputError: a header that is damaged, or whose sform and qform disagree.
    """
    order = next(order for order in "<>" if content[:4] in (struct.pack(f"{order}i", n) for n in (348, 540)))
    header = _header(path, content, order)
    _check(path, header)
    sizes, lattice_size, further, holds = _axes(path, header)
    notes: list[str] = []
    steps, origin = _placed(path, header, lattice_size, notes)
    scale = _MM.get(header.units & 7, 1.0)
    unit = _SECONDS.get(header.units & 56, 0.0)
    repeat = header.pixdim[4] * unit if len(sizes) == 4 and further == 3 else 0.0
    slope = header.scl_slope if header.scl_slope != 0 else 1.0
    return Stored(
        path,
        np.dtype(order + _TYPES[header.datatype]),
        sizes,
        Lattice(lattice_size, origin * scale, steps * scale),
        _voxels(path, header, compressed),
        further,
        holds,
        slope=slope,
        intercept=header.scl_inter if header.scl_slope != 0 else 0.0,
        times=tuple(repeat * n for n in range(sizes[3])) if repeat > 0 else (),
        time_unit="s",
        notes=tuple(notes),
    )


def _header(path: Path, content: bytes, order: str) -> _Header:
    second = struct.unpack_from(f"{order}i", content)[0] == 540
    if len(content) < (540 if second else 348):
        raise InputError("a whole NIfTI file", f"{path.name}, cut short or damaged", "copy or export it again")

    def at(form: str, place: int) -> tuple:
        return struct.unpack_from(order + form, content, place)

    if second:
        magic = content[4:8]
        return _Header(
            at("8q", 16), at("h", 12)[0], at("h", 14)[0], at("8d", 104), float(at("q", 168)[0]), at("d", 176)[0],
            at("d", 184)[0], at("i", 500)[0], at("i", 344)[0], at("i", 348)[0], at("6d", 352), at("12d", 400),
            magic != b"ni2\0", 540,
        )  # fmt: skip
    magic = content[344:348]
    if magic not in (b"n+1\0", b"ni1\0"):
        raise unreadable(path, "it is an Analyze file, which does not distinguish right from left; give NIfTI")
    return _Header(
        at("8h", 40), at("h", 70)[0], at("h", 72)[0], at("8f", 76), at("f", 108)[0], at("f", 112)[0], at("f", 116)[0],
        content[123], at("h", 252)[0], at("h", 254)[0], at("6f", 256), at("12f", 280), magic == b"n+1\0", 348,
    )  # fmt: skip


def _check(path: Path, header: _Header) -> None:
    if not 2 <= header.dim[0] <= 7:
        raise unreadable(path, f"an image of dimension {header.dim[0]}, its header is damaged")
    scaling = (header.vox_offset, header.scl_slope, header.scl_inter)
    if not all(map(math.isfinite, scaling)) or header.vox_offset < 0 or header.vox_offset != int(header.vox_offset):
        found = f"NaN, infinite or negative ones in {path.name}"
        raise InputError("a NIfTI header with numbers", found, "export it again")
    if header.scl_slope == 0 and header.scl_inter != 0:
        found = f"slope 0 and intercept {header.scl_inter:g} in {path.name}, of which programs make different values"
        raise InputError("a scale that is stated whole", found, "export it again")
    edges = header.pixdim[1 : 1 + min(header.dim[0], 3)]
    if not all(math.isfinite(edge) and edge != 0 for edge in edges):
        shown = " x ".join(f"{edge:g}" for edge in header.pixdim[1:4])
        raise InputError("voxel edges of 0.05 to 20 mm", f"{shown} in {path.name}", "correct the spacing in its header")
    if header.datatype in _COLOURS:
        raise InputError("one value a voxel", f"colours in {path.name}", "give a grey-scale image")
    if header.datatype not in _TYPES or header.bitpix not in (0, np.dtype(_TYPES[header.datatype]).itemsize * 8):
        raise unreadable(path, f"voxels of type {header.datatype} with {header.bitpix} bits")


def _axes(path: Path, header: _Header) -> tuple[tuple[int, ...], tuple[int, int, int], int | None, str]:
    """Sizes of the axes, of one volume, and the axis of several volumes or values with what it holds."""
    extents = header.dim[1 : header.dim[0] + 1]
    dims = axis_sizes(path, [float(n or (axis > 2)) for axis, n in enumerate(extents)])  # 0 for 1 beyond x, y, z
    volume = (*dims[:3], 1)[:3]
    beyond = [axis for axis in range(3, len(dims)) if dims[axis] > 1]
    if len(beyond) > 1:
        shape = " x ".join(map(str, dims))
        raise InputError("a 3D image", f"an image of {shape} voxels in {path.name}", "give one of its volumes")
    if not beyond:
        return volume, (volume[0], volume[1], volume[2]), None, LIST
    holds = LIST if beyond[0] == 3 else VECTOR
    return (*volume, dims[beyond[0]]), (volume[0], volume[1], volume[2]), 3, holds


def _placed(path: Path, header: _Header, size: tuple[int, int, int], notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Steps (3, 3) and origin of the lattice, LPS, in the header's unit."""
    edges = np.abs(np.array([*header.pixdim[1:4]]))
    if size[2] == 1 and not edges[2] > 0:
        edges[2] = 1.0
    if any(edge < 0 for edge in header.pixdim[1:4]):
        notes.append(f"{path.name} has negative voxel edges in its header (pixdim); their lengths were taken.")
    rows = np.array(header.sform).reshape(3, 4)
    sform = (_TO_LPS @ rows[:, :3], _TO_LPS @ rows[:, 3]) if header.sform_code > 0 else None
    qform = (_TO_LPS @ _rotation(path, header) * edges, _TO_LPS @ header.qform[3:6]) if header.qform_code > 0 else None
    if sform is None:
        if qform is None:
            notes.append(f"{path.name} has neither sform nor qform: where it lies in the patient is not known.")
            return np.diag(edges), np.zeros(3)
        return qform
    lengths = np.linalg.norm(sform[0], axis=0)
    if not np.isfinite(rows).all() or not lengths.all():
        raise unreadable(path, "its sform is damaged")
    if qform is not None:
        _check_agreement(path, size, sform, qform)
    elif np.abs(lengths / edges - 1).max() > 0.01 and size[2] > 1:
        found = f"{_shown(lengths)} by the sform and {_shown(edges)} by pixdim in {path.name}"
        raise InputError("one size of the voxels", found, "correct its header")
    return sform


def _rotation(path: Path, header: _Header) -> np.ndarray:
    """Columns are the axes, RAS (quaternion of unit length; Cox et al.)."""
    b, c, d = header.qform[:3]
    rest = 1.0 - (b * b + c * c + d * d)
    if not all(map(math.isfinite, header.qform)) or rest < -1e-3:
        raise unreadable(path, "its qform is damaged")
    a = math.sqrt(max(rest, 0.0))
    turned = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    return turned * [1, 1, -1 if header.pixdim[0] < 0 else 1]


def _check_agreement(
    path: Path,
    size: tuple[int, int, int],
    sform: tuple[np.ndarray, np.ndarray],
    qform: tuple[np.ndarray, np.ndarray],
) -> None:
    """Compares where both put the corners, a shear aside, which the qform cannot hold.

    Raises:
        InputError: they lie apart.
    """
    lengths = np.linalg.norm(sform[0], axis=0)
    straight = nearest_rotation(sform[0] / lengths)[0] * lengths
    first, second = Lattice(size, sform[1], straight), Lattice(size, qform[1], qform[0])
    apart = float(np.linalg.norm(first.corners() - second.corners(), axis=1).max())
    if apart <= max(_APART_VOXELS * float(lengths.min()), 0.02):
        return
    places = (f"{' '.join(f'{x:.1f}' for x in one.origin)}, voxels of {_shown(one.spacing)}" for one in (first, second))
    found = "the sform (origin LPS {}) and the qform (origin {}) of {} up to {:.1f} mm apart".format(
        *places, path.name, apart
    )
    raise InputError("sform and qform that agree", found, "remove the wrong one, programs differ in which they take")


def _shown(edges: Sequence[float] | np.ndarray) -> str:
    return " x ".join(f"{edge:g}" for edge in np.round(edges, 4)) + " mm"


def _voxels(path: Path, header: _Header, compressed: bool) -> Voxels:
    if header.single:
        offset = int(header.vox_offset) or header.size + 4  # some programs leave it at zero
        if offset < header.size:
            raise unreadable(path, f"its voxels would begin inside its header, at byte {offset}")
        return Voxels(path, offset, "gzip" if compressed else None, inside=compressed)
    name = path.name
    stem = name[: name.lower().rindex(".hdr")] if ".hdr" in name.lower() else name
    for suffix, packing in ((".img", None), (".img.gz", "gzip")):
        if (path.parent / (stem + suffix)).is_file():
            return Voxels(beside(path, stem + suffix), int(header.vox_offset), packing, inside=True)
    raise unreadable(path, f"its voxels' file {stem}.img is not beside it")
