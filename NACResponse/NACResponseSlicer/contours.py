"""The two contours of a patient, and where the parameter node keeps what belongs to each."""

from dataclasses import dataclass

import slicer

from .parameterNode import NACResponseParameterNode
from .segments import findSegment, role

IMAGE_FIELDS = {"MRI_CET1": "imageMriCet1", "MRI_T2": "imageMriT2", "CT": "imageCt"}
CLINICAL_FIELDS = {
    "age": "age",
    "ER": "er",
    "PR": "pr",
    "HER2": "her2",
    "grade": "grade",
    "tumor_size_mm": "tumorSizeMm",
    "nodal_status": "nodalStatus",
    "T_stage": "tStage",
}

PATIENT_PARAMETERS = (
    *("imageMriCet1", "imageMriT2", "imageCt", "imagePre", "imageLate", "segmentation", "segmentationCt"),
    *("segmentMri", "segmentCt", "suggestionBox", "patientId", *CLINICAL_FIELDS.values(), "moreClinical"),
    *("scannerMri", "scannerCt", "shellMriJson", "shellCtJson", "scoreJson", "reportHtml"),
    *("featuresTable", "contributionsTable", "contributionsChart", "wallPointsMri", "wallPointsCt"),
)


@dataclass(frozen=True)
class Contour:
    """Names of what belongs to a contour.

    Attributes:
        name: as the library calls it (``MRI``).
        modality: as ``nacresponse shell`` takes it.
        images: that it serves; the first one there is the one that it is drawn on.
        segmentationField, segmentField, shellField, scannerField, wallPointsField: of the parameter node.
    """

    name: str
    modality: str
    images: tuple[str, ...]
    segmentationField: str
    segmentField: str
    shellField: str
    scannerField: str
    wallPointsField: str


CONTOURS = {
    "MRI": Contour(
        "MRI", "MR", ("MRI_CET1", "MRI_T2"),
        "segmentation", "segmentMri", "shellMriJson", "scannerMri", "wallPointsMri",
    ),
    "CT": Contour("CT", "CT", ("CT",), "segmentationCt", "segmentCt", "shellCtJson", "scannerCt", "wallPointsCt"),
}  # fmt: skip


def contourNamed(name: str) -> Contour:
    """The contour ``MRI`` or ``CT``.

    Raises:
        ValueError: another name.
    """
    if name not in CONTOURS:
        raise ValueError(f"there is no contour {name!r}: choose one of {', '.join(CONTOURS)}")
    return CONTOURS[name]


def inScene(node: slicer.vtkMRMLNode | None) -> slicer.vtkMRMLNode | None:
    """The node while it is in the scene; None for one that was deleted."""
    return node if node is not None and slicer.mrmlScene.IsNodePresent(node) else None


def imageOf(parameterNode: NACResponseParameterNode, imageName: str) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The volume chosen as an image (``MRI_CET1``, ``MRI_T2``, ``CT``)."""
    return inScene(getattr(parameterNode, IMAGE_FIELDS[imageName]))


def drawnOn(parameterNode: NACResponseParameterNode, contour: str) -> str | None:
    """The name of the image that a contour is drawn on: the first one of its images that is chosen."""
    images = contourNamed(contour).images
    return next((name for name in images if imageOf(parameterNode, name) is not None), None)


def segmentationOf(parameterNode: NACResponseParameterNode, contour: str) -> slicer.vtkMRMLSegmentationNode | None:
    """The segmentation that holds a contour.

    The contour on CT has one of its own, because a segmentation has one grid; a segmentation that holds both is used
    where that one is not chosen.
    """
    own = inScene(getattr(parameterNode, contourNamed(contour).segmentationField))
    if own is None and contour == "CT" and parameterNode.segmentCt:
        shared = inScene(parameterNode.segmentation)
        if shared is not None and shared.GetSegmentation().GetSegment(parameterNode.segmentCt) is not None:
            return shared
    return own


def contourSegment(
    parameterNode: NACResponseParameterNode, contour: str
) -> tuple[slicer.vtkMRMLSegmentationNode | None, str]:
    """The segmentation and the id of a contour's segment: the one chosen, else the one with the contour's role.

    The id is empty where it is not there (any more).
    """
    node, segmentId = segmentationOf(parameterNode, contour), getattr(parameterNode, CONTOURS[contour].segmentField)
    if node is None:
        return None, ""
    if segmentId and node.GetSegmentation().GetSegment(segmentId) is not None:
        return node, segmentId
    return node, findSegment(node, role("Tumor", contour))


def addSegmentation(contour: str, volume: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLSegmentationNode:
    """A segmentation on a volume's grid, under its transform, and beside it in the subject hierarchy."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"Contours {contour}")
    node.CreateDefaultDisplayNodes()
    node.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    items = (
        (hierarchy.GetItemByDataNode(volume), hierarchy.GetItemByDataNode(node)) if hierarchy is not None else (0, 0)
    )
    if all(items):  # without the module Subject Hierarchy, nodes have none
        hierarchy.SetItemParent(items[1], hierarchy.GetItemParent(items[0]))
    return node
