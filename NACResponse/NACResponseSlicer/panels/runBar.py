"""The bar under every long step: Run, how far it is, Cancel, one line of message, and all the output on request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from ..processRunner import ConsoleProcess, RunResult

POLL_MS = 100
SILENT_S = 2.0  # after so long a step that says nothing is said to run on
MAX_DETAILS = 100_000  # characters of output that a box still scrolls through with ease


class RunBar:
    """Runs one command at a time in another process and shows how far it is; the application stays alive.

    Attributes:
        runButton: its ``clicked`` is the owner's, who then calls ``start``.
        onChanged: called whenever a run starts or ends.
        details: what the Details button shows.
    """

    def __init__(
        self,
        parent: qt.QWidget,
        text: str,
        processFactory: Callable[[list[str]], ConsoleProcess] = ConsoleProcess,
    ) -> None:
        """Fills ``parent``, an empty widget; ``text`` is that of the Run button."""
        self.widget = parent
        self.onChanged: Callable[[], None] | None = None
        self.details = ""
        self._processFactory = processFactory
        self._process: ConsoleProcess | None = None
        self._onDone: Callable[[RunResult], None] | None = None
        self._onLine: Callable[[str], None] | None = None
        self._missing: list[str] = []
        self._cancelling = False
        self._begun, self._line = 0.0, ""
        self._lastSeconds: float | None = None  # of a run that succeeded
        self._build(text)
        self._timer = qt.QTimer(parent)
        self._timer.interval = POLL_MS
        self._timer.timeout.connect(self.poll)

    def _build(self, text: str) -> None:
        self.runButton = qt.QPushButton(text)
        self.cancelButton = qt.QPushButton(_("Cancel"))
        self.cancelButton.toolTip = _("End the run. What was there before stays as it is.")
        self.detailsButton = qt.QPushButton(_("Details..."))
        self.detailsButton.toolTip = _("Show everything that the last run wrote.")
        self.progressBar = qt.QProgressBar()
        self.missingLabel, self.messageLabel = qt.QLabel(), qt.QLabel()
        rows = qt.QVBoxLayout(self.widget)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.runButton)
        rows.addWidget(self.missingLabel)
        running = qt.QHBoxLayout()
        running.addWidget(self.progressBar, 1)
        running.addWidget(self.cancelButton)
        rows.addLayout(running)
        row = qt.QHBoxLayout()
        row.addWidget(self.messageLabel, 1)
        row.addWidget(self.detailsButton)
        rows.addLayout(row)
        for label in (self.missingLabel, self.messageLabel):
            label.wordWrap = True
            label.setTextFormat(qt.Qt.PlainText)
            label.setTextInteractionFlags(qt.Qt.TextSelectableByMouse)
        self.cancelButton.clicked.connect(self.cancel)
        self.detailsButton.clicked.connect(self.showDetails)
        self.showMessage("")
        self._update()

    @property
    def running(self) -> bool:
        """Whether a process of this bar is running."""
        return self._process is not None

    def setMissing(self, sentences: Sequence[str]) -> None:
        """What must be done before the step can run, shown under its button; with nothing missing it can run."""
        self._missing = list(sentences)
        self._update()

    def start(
        self,
        words: list[str],
        onDone: Callable[[RunResult], None],
        onLine: Callable[[str], None] | None = None,
    ) -> None:
        """Runs the words of a command line; ``onDone`` is called when it succeeded, failed or was cancelled.

        A failure's reason is shown before ``onDone`` is called; ``onLine`` is given every line of output.
        """
        if self.running:
            raise RuntimeError("this step is running already")
        self._process, self._onDone, self._onLine = self._processFactory(words), onDone, onLine
        self._begun, self._line = time.monotonic(), ""
        self.progressBar.setRange(0, 0)
        self.showMessage(_("Running..."))
        self._timer.start()
        self._changed()

    def poll(self) -> None:
        """Takes over what the process has written since, and ends the run when the process has ended."""
        if self._process is None:
            return
        lines, progress, result = self._process.poll()
        if result is None and not self._cancelling:
            self._tell(lines, progress)
        if self._onLine is not None:
            for line in lines:
                self._onLine(line)
        if progress is not None:
            self.progressBar.setRange(0, max(progress[1], 1))
            self.progressBar.setValue(min(progress))
        if result is not None:
            self._finish(result)

    def _tell(self, lines: Sequence[str], progress: tuple[int, int] | None) -> None:
        """The last line; of a step that does not tell how far it is, how long it takes already, and took before."""
        self._line = lines[-1] if lines else self._line
        spent, parts = time.monotonic() - self._begun, [self._line]
        if progress is None and spent >= SILENT_S:
            parts.append(_("Running for {spent:.0f} s.").format(spent=spent))
            if self._lastSeconds is not None:
                parts.append(_("The last run took {last:.0f} s.").format(last=self._lastSeconds))
        if any(parts):
            self.messageLabel.text = " ".join(filter(None, parts))

    def _finish(self, result: RunResult) -> None:
        self._timer.stop()
        if result.ok:
            self._lastSeconds = time.monotonic() - self._begun
        if self._cancelling and result.ok:  # it ended by itself meanwhile; nobody waits for it any more
            result = replace(result, cancelled=True, message=_("Cancelled."))
        onDone, self._process, self._onDone, self._onLine, self._cancelling = self._onDone, None, None, None, False
        self.showMessage(result.message, result.output)
        try:
            if onDone is not None:
                onDone(result)
            if result.ok and not self.messageLabel.text:
                self.showMessage(_("Done."), result.output)
        finally:
            self._changed()

    def cancel(self) -> None:
        """Asks the process and the processes that it started to end; the run ends when they have."""
        if self._process is not None and not self._cancelling:
            self._cancelling = True
            self._process.cancel(wait=False)
            self.showMessage(_("Cancelling..."))
            self._update()

    def cleanup(self) -> None:
        """Ends what is running without telling anyone: the panel is about to go."""
        self._timer.stop()
        process, self._process = self._process, None
        if process is not None:
            process.cancel(wait=False)

    def showMessage(self, text: str, details: str = "") -> None:
        """One line for the reader; ``details`` is what the Details button shows."""
        self.details = details
        self.messageLabel.text = text
        self.messageLabel.visible = bool(text)
        self.detailsButton.visible = bool(details)

    def showDetails(self) -> None:
        """The whole output of the last run, in a box that scrolls."""
        box = ctk.ctkMessageBox(slicer.util.mainWindow())
        box.setWindowTitle(_("NACResponse: output of the last run"))
        box.setText(self.messageLabel.text)
        box.setDetailedText(self.details[-MAX_DETAILS:])
        box.setStandardButtons(qt.QMessageBox.Close)
        box.exec_()

    def _changed(self) -> None:
        self._update()
        if self.onChanged is not None:
            self.onChanged()

    def _update(self) -> None:
        self.runButton.enabled = not self.running and not self._missing
        self.missingLabel.text = "\n".join(self._missing)
        self.missingLabel.visible = bool(self._missing) and not self.running
        self.progressBar.visible = self.cancelButton.visible = self.running
        self.cancelButton.enabled = not self._cancelling
