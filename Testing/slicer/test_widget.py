"""The whole panel, from loading the sample patient to a saved scene read back; scene, reload, cancel and their like."""

import json
import shutil
import sys

import pytest

from Testing.slicer.opened_module import MODULE, contoured, volume
from Testing.slicer.shared import made_once


@pytest.fixture(scope="session")
def coarseSample(tmp_path_factory):
    """The sample patient with every third voxel in the plane and every second slice; slow tests take the whole one."""
    import SimpleITK as sitk

    original = MODULE.parents[1] / "Resources" / "SampleData" / "nact06"

    def shrink(folder):
        for name in ("sample.json", "clinical.csv"):
            shutil.copy(original / name, folder)
        for name in ("MRI_CET1.nii.gz", "tumor_MRI_corrected.nii.gz"):
            sitk.WriteImage(sitk.Shrink(sitk.ReadImage(str(original / name)), [3, 3, 2]), str(folder / name))

    return made_once(tmp_path_factory, "sample", shrink)


@pytest.mark.slow
def test_the_sample_patient_is_scored_saved_and_read_back(opened, coarseSample, tmp_path, monkeypatch):
    import slicer
    from NACResponseSlicer import sampleData

    monkeypatch.setattr(sampleData, "sampleFolder", lambda: coarseSample)
    widget = opened.widget
    opened.listed()
    widget.images.ui.sampleButton.click()
    opened.settle()
    assert "longest diameter" in widget.contour.ui.sizeLabel.text
    opened.run(widget.shell.shellBars["MRI"])
    assert opened.node.shellMriJson, widget.shell.shellBars["MRI"].messageLabel.text
    assert "MRI shell:" in widget.shell.results["MRI"].text
    opened.run(widget.score.bar)
    assert opened.node.scoreJson, widget.score.bar.messageLabel.text
    probability = json.loads(opened.node.scoreJson)["probability"]
    text = widget.score.ui.resultLabel.text
    assert f"{100 * probability:.0f}\u00a0%" in text and "residual disease" in text
    assert slicer.util.saveScene(str(tmp_path / "patient.mrb"))
    slicer.mrmlScene.Clear(0)
    opened.settle()
    assert opened.node.scoreJson == "" and not widget.score.ui.resultPlace.visible
    assert opened.node.imageMriCet1 is None and not widget.shell.results["MRI"].visible
    slicer.util.loadScene(str(tmp_path / "patient.mrb"), {"clear": True})
    opened.settle()
    assert widget.score.ui.resultLabel.text == text
    assert opened.node.imageMriCet1.GetName() == "NACT_06 MRI_CET1"
    assert widget.images.selectors["MRI_CET1"].currentNode() is opened.node.imageMriCet1
    assert widget.clinical.ui.ageEdit.text == "71" and widget.clinical.ui.her2Combo.currentText == "negative"
    assert (
        "MRI shell:" in widget.shell.results["MRI"].text
        and "make the shell again" not in widget.shell.results["MRI"].text
    )
    assert "score again" not in widget.score.ui.warningsLabel.text
    assert widget.score.ui.contributionsView.mrmlTableNode().GetNumberOfRows() == 4
    assert widget.contour.editor.segmentationNode() is opened.node.segmentation


def test_a_cancelled_shell_leaves_the_scene_as_it_was_and_can_be_made_again(opened):
    opened.widget.images.ui.sampleButton.click()
    opened.settle()
    bar = opened.widget.shell.shellBars["MRI"]
    bar.runButton.click()
    assert bar.running and bar.cancelButton.visible and opened.widget.shell._folders
    bar.cancelButton.click()
    opened.until(lambda: not bar.running)
    assert bar.messageLabel.text == "Cancelled." and not opened.node.shellMriJson
    assert not opened.widget.shell._folders and bar.runButton.enabled
    assert list(opened.widget.shell.segments()) == [("MRI", "Tumor")]


def test_closing_the_scene_ends_a_run_and_nothing_of_it_comes_into_the_next_scene(opened):
    import slicer

    opened.widget.images.ui.sampleButton.click()
    opened.settle()
    bar = opened.widget.shell.shellBars["MRI"]
    bar.runButton.click()
    slicer.mrmlScene.Clear(0)
    opened.until(lambda: not bar.running)
    opened.settle()
    assert slicer.util.getNodesByClass("vtkMRMLSegmentationNode") == [] and not opened.node.shellMriJson
    assert opened.widget.images.ui.sampleButton.visible


def test_the_three_tabs_hold_their_panels_and_one_parameter_node(opened):
    widget = opened.widget
    titles = [widget.ui.tabs.tabText(index) for index in range(widget.ui.tabs.count)]
    assert titles == ["Patient", "Cohort", "Training"]
    assert all(panel.parameterNode is widget.parameterNode for panel in widget.panels)
    widget.showTab(widget.ui.trainingTab)
    assert widget.ui.tabs.currentIndex == 2
    widget.training._onUseModel()
    assert widget.ui.tabs.currentIndex == 0
    widget.cohort._onUseFeatures()
    assert widget.ui.tabs.currentIndex == 2


def test_what_the_user_types_is_in_the_parameter_node_and_the_other_way_round(opened):
    widget = opened.widget
    widget.images.scannerEdits["MRI"].text = "Signa"
    widget.contour.ui.percentSlider.value = 90
    assert opened.node.scannerMri == "Signa" and opened.node.enhancementPercent == 90
    opened.node.scannerCt, opened.node.marginMm = "Brilliance", 7.5
    opened.settle()
    assert widget.images.scannerEdits["CT"].text == "Brilliance" and widget.shell.ui.marginSlider.value == 7.5


def test_a_renamed_image_stays_chosen_and_a_deleted_one_is_missing(opened):
    import slicer

    contoured(opened)
    image = opened.node.imageMriCet1
    assert opened.widget.shell.shellBars["MRI"].runButton.enabled
    image.SetName("renamed")
    assert opened.node.imageMriCet1 is image
    slicer.mrmlScene.RemoveNode(image)
    opened.settle()
    assert opened.node.imageMriCet1 is None
    assert "Choose the image" in opened.widget.shell.shellBars["MRI"].missingLabel.text


def test_a_scene_that_is_loaded_while_the_module_is_not_open_is_shown_on_entering(opened, tmp_path):
    import slicer

    opened.node.age = "44"
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    opened.representation.exit()
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrb"), {"clear": True})
    assert opened.widget.parameterNode is None
    opened.widget.updateState()  # nothing to show, nothing happens
    opened.representation.enter()
    assert opened.widget.clinical.ui.ageEdit.text == "44"


def test_reloading_reads_our_packages_again_and_keeps_the_choices(opened):
    import slicer

    opened.node.age = "61"
    before = sys.modules["NACResponseSlicer.patientLogic"]
    opened.widget.onReload()
    assert sys.modules["NACResponseSlicer.patientLogic"] is not before
    opened.widget = slicer.modules.NACResponseWidget
    assert opened.widget.clinical.ui.ageEdit.text == "61" and opened.widget.contour.editor.shortcuts


def test_closing_the_module_ends_what_runs(opened):
    contoured(opened)
    bar = opened.widget.shell.shellBars["MRI"]
    bar.runButton.click()
    process = bar._process
    opened.widget.cleanup()
    assert not process.running and not opened.widget.shell._folders
    assert all(panel.parameterNode is None for panel in opened.widget.panels)
    opened.widget.removeObservers()


def test_the_module_says_what_it_is_and_loads_without_a_window(slicerApp, monkeypatch):
    monkeypatch.syspath_prepend(str(MODULE.parent))
    slicerApp.app.showMainWindow(False)
    module = slicerApp.loadModule(MODULE)
    try:
        assert module.title == "NACResponse" and module.categories == ["Quantification"]
        assert "Research use only" in module.helpText and module.contributors and module.acknowledgementText
        from NACResponse import NACResponseLogic, NACResponseTrainingLogic

        assert NACResponseLogic().moduleName == "NACResponse" and NACResponseTrainingLogic is not None
        import slicer

        sources = slicer.modules.sampleDataSources["NACResponse"]
        assert "NACResponseSample" in [source.sampleName for source in sources]
    finally:
        slicerApp.unloadModule("NACResponse")


@pytest.mark.slow
def test_the_self_test_of_the_module_passes(slicerApp, monkeypatch):
    import slicer

    monkeypatch.syspath_prepend(str(MODULE.parent))
    slicerApp.loadModule(MODULE)
    try:
        slicer.selfTests["NACResponse"]()
        from NACResponse import NACResponseLogic

        node = NACResponseLogic().getParameterNode()  # it ran to its end and was not skipped
        assert node.shellMriJson and node.scoreJson and node.reportHtml
    finally:
        slicerApp.unloadModule("NACResponse")


def test_the_self_test_is_skipped_where_packages_are_missing(slicerApp, monkeypatch):
    import unittest

    import slicer

    monkeypatch.syspath_prepend(str(MODULE.parent))
    slicerApp.loadModule(MODULE)
    slicerApp.installations.missing.add("xgboost")
    try:
        slicer.selfTests["NACResponse"]()
        from NACResponse import NACResponseTest

        result = unittest.TestLoader().loadTestsFromTestCase(NACResponseTest).run(unittest.TestResult())
        assert result.wasSuccessful() and "xgboost" in result.skipped[0][1]
    finally:
        slicerApp.unloadModule("NACResponse")


def test_a_window_of_its_own_can_hold_the_panel(slicerApp, monkeypatch):
    monkeypatch.syspath_prepend(str(MODULE.parent))
    module = slicerApp.loadModule(MODULE)
    try:
        another = module.createNewWidgetRepresentation().self()
        assert another.parameterNode is not None and pytest.approx(5.0) == another.parameterNode.marginMm
        another.cleanup()
    finally:
        slicerApp.unloadModule("NACResponse")


def test_one_key_leads_from_the_missing_image_to_the_contour_the_age_and_the_score(opened, monkeypatch):
    import slicer

    opened.listed()
    widget = opened.widget
    key, scored = widget.nextStep.shortcut, []
    monkeypatch.setattr(widget.score, "runStep", lambda bar, *_: scored.append(bar))
    assert key is not None and key.parent() is slicer.util.mainWindow()
    key.activated.emit()
    assert not widget.images.ui.imagesStep.collapsed and not opened.node.segmentMri
    opened.node.imageMriCet1 = volume("MRI")
    opened.settle()
    key.activated.emit()
    opened.settle()
    assert opened.node.segmentMri and widget.contour.editor.activeEffect().name == "Paint"
    contoured(opened)
    widget.clinical.ui.clinicalStep.collapsed = True
    key.activated.emit()
    assert not widget.clinical.ui.clinicalStep.collapsed and not scored
    opened.node.age = "50"
    opened.settle()
    key.activated.emit()
    assert scored == [widget.score.bar]
    opened.representation.exit()
    assert widget.nextStep.shortcut is None
    opened.representation.enter()
