"""What a run on a cohort lacks is listed in sentences before it can begin."""

# ruff: noqa: F811 - fixtures are imported, and named as arguments

import json
import os
from pathlib import Path

import pytest

from Testing.slicer.training_runs import cohort, logic  # noqa: F401 - fixtures


def test_the_file_names_that_a_result_folder_may_hold_are_the_librarys(logic):
    from NACResponseSlicer import trainingChecks

    from NACResponseLib.cohort.results import OWN
    from NACResponseLib.cohort.store import FOLDER

    assert set(trainingChecks.EXTRACTION_FILES) == set(OWN) and trainingChecks.PATIENTS == FOLDER


def test_what_an_extraction_lacks_is_stated_field_by_field(logic, cohort, tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "weights"))
    ask = logic.missingForExtract
    assert ask("", "", "", []) == [
        "Choose the cohort's table: CSV, Excel or Parquet.",
        "Choose the folder for the features.",
    ]
    assert ask(str(cohort), str(tmp_path / "new" / "deep"), "jang2025", ["handcrafted"]) == []
    out = str(tmp_path / "new")
    assert ask("no.csv", out, "", ["handcrafted"]) == ["There is no file no.csv."]
    assert ask(str(cohort), out, "jang", ["handcrafted"]) == ["There is no protocol 'jang'."]
    assert ask(str(cohort), out, "/my.yaml", ["handcrafted"]) == ["There is no file /my.yaml."]
    assert ask(str(cohort), out, str(cohort.parent / "protocol.yaml"), []) == []
    lines = ["Install the weights of ResNet-10, ResNet-34 first."]
    assert ask(str(cohort), out, "", ["handcrafted", "resnet10", "resnet34"]) == lines


def test_weights_that_are_installed_are_not_asked_for(logic, cohort, tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path))
    (tmp_path / "resnet_10.pth").write_bytes(b"")
    record = {"source": "a file", "sha256": "0" * 64, "size": 0}
    (tmp_path / "resnet_10.json").write_text(json.dumps(record), encoding="utf-8")
    assert logic.missingForExtract(str(cohort), str(tmp_path / "new"), "", ["resnet10"]) == []


def test_an_output_folder_must_be_a_folder_that_can_be_written_and_holds_nothing_else(logic, cohort, tmp_path):
    def ask(path):
        return logic.missingForExtract(str(cohort), str(path), "", ["handcrafted"])

    file = tmp_path / "file"
    file.write_text("x")
    assert ask(file) == ask(file / "below") == [f"{file} is a file: choose a folder."]
    full = tmp_path / "full"
    full.mkdir()
    (full / ".nacresponse-partial-1").mkdir()
    assert ask(full) == []
    (full / "thesis.docx").write_text("x")
    assert ask(full) == [f"{full} holds other files (thesis.docx): choose an empty or a new folder."]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_folder_without_permission_is_reported(logic, cohort, tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir()
    if os.geteuid() == 0:  # root may write everywhere
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != closed)
    closed.chmod(0o555)
    lines = [f"{closed} cannot be written: choose another folder."]
    assert logic.missingForExtract(str(cohort), str(closed / "new"), "", ["handcrafted"]) == lines
    closed.chmod(0o755)


def test_a_folder_that_cannot_be_listed_is_reported(logic, cohort, tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    lines = [f"{tmp_path} cannot be read: Permission denied."]
    assert logic.missingForExtract(str(cohort), str(tmp_path), "", ["handcrafted"]) == lines


def test_what_a_training_lacks_is_stated_field_by_field(logic, trained, tmp_path):
    features, new = str(trained / "features"), str(tmp_path / "new")
    ask = logic.missingForTrain
    assert len(ask("", "", "", "")) == 3
    assert ask(features, "pcr", new, "jang2025", ["resnet10"]) == []
    assert ask(features, "pcr", str(trained / "run"), str(trained / "small.yaml")) == []  # an earlier run's folder
    assert ask("/nowhere", "pcr", new, "") == ["There is no folder /nowhere."]
    (result,) = ask(str(tmp_path), "pcr", new, "")
    assert result.endswith("is not a folder of extracted features: cases.csv is missing.")
    assert ask(features, "pcr", new, "jang") == ["There is no recipe 'jang'."]
    assert ask(features, "pcr", new, "", ["resnet34"]) == [f"There is no table of resnet34 in {features}."]
    assert ask(features, "pcr", features, "")[-1].startswith("Choose a folder for the results")
