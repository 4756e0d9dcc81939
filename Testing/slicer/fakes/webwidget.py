"""Slicer's web view (``slicer.qSlicerWebWidget``): it loads a file and prints its text, later, as the real one does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import qt

from .mrmlwidgets import Signal

broken: set[str] = set()  # "load" or "print": what shall fail


class qSlicerWebWidget(qt.QWidget):
    """Keeps the order of events, the signals and the two forms of ``printToPdf``; a page's style is not drawn."""

    loadStarted = Signal()
    loadFinished = Signal(bool)
    pdfPrintingFinished = Signal(str, bool)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._html: str | None = None
        self._timer = qt.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)
        self._then: Any = None

    def _later(self, then: Any) -> None:
        self._then = then
        self._timer.start()

    def _next(self) -> None:
        self._then()

    def setUrl(self, url: str) -> None:
        path = Path(qt.QUrl(url).toLocalFile())
        self._html = path.read_text(encoding="utf-8") if path.is_file() and "load" not in broken else None
        self._later(lambda: self.loadFinished.emit(self._html is not None))

    def printToPdf(self, filePath: str, pageLayout: Any = None) -> None:
        """Writes a real PDF of the page's text; without a layout the page has no margins."""
        layout = pageLayout or qt.QPageLayout(qt.QPageSize(qt.QPageSize.A4), qt.QPageLayout.Portrait, qt.QMarginsF())

        def write() -> None:
            if "print" not in broken:
                writer = qt.QPdfWriter(filePath)
                writer.setPageLayout(layout)
                document = qt.QTextDocument()
                document.setPlainText(re.sub(r"<[^>]*>", "", self._html or ""))
                document.print_(writer)
            self.pdfPrintingFinished.emit(filePath, "print" not in broken)

        self._later(write)
