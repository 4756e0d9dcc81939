"""Step 2, Images: which volume is which of the images that the chosen model asks for."""

from __future__ import annotations

from functools import partial
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from .. import dependencies, dicomStudy, sampleData
from ..patientChecks import imageWord
from ..slots import keep, kept
from ..study import HELPERS, Image, Study
from .access import describe
from .imageRows import EITHER, NEEDED, OPTIONAL, Asked, ImageRows
from .panel import SHOWN_ERRORS, Panel
from .views import showVolume


class ImagesPanel(Panel):
    """Choose the images, or have them guessed, or load the sample patient."""

    def __init__(self, logic: Any) -> None:
        super().__init__(logic, "Images")

    def setup(self) -> None:
        self.ui.dicomButton.clicked.connect(self.loadStudy)
        self.ui.guessButton.clicked.connect(self.guess)
        self.ui.sampleButton.clicked.connect(self.loadSample)
        self._rows = ImageRows(self.ui.imageRows, self.onChosen)
        self._helpers = ImageRows(self.ui.helperRows, self.onChosen)
        self._scannerForm = qt.QFormLayout(self.ui.scannerRows)
        self._scannerForm.setContentsMargins(0, 0, 0, 0)
        self.scannerEdits: dict[str, qt.QLineEdit] = {}
        self._scannerLabels: dict[str, qt.QLabel] = {}
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAddedEvent, self.onChanged)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeRemovedEvent, self.onChanged)
        self.say("")

    @property
    def selectors(self) -> dict[str, Any]:
        """The selectors by image name, with ``pre_contrast`` and ``later_phase``."""
        return self._rows.selectors | self._helpers.selectors

    @property
    def marks(self) -> dict[str, Any]:
        """Whether each image is there, in words."""
        return self._rows.marks | self._helpers.marks

    def volumes(self) -> list[slicer.vtkMRMLScalarVolumeNode]:
        """The grey-scale volumes of the scene."""
        found = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        return [node for node in found if node.GetClassName() == "vtkMRMLScalarVolumeNode"]

    def updateState(self) -> None:
        there = bool(self.volumes())
        self.ui.guessButton.enabled = there
        self.ui.sampleButton.visible = not there
        study = self.logic.study(self.parameterNode)
        asked = self._asked(study)
        helpers = self._askedHelpers(study)
        chosen = {one.name: kept(self.parameterNode, "image", one.name) for one in (*asked, *helpers)}
        self._rows.show(asked, chosen)
        self._helpers.show(helpers, chosen)
        self._showScanners(study)

    def _asked(self, study: Study) -> list[Asked]:
        model = self.logic.clinicalModel(self.parameterNode)
        needed, contours = model.get("images", []), model.get("contours", [])
        return [
            Asked(
                name,
                imageWord(name),
                self._hint(image, study.severalTimes),
                self._need(image, needed, contours),
                image.contour,
            )
            for name, image in study.images.items()
        ]

    @staticmethod
    def _need(image: Image, needed: list[str], contours: list[str]) -> str:
        if image.name in needed:
            return NEEDED
        return EITHER if image.contour in contours else OPTIONAL

    def _hint(self, image: Image, severalTimes: bool) -> str:
        usual = {
            "MRI_CET1": _("Contrast-enhanced T1-weighted MRI, early after contrast (about 90 seconds)"),
            "MRI_T2": _("T2-weighted MRI"),
            "CT": _("CT of the chest"),
        }
        kinds = {
            "MR": _("MRI"),
            "CT": _("CT"),
            "US": _("One frame of ultrasound"),
            "MG": _("One mammogram"),
            "PT": _("PET"),
        }
        said = usual.get(image.name, kinds.get(image.modality, image.modality))
        when = _(", time point {time}").format(time=image.time) if severalTimes else ""
        return _("{image}{when}; contour {contour}").format(image=said, when=when, contour=image.contour)

    def _askedHelpers(self, study: Study) -> list[Asked]:
        own = {image.contour for image in study.images.values() if image.beforeContrast}
        enhancing = any(one.modality == "MR" and one.name not in own for one in study.contours.values())
        hints = {
            "pre_contrast": _("The same sequence before contrast; only to suggest a contour"),
            "later_phase": _("The same sequence some minutes after contrast; only to describe a suggested contour"),
        }
        there = [name for name in HELPERS if enhancing or kept(self.parameterNode, "image", name) is not None]
        return [Asked(name, imageWord(name), hints[name], OPTIONAL) for name in there]

    def _showScanners(self, study: Study) -> None:
        for contour in study.contours:
            if contour not in self.scannerEdits:
                self._addScanner(contour)
        for contour, edit in self.scannerEdits.items():
            edit.visible = self._scannerLabels[contour].visible = contour in study.contours
            text = kept(self.parameterNode, "scanner", contour)
            if edit.text != text:
                edit.text = text

    def _addScanner(self, contour: str) -> None:
        edit, label = qt.QLineEdit(), qt.QLabel(_("{contour} scanner:").format(contour=contour))
        edit.placeholderText = _("unknown")
        edit.toolTip = _("Name of the scanner, as in the model's training table; only models that harmonize use it")
        describe(edit, label.text, edit.toolTip)
        label.setBuddy(edit)
        edit.connect("textChanged(QString)", partial(self._onScanner, contour))
        self._scannerForm.addRow(label, edit)
        self.scannerEdits[contour], self._scannerLabels[contour] = edit, label

    def _onScanner(self, contour: str, text: str) -> None:
        if self.parameterNode is not None:
            keep(self.parameterNode, "scanner", contour, text)

    def onChosen(self, name: str, node: slicer.vtkMRMLVolumeNode | None) -> None:
        """The user chose an image: it is shown."""
        if self.parameterNode is not None:
            self.logic.setImage(self.parameterNode, name, node)
        if node is not None:
            showVolume(node)

    def loadStudy(self) -> None:
        """Takes over the study that is chosen in Slicer's DICOM browser, or opens the browser to choose one."""
        studies = dicomStudy.chosenStudies()
        if not studies:
            self.say(_("Choose a study in the DICOM browser, then come back and press the button again."))
            slicer.util.selectModule("DICOM")
            return
        try:
            with slicer.util.WaitCursor():
                files = dicomStudy.studyFiles(studies)
                dependencies.ensure("models")
                if dicomStudy.needsSegmentationReader(files):
                    dependencies.ensure("dicom")
                loaded = dicomStudy.loadStudies(self.logic, self.parameterNode, files)
        except SHOWN_ERRORS as error:
            self.say(str(error))
            return
        self.updateState()
        self.say("\n".join(self._summary(loaded)))
        self.showFirst()

    @staticmethod
    def _summary(loaded: dicomStudy.Loaded) -> list[str]:
        """What was taken over, a line each."""
        lines = [f"{imageWord(name)}: {node.GetName()}" for name, node in loaded.images.items()]
        if loaded.sequence is not None:
            phases = loaded.sequence.GetNumberOfDataNodes()
            lines.append(_("{count} phases are a sequence (module Sequences).").format(count=phases))
        message = _("{contour} contour: segment {name}")
        lines += [message.format(contour=contour, name=name) for contour, name in loaded.contours.items()]
        return [_("Taken from DICOM, please check:"), *lines, *loaded.notes]

    def guess(self) -> None:
        """Fills in the images whose names or DICOM tags tell what they are; the others stay as they are."""
        try:
            named = self.logic.fillImages(self.parameterNode, self.volumes())
        except SHOWN_ERRORS as error:
            self.say(str(error))
            return
        if not named:
            self.say(_("No name or DICOM tag tells which image is which. Please choose yourself."))
            return
        self.updateState()
        lines = [f"{imageWord(name)}: {node.GetName()}" for name, node in named.items()]
        self.say(_("Guessed, please check:") + "\n" + "\n".join(lines))
        self.showFirst()

    def loadSample(self) -> None:
        """Loads the sample patient with contour and clinical data."""
        try:
            with slicer.util.WaitCursor():
                sampleData.loadSamplePatient(self.parameterNode, self.logic)
        except SHOWN_ERRORS as error:
            self.say(str(error))
            return
        self.say(_("The sample patient is loaded: go on with the shell or the score."))
        self.showFirst()

    def showFirst(self) -> None:
        """The first image that is chosen lies behind the slice views."""
        chosen = [kept(self.parameterNode, "image", name) for name in self.logic.study(self.parameterNode).images]
        node = next((node for node in chosen if node is not None), None)
        if node is not None:
            showVolume(node)

    def say(self, text: str) -> None:
        """One message under the buttons."""
        self.show(self.ui.imagesMessage, text)
