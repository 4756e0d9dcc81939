"""Segments that other programs made, from which a contour can be taken, and the extensions that make them."""

from dataclasses import dataclass

import SimpleITK as sitk
import slicer

from .contours import contourSegment, drawnOn, imageOf, segmentationOf
from .parameterNode import NACResponseParameterNode
from .sceneBridge import segmentImage
from .study import studyOf

NNINTERACTIVE, TOTALSEGMENTATOR = "SlicerNNInteractive", "TotalSegmentator"
TITLES = {NNINTERACTIVE: "nnInteractive", TOTALSEGMENTATOR: "TotalSegmentator"}


@dataclass(frozen=True)
class OtherSegment:
    """A segment of a segmentation that holds no contour of ours; ``key`` tells it from others."""

    segmentation: slicer.vtkMRMLSegmentationNode
    segmentId: str

    @property
    def key(self) -> str:
        """The node's id and the segment's."""
        return f"{self.segmentation.GetID()} {self.segmentId}"

    @property
    def title(self) -> str:
        """Names of segmentation and segment."""
        segment = self.segmentation.GetSegmentation().GetSegment(self.segmentId)
        return f"{self.segmentation.GetName()}: {segment.GetName()}"


def otherSegments(parameterNode: NACResponseParameterNode) -> list[OtherSegment]:
    """All of them, in the order of the scene."""
    ours = [segmentationOf(parameterNode, name) for name in studyOf(parameterNode).contours]
    nodes = [node for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode") if node not in ours]
    return [OtherSegment(node, one) for node in nodes for one in node.GetSegmentation().GetSegmentIDs()]


def installed(module: str) -> bool:
    """Whether the module of another extension is there."""
    return hasattr(slicer.modules, module.lower())


def openTool(module: str, parameterNode: NACResponseParameterNode, contour: str) -> None:
    """Turns to the module of another extension with the contour's image, and where it can, the contour's segment.

    nnInteractive then writes into that segment; what TotalSegmentator makes can be taken afterwards.
    """
    name = drawnOn(parameterNode, contour)
    image = imageOf(parameterNode, name) if name is not None else None
    segmentation = segmentationOf(parameterNode, contour)
    if module == NNINTERACTIVE and segmentation is not None:
        editor = slicer.util.getModuleWidget(module).ui.editor_widget
        editor.setSegmentationNode(segmentation)
        editor.setSourceVolumeNode(image)
        editor.setCurrentSegmentID(contourSegment(parameterNode, contour)[1])
    elif module == TOTALSEGMENTATOR and image is not None:
        slicer.util.getModuleLogic(module).getParameterNode().SetNodeReferenceID("InputVolume", image.GetID())
    slicer.util.selectModule(module)


def maskOf(segment: OtherSegment) -> sitk.Image:
    """The segment as it lies in the world, LPS.

    Raises:
        ValueError: it is empty.
    """
    return segmentImage(segment.segmentation, segment.segmentId)
