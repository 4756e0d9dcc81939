"""One patient, from the images in the scene to a score: no window needed, the same from the panel and from a script."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import SimpleITK as sitk
import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from . import contours, contourSize, patientChecks, patientInputs, patientOutputs, processRunner, segments
from .libraryPath import ensureLibrary
from .modelList import ModelList
from .parameterNode import NACResponseParameterNode
from .patientResults import ScoreResult, ShellResult
from .sceneBridge import setSegment
from .seriesGuess import guessImages, guessStudyImages
from .slots import FIELDS, forgetOthers, inScene, keep, kept
from .study import Study, contourNamed, studyOf, studyText
from .suggestion import suggestedMask


class NACResponseLogic(ScriptedLoadableModuleLogic):
    """Contours, shell and score of one patient.

    A step that takes long is three calls, so that a panel can run the middle one without freezing: ``prepareShell``
    writes files and gives the words of a command, which ``processRunner`` runs, and ``loadShell`` reads the result.
    ``makeShell`` and ``score`` do all three and wait.
    """

    def __init__(self) -> None:
        super().__init__()
        ensureLibrary()
        self._models = ModelList()
        self.suggestionWarnings: tuple[str, ...] = ()

    def getParameterNode(self) -> NACResponseParameterNode:
        """The choices and results of the scene."""
        return NACResponseParameterNode(super().getParameterNode())  # type: ignore[call-arg] # the wrapper's constructor

    def clearPatient(self, parameterNode: NACResponseParameterNode) -> None:
        """Forgets images, contours, entries and results, for the next patient; no node is removed."""
        with slicer.util.NodeModify(parameterNode):
            for name in contours.PATIENT_PARAMETERS:
                parameterNode.setValue(name, parameterNode.default(name).value)  # type: ignore[attr-defined]
            forgetOthers(parameterNode)

    # Images and contours

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

        ``suggestionWarnings`` then holds what the user should look at.

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
        enhanced = contours.enhancedImage(parameterNode, contour)
        assert enhanced is not None, "nothing is missing"
        node, segmentId = self.createContour(contour, contours.imageOf(parameterNode, enhanced), parameterNode)
        setSegment(node, segmentId, mask)
        return segmentId

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

    # Shell

    def prepareShell(self, parameterNode: NACResponseParameterNode, contour: str, folder: str | Path) -> list[str]:
        """Writes the files that the shell is made from below ``folder``; the words of the command.

        Raises:
            ValueError: something is missing.
        """
        self._require("shell", parameterNode, contour)
        return patientInputs.shellCommand(parameterNode, contour, Path(folder))

    def loadShell(self, parameterNode: NACResponseParameterNode, contour: str, folder: str | Path) -> ShellResult:
        """Puts shell and anatomy into the scene; what the user edited is left as it is."""
        return patientOutputs.loadShell(parameterNode, contour, Path(folder))

    def makeShell(self, parameterNode: NACResponseParameterNode, contour: str) -> ShellResult:
        """Makes the shell and waits.

        Raises:
            ValueError: something is missing.
            RuntimeError: it could not be made; the text says why.
        """
        with processRunner.workingFolder() as folder:
            self._run(self.prepareShell(parameterNode, contour, folder))
            return self.loadShell(parameterNode, contour, folder)

    def currentShell(self, parameterNode: NACResponseParameterNode, contour: str) -> ShellResult | None:
        """The shell that the scene holds."""
        return ShellResult.fromJson(kept(parameterNode, "shell", contour))

    # Score

    def models(self) -> list[dict[str, Any]]:
        """The models there are, as ``nacresponse models list --json`` tells them; asked for once.

        Raises:
            RuntimeError: the list cannot be had, as where packages are missing.
        """
        return self._models.entries()

    def setModels(self, entries: list[dict[str, Any]]) -> None:
        """Takes the models from a panel that asked for the list without waiting."""
        self._models.give(entries)

    def forgetModels(self) -> None:
        """Lets the models be asked for again: packages were installed, or a model."""
        self._models.forget()

    def model(self, parameterNode: NACResponseParameterNode) -> dict[str, Any]:
        """The entry of the chosen model; of the default one where none is chosen.

        Raises:
            RuntimeError: a file that is not there or is no model, or the list cannot be had.
        """
        entry = self._models.entry(parameterNode.model)
        self._follow(parameterNode, entry)
        return entry

    def study(self, parameterNode: NACResponseParameterNode) -> Study:
        """The images and contours of the chosen model; the usual ones while it is not known."""
        self.clinicalModel(parameterNode)
        return studyOf(parameterNode)

    def setImage(
        self, parameterNode: NACResponseParameterNode, name: str, volume: slicer.vtkMRMLScalarVolumeNode | None
    ) -> None:
        """Chooses the volume of an image of the study (``US``, ``MRI_POST2``)."""
        keep(parameterNode, "image", name, volume)

    @staticmethod
    def _follow(parameterNode: NACResponseParameterNode, entry: dict[str, Any]) -> None:
        text = studyText(entry)
        if parameterNode.study != text:
            parameterNode.study = text

    def prepareScore(self, parameterNode: NACResponseParameterNode, folder: str | Path) -> list[str]:
        """Writes the files that the score is made from below ``folder``; the words of the command.

        Raises:
            ValueError: something is missing or cannot be understood.
        """
        self._require("score", parameterNode)
        return patientInputs.scoreCommand(parameterNode, self.model(parameterNode), Path(folder))

    def loadScore(self, parameterNode: NACResponseParameterNode, folder: str | Path) -> ScoreResult:
        """Puts the score into the scene: text in the parameter node, tables and a chart."""
        return patientOutputs.loadScore(parameterNode, Path(folder))

    def score(self, parameterNode: NACResponseParameterNode) -> ScoreResult:
        """Scores the patient and waits.

        Raises:
            ValueError: something is missing or cannot be understood.
            RuntimeError: it could not be scored; the text says why.
        """
        with processRunner.workingFolder() as folder:
            self._run(self.prepareScore(parameterNode, folder))
            return self.loadScore(parameterNode, folder)

    def currentScore(self, parameterNode: NACResponseParameterNode) -> ScoreResult | None:
        """The score that the scene holds."""
        return ScoreResult.fromJson(parameterNode.scoreJson)

    def saveReport(self, parameterNode: NACResponseParameterNode, path: str | Path) -> None:
        """Writes the report, one HTML file.

        Raises:
            ValueError: there is no score yet.
            OSError: the file cannot be written.
        """
        patientOutputs.saveReport(parameterNode, Path(path))

    def saveFeatures(self, parameterNode: NACResponseParameterNode, path: str | Path) -> None:
        """Writes the values that the model was given: CSV, one row, as ``nacresponse score`` writes it.

        Raises:
            ValueError: there is no score yet.
            OSError: the file cannot be written.
        """
        patientOutputs.saveFeatures(parameterNode, Path(path))

    # What is missing, wrong or worth knowing

    def missingFor(self, step: str, parameterNode: NACResponseParameterNode, contour: str | None = None) -> list[str]:
        """What a step still needs, a sentence each; empty where it can run.

        Args:
            step: ``contour``, ``suggest``, ``subtract``, ``shell`` or ``score``.
            contour: for ``contour`` and ``shell``, the one meant; the first that has an image if None.
        """
        if step == "score":
            try:
                model = self.model(parameterNode)
            except RuntimeError as error:
                return [_("The model cannot be read: {reason}").format(reason=error)]
            return patientChecks.missingForScore(parameterNode, model)
        if step == "suggest":
            box = inScene(parameterNode.suggestionBox)
            return patientChecks.missingForSuggestion(parameterNode, box, contour or "MRI")
        if step == "subtract":
            return patientChecks.missingForSubtraction(parameterNode, contour or "MRI")
        check = {"contour": patientChecks.missingImage, "shell": patientChecks.missingForShell}[step]
        return check(parameterNode, contour or self._firstContour(parameterNode))

    def notesFor(self, step: str, parameterNode: NACResponseParameterNode, contour: str | None = None) -> list[str]:
        """What the user should know of ``shell`` or ``score``, a sentence each; it keeps no step from running."""
        if step == "shell":
            return patientChecks.shellNotes(parameterNode, contour or self._firstContour(parameterNode))
        try:
            return patientChecks.scoreNotes(parameterNode, self.model(parameterNode))
        except RuntimeError:
            return []  # missingFor tells it

    def clinicalProblems(self, parameterNode: NACResponseParameterNode) -> dict[str, str]:
        """What is wrong with a clinical entry, a sentence by parameter; empty where all can be understood."""
        return patientChecks.clinicalProblems(parameterNode, self.clinicalModel(parameterNode))

    def clinicalModel(self, parameterNode: NACResponseParameterNode) -> dict[str, Any]:
        """The entry of the chosen model, for its clinical variables; without any where it is not known yet."""
        known = self._models.known(parameterNode.model)
        if known is not None:
            self._follow(parameterNode, known)
        return known or {"clinical": []}

    def _firstContour(self, parameterNode: NACResponseParameterNode) -> str:
        return next((name for name in studyOf(parameterNode).contours if contours.drawnOn(parameterNode, name)), "MRI")

    def _require(self, step: str, parameterNode: NACResponseParameterNode, contour: str | None = None) -> None:
        missing = self.missingFor(step, parameterNode, contour)
        if missing:
            raise ValueError(" ".join(missing))

    @staticmethod
    def _run(words: list[str]) -> None:
        result = processRunner.run(words)
        if not result.ok:
            raise RuntimeError(result.message)
