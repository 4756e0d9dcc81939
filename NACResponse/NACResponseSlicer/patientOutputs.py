"""What the command line wrote for a patient, into the scene: segments, tables, a chart, texts; and out to files."""

import csv
import json
from pathlib import Path

import SimpleITK as sitk
import slicer
import vtk
from slicer.i18n import tr as _

from . import resultViews
from .contours import contourSegment, drawnOn, imageOf
from .parameterNode import NACResponseParameterNode
from .patientInputs import RESULT, editedAnatomy, isEmpty, madeFrom
from .patientResults import ScoreResult, ShellResult
from .reportGuard import guarded
from .sceneBridge import segmentImage, volumeGrid
from .segments import ANATOMY, findSegment, putSegment, role
from .slots import inScene, keep
from .study import studyOf


def loadShell(parameterNode: NACResponseParameterNode, contour: str, folder: Path) -> ShellResult:
    """The masks of ``folder/result`` as segments beside the contour, and the rest in the parameter node.

    Anatomy that the user edited, also while the shell was made, stays as it is.

    Raises:
        ValueError: the contour was deleted meanwhile.
    """
    result, origin = folder / RESULT, madeFrom(folder)
    node, segmentId = contourSegment(parameterNode, contour)
    if not segmentId:
        raise ValueError(_("The contour on {contour} was deleted meanwhile.").format(contour=contour))
    values = json.loads((result / "shell.json").read_text(encoding="utf-8"))
    found = ShellResult(
        contour=contour,
        status=values["status"],
        seen=values["confidence_in_words"],
        tumorMm3=values["tumor_volume_mm3"],
        shellMm3=values["shell_volume_mm3"],
        clipped=values["clipped_mm3"],
        warnings=tuple(values["warnings"]),
        edited=tuple(origin["edited"]),
        marginMm=origin["marginMm"],
        clip=origin["clip"],
        contourDigest=origin["contourDigest"],
        wallPoints=origin["wallPoints"],
    )
    theirs = editedAnatomy(parameterNode, contour)
    with slicer.util.NodeModify(node):
        for kind, name in {"Shell": "shell", **ANATOMY}.items():
            if kind not in theirs:
                putSegment(node, kind, contour, sitk.ReadImage(str(result / f"{name}.nii.gz")))
    keep(parameterNode, "shell", contour, found.toJson())
    return found


def loadScore(parameterNode: NACResponseParameterNode, folder: Path) -> ScoreResult:
    """The score of ``folder/result``: JSON and report in the parameter node, features and contributions as tables."""
    result = folder / RESULT
    values = json.loads((result / "score.json").read_text(encoding="utf-8"))
    text = json.dumps({**values, "made_from": madeFrom(folder)}, ensure_ascii=False)
    score = ScoreResult.fromJson(text)
    assert score is not None, "the text is not empty"
    with slicer.util.NodeModify(parameterNode):
        parameterNode.featuresTable = _features(result / "features.csv", inScene(parameterNode.featuresTable))
        table = resultViews.contributionsTable(score, inScene(parameterNode.contributionsTable))
        chart = inScene(parameterNode.contributionsChart)
        parameterNode.contributionsTable = table
        parameterNode.contributionsChart = resultViews.contributionsChart(table, chart, _("What drove the score"))
        parameterNode.reportHtml = (result / "report.html").read_text(encoding="utf-8")
        parameterNode.scoreJson = text
    return score


def saveReport(parameterNode: NACResponseParameterNode, path: Path) -> None:
    """Writes the report, which may be somebody else's, so that it can be opened safely.

    Raises:
        ValueError: there is none.
    """
    if not parameterNode.reportHtml:
        raise ValueError(_("There is no report yet: score the patient first."))
    path.write_text(guarded(parameterNode.reportHtml), encoding="utf-8")


def saveFolder(parameterNode: NACResponseParameterNode, folder: Path) -> None:
    """Writes what ``nacresponse score`` wrote, whole or not at all: ``score.json``, ``features.csv``, ``report.html``
    and the masks of tumour and shell as they are in the scene now.

    Raises:
        ValueError: there is no score, or the folder holds other files.
    """
    from NACResponseLib.output import whole_folder
    from NACResponseLib.report.export import MARKER, own_files

    if not parameterNode.scoreJson:
        raise ValueError(_("There is no score yet: score the patient first."))
    names = list(studyOf(parameterNode).contours)
    with whole_folder(folder, MARKER, own_files(names)) as partial:
        saveReport(parameterNode, partial / "report.html")
        saveFeatures(parameterNode, partial / "features.csv")
        for contour in names:
            node, segmentId = contourSegment(parameterNode, contour)
            image = imageOf(parameterNode, drawnOn(parameterNode, contour) or "")
            if node is None or not segmentId or image is None:
                continue
            found = {"tumor": segmentId, "shell": findSegment(node, role("Shell", contour))}
            for name, one in found.items():
                if one and not isEmpty(node, one):
                    mask = segmentImage(node, one, volumeGrid(image))
                    sitk.WriteImage(mask, str(partial / f"{name}_{contour}.nii.gz"), True)
        values = {key: value for key, value in json.loads(parameterNode.scoreJson).items() if key != "made_from"}
        text = json.dumps(values, ensure_ascii=False, indent=2) + "\n"
        (partial / MARKER).write_text(text, encoding="utf-8")


def saveFeatures(parameterNode: NACResponseParameterNode, path: Path) -> None:
    """Writes the features as ``features.csv`` was: a header and one row.

    Raises:
        ValueError: there are none, or the table was deleted.
    """
    from NACResponseLib.csv_cells import written

    node, score = inScene(parameterNode.featuresTable), ScoreResult.fromJson(parameterNode.scoreJson)
    if node is None or score is None:
        raise ValueError(_("There are no features yet: score the patient first."))
    table = node.GetTable()
    rows = range(table.GetNumberOfRows())
    names, values = ([table.GetValue(row, column).ToString() for row in rows] for column in (0, 1))
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([["patient_id", *map(written, names)], [written(score.patientId), *values]])


def _features(path: Path, table: slicer.vtkMRMLTableNode | None) -> slicer.vtkMRMLTableNode:
    """A table of the features, one a row; values are kept as they were written, empty where missing."""
    with path.open(newline="", encoding="utf-8") as stream:
        names, values = (row[1:] for row in csv.reader(stream))
    node = table or slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", _("Features"))
    with slicer.util.NodeModify(node):
        node.RemoveAllColumns()
        for title, column in (("feature", names), ("value", values)):
            array = vtk.vtkStringArray()
            array.SetName(title)
            for text in column:
                array.InsertNextValue(text)
            node.AddColumn(array)
    return node
