"""The button that saves a scored patient as DICOM, with the bar of its run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from .. import dependencies, patientDicom
from ..patientResults import ScoreResult
from ..pdfReport import PdfPrinter, canPrint
from ..processRunner import workingFolder
from .panel import SHOWN_ERRORS, Panel
from .runBar import RunBar


class DicomButton:
    """Asks for a folder, prints the report, runs the command line, and says what was saved.

    Attributes:
        bar: its Run button is the button; what is missing stands under it.
        printer: at work before the bar runs.
    """

    def __init__(self, panel: Panel, place: qt.QWidget) -> None:
        self._panel = panel
        self.bar = RunBar(place, _("Save as DICOM..."))
        self.bar.runButton.toolTip = _(
            "Save tumour and shell as DICOM SEG, measurements and probability as structured report, and the report as "
            "DICOM PDF; for images that were loaded from DICOM"
        )
        self.bar.runButton.clicked.connect(self.save)
        self.bar.onChanged = panel.onChanged
        self.printer = PdfPrinter()
        self._sources = patientDicom.DicomSources()
        self._folder: Any = None  # of the printed report

    def enter(self) -> None:
        """The database may have changed while the user was elsewhere."""
        self._sources.forget()

    def updateState(self) -> None:
        """Shows whether it can be done, and why not."""
        self.bar.setMissing([_("The report is being printed.")] if self.printer.running else self._missing())

    def _missing(self) -> list[str]:
        try:
            model = self._panel.logic.model(self._panel.parameterNode)
            return patientDicom.missingForDicom(self._panel.parameterNode, model, self._sources)
        except SHOWN_ERRORS as error:  # a file that is no model
            return [str(error)]

    def save(self) -> None:
        """Saves the score that is shown."""
        self._sources.forget()
        self.updateState()
        if not self.bar.runButton.enabled:
            return
        node = self._panel.parameterNode
        try:
            dependencies.ensure(dependencies.purposeOfModel(self._panel.logic.model(node)))
            dependencies.ensure("dicom")
            chosen = qt.QFileDialog.getExistingDirectory(self._panel.widget, _("Folder for the DICOM files"))
            if not chosen:
                return
            patientDicom.checkTarget(Path(chosen), self._panel.logic.study(node).contours)
            if not canPrint():
                self._run(Path(chosen), node.scoreJson, None)
                return
            self._print(Path(chosen), node.scoreJson, node.reportHtml)
        except SHOWN_ERRORS as error:
            self._fail(str(error))

    def _print(self, target: Path, scoreJson: str, html: str) -> None:
        self._folder = workingFolder()
        report = Path(self._folder.name) / "report.pdf"

        def onDone(problem: str) -> None:
            if problem or self._panel.parameterNode is None:  # the scene is being closed
                self._fail(problem)
            else:
                self.bar.showMessage("")
                self._run(target, scoreJson, report)
                self._drop()

        self.printer.start(html, report, onDone)
        self.bar.showMessage(_("Printing..."))
        self.updateState()

    def _run(self, target: Path, scoreJson: str, report: Path | None) -> None:
        node, logic = self._panel.parameterNode, self._panel.logic

        def prepare(folder: Path) -> list[str]:
            if node.scoreJson != scoreJson:
                raise ValueError(_("Another score was made meanwhile: save again."))
            return patientDicom.dicomCommand(node, logic.model(node), folder, self._sources, report)

        def onSuccess(folder: Path) -> None:
            shown = ScoreResult.fromJson(scoreJson)
            assert shown is not None, "the button is enabled by a score"
            names = patientDicom.saveDicom(folder, target, shown)
            message = _("Saved in {folder}: {names}. The segmentations lie on the voxels of the series shown.")
            self.bar.showMessage(message.format(folder=target, names=", ".join(names)))

        self._panel.runStep(self.bar, "dicom", prepare, onSuccess)

    def _fail(self, problem: str) -> None:
        self._drop()
        self.bar.showMessage(problem[:1].upper() + problem[1:])
        if self._panel.parameterNode is not None:
            self.updateState()

    def _drop(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    def cleanup(self) -> None:
        """The panel goes; the bar ends with it."""
        self.printer.cleanup()
        self._drop()
