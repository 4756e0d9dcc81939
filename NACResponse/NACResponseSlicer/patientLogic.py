"""One patient, from the images in the scene to a score: no window needed, the same from the panel and from a script."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from . import contours, examination, patientChecks, patientInputs, patientOutputs, processRunner
from .contourSteps import ContourSteps
from .libraryPath import ensureLibrary
from .modelList import ModelList
from .parameterNode import NACResponseParameterNode
from .patientResults import ScoreResult, ShellResult
from .slots import forgetOthers, inScene, kept
from .study import Study, studyOf, studyText


class NACResponseLogic(ContourSteps, ScriptedLoadableModuleLogic):
    """Contours, shell and score of one patient.

    A step that takes long is three calls, so that a panel can run the middle one without freezing: ``prepareShell``
    writes files and gives the words of a command, which ``processRunner`` runs, and ``loadShell`` reads the result.
    ``makeShell`` and ``score`` do all three and wait.
    """

    def __init__(self) -> None:
        super().__init__()
        ensureLibrary()
        self._models = ModelList()
        self.suggestedParts = []

    def getParameterNode(self) -> NACResponseParameterNode:
        """The choices and results of the scene."""
        return NACResponseParameterNode(super().getParameterNode())  # type: ignore[call-arg] # the wrapper's constructor

    def clearPatient(self, parameterNode: NACResponseParameterNode) -> None:
        """Forgets images, contours, entries and results, for the next patient; no node is removed."""
        self._clear(parameterNode, contours.PATIENT_PARAMETERS)

    def clearExamination(self, parameterNode: NACResponseParameterNode) -> None:
        """Forgets images, contours and results, for another examination of the patient; no node is removed."""
        self._clear(parameterNode, contours.EXAMINATION_PARAMETERS)

    def _clear(self, parameterNode: NACResponseParameterNode, names: Iterable[str]) -> None:
        with slicer.util.NodeModify(parameterNode):
            for name in names:
                parameterNode.setValue(name, parameterNode.default(name).value)  # type: ignore[attr-defined]
            forgetOthers(parameterNode)
        self.suggestedParts = []

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
        words = patientInputs.scoreCommand(parameterNode, self.model(parameterNode), Path(folder))
        return words + examination.words(parameterNode)

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

    def saveFolder(self, parameterNode: NACResponseParameterNode, folder: str | Path) -> None:
        """Writes score, features, report and masks into an empty folder, or one with an earlier result.

        Raises:
            ValueError: there is no score yet or another patient's, or the folder holds other files.
            OSError: a file cannot be written.
        """
        if patientChecks.scoreIsStale(parameterNode, self.model(parameterNode)):
            raise ValueError(_("Files are saved of what was scored: score again first."))
        patientOutputs.saveFolder(parameterNode, Path(folder))

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
