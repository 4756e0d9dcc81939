"""Step 6, Score: the probability with its reasons, and what is saved of it."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from .. import dependencies, examination, resultViews, scoreView
from ..patientResults import ScoreResult
from .bindings import ChoiceBinding
from .dicomButton import DicomButton
from .followupButton import FollowupButton
from .model import ModelPanel
from .panel import SHOWN_ERRORS, Panel
from .pdfButton import PdfButton
from .runBar import RunBar

REPORT_NAME = "NACResponse-report.html"


class ScorePanel(Panel):
    """Score the patient, look at the reasons, save report and features.

    Args:
        models: the panel where the model is chosen.
    """

    watchesContours = True

    def __init__(self, logic: Any, models: ModelPanel) -> None:
        self.models = models
        super().__init__(logic, "Score")

    def setup(self) -> None:
        self.bar = RunBar(self.ui.scoreBar, _("Score"))
        self.bar.runButton.clicked.connect(self.score)
        self.bar.onChanged = self.onChanged
        self.models.onFailed = self.bar.showMessage
        self.ui.chartButton.clicked.connect(self.showChart)
        self.ui.openReportButton.clicked.connect(self.openReport)
        self.ui.saveReportButton.clicked.connect(self.saveReport)
        self.ui.saveFeaturesButton.clicked.connect(self.saveFeatures)
        self.pdf = PdfButton(
            self.ui.savePdfButton,
            lambda: self.parameterNode.reportHtml,
            lambda text: self.show(self.ui.resultMessage, text),
        )
        self.dicom = DicomButton(self, self.ui.dicomBar)
        self.followup = FollowupButton(self, self.ui.followupBar, self.ui.followupLabel, self.ui.openFollowupButton)
        self.ui.saveFolderButton.clicked.connect(self.saveFolder)
        for label in (self.ui.resultLabel, self.ui.scaleLabel, self.ui.barsLabel, self.ui.placeLabel):
            label.setTextFormat(qt.Qt.RichText)
        self.side = ChoiceBinding(self, "laterality", self.ui.sideCombo, "")
        words = {"left": _("left"), "right": _("right"), "bilateral": _("bilateral")}
        sides = [(name, words[name]) for name in examination.SIDES]
        self.side.setItems([("", _("as DICOM says, or not recorded")), *sides])

    def bars(self) -> list[RunBar]:
        return [self.bar, self.dicom.bar, self.followup.bar]

    def enter(self) -> None:
        self.dicom.enter()

    def cleanup(self) -> None:
        self.pdf.cleanup()
        self.dicom.cleanup()
        self.followup.cleanup()
        (Path(slicer.app.temporaryPath) / REPORT_NAME).unlink(missing_ok=True)  # it names the patient
        super().cleanup()

    # State

    def updateState(self) -> None:
        node = self.parameterNode
        self._showMissing()
        self.side.show()
        result = self.logic.currentScore(node)
        self.ui.resultPlace.visible = result is not None
        if result is not None:
            self._showResult(result)
            self.dicom.updateState()
            self.followup.updateState()
        self.ui.chartButton.enabled = node.contributionsChart is not None
        for button in (self.ui.openReportButton, self.ui.saveReportButton):
            button.enabled = bool(node.reportHtml)
        self.pdf.setThere(bool(node.reportHtml))
        self.ui.saveFeaturesButton.enabled = node.featuresTable is not None
        self.ui.saveFolderButton.enabled = bool(node.reportHtml) and node.featuresTable is not None

    def _showMissing(self) -> None:
        """What the model still needs; while it is not known yet, Score itself finds it out."""
        if not self.models.listed:
            self.bar.setMissing([_("The list of models is being read.")] if self.models.listing else [])
            return
        try:
            self.bar.setMissing(self.logic.missingFor("score", self.parameterNode))
        except SHOWN_ERRORS as error:  # a file that is no model
            self.bar.setMissing([str(error)])

    def _showResult(self, result: ScoreResult) -> None:
        self.ui.resultLabel.text = self._description(result)
        notes = self.logic.notesFor("score", self.parameterNode)
        learned = result.predictedClass is not None
        self.show(self.ui.warningsLabel, *(scoreView.warnings(result) if learned else ()), *notes)
        for label, text in (
            (self.ui.scaleLabel, scoreView.scale(result)),
            (self.ui.barsLabel, scoreView.bars(result)),
            (self.ui.placeHint, scoreView.placeHint(result)),
            (self.ui.placeLabel, scoreView.place(result)),
        ):
            self.show(label, text if learned else "")
        self.ui.contributionsHint.visible = self.ui.tableSection.visible = self.ui.chartButton.visible = learned
        self.ui.contributionsHint.text = _(
            "What moved the probability, in percentage points from the average patient's {average}:"
        ).format(average=_percent(result.baseline))
        table = self.parameterNode.contributionsTable
        if self.ui.contributionsView.mrmlTableNode() is not table:
            self.ui.contributionsView.setMRMLTableNode(table)
            self.ui.contributionsView.resizeColumnsToContents()
            rows = table.GetNumberOfRows() if table is not None else 0
            self.ui.contributionsView.setMinimumHeight(min(max(rows, 3), 10) * 26 + 40)

    @staticmethod
    def _description(result: ScoreResult) -> str:
        """The score in a few lines, the positive class named."""
        side = _("at or above") if result.probability >= result.threshold else _("below")
        predicted = _("Predicted class: <b>{predicted}</b> ({side} the threshold of {threshold})")
        nothing = "<b>" + _("This model learned nothing: no class is predicted.") + "</b>"
        whose = _("Patient {patient}, model {model} {version}")
        scored = (
            "<b>" + _("Probability of {positive}: {probability}") + "</b>",
            _("{level} interval: {low} to {high}"),
            predicted,
            "{set}" if _predictionSet(result) else "",
            whose,
        )
        lines = (nothing, whose) if result.predictedClass is None else scored
        values = {
            "positive": result.positiveClass,
            "probability": _percent(result.probability),
            "level": f"{100 * result.intervalLevel:g}\u00a0%",
            "low": _percent(result.interval[0]),
            "high": _percent(result.interval[1]),
            "predicted": result.predictedClass or "",
            "side": side,
            "set": _predictionSet(result),
            "threshold": _percent(result.threshold),
            "patient": result.patientId,
            "model": result.modelName,
            "version": result.modelVersion,
        }
        return "<br>".join(filter(None, lines)).format(**{name: html.escape(value) for name, value in values.items()})

    # Actions

    def score(self) -> None:
        """Scores the patient in another process."""
        node = self.parameterNode
        purpose = dependencies.purposeOfModel(self.logic.model(node)) if self.models.listed else "score"

        def prepare(folder: Path) -> list[str]:
            words = self.logic.prepareScore(node, folder)
            self.models.fill()
            return words

        def onSuccess(folder: Path) -> None:
            self.logic.loadScore(node, folder)

        self.runStep(self.bar, purpose, prepare, onSuccess)

    def showChart(self) -> None:
        """The chart of contributions, in a layout with a plot."""
        resultViews.showChart(self.parameterNode.contributionsChart)

    def openReport(self) -> None:
        """The report in the web browser."""
        path = Path(slicer.app.temporaryPath) / REPORT_NAME
        if self._save(self.logic.saveReport, str(path), ""):
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(path)))

    def saveReport(self) -> None:
        """The report as a file."""
        path = qt.QFileDialog.getSaveFileName(self.widget, _("Save report"), "report.html", _("Web page (*.html)"))
        self._save(self.logic.saveReport, path, _("Report saved: {path}"))

    def saveFeatures(self) -> None:
        """The features as a file."""
        path = qt.QFileDialog.getSaveFileName(self.widget, _("Save features"), "features.csv", _("Table (*.csv)"))
        self._save(self.logic.saveFeatures, path, _("Features saved: {path}"))

    def saveFolder(self) -> None:
        """Everything as files: score, features, report, and the masks of tumour and shell."""
        chosen = qt.QFileDialog.getExistingDirectory(self.widget, _("Empty folder for the results"))
        self._save(self.logic.saveFolder, chosen, _("Saved in {path}."))

    def _save(self, save: Any, path: str, message: str) -> bool:
        """Whether it was saved; what went wrong is shown under the buttons. An empty path is a cancelled dialog."""
        if not path:
            return False
        try:
            save(self.parameterNode, path)
        except SHOWN_ERRORS as error:
            self.show(self.ui.resultMessage, str(error))
            return False
        self.show(self.ui.resultMessage, message.format(path=path))
        return True


def _predictionSet(result: ScoreResult) -> str:
    """The classes that the patient may belong to; empty where the score has no such set."""
    if result.predictionSet is None:
        return ""
    texts = {
        0: _("At {level} confidence neither class is usual with such a score"),
        1: _("At {level} confidence: {classes}; the other class would be unusual with such a score"),
        2: _("At {level} confidence: {classes}, both remain possible"),
    }[len(result.predictionSet)]
    return texts.format(level=_percent(result.setLevel), classes=_(" or ").join(result.predictionSet))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%"
