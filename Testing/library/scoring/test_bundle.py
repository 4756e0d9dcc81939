"""Bundles survive the way to disk and back, and whatever is no sound bundle is refused in one line."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.scoring.bundle import bundle_bytes, load_bundle, save_bundle

SHIPPED = resources() / "Models" / "ispy-clinical-volume.nacmodel"


@pytest.fixture
def members():
    with zipfile.ZipFile(SHIPPED) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def refused(tmp_path, content):
    """The error's text for a file with this content, or for an archive of these members."""
    path = tmp_path / "bad.nacmodel"
    path.write_bytes(content if isinstance(content, bytes) else archive(content))
    with pytest.raises(InputError) as error:
        load_bundle(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def archive(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return file.getvalue()


def resealed(members, name, change):
    """The members with one JSON changed and the manifest's checksum made right again."""
    data = json.loads(members[name])
    change(data)
    manifest = json.loads(members["manifest.json"])
    changed = {**members, name: json.dumps(data).encode()}
    if name != "manifest.json":
        manifest["sha256"][name] = hashlib.sha256(changed[name]).hexdigest()
        changed["manifest.json"] = json.dumps(manifest).encode()
    return changed


def test_a_bundle_saved_and_loaded_is_the_same(shipped, tmp_path):
    save_bundle(shipped, tmp_path / "copy.nacmodel")
    assert (tmp_path / "copy.nacmodel").read_bytes() == SHIPPED.read_bytes()
    copy = load_bundle(tmp_path / "copy.nacmodel")
    assert (copy.card, copy.inputs, copy.images, copy.sha256) == (
        shipped.card,
        shipped.inputs,
        shipped.images,
        hashlib.sha256(SHIPPED.read_bytes()).hexdigest(),
    )
    assert np.array_equal(copy.reference.probabilities, shipped.reference.probabilities)
    assert [path.name for path in tmp_path.iterdir()] == ["copy.nacmodel"], "nothing half written is left"


def test_the_archive_does_not_depend_on_the_time(shipped, monkeypatch):
    before = bundle_bytes(shipped)
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert bundle_bytes(shipped) == before


def test_a_bundle_holds_only_json(members):
    assert sorted(members) == ["manifest.json", "model.json", "reference.json", "xgboost.json"]
    assert all(isinstance(json.loads(content), dict) for content in members.values())


def test_what_is_no_archive_is_refused(tmp_path):
    assert "a bundle (.nacmodel)" in refused(tmp_path, b"not an archive")
    assert "a bundle (.nacmodel)" in refused(tmp_path, b"")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_file_cut_off_is_refused(tmp_path, share):
    content = SHIPPED.read_bytes()
    assert "cut off" in refused(tmp_path, content[: int(share * len(content))])


@pytest.mark.parametrize("name", ["manifest.json", "model.json", "reference.json", "xgboost.json"])
def test_a_missing_member_is_named(tmp_path, members, name):
    del members[name]
    assert refused(tmp_path, members).startswith(f"expected {name} in the bundle")


@pytest.mark.parametrize("name", ["model.json", "reference.json", "xgboost.json"])
def test_a_changed_member_is_named(tmp_path, members, name):
    members[name] = members[name].replace(b"0", b"1", 1)
    assert refused(tmp_path, members).startswith(f"expected {name} as its checksum says")


def test_a_flipped_bit_is_noticed(tmp_path):
    content = bytearray(SHIPPED.read_bytes())
    content[len(content) // 2] ^= 1
    refused(tmp_path, bytes(content))


def test_a_newer_schema_asks_for_an_update(tmp_path, members):
    text = refused(tmp_path, resealed(members, "manifest.json", lambda data: data.update(schema=2)))
    assert "schema 2" in text
    assert "update NACResponse" in text


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "sub/model.json", "code.pkl"])
def test_members_that_do_not_belong_are_refused(tmp_path, members, name):
    assert f"'{name}'" in refused(tmp_path, {**members, name: b"1"})


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice_is_refused(tmp_path, members):
    file = io.BytesIO(archive(members))
    with zipfile.ZipFile(file, "a") as target:
        target.writestr("model.json", b"{}")
    assert "'model.json'" in refused(tmp_path, file.getvalue())


def test_compressed_members_are_refused_before_they_are_unpacked(tmp_path, members):
    members["reference.json"] = b"0" * (300 * 2**20)
    assert "without compression" in refused(tmp_path, archive(members, zipfile.ZIP_DEFLATED))


def test_a_huge_file_is_refused(tmp_path):
    path = tmp_path / "huge.nacmodel"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(InputError, match="below 64 MiB"):
        load_bundle(path)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("model.json", lambda data: data.pop("card"), "'card'"),
        ("model.json", lambda data: data["card"].pop("limits"), "'limits'"),
        ("model.json", lambda data: data["card"].update(patients="many"), "int in"),
        ("model.json", lambda data: data["card"].update(code="import os"), "'code'"),
        ("model.json", lambda data: data["card"]["metrics"][0].update(value="0.9"), "float in"),
        ("model.json", lambda data: data.update(threshold="0.5"), "'threshold'"),
        ("model.json", lambda data: data.update(threshold=1.5), "a threshold inside (0, 1)"),
        ("model.json", lambda data: data["calibration"].update(slope=-1.0), "a slope above 0"),
        ("model.json", lambda data: data["interval"].update(level=2.0), "a level inside (0, 1)"),
        ("model.json", lambda data: data.update(inputs=[]), "well-formed XGBoost trees"),
        ("model.json", lambda data: data["inputs"][0].update(name="weight"), "well-formed XGBoost trees"),
        ("model.json", lambda data: data["inputs"][0].update(low=float("nan")), "JSON of finite numbers"),
        ("model.json", lambda data: data["witness"].update(rows=[[1]]), "a margin per witness row"),
        ("reference.json", lambda data: data["outcomes"].pop(), "a probability and an outcome"),
        ("reference.json", lambda data: data["probabilities"].__setitem__(0, 1.2), "a probability and an outcome"),
        ("reference.json", lambda data: data["probabilities"].__setitem__(0, "x"), "a probability and an outcome"),
        ("xgboost.json", lambda data: data.pop("learner"), "well-formed XGBoost trees"),
        ("xgboost.json", lambda data: trees(data)[0]["left_children"].__setitem__(0, 10**6), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["left_children"].__setitem__(0, 0), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["split_indices"].__setitem__(0, 4), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["base_weights"].pop(), "well-formed XGBoost"),
    ],
)
def test_unexpected_content_is_refused_even_with_right_checksums(tmp_path, members, name, change, words):
    assert words in refused(tmp_path, resealed(members, name, change))


def test_a_number_too_large_to_be_finite_is_refused(tmp_path, members):
    members["model.json"] = members["model.json"].replace(b'"threshold": 0.314706', b'"threshold": 1e999')
    assert b"1e999" in members["model.json"]
    assert "finite" in refused(tmp_path, resealed_as_is(members))


def resealed_as_is(members):
    manifest = json.loads(members["manifest.json"])
    manifest["sha256"] = {name: hashlib.sha256(members[name]).hexdigest() for name in manifest["sha256"]}
    return {**members, "manifest.json": json.dumps(manifest).encode()}


def trees(data):
    return data["learner"]["gradient_booster"]["model"]["trees"]


def test_trees_that_predict_other_than_in_training_are_refused(tmp_path, members):
    def shift(data):
        data["learner"]["learner_model_param"]["base_score"] = "0.5"

    path = tmp_path / "shifted.nacmodel"
    path.write_bytes(archive(resealed(members, "xgboost.json", shift)))
    with pytest.raises(InputError, match="predict as they did in training"):
        _ = load_bundle(path).booster


def test_an_unknown_model_is_refused_with_the_nearest_one():
    with pytest.raises(InputError, match="did you mean 'ispy-clinical-volume'"):
        load_bundle("ispy-clinical")


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file"):
        load_bundle(tmp_path / "none.nacmodel")


def test_a_folder_that_cannot_be_written_is_an_input_error(shipped, tmp_path):
    with pytest.raises(InputError, match="a folder that can be written"):
        save_bundle(shipped, tmp_path / "none" / "model.nacmodel")
