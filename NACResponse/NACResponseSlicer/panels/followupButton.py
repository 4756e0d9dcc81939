"""The button that compares the score with that of an earlier examination, and what changed."""

from __future__ import annotations

import json
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ..patientInputs import RESULT
from ..reportGuard import guarded
from .panel import SHOWN_ERRORS, Panel
from .runBar import RunBar
from .tables import openInDesktop

PAGE_NAME = "NACResponse-followup.html"
_UNITS = {"mm3": (1e-3, "cm³"), "mm2": (1e-2, "cm²"), "mm": (1.0, "mm"), "": (100.0, "%")}


class FollowupButton:
    """Asks for the folder of the earlier result, runs the command line, and shows the changes.

    Attributes:
        bar: its Run button is the button.
        label: says what changed.
    """

    def __init__(self, panel: Panel, place: qt.QWidget, label: qt.QLabel, openButton: qt.QPushButton) -> None:
        self._panel, self.label, self._openButton = panel, label, openButton
        self.bar = RunBar(place, _("Compare with an earlier result..."))
        self.bar.runButton.toolTip = _(
            "Volume, longest diameter and score beside those of an earlier examination of this patient, whose results "
            "were saved with 'Save all' or by 'nacresponse score'"
        )
        self.bar.runButton.clicked.connect(self.compare)
        self.bar.onChanged = panel.onChanged
        self._page, self._of = "", ""
        openButton.clicked.connect(self.open)

    def updateState(self) -> None:
        """What was found belongs to the score that it was found with."""
        if self._of != self._panel.parameterNode.scoreJson:
            self._page = self._of = ""
            self._panel.show(self.label)
        self._openButton.visible = bool(self._page)

    def compare(self) -> None:
        """Compares with the result in the folder that the user chooses."""
        chosen = qt.QFileDialog.getExistingDirectory(self._panel.widget, _("Folder of the earlier result"))
        if not chosen:
            return
        node, logic = self._panel.parameterNode, self._panel.logic
        shown = node.scoreJson

        def prepare(folder: Path) -> list[str]:
            logic.saveFolder(node, folder / "now")
            return ["followup", chosen, str(folder / "now"), "--output", str(folder / RESULT)]

        def onSuccess(folder: Path) -> None:
            if node.scoreJson != shown:
                raise ValueError(_("Another score was made meanwhile: compare again."))
            about = json.loads((folder / RESULT / "followup.json").read_text(encoding="utf-8"))
            self._page = (folder / RESULT / "report.html").read_text(encoding="utf-8")
            self._of = shown
            self._panel.show(self.label, *changeLines(about))

        self._panel.runStep(self.bar, "score", prepare, onSuccess)

    def open(self) -> None:
        """The page of the comparison, in the web browser."""
        path = Path(slicer.app.temporaryPath) / PAGE_NAME
        try:
            path.write_text(guarded(self._page), encoding="utf-8")
        except SHOWN_ERRORS as error:
            self.bar.showMessage(str(error))
            return
        openInDesktop(path)

    def cleanup(self) -> None:
        """The page names the patient."""
        (Path(slicer.app.temporaryPath) / PAGE_NAME).unlink(missing_ok=True)


def changeLines(about: dict) -> list[str]:
    """The category, a line for each measure, and the warnings."""
    lines = [_("By longest diameter, like RECIST 1.1: {response}").format(response=about["response"])]
    for each in about["changes"]:
        scale, unit = _UNITS.get(each["unit"], (1.0, each["unit"]))
        line = _("{label}: {earlier:.1f} to {later:.1f} {unit}")
        text = line.format(label=each["label"], earlier=scale * each["earlier"], later=scale * each["later"], unit=unit)
        lines.append(text + (f" ({each['percent']:+.0f} %)" if each["percent"] is not None and each["unit"] else ""))
    return [*lines, *(_("Warning: {text}").format(text=text) for text in about["warnings"])]
