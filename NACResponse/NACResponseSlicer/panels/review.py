"""The review of a cohort: every patient's contours as thumbnails; look at one in the views, accept, reject, correct."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from .. import cohortReview
from ..processRunner import workingFolder
from ..segments import findSegment, role
from .panel import SHOWN_ERRORS, Panel
from .tables import prepareTable, runStamp
from .views import jumpTo, showVolume

ACCEPTED, REJECTED = "accepted", "rejected"
ICON = (200, 50)  # of a strip of four panels, 464 by 116 pixels
_PICTURE, _PATIENT, _DECISION = 0, 1, 2


class ReviewPanel(Panel):
    """Lists the patients of the output folder, and keeps decisions in its ``review.csv``.

    Attributes:
        patients: as they are listed.
        opened: the patient in the views; None where there is none.
    """

    def __init__(self, logic: Any, onRecompute: Callable[[], None] = lambda: None) -> None:
        """``onRecompute`` is called when a contour was corrected: what is not finished any more shall be computed."""
        self._onRecompute = onRecompute
        self.patients: list[Any] = []
        self.opened: cohortReview.OpenedPatient | None = None
        self._read: Any = None
        self._pictures: Any = None
        super().__init__(logic, "Review")

    def setup(self) -> None:
        ui = self.ui
        prepareTable(ui.reviewTable, [_("Contours"), _("Patient"), _("Decision")])
        ui.reviewTable.setIconSize(qt.QSize(*ICON))
        ui.reviewTable.connect("itemSelectionChanged()", self.onChanged)
        for button, act in (
            (ui.openPatientButton, self.onOpen),
            (ui.acceptButton, self.onAccept),
            (ui.rejectButton, self.onReject),
            (ui.editButton, self.onEdit),
            (ui.recomputeButton, self.onRecompute),
        ):
            button.connect("clicked()", act)
        ui.reasonEdit.connect("textChanged(QString)", self.onChanged)

    def cleanup(self) -> None:
        self._drop()
        super().cleanup()

    def enter(self) -> None:
        self.onChanged()

    def updateState(self) -> None:
        self._fill()
        ui, chosen = self.ui, self._chosen()
        there = chosen is not None
        ui.reviewSection.visible = bool(self.patients)
        ui.openPatientButton.enabled = ui.acceptButton.enabled = there
        ui.rejectButton.enabled = there and bool(ui.reasonEdit.text.strip())
        shown = self.opened is not None and there and self.opened.patientId == chosen.patient_id
        ui.editButton.enabled = ui.recomputeButton.enabled = shown
        states = [one.decision.decision if one.decision else "" for one in self.patients]
        ui.reviewHint.text = _(
            "{accepted} accepted, {rejected} rejected, {open} to look at; most doubtful first."
        ).format(accepted=states.count(ACCEPTED), rejected=states.count(REJECTED), open=states.count(""))

    # The list

    def _fill(self) -> None:
        """Reads the output folder when it, or its decisions, are others than were read last."""
        folder = self.parameterNode.cohortOutput
        file = Path(folder) / "review.csv"
        stamp = (runStamp(folder), file.stat().st_mtime_ns if folder and file.is_file() else 0)
        if stamp == self._read:
            return
        if self._read is None or self._read[0][0] != stamp[0][0]:  # IDs of another cohort may be the same
            self.opened = None
        self._read, self.patients = stamp, []
        if stamp[0][1]:
            try:
                self.patients = self.logic.reviewList(folder)
            except SHOWN_ERRORS as error:
                self.show(self.ui.reviewMessage, str(error))
        self._list()

    def _list(self) -> None:
        table, row = self.ui.reviewTable, self.ui.reviewTable.currentRow()
        self._drop()
        self._pictures = workingFolder()
        table.setRowCount(len(self.patients))
        for number, one in enumerate(self.patients):
            picture = qt.QTableWidgetItem("")
            for contour, content in list(one.pictures.items())[:1]:
                file = Path(self._pictures.name) / f"{number}.png"
                file.write_bytes(b64decode(content))
                picture.setIcon(qt.QIcon(str(file)))
                picture.setToolTip(contour)
            warnings = "\n".join(one.warnings) or _("No warnings.")
            decision = one.decision
            state = "" if decision is None else f"{_inWords(decision.decision)} {decision.reason}".strip()
            for column, item in ((_PICTURE, picture), (_PATIENT, qt.QTableWidgetItem(one.patient_id))):
                table.setItem(number, column, item)
            table.item(number, _PATIENT).setToolTip(warnings)
            table.setItem(number, _DECISION, qt.QTableWidgetItem(state))
        table.setColumnWidth(_PICTURE, ICON[0] + 8)
        table.resizeColumnToContents(_PATIENT)
        if 0 <= row < len(self.patients):
            table.selectRow(row)

    def _drop(self) -> None:
        pictures, self._pictures = self._pictures, None
        if pictures is not None:
            pictures.cleanup()

    def _chosen(self) -> Any:
        row = self.ui.reviewTable.currentRow()
        return self.patients[row] if 0 <= row < len(self.patients) else None

    # What is done with one

    def onOpen(self) -> None:
        """Images and contours of the patient, in the views."""
        node, chosen = self.parameterNode, self._chosen()
        try:
            with slicer.util.WaitCursor():
                self.opened = cohortReview.openPatient(node.cohortFile, node.protocol, chosen.patient_id)
        except SHOWN_ERRORS as error:
            self.show(self.ui.reviewMessage, str(error))
            return
        for contour, volume in list(self.opened.volumes.items())[:1]:
            showVolume(volume)
            segmentation = self.opened.segmentations[contour]
            jumpTo(segmentation.GetSegmentCenterRAS(findSegment(segmentation, role("Tumor", contour))))
        self.show(
            self.ui.reviewMessage, _("{patient} is in the views.").format(patient=chosen.patient_id), *chosen.warnings
        )
        self.onChanged()

    def onAccept(self) -> None:
        """The patient stays in the cohort."""
        self._decide(ACCEPTED, "")

    def onReject(self) -> None:
        """The patient is left out of training and validation, for the reason that was typed."""
        self._decide(REJECTED, self.ui.reasonEdit.text)

    def _decide(self, decision: str, reason: str) -> None:
        node, chosen = self.parameterNode, self._chosen()
        try:
            self.logic.decide(node.cohortOutput, chosen.patient_id, decision, reason, node.reviewer)
        except SHOWN_ERRORS as error:
            self.show(self.ui.reviewMessage, str(error))
            return
        self.ui.reasonEdit.text = ""
        message = _("{patient}: {decision}; kept in review.csv.")
        self.show(self.ui.reviewMessage, message.format(patient=chosen.patient_id, decision=_inWords(decision)))
        row = self.ui.reviewTable.currentRow()
        self._updateNow()
        if row + 1 < len(self.patients):
            self.ui.reviewTable.selectRow(row + 1)

    def onEdit(self) -> None:
        """The contour, in Slicer's Segment Editor; afterwards the user comes back here."""
        slicer.util.selectModule("SegmentEditor")

    def onRecompute(self) -> None:
        """The corrected contour goes over its file, and this patient is computed again."""
        if self.opened is None:
            return
        try:
            with slicer.util.WaitCursor():
                files = cohortReview.saveContours(self.opened)
        except SHOWN_ERRORS as error:
            self.show(self.ui.reviewMessage, str(error))
            return
        message = _("Saved: {files}. The first version is kept beside it, with '{mark}' in its name.")
        names = ", ".join(file.name for file in files)
        self.show(self.ui.reviewMessage, message.format(files=names, mark=cohortReview.BEFORE))
        self._onRecompute()


def _inWords(decision: str) -> str:
    """A decision as it stands in ``review.csv``, in the user's language."""
    return {ACCEPTED: _("accepted"), REJECTED: _("rejected")}.get(decision, decision)
