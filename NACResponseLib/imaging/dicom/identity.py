"""Whose images they are: the DICOM fields of a case compared with each other and with the record, naming no person."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from ...case import LATERALITIES, Examination
from ...errors import InputError
from .frames import days_of
from .instances import Instance

_DAYS_APART = 90
"""Images of one time point are made within so many days."""


@dataclass(frozen=True)
class Identity:
    """What the header of an image or contour states.

    Attributes:
        age: in years, NaN where it is not stated.
        frame: frame of reference UID, empty where there is none.
        series: UID of the image's series; of a contour those that it was drawn on.
        laterality: DICOM's letter ``L``, ``R`` or ``B``; empty where there is none.
        reader: who drew a contour; empty of an image.
    """

    patient_id: str = ""
    age: float = math.nan
    study_date: str = ""
    frame: str = ""
    series: tuple[str, ...] = ()
    modality: str = ""
    laterality: str = ""
    reader: str = ""


def identity_of(instance: Instance, series: tuple[str, ...], frame: str | None = None) -> Identity:
    """Of a file; ``frame``: where it is not the file's own."""
    own = instance.text("FrameOfReferenceUID") if frame is None else frame
    return Identity(
        instance.text("PatientID"),
        _age(instance),
        instance.text("StudyDate"),
        own,
        series,
        instance.text("Modality"),
        instance.text("ImageLaterality") or instance.text("Laterality"),
        _reader(instance) if instance.is_contour else "",
    )


def examination_of(images: Iterable[Identity], contours: Iterable[Identity]) -> Examination:
    """The first date of the images, their side where all that name one agree, and the reader of the contours; what
    DICOM does not hold in a form that can be understood is left out."""
    pictures = list(images)
    days = sorted(one.study_date for one in pictures if days_of(one.study_date))
    sides = {one.laterality.upper() for one in pictures if one.laterality.upper() in LATERALITIES}
    readers = list(dict.fromkeys(one.reader for one in contours if one.reader))
    try:
        return Examination(days[0] if days else "", sides.pop() if len(sides) == 1 else "", ", ".join(readers))
    except InputError:
        return Examination()


def _reader(instance: Instance) -> str:
    """Content Creator's Name of a segmentation, ROI Interpreter of a structure set (PS3.3, C.8.20.2 and C.8.8.8), as
    people write names: ``Anna Berg`` of ``Berg^Anna``."""
    observed = instance.header.get("RTROIObservationsSequence") or []
    names = [instance.text("ContentCreatorName"), *(str(one.get("ROIInterpreter") or "") for one in observed)]
    found = next((name for name in names if name.strip()), "")
    family, _, rest = found.partition("^")
    return " ".join(" ".join([*rest.split("^"), family]).split())


def _age(instance: Instance) -> float:
    text, born, studied = (instance.text(key) for key in ("PatientAge", "PatientBirthDate", "StudyDate"))
    unit = {"Y": 1.0, "M": 1 / 12, "W": 1 / 52.18, "D": 1 / 365.25}.get(text[-1:].upper())
    if unit is not None and text[:-1].strip().isdecimal():
        return int(text[:-1]) * unit
    days = days_of(studied) - days_of(born)
    return days / 365.25 if days_of(born) and days_of(studied) and days > 0 else math.nan


def mismatches(
    found: Mapping[str, Identity], patient_id: str | None, age: float, times: Mapping[str, str]
) -> tuple[str, ...]:
    """Warnings where images of one case, or they and the record, seem to be of different persons or days.

    Args:
        found: by what they are, as ``image CT``.
        patient_id: the record's; None where it has none of its own.
        age: the record's, NaN where it has none.
        times: time point by the same names; images of different ones may lie months apart.
    """
    warnings = []
    for (one, first), (other, second) in combinations(found.items(), 2):
        pair = f"{one} and {other}"
        if first.patient_id and second.patient_id and plain_id(first.patient_id) != plain_id(second.patient_id):
            warnings.append(f"PatientID differs between {pair}: are they of one patient?")
        same_time = times.get(one) == times.get(other)
        if same_time and abs(first.age - second.age) > 1.5:
            warnings.append(f"PatientAge differs between {pair}: are they of one patient?")
        apart = abs(days_of(first.study_date) - days_of(second.study_date))
        if same_time and days_of(first.study_date) and days_of(second.study_date) and apart > _DAYS_APART:
            warnings.append(f"StudyDate of {pair} lies {apart} days apart: are they of one time point?")
        if {first.laterality.upper(), second.laterality.upper()} == {"L", "R"}:
            warnings.append(f"Laterality differs between {pair}: are they of one breast?")
    identified = [name for name, one in found.items() if patient_id and one.patient_id]
    others = [name for name in identified if plain_id(found[name].patient_id) != plain_id(patient_id or "")]
    if others:
        warnings.append(f"PatientID of {others[0]} is not the record's patient_id: are they of one patient?")
    ages = [name for name, one in found.items() if abs(one.age - age) > 1.5]
    if ages:
        warnings.append(f"PatientAge of {ages[0]} does not fit the age in the record: are they of one patient?")
    return tuple(warnings)


def plain_id(name: str) -> str:
    """A patient's id as two spellings of one have it in common."""
    return name.strip().casefold().lstrip("0")


def unlike_frames(contour: Identity, image: Identity) -> bool:
    """Whether a contour was drawn in another frame of reference than the image's."""
    return bool(contour.frame and image.frame and contour.frame != image.frame)
