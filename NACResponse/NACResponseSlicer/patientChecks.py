"""What a step still lacks, and what the user should know before it runs, a sentence each."""

from typing import Any

import slicer
from slicer.i18n import tr as _

from .contours import CLINICAL_FIELDS, beforeContrast, contourSegment, drawnOn, enhancedImage, imageOf
from .libraryPath import ensureLibrary
from .parameterNode import NACResponseParameterNode
from .patientInputs import clinicalEntries, editedAnatomy, scoreOrigin
from .patientResults import ScoreResult, ShellResult
from .segments import digest, edited, findSegment, role, withRole
from .slots import kept
from .study import contourNamed, studyOf
from .wallPoints import pointsState


def imageWord(name: str) -> str:
    """An image in the words of the panel; the protocol's name where there is none."""
    words = {
        "MRI_CET1": _("CE-T1"),
        "MRI_T2": _("T2"),
        "CT": _("CT"),
        "pre_contrast": _("T1 before contrast"),
        "later_phase": _("T1 later phase"),
    }
    return words.get(name, name)


def missingImage(parameterNode: NACResponseParameterNode, contour: str) -> list[str]:
    """Whether there is an image to draw a contour on."""
    if drawnOn(parameterNode, contour) is not None:
        return []
    names = _(" or ").join(imageWord(name) for name in contourNamed(parameterNode, contour).images)
    return [_("Choose the image that the tumour is contoured on ({names}).").format(names=names)]


def missingContour(parameterNode: NACResponseParameterNode, contour: str) -> list[str]:
    """Whether a contour is there, with voxels."""
    node, segmentId = contourSegment(parameterNode, contour)
    wanted = role("Tumor", contour)
    if not segmentId and node is not None and withRole(node, wanted):
        return [_("Several segments are marked as {role}: remove all but one.").format(role=wanted)]
    if not segmentId:
        return [_("Contour the tumour on {contour} first.").format(contour=contour)]
    if digest(node, segmentId) == "empty":
        return [_("The contour on {contour} is empty: draw the tumour.").format(contour=contour)]
    return []


def missingForSuggestion(
    parameterNode: NACResponseParameterNode, box: slicer.vtkMRMLMarkupsROINode | None, contour: str = "MRI"
) -> list[str]:
    """What a suggested contour needs."""
    missing = missingForSubtraction(parameterNode, contour)
    if box is None:
        missing.append(_("Place a box about the tumour."))
    return missing


def missingForSubtraction(parameterNode: NACResponseParameterNode, contour: str = "MRI") -> list[str]:
    """What the difference of two phases needs."""
    missing, enhanced = [], enhancedImage(parameterNode, contour)
    if enhanced is None or imageOf(parameterNode, enhanced) is None:
        missing.append(
            _("Choose the CE-T1 image.") if enhanced == "MRI_CET1" else _("Choose the image after contrast.")
        )
    if beforeContrast(parameterNode, contour) is None:
        missing.append(_("Choose the T1 image before contrast."))
    return missing


def missingForShell(parameterNode: NACResponseParameterNode, contour: str) -> list[str]:
    """What a shell needs."""
    return [*missingImage(parameterNode, contour), *missingContour(parameterNode, contour)]


def missingForScore(parameterNode: NACResponseParameterNode, model: dict[str, Any]) -> list[str]:
    """What the model needs and is not there; the clinical entries that cannot be understood."""
    missing = []
    for contour in model["contours"]:
        missing += missingForShell(parameterNode, contour)
    for name in model["images"]:
        if imageOf(parameterNode, name) is None:
            missing.append(_("The model needs the image {name}: choose it.").format(name=imageWord(name)))
    if model.get("imported"):
        message = _(
            "The model was trained on features of another program ({name}), which cannot be computed from images here: "
            "score with 'nacresponse score --features FILE'."
        )
        return [message.format(name=model["imported"])]
    typed = clinicalEntries(parameterNode, model)
    for item in model["clinical"]:
        given = any(name in typed for name in (("ER", "PR") if item["name"] == "HR" else (item["name"],)))
        if item["needed"] and not given:
            missing.append(_("The model needs a clinical value: {label}.").format(label=item["label"]))
    return [*missing, *clinicalProblems(parameterNode, model).values()]


def clinicalProblems(parameterNode: NACResponseParameterNode, model: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a clinical entry, by the parameter that holds it, or the name of a variable without one;
    empty where all can be understood."""
    ensureLibrary()
    from NACResponseLib.clinical import parse_clinical
    from NACResponseLib.errors import InputError
    from NACResponseLib.variables import known_variables, variables_from

    known = known_variables(variables_from(model.get("variables"), "models list"))

    def problem(variable: str, text: str) -> str:
        try:
            parse_clinical({variable: text}, known)
        except InputError as error:
            message = _("Expected {expected}, found {found}: {remedy}.")
            return message.format(expected=error.expected, found=error.found, remedy=error.remedy)
        return ""

    entries = clinicalEntries(parameterNode, model)
    problems = {CLINICAL_FIELDS.get(variable, variable): problem(variable, text) for variable, text in entries.items()}
    return {field: problem for field, problem in problems.items() if problem}


def shellNotes(parameterNode: NACResponseParameterNode, contour: str) -> list[str]:
    """What the user should know of the shell that is shown."""
    node, segmentId = contourSegment(parameterNode, contour)
    result = ShellResult.fromJson(kept(parameterNode, "shell", contour))
    if result is None or not segmentId:
        return []
    notes = []
    if digest(node, segmentId) != result.contourDigest:
        notes.append(_("The contour was changed since: make the shell again."))
    elif (result.marginMm, result.clip) != (parameterNode.marginMm, parameterNode.clip):
        notes.append(_("The settings were changed since: make the shell again."))
    elif result.clip and pointsState(parameterNode, contour) != result.wallPoints:
        notes.append(_("Points on the chest wall were changed since: make the shell again."))
    changed = [kind for kind in editedAnatomy(parameterNode, contour) if kind not in result.edited]
    if changed:
        names = ", ".join(role(kind, contour) for kind in changed)
        notes.append(_("You edited {names}: make the shell again to use it.").format(names=names))
    shell = findSegment(node, role("Shell", contour))
    if shell and edited(node, shell):
        message = _(
            "{name} was edited by hand, which is not used: edit the contour, skin, chest wall or breast instead."
        )
        notes.append(message.format(name=role("Shell", contour)))
    return notes


def scoreNotes(parameterNode: NACResponseParameterNode, model: dict[str, Any]) -> list[str]:
    """What the user should know before scoring, or of the score that is shown."""
    notes: list[str] = []
    margin = model["margin_mm"]
    shells = [ShellResult.fromJson(kept(parameterNode, "shell", each)) for each in studyOf(parameterNode).contours]
    shown = next((shell.marginMm for shell in shells if shell is not None and shell.marginMm != margin), None)
    if shown is not None:
        message = _("The score uses the model's margin of {model:g} mm, not the {shown:g} mm of the shell shown.")
        notes.append(message.format(model=margin, shown=shown))
    if scoreIsStale(parameterNode, model):
        notes.append(_("Images, contours or entries were changed since the score was made: score again."))
    return notes


def scoreIsStale(parameterNode: NACResponseParameterNode, model: dict[str, Any]) -> bool:
    """Whether there is a score that was made from other images, contours or entries than are there now."""
    result = ScoreResult.fromJson(parameterNode.scoreJson)
    return result is not None and result.madeFrom != scoreOrigin(parameterNode, model)
