"""A case: one patient's images, contours and clinical record, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .clinical import ClinicalRecord
from .errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import SimpleITK as sitk
    from numpy.typing import NDArray

USER_MASKS = ("skin", "chest_wall", "breast")


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
        accepted: by contour, who accepted contour and shell, and when, as text.
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
    accepted: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.patient_id.isprintable():
            raise InputError("a patient's name in printable characters", repr(self.patient_id), "give another name")

    def masks_for(self, contour: str) -> dict[str, sitk.Image]:
        """The user's masks for the images of a contour, by plain name: its own before those for all."""
        own = {name: self.masks.get(f"{contour}:{name}", self.masks.get(name)) for name in USER_MASKS}
        return {name: mask for name, mask in own.items() if mask is not None}
