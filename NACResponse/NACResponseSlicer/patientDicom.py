"""A scored patient as DICOM: the files its images were loaded from, the words of the command, and its result kept.

The instances that a volume names are laid apart, and the command is given these alone: a folder of the database may
hold other series and other phases of the same one, and a series may lie in several folders.
"""

import importlib.util
import json
import math
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
import slicer
from slicer.i18n import tr as _

from . import examination
from .contours import drawnOn, imageOf
from .libraryPath import ensureLibrary
from .parameterNode import NACResponseParameterNode
from .patientChecks import imageWord, scoreIsStale
from .patientInputs import INPUTS, RESULT, scoreCommand
from .patientResults import ScoreResult
from .pdfReport import canPrint
from .sceneBridge import Grid, imageGrid

SEGMENTATION, MEASUREMENTS, DOCUMENT = "seg_{}.dcm", "measurements.dcm", "report.dcm"  # as the library names them
PATIENT_ID = "0010,0020"
_SOURCES = "dicom.json"
_SAME_PLACE = 0.02  # of a voxel


class DicomSources:
    """The files of volumes in Slicer's DICOM database; what was found is kept, since panels ask for it often."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int], tuple[list[Path], str]] = {}

    def forget(self) -> None:
        """Lets the database be asked again."""
        self._found.clear()

    def find(self, volume: slicer.vtkMRMLScalarVolumeNode) -> tuple[list[Path], str]:
        """The files that a volume was loaded from, a file an instance; else none, and why in a sentence."""
        named = volume.GetAttribute("DICOM.instanceUIDs") or ""
        data = volume.GetImageData()
        key = named, data.GetDimensions()[2] if data is not None else 0
        if key not in self._found:
            self._found[key] = _find(*key)
        return self._found[key]


def _find(named: str, slices: int) -> tuple[list[Path], str]:
    uids, database = named.split(), getattr(slicer, "dicomDatabase", None)
    if not uids:
        return [], _("it was not loaded from DICOM")
    if database is None:
        return [], _("Slicer's DICOM database is not open")
    files = [Path(file) for file in map(database.fileForInstance, uids) if file]
    files = [file for file in files if file.is_file()]
    if len(files) < len(uids):
        message = _("{count} of its {all} DICOM instances are not in Slicer's DICOM database: import the series again")
        return [], message.format(count=len(uids) - len(files), all=len(uids))
    frames = len(uids)
    if frames < slices:  # several frames a file
        frames = sum(int(database.fileValue(str(file), "0028,0008") or 1) for file in files)
    if frames > slices:
        message = _("its DICOM instances hold {frames} pictures for {slices} slices, as of several phases, "
                 "and which of them it shows is not recorded")  # fmt: skip
        return [], message.format(frames=frames, slices=slices)
    return files, ""


def missingForDicom(parameterNode: NACResponseParameterNode, model: dict[str, Any], sources: DicomSources) -> list[str]:
    """Why the score cannot be saved as DICOM, a sentence each; empty where it can."""
    if not parameterNode.scoreJson or not parameterNode.reportHtml:
        return [_("Score the patient first.")]
    if scoreIsStale(parameterNode, model):
        return [_("DICOM is saved of what was scored: score again first.")]
    missing, patients = [], {}
    for name in drawnImages(parameterNode, model):
        files, problem = sources.find(imageOf(parameterNode, name))
        if problem:
            message = _("{image} cannot be referred to in DICOM: {problem}.")
            missing.append(message.format(image=imageWord(name), problem=problem))
        else:
            patients[imageWord(name)] = slicer.dicomDatabase.fileValue(str(files[0]), PATIENT_ID)
    if len(set(patients.values())) > 1:
        message = _("In DICOM, {names} have different patient IDs.")
        missing.append(message.format(names=_(" and ").join(patients)))
    if not canPrint() and importlib.util.find_spec("weasyprint") is None:
        missing.append(_("The report cannot be printed: this Slicer has no web view, and WeasyPrint is not installed."))
    return missing


def drawnImages(parameterNode: NACResponseParameterNode, model: dict[str, Any]) -> dict[str, list[str]]:
    """The images that the model's contours are drawn on, with the contours."""
    found: dict[str, list[str]] = {}
    for contour in model["contours"]:
        name = drawnOn(parameterNode, contour)
        if name is not None:
            found.setdefault(name, []).append(contour)
    return found


def dicomCommand(
    parameterNode: NACResponseParameterNode,
    model: dict[str, Any],
    folder: Path,
    sources: DicomSources,
    report: Path | None = None,
) -> list[str]:
    """Writes what is scored, and lays its DICOM instances, below ``folder/inputs``; the words of the command.

    Args:
        report: printed as PDF; the command prints it itself if None.

    Raises:
        ValueError: something is missing, or a file of the database is another than it says.
    """
    missing = missingForDicom(parameterNode, model, sources)
    if missing:
        raise ValueError(" ".join(missing))
    words = [*scoreCommand(parameterNode, model, folder), *examination.words(parameterNode), "--dicom"]
    laid = {}
    for name, contours in drawnImages(parameterNode, model).items():
        volume, place = imageOf(parameterNode, name), folder / INPUTS / f"dicom_{name}"
        assert volume is not None, "nothing is missing"
        files = _lay(sources.find(volume)[0], place)
        laid[name] = {"contours": contours, **_identity(files, volume.GetAttribute("DICOM.instanceUIDs").split())}
        words += ["--dicom-source", f"{name}={place}"]
    (folder / INPUTS / _SOURCES).write_text(json.dumps(laid), encoding="utf-8")
    if report is not None:
        shutil.copyfile(report, folder / INPUTS / "report.pdf")
        words += ["--dicom-report", str(folder / INPUTS / "report.pdf")]
    return words


def _lay(files: list[Path], place: Path) -> list[Path]:
    """The same files in a folder of their own: as links where the disk has such, else copied."""
    place.mkdir(parents=True)
    laid = [place / f"{number:06d}.dcm" for number in range(1, len(files) + 1)]
    for file, target in zip(files, laid, strict=True):
        _linkOrCopy(file, target)
    return laid


def _linkOrCopy(file: Path, target: Path) -> None:
    try:
        os.link(file.resolve(), target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(file, target)


def _identity(files: list[Path], named: list[str]) -> dict[str, list[str]]:
    """Series, frames of reference and instances of files."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    words = {"series": "SeriesInstanceUID", "frames": "FrameOfReferenceUID", "instances": "SOPInstanceUID"}
    try:
        headers = [dcmread(file, stop_before_pixels=True, specific_tags=list(words.values())) for file in files]
    except InvalidDicomError as error:
        raise ValueError(_("A file of Slicer's DICOM database cannot be read: import the series again.")) from error
    found = {key: sorted({str(one.get(word, "")) for one in headers}) for key, word in words.items()}
    if found["instances"] != sorted(set(named)):
        raise ValueError(_("Files of Slicer's DICOM database were replaced since: import the series again."))
    return found


# The result


def own(contours: Iterable[str]) -> tuple[str, ...]:
    """The files beside the measurements, which come last; with those of the usual contours, which an earlier result
    in the same folder may have."""
    names = dict.fromkeys(("MRI", "CT", *contours))
    return (*(SEGMENTATION.format(name) for name in names), DOCUMENT)


def checkTarget(target: Path, contours: Iterable[str]) -> None:
    """Raises: ValueError: the results may not go into this folder, as the command line's rule is."""
    ensureLibrary()
    from NACResponseLib.output import check_folder

    check_folder(target, MEASUREMENTS, own(contours))


def saveDicom(folder: Path, target: Path, shown: ScoreResult) -> list[str]:
    """Takes the DICOM files of ``folder/result`` to where the user wants them, all or none; their names.

    Args:
        shown: the score that the user saw.

    Raises:
        ValueError: they do not belong to what was shown, or the folder cannot take them.
    """
    result = folder / RESULT
    _checkScore(result, shown)
    sources = json.loads((folder / INPUTS / _SOURCES).read_text(encoding="utf-8"))
    for name, laid in sources.items():
        for contour in laid["contours"]:
            _checkSegmentation(result / SEGMENTATION.format(contour), laid, folder / INPUTS / f"{name}.nrrd")
    ensureLibrary()
    from NACResponseLib.output import whole_folder

    names = sorted(file.name for file in result.glob("*.dcm"))
    contours = [contour for laid in sources.values() for contour in laid["contours"]]
    with whole_folder(target, MEASUREMENTS, own(contours)) as partial:
        for name in names:
            shutil.copyfile(result / name, partial / name)
    return names


def _checkScore(result: Path, shown: ScoreResult) -> None:
    made = ScoreResult.fromJson((result / "score.json").read_text(encoding="utf-8"))
    assert made is not None, "the command wrote it"
    words = ("patientId", "modelName", "modelVersion", "predictedClass", "positiveClass")
    numbers = zip((made.probability, *made.interval), (shown.probability, *shown.interval), strict=True)
    same = all(math.isclose(*pair, abs_tol=1e-4) for pair in numbers)
    if not same or any(getattr(made, word) != getattr(shown, word) for word in words):
        raise ValueError(_("The score is not the one shown when it is made again: score again. Nothing was saved."))


def _checkSegmentation(file: Path, laid: dict[str, list[str]], image: Path) -> None:
    """A segmentation refers to the very instances of the volume, and lies on its voxels."""
    from pydicom import dcmread

    made = dcmread(file, stop_before_pixels=True)
    referred = {str(one.SeriesInstanceUID) for one in made.ReferencedSeriesSequence}
    instances = {
        str(one.ReferencedSOPInstanceUID)
        for series in made.ReferencedSeriesSequence
        for one in series.ReferencedInstanceSequence
    }
    if not (referred <= set(laid["series"]) and instances <= set(laid["instances"]) and instances):
        raise ValueError(_("The segmentation refers to another series or phase. Nothing was saved."))
    if [str(made.FrameOfReferenceUID)] != laid["frames"] or not _onGrid(made, _gridOf(image)):
        raise ValueError(_("The segmentation does not lie on the image's voxels. Nothing was saved."))


def _gridOf(image: Path) -> Grid:
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(image))
    reader.ReadImageInformation()
    header = sitk.Image([1, 1, 1], sitk.sitkUInt8)
    header.SetOrigin(reader.GetOrigin())
    header.SetSpacing(reader.GetSpacing())
    header.SetDirection(reader.GetDirection())
    return Grid(reader.GetSize(), imageGrid(header).matrix)


def _onGrid(segmentation: Any, grid: Grid) -> bool:
    """Whether every frame is one slice of the grid, voxel on voxel."""
    shared = segmentation.SharedFunctionalGroupsSequence[0]
    down, along = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    axes = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float).reshape(2, 3)
    fromPatient, last = np.linalg.inv(grid.matrix), np.array([grid.size[0] - 1, grid.size[1] - 1])
    for frame in segmentation.PerFrameFunctionalGroupsSequence:
        start = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        end = start + axes[0] * along * (segmentation.Columns - 1) + axes[1] * down * (segmentation.Rows - 1)
        (first, other) = (fromPatient @ [*place, 1.0] for place in (start, end))
        k = round(first[2])
        expected = np.array([[0, 0, k], [*last, k]])
        if not (0 <= k < grid.size[2] and np.abs(np.array([first, other])[:, :3] - expected).max() < _SAME_PLACE):
            return False
    return True
