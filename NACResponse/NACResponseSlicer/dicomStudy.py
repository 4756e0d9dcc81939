"""A patient's examination from Slicer's DICOM database: the images that the model asks for, contours, and the record.

The user chooses a study in Slicer's DICOM browser. Its files are read by the library, phase by phase: Slicer's own
readers leave it to the user which of several phases a volume shows.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from .contours import drawnOn, imageOf
from .libraryPath import ensureLibrary
from .parameterNode import NACResponseParameterNode
from .patientChecks import imageWord
from .sceneBridge import volumeFromImage, volumeImage
from .slots import keep, kept
from .study import HELPERS, Study, studyOf

if TYPE_CHECKING:
    from NACResponseLib.imaging.dicom_study import Content, StudyContour, StudyImage

    from .patientLogic import NACResponseLogic

INSTANCES = "DICOM.instanceUIDs"


@dataclass
class Loaded:
    """What was taken over.

    Attributes:
        images: volumes by image name.
        sequence: all phases of the dynamic series; None where it has one.
        contours: names of the segments taken, by contour.
        entries: what was filled in, by parameter.
        notes: what was left out, and why, a sentence each.
    """

    images: dict[str, slicer.vtkMRMLScalarVolumeNode] = field(default_factory=dict)
    sequence: slicer.vtkMRMLSequenceNode | None = None
    contours: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def chosenStudies() -> list[str]:
    """UIDs of the studies whose series are selected in Slicer's DICOM browser; empty where it was not opened."""
    module = getattr(slicer.modules, "DICOMInstance", None)
    browser = getattr(module, "browserWidget", None)
    database = getattr(slicer, "dicomDatabase", None)
    if browser is None or database is None or not database.isOpen:
        return []
    if getattr(browser, "useVisualDICOMBrowser", False):  # Slicer 5.12, where the user chose it
        series = browser.dicomVisualBrowser.patientView().selectedSeriesInstanceUIDs()
    else:
        tables = browser.dicomBrowser.dicomTableManager()
        series = tables.currentSeriesSelection()
        if not series:
            return list(tables.currentStudiesSelection())
    return list(dict.fromkeys(database.studyForSeries(one) for one in series))


def studyFiles(studies: Iterable[str]) -> list[Path]:
    """The files of studies in Slicer's DICOM database."""
    database = slicer.dicomDatabase
    series = [one for study in studies for one in database.seriesForStudy(study)]
    return [Path(file) for one in series for file in database.filesForSeries(one)]


def needsSegmentationReader(files: Iterable[Path]) -> bool:
    """Whether a DICOM SEG is among the files, which needs the package highdicom."""
    database = slicer.dicomDatabase
    return any(database.fileValue(str(file), "0008,0060") == "SEG" for file in files)


def loadStudies(logic: "NACResponseLogic", parameterNode: NACResponseParameterNode, files: Sequence[Path]) -> Loaded:
    """Takes over the examinations of one patient: images by roles, all phases as a sequence, contours, the record.

    What was chosen or typed before is replaced where the files tell it. Of another patient nothing stays, and of
    another examination neither images nor contours.

    Raises:
        ValueError: no image among the files that is read, or files of several patients.
    """
    ensureLibrary()
    from NACResponseLib.imaging.dicom_study import read_studies

    content, loaded = read_studies(files), Loaded()
    loaded.notes += content.notes
    if not content.images:
        raise ValueError(_("No image can be read in the study: {reason}").format(reason=" ".join(content.notes)))
    study = logic.study(parameterNode)
    _forgetOther(logic, parameterNode, content, study, loaded)
    roles = _roles(content.images, study)
    volumes: dict[int, slicer.vtkMRMLScalarVolumeNode] = {}
    with slicer.util.NodeModify(parameterNode):
        for name, number in roles.items():
            if number not in volumes:
                volumes[number] = _volume(content.images[number])
            loaded.images[name] = volumes[number]
            logic.setImage(parameterNode, name, volumes[number])
        loaded.sequence = _sequence(content.images, _dynamic(content.images, roles), volumes)
        _fillRecord(parameterNode, content, {name: content.images[at] for name, at in roles.items()}, study, loaded)
    for name in logic.clinicalModel(parameterNode).get("images", ()):
        if name not in roles:
            message = _("No series is clearly the image {name}: choose it.")
            loaded.notes.append(message.format(name=imageWord(name)))
    _takeContours(logic, parameterNode, content, roles, loaded)
    return loaded


def _forgetOther(
    logic: "NACResponseLogic", parameterNode: NACResponseParameterNode, content: "Content", study: Study, loaded: Loaded
) -> None:
    """Clears what belongs to another patient, or to another examination where the model asks for one alone."""
    identities = [image.identity for image in content.images]
    patient, before = identities[0].patient_id.strip(), parameterNode.patientId.strip()
    there = any(kept(parameterNode, "image", name) is not None for name in (*study.images, *HELPERS))
    there = there or any(kept(parameterNode, "segmentation", name) is not None for name in study.contours)
    dates = {_date(identity.study_date) for identity in identities} - {""}
    if (before or there) and (patient != before or not patient):
        logic.clearPatient(parameterNode)
        loaded.notes.insert(0, _("What belonged to the patient before was cleared, typed values, too."))
    elif there and not study.severalTimes and dates and parameterNode.studyDate.strip() not in dates:
        logic.clearExamination(parameterNode)
        loaded.notes.insert(0, _("Images, contours and size of the examination before were cleared."))


def _roles(images: "Sequence[StudyImage]", study: Study) -> dict[str, int]:
    """Place among the images by the name of the study's image or helper."""
    from NACResponseLib.imaging.image_roles import guess_images
    from NACResponseLib.imaging.series_roles import Series, guess_roles

    series = [Series(number, image.name, image.tags) for number, image in enumerate(images)]
    found = {name: int(str(key)) for name, key in guess_images(series, study.images).items()}
    usual = guess_roles(series)
    return found | {name: int(str(usual[name])) for name in HELPERS if name in usual and not _hasOwn(study, name)}


def _hasOwn(study: Study, helper: str) -> bool:
    return helper == "pre_contrast" and any(image.beforeContrast for image in study.images.values())


def _volume(image: "StudyImage") -> slicer.vtkMRMLScalarVolumeNode:
    node = volumeFromImage(image.read(), image.name)
    node.SetAttribute(INSTANCES, " ".join(image.instances))
    return node


def _dynamic(images: "Sequence[StudyImage]", roles: Mapping[str, int]) -> list[int]:
    """The places of all phases of the series that the early phase after contrast belongs to, in the order of time."""
    from NACResponseLib.imaging.series_roles import Series, phase_numbers

    early = next((images[at] for name, at in roles.items() if name.endswith(("CET1", "POST1"))), None)
    if early is None:
        return []
    if early.phases > 1:
        return [number for number, image in enumerate(images) if image.series == early.series]
    numbers = phase_numbers([Series(number, image.name, image.tags) for number, image in enumerate(images)])
    return [int(str(key)) for key in sorted(numbers, key=lambda key: numbers[key])]


def _sequence(
    images: "Sequence[StudyImage]", phases: Sequence[int], volumes: Mapping[int, slicer.vtkMRMLScalarVolumeNode]
) -> slicer.vtkMRMLSequenceNode | None:
    """The phases as a sequence, to be scrolled through in the module Sequences; those that are loaded are copied."""
    if len(phases) < 2:
        return None
    sequence = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceNode", _("Dynamic series"))
    sequence.SetIndexName("phase")
    sequence.SetIndexUnit("")
    for place, number in enumerate(phases, 1):
        there = volumes.get(number)
        node = there if there is not None else _volume(images[number])
        sequence.SetDataNodeAtValue(node, str(place))
        if there is None:
            slicer.mrmlScene.RemoveNode(node)
    browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", _("Dynamic series browser"))
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    return sequence


def _fillRecord(
    parameterNode: NACResponseParameterNode,
    content: "Content",
    chosen: "Mapping[str, StudyImage]",
    study: Study,
    loaded: Loaded,
) -> None:
    """Patient, date, age and scanners, as far as the files tell them; of several dates the first."""
    used = list(chosen.values()) or list(content.images)
    first = min(used, key=lambda image: image.identity.study_date or "9")
    entries = {"patientId": first.identity.patient_id, "studyDate": _date(first.identity.study_date)}
    if not math.isnan(first.identity.age):
        entries["age"] = f"{math.floor(first.identity.age)}"
    for parameter, text in entries.items():
        if text:
            setattr(parameterNode, parameter, text)
            loaded.entries[parameter] = text
    for contour in study.contours.values():
        scanner = next((chosen[name].scanner for name in contour.images if name in chosen), "")
        if scanner:
            keep(parameterNode, "scanner", contour.name, scanner)


def _date(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isdigit() else ""


def _takeContours(
    logic: "NACResponseLogic",
    parameterNode: NACResponseParameterNode,
    content: "Content",
    roles: Mapping[str, int],
    loaded: Loaded,
) -> None:
    """Segments and regions that were drawn on an image of a contour, where it is clear which is the tumour."""
    for contour in studyOf(parameterNode).contours.values():
        its = [content.images[roles[name]] for name in contour.images if name in roles]
        found = _drawnFor(content.contours, its)
        if len(found) != 1:
            if found:
                names = ", ".join(f"'{one.name}'" for one in found)
                message = _("Several segments may be the contour on {contour} ({names}): take one in Segmentations.")
                loaded.notes.append(message.format(contour=contour.name, names=names))
            continue
        image = drawnOn(parameterNode, contour.name)
        assert image is not None, "the contour has an image"
        try:
            mask = found[0].read(volumeImage(imageOf(parameterNode, image)))
        except ValueError as error:
            loaded.notes.append(_("{name} cannot be read: {reason}").format(name=found[0].name, reason=error))
            continue
        logic.setContour(parameterNode, contour.name, mask)
        loaded.contours[contour.name] = found[0].name


def _drawnFor(contours: "Sequence[StudyContour]", images: "Sequence[StudyImage]") -> "list[StudyContour]":
    """The contours that may be the tumour on these images: drawn on one of their series, else in their frame."""
    from NACResponseLib.imaging.segmentation import says_tumour

    series = {image.series for image in images}
    frames = {image.identity.frame for image in images} - {""}
    on = [one for one in contours if series & set(one.drawn_on)]
    near = on or [one for one in contours if not one.drawn_on and one.identity.frame in frames]
    named = [one for one in near if says_tumour(one.name)]
    return named or near
