"""A case: one patient's images, contours and clinical record, in memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as calendar
from typing import TYPE_CHECKING

from .clinical import ClinicalRecord
from .errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import SimpleITK as sitk
    from numpy.typing import NDArray

USER_MASKS = ("skin", "chest_wall", "breast")
LATERALITIES = {"L": "left", "R": "right", "B": "bilateral"}
"""DICOM's letters (PS3.3, Laterality and Image Laterality), and the words that results have."""
_LONGEST_READER = 64


@dataclass(frozen=True)
class Examination:
    """When the images were made and of which side, and who drew the contours; each empty where it is not known.

    Attributes:
        date: ISO 8601 (``2026-11-29``); DICOM's ``20261129`` is understood, too.
        laterality: ``left``, ``right`` or ``bilateral``; DICOM's letters ``L``, ``R``, ``B`` are understood, too.
        reader: name or initials, at most 64 printable characters.

    Raises:
        InputError: anything else.
    """

    date: str = ""
    laterality: str = ""
    reader: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "date", _iso_date(self.date.strip()))
        side = self.laterality.strip()
        word = LATERALITIES.get(side.upper(), side.lower())
        if word and word not in LATERALITIES.values():
            raise InputError("a side: left, right or bilateral", f"'{side[:40]}'", "correct --laterality")
        object.__setattr__(self, "laterality", word)
        reader = self.reader.strip()
        if not reader.isprintable() or len(reader) > _LONGEST_READER:
            raise InputError(
                f"a reader's name of at most {_LONGEST_READER} printable characters", f"'{reader}'", "shorten --reader"
            )
        object.__setattr__(self, "reader", reader)

    def plain(self) -> dict[str, str]:
        """What is known, by name."""
        return {name: value for name, value in vars(self).items() if value}

    def completed(self, other: Examination) -> Examination:
        """The same, with the other's entries where this one has none."""
        return Examination(**{name: value or getattr(other, name) for name, value in vars(self).items()})


def _iso_date(text: str) -> str:
    digits = re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)", text)
    try:
        return "" if not text else calendar(*map(int, digits.groups() if digits else ())).isoformat()
    except (TypeError, ValueError):
        raise InputError("a date of the calendar, as 2026-11-29", f"'{text[:40]}'", "correct --exam-date") from None


@dataclass(frozen=True)
class Case:
    """One patient, at one time point or several. It holds data only; from files (``imaging.io``) or from a scene.

    Attributes:
        patient_id: as the hospital or study names the patient.
        images: by image name (``MRI_CET1``, ``CT``); scalar, 3D, on any grid, patient space LPS, millimetres; a
            2D one as a single slice.
        contours: tumour masks by contour name (``MRI``, ``CT``); unsigned 8-bit, 0 or 1. A contour's grid may
            differ from its images'.
        clinical: the clinical record.
        scanners: scanner by modality (``MRI``, ``CT``), where known.
        masks: the user's own ``skin``, ``chest_wall`` or ``breast``; each wins over an automatic one. ``MRI:skin`` is
            the skin for contour ``MRI`` alone, where images of another contour show the patient differently.
        wall_points: by contour, a reader's points on the front of the pectoral muscle: (n, 3), LPS, mm.
        provenance: SHA-256 by role (``image MRI_CET1``), of the files the case was read from.
        warnings: what was noticed while reading.
        features: values by name that were computed elsewhere; they are not computed again.
        examination: its date and side, and who drew the contours, where known.
        accepted: by contour, who accepted contour and shell, and when, as text.

    Example:
        >>> import NACResponseLib as nac
        >>> from NACResponseLib.clinical import parse_clinical
        >>> case = nac.Case("P1", clinical=parse_clinical({"age": 52, "tumor_volume_mm3": 12000}))
        >>> case.clinical.age
        52.0
    """

    patient_id: str
    images: Mapping[str, sitk.Image] = field(default_factory=dict)
    contours: Mapping[str, sitk.Image] = field(default_factory=dict)
    clinical: ClinicalRecord = field(default_factory=ClinicalRecord)
    scanners: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, sitk.Image] = field(default_factory=dict)
    wall_points: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    examination: Examination = field(default_factory=Examination)
    accepted: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.patient_id.isprintable():
            raise InputError("a patient's name in printable characters", repr(self.patient_id), "give another name")

    def masks_for(self, contour: str) -> dict[str, sitk.Image]:
        """The user's masks for the images of a contour, by plain name: its own before those for all."""
        own = {name: self.masks.get(f"{contour}:{name}", self.masks.get(name)) for name in USER_MASKS}
        return {name: mask for name, mask in own.items() if mask is not None}
