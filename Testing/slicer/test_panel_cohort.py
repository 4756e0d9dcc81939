"""The Cohort tab, with real runs on a tiny cohort."""

import os
import shutil
from pathlib import Path

import pytest

from Testing.library.cohort.tiny import make_cohort, read_rows, write_cohort

from .panel_tools import PROC, cells, processes, settle, wait
from .training_runs import PATIENTS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A cohort that no test changes."""
    return make_cohort(tmp_path_factory.mktemp("made") / "cohort", PATIENTS)


@pytest.fixture
def panel(scene, moduleFolder):
    from NACResponseSlicer.panels.cohort import CohortPanel
    from NACResponseSlicer.parameterNode import NACResponseParameterNode
    from NACResponseSlicer.trainingLogic import NACResponseTrainingLogic

    called = []
    panel = CohortPanel(NACResponseTrainingLogic(), onUseFeatures=lambda: called.append("use"))
    node = NACResponseParameterNode(scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))
    node.workers = 1
    panel.setParameterNode(node)
    panel.widget.show()
    panel.called = called
    yield panel
    panel.cleanup()
    panel.widget.hide()


@pytest.fixture
def filled(panel, made, tmp_path):
    fill(panel, made, tmp_path / "out")
    return panel


def fill(panel, cohort, output):
    """As a user does: paths typed, the protocol taken from a file."""
    from Testing.slicer import fakes

    ui = panel.ui
    ui.cohortFileEdit.currentPath = str(cohort)
    ui.cohortOutputEdit.currentPath = str(output)
    fakes.dialogs.dialogs.answerFile(str(cohort.parent / "protocol.yaml"))
    ui.protocolBox.currentIndex = ui.protocolBox.count - 1
    settle()


def broken(made, folder, change):
    """A copy of the cohort's table, with its rows changed; files are named by their full path."""
    rows = read_rows(made)
    for row in rows:
        row |= {name: str(made.parent / row[name]) for name in ("CT", "tumor_CT")}
    change(rows)
    folder.mkdir()
    (folder / "protocol.yaml").write_bytes((made.parent / "protocol.yaml").read_bytes())
    write_cohort(folder / "COHORT.csv", rows)
    return folder / "COHORT.csv"


def test_an_empty_tab_says_what_is_missing_and_runs_nothing(panel):
    for bar in (panel.checkBar, panel.extractBar):
        assert not bar.runButton.enabled
        assert bar.missingLabel.visible and bar.missingLabel.text
    assert not panel.ui.contactSheetButton.enabled and not panel.ui.useFeaturesButton.enabled
    assert panel.ui.extractionLabel.text
    assert not panel.ui.problemsTable.visible and not panel.ui.failuresTable.visible


def test_what_is_typed_lands_in_the_parameter_node_and_comes_back_from_it(filled, made):
    node = filled.parameterNode
    assert node.cohortFile == str(made)
    assert node.protocol == str(made.parent / "protocol.yaml")
    assert filled.ui.protocolBox.currentText == "protocol.yaml"
    filled.featureSets.boxes["resnet10"].checked = True
    assert node.featureSets == "handcrafted,resnet10"
    filled.ui.workersBox.value = 3
    assert node.workers == 3
    node.featureSets, node.device, node.protocol, node.cohortFile = "resnet50", "cpu", "", "/elsewhere.csv"
    settle()
    assert filled.featureSets.chosen() == ["resnet50"]
    assert filled.device.read() == "cpu" and filled.ui.deviceBox.enabled
    assert filled.protocol.read() == "jang2025"
    assert filled.ui.cohortFileEdit.currentPath == "/elsewhere.csv"


def test_the_columns_that_the_chosen_protocol_reads_are_named(panel, tmp_path, slicerApp, monkeypatch):
    from NACResponseSlicer.panels import cohort

    assert "patient_id, MRI_CET1, MRI_T2, CT, tumor_MRI, tumor_CT, scanner_MRI" in panel.ui.columnsLabel.text
    panel.ui.protocolBox.currentIndex = panel.ui.protocolBox.findData("liang2025")
    settle()
    assert panel.parameterNode.protocol == "liang2025"
    assert "US, MG, CT, MRI_CET1, tumor_US, tumor_MG, tumor_CT, tumor_MRI" in panel.ui.columnsLabel.text
    (tmp_path / "odd.yaml").write_text("name: odd\n", encoding="utf-8")
    panel.parameterNode.protocol = str(tmp_path / "odd.yaml")
    settle()
    assert "odd.yaml" in panel.ui.columnsLabel.text
    monkeypatch.setattr(cohort, "missing", lambda purpose: ["PyYAML"])  # as before the first step
    panel.updateState()
    assert not panel.ui.columnsLabel.visible


def test_a_cancelled_file_dialog_leaves_the_protocol_as_it_was(panel, slicerApp):
    slicerApp.dialogs.answerFile("")
    panel.ui.protocolBox.currentIndex = panel.ui.protocolBox.count - 1
    assert panel.protocol.read() == "jang2025"
    assert not any("protocol" in text.lower() for text in slicerApp.dialogs.texts() if "Choose" not in text)


def test_no_feature_set_chosen_is_stated(filled):
    filled.featureSets.boxes["handcrafted"].checked = False
    settle()
    assert filled.featureSets.chosen() == []
    assert not filled.extractBar.runButton.enabled
    assert "feature set" in filled.extractBar.missingLabel.text


def test_feature_sets_without_weights_are_marked_and_not_run(filled, tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "no weights"))
    entry = {"label": "ResNet-10", "feature_set": "resnet10", "depth": 10, "installed": False}
    filled.onWeights([entry])
    filled.featureSets.boxes["resnet10"].checked = True
    settle()
    assert "weights missing" in filled.featureSets.boxes["resnet10"].text
    assert "ResNet-10" in filled.extractBar.missingLabel.text and not filled.extractBar.runButton.enabled
    filled.onWeights([entry | {"installed": True}])
    assert "weights missing" not in filled.featureSets.boxes["resnet10"].text


def test_checking_a_good_table_says_what_there_is_to_do_and_writes_nothing(filled):
    filled.checkBar.runButton.click()
    assert not filled.extractBar.runButton.enabled and not filled.checkBar.runButton.enabled
    wait(filled.checkBar)
    assert "No problems" in filled.checkBar.messageLabel.text
    assert f"{PATIENTS} to do" in filled.checkBar.messageLabel.text
    assert not Path(filled.parameterNode.cohortOutput).exists()
    assert filled.extractBar.runButton.enabled


def test_every_problem_of_a_broken_table_is_listed_with_row_and_column(panel, made, tmp_path):
    def change(rows):
        rows[1]["CT"] = "nowhere.mha"
        rows[2]["patient_id"] = "P0"
        rows[3]["age"] = "old"

    fill(panel, broken(made, tmp_path / "in", change), tmp_path / "out")
    panel.checkBar.runButton.click()
    wait(panel.checkBar)
    listed = cells(panel.ui.problemsTable)
    assert [row[:2] for row in listed] == [["3", "CT"], ["4", "patient_id"], ["5", "age"]]
    assert "nowhere.mha" in listed[0][2] and "row 2" in listed[1][2] and "old" in listed[2][2]
    assert panel.ui.problemsTable.visible and "3" in panel.ui.problemsLabel.text
    panel.extractBar.runButton.click()
    wait(panel.extractBar)
    assert len(cells(panel.ui.problemsTable)) == 3
    assert not (tmp_path / "out" / "run.json").exists()


def test_what_the_check_took_each_column_for_is_shown(filled):
    filled.checkBar.runButton.click()
    wait(filled.checkBar)
    assert "age -> age (Age): 4 of 4 known" in filled.ui.columnsLabel.text
    assert " -> " not in filled.checkBar.messageLabel.text


@pytest.mark.slow
def test_a_missing_file_is_named_with_its_row_and_fails_its_patient_alone(panel, made, tmp_path):
    def change(rows):
        rows[2]["CT"] = str(tmp_path / "nowhere.nrrd")

    cohort = broken(made, tmp_path / "broken", change)
    fill(panel, cohort, tmp_path / "out")
    panel.extractBar.runButton.click()
    wait(panel.extractBar)
    assert [row[:2] for row in cells(panel.ui.problemsTable)] == [["4", "CT"]]
    assert panel.extraction.finished == PATIENTS - 1 and len(panel.extraction.failures) == 1


def test_a_run_that_cannot_go_on_says_why_with_details(filled, made, tmp_path):
    odd = tmp_path / "odd.yaml"
    odd.write_text("name: odd\n", encoding="utf-8")
    filled.parameterNode.protocol = str(odd)
    settle()
    filled.checkBar.runButton.click()
    wait(filled.checkBar)
    assert "odd.yaml" in filled.checkBar.messageLabel.text
    assert filled.checkBar.details
    assert not filled.ui.problemsTable.visible


def test_extraction_counts_shows_its_results_and_hands_them_on(filled, slicerApp):
    seen = set()

    def look():
        seen.add(filled.extractBar.messageLabel.text)
        return False

    filled.extractBar.runButton.click()
    assert not filled.ui.cohortSettingsSection.enabled
    wait(filled.extractBar, look)
    assert any("a minute" in text and "left" in text for text in seen), seen
    output = Path(filled.parameterNode.cohortOutput)
    assert f"{PATIENTS} of {PATIENTS} patients" in filled.ui.extractionLabel.text
    assert filled.extractBar.messageLabel.text == "Done."
    assert filled.ui.cohortSettingsSection.enabled and not filled.ui.failuresTable.visible
    filled.ui.contactSheetButton.click()
    filled.ui.openFolderButton.click()
    opened = slicerApp.dialogs.openedUrls
    assert [Path(url.removeprefix("file://")) for url in opened] == [output / "qc" / "index.html", output]
    filled.ui.useFeaturesButton.click()
    assert filled.parameterNode.trainFeatures == str(output) and filled.called == ["use"]


@pytest.mark.slow
def test_failed_patients_are_listed_and_tried_again(panel, made, tmp_path):
    import SimpleITK as sitk

    rows = read_rows(made)
    empty = sitk.ReadImage(str(made.parent / rows[1]["tumor_CT"])) * 0
    cohort = broken(made, tmp_path / "in", lambda rows: rows[1].update(tumor_CT="empty.nii.gz"))
    sitk.WriteImage(empty, str(cohort.parent / "empty.nii.gz"))
    fill(panel, cohort, tmp_path / "out")
    panel.extractBar.runButton.click()
    wait(panel.extractBar)
    listed = cells(panel.ui.failuresTable)
    assert [row[0] for row in listed] == ["P1"] and all(listed[0])
    assert "1 failed" in panel.extractBar.messageLabel.text, panel.extractBar.messageLabel.text
    assert "1 failed" in panel.ui.extractionLabel.text
    assert panel.ui.useFeaturesButton.enabled
    good = sitk.ReadImage(str(made.parent / rows[1]["tumor_CT"]))
    sitk.WriteImage(good, str(cohort.parent / "empty.nii.gz"))
    panel.extractBar.runButton.click()
    wait(panel.extractBar)
    assert not panel.ui.failuresTable.visible
    assert f"{PATIENTS} of {PATIENTS} patients" in panel.ui.extractionLabel.text


@pytest.mark.slow
def test_a_cancelled_run_keeps_what_is_finished_and_the_next_goes_on(panel, tmp_path):
    count = 8
    cohort = make_cohort(tmp_path / "in", count)
    fill(panel, cohort, tmp_path / "out")
    panel.parameterNode.workers = 2
    before = processes(below=os.getpid())
    panel.extractBar.runButton.click()
    wait(panel.extractBar, lambda: panel.extractBar.progressBar.value > 1)
    assert panel.extractBar.running
    workers = processes(below=os.getpid()) - before
    panel.extractBar.cancelButton.click()
    wait(panel.extractBar)
    assert not panel.extractBar.running and not processes(among=workers)
    assert len(workers) > 2 or not PROC.is_dir()  # the program, and its worker processes below it
    assert "goes on" in panel.extractBar.messageLabel.text
    assert not (tmp_path / "out" / "run.json").exists()
    assert "no finished extraction" in panel.ui.extractionLabel.text
    finished = len(list((tmp_path / "out" / "patients").glob("*.json")))
    assert 0 < finished < count
    panel.checkBar.runButton.click()
    wait(panel.checkBar)
    shown = panel.checkBar.messageLabel.text
    assert f"{count} to do" not in shown and "to do" in shown
    panel.extractBar.runButton.click()
    wait(panel.extractBar)
    assert f"{count} of {count} patients" in panel.ui.extractionLabel.text


@pytest.mark.slow
def test_the_result_in_a_folder_is_shown_again_later(panel, extracted, tmp_path):
    from NACResponseSlicer.panels.cohort import CohortPanel

    filled = panel
    fill(filled, extracted / "in" / "COHORT.csv", shutil.copytree(extracted / "out", tmp_path / "out"))
    another = CohortPanel(filled.logic)
    another.setParameterNode(filled.parameterNode)
    settle()
    assert f"{PATIENTS} of {PATIENTS}" in another.ui.extractionLabel.text
    assert another.ui.contactSheetButton.enabled
    another.ui.useFeaturesButton.click()
    (Path(filled.parameterNode.cohortOutput) / "run.json").write_text("{", encoding="utf-8")
    another.onChanged()
    settle()
    assert not another.ui.contactSheetButton.enabled and another.extractBar.messageLabel.text
    another.cleanup()


@pytest.mark.slow
def test_a_scene_closed_during_a_run_does_not_disturb_it(filled):
    filled.extractBar.runButton.click()
    node = filled.parameterNode
    filled.setParameterNode(None)
    wait(filled.extractBar)
    assert not filled.extractBar.running
    filled.setParameterNode(node)
    settle()
    assert f"{PATIENTS} of {PATIENTS}" in filled.ui.extractionLabel.text


def test_refused_packages_are_said_under_the_step(filled, monkeypatch):
    from NACResponseSlicer import dependencies
    from NACResponseSlicer.panels import cohort

    def refuse(purpose):
        raise dependencies.MissingPackages(f"packages for {purpose}")

    monkeypatch.setattr(cohort, "ensure", refuse)
    filled.extractBar.runButton.click()
    assert filled.extractBar.messageLabel.text == "packages for radiomics"
    filled.featureSets.boxes["resnet10"].checked = True
    filled.onCheck()
    assert filled.checkBar.messageLabel.text == "packages for deep"


def test_lines_that_only_resemble_a_problem_are_none(slicerApp, moduleFolder):
    from NACResponseSlicer.panels.cohort import tableProblems

    result = "a, b.csv, row 12, column tumor_CT: no: such file\nnacresponse: expected X, found 1 problem, the first in "
    assert tableProblems(result + "row 3, column CT: no\n5 of 6 patients") == [("12", "tumor_CT", "no: such file")]


def test_a_table_of_another_program_becomes_the_features_of_the_folder(panel, tmp_path):
    rows = [f"P{number:02},{30 + number},{number % 2},{number * 1.5},{number * number}" for number in range(12)]
    table = tmp_path / "theirs.csv"
    header = "Patient,Age at diagnosis,pCR,original_glcm_Contrast,original_firstorder_Mean"
    table.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    assert panel.importBar.missingLabel.text
    panel.ui.featureTableEdit.currentPath = str(table)
    panel.ui.cohortOutputEdit.currentPath = str(tmp_path / "out")
    settle()
    assert not panel.importBar.missingLabel.text
    panel.importBar.runButton.click()
    assert not panel.ui.featureTableEdit.enabled
    wait(panel.importBar)
    assert panel.importBar.messageLabel.text == "Done."
    shown = panel.ui.importedLabel.text
    assert "12 patients" in shown and "Age at diagnosis" in shown and "2 features" in shown
    assert panel.extraction.patients == 12 and "theirs" in panel.ui.extractionLabel.text
    panel.ui.useFeaturesButton.click()
    assert panel.parameterNode.trainFeatures == str(tmp_path / "out")


def test_a_table_that_is_none_is_reported_in_one_line_and_leaves_no_folder(panel, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing of use\n", encoding="utf-8")
    panel.ui.featureTableEdit.currentPath = str(tmp_path / "notes.txt")
    panel.ui.cohortOutputEdit.currentPath = str(tmp_path / "out")
    settle()
    panel.importBar.runButton.click()
    wait(panel.importBar)
    assert "notes.txt" in panel.importBar.messageLabel.text and not (tmp_path / "out").exists()
