"""What DICOM studies hold of one patient: volumes, phase by phase, 2D images, and contours, known from headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from ..errors import InputError
from .dicom.identity import Identity, identity_of
from .dicom.instances import Instance, is_dicom, read_header, reading
from .dicom.reading import open_phases, read_dicom, sorted_series
from .dicom.series import Series
from .files.bounded import check_ordinary
from .phases import Phase
from .planar import open_plane_of, plane_image
from .reading import open_contour
from .source import Source

PLANAR = ("US", "MG", "DX", "CR")
TAGS = (
    "Modality", "SeriesDescription", "ProtocolName", "StudyDate", "ContrastBolusAgent", "RepetitionTime", "EchoTime",
    "ImageType", "AcquisitionTime", "TriggerTime", "TemporalPositionIdentifier",
)  # fmt: skip


@dataclass(frozen=True)
class StudyImage:
    """A volume, or one phase of a series of several, or a 2D image.

    Attributes:
        name: for a reader: the series' description, with the phase.
        series: its UID.
        phase, phases: its number from 1, and how many the series has.
        tags: of its first file, by keyword; the phase as ``TemporalPositionIdentifier``.
        instances: UIDs, in the order of slices.
        scanner: manufacturer and model.
        identity: whose it is.
        read: gives the image, LPS, mm.
    """

    name: str
    series: str
    phase: int
    phases: int
    tags: dict[str, str]
    instances: tuple[str, ...]
    scanner: str
    identity: Identity
    read: Callable[[], sitk.Image] = field(repr=False)


@dataclass(frozen=True)
class StudyContour:
    """A segment of a DICOM SEG or a region of an RTSTRUCT.

    Attributes:
        drawn_on: series UIDs; empty where it does not say.
        read: gives the mask, LPS, mm, of the image that it was drawn on or None.
    """

    name: str
    file: Path
    drawn_on: tuple[str, ...]
    identity: Identity
    read: Callable[[sitk.Image | None], sitk.Image] = field(repr=False)


@dataclass(frozen=True)
class Content:
    """Of one patient's studies; ``notes``: what cannot be read, and why, a sentence each."""

    images: tuple[StudyImage, ...]
    contours: tuple[StudyContour, ...]
    notes: tuple[str, ...]


def read_studies(files: Sequence[Path]) -> Content:
    """Reads the headers of DICOM files, of any folders.

    Raises:
        InputError: files of several patients.
    """
    notes: list[str] = []
    instances = [one for file in files if (one := _header(file, notes)) is not None]
    patients = {one.text("PatientID") for one in instances}
    if len(patients) > 1:
        raise InputError("studies of one patient", f"{len(patients)} patient IDs", "choose the studies of one")
    images, _others = sorted_series([one for one in instances if not one.is_contour], notes.append)
    found = [image for series in images for image in _readable(series, notes)]
    contours = [contour for one in instances if one.is_contour for contour in _opened(one, notes)]
    return Content(tuple(found), tuple(contours), tuple(notes))


def _header(file: Path, notes: list[str]) -> Instance | None:
    """None for a file that is no DICOM, or that is damaged, which is noted."""
    try:
        with reading(file):
            found = read_header(file) if check_ordinary(file) and is_dicom(file) else None
            if found:  # by these it is sorted, and each may be damaged
                _ = found.is_image, found.frames, found.text("PatientID")
            return found
    except InputError as error:
        notes.append(f"{file.name} was left out: {error}")
        return None


def _readable(series: Series, notes: list[str]) -> list[StudyImage]:
    try:
        with reading(series.instances[0].path):
            return _images(series, notes)
    except InputError as error:
        notes.append(f"{series.description or series.uid} was left out: {error}")
        return []


def _images(series: Series, notes: list[str]) -> list[StudyImage]:
    if series.modality in PLANAR:
        return [_plane(one, series, number, notes) for number, one in enumerate(series.instances, 1)]
    opened = open_phases(series, notes.append)
    return [
        _image(
            _phase_name(series, phase, number, len(opened)),
            series,
            (number, len(opened)),
            tuple(dict.fromkeys(frame.instance.text("SOPInstanceUID") for frame in volume.frames)),
            volume.frames[0].instance,
            _reader(volume, series, notes),
        )
        for number, (phase, volume) in enumerate(opened, 1)
    ]


def _reader(volume: Any, series: Series, notes: list[str]) -> Callable[[], sitk.Image]:
    def read() -> sitk.Image:
        with reading(series.instances[0].path):
            return read_dicom(volume, notes.append)

    return read


def _phase_name(series: Series, phase: Phase, number: int, phases: int) -> str:
    """The description; of several phases with what is known of contrast, else with the number."""
    name = series.description or series.modality
    if phases == 1:
        return name
    if phase.after_contrast is False:
        return f"{name} pre"
    return f"{name} phase {number}"


def _plane(one: Instance, series: Series, number: int, notes: list[str]) -> StudyImage:
    def read() -> sitk.Image:
        return plane_image(open_plane_of(Source(one.path)), one.path.name)

    view = " ".join(filter(None, (one.text("ImageLaterality"), one.text("ViewPosition"))))
    name = " ".join(filter(None, (series.description or series.modality, view)))
    several = f" {number}" if len(series.instances) > 1 else ""
    return _image(name + several, series, (1, 1), (one.text("SOPInstanceUID"),), one, read)


def _image(
    name: str,
    series: Series,
    place: tuple[int, int],
    instances: tuple[str, ...],
    first: Instance,
    read: Callable[[], sitk.Image],
) -> StudyImage:
    tags = {keyword: text for keyword in TAGS if (text := first.text(keyword))}
    if place[1] > 1:
        tags["TemporalPositionIdentifier"] = str(place[0])
    scanner = " ".join(filter(None, (first.text("Manufacturer"), first.text("ManufacturerModelName"))))
    return StudyImage(name, series.uid, *place, tags, instances, scanner, identity_of(first, (series.uid,)), read)


def _opened(one: Instance, notes: list[str]) -> list[StudyContour]:
    try:
        with reading(one.path):
            return _contours(one)
    except InputError as error:
        notes.append(f"{one.path.name} was left out: {error}")
        return []


def _contours(one: Instance) -> list[StudyContour]:
    """The segments or regions of a file."""
    header = one.header
    segments = [str(part.get("SegmentLabel") or "") for part in header.get("SegmentSequence") or []]
    regions = [str(part.get("ROIName") or "") for part in header.get("StructureSetROISequence") or []]
    found = []
    for name in [*segments, *regions]:
        contour = open_contour(Source(one.path, name or None), None, False)
        identity = contour.identity
        assert identity is not None, "it is DICOM"

        def read(onto: sitk.Image | None, contour: Any = contour) -> sitk.Image:
            return contour.read(onto, lambda _note: None, False)

        found.append(StudyContour(name, one.path, identity.series, identity, read))
    return found
