"""A patient of the scene as files for ``nacresponse shell`` and ``nacresponse score``, and the words of the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from . import examination
from .acceptance import acceptance, holds
from .contours import CLINICAL_FIELDS, contourSegment, drawnOn, imageOf
from .parameterNode import NACResponseParameterNode
from .sceneBridge import Grid, imageGrid, segmentImage, segmentLabelmap, volumeGrid, volumeImage, writeImage
from .segments import ANATOMY, digest, edited, findSegment, role
from .slots import kept
from .study import contourNamed
from .wallPoints import pointsState, writeWallPoints

INPUTS, RESULT, MADE_FROM = "inputs", "result", "made_from.json"


def shellCommand(parameterNode: NACResponseParameterNode, contour: str, folder: Path) -> list[str]:
    """Writes what the shell is made from below ``folder/inputs``; the words that make it in ``folder/result``."""
    image = drawnOn(parameterNode, contour)
    assert image is not None, "the caller asked what is missing"
    files = _imageFiles(parameterNode, [image], folder)
    grid = files[image][1]
    masks = _editedMasks(parameterNode, contour, grid, folder) if parameterNode.clip else {}
    words = ["shell", "--image", str(files[image][0]), "--modality", contourNamed(parameterNode, contour).modality]
    words += ["--tumor", str(_contourFile(parameterNode, contour, grid, folder)), "--output", str(folder / RESULT)]
    words += ["--margin-mm", f"{parameterNode.marginMm:g}"]
    for kind, path in masks.items():
        words += [_option(kind), str(path)]
    if not parameterNode.clip:
        words.append("--no-clip")
    elif points := _pointsFile(parameterNode, contour, folder, masks):
        words += ["--wall-points", str(points)]
    node, segmentId = contourSegment(parameterNode, contour)
    _note(
        folder,
        {
            "contourDigest": digest(node, segmentId),
            "edited": list(masks),
            "marginMm": parameterNode.marginMm,
            "clip": parameterNode.clip,
            "wallPoints": pointsState(parameterNode, contour),
        },
    )
    return words


def scoreCommand(parameterNode: NACResponseParameterNode, model: dict[str, Any], folder: Path) -> list[str]:
    """Writes what the model needs below ``folder/inputs``; the words that score it into ``folder/result``.

    Args:
        model: the entry of ``nacresponse models list --json``.
    """
    files = _imageFiles(parameterNode, usedImages(parameterNode, model), folder)
    words = ["score", "--output", str(folder / RESULT), "--patient-id", parameterNode.patientId.strip() or "patient"]
    for name, (path, _grid) in files.items():
        words += ["--image", f"{name}={path}"]
    for contour in model["contours"]:
        image = drawnOn(parameterNode, contour)
        assert image is not None, "the caller asked what is missing"
        grid = files[image][1]
        words += ["--tumor", f"{contour}={_contourFile(parameterNode, contour, grid, folder)}"]
        masks = _editedMasks(parameterNode, contour, grid, folder)
        for kind, path in masks.items():
            words += [_option(kind), f"{contour}={path}"]
        if points := _pointsFile(parameterNode, contour, folder, masks):
            words += ["--wall-points", f"{contour}={points}"]
        accepted = acceptance(parameterNode, contour)
        if accepted is not None and holds(parameterNode, contour):
            words += ["--accepted", f"{contour}={accepted.inWords()}"]
        scanner = kept(parameterNode, "scanner", contour).strip()
        if scanner:
            words += ["--scanner", f"{contour}={scanner}"]
    for variable, text in clinicalEntries(parameterNode, model).items():
        words += ["--set", f"{variable}={text}"]
    if parameterNode.model:
        words += ["--model", parameterNode.model]
    _note(folder, scoreOrigin(parameterNode, model))
    return words


def usedImages(parameterNode: NACResponseParameterNode, model: dict[str, Any]) -> list[str]:
    """The images a score is made from: those the model needs, and the one each of its contours is drawn on."""
    drawn = [drawnOn(parameterNode, contour) for contour in model["contours"]]
    return list(dict.fromkeys([*model["images"], *filter(None, drawn)]))


def clinicalEntries(parameterNode: NACResponseParameterNode, model: dict[str, Any]) -> dict[str, str]:
    """What was typed, by the library's name of the variable; what is empty is left out, and of further variables
    those that the model does not ask for."""
    typed = {variable: getattr(parameterNode, field).strip() for variable, field in CLINICAL_FIELDS.items()}
    asked = [item["name"] for item in furtherVariables(model)]
    typed |= {name: text.strip() for name, text in furtherEntries(parameterNode).items() if name in asked}
    return {variable: text for variable, text in typed.items() if text}


def furtherVariables(model: dict[str, Any]) -> list[dict[str, Any]]:
    """The clinical inputs of a model that the form has no field of its own for."""
    return [item for item in model["clinical"] if item["name"] not in (*CLINICAL_FIELDS, "HR")]


def furtherEntries(parameterNode: NACResponseParameterNode) -> dict[str, str]:
    """What was typed of further variables, those of other models too."""
    try:
        found = json.loads(parameterNode.moreClinical or "{}")
    except ValueError:
        return {}
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}


def scoreOrigin(parameterNode: NACResponseParameterNode, model: dict[str, Any]) -> dict[str, str]:
    """What tells whether a score still belongs to what is shown: a digest by contour and anatomy, and the entries, also
    those that only the report names."""
    origin = {"model": parameterNode.model, **clinicalEntries(parameterNode, model)}
    origin["examination"] = " ".join([parameterNode.patientId.strip(), *examination.words(parameterNode)])
    for contour in model["contours"]:
        node, segmentId = contourSegment(parameterNode, contour)
        accepted = acceptance(parameterNode, contour)
        if accepted is not None and holds(parameterNode, contour):
            origin[role("Accepted", contour)] = accepted.inWords()
        if scanner := kept(parameterNode, "scanner", contour).strip():
            origin[role("Scanner", contour)] = scanner
        if not segmentId:
            continue
        origin[role("Tumor", contour)] = digest(node, segmentId)
        for kind, segmentId in editedAnatomy(parameterNode, contour).items():
            origin[role(kind, contour)] = digest(node, segmentId)
        origin[role("WallPoints", contour)] = pointsState(parameterNode, contour)
    for name in usedImages(parameterNode, model):
        origin[name] = _imageState(imageOf(parameterNode, name))
    return origin


def editedAnatomy(parameterNode: NACResponseParameterNode, contour: str) -> dict[str, str]:
    """The id by kind (``Skin``, ``ChestWall``, ``Breast``) of the anatomy that the user edited or drew.

    An emptied segment does not count: the anatomy is then found automatically again.
    """
    node, _segment = contourSegment(parameterNode, contour)
    if node is None:
        return {}
    found = {kind: findSegment(node, role(kind, contour)) for kind in ANATOMY}
    return {
        kind: segmentId
        for kind, segmentId in found.items()
        if segmentId and edited(node, segmentId) and not isEmpty(node, segmentId)
    }


def madeFrom(folder: Path) -> dict[str, Any]:
    """What was noted when the command was prepared."""
    return json.loads((folder / INPUTS / MADE_FROM).read_text(encoding="utf-8"))


def _imageState(volume: slicer.vtkMRMLScalarVolumeNode | None) -> str:
    """What tells one image from another whatever it is called: where it lies, and its range of values."""
    if volume is None or volume.GetImageData() is None:
        return ""
    grid = volumeGrid(volume)
    place = np.floor(grid.matrix[:3] * 100 + 0.377).astype(int).tolist()
    return repr((tuple(map(int, grid.size)), place, volume.GetImageData().GetScalarRange()))


def _note(folder: Path, origin: dict[str, Any]) -> None:
    (folder / INPUTS / MADE_FROM).write_text(json.dumps(origin), encoding="utf-8")


def _imageFiles(
    parameterNode: NACResponseParameterNode, names: list[str], folder: Path
) -> dict[str, tuple[Path, Grid]]:
    files = {}
    for name in names:
        image = volumeImage(imageOf(parameterNode, name))
        files[name] = writeImage(image, folder / INPUTS / f"{name}.nrrd"), imageGrid(image)
    return files


def _contourFile(parameterNode: NACResponseParameterNode, contour: str, grid: Grid, folder: Path) -> Path:
    node, segmentId = contourSegment(parameterNode, contour)
    return writeImage(segmentImage(node, segmentId, grid), folder / INPUTS / f"{role('Tumor', contour)}.nrrd")


def _pointsFile(
    parameterNode: NACResponseParameterNode, contour: str, folder: Path, masks: dict[str, Path]
) -> Path | None:
    """The points on the chest wall as a file; None without any, or where the user drew the whole chest wall."""
    if "ChestWall" in masks:
        return None
    return writeWallPoints(parameterNode, contour, folder / INPUTS / f"{role('WallPoints', contour)}.json")


def _editedMasks(parameterNode: NACResponseParameterNode, contour: str, grid: Grid, folder: Path) -> dict[str, Path]:
    node, _segment = contourSegment(parameterNode, contour)
    return {
        kind: writeImage(segmentImage(node, segmentId, grid), folder / INPUTS / f"{role(kind, contour)}.nrrd")
        for kind, segmentId in editedAnatomy(parameterNode, contour).items()
    }


def _option(kind: str) -> str:
    """``ChestWall`` -> ``--chest-wall``."""
    return f"--{ANATOMY[kind].replace('_', '-')}"


def isEmpty(node: slicer.vtkMRMLSegmentationNode, segmentId: str) -> bool:
    """Whether a segment has no voxel."""
    try:
        segmentLabelmap(node, segmentId)
    except ValueError:
        return True
    return False
