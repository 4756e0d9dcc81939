"""A file under a shipped model's name and version is that model, byte for byte, or refused."""

from dataclasses import replace

import pytest

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.hashing import sha256_of
from NACResponseLib.model.bundle import load_bundle, save_bundle
from NACResponseLib.model.shipped import SHIPPED

from .bundle_files import archive, refused, rehashed


def test_the_hashes_in_the_code_are_those_of_the_files_that_ship():
    files = sorted((resources() / "Models").rglob("*.nacmodel"))
    assert {sha256_of(file.read_bytes()) for file in files} == set(SHIPPED.values())
    assert {(load_bundle(file).card.name, load_bundle(file).card.version) for file in files} == set(SHIPPED)


@pytest.mark.parametrize("name", sorted(resources().glob("Models/*.nacmodel")), ids=lambda path: path.stem)
def test_a_shipped_file_says_so_under_any_name(name, tmp_path):
    (tmp_path / "renamed.nacmodel").write_bytes(name.read_bytes())
    assert load_bundle(tmp_path / "renamed.nacmodel").shipped


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["calibration"].update(intercept=4.0),
        lambda data: data["card"]["metrics"][0].update(value=0.95, low=0.93, high=0.97),
        lambda data: data["card"].update(intended_use="Diagnosis."),
        lambda data: data.update(threshold=0.01),
    ],
)
def test_an_altered_copy_whose_checksums_were_made_right_is_refused(members, change, tmp_path):
    text = refused(tmp_path, rehashed(members, "model.json", change))
    assert "the shipped ispy-clinical-volume" in text and len(text) < 400


def test_under_another_name_or_version_it_is_shown_as_no_shipped_model(members, shipped, tmp_path):
    for card in (replace(shipped.card, name="mine"), replace(shipped.card, version="9.9")):
        save_bundle(replace(shipped, card=card), tmp_path / "other.nacmodel")
        bundle = load_bundle(tmp_path / "other.nacmodel")
        assert not bundle.shipped and "not a shipped model" in bundle.origin


def test_a_file_packed_anew_is_no_longer_the_shipped_one(members, tmp_path):
    path = tmp_path / "again.nacmodel"
    path.write_bytes(archive(members))  # the same members, other dates
    with pytest.raises(InputError, match="the shipped"):
        load_bundle(path)
