"""A file or folder opened: its header read and checked, its voxels not yet. Every way to read goes through here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from .dicom.identity import Identity, identity_of
from .dicom.instances import SEGMENTATIONS, Instance, instances_of, is_dicom, read_header, reading
from .dicom.reading import open_volume, read_dicom
from .dicom.segments import read_segmentation
from .dicom.series import choose_series, series_of
from .dicom.structures import frame_of_reference, read_structure
from .files.bounded import check_ordinary
from .files.opening import check_volume, open_stored, read_volume, volume_number
from .files.stored import Stored
from .geometry import corners
from .lattice import Note, placed
from .planar import Plane, open_plane_of, plane_image
from .segmentation import pick_label, pick_segment, segments_of
from .source import Source, same_name


@dataclass(frozen=True)
class Picture:
    """An image whose header is fine.

    Attributes:
        name: of its file or folder, for messages.
        read: reads the voxels; InputError where they are damaged.
        identity: of DICOM.
    """

    name: str
    read: Callable[[], sitk.Image]
    identity: Identity | None = None


@dataclass(frozen=True)
class Contour:
    """A contour whose header is fine.

    Attributes:
        read: makes the mask, of the image that it was drawn on or None, a taker of notes, and whether it is a tumour's.
    """

    name: str
    read: Callable[[sitk.Image | None, Note, bool], sitk.Image]
    identity: Identity | None = None


def _quiet(text: str) -> None:
    """Takes a note that matters to no one."""


def open_picture(source: Source, planar: bool, note: Note) -> Picture:
    """Opens an image.

    Raises:
        InputError: as ``io.read_image``, as far as headers show.
    """
    if not _of_dicom(source.path):
        return _picture(source, planar, note)
    with reading(source.path):
        picture = _picture(source, planar, note)
    return replace(picture, read=_guarded(picture.read, source.path))


def _of_dicom(path: Path) -> bool:
    return path.is_dir() or (check_ordinary(path) > 0 and is_dicom(path))


def _guarded(read: Callable[..., sitk.Image], path: Path) -> Callable[..., sitk.Image]:
    """Reads DICOM, whose every breach of the standard becomes one line."""

    def guarded(*given: Any) -> sitk.Image:
        with reading(path):
            return read(*given)

    return guarded


def _picture(source: Source, planar: bool, note: Note) -> Picture:
    path = source.path
    if planar:
        plane = open_plane_of(source)
        identity = _of_series((plane.instance,)) if plane.instance else None
        return Picture(path.name, lambda: plane_image(plane, path.name), identity)
    if _of_dicom(path):
        volume = open_volume(source, note)
        return Picture(path.name, lambda: read_dicom(volume, note), _of_series(volume.series.instances))
    stored = _named_file(source)
    check_volume(stored)
    volume_number(source, stored, _quiet)
    return Picture(path.name, lambda: read_volume(source, stored, note))


def source_files(source: Source, image: sitk.Image | None = None) -> tuple[Path, ...]:
    """The DICOM files that an image is read from, in the order of its slices; none for a file of another kind.

    Args:
        image: that was saved in another format since; it must lie where the series does.

    Raises:
        InputError: as ``open_picture``, or the image lies elsewhere.
    """
    if not _of_dicom(source.path):
        return ()
    volume = open_volume(source, _quiet)
    if image is not None:
        apart = np.linalg.norm(corners(image)[:, None] - volume.lattice.corners()[None], axis=2)
        if apart.min(axis=1).max() > 0.1:
            raise InputError("the DICOM series of the image", f"another place in {volume.name}", "give its own series")
    return tuple(dict.fromkeys(frame.instance.path for frame in volume.frames))


def _named_file(source: Source) -> Stored:
    if source.name is not None:
        part = f"'{source.part}'"
        raise InputError("a DICOM folder before '::'", f"the file {source.path.name}", f"leave out {part}")
    return open_stored(source.path)


def _of_series(instances: tuple[Instance, ...]) -> Identity:
    return identity_of(instances[0], tuple({one.text("SeriesInstanceUID") for one in instances}))


def open_contour(source: Source, preferred: str | None, planar: bool) -> Contour:
    """Opens a contour.

    Args:
        preferred: the segment to take where no name is given.

    Raises:
        InputError: as ``io.read_mask``, as far as headers show.
    """
    if not _of_dicom(source.path):
        return _contour(source, preferred, planar)
    with reading(source.path):
        contour = _contour(source, preferred, planar)
    return replace(contour, read=_guarded(contour.read, source.path))


def _contour(source: Source, preferred: str | None, planar: bool) -> Contour:
    path = source.path
    if planar:
        plane = open_plane_of(source, contour=True)
        return Contour(
            path.name, lambda onto, note, tumour: _plane_mask(plane, source, preferred, note if tumour else None)
        )
    if path.is_dir():
        return _from_folder(source, preferred)
    if _of_dicom(path):
        return _from_instance(read_header(path), source, preferred)
    stored = open_stored(path)
    check_volume(stored, contour=True)
    return Contour(path.name, lambda onto, note, tumour: _file_mask(stored, source, preferred, note, tumour))


def _file_mask(stored: Stored, source: Source, preferred: str | None, note: Note, tumour: bool) -> sitk.Image:
    layers = stored.scaled(stored.read())
    inside = _picked(layers, stored, source, preferred, note if tumour else None)
    return placed(inside.astype(np.uint8), stored.lattice, stored.name, note, labels=True)


def _picked(layers: np.ndarray, stored: Stored, source: Source, preferred: str | None, note: Note | None) -> np.ndarray:
    segments = segments_of(stored.words, stored.count)
    if segments:
        return pick_segment(layers, segments, source, preferred, note)
    return pick_label(layers[volume_number(source, stored, note or _quiet)], source)


def _plane_mask(plane: Plane, source: Source, preferred: str | None, note: Note | None) -> sitk.Image:
    if plane.stored is None:
        inside = pick_label(sitk.GetArrayFromImage(plane_image(plane, source.path.name)), source)
    else:
        inside = _picked(plane.read()[:, None], plane.stored, source, preferred, note)
    image = sitk.GetImageFromArray(np.ascontiguousarray(inside, np.uint8))
    plane.lattice.place(image)
    return image


def _from_folder(source: Source, preferred: str | None) -> Contour:
    """Of the segmentations and structure sets in a folder the one that is meant; else its images, as labels.

    Raises:
        InputError: several, and no choice.
    """
    instances = instances_of(source.path)
    drawn = [one for one in instances if one.is_contour]
    if not drawn:
        volume = open_volume(source, _quiet)
        identity = _of_series(volume.series.instances)
        whole = Source(source.path)
        return Contour(
            source.path.name, lambda onto, note, tumour: _label_image(read_dicom(volume, note), whole), identity
        )
    holding = [one for one in drawn if any(same_name(name, part) for name in source.names for part in _parts(one))]
    if len(holding) == 1:
        return _from_instance(holding[0], source, preferred)
    chosen = choose_series(series_of(drawn, _quiet), source)
    if len(chosen.instances) > 1:
        found = f"{len(chosen.instances)} of one series in {source.path}"
        raise InputError("one segmentation or structure set", found, "give the file itself")
    return _from_instance(chosen.instances[0], Source(source.path), preferred)


def _label_image(image: sitk.Image, source: Source) -> sitk.Image:
    mask = sitk.GetImageFromArray(pick_label(sitk.GetArrayViewFromImage(image), source).astype(np.uint8))
    mask.CopyInformation(image)
    return mask


def _parts(one: Instance) -> list[str]:
    """Names of the segments or regions of a contour file."""
    segments = one.header.get("SegmentSequence") or []
    regions = one.header.get("StructureSetROISequence") or []
    return [str(part.get("SegmentLabel", "")) for part in segments] + [str(part.get("ROIName", "")) for part in regions]


def _from_instance(one: Instance, source: Source, preferred: str | None) -> Contour:
    """A segmentation, a structure set, or a DICOM image of labels."""
    named = Source(one.path, source.name, source.phase)
    if one.kind in SEGMENTATIONS:
        series = [str(each.SeriesInstanceUID) for each in one.header.get("ReferencedSeriesSequence") or []]
        identity = identity_of(one, tuple(series))
        return Contour(
            one.path.name,
            lambda onto, note, tumour: read_segmentation(one, named, preferred, onto, note, tumour),
            identity,
        )
    if one.is_contour:
        frame, drawn_on = frame_of_reference(one.header)
        identity = identity_of(one, drawn_on, frame)
        return Contour(
            one.path.name,
            lambda onto, note, tumour: read_structure(one, named, preferred, onto, note, tumour),
            identity,
        )
    volume = open_volume(Source(one.path, None, source.phase), _quiet)
    labels = Source(one.path, source.name)
    return Contour(
        one.path.name, lambda onto, note, tumour: _label_image(read_dicom(volume, note), labels), _of_series((one,))
    )
