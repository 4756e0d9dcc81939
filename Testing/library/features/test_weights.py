"""Weights files: every published form loads, whatever is not a network's weights is refused by name."""

import hashlib
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.features.weight_file import read_tensors
from NACResponseLib.features.weights import (
    find_weights,
    install_from_file,
    install_from_hub,
    installed_weights,
    weights_folder,
)

from . import formula

pytestmark = pytest.mark.torch
with suppress(ImportError):  # without it no test of this file runs
    import torch


class FakeHub:
    """A hub that has some files; what was asked of it is kept."""

    def __init__(self, source, names, size=57_000_000):
        self.source, self.names, self.size, self.downloads = source, names, size, []

    def files(self, repository):
        self.repository = repository
        return dict.fromkeys(self.names, self.size)

    def download(self, repository, name, folder):
        self.downloads.append(name)
        target = folder / name
        target.write_bytes(self.source.read_bytes())
        return target


def test_the_folder_is_the_users_own_and_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("NACRESPONSE_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert weights_folder() == tmp_path / "data" / "nacresponse" / "weights"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert weights_folder() == Path.home() / ".local" / "share" / "nacresponse" / "weights"
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "mine"))
    assert weights_folder() == tmp_path / "mine"


@pytest.mark.slow
def test_an_installed_file_is_the_users_file_with_its_hash_recorded(own_folder, weights10):
    installed = install_from_file(10, weights10)
    assert installed.path.parent == own_folder
    assert installed.path.read_bytes() == weights10.read_bytes()
    assert installed.sha256 == hashlib.sha256(weights10.read_bytes()).hexdigest()
    assert (installed.source, installed.size) == (weights10.name, weights10.stat().st_size)
    assert installed_weights() == (installed,) == (find_weights(10),)
    assert sorted(file.name for file in own_folder.iterdir()) == ["resnet_10.json", "resnet_10.pth"]


def test_without_weights_the_command_to_run_is_named(own_folder):
    with pytest.raises(InputError, match=r"ResNet-34.*nacresponse weights install 34.*--from FILE"):
        find_weights(34)
    assert installed_weights() == ()


def test_a_file_without_its_record_counts_as_none(own_folder, weights10):
    install_from_file(10, weights10)
    (own_folder / "resnet_10.json").write_text("{", encoding="utf-8")
    assert installed_weights() == ()


@pytest.mark.parametrize("form", ["official", "bare names", "no wrapper", "bare", "old format", "with the head"])
def test_every_form_of_the_file_gives_the_same_tensors(form, tensors10, tmp_path):
    head = {"module.conv_seg.0.weight": torch.ones(3), "module.conv_seg.0.bias": torch.ones(1)}
    contents = {
        "official": formula.official(tensors10),
        "bare names": formula.official(tensors10, prefix=""),
        "no wrapper": formula.official(tensors10)["state_dict"],
        "bare": tensors10,
        "old format": formula.official(tensors10),
        "with the head": {"state_dict": formula.official(tensors10)["state_dict"] | head, "epoch": 3},
    }
    path = tmp_path / "weights.pth"
    torch.save(contents[form], path, _use_new_zipfile_serialization=form != "old format")
    found = read_tensors(path)
    assert set(found) == set(tensors10)
    assert all(torch.equal(found[name], value) for name, value in tensors10.items())


def without(named, *names):
    return {name: value for name, value in named.items() if name not in names}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda t: without(t, "layer3.0.bn2.running_var"), "layer3.0.bn2.running_var"),
        (lambda t: t | {"layer1.1.conv1.weight": torch.ones(2)}, "also layer1.1.conv1.weight in"),
        (lambda t: t | {"conv1.weight": torch.ones(64, 3, 7, 7, 7)}, "conv1.weight of shape (64, 1, 7, 7, 7)"),
        (lambda t: t | {"bn1.bias": torch.full((64,), float("nan"))}, "finite numbers in bn1.bias"),
        (lambda t: t | {"bn1.bias": torch.ones(64, dtype=torch.int64)}, "finite numbers in bn1.bias"),
        (lambda t: t | {"bn1.running_var": -torch.ones(64)}, "variances in bn1.running_var"),
        (lambda t: {"fc.weight": torch.ones(3)}, "conv1.weight, bn1.weight, bn1.bias"),
        (lambda t: {"state_dict": {"conv1.weight": "a word"}}, "str at 'conv1.weight'"),
        (lambda t: {}, "named tensors"),
        (lambda t: [1, 2], "named tensors, found list"),
    ],
)
def test_a_file_that_is_not_this_networks_is_refused_by_the_tensor(change, expected, tensors10, tmp_path, own_folder):
    path = formula.write(change(tensors10), tmp_path / "weights.pth")
    with pytest.raises(InputError) as caught:
        install_from_file(10, path)
    assert expected in str(caught.value)
    assert list(own_folder.iterdir()) == []


def test_the_file_of_another_depth_is_refused(weights10, own_folder):
    with pytest.raises(InputError, match=r"tensors of ResNet-18, found no layer1\.1"):
        install_from_file(18, weights10)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
@pytest.mark.parametrize("new", [True, False], ids=["zip", "old format"])
def test_a_file_cut_off_is_refused(share, new, tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({"conv1.weight": torch.ones(4000)}, path, _use_new_zipfile_serialization=new)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match="a PyTorch file of tensors, whole"):
        read_tensors(path)


class Evil:
    def __reduce__(self):
        return os.mkdir, (os.environ["EVIL"],)


def test_code_in_a_file_is_refused_and_never_run(tmp_path, monkeypatch):
    monkeypatch.setenv("EVIL", str(tmp_path / "evil"))
    path = formula.write({"state_dict": {"conv1.weight": Evil()}}, tmp_path / "weights.pth")
    with pytest.raises(InputError, match="a PyTorch file of tensors"):
        read_tensors(path)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("content", [b"", b"no weights\n", b"PK\x03\x04", bytes(range(256)) * 9])
def test_a_foreign_file_is_refused(content, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.pth"):
        read_tensors(path)


def test_a_file_that_is_not_there_is_refused(own_folder, tmp_path):
    with pytest.raises(InputError, match="no file"):
        install_from_file(10, tmp_path / "none.pth")


def test_a_refused_file_leaves_the_earlier_one(own_folder, weights10, tmp_path):
    before = install_from_file(10, weights10)
    (tmp_path / "bad.pth").write_bytes(weights10.read_bytes()[:-1000])
    with pytest.raises(InputError):
        install_from_file(10, tmp_path / "bad.pth")
    assert find_weights(10) == before
    assert sorted(file.name for file in own_folder.iterdir()) == ["resnet_10.json", "resnet_10.pth"]


def test_a_folder_that_cannot_be_written_is_stated(monkeypatch, tmp_path, weights10):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "file" / "weights"))
    with pytest.raises(InputError, match=r"a folder for weights.*set NACRESPONSE_WEIGHTS"):
        install_from_file(10, weights10)


def test_a_download_says_its_size_and_source_before_it_begins(own_folder, weights10):
    hub, result = FakeHub(weights10, ["README.md", "resnet_10.pth", "resnet_10_23dataset.pth"]), []
    installed = install_from_hub(10, lambda line: result.append((line, list(hub.downloads))), hub)
    assert result == [
        (
            "MedicalNet ResNet-10: resnet_10_23dataset.pth, 57 MB, from TencentMedicalNet/MedicalNet-Resnet10 on "
            "Hugging Face",
            [],
        )
    ]
    assert installed.source == "TencentMedicalNet/MedicalNet-Resnet10/resnet_10_23dataset.pth"
    assert json.loads((own_folder / "resnet_10.json").read_text(encoding="utf-8"))["sha256"] == installed.sha256


def test_the_other_published_name_is_taken_where_it_is_the_only_one(own_folder, weights10):
    hub = FakeHub(weights10, ["resnet_10.pth"], size=None)
    messages = []
    install_from_hub(10, messages.append, hub)
    assert hub.downloads == ["resnet_10.pth"]
    assert "size unknown" in messages[0]


def test_a_hub_without_the_file_downloads_nothing(own_folder, weights10):
    hub = FakeHub(weights10, ["README.md"])
    with pytest.raises(InputError, match=r"resnet_10_23dataset\.pth.*README\.md.*--from FILE"):
        install_from_hub(10, print, hub)
    assert hub.downloads == []


@pytest.mark.parametrize("setting", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}])
def test_without_a_connection_the_way_around_is_named(setting, own_folder):
    pytest.importorskip("huggingface_hub")
    code = "from NACResponseLib.features.weights import install_from_hub; install_from_hub(10, print)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **setting})
    last = done.stderr.strip().splitlines()[-1]
    assert "InputError" in last
    assert "--from FILE" in last
    assert not own_folder.exists()
