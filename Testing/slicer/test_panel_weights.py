"""The list of MedicalNet's weights, and installing them, with the program's own commands."""

import json
import os
from pathlib import Path

import pytest

from Testing.library.features import formula

from .panel_tools import wait

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("given") / "resnet_10_23dataset.pth"
    return formula.write(formula.official(formula.tensors(10)), path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def panel(scene, moduleFolder, folder):
    from NACResponseSlicer.panels.weights import WeightsPanel
    from NACResponseSlicer.parameterNode import NACResponseParameterNode
    from NACResponseSlicer.trainingLogic import NACResponseTrainingLogic

    known = []
    panel = WeightsPanel(NACResponseTrainingLogic(), onWeights=known.append)
    panel.known = known
    panel.setParameterNode(NACResponseParameterNode(scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")))
    panel.ui.weightsSection.collapsed = False
    panel.widget.show()
    panel.enter()
    wait(panel.bar)
    yield panel
    panel.cleanup()
    panel.widget.hide()


def choose(panel, row):
    panel.ui.weightsTable.selectRow(row)
    wait(panel.bar)


def installed(panel):
    table = panel.ui.weightsTable
    return [table.item(row, 1).text() for row in range(table.rowCount)]


def test_the_list_is_read_when_the_user_comes_and_handed_on(panel):
    assert installed(panel) == ["no"] * 4
    assert [entry["depth"] for entry in panel.known[-1]] == [10, 18, 34, 50]
    read = len(panel.known)
    panel.enter()
    assert not panel.bar.running and len(panel.known) == read
    panel.bar.runButton.click()
    wait(panel.bar)
    assert len(panel.known) == read + 1


def test_nothing_can_be_installed_before_a_network_is_chosen(panel):
    assert not panel.ui.installFileButton.enabled and not panel.ui.downloadButton.enabled
    assert panel.ui.weightsHintLabel.visible and "Choose" in panel.ui.weightsHintLabel.text
    choose(panel, 2)
    assert panel.ui.installFileButton.enabled and panel.ui.downloadButton.enabled
    assert not panel.ui.weightsHintLabel.visible


@pytest.mark.slow  # half of it is importing torch
def test_weights_from_a_file_are_installed_and_reported(panel, file, folder, slicerApp):
    choose(panel, 0)
    slicerApp.dialogs.answerFile(str(file))
    panel.ui.installFileButton.click()
    wait(panel.bar)
    assert installed(panel) == ["yes", "no", "no", "no"]
    assert panel.ui.weightsTable.item(0, 2).text() == file.name
    assert "ResNet-10" in panel.bar.messageLabel.text
    recorded = json.loads((folder / "resnet_10.json").read_text(encoding="utf-8"))["sha256"]
    assert panel.ui.weightsTable.item(0, 3).text() == recorded
    assert panel.known[-1][0]["installed"] and panel.ui.weightsTable.currentRow() == 0


@pytest.mark.slow
def test_a_file_of_another_network_is_refused_with_the_reason(panel, file, folder, slicerApp):
    choose(panel, 1)
    slicerApp.dialogs.answerFile(str(file))
    panel.ui.installFileButton.click()
    wait(panel.bar)
    assert "ResNet-18" in panel.bar.messageLabel.text and panel.bar.details
    assert installed(panel) == ["no"] * 4
    assert not list(Path(folder).glob("*.pth"))


def test_a_cancelled_file_dialog_does_nothing(panel, slicerApp):
    choose(panel, 0)
    slicerApp.dialogs.answerFile("")
    panel.ui.installFileButton.click()
    assert not panel.bar.running and installed(panel) == ["no"] * 4


def test_a_download_states_what_where_from_how_large_and_the_licence_before_it_begins(panel, slicerApp, monkeypatch):
    import qt

    started = []
    monkeypatch.setattr(panel.bar, "start", lambda command, onDone: started.append(command))
    choose(panel, 2)
    slicerApp.dialogs.answer(qt.QMessageBox.No)
    panel.ui.downloadButton.click()
    asked = slicerApp.dialogs.shown[-1].text
    for part in ("ResNet-34", "TencentMedicalNet/MedicalNet-Resnet34", "Hugging Face", "MB", "MIT"):
        assert part in asked
    assert not started
    from NACResponseSlicer.panels import weights

    monkeypatch.setattr(weights, "ensure", started.append)
    slicerApp.dialogs.answer(qt.QMessageBox.Yes)
    panel.ui.downloadButton.click()
    assert started == ["download", ["weights", "install", "34"]]


def test_a_download_without_a_connection_says_so_and_offers_the_file(panel, slicerApp, monkeypatch):
    import qt

    pytest.importorskip("huggingface_hub")
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setitem(os.environ, "HF_HUB_OFFLINE", "1")
    choose(panel, 0)
    slicerApp.dialogs.answer(qt.QMessageBox.Yes)
    panel.ui.downloadButton.click()
    wait(panel.bar)
    assert "Hugging Face" in panel.bar.messageLabel.text
    assert installed(panel) == ["no"] * 4


def test_a_program_that_fails_to_list_is_stated(panel, monkeypatch):
    monkeypatch.setattr(panel.logic, "weightsCommand", lambda: ["weights", "lost"])
    read = len(panel.known)
    panel.bar.runButton.click()
    wait(panel.bar)
    assert len(panel.known) == read and panel.bar.messageLabel.text


def test_packages_that_were_refused_are_said(panel, file, slicerApp, monkeypatch):
    from NACResponseSlicer import dependencies
    from NACResponseSlicer.panels import weights

    def refuse(purpose):
        raise dependencies.MissingPackages(f"packages for {purpose}")

    monkeypatch.setattr(weights, "ensure", refuse)
    choose(panel, 0)
    slicerApp.dialogs.answerFile(str(file))
    panel.ui.installFileButton.click()
    assert panel.bar.messageLabel.text == "packages for weights"
