"""Points that the user places, a list for each contour: on the front of the chest wall, and where the skin ends.

The library takes points on the chest wall; the skin is corrected by the others in ``skinPoints``.
"""

import json
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from .parameterNode import NACResponseParameterNode
from .slots import keep, kept

POINT_EVENTS = (
    slicer.vtkMRMLMarkupsNode.PointPositionDefinedEvent,
    slicer.vtkMRMLMarkupsNode.PointEndInteractionEvent,
    slicer.vtkMRMLMarkupsNode.PointRemovedEvent,
)
Point = tuple[float, float, float]


WALL, SKIN = "wallPoints", "skinPoints"


def pointList(
    parameterNode: NACResponseParameterNode, contour: str, kind: str = WALL
) -> slicer.vtkMRMLMarkupsFiducialNode | None:
    """The list of a contour's points; None where there is none (any more)."""
    return kept(parameterNode, kind, contour)


def wallPoints(parameterNode: NACResponseParameterNode, contour: str, kind: str = WALL) -> list[Point]:
    """The placed points in world coordinates, LPS, mm."""
    node = pointList(parameterNode, contour, kind)
    points: list[Point] = []
    if node is None:
        return points
    for number in range(node.GetNumberOfControlPoints()):
        if node.GetNthControlPointPositionStatus(number) == node.PositionDefined:
            right, anterior, superior = node.GetNthControlPointPositionWorld(number)
            points.append((-right, -anterior, superior))
    return points


def writeWallPoints(parameterNode: NACResponseParameterNode, contour: str, path: Path) -> Path | None:
    """Writes the points as ``--wall-points`` takes them; None where none are placed."""
    points = wallPoints(parameterNode, contour)
    if not points:
        return None
    path.write_text(json.dumps(points), encoding="utf-8")
    return path


def pointsState(parameterNode: NACResponseParameterNode, contour: str) -> str:
    """What tells whether points were placed, moved or removed since; empty without points."""
    points = [[round(value, 2) for value in point] for point in wallPoints(parameterNode, contour)]
    return json.dumps(points) if points else ""


def placePoints(parameterNode: NACResponseParameterNode, contour: str, kind: str = WALL) -> None:
    """Every click in a view adds a point to the contour's list, until the right button ends it."""
    node = pointList(parameterNode, contour, kind)
    if node is None:
        title = _("Chest wall points ({contour})") if kind == WALL else _("Skin points ({contour})")
        title = title.format(contour=contour)
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", title)
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetPointLabelsVisibility(False)
        keep(parameterNode, kind, contour, node)
    markups = slicer.modules.markups.logic()
    markups.SetActiveList(node)
    markups.StartPlaceMode(True)


def removePoints(parameterNode: NACResponseParameterNode, contour: str, kind: str = WALL) -> None:
    """Removes the points of a contour; the list stays."""
    node = pointList(parameterNode, contour, kind)
    if node is not None:
        node.RemoveAllControlPoints()
