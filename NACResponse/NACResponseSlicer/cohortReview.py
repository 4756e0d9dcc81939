"""A cohort's patient in the scene, to look at and to correct: images and contours from the files of its table."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from .contours import addSegmentation
from .libraryPath import ensureLibrary
from .sceneBridge import segmentImage, volumeFromImage, volumeGrid, writeImage
from .segments import findSegment, putSegment, role

BEFORE = ".before-review"
WRITABLE = (".nii.gz", ".nii", ".nrrd", ".mha")
_NODE = "NACResponse.review"  # the attribute of what was opened, so that the next patient replaces it


@dataclass(frozen=True)
class OpenedPatient:
    """A patient of a cohort in the scene.

    Attributes:
        volumes: that each contour was drawn on, ``segmentations``: that hold it; by contour.
        files: of the contours, as the table names them.
    """

    patientId: str
    volumes: dict[str, slicer.vtkMRMLScalarVolumeNode]
    segmentations: dict[str, slicer.vtkMRMLSegmentationNode]
    files: dict[str, str]


def openPatient(cohortFile: str, protocol: str, patientId: str) -> OpenedPatient:
    """Loads a patient; the one opened before goes.

    Raises:
        ValueError: the table does not name the patient, or a file cannot be read.
    """
    ensureLibrary()
    from NACResponseLib.cohort.manifest import read_manifest
    from NACResponseLib.config import DEFAULT_PROTOCOL
    from NACResponseLib.imaging.io import load_case
    from NACResponseLib.protocol import load_protocol

    chosen = load_protocol(protocol or DEFAULT_PROTOCOL)
    manifest = read_manifest(Path(cohortFile), chosen, lambda files: [None] * len(files))
    row = next((each for each in manifest.patients if each.patient_id == patientId), None)
    if row is None:
        message = _("{table} has no patient {patient}.")
        raise ValueError(message.format(table=Path(cohortFile).name, patient=patientId))
    case = load_case(patientId, row.images, row.contours, planar=chosen.planar, protocol=chosen)
    closePatient()
    images = {name: _marked(volumeFromImage(image, f"{patientId} {name}")) for name, image in case.images.items()}
    volumes, segmentations = {}, {}
    for contour, mask in case.contours.items():
        name = next((name for name in chosen.images_of(contour) if name in images), None)
        if name is not None:
            volumes[contour] = images[name]
            segmentations[contour] = _marked(addSegmentation(contour, images[name]))
            putSegment(segmentations[contour], "Tumor", contour, mask)
    return OpenedPatient(patientId, volumes, segmentations, dict(row.contours))


def closePatient() -> None:
    """What was opened for review goes from the scene."""
    for className in ("vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode"):
        for node in slicer.util.getNodesByClass(className):
            if node.GetAttribute(_NODE):
                slicer.mrmlScene.RemoveNode(node)


def saveContours(opened: OpenedPatient) -> list[Path]:
    """Writes the contours as they are now over their files, whose first version is kept beside them; the files.

    Raises:
        ValueError: a contour is a part of a file or of a kind that is not written, is empty, or was deleted.
        OSError: a file cannot be written.
    """
    masks: dict[Path, Any] = {}
    for contour, node in opened.segmentations.items():
        file = Path(opened.files[contour])
        if not file.name.endswith(WRITABLE) or not file.is_file():
            message = _("{file} is no file that holds the contour alone ({kinds}): correct it where it was made.")
            raise ValueError(message.format(file=file.name, kinds=", ".join(WRITABLE)))
        there = all(map(slicer.mrmlScene.IsNodePresent, (node, opened.volumes[contour])))
        segmentId = findSegment(node, role("Tumor", contour)) if there else ""
        if not segmentId:
            raise ValueError(_("The contour on {contour} was deleted: open the patient again.").format(contour=contour))
        masks[file] = segmentImage(node, segmentId, volumeGrid(opened.volumes[contour]))
    for file, mask in masks.items():
        _replace(file, mask)
    return list(masks)


def _replace(file: Path, mask: Any) -> None:
    suffix = next(each for each in WRITABLE if file.name.endswith(each))
    first = file.with_name(file.name.removesuffix(suffix) + BEFORE + suffix)
    if not first.exists():
        shutil.copy2(file, first)
    made = writeImage(mask, file.with_name(f".nacresponse-{os.getpid()}{suffix}"))
    made.replace(file)


def _marked(node: Any) -> Any:
    node.SetAttribute(_NODE, "1")
    return node
