"""NACResponse, a module of 3D Slicer: predicts how a breast cancer responds to neoadjuvant chemotherapy.

This file only builds and connects. The panels lie in ``NACResponseSlicer.panels``, the logic classes in
``NACResponseSlicer.patientLogic`` and ``.trainingLogic``, and all arithmetic in ``NACResponseLib``.
"""

from __future__ import annotations

import sys
import unittest
from typing import Any

import slicer
import vtk
from NACResponseSlicer.patientLogic import NACResponseLogic
from NACResponseSlicer.slots import keep, kept
from NACResponseSlicer.study import HELPERS, studyOf
from NACResponseSlicer.trainingLogic import NACResponseTrainingLogic
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

__all__ = ["NACResponse", "NACResponseLogic", "NACResponseTest", "NACResponseTrainingLogic", "NACResponseWidget"]

OURS = ("NACResponseSlicer", "NACResponseLib")  # packages that a reload of the module reads again
FIRST, LAST = 100.0, -100.0  # priorities among the observers of the scene; the node selectors' lie between


class NACResponse(ScriptedLoadableModule):
    """What Slicer knows of the module before it is opened."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        parent.title = "NACResponse"
        parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        parent.dependencies = ["Markups", "Plots", "Segmentations", "Tables", "Terminologies", "Volumes"]
        parent.contributors = ["The NACResponse developers"]
        parent.helpText = _(
            "<p>Predicts from pre-treatment MRI and CT how a breast cancer responds to neoadjuvant chemotherapy: "
            "contour the tumour, make the peritumoral shell, enter the clinical data, and score the patient; or train "
            "and validate models on a cohort of your own.</p>"
            "<p><b>Research use only: not for diagnosis or treatment decisions.</b></p>"
            "<p>The sample patient is one of the collection "
            "<a href='https://doi.org/10.7937/K9/TCIA.2016.QHSYHJKY'>Breast-MRI-NACT-Pilot</a>.</p>"
        )
        parent.acknowledgementText = _(
            "The sample patient: Newitt D, Hylton N, Breast-MRI-NACT-Pilot, The Cancer Imaging Archive, CC BY 3.0. "
            "Features: as pyradiomics defines them, and MedicalNet; models: XGBoost."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData() -> None:
    """Adds the sample patient to the module Sample Data."""
    from NACResponseSlicer import sampleData

    sampleData.registerSampleData()


class NACResponseWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The module's panel: three tabs of panels that all show one parameter node."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.parameterNode: Any = None
        self.patientPanels: list[Any] = []
        self.cohortPanels: list[Any] = []

    def setup(self) -> None:
        """Builds the tabs; called once when the module is first opened, and again when it is reloaded."""
        super().setup()
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/NACResponse.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic, self.trainingLogic = NACResponseLogic(), NACResponseTrainingLogic()
        self._buildPatientTab()
        self._buildCohortTabs()
        self.ui.tabs.connect("currentChanged(int)", self.onTab)
        scene = slicer.mrmlScene
        for start, end in (
            (scene.StartCloseEvent, scene.EndCloseEvent),
            (scene.StartImportEvent, scene.EndImportEvent),
        ):
            self.addObserver(scene, start, self.onSceneStarts, priority=FIRST)
            self.addObserver(scene, end, self.onSceneEnds, priority=LAST)
        self.addObserver(scene, scene.NodeAboutToBeRemovedEvent, self.onNodeLeaves, priority=FIRST)
        self.addObserver(scene, scene.NodeRemovedEvent, self.onNodeRemoved)
        self.initializeParameterNode()
        if self.parent.isEntered:  # the module was reloaded while it was open
            self.enter()

    def _buildPatientTab(self) -> None:
        from NACResponseSlicer.panels.clinical import ClinicalPanel
        from NACResponseSlicer.panels.contour import ContourPanel
        from NACResponseSlicer.panels.images import ImagesPanel
        from NACResponseSlicer.panels.model import ModelPanel
        from NACResponseSlicer.panels.nextStep import NextStep
        from NACResponseSlicer.panels.score import ScorePanel
        from NACResponseSlicer.panels.shell import ShellPanel

        self.model = ModelPanel(self.logic)
        self.images, self.contour = ImagesPanel(self.logic), ContourPanel(self.logic)
        self.shell = ShellPanel(self.logic, onEdit=self.contour.edit)
        self.clinical, self.score = ClinicalPanel(self.logic), ScorePanel(self.logic, self.model)
        self.patientPanels = [self.model, self.images, self.contour, self.shell, self.clinical, self.score]
        self.model.onListing = self.onListing
        self.nextStep = NextStep(self.images, self.contour, self.clinical, self.score)
        self._place(self.ui.patientTab, self.patientPanels)

    def onListing(self) -> None:
        """It is being asked, or known, which models there are, and so what the chosen one needs."""
        for panel in self.patientPanels:
            panel.onChanged()

    def _buildCohortTabs(self) -> None:
        from NACResponseSlicer.panels.cohort import CohortPanel
        from NACResponseSlicer.panels.review import ReviewPanel
        from NACResponseSlicer.panels.training import TrainingPanel
        from NACResponseSlicer.panels.weights import WeightsPanel

        self.cohort = CohortPanel(self.trainingLogic, onUseFeatures=lambda: self.showTab(self.ui.trainingTab))
        self.review = ReviewPanel(self.trainingLogic, onRecompute=self.cohort.onExtract)
        self.weights = WeightsPanel(self.trainingLogic, onWeights=self.cohort.onWeights)
        self.training = TrainingPanel(self.trainingLogic, onUseModel=lambda: self.showTab(self.ui.patientTab))
        self.cohortPanels = [self.cohort, self.review, self.weights, self.training]
        self._place(self.ui.cohortTab, [self.cohort, self.review, self.weights])
        self._place(self.ui.trainingTab, [self.training])

    @staticmethod
    def _place(tab: Any, panels: list[Any]) -> None:
        """The panels one below the other, above the tab's spacer."""
        for row, panel in enumerate(panels):
            tab.layout().insertWidget(row, panel.widget)

    @property
    def panels(self) -> list[Any]:
        """All panels."""
        return [*self.patientPanels, *self.cohortPanels]

    def showTab(self, tab: Any) -> None:
        """Turns to a tab."""
        self.ui.tabs.setCurrentWidget(tab)

    def updateState(self) -> None:
        """Shows in every step what can be done now and what is missing."""
        for panel in self.panels if self.parameterNode is not None else ():
            panel.updateState()

    def enter(self) -> None:
        """The user comes to the module."""
        self.initializeParameterNode()
        for panel in self.patientPanels:
            panel.enter()
        self.nextStep.install()
        self.onTab(self.ui.tabs.currentIndex)

    def onTab(self, index: int) -> None:
        """The tabs for cohorts are prepared when the user first turns to them."""
        if index > 0:
            for panel in self.cohortPanels:
                panel.enter()

    def exit(self) -> None:
        """The user leaves for another module; what runs goes on."""
        self.nextStep.uninstall()
        for panel in self.panels:
            panel.exit()

    def cleanup(self) -> None:
        """The module is closed or reloaded: everything ends."""
        from NACResponseSlicer import processRunner

        self.removeObservers()
        self.nextStep.uninstall()
        for panel in self.panels:
            panel.cleanup()
        processRunner.endAll()
        self.parameterNode = None

    def onReload(self) -> None:
        """Reads our packages again, too: Slicer itself reads only this file."""
        for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
            del sys.modules[name]
        super().onReload()

    # Scene

    def onSceneStarts(self, caller: Any, event: str) -> None:
        """A scene is about to be closed or loaded: selectors that are emptied meanwhile must not change the choices."""
        if caller.IsClosing():
            for panel in self.patientPanels:
                for bar in panel.bars():
                    bar.cancel()  # its patient goes
        self.setParameterNode(None)

    def onSceneEnds(self, caller: Any, event: str) -> None:
        """The scene is closed or loaded: its parameter node is shown."""
        if not caller.IsImporting() and self.parent.isEntered:
            self.initializeParameterNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeLeaves(self, caller: Any, event: str, node: slicer.vtkMRMLNode) -> None:
        """A node is about to be removed: where it was chosen, none is; a selector would take its neighbour instead."""
        if self.parameterNode is None:
            return
        if self.parameterNode.suggestionBox is node:
            self.parameterNode.suggestionBox = None
        for name in (*studyOf(self.parameterNode).images, *HELPERS):
            if kept(self.parameterNode, "image", name) is node:
                keep(self.parameterNode, "image", name, None)

    def onNodeRemoved(self, caller: Any, event: str) -> None:
        """A chosen node may be gone."""
        for panel in self.panels:
            panel.onChanged()

    def initializeParameterNode(self) -> None:
        """Shows the scene's parameter node, which is made where there is none."""
        if self.parameterNode is None:
            self.setParameterNode(self.logic.getParameterNode())
        else:
            self.updateState()

    def setParameterNode(self, parameterNode: Any) -> None:
        """All panels show this parameter node; None shows none."""
        self.parameterNode = parameterNode
        for panel in self.panels:
            panel.setParameterNode(parameterNode)


class NACResponseTest(ScriptedLoadableModuleTest):
    """The sample patient from start to end, by the logic alone: it needs no window."""

    def setUp(self) -> None:
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Runs all tests."""
        self.setUp()
        try:
            self.test_sample_patient_is_scored()
        except unittest.SkipTest as skipped:  # nobody catches it where "Reload and Test" calls
            self.delayDisplay(str(skipped))

    def test_sample_patient_is_scored(self) -> None:
        from NACResponseSlicer import dependencies, sampleData

        needs = [need.name for need in dependencies.missing("score")]
        if needs:  # as on the machines that build extensions
            self.skipTest(_("Not tested: these packages are missing: {names}.").format(names=", ".join(needs)))
        self.delayDisplay(_("Loading the sample patient"))
        logic = NACResponseLogic()
        parameterNode = logic.getParameterNode()
        sampleData.loadSamplePatient(parameterNode, logic)
        self.assertEqual(logic.missingFor("score", parameterNode), [])
        self.delayDisplay(_("Making the shell"))
        shell = logic.makeShell(parameterNode, "MRI")
        self.assertGreater(shell.shellMm3, 0)
        self.delayDisplay(_("Scoring"))
        score = logic.score(parameterNode)
        self.assertEqual(score.positiveClass, "pathological complete response")
        self.assertLess(score.interval[0], score.probability)
        self.assertLess(score.probability, score.interval[1])
        self.assertTrue(parameterNode.reportHtml)
        self.delayDisplay(_("Test passed"))
