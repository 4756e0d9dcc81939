"""``nacresponse weights``: what it prints, and its exit status."""

import argparse
import json
from hashlib import sha256

import pytest

from NACResponseLib.cli import weights
from NACResponseLib.errors import InputError

from ..features import formula

pytestmark = pytest.mark.torch


def run(*words):
    parser = argparse.ArgumentParser()
    weights.add_parser(parser.add_subparsers())
    args = parser.parse_args(["weights", *map(str, words)])
    return args.run(args)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("given") / "resnet_10_23dataset.pth"
    return formula.write(formula.official(formula.tensors(10)), path)


def test_list_says_where_weights_live_and_how_to_get_those_that_are_missing(folder, capsys):
    assert run("list") == 0
    printed = capsys.readouterr().out
    assert str(folder) in printed
    for depth in (10, 18, 34, 50):
        assert f"ResNet-{depth}  not installed: 'nacresponse weights install {depth}'" in printed
    assert not folder.exists()


@pytest.mark.slow
def test_weights_from_a_file_are_installed_and_listed_with_their_hash(folder, file, capsys):
    assert run("install", 10, "--from", file) == 0
    printed = capsys.readouterr().out
    assert str(folder / "resnet_10.pth") in printed
    sha256 = printed.split("sha256 ")[1].strip()
    assert run("list") == 0
    listed = capsys.readouterr().out
    assert sha256 in listed
    assert f"{file.stat().st_size / 1e6:,.0f} MB, from resnet_10_23dataset.pth" in listed
    assert "ResNet-34  not installed" in listed


def test_the_list_for_programs_says_what_is_installed_where(folder, file, capsys):
    run("install", 10, "--from", file)
    capsys.readouterr()
    assert run("list", "--json") == 0
    entries = {entry["depth"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert list(entries) == [10, 18, 34, 50] and [entries[depth]["installed"] for depth in entries] == [True] + 3 * [
        False
    ]
    assert entries[10]["path"] == str(folder / "resnet_10.pth")
    assert entries[10]["sha256"] == sha256(file.read_bytes()).hexdigest()
    assert (entries[34]["path"], entries[34]["sha256"], entries[34]["feature_set"]) == (None, None, "resnet34")


@pytest.mark.parametrize(("depth", "expected"), [("12", "a MedicalNet depth"), ("ten", "a depth"), ("-1", "a depth")])
def test_a_depth_that_does_not_exist_is_refused(depth, expected, folder, file):
    with pytest.raises(InputError, match=expected):
        run("install", "--from", file, "--", depth)
    assert not folder.exists()


def test_a_damaged_file_is_refused_and_nothing_installed(folder, tmp_path, file):
    bad = tmp_path / "bad.pth"
    bad.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(InputError, match="a PyTorch file of tensors"):
        run("install", 10, "--from", bad)
    assert list(folder.iterdir()) == []
