"""Step 4, Clinical data: what is known of the patient besides images, checked at each field."""

from __future__ import annotations

import json
from typing import Any

from slicer.i18n import tr as _

from ..contours import CONTOURS, contourSegment
from ..patientInputs import furtherEntries, furtherVariables
from .bindings import ChoiceBinding
from .moreFields import MoreFields
from .panel import SHOWN_ERRORS, Panel

FIELDS = ("age", "er", "pr", "her2", "grade", "tumorSizeMm", "nodalStatus", "tStage")


class ClinicalPanel(Panel):
    """The clinical record; every field may stay unknown, and what cannot be understood is shown under it."""

    watchesContours = True

    def __init__(self, logic: Any) -> None:
        super().__init__(logic, "Clinical")

    def setup(self) -> None:
        unknown = ("", _("not known"))
        status = [unknown, ("positive", _("positive")), ("negative", _("negative"))]
        choices = {
            "er": status,
            "pr": status,
            "her2": status,
            "grade": [unknown, *((number, number) for number in ("1", "2", "3"))],
            "nodalStatus": [unknown, *((stage, stage) for stage in ("N0", "N1", "N2", "N3"))],
            "tStage": [unknown, *((stage, stage) for stage in ("T0", "Tis", "T1", "T2", "T3", "T4"))],
        }
        self._bindings = []
        for name, items in choices.items():
            binding = ChoiceBinding(self, name, getattr(self.ui, f"{name}Combo"), "")
            binding.setItems(items)
            self._bindings.append(binding)
        self.more = MoreFields(self.ui.moreFields, self.onMoreEdited)
        self.ui.sizeButton.clicked.connect(self.fillSize)
        self._filled = ""
        self.show(self.ui.clinicalMessage)

    def updateState(self) -> None:
        for binding in self._bindings:
            binding.show()
        self.more.setItems(furtherVariables(self.logic.clinicalModel(self.parameterNode)))
        problems = self.logic.clinicalProblems(self.parameterNode)
        self.more.show(furtherEntries(self.parameterNode), problems)
        for name in FIELDS:
            problem = problems.get(name, "")
            self.show(getattr(self.ui, f"{name}Problem"), problem)
            getattr(self.ui, f"{name}Spacer").visible = bool(problem)
        self.ui.sizeButton.enabled = self._contour() is not None

    def onMoreEdited(self) -> None:
        """Keeps what was typed, and what was typed for other models."""
        kept = {name: text for name, text in furtherEntries(self.parameterNode).items() if name not in self.more.edits}
        typed = kept | self.more.values()
        self.parameterNode.moreClinical = json.dumps(typed) if typed else ""

    def _contour(self) -> str | None:
        """The contour whose size is taken: the MRI's before the CT's."""
        return next((name for name in CONTOURS if contourSegment(self.parameterNode, name)[1]), None)

    def fillSize(self) -> None:
        """Fills in the contour's longest diameter; what was typed is kept."""
        node, contour = self.parameterNode, self._contour()
        if node.tumorSizeMm.strip() not in ("", self._filled):
            self.show(self.ui.clinicalMessage, _("The typed size is kept: clear it to take the contour's."))
            return
        try:
            diameter, _volume = self.logic.tumorSize(node, contour)
        except SHOWN_ERRORS as error:
            self.show(self.ui.clinicalMessage, str(error))
            return
        self._filled = f"{diameter:.0f}"
        node.tumorSizeMm = self._filled
        self.show(
            self.ui.clinicalMessage, _("Size: longest diameter of the {contour} contour.").format(contour=contour)
        )
