"""The weights of the deep networks: which are installed, and installing them from a file or, after asking, the hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ..dependencies import ensure
from ..processRunner import RunResult
from .panel import SHOWN_ERRORS, Panel
from .runBar import RunBar
from .tables import fillTable, prepareTable


class WeightsPanel(Panel):
    """A table of networks, and what can be done for the one that is chosen in it.

    Attributes:
        weights: as the program lists them; empty until it has been asked.
    """

    def __init__(
        self, logic: Any, onWeights: Callable[[Sequence[Mapping[str, Any]]], None] = lambda weights: None
    ) -> None:
        """``onWeights`` is given the list whenever it has been read."""
        self._onWeights = onWeights
        self.weights: list[Mapping[str, Any]] = []
        self._installing = ""
        super().__init__(logic, "Weights")

    def setup(self) -> None:
        ui = self.ui
        self.bar = RunBar(ui.weightsBar, _("Look again"))
        self.bar.runButton.toolTip = _("Reads anew which weights are installed.")
        self.bar.runButton.connect("clicked()", self.refresh)
        self.bar.onChanged = self._updateNow
        prepareTable(ui.weightsTable, [_("Network"), _("Installed"), _("From"), _("SHA-256")])
        ui.weightsTable.connect("itemSelectionChanged()", self.onChanged)
        ui.installFileButton.connect("clicked()", self.onInstallFile)
        ui.downloadButton.connect("clicked()", self.onDownload)
        ui.weightsLabel.text = _(
            "Deep features need the weights of MedicalNet, which are not part of this extension. They are installed "
            "once and used for cohorts and for models that need them."
        )

    def bars(self) -> list[RunBar]:
        return [self.bar]

    def enter(self) -> None:
        """The list is read when the user first comes, not when the module is loaded."""
        if not self.weights and not self.bar.running:
            self.refresh()

    def refresh(self) -> None:
        """Asks the program what is installed."""
        self.bar.start(self.logic.weightsCommand(), self.onListed)

    def onListed(self, result: RunResult) -> None:
        """Shows the list and hands it on."""
        if not result.ok:
            return
        self.weights = self.logic.readWeights(result.standardOutput)
        self.bar.showMessage("")
        self._fill()
        self._onWeights(self.weights)

    def _fill(self) -> None:
        table, depth = self.ui.weightsTable, self._chosen()
        yes, no = _("yes"), _("no")
        fillTable(
            table,
            [
                (
                    str(entry["label"]),
                    yes if entry["installed"] else no,
                    str(entry["source"] or ""),
                    str(entry["sha256"] or ""),
                )
                for entry in self.weights
            ],
        )
        depths = [entry["depth"] for entry in self.weights]
        if depth in depths:
            table.selectRow(depths.index(depth))

    def _chosen(self) -> int | None:
        """Depth of the network that is chosen in the table."""
        row = self.ui.weightsTable.currentRow()
        return int(self.weights[row]["depth"]) if 0 <= row < len(self.weights) else None

    def updateState(self) -> None:
        chosen, idle = self._chosen(), not self.bar.running
        self.ui.installFileButton.enabled = self.ui.downloadButton.enabled = idle and chosen is not None
        missing = _("Choose a network in the table first.") if chosen is None else ""
        self.ui.weightsHintLabel.text = missing
        self.ui.weightsHintLabel.visible = bool(missing)

    def onInstallFile(self) -> None:
        """Takes the weights from a file of the user's."""
        caption = _("Weights of ResNet-{depth}").format(depth=self._chosen())
        file = qt.QFileDialog.getOpenFileName(self.widget, caption, "", _("Weights (*.pth *.pt);;All files (*)"))
        if file:
            self._install(Path(file))

    def onDownload(self) -> None:
        """Downloads the weights if the user agrees to what is stated beforehand."""
        if slicer.util.confirmYesNoDisplay(
            self.logic.weightsOffer(self._chosen()), windowTitle=_("NACResponse: download weights")
        ):
            self._install(None)

    def _install(self, file: Path | None) -> None:
        depth = self._chosen()
        self._installing = _("ResNet-{depth}").format(depth=depth)
        try:
            ensure("weights" if file else "download")
            self.bar.start(self.logic.installWeightsCommand(depth, file), self.onInstalled)
        except SHOWN_ERRORS as error:
            self.bar.showMessage(str(error))

    def onInstalled(self, result: RunResult) -> None:
        """Reads the list anew; a failure is shown by the bar."""
        if not result.ok:
            return
        message = _("{network} is installed.").format(network=self._installing)

        def onListed(listed: RunResult) -> None:
            self.onListed(listed)
            if listed.ok:
                self.bar.showMessage(message, result.output)

        self.bar.start(self.logic.weightsCommand(), onListed)
