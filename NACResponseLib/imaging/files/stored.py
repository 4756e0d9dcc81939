"""What a header says of an image: how its voxels are stored, where they lie, and what else it states."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...errors import InputError
from ..lattice import Lattice
from .bounded import inflated, plain

VECTOR, LIST, COLOUR = "vector", "list", "colour"
"""What an axis beyond x, y, z holds: values of a voxel, volumes one after the other, or colours."""


@dataclass(frozen=True)
class Voxels:
    """Where the voxels are: a file, the byte that they begin at, and how they are packed (``gzip``, ``bzip2``).

    Attributes:
        inside: the whole file is packed, and the byte is counted in what it unpacks to.
    """

    path: Path
    offset: int
    packing: str | None = None
    inside: bool = False


@dataclass(frozen=True)
class Stored:
    """An image's header, understood.

    Attributes:
        sizes: along every axis, the one that changes fastest first.
        further: the axis that is none of x, y, z; None where there is none.
        holds: what that axis holds: ``VECTOR``, ``LIST`` or ``COLOUR``.
        lattice: of one volume; of a 2D image one slice of 1 mm.
        slope, intercept: to apply to the stored values.
        times: of the volumes of a list, as far as stated, with their unit in ``time_unit``.
        words: further keys and their values, as Slicer stores its segments.
        spaced: the header states a voxel's size.
        notes: what a reader must know.
    """

    path: Path
    dtype: np.dtype
    sizes: tuple[int, ...]
    lattice: Lattice
    voxels: Voxels
    further: int | None = None
    holds: str = LIST
    slope: float = 1.0
    intercept: float = 0.0
    times: tuple[float, ...] = ()
    time_unit: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    spaced: bool = True
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the file."""
        return self.path.name

    @property
    def count(self) -> int:
        """Volumes, or values of a voxel."""
        return 1 if self.further is None else self.sizes[self.further]

    @property
    def planar(self) -> bool:
        """Whether it is one slice or fewer."""
        return self.lattice.size[2] == 1

    def read(self) -> np.ndarray:
        """All voxels, in the machine's byte order: (volume, z, y, x).

        Raises:
            InputError: the file ends early, is damaged, or holds more than its header says.
        """
        length = math.prod(self.sizes) * self.dtype.itemsize
        source = self.voxels
        if source.packing is None:
            content: bytes | bytearray = plain(source.path, source.offset, length)
        elif source.inside:
            content = inflated(source.path, 0, length, source.packing, skip=source.offset)
        else:
            content = inflated(source.path, source.offset, length, source.packing)
        values = np.frombuffer(content, self.dtype, math.prod(self.sizes)).reshape(self.sizes[::-1])
        values = values.astype(self.dtype.newbyteorder("="), copy=False)
        if self.further is not None:
            values = np.moveaxis(values, len(self.sizes) - 1 - self.further, 0)
        return values.reshape((self.count, *self.lattice.size[::-1]))

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Stored values as the header says they are meant; 32-bit floats where those hold them."""
        if self.slope == 1 and self.intercept == 0:
            return values
        wide = self.dtype.itemsize > 2 and self.dtype != np.float32
        return values.astype(np.float64 if wide else np.float32) * self.slope + self.intercept


def unreadable(path: Path, why: str) -> InputError:
    """The error for a header that cannot be used."""
    return InputError("an image (NRRD, NIfTI, MHA or DICOM)", f"{path.name}, unreadable: {why}", "export it again")


def numbers(path: Path, key: str, text: str, count: int | None = None) -> list[float]:
    """Finite numbers of a header's line.

    Raises:
        InputError: others, or not so many.
    """
    try:
        found = [float(word) for word in text.split()]
    except ValueError:
        found = []
    if not found or not all(map(math.isfinite, found)) or (count is not None and len(found) != count):
        wanted = "numbers" if count is None else f"{count} numbers"
        raise unreadable(path, f"'{key}' of its header is damaged, it should hold {wanted}")
    return found


def axis_sizes(path: Path, sizes: list[float]) -> tuple[int, ...]:
    """Sizes of axes that an image of a person can have.

    Raises:
        InputError: no whole numbers above zero.
    """
    if not all(1 <= size <= 100_000 and size == int(size) for size in sizes):
        raise unreadable(path, "the sizes in its header are damaged")
    return tuple(int(size) for size in sizes)
