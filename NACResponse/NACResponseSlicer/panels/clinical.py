"""Step 5, Clinical data: what is known of the patient besides images, checked at each field."""

from __future__ import annotations

import json
from typing import Any

from slicer.i18n import tr as _

from ..contours import CLINICAL_FIELDS, contourSegment
from ..patientInputs import furtherEntries, furtherVariables
from ..study import studyOf
from .access import describe
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
        self.edits = {name: self._edit(name) for name in FIELDS}
        labels = {"age": "ageEditLabel", "tumorSizeMm": "tumorSizeMmLabel"}
        self.labels = {name: getattr(self.ui, labels.get(name, f"{name}ComboLabel")) for name in FIELDS}
        self._labelTexts = {name: str(label.text) for name, label in self.labels.items()}
        for name, edit in self.edits.items():
            self.labels[name].setBuddy(edit)
            describe(edit, self._labelTexts[name], str(edit.toolTip))
        self.more = MoreFields(self.ui.moreFields, self.onMoreEdited)
        self.ui.sizeButton.clicked.connect(self.fillSize)
        self.ui.allCheckBox.toggled.connect(self.onChanged)
        self._filled = ""
        self.show(self.ui.clinicalMessage)

    def _edit(self, name: str) -> Any:
        combo = getattr(self.ui, f"{name}Combo", None)
        return combo if combo is not None else getattr(self.ui, f"{name}Edit")

    def updateState(self) -> None:
        for binding in self._bindings:
            binding.show()
        self.more.setItems(furtherVariables(self.logic.clinicalModel(self.parameterNode)))
        problems = self.logic.clinicalProblems(self.parameterNode)
        asked = self._asked()
        self.more.show(furtherEntries(self.parameterNode), problems)
        for name in FIELDS:
            everything = asked is None or self.ui.allCheckBox.checked
            self._showRow(name, everything or name in (asked or {}) or bool(self._typed(name)))
            missing = asked is not None and asked.get(name, False) and not self._typed(name)
            label = self.labels[name]
            label.text = self._labelTexts[name] + (" " + _("(missing)") if missing else "")
            problem = problems.get(name, "")
            self.show(getattr(self.ui, f"{name}Problem"), problem)
            getattr(self.ui, f"{name}Spacer").visible = bool(problem)
        self.ui.sizeButton.enabled = self._contour() is not None

    def _asked(self) -> dict[str, bool] | None:
        """Whether the model must have a value, by field that it asks for; None while the model is not known."""
        items = self.logic.clinicalModel(self.parameterNode)["clinical"]
        if not items:
            return None
        asked: dict[str, bool] = {}
        for item in items:
            of_hr = ("ER", "PR") if item["name"] == "HR" else (item["name"],)
            either = item["needed"] and not any(
                self._typed(CLINICAL_FIELDS[one]) for one in of_hr if one != item["name"]
            )
            for one in of_hr:
                if one in CLINICAL_FIELDS:
                    field = CLINICAL_FIELDS[one]
                    asked[field] = asked.get(field, False) or bool(either)
        return asked

    def firstMissing(self) -> Any:
        """The field of the first value that the model must have and that is not there; None without one."""
        asked = self._asked() or {}
        missing = (self.edits[name] for name in FIELDS if asked.get(name) and not self._typed(name))
        return next(missing, self.more.firstMissing())

    def _typed(self, field: str) -> str:
        return str(getattr(self.parameterNode, field)).strip()

    def _showRow(self, name: str, visible: bool) -> None:
        """A field of the form with its label."""
        for widget in (self.labels[name], self.edits[name]):
            widget.visible = visible
        if name == "tumorSizeMm":
            self.ui.sizeButton.visible = visible

    def onMoreEdited(self) -> None:
        """Keeps what was typed, and what was typed for other models."""
        kept = {name: text for name, text in furtherEntries(self.parameterNode).items() if name not in self.more.edits}
        typed = kept | self.more.values()
        self.parameterNode.moreClinical = json.dumps(typed) if typed else ""

    def _contour(self) -> str | None:
        """The contour whose size is taken: the MRI's before the CT's."""
        return next(
            (name for name in studyOf(self.parameterNode).contours if contourSegment(self.parameterNode, name)[1]), None
        )

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
