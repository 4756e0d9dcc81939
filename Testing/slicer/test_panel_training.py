"""The Training tab, with real runs on a small synthetic cohort."""

import json
import shutil
import time
from pathlib import Path

import pytest

from .panel_tools import settle, until, wait

pytest.importorskip("xgboost")


@pytest.fixture
def made(trained):
    """The folder of a synthetic cohort's features and of a recipe that is quick; no test changes them."""
    return trained


@pytest.fixture
def run(trained):
    """The folder of a run that the command line made."""
    return trained / "run"


@pytest.fixture
def panel(scene, moduleFolder):
    from NACResponseSlicer.panels.training import TrainingPanel
    from NACResponseSlicer.parameterNode import NACResponseParameterNode
    from NACResponseSlicer.trainingLogic import NACResponseTrainingLogic

    called = []
    panel = TrainingPanel(NACResponseTrainingLogic(), onUseModel=lambda: called.append("use"))
    panel.called = called
    node = NACResponseParameterNode(scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))
    node.workers = 1
    panel.setParameterNode(node)
    panel.widget.show()
    yield panel
    panel.cleanup()
    panel.widget.hide()


@pytest.fixture
def filled(panel, made, tmp_path, slicerApp):
    ui = panel.ui
    ui.trainFeaturesEdit.currentPath = str(made / "features")
    ui.trainOutputEdit.currentPath = str(tmp_path / "run")
    slicerApp.dialogs.answerFile(str(made / "small.yaml"))
    ui.recipeBox.currentIndex = ui.recipeBox.count - 1
    settle()
    until(lambda: panel.bar.runButton.enabled)
    return panel


@pytest.fixture
def shown(panel, run):
    panel.ui.trainOutputEdit.currentPath = str(run)
    settle()
    return panel


def nodes(kind):
    import slicer

    return slicer.util.getNodesByClass(kind)


def shown_cells(view):
    model = view.model()
    columns = range(model.columnCount())
    return [[model.index(row, column).data() for column in columns] for row in range(model.rowCount())]


def test_an_empty_tab_says_what_is_missing_and_offers_nothing(panel):
    assert not panel.bar.runButton.enabled and panel.bar.missingLabel.visible
    assert not panel.ui.trainSetsHolder.visible and not panel.ui.metricsView.visible
    assert not panel.ui.resultButtons.visible and not panel.ui.modelBox.visible  # no result, nothing to press


def test_endpoints_name_their_positive_class(panel):
    box = panel.ui.endpointBox
    shown = [box.itemText(number) for number in range(box.count)]
    assert len(shown) == 5 and "pathological complete response" in shown[0].lower()


def test_the_feature_sets_of_the_folder_are_offered_and_all_are_chosen_at_first(filled):
    assert list(filled.featureSets.boxes) == ["resnet10"] and filled.featureSets.chosen() == ["resnet10"]
    assert filled.ui.trainSetsHolder.visible and filled.bar.runButton.enabled
    filled.featureSets.boxes["resnet10"].checked = False
    settle()
    assert not filled.bar.runButton.enabled and "feature set" in filled.bar.missingLabel.text
    filled.featureSets.boxes["resnet10"].checked = True
    filled.ui.endpointBox.currentIndex = 1
    filled.ui.partitionsBox.value = 4
    node = filled.parameterNode
    assert (node.trainFeatureSets, node.endpoint, node.partitions) == ("resnet10", "responder", 4)
    filled.ui.trainFeaturesEdit.currentPath = str(Path(node.trainFeatures).parent)
    settle()
    assert not filled.featureSets.boxes and not filled.bar.runButton.enabled


@pytest.mark.slow
def test_training_shows_progress_then_metrics_verdict_and_curves(filled, slicerApp):
    filled.ui.partitionsBox.value = 2
    seen, bar = set(), filled.bar.progressBar
    bar.valueChanged.connect(lambda done: seen.add((done, bar.maximum)))  # a busy machine looks too seldom
    filled.bar.runButton.click()
    until(lambda: not filled.ui.trainingSettingsSection.enabled)
    wait(filled.bar)
    assert any(total == 6 and done > 0 for done, total in seen), seen
    output = Path(filled.parameterNode.trainOutput)
    assert filled.bar.messageLabel.text == "Done." and filled.bar.details
    assert "pathological complete response" in filled.ui.trainingLabel.text
    assert filled.ui.verdictLabel.visible and "ResNet10" in filled.ui.verdictLabel.text
    assert "synthetic" in filled.ui.warningsLabel.text
    table = shown_cells(filled.ui.metricsView)
    assert len(table) == 3 and any("ResNet10" in row[0] for row in table)
    filled.ui.trainReportButton.click()
    assert slicerApp.dialogs.openedUrls[-1].removeprefix("file://") == str(output / "report.html")
    filled.ui.rocButton.click()
    chart = nodes("vtkMRMLPlotChartNode")
    assert len(chart) == 1
    import slicer

    assert slicer.app.applicationLogic().GetSelectionNode().GetActivePlotChartID() == chart[0].GetID()


def test_a_run_of_an_earlier_day_is_shown_and_replaced_by_another_not_doubled(shown, run, tmp_path):
    assert shown.ui.metricsView.visible
    tables = len(nodes("vtkMRMLTableNode"))
    shutil.copytree(run, tmp_path / "other")
    shown.ui.trainOutputEdit.currentPath = str(tmp_path / "other")
    settle()
    assert len(nodes("vtkMRMLTableNode")) == tables
    shown.ui.rocButton.click()
    shown.ui.rocButton.click()
    assert len(nodes("vtkMRMLPlotChartNode")) == 1
    shown.ui.trainOutputEdit.currentPath = str(tmp_path)
    settle()
    assert not shown.ui.useModelButton.enabled and not shown.ui.metricsView.visible


def test_the_model_becomes_the_patients(shown, run):
    shown.ui.useModelButton.click()
    assert shown.parameterNode.model == str(run / "model.nacmodel")
    assert shown.called == ["use"] and shown.ui.modelMessageLabel.visible


def test_of_a_study_each_model_can_be_used_and_saved(shown, run, tmp_path, slicerApp):
    assert not shown.ui.modelBox.visible  # one model: nothing to choose
    folder = tmp_path / "study"
    shutil.copytree(run, folder)
    (folder / "models").mkdir()
    final = json.loads((folder / "run.json").read_text(encoding="utf-8"))["final_feature_set"]
    for name in (final, "clinical"):
        (folder / "models" / f"{name}.nacmodel").write_bytes(name.encode())
    shown.ui.trainOutputEdit.currentPath = str(folder)
    settle()
    box = shown.ui.modelBox
    assert box.visible and box.itemText(0).endswith("(final model)") and box.count == 2
    shown.ui.useModelButton.click()
    assert shown.parameterNode.model == str(folder / "model.nacmodel")
    box.currentIndex = box.findData(str(folder / "models" / "clinical.nacmodel"))
    shown.ui.useModelButton.click()
    assert shown.parameterNode.model == str(folder / "models" / "clinical.nacmodel")
    slicerApp.dialogs.answerFile(str(tmp_path / "clinical.nacmodel"))
    shown.ui.saveModelButton.click()
    assert (tmp_path / "clinical.nacmodel").read_bytes() == b"clinical"
    shown.ui.trainOutputEdit.currentPath = str(tmp_path)
    settle()
    assert not box.visible and not shown.ui.useModelButton.enabled


def test_the_report_of_a_run_is_printed_as_pdf(shown, tmp_path, slicerApp):
    slicerApp.dialogs.answerFile(str(tmp_path / "run.pdf"))
    shown.ui.trainPdfButton.click()
    end = time.monotonic() + 20
    while shown.pdf.printer.running:
        assert time.monotonic() < end
        settle()
    assert (tmp_path / "run.pdf").read_bytes().startswith(b"%PDF-")
    assert "run.pdf" in shown.ui.modelMessageLabel.text


STUDY = """\
name: ours
kind: signatures
endpoint: rcb01
protocol: jang2025
signatures:
  deep: {label: Deep, features: resnet50}
"""


def test_a_study_chooses_its_outcome_and_states_the_features_it_needs(filled, made, tmp_path, slicerApp):
    (tmp_path / "ours.yaml").write_text(STUDY, encoding="utf-8")
    assert not filled.ui.recipeFactsLabel.visible and filled.ui.trainSetsHolder.visible
    slicerApp.dialogs.answerFile(str(tmp_path / "ours.yaml"))
    filled.ui.recipeBox.currentIndex = filled.ui.recipeBox.count - 1
    settle()
    assert filled.parameterNode.endpoint == "rcb01" and filled.endpoint.read() == "rcb01"
    label = filled.ui.recipeFactsLabel.text
    assert "predicts residual cancer burden class 0 or I" in label and "resnet50 features of the protocol" in label
    assert not filled.ui.trainSetsHolder.visible  # the recipe names its features itself
    assert "needs resnet50 features" in filled.bar.missingLabel.text and not filled.bar.runButton.enabled
    filled.ui.endpointBox.currentIndex = 0  # another outcome may be chosen
    settle()
    assert filled.parameterNode.endpoint == "pcr"
    filled.featureSets.boxes["resnet10"].checked = False
    settle()
    assert "at least one feature set" not in filled.bar.missingLabel.text


def test_the_model_is_saved_where_the_user_says(shown, run, tmp_path, slicerApp):
    slicerApp.dialogs.answerFile("")
    shown.ui.saveModelButton.click()
    assert not shown.ui.modelMessageLabel.visible
    slicerApp.dialogs.answerFile(str(tmp_path / "mine"))
    shown.ui.saveModelButton.click()
    assert (tmp_path / "mine.nacmodel").read_bytes() == (run / "model.nacmodel").read_bytes()
    assert "mine.nacmodel" in shown.ui.modelMessageLabel.text
    slicerApp.dialogs.answerFile(str(tmp_path / "no such folder" / "mine.nacmodel"))
    shown.ui.saveModelButton.click()
    assert "could not be saved" in shown.ui.modelMessageLabel.text


@pytest.mark.slow
def test_an_outcome_that_the_cohort_lacks_is_stated_with_details(filled):
    filled.ui.endpointBox.currentIndex = 2
    settle()
    filled.bar.runButton.click()
    wait(filled.bar)
    assert "rcb_class" in filled.bar.messageLabel.text and filled.bar.details
    assert not filled.ui.useModelButton.enabled and filled.bar.runButton.enabled


@pytest.mark.slow
def test_a_cancelled_run_ends_and_the_next_goes_on(filled):
    filled.ui.partitionsBox.value = 30
    filled.bar.runButton.click()
    process = filled.bar._process
    wait(filled.bar, lambda: filled.bar.progressBar.value > 1)
    assert filled.bar.running
    filled.bar.cancelButton.click()
    wait(filled.bar)
    assert not process.running and "goes on" in filled.bar.messageLabel.text
    assert not filled.ui.useModelButton.enabled
    started = time.monotonic()
    filled.bar.runButton.click()
    wait(filled.bar, lambda: filled.bar.progressBar.value > 1)
    first = filled.bar.progressBar.value
    assert first > 1, f"starts anew after {time.monotonic() - started:.0f} s"
    filled.bar.cancelButton.click()
    wait(filled.bar)


def test_a_run_whose_files_are_broken_is_stated(shown, run, tmp_path):
    shutil.copytree(run, tmp_path / "broken")
    (tmp_path / "broken" / "run.json").write_text("{", encoding="utf-8")
    shown.ui.trainOutputEdit.currentPath = str(tmp_path / "broken")
    settle()
    assert shown.bar.messageLabel.text and not shown.ui.useModelButton.enabled


def test_refused_packages_are_said_under_the_step(filled, monkeypatch):
    from NACResponseSlicer import dependencies
    from NACResponseSlicer.panels import training

    def refuse(purpose):
        raise dependencies.MissingPackages(f"packages for {purpose}")

    monkeypatch.setattr(training, "ensure", refuse)
    filled.bar.runButton.click()
    assert filled.bar.messageLabel.text == "packages for training"


@pytest.mark.slow
def test_a_scene_closed_during_a_run_does_not_disturb_it(filled):
    filled.ui.partitionsBox.value = 1
    filled.bar.runButton.click()
    node = filled.parameterNode
    filled.setParameterNode(None)
    wait(filled.bar)
    filled.setParameterNode(node)
    settle()
    assert filled.ui.useModelButton.enabled and filled.ui.metricsView.visible


@pytest.mark.slow
def test_a_study_of_signatures_is_trained_and_each_of_its_models_shown(panel, tmp_path):
    """A synthetic cohort of the study li2026, with what ``extract`` would have written of it."""
    from Testing.study_files import make_study

    make_study(tmp_path / "features", "li2026", 70, columns=60)
    ui = panel.ui
    ui.trainFeaturesEdit.currentPath, ui.trainOutputEdit.currentPath = str(tmp_path / "features"), str(tmp_path / "run")
    ui.recipeBox.currentIndex = ui.recipeBox.findData("li2026")
    ui.partitionsBox.value = 2
    settle()
    assert panel.endpoint.read() == "apcr" and "handcrafted and deep features of the protocol li2026" in (
        ui.recipeFactsLabel.text
    )
    assert panel.bar.runButton.enabled, panel.bar.missingLabel.text
    panel.bar.runButton.click()
    wait(panel.bar, seconds=300)
    assert panel.bar.messageLabel.text == "Done.", panel.bar.details
    names = {row[0] for row in shown_cells(ui.metricsView)}
    assert names == {"Radiomics", "Deep learning", "Deep learning radiomics", "Clinical only", "Volume + receptors"}
    assert ui.verdictLabel.text.count("\n") == 2 and "Deep learning radiomics" in ui.verdictLabel.text
    assert ui.modelBox.count == 5 and ui.modelBox.itemText(0) == "Deep learning radiomics (final model)"
    assert "axillary pathological complete response" in ui.trainingLabel.text
    ui.rocButton.click()
    assert nodes("vtkMRMLPlotChartNode")[0].GetNumberOfPlotSeriesNodes() == 6
