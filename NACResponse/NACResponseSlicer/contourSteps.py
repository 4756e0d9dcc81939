"""Choosing images and contouring: the part of the patient's logic that comes before any command is run."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import SimpleITK as sitk
import slicer
from slicer.i18n import tr as _

from . import contours, contourSize, patientChecks, segments
from .enhancingParts import Part, keepPart, partsOf
from .parameterNode import NACResponseParameterNode
from .sceneBridge import setSegment
from .seriesGuess import guessImages, guessStudyImages
from .slots import FIELDS, inScene, keep
from .study import Study, contourNamed
from .subtraction import subtract
from .suggestion import suggestedMask


class ContourSteps:
    """Images, contours and suggestions of one patient.

    Attributes:
        suggestionWarnings, suggestedParts: of the last suggestion.
    """

    suggestionWarnings: tuple[str, ...] = ()
    suggestedParts: list[Part]

    if TYPE_CHECKING:

        def getParameterNode(self) -> NACResponseParameterNode: ...
        def study(self, parameterNode: NACResponseParameterNode) -> Study: ...

    def setImage(
        self, parameterNode: NACResponseParameterNode, name: str, volume: slicer.vtkMRMLScalarVolumeNode | None
    ) -> None:
        """Chooses the volume of an image of the study (``US``, ``MRI_POST2``)."""
        keep(parameterNode, "image", name, volume)

    def guessImages(self, nodes: Iterable[slicer.vtkMRMLScalarVolumeNode] | None = None) -> dict[str, str]:
        """Node id by parameter (``imageMriCet1``, ...), for what names and DICOM tags make clear.

        Args:
            nodes: the volumes to choose from; all of the scene if None.
        """
        every = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if nodes is None else nodes
        return guessImages(every)

    def fillImages(
        self, parameterNode: NACResponseParameterNode, nodes: Iterable[slicer.vtkMRMLScalarVolumeNode]
    ) -> dict[str, slicer.vtkMRMLScalarVolumeNode]:
        """Chooses the images that names and DICOM tags make clear, those of the model's study and the usual ones; the
        others stay as they are. The volumes chosen, by image."""
        volumes = list(nodes)
        names = {field: name for name, field in FIELDS["image"].items()}
        found = {names[field]: node for field, node in self.guessImages(volumes).items()}
        study = self.study(parameterNode)
        if any(name not in found and name not in names.values() for name in study.images):
            own = guessStudyImages(volumes, study)
            found = {name: node for name, node in found.items() if node not in own.values()} | own
        chosen = {name: slicer.mrmlScene.GetNodeByID(node) for name, node in found.items()}
        with slicer.util.NodeModify(parameterNode):
            for name, node in chosen.items():
                self.setImage(parameterNode, name, node)
        return chosen

    def createContour(
        self,
        contour: str,
        referenceVolume: slicer.vtkMRMLScalarVolumeNode,
        parameterNode: NACResponseParameterNode | None = None,
    ) -> tuple[slicer.vtkMRMLSegmentationNode, str]:
        """The segmentation and the segment to draw a contour in; they are made unless they are there.

        A segment that has the contour's role already, as in a segmentation that was loaded, is taken.

        Args:
            contour: its name in the model's protocol, as ``MRI`` or ``CT``.
            referenceVolume: on whose grid it is drawn, and under whose transform.
        """
        chosen = parameterNode or self.getParameterNode()
        contourNamed(chosen, contour)
        node, segmentId = contours.contourSegment(chosen, contour)
        with slicer.util.NodeModify(chosen):
            if node is None:
                node = contours.addSegmentation(contour, referenceVolume)
                keep(chosen, "segmentation", contour, node)
            segmentId = segmentId or segments.addSegment(node, "Tumor", contour)
            keep(chosen, "segment", contour, segmentId)
        return node, segmentId

    def suggestContour(
        self,
        parameterNode: NACResponseParameterNode,
        contour: str,
        box: slicer.vtkMRMLMarkupsROINode | None = None,
        percent: float = 70.0,
    ) -> str:
        """Fills the contour's segment with what enhances in the box, for the user to edit; the segment's id.

        ``suggestionWarnings`` then holds what the user should look at, ``suggestedParts`` all parts that enhance so
        much, of which the largest is taken.

        Raises:
            ValueError: an image or the box is missing, or nothing enhances so much.
        """
        if contourNamed(parameterNode, contour).modality != "MR":
            raise ValueError(_("A contour can be suggested on the MRI only."))
        chosen = box or inScene(parameterNode.suggestionBox)
        missing = patientChecks.missingForSuggestion(parameterNode, chosen, contour)
        if missing:
            raise ValueError(" ".join(missing))
        mask, self.suggestionWarnings = suggestedMask(parameterNode, contour, chosen, percent)
        every, _warnings = suggestedMask(parameterNode, contour, chosen, percent, allParts=True)
        self.suggestedParts = partsOf(every, mask)
        enhanced = contours.enhancedImage(parameterNode, contour)
        assert enhanced is not None, "nothing is missing"
        node, segmentId = self.createContour(contour, contours.imageOf(parameterNode, enhanced), parameterNode)
        setSegment(node, segmentId, mask)
        return segmentId

    def keepPart(self, parameterNode: NACResponseParameterNode, contour: str, part: Part, wanted: bool) -> None:
        """Adds one of ``suggestedParts`` to the contour, or takes it away; what else was drawn stays."""
        keepPart(parameterNode, contour, part, wanted)

    def subtract(self, parameterNode: NACResponseParameterNode, contour: str) -> slicer.vtkMRMLScalarVolumeNode:
        """A volume of the image after contrast less the one before it.

        Raises:
            ValueError: a phase is missing.
        """
        return subtract(parameterNode, contour)

    def setContour(self, parameterNode: NACResponseParameterNode, contour: str, mask: sitk.Image) -> str:
        """Fills the contour's segment with a mask (LPS, world, any grid); the segment's id. For scripts.

        Raises:
            ValueError: no image is chosen that the contour could lie on.
        """
        image = contours.drawnOn(parameterNode, contour)
        if image is None:
            raise ValueError(" ".join(patientChecks.missingImage(parameterNode, contour)))
        node, segmentId = self.createContour(contour, contours.imageOf(parameterNode, image), parameterNode)
        setSegment(node, segmentId, mask)
        return segmentId

    def tumorSize(self, parameterNode: NACResponseParameterNode, contour: str) -> tuple[float, float]:
        """Longest diameter in mm and volume in mm³ of a contour, on its image's grid, as the score measures them.

        Raises:
            ValueError: no image or contour, or one of less than eight voxels.
        """
        return contourSize.tumorSize(parameterNode, contour)

    def segmentationOf(
        self, parameterNode: NACResponseParameterNode, contour: str
    ) -> slicer.vtkMRMLSegmentationNode | None:
        """The segmentation that holds a contour."""
        return contours.segmentationOf(parameterNode, contour)

    def contourSegment(
        self, parameterNode: NACResponseParameterNode, contour: str
    ) -> tuple[slicer.vtkMRMLSegmentationNode | None, str]:
        """The segmentation and the segment id of a contour; None and an empty text where they are not there."""
        return contours.contourSegment(parameterNode, contour)

    def anatomySegments(self, parameterNode: NACResponseParameterNode, contour: str) -> dict[str, str]:
        """Segment id by kind (``Shell``, ``Skin``, ``ChestWall``, ``Breast``), of those that are there."""
        node = contours.segmentationOf(parameterNode, contour)
        kinds = [] if node is None else ["Shell", *segments.ANATOMY]
        found = {kind: segments.findSegment(node, segments.role(kind, contour)) for kind in kinds}
        return {kind: segmentId for kind, segmentId in found.items() if segmentId}
