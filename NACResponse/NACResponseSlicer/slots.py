"""Where the parameter node keeps what belongs to an image or a contour, whatever the study calls them.

The usual images and contours have parameters of their own (``imageMriCet1``, ``segmentCt``); those of other studies
are kept beside them: nodes as node references, texts as parameters, both called ``NACResponse.image.US``. A saved scene
holds them all.
"""

from typing import Any

import slicer

from .parameterNode import NACResponseParameterNode

FIELDS: dict[str, dict[str, str]] = {
    "image": {
        "MRI_CET1": "imageMriCet1",
        "MRI_T2": "imageMriT2",
        "CT": "imageCt",
        "pre_contrast": "imagePre",
        "later_phase": "imageLate",
    },
    "segmentation": {"MRI": "segmentation", "CT": "segmentationCt"},
    "segment": {"MRI": "segmentMri", "CT": "segmentCt"},
    "wallPoints": {"MRI": "wallPointsMri", "CT": "wallPointsCt"},
    "shell": {"MRI": "shellMriJson", "CT": "shellCtJson"},
    "scanner": {"MRI": "scannerMri", "CT": "scannerCt"},
    "skinPoints": {},
    "accepted": {},
    "suggested": {},
}
NODES = ("image", "segmentation", "wallPoints", "skinPoints")
_PREFIX = "NACResponse."


def inScene(node: slicer.vtkMRMLNode | None) -> slicer.vtkMRMLNode | None:
    """The node while it is in the scene; None for one that was deleted."""
    return node if node is not None and slicer.mrmlScene.IsNodePresent(node) else None


def kept(parameterNode: NACResponseParameterNode, what: str, name: str) -> Any:
    """What is kept of an image or contour: a node (None without one) or a text (empty without one).

    Args:
        what: a key of ``FIELDS``.
    """
    field, key = FIELDS[what].get(name), _key(what, name)
    if what in NODES:
        return inScene(getattr(parameterNode, field) if field else _node(parameterNode).GetNodeReference(key))
    return getattr(parameterNode, field) if field else _node(parameterNode).GetParameter(key)


def keep(parameterNode: NACResponseParameterNode, what: str, name: str, value: Any) -> None:
    """Keeps a node or a text of an image or contour; None or an empty text removes it."""
    field, key = FIELDS[what].get(name), _key(what, name)
    if field:
        setattr(parameterNode, field, value)
    elif what in NODES:
        _node(parameterNode).SetNodeReferenceID(key, value.GetID() if value is not None else None)
    else:
        _node(parameterNode).SetParameter(key, value)


def forgetOthers(parameterNode: NACResponseParameterNode) -> None:
    """Removes all that has no parameter of its own."""
    node = _node(parameterNode)
    roles = [node.GetNthNodeReferenceRole(number) for number in range(node.GetNumberOfNodeReferenceRoles())]
    for role in roles:
        if role.startswith(_PREFIX):
            node.SetNodeReferenceID(role, None)
    for name in node.GetParameterNames():
        if name.startswith(_PREFIX):
            node.UnsetParameter(name)


def _node(parameterNode: NACResponseParameterNode) -> slicer.vtkMRMLScriptedModuleNode:
    return parameterNode.parameterNode  # type: ignore[attr-defined] # the wrapper's


def _key(what: str, name: str) -> str:
    return f"{_PREFIX}{what}.{name}"
