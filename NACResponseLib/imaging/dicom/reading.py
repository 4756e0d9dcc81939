"""One volume of a DICOM file or folder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ...errors import InputError
from ..files.bounded import check_size
from ..lattice import Lattice, Note, check_lattice, placed
from ..phases import Phase, chosen_phase
from ..source import Source
from .frames import Frame, frames_of
from .instances import Instance, instances_of, read_whole, reading
from .phases import Group, groups_of, slots_of
from .pixels import frame_reader
from .series import Series, choose_series, fits, series_of
from .stack import check_alike, stacked, without_scouts

_STEEPEST = 40.0
"""Greatest slant in degrees: gantries tilt by 30."""


@dataclass(frozen=True)
class DicomVolume:
    """A volume that is known from headers; its pixels are not yet read.

    Attributes:
        frames: in the order of slices.
        series: that it belongs to.
    """

    frames: tuple[Frame, ...]
    lattice: Lattice
    series: Series
    name: str

    @property
    def modality(self) -> str:
        """As DICOM names it."""
        return self.series.modality


def open_volume(source: Source, note: Note) -> DicomVolume:
    """Finds the series and phase that is meant, and checks by the headers that its slices make one stack.

    Raises:
        InputError: no DICOM, a choice that is needed, or slices that are damaged, differ, or make no regular stack.
    """
    instances = instances_of(source.path)
    with reading(source.path):
        images, others = sorted_series(instances, note)
        if not images:
            kinds = ", ".join(sorted({one.modality or "no modality" for one in others})) or "none"
            raise InputError("a DICOM image", f"only {kinds} in {source.path}", "choose the folder of the slices")
        series = choose_series(images, source, others)
        if source.phase and source.name and fits(series, source.names[0]):
            source = Source(source.path, source.names[0])  # its name ends like a phase
        where = source.path.name
        groups = _groups(series, where, note)
        number = chosen_phase([group.phase for group in groups], source, note)
        return _volume_of(groups, number, series, where, note)


def open_phases(series: Series, note: Note) -> tuple[tuple[Phase, DicomVolume], ...]:
    """Every phase of a series, in the order of time, known from headers.

    Raises:
        InputError: as ``open_volume``, of any phase.
    """
    where = series.description or series.uid
    with reading(series.instances[0].path):
        groups = _groups(series, where, note)
        numbers = range(len(groups))
        return tuple((groups[n].phase, _volume_of(groups, n, series, where, note)) for n in numbers)


def _groups(series: Series, where: str, note: Note) -> tuple[Group, ...]:
    frames = [frame for one in series.instances for frame in _frames(one)]
    frames = list(without_scouts(_unique(frames, where, note), where, note))
    check_alike(frames, where)
    return groups_of(_distinguished(frames, where, note), where)


def _volume_of(groups: Sequence[Group], number: int, series: Series, where: str, note: Note) -> DicomVolume:
    chosen = groups[number].frames
    most = max(len(group.frames) for group in groups)
    if len(chosen) < most:
        found = f"{len(chosen)}, where another phase has {most}, in {where}"
        raise InputError("all slices of a phase, evenly spaced", found, "give a phase that is not missing any")
    ordered, lattice = stacked(chosen, where, note)
    check_lattice(lattice, where, _STEEPEST)
    _check_pixels(ordered, lattice, where)
    _expected_number(series, ordered, where, note)
    return DicomVolume(ordered, lattice, series, where)


def _frames(instance: Instance) -> tuple[Frame, ...]:
    """All frames of a file; an error names the file."""
    with reading(instance.path):
        return tuple(frames_of(instance))


def sorted_series(instances: Sequence[Instance], note: Note) -> tuple[list[Series], list[Series]]:
    """The series of images, and what else there is."""
    every = series_of(instances, note)
    images = [one for one in every if any(instance.is_image for instance in one.instances)]
    plain = [one for one in images if not all(_is_capture(instance) for instance in one.instances)]
    images = plain or images  # a series of screen saves alone is no choice beside a real one
    return images, [one for one in every if one not in images]


def _is_capture(instance: Instance) -> bool:
    return instance.kind.startswith("1.2.840.10008.5.1.4.1.1.7") and not instance.text("ImagePositionPatient")


def _unique(frames: Sequence[Frame], where: str, note: Note) -> list[Frame]:
    """Without the copies of a file.

    Raises:
        InputError: two files of one UID that differ.
    """
    kept: dict[tuple[str, int], Frame] = {}
    dropped = 0
    for frame in frames:
        uid = frame.instance.text("SOPInstanceUID")
        key = (uid or str(frame.instance.path), frame.number)
        if key not in kept:
            kept[key] = frame
            continue
        if frame.number == 0 and not _same_pixels(kept[key], frame):
            found = f"{kept[key].instance.path.name} and {frame.instance.path.name}, which differ, in {where}"
            raise InputError("one file for each instance UID", found, "export the series again")
        dropped += 1
    if dropped:
        note(f"{dropped} duplicate images (the same instance twice) were left out in {where}.")
    return list(kept.values())


def _same_pixels(first: Frame, second: Frame) -> bool:
    same_place = all(
        (a is None and b is None) or (a is not None and b is not None and np.allclose(a, b))
        for a, b in ((first.position, second.position), (first.rows, second.rows), (first.spacing, second.spacing))
    )
    if not same_place or (first.slope, first.intercept) != (second.slope, second.intercept):
        return False
    one, two = first.instance.path.read_bytes(), second.instance.path.read_bytes()
    if one == two:
        return True
    return read_whole(first.instance.path).get("PixelData") == read_whole(second.instance.path).get("PixelData")


def _distinguished(frames: list[Frame], where: str, note: Note) -> list[Frame]:
    """Without slices that were sent twice under another UID: the same place, the same marks, the same pixels."""
    slots = slots_of(frames)
    seen: dict[tuple, Frame] = {}
    kept, dropped = [], 0
    for frame, slot in zip(frames, slots.tolist(), strict=True):
        key = (slot, tuple((name, str(value)) for name, value in frame.marks.items()))
        if (
            key in seen
            and len(frame.instance.header)
            and _same_pixels(seen[key], frame)
            and frame.number == seen[key].number
        ):
            dropped += 1
            continue
        seen.setdefault(key, frame)
        kept.append(frame)
    if dropped:
        note(f"{dropped} duplicate images (the same pixels at the same position) were left out in {where}.")
    return kept


def _check_pixels(frames: Sequence[Frame], lattice: Lattice, where: str) -> None:
    """Refuses by the headers what cannot be read as grey values."""
    check_size(math.prod(lattice.size) * 4, where)
    for header in (frame.instance.header for frame in frames):
        kind = str(header.get("PhotometricInterpretation") or "MONOCHROME2")
        if kind != "MONOCHROME2":
            meaning = "which turns bright and dark round" if kind == "MONOCHROME1" else "which is no grey scale"
            raise InputError(
                "MONOCHROME2, high values bright", f"{kind}, {meaning}, in {where}", "export it as MONOCHROME2"
            )
        if header.get("ModalityLUTSequence"):
            found = f"a modality look-up table in {where}"
            raise InputError("values with a rescale slope and intercept", found, "export it without the table")
    if len({frame.slope is None for frame in frames}) > 1:
        raise InputError("a rescale slope in every slice or in none", f"in some of {where}", "export the series again")


def _expected_number(series: Series, frames: Sequence[Frame], where: str, note: Note) -> None:
    """A note where the scanner says that it made more slices."""
    totals = {str(instance.header.get("ImagesInAcquisition") or "") for instance in series.instances} - {""}
    if len(totals) == 1 and (text := totals.pop()).isdecimal() and int(text) > len(frames):
        held = sum(instance.frames for instance in series.instances)
        if held < int(text):
            note(f"The files of {where} say that {text} images were acquired; {held} are here: slices may be missing.")


def read_dicom(volume: DicomVolume, note: Note) -> sitk.Image:
    """Reads the pixels of a volume, each slice rescaled by its own slope and intercept.

    Values stay whole numbers where all slopes and intercepts are; else they are 32-bit floats.

    Raises:
        InputError: pixels that are damaged, cut short, or compressed in a way that cannot be decoded.
    """
    planes: np.ndarray = np.empty((len(volume.frames), *volume.frames[0].shape), _held_in(volume.frames))
    read, last = None, None
    for plane, frame in zip(planes, volume.frames, strict=True):
        path = frame.instance.path
        if read is None or path != last:  # of many files only one at a time is in memory
            read, last = frame_reader(read_whole(path), path), path
        _rescale(read(frame.number), frame, plane)
    if volume.modality == "CT" and volume.frames[0].slope is None:
        note(f"The CT {volume.name} has no rescale slope and intercept: its stored values are taken for HU.")
    return placed(_narrowed(planes), volume.lattice, volume.name, note)


def _rescale(values: np.ndarray, frame: Frame, plane: np.ndarray) -> None:
    """Puts the values of a slice, by its own slope and intercept, where they belong."""
    slope, intercept = frame.slope or 1.0, frame.intercept or 0.0
    if plane.dtype.kind == "i":  # whole numbers, which need no floats
        plane[...] = values
        if slope != 1:
            plane *= int(slope)
        if intercept:
            plane += int(intercept)
    elif slope == 1 and intercept == 0:
        plane[...] = values
    else:
        plane[...] = values * slope + intercept


def _held_in(frames: Sequence[Frame]) -> type:
    """16 bits where any stored value fits by its number of bits, more where not, floats where values may be none of
    the whole numbers."""
    headers = [frame.instance.header for frame in frames]
    if any("FloatPixelData" in header or "DoubleFloatPixelData" in header for header in headers[:1]):
        return np.float32
    if any(int(header.get("BitsAllocated") or 16) > 16 for header in headers):
        return np.float64
    if not all(float(x or 0).is_integer() for frame in frames for x in (frame.slope, frame.intercept)):
        return np.float32
    ends = [end for frame in frames for end in _ends(frame)]
    if max(map(abs, ends)) >= 1 << 31:
        return np.float64
    return np.int16 if min(ends) >= -(1 << 15) and max(ends) < 1 << 15 else np.int32


def _ends(frame: Frame) -> tuple[float, ...]:
    """The lowest and highest value that a slice can hold, and the stored ones, which are scaled in place."""
    header, slope, intercept = frame.instance.header, frame.slope or 1.0, frame.intercept or 0.0
    bits = int(header.get("BitsStored") or header.get("BitsAllocated") or 16)
    signed = int(header.get("PixelRepresentation") or 0) == 1
    stored = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return (*stored, *(end * slope for end in stored), *(end * slope + intercept for end in stored))


def _narrowed(planes: np.ndarray) -> np.ndarray:
    """Whole numbers in 16 bits where they fit: half the memory, and the type that other readers give."""
    if planes.dtype != np.int32:
        return planes
    low, high = int(planes.min()), int(planes.max())
    for kind in (np.int16, np.uint16):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return planes.astype(kind)
    return planes
