"""A report as PDF, printed by Slicer's own web view: nothing need be installed for it.

Slicer does not wrap Qt WebEngine for Python; ``slicer.qSlicerWebWidget`` prints instead (Slicer, pull requests 5260 and
5761), alike with Qt 5 and Qt 6. A Slicer that was built without Qt WebEngine lacks it.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from .processRunner import workingFolder
from .reportGuard import guarded

MARGINS_MM = (14, 13, 14, 13)  # left, top, right, bottom: the web view does not heed the page's own
LONGEST_MS = 60_000


def canPrint() -> bool:
    """Whether this Slicer has a web view."""
    return hasattr(slicer, "qSlicerWebWidget")


class PdfPrinter:
    """Prints one report at a time, while the application goes on.

    Attributes:
        running: whether a report is being printed.
    """

    def __init__(self) -> None:
        self._web: Any = None
        self._folder: Any = None
        self._target = Path()
        self._onDone: Callable[[str], None] | None = None
        self._asked = False
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.interval = LONGEST_MS
        self._timer.timeout.connect(self._onTimeout)

    @property
    def running(self) -> bool:
        return self._web is not None

    def start(self, html: str, path: Path, onDone: Callable[[str], None]) -> None:
        """Prints a page on A4; ``onDone`` is given what went wrong, or an empty text. The file is whole or not there.

        Raises:
            RuntimeError: another report is being printed, or this Slicer has no web view.
            OSError: the page cannot be written to the temporary folder.
        """
        if self.running:
            raise RuntimeError(_("A report is being printed still."))
        if not canPrint():
            raise RuntimeError(_("This Slicer has no web view: open the report in the web browser and print it there."))
        self._folder, self._target, self._onDone, self._asked = workingFolder(), path, onDone, False
        page = Path(self._folder.name) / "report.html"
        page.write_text(guarded(html), encoding="utf-8")
        self._web = slicer.qSlicerWebWidget()
        self._web.connect("loadFinished(bool)", self._onLoaded)
        self._web.connect("pdfPrintingFinished(QString,bool)", self._onPrinted)
        self._timer.start()
        self._web.setUrl(qt.QUrl.fromLocalFile(str(page)).toString())

    def cleanup(self) -> None:
        """Ends without telling anyone."""
        self._timer.stop()
        self._onDone = None
        if self._web is not None:
            self._web.deleteLater()
            self._web = None
            self._folder.cleanup()

    def _printed(self) -> Path:
        return Path(self._folder.name) / "report.pdf"

    def _onLoaded(self, ok: bool) -> None:
        if not self.running or self._asked:
            return
        self._asked = True
        if not ok:
            self._end(_("The report could not be read by the web view."))
            return
        paper = qt.QPageSize(qt.QPageSize.A4)
        margins = qt.QMarginsF(*MARGINS_MM)
        layout = qt.QPageLayout(paper, qt.QPageLayout.Portrait, margins, qt.QPageLayout.Millimeter)
        self._web.printToPdf(str(self._printed()), layout)

    def _onPrinted(self, _path: str, ok: bool) -> None:
        if not self.running:
            return
        if not ok:
            self._end(_("The web view could not print the report."))
            return
        try:
            shutil.copyfile(self._printed(), self._target)
        except OSError as error:
            message = _("The report could not be saved: {reason}")
            self._end(message.format(reason=error.strerror or error))
        else:
            self._end("")

    def _onTimeout(self) -> None:
        self._end(_("The web view did not print the report in time."))

    def _end(self, problem: str) -> None:
        onDone = self._onDone
        self.cleanup()
        if onDone is not None:
            onDone(problem)
