"""Where a shell touches skin or chest wall, slice by slice: the places to look at before it is accepted."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
import slicer
from scipy import ndimage

from .contours import contourSegment, drawnOn, imageOf
from .parameterNode import NACResponseParameterNode
from .sceneBridge import Grid, segmentImage, volumeGrid
from .segments import digest, findSegment, role

KINDS = ("Skin", "ChestWall")


@dataclass(frozen=True)
class Touch:
    """A slice in which the shell touches something: ``point`` in its middle, RAS, mm; ``kinds`` of segments."""

    point: tuple[float, float, float]
    kinds: tuple[str, ...]


_last: dict[tuple[object, ...], list[Touch]] = {}


def touches(parameterNode: NACResponseParameterNode, contour: str, axis: int) -> list[Touch]:
    """The slices of the contour's image across one of its axes that hold such a place, in their order.

    Args:
        axis: of the image: 0, 1 or 2 for i, j or k.
    """
    node, _tumour = contourSegment(parameterNode, contour)
    name = drawnOn(parameterNode, contour)
    found = {kind: findSegment(node, role(kind, contour)) for kind in ("Shell", *KINDS)} if node is not None else {}
    if name is None or not found.get("Shell"):
        return []
    state = (contour, axis, *(digest(node, one) if one else "" for one in found.values()))
    if state not in _last:
        grid = volumeGrid(imageOf(parameterNode, name))
        masks = {kind: mask for kind, one in found.items() if (mask := _mask(node, one, grid)) is not None}
        _last.clear()
        _last[state] = _touches(masks, 2 - axis) if "Shell" in masks else []
    return _last[state]


def _mask(node: slicer.vtkMRMLSegmentationNode, segmentId: str, grid: Grid) -> sitk.Image | None:
    try:
        return segmentImage(node, segmentId, grid) if segmentId else None
    except ValueError:  # empty
        return None


def _touches(masks: dict[str, sitk.Image], axis: int) -> list[Touch]:
    """``axis``: of the arrays (z, y, x)."""
    grown = ndimage.binary_dilation(sitk.GetArrayViewFromImage(masks["Shell"]) != 0)
    meeting = {kind: grown & (sitk.GetArrayViewFromImage(masks[kind]) != 0) for kind in KINDS if kind in masks}
    found = []
    for number in range(grown.shape[axis]):
        here = {kind: np.take(places, number, axis) for kind, places in meeting.items()}
        kinds = tuple(kind for kind, places in here.items() if places.any())
        if kinds:
            middle = np.argwhere(np.any([here[kind] for kind in kinds], axis=0)).mean(axis=0)
            index = np.insert(middle, axis, number)[::-1]
            left, posterior, superior = masks["Shell"].TransformContinuousIndexToPhysicalPoint(index.tolist())
            found.append(Touch((-left, -posterior, superior), kinds))
    return found
