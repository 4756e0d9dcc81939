"""The connected parts that enhance in the box: the suggestion is the largest, and the user keeps or drops each."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from .contours import contourSegment
from .parameterNode import NACResponseParameterNode
from .sceneBridge import imageGrid, segmentImage, setSegment

MOST = 12  # largest ones; the box is too large where there are more


@dataclass(frozen=True)
class Part:
    """A part: its mask (LPS, 0 or 1), volume, and whether the suggestion holds it."""

    mask: sitk.Image
    volumeMm3: float
    kept: bool


def partsOf(every: sitk.Image, suggested: sitk.Image) -> list[Part]:
    """The parts of what enhances, largest first.

    Args:
        every, suggested: masks on one grid, 0 or 1.
    """
    labels = sitk.RelabelComponent(sitk.ConnectedComponent(every, True))
    values, inside = sitk.GetArrayViewFromImage(labels), sitk.GetArrayViewFromImage(suggested) != 0
    counts = np.bincount(values.ravel())[1 : MOST + 1]
    voxel = float(np.prod(every.GetSpacing()))
    return [
        Part(sitk.Cast(labels == number, sitk.sitkUInt8), count * voxel, bool(inside[values == number].any()))
        for number, count in enumerate(counts.tolist(), 1)
    ]


def keepPart(parameterNode: NACResponseParameterNode, contour: str, part: Part, wanted: bool) -> None:
    """Adds a part to the contour, or takes it away; what else was drawn stays."""
    node, segmentId = contourSegment(parameterNode, contour)
    if not segmentId:
        return
    grid = imageGrid(part.mask)
    try:
        drawn = segmentImage(node, segmentId, grid) != 0
    except ValueError:  # empty
        drawn = part.mask * 0
    setSegment(node, segmentId, (drawn | part.mask) if wanted else (drawn & (part.mask == 0)))
