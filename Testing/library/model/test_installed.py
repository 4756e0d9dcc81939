"""Models that a user installed: found by name like shipped ones, checked, never in the place of another."""

import json
import sys
from pathlib import Path

import pytest

from NACResponseLib.cli import main
from NACResponseLib.config import user_folder
from NACResponseLib.errors import InputError
from NACResponseLib.model.bundle import load_bundle, model_files, models_folder
from NACResponseLib.model.installed import install_bundle

from .bundle_files import SHIPPED

PHANTOM = SHIPPED.with_name("phantom-multimodal.nacmodel")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_an_installed_model_is_found_by_its_name_and_is_the_same_file(folder):
    place = install_bundle(SHIPPED, "ours")
    assert place == folder / "ours.nacmodel" and place.read_bytes() == SHIPPED.read_bytes()
    assert load_bundle("ours").sha256 == load_bundle(SHIPPED).sha256
    assert list(model_files())[-1] == "ours" and "ispy-clinical-volume" in model_files()


def test_installing_the_same_again_changes_nothing_and_another_needs_a_word(folder):
    install_bundle(SHIPPED, "ours")
    install_bundle(SHIPPED, "ours")
    with pytest.raises(InputError, match="another model called 'ours'"):
        install_bundle(PHANTOM, "ours")
    assert (folder / "ours.nacmodel").read_bytes() == SHIPPED.read_bytes()
    install_bundle(PHANTOM, "ours", replace_other=True)
    assert (folder / "ours.nacmodel").read_bytes() == PHANTOM.read_bytes()


def test_the_name_of_a_shipped_model_cannot_be_taken(folder):
    with pytest.raises(InputError, match="shipped model"):
        install_bundle(PHANTOM, "ispy-clinical-volume", replace_other=True)
    with pytest.raises(InputError, match="shipped model"):
        install_bundle(SHIPPED)  # the name on its card
    (folder).mkdir()
    (folder / SHIPPED.name).write_bytes(b"in the shipped one's place")
    assert model_files()["ispy-clinical-volume"] == SHIPPED


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a b", "x" * 65])
def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(InputError, match="a model's name of letters"):
        install_bundle(SHIPPED, name)


def test_what_is_no_sound_bundle_is_not_installed(tmp_path, folder):
    damaged = tmp_path / "damaged.nacmodel"
    damaged.write_bytes(SHIPPED.read_bytes()[:-500])
    with pytest.raises(InputError):
        install_bundle(damaged, "ours")
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("here")
    monkeypatch.setenv("NACRESPONSE_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(InputError, match="set NACRESPONSE_MODELS"):
        install_bundle(SHIPPED, "ours")


def test_the_command_installs_and_the_list_holds_it(capsys):
    assert main(["models", "install", str(SHIPPED), "--name", "ours"]) == 0
    assert capsys.readouterr().out == f"installed: {models_folder() / 'ours.nacmodel'}\n"
    assert main(["models", "list", "--json"]) == 0
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert entries["ours"]["installed_by_user"] and entries["ours"]["path"] == str(models_folder() / "ours.nacmodel")
    assert not entries["ispy-clinical-volume"]["installed_by_user"] and not entries["ours"]["default"]
    assert main(["models", "list"]) == 0
    assert "\nours 2.0" in capsys.readouterr().out


def test_a_damaged_file_among_the_users_models_is_named_and_hides_no_other(folder, capsys):
    folder.mkdir()
    (folder / "broken.nacmodel").write_bytes(b"nothing")
    assert main(["models", "list", "--json"]) == 0
    printed = capsys.readouterr()
    assert "broken" not in printed.out and "ispy-clinical-volume" in printed.out
    assert printed.err.startswith(f"{folder / 'broken.nacmodel'} is left out: expected")


def test_without_the_variable_models_lie_in_the_users_data_folder_of_the_system(tmp_path, monkeypatch):
    monkeypatch.delenv("NACRESPONSE_MODELS")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert models_folder() == tmp_path / "nacresponse" / "models"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert models_folder() == Path.home() / "Library" / "Application Support" / "nacresponse" / "models"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert user_folder("models", "NACRESPONSE_MODELS") == tmp_path / "local" / "nacresponse" / "models"
