"""The Training tab: from a folder of feature tables to a validated model, with metrics and ROC curves in the scene."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ..dependencies import ensure
from ..processRunner import RunResult
from ..recipeFacts import SIGNATURES, RecipeFacts
from .bindings import ChecksBinding, ChoiceBinding, PathBinding
from .panel import SHOWN_ERRORS, Panel
from .pdfButton import PdfButton
from .runBar import RunBar
from .tables import openInDesktop, runStamp

SUFFIX = ".nacmodel"


class TrainingPanel(Panel):
    """Trains in another process, and shows what came of it.

    Attributes:
        bar: of the run.
        training: the run in the output folder; None where there is none.
    """

    def __init__(self, logic: Any, onUseModel: Callable[[], None] = lambda: None) -> None:
        """``onUseModel`` is called when the model has become that of the Patient tab."""
        self._onUseModel = onUseModel
        self.training: Any = None
        self._read: tuple[str, int] = ("", 0)
        super().__init__(logic, "Training")

    def setup(self) -> None:
        ui = self.ui
        self.bar = RunBar(ui.trainBar, _("Train and validate"))
        self.bar.runButton.toolTip = _("Many partitions take long. A cancelled run goes on where it was.")
        self.bar.runButton.connect("clicked()", self.onTrain)
        self.bar.onChanged = self._updateNow
        self.endpoint = ChoiceBinding(self, "endpoint", ui.endpointBox, "pcr", _("Outcome (*.yaml)"))
        self.endpoint.setItems([(name, f"{words} ({name})") for name, words in self.logic.endpoints().items()])
        self.recipe = ChoiceBinding(self, "recipe", ui.recipeBox, "nac2026", _("Recipe (*.yaml)"))
        self.recipe.setItems([(name, name) for name in self.logic.recipes()])
        self.recipe.onTaken = self.onRecipe
        self.featureSets = ChecksBinding(self, "trainFeatureSets", ui.trainSetsHolder, None)
        features = PathBinding(self, "trainFeatures", ui.trainFeaturesEdit, _("Features folder"))
        output = PathBinding(self, "trainOutput", ui.trainOutputEdit, _("Output folder"))
        self._bindings = (features, output, self.endpoint, self.recipe, self.featureSets)
        ui.metricsView.setMRMLScene(slicer.mrmlScene)
        ui.metricsView.horizontalHeader().setStretchLastSection(True)
        for button, act in (
            (ui.rocButton, self.onRoc),
            (ui.trainReportButton, self.onReport),
            (ui.useModelButton, self.onUseModel),
            (ui.saveModelButton, self.onSaveModel),
        ):
            button.connect("clicked()", act)
        self.pdf = PdfButton(ui.trainPdfButton, lambda: self.training.report.read_text(encoding="utf-8"), self._say)

    def bars(self) -> list[RunBar]:
        return [self.bar]

    def cleanup(self) -> None:
        self.pdf.cleanup()
        super().cleanup()

    def updateState(self) -> None:
        labels, there = self.logic.featureSets(), self.logic.tableFeatureSets(self.parameterNode.trainFeatures)
        sets = [(name, labels.get(name, name)) for name in there]
        self.featureSets.setItems(sets)
        for binding in self._bindings:
            binding.show()
        facts = self._facts()
        choose = bool(sets) and facts.kind != SIGNATURES
        self.ui.trainSetsHolder.visible = self.ui.trainSetsLabel.visible = choose
        self.show(self.ui.recipeFactsLabel, self._described(facts))
        self.bar.setMissing(self._missing())
        self.ui.trainingSettingsSection.enabled = not self.bar.running
        if not self.bar.running:
            self._readTraining()
        self._showTraining()

    def _facts(self) -> RecipeFacts:
        """What the chosen recipe says of itself."""
        return self.logic.recipeFacts(self.recipe.read())

    def _described(self, facts: RecipeFacts) -> str:
        """What a study's recipe trains and needs; nothing for a recipe that takes any feature set."""
        if facts.kind != SIGNATURES:
            return ""
        message = _("A study of signatures: predicts {positive}, from {features} features of the protocol {protocol}.")
        endpoints = self.logic.endpoints()
        return message.format(
            positive=endpoints.get(facts.endpoint, facts.endpoint),
            features=_(" and ").join(facts.features),
            protocol=facts.protocol,
        )

    def _chosenSets(self) -> list[str]:
        """The feature sets to train on; a recipe of signatures chooses them itself."""
        return [] if self._facts().kind == SIGNATURES else self.featureSets.chosen()

    def _missing(self) -> list[str]:
        """What the run lacks, in sentences."""
        node, chosen = self.parameterNode, self._chosenSets()
        missing = self.logic.missingForTrain(
            node.trainFeatures, self.endpoint.read(), node.trainOutput, self.recipe.read(), chosen
        )
        none = bool(self.featureSets.boxes) and not self.featureSets.chosen() and self._facts().kind != SIGNATURES
        return [*missing, _("Choose at least one feature set.")] if none else missing

    def onRecipe(self) -> None:
        """A study's recipe chooses the outcome that it names; another may be chosen then."""
        endpoint = self._facts().endpoint
        if endpoint in self.logic.endpoints():
            self.parameterNode.endpoint = endpoint

    def onTrain(self) -> None:
        """Trains when what it needs is installed, or has been now."""
        node = self.parameterNode
        self.ui.modelMessageLabel.text = ""
        try:
            ensure("training")
            command = self.logic.trainCommand(
                node.trainFeatures,
                self.endpoint.read(),
                node.trainOutput,
                recipe=self.recipe.read(),
                featureSets=self._chosenSets(),
                partitions=node.partitions,
                workers=node.workers,
            )
            self.bar.start(command, self.onTrained)
        except SHOWN_ERRORS as error:
            self.bar.showMessage(str(error))

    def onTrained(self, result: RunResult) -> None:
        """Puts metrics and curves into the scene; a failure is shown by the bar."""
        if result.cancelled:
            message = _("Cancelled. Finished partitions are kept: the same run goes on where it was.")
            self.bar.showMessage(message, result.output)
        elif result.ok and self.parameterNode is not None:
            self._read = ("", 0)
            self._readTraining()
            self.bar.showMessage(_("Done."), result.output)

    def _readTraining(self) -> None:
        """Reads the run in the output folder when it is another than was read last."""
        stamp = runStamp(self.parameterNode.trainOutput)
        if stamp == self._read:
            return
        self._read, self.training = stamp, None
        if stamp[1]:
            try:
                self.training = self.logic.readTraining(stamp[0])
            except SHOWN_ERRORS as error:
                self.bar.showMessage(str(error))
        if self.training is not None:
            self.ui.metricsView.setMRMLTableNode(self.logic.showMetrics(self.training))
            self.ui.metricsView.resizeColumnsToContents()
        self._fillModels()

    def _fillModels(self) -> None:
        """The run's models to choose from, the final one first."""
        box = self.ui.modelBox
        box.clear()
        labels = {row.name: row.label for row in self.training.metrics} if self.training else {}
        final = _("{name} (final model)")
        for name, file in self.training.models.items() if self.training else ():
            label = labels.get(name, name)
            box.addItem(final.format(name=label) if name == self.training.finalFeatureSet else label, str(file))

    def _showTraining(self) -> None:
        training, ui = self.training, self.ui
        ui.trainingLabel.text = self._summary() if training else _("The output folder holds no finished run yet.")
        ui.verdictLabel.text = training.verdict if training else ""
        ui.warningsLabel.text = "\n".join(f"- {warning}" for warning in training.warnings) if training else ""
        for label in (ui.verdictLabel, ui.warningsLabel, ui.modelMessageLabel):
            label.visible = bool(label.text)
        for widget in (ui.metricsView, ui.resultButtons):
            widget.visible = training is not None
        ui.modelBox.visible = ui.modelBox.count > 1
        ui.trainReportButton.enabled = bool(training and training.report)
        self.pdf.setThere(bool(training and training.report))
        ui.useModelButton.enabled = ui.saveModelButton.enabled = ui.modelBox.count > 0

    def _summary(self) -> str:
        """``90 patients, 32 with pathological complete response (the positive class). Final model: ResNet10.``"""
        training = self.training
        labels = {row.name: row.label for row in training.metrics}
        message = _("{patients} patients, {positives} with {positive} (the positive class). Final model: {final}.")
        return message.format(
            patients=training.patients,
            positives=training.positives,
            positive=training.positiveClass,
            final=labels.get(training.finalFeatureSet, training.finalFeatureSet),
        )

    def onRoc(self) -> None:
        """The mean ROC curves, in the layout."""
        self.logic.showRoc(self.training, show=True)

    def onReport(self) -> None:
        """The whole report."""
        openInDesktop(self.training.report)

    def onUseModel(self) -> None:
        """The model becomes that of the Patient tab."""
        self.parameterNode.model = self.ui.modelBox.currentData
        self._say(_("The Patient tab scores with this model now."))
        self._onUseModel()

    def onSaveModel(self) -> None:
        """Copies the model's file to where the user wants it."""
        chosen = qt.QFileDialog.getSaveFileName(
            self.widget, _("Save the model as"), "", _("Model (*{suffix})").format(suffix=SUFFIX)
        )
        if not chosen:
            return
        file = Path(chosen if chosen.endswith(SUFFIX) else chosen + SUFFIX)
        try:
            shutil.copyfile(self.ui.modelBox.currentData, file)
        except OSError as error:
            self._say(_("The model could not be saved: {reason}").format(reason=error.strerror or error))
        else:
            self._say(_("Saved as {file}.").format(file=file))

    def _say(self, text: str) -> None:
        self.ui.modelMessageLabel.text = text
        self.ui.modelMessageLabel.visible = bool(text)
