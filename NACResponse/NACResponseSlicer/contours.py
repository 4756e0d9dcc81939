"""A patient's contours: which image each is drawn on, and the segment that holds it."""

import slicer

from .parameterNode import NACResponseParameterNode
from .segments import findSegment, role
from .slots import inScene, kept
from .study import contourNamed, studyOf

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

EXAMINATION_PARAMETERS = (
    *("imageMriCet1", "imageMriT2", "imageCt", "imagePre", "imageLate", "segmentation", "segmentationCt"),
    *("segmentMri", "segmentCt", "suggestionBox", "studyDate", "laterality", "reader", "tumorSizeMm"),
    *("scannerMri", "scannerCt", "shellMriJson", "shellCtJson", "scoreJson", "reportHtml"),
    *("featuresTable", "contributionsTable", "contributionsChart", "wallPointsMri", "wallPointsCt"),
)
PATIENT_PARAMETERS = (*EXAMINATION_PARAMETERS, "patientId", *CLINICAL_FIELDS.values(), "moreClinical")


def imageOf(parameterNode: NACResponseParameterNode, imageName: str) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The volume chosen as an image (``MRI_CET1``, ``US``)."""
    return kept(parameterNode, "image", imageName)


def drawnOn(parameterNode: NACResponseParameterNode, contour: str) -> str | None:
    """The name of the image that a contour is drawn on: the first one of its images that is chosen, one before contrast
    only where no other is."""
    known = studyOf(parameterNode).images
    images = contourNamed(parameterNode, contour).images
    chosen = [name for name in images if imageOf(parameterNode, name) is not None]
    return min(chosen, key=lambda name: name in known and known[name].beforeContrast, default=None)


def enhancedImage(parameterNode: NACResponseParameterNode, contour: str) -> str | None:
    """The name of the contrast-enhanced image of a contour on MRI: the CE-T1, else the one it is drawn on."""
    images = contourNamed(parameterNode, contour).images
    usual = next((name for name in images if name == "MRI_CET1"), None)
    return usual if usual is not None else drawnOn(parameterNode, contour)


def beforeContrast(parameterNode: NACResponseParameterNode, contour: str) -> slicer.vtkMRMLScalarVolumeNode | None:
    """The image of a contour before contrast: the study's own, else the one that was chosen to contour with."""
    known = studyOf(parameterNode).images
    own = [name for name in contourNamed(parameterNode, contour).images if name in known and known[name].beforeContrast]
    found = next((imageOf(parameterNode, name) for name in own), None)
    return found if found is not None else kept(parameterNode, "image", "pre_contrast")


def segmentationOf(parameterNode: NACResponseParameterNode, contour: str) -> slicer.vtkMRMLSegmentationNode | None:
    """The segmentation that holds a contour.

    The contour on CT has one of its own, because a segmentation has one grid; a segmentation that holds both is used
    where that one is not chosen.
    """
    own = kept(parameterNode, "segmentation", contour)
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
    node, segmentId = segmentationOf(parameterNode, contour), kept(parameterNode, "segment", contour)
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
