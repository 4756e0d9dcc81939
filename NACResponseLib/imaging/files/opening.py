"""A file of one of the formats, known by its content and not by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ...errors import InputError
from ..lattice import Note, check_lattice, placed
from ..phases import Phase, chosen_phase
from ..source import Source
from . import metaimage, nifti, nrrd
from .bounded import beginning, check_size
from .stored import COLOUR, LIST, VECTOR, Stored

_STEEPEST = 3.0
"""Greatest slant in degrees that is resampled: more is no rounding."""


def open_stored(path: Path) -> Stored:
    """Reads and checks the header.

    Raises:
        InputError: no ordinary file, none of the formats, or a header that cannot be believed.
    """
    content = beginning(path)
    with path.open("rb") as stream:
        compressed = stream.read(2) == b"\x1f\x8b"
    if nrrd.looks_like(content) and not compressed:
        stored = nrrd.parse(path, content)
    elif nifti.looks_like(content):
        stored = nifti.parse(path, content, compressed)
    elif metaimage.looks_like(content) and not compressed:
        stored = metaimage.parse(path, content)
    else:
        why = "it is empty (0 bytes), damaged or cut short" if not content else "it is no image of a known kind"
        raise InputError("an image (NRRD, NIfTI, MHA or DICOM)", f"{path.name}, unreadable: {why}", "export it again")
    check_size(int(np.prod(stored.sizes, dtype=float)) * stored.dtype.itemsize, path.name)
    return stored


def check_volume(stored: Stored, contour: bool = False) -> None:
    """Refuses by the header what is no volume of a person.

    Raises:
        InputError: 2D, no voxel size, impossible geometry, colours, or complex voxels.
    """
    if stored.planar and not contour:
        columns, rows, _ = stored.lattice.size
        found = f"a 2D image of {columns} x {rows} pixels ({columns} x {rows} x 1 voxels) in {stored.name}"
        raise InputError("a 3D image", found, "give the whole series of slices")
    if not stored.spaced:
        raise InputError("the voxel spacing in mm", f"none in the header of {stored.name}", "save it with its spacing")
    if stored.holds == COLOUR:
        raise InputError("one value a voxel", f"colours in {stored.name}", "give a grey-scale image")
    if stored.dtype.kind == "c":
        raise InputError("real voxels", f"complex ones in {stored.name}", "give the magnitude image")
    check_lattice(stored.lattice, stored.name, _STEEPEST, contour)


def phases_of(stored: Stored) -> tuple[Phase, ...]:
    """The volumes of a file with several, in their order."""
    times = stored.times or (None,) * stored.count
    size, unit = stored.lattice.size, stored.time_unit or ""
    return tuple(Phase(size, _when(time, unit), timed=stored.holds == LIST) for time in times)


def _when(time: float | None, unit: str) -> str:
    return "" if time is None else f"{time:g} {unit}".strip()


def read_volume(source: Source, stored: Stored, note: Note, labels: bool = False) -> sitk.Image:
    """One volume of a checked file, scaled and placed.

    Args:
        labels: they are labels, not values to interpolate.

    Raises:
        InputError: several volumes and no choice, or voxels that are cut short or damaged.
    """
    number = volume_number(source, stored, note)
    values = stored.scaled(stored.read()[number])
    for text in stored.notes:
        note(text)
    image = placed(np.ascontiguousarray(values), stored.lattice, stored.name, note, labels)
    for key, word in stored.words.items():
        image.SetMetaData(key, word)
    return image


def volume_number(source: Source, stored: Stored, note: Note) -> int:
    """Which of its volumes is meant, from 0.

    Raises:
        InputError: several and no choice, or no such one.
    """
    if stored.count == 1 and source.phase is None:
        return 0
    if stored.holds == VECTOR and source.phase is None:
        found = f"{stored.count} in {stored.name}"
        raise InputError("one value a voxel", found, "give a grey-scale image, or add '#' and the number of the value")
    return chosen_phase(phases_of(stored), source, note)
