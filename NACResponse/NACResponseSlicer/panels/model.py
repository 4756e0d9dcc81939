"""Step 1, Model: chosen first, because it tells which images, contours and clinical values the patient needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import qt
from slicer.i18n import tr as _

from .. import dependencies
from ..patientChecks import imageWord
from ..processRunner import ConsoleProcess
from .bindings import ChoiceBinding
from .panel import SHOWN_ERRORS, Panel
from .runBar import POLL_MS

DEFAULT_MODEL = "ispy-clinical-volume"  # NACResponseLib.model.bundle.DEFAULT_MODEL, which needs packages to import
LIST_MODELS = ["models", "list", "--json"]


class ModelPanel(Panel):
    """Choose a model, and read what it is and needs.

    Attributes:
        listed: whether it is known which models there are.
        onListing: called when the program begins to be asked which there are, and when its answer is known.
        onFailed: called with the program's message and output where it could not tell.
    """

    def __init__(self, logic: Any) -> None:
        super().__init__(logic, "Model")

    def setup(self) -> None:
        fileFilter = _("Model (*.nacmodel)")
        self.model = ChoiceBinding(self, "model", self.ui.modelCombo, DEFAULT_MODEL, fileFilter)
        self.model.setItems([(DEFAULT_MODEL, DEFAULT_MODEL)])
        self._listing: ConsoleProcess | None = None
        self._listTimer = qt.QTimer(self.widget)
        self._listTimer.interval = POLL_MS
        self._listTimer.timeout.connect(self.pollModels)
        self.listed = False
        self.onListing: Callable[[], None] | None = None
        self.onFailed: Callable[[str, str], None] | None = None

    @property
    def listing(self) -> bool:
        """Whether the program is being asked."""
        return self._listing is not None

    def enter(self) -> None:
        self.listModels()

    def cleanup(self) -> None:
        self._listTimer.stop()
        if self._listing is not None:
            self._listing.cancel(wait=False)
            self._listing = None
        super().cleanup()

    def listModels(self) -> None:
        """Asks the command line, in another process, which models there are; not while what that needs is missing."""
        if not self.listed and self._listing is None and not dependencies.missing("models"):
            self._listing = ConsoleProcess(LIST_MODELS)
            self._listTimer.start()
            self._tell()

    def pollModels(self) -> None:
        """Takes over the list of models once it is there."""
        result = self._listing.poll().result if self._listing is not None else None
        if result is None:
            return
        self._listTimer.stop()
        self._listing = None
        if result.ok:
            self.logic.setModels(json.loads(result.standardOutput))
            self.fill()
            return
        self._tell()
        if self.onFailed is not None:
            self.onFailed(result.message, result.output)

    def fill(self) -> None:
        """The models to choose from; the logic knows them by now."""
        if not self.listed:
            self.listed = True
            self.model.setItems([(one["name"], self._title(one)) for one in self.logic.models()])
            self._tell()

    def _tell(self) -> None:
        self.onChanged()
        if self.onListing is not None:
            self.onListing()

    def updateState(self) -> None:
        self.model.show()
        if not self.listed:
            self.show(self.ui.modelLabel)
            return
        try:
            self.show(self.ui.modelLabel, *self._described(self.logic.model(self.parameterNode)))
        except SHOWN_ERRORS:  # a file that is no model; the last step says so
            self.show(self.ui.modelLabel)

    @staticmethod
    def _title(model: Mapping[str, Any]) -> str:
        return _("{name} (demonstration)").format(name=model["name"]) if model["demonstration"] else model["name"]

    def _described(self, model: Mapping[str, Any]) -> list[str]:
        """The model in sentences."""
        clinical = [(one["label"], one["needed"]) for one in model["clinical"]]
        needs = [_("{name} contour").format(name=name) for name in model["contours"]]
        needs += [imageWord(name) for name in model["images"]] + [label for label, needed in clinical if needed]
        optional = [label for label, needed in clinical if not needed]
        return [
            model["title"] + ".",
            "" if model["shipped"] else _("Not a shipped model: whoever gave it to you can say who made it."),
            _("Positive class: {positive}; negative class: {negative}.").format(
                positive=model["positive_class"], negative=model["negative_class"]
            ),
            _("Trained on {patients} patients, {positives} of them of the positive class: {cohort}").format(**model),
            _("Needs: {needs}.").format(needs=", ".join(needs)),
            _("May stay unknown: {names}.").format(names=", ".join(optional)) if optional else "",
            _("A demonstration trained on synthetic patients: its score says nothing about a real one.")
            if model["demonstration"]
            else "",
            _("Licence: {licence}.").format(**model) if model["licence"] else "",
        ]
