"""The button that saves a report as PDF, of a patient or of a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
from slicer.i18n import tr as _

from ..pdfReport import PdfPrinter, canPrint

SUFFIX = ".pdf"


class PdfButton:
    """Asks where to, prints, and says what came of it.

    Attributes:
        printer: at work while the button is not enabled.
    """

    def __init__(self, button: qt.QPushButton, readReport: Callable[[], str], say: Callable[[str], None]) -> None:
        """``readReport`` gives the page (or raises OSError or ValueError), ``say`` shows a sentence."""
        self._button, self._readReport, self._say = button, readReport, say
        self._there = False
        self.printer = PdfPrinter()
        button.clicked.connect(self.save)
        if not canPrint():
            button.toolTip = _("This Slicer has no web view: open the report in the web browser and print it there.")

    def setThere(self, there: bool) -> None:
        """Whether there is a report."""
        self._there = there
        self._button.enabled = there and canPrint() and not self.printer.running

    def save(self) -> None:
        """Prints the report to the file that the user names."""
        chosen = qt.QFileDialog.getSaveFileName(
            self._button, _("Save report as PDF"), "report.pdf", _("PDF document (*.pdf)")
        )
        if not chosen:
            return
        path = Path(chosen if chosen.lower().endswith(SUFFIX) else chosen + SUFFIX)

        def onDone(problem: str) -> None:
            self._say(problem or _("Report saved: {path}").format(path=path))
            self.setThere(self._there)

        try:
            self.printer.start(self._readReport(), path, onDone)
        except (ValueError, RuntimeError, OSError) as error:
            self._say(str(error))
        else:
            self._say(_("Printing..."))
            self.setThere(self._there)

    def cleanup(self) -> None:
        """The panel goes."""
        self.printer.cleanup()
