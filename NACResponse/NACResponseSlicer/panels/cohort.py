"""The Cohort tab: from a table of patients to feature tables, with every problem of the table shown beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slicer.i18n import tr as _

from ..dependencies import ensure, missing
from ..processRunner import RunResult
from .bindings import ChecksBinding, ChoiceBinding, PathBinding
from .panel import SHOWN_ERRORS, Panel
from .runBar import RunBar
from .tables import fillTable, openInDesktop, prepareTable, runStamp

_PROBLEM = re.compile(r".*, row (\d+), column (.*?): (.*)")
_TAKEN_FOR = " -> "
"""In the lines by which a dry run says what each column was taken for."""
_STATUS_WRITTEN = (0, 1)  # 1: some patients failed, the others are written


def tableProblems(output: str) -> list[tuple[str, str, str]]:
    """Row, column and reason of every problem of the cohort table that a run wrote."""
    found = (_PROBLEM.fullmatch(line.strip()) for line in output.splitlines())
    return [(match.group(1), match.group(2), match.group(3)) for match in found if match]


class CohortPanel(Panel):
    """Checks a cohort's table, extracts its features in another process, and shows what came of it.

    Attributes:
        checkBar, extractBar: of the two long steps, of which one runs at a time.
        extraction: of the output folder; None where there is none.
    """

    def __init__(self, logic: Any, onUseFeatures: Callable[[], None] = lambda: None) -> None:
        """``onUseFeatures`` is called when the folder has become that of the Training tab."""
        self._onUseFeatures = onUseFeatures
        self._weights: dict[str, Mapping[str, Any]] = {}
        self.extraction: Any = None
        self._read: tuple[str, int] = ("", 0)
        self._table = ""
        self._recognised: list[str] = []
        super().__init__(logic, "Cohort")

    def setup(self) -> None:
        ui = self.ui
        self.checkBar = RunBar(ui.checkBar, _("Check the cohort table"))
        self.extractBar = RunBar(ui.extractBar, _("Extract features"))
        self.importBar = RunBar(ui.importBar, _("Import the table"))
        acts = (self.onCheck, self.onExtract, self.onImport)
        for bar, act in zip(self.bars(), acts, strict=True):
            bar.runButton.connect("clicked()", act)
            bar.onChanged = self._updateNow
        self.checkBar.runButton.toolTip = _("Reads the table and every file's header; computes and writes nothing.")
        self.extractBar.runButton.toolTip = _("Computes what is not finished yet. A cancelled run goes on later.")
        self.protocol = ChoiceBinding(self, "protocol", ui.protocolBox, "jang2025", _("Protocol (*.yaml)"))
        self.protocol.setItems([(name, name) for name in self.logic.protocols()])
        self.device = ChoiceBinding(self, "device", ui.deviceBox, "auto")
        self.device.setItems(
            [("auto", _("Graphics card if there is one")), ("cpu", _("Processor")), ("cuda", _("Graphics card (CUDA)"))]
        )
        self.featureSets = ChecksBinding(self, "featureSets", ui.featureSetsHolder, ["handcrafted"])
        self._labelSets()
        tables = _("Tables (*.csv *.tsv *.xlsx *.parquet)")
        file = PathBinding(self, "cohortFile", ui.cohortFileEdit, _("Cohort table"), [tables])
        folder = PathBinding(self, "cohortOutput", ui.cohortOutputEdit, _("Output folder"))
        table = PathBinding(self, "featureTable", ui.featureTableEdit, _("Table of features"), [tables])
        self._bindings = (file, folder, table, self.protocol, self.device, self.featureSets)
        prepareTable(ui.problemsTable, [_("Row"), _("Column"), _("Problem")])
        prepareTable(ui.failuresTable, [_("Patient"), _("Step"), _("Reason")])
        ui.contactSheetButton.connect("clicked()", self.onContactSheet)
        ui.openFolderButton.connect("clicked()", self.onOpenFolder)
        ui.useFeaturesButton.connect("clicked()", self.onUseFeatures)
        self._showProblems([])

    def bars(self) -> list[RunBar]:
        return [self.checkBar, self.extractBar, self.importBar]

    def onWeights(self, weights: Sequence[Mapping[str, Any]]) -> None:
        """Which weights are installed has become known: feature sets without them are marked."""
        self._weights = {entry["feature_set"]: entry for entry in weights}
        self._labelSets()
        self.onChanged()

    def _labelSets(self) -> None:
        missing = _("{name} (weights missing)")
        items = []
        for name, label in self.logic.featureSets().items():
            entry = self._weights.get(name)
            items.append((name, missing.format(name=label) if entry and not entry["installed"] else label))
        self.featureSets.setItems(items)

    def updateState(self) -> None:
        ui = self.ui
        for binding in self._bindings:
            binding.show()
        busyNow = any(bar.running for bar in self.bars())
        if self._table != self.parameterNode.cohortFile:
            self._table = self.parameterNode.cohortFile
            if not busyNow:
                self._forget()
        lacking, node = self._missing(), self.parameterNode
        toImport = self.logic.missingForImport(node.featureTable, node.cohortOutput)
        for bar, needs in zip(self.bars(), (lacking, lacking, toImport), strict=True):
            another = any(other.running for other in self.bars() if other is not bar)
            bar.setMissing([_("Another step is still running.")] if another else needs)
        self.show(ui.columnsLabel, self._description(self.protocol.read()), *self._recognised)
        deep = any(name != "handcrafted" for name in self.featureSets.chosen())
        ui.deviceBox.enabled = ui.deviceLabel.enabled = deep
        ui.cohortSettingsSection.enabled = not busyNow
        ui.featureTableEdit.enabled = ui.ofProtocolBox.enabled = not busyNow
        self._showExtraction()

    def _description(self, protocol: str) -> str:
        """The columns that a protocol reads; nothing while what reads protocols is not installed yet."""
        if missing("models"):
            return ""
        try:
            columns = ", ".join(self.logic.protocolColumns(protocol))
        except SHOWN_ERRORS as error:
            return str(error)
        return _("Columns that it reads: {columns}.").format(columns=columns)

    def _missing(self) -> list[str]:
        """What the two steps lack, in sentences."""
        node, chosen = self.parameterNode, self.featureSets.chosen()
        lacking = self.logic.missingForExtract(node.cohortFile, node.cohortOutput, self.protocol.read(), chosen)
        return lacking if chosen else [*lacking, _("Choose at least one feature set.")]

    def _command(self, check: bool = False) -> list[str]:
        node = self.parameterNode
        return self.logic.extractCommand(
            node.cohortFile,
            node.cohortOutput,
            protocol=self.protocol.read(),
            featureSets=self.featureSets.chosen(),
            workers=node.workers,
            device=self.device.read(),
            check=check,
        )

    def _start(self, bar: RunBar, onDone: Callable[[RunResult], None], check: bool) -> None:
        """Runs a step when what it needs is installed, or has been now."""
        self._forget()
        deep = any(name != "handcrafted" for name in self.featureSets.chosen())
        try:
            ensure("deep" if deep else "radiomics")
            bar.start(self._command(check), onDone)
        except SHOWN_ERRORS as error:
            bar.showMessage(str(error))

    def _forget(self) -> None:
        """What was shown of an earlier run, or of another table, goes."""
        self._recognised = []
        self._showProblems([])
        self.show(self.ui.importedLabel)
        for bar in self.bars():
            bar.showMessage("")

    def onCheck(self) -> None:
        """The whole table is read, and every problem in it listed."""
        self._start(self.checkBar, self.onChecked, check=True)

    def onChecked(self, result: RunResult) -> None:
        """Lists the problems, or says what there is to do."""
        lines = [line.strip() for line in result.standardOutput.splitlines() if line.strip()]
        self._recognised = [line for line in lines if _TAKEN_FOR in line]
        self.onChanged()
        if self._listProblems(self.checkBar, result) or not result.ok:
            return
        plan = "; ".join(line for line in lines if _TAKEN_FOR not in line)
        self.checkBar.showMessage(_("No problems. {plan}").format(plan=plan), result.output)

    def onExtract(self) -> None:
        """What is not finished yet is computed."""
        self._start(self.extractBar, self.onExtracted, check=False)

    def onExtracted(self, result: RunResult) -> None:
        """Says how many are finished, and lists those that failed."""
        self._read = ("", 0)
        self._listProblems(self.extractBar, result)
        if result.cancelled:
            message = _("Cancelled. What is finished is kept: 'Extract features' goes on where this run ended.")
            self.extractBar.showMessage(message, result.output)
        elif result.status in _STATUS_WRITTEN:
            self._readExtraction()
            if self.extraction is not None:
                failed = len(self.extraction.failures)
                message = _("Done; {failed} failed, see the table.").format(failed=failed) if failed else _("Done.")
                self.extractBar.showMessage(message, result.output)

    def onImport(self) -> None:
        """Another program's table becomes the features of the output folder."""
        self._forget()
        node = self.parameterNode
        protocol = self.protocol.read() if node.tableOfProtocol else ""
        try:
            ensure("radiomics")
            self.importBar.start(
                self.logic.importCommand(node.featureTable, node.cohortOutput, protocol), self.onImported
            )
        except SHOWN_ERRORS as error:
            self.importBar.showMessage(str(error))

    def onImported(self, result: RunResult) -> None:
        """Says what each column was taken for."""
        self._read = ("", 0)
        if result.ok:
            lines = [line.strip() for line in result.standardOutput.splitlines() if line.strip()]
            self.show(self.ui.importedLabel, *lines[:-1])  # the last names the next command
            self.importBar.showMessage(_("Done."), result.output)
        self.onChanged()

    def _listProblems(self, bar: RunBar, result: RunResult) -> bool:
        """Shows the table's problems; False where the run wrote none."""
        problems = tableProblems(result.output)
        self._showProblems(problems)
        if problems:
            leftOut = _("The files of these rows cannot be read: their patients are left out.")
            unusable = _("The cohort table cannot be used yet: correct it and check again.")
            bar.showMessage(leftOut if result.status in _STATUS_WRITTEN else unusable, result.output)
        return bool(problems)

    def _showProblems(self, problems: Sequence[tuple[str, str, str]]) -> None:
        ui = self.ui
        fillTable(ui.problemsTable, problems)
        ui.problemsTable.visible = ui.problemsLabel.visible = bool(problems)
        ui.problemsLabel.text = _("Problems in the table: {count}. Row 1 is the header.").format(count=len(problems))

    def _readExtraction(self) -> None:
        """Reads what the output folder holds when it is another than was read last."""
        if self.parameterNode is None or self.extractBar.running or self.importBar.running:
            return
        stamp = runStamp(self.parameterNode.cohortOutput)
        if stamp == self._read:
            return
        self._read, self.extraction = stamp, None
        if stamp[1]:
            try:
                self.extraction = self.logic.readExtraction(stamp[0])
            except SHOWN_ERRORS as error:
                self.extractBar.showMessage(str(error))

    def _showExtraction(self) -> None:
        """The result in the output folder, also one of an earlier day."""
        self._readExtraction()
        extraction, ui = self.extraction, self.ui
        failures = list(extraction.failures) if extraction else []
        ui.extractionLabel.text = (
            self._summary() if extraction else _("The output folder holds no finished extraction yet.")
        )
        fillTable(ui.failuresTable, failures)
        ui.failuresTable.visible = bool(failures)
        ui.contactSheetButton.enabled = bool(extraction and extraction.contactSheet)
        ui.openFolderButton.enabled = ui.useFeaturesButton.enabled = bool(extraction)

    def _summary(self) -> str:
        """``5 of 6 patients are finished (handcrafted); 1 failed: ...``."""
        extraction = self.extraction
        message = _("{finished} of {patients} patients are finished ({sets}).").format(
            finished=extraction.finished, patients=extraction.patients, sets=", ".join(extraction.featureSets)
        )
        if extraction.failures:
            failed = _("{failed} failed; the next run tries them again.").format(failed=len(extraction.failures))
            return f"{message} {failed}"
        return message

    def onContactSheet(self) -> None:
        """All contours on one page."""
        openInDesktop(self.extraction.contactSheet)

    def onOpenFolder(self) -> None:
        """The folder of the tables."""
        openInDesktop(self.parameterNode.cohortOutput)

    def onUseFeatures(self) -> None:
        """The Training tab takes the features of this folder."""
        self.parameterNode.trainFeatures = self.parameterNode.cohortOutput
        self._onUseFeatures()
