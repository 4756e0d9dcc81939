"""Which volume is which image: a guess from names and, where Slicer's DICOM database knows the series, DICOM tags."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import slicer

from .libraryPath import ensureLibrary
from .slots import FIELDS
from .study import Study

if TYPE_CHECKING:
    from NACResponseLib.imaging.series_roles import Series

TAGS = {
    "Modality": "0008,0060",
    "StudyDate": "0008,0020",
    "SeriesDescription": "0008,103e",
    "ProtocolName": "0018,1030",
    "ContrastBolusAgent": "0018,0010",
    "RepetitionTime": "0018,0080",
    "EchoTime": "0018,0081",
    "ImageType": "0008,0008",
    "AcquisitionTime": "0008,0032",
    "TriggerTime": "0018,1060",
    "TemporalPositionIdentifier": "0020,0100",
}


def dicomTags(volume: slicer.vtkMRMLScalarVolumeNode) -> dict[str, str]:
    """Tags by keyword, of the volume's first DICOM instance; empty where it came from another file or is unknown."""
    instances = (volume.GetAttribute("DICOM.instanceUIDs") or "").split()
    database = getattr(slicer, "dicomDatabase", None)
    if not instances or database is None:
        return {}
    file = database.fileForInstance(instances[0])
    if not file:
        return {}
    found = {name: database.fileValue(file, tag) for name, tag in TAGS.items()}
    return {name: value for name, value in found.items() if value}


def guessImages(volumes: Iterable[slicer.vtkMRMLScalarVolumeNode]) -> dict[str, str]:
    """Node id by parameter (``imageMriCet1``, ``imageCt``, ``imagePre``, ...), for what is clear; the user decides."""
    ensureLibrary()
    from NACResponseLib.imaging.series_roles import guess_roles

    found = guess_roles(_series(volumes))
    return {FIELDS["image"][role]: str(key) for role, key in found.items()}


def guessStudyImages(volumes: Iterable[slicer.vtkMRMLScalarVolumeNode], study: Study) -> dict[str, str]:
    """Node id by the name of an image of the study, for what is clear."""
    ensureLibrary()
    from NACResponseLib.imaging.image_roles import guess_images

    return {name: str(key) for name, key in guess_images(_series(volumes), study.images).items()}


def _series(volumes: Iterable[slicer.vtkMRMLScalarVolumeNode]) -> "list[Series]":
    from NACResponseLib.imaging.series_roles import Series

    usable = [
        volume
        for volume in volumes
        if not volume.IsA("vtkMRMLLabelMapVolumeNode") and not volume.IsA("vtkMRMLTensorVolumeNode")
    ]
    return [Series(volume.GetID(), volume.GetName() or "", dicomTags(volume)) for volume in usable]
