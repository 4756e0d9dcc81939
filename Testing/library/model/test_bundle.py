"""Bundles survive the way to disk and back, and whatever is no sound bundle is refused in one line."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xgboost

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.model.bundle import bundle_bytes, load_bundle, save_bundle
from NACResponseLib.model.bundle_parts import ImageNeeds
from NACResponseLib.model.trees import ReferencePredictions, Trees, portable_json

from .bundle_files import SHIPPED, archive, refused, rehashed


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
    assert sorted(members) == ["linear.json", "manifest.json", "model.json", "reference.json", "xgboost.json"]
    assert all(isinstance(json.loads(content), dict) for content in members.values())


def test_what_is_no_archive_is_refused(tmp_path):
    assert "a bundle (.nacmodel)" in refused(tmp_path, b"not an archive")
    assert "a bundle (.nacmodel)" in refused(tmp_path, b"")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_file_cut_off_is_refused(tmp_path, share):
    content = SHIPPED.read_bytes()
    assert "cut off" in refused(tmp_path, content[: int(share * len(content))])


@pytest.mark.parametrize("name", ["linear.json", "manifest.json", "model.json", "reference.json", "xgboost.json"])
def test_a_missing_member_is_named(tmp_path, members, name):
    del members[name]
    assert refused(tmp_path, members).startswith(f"expected {name} in the bundle")


@pytest.mark.parametrize("name", ["linear.json", "model.json", "reference.json", "xgboost.json"])
def test_a_changed_member_is_named(tmp_path, members, name):
    members[name] = members[name].replace(b"0", b"1", 1)
    assert refused(tmp_path, members).startswith(f"expected {name} as its checksum says")


def test_a_flipped_bit_is_noticed(tmp_path):
    content = bytearray(SHIPPED.read_bytes())
    content[len(content) // 2] ^= 1
    assert "xgboost.json" in refused(tmp_path, bytes(content))


def test_a_newer_schema_asks_for_an_update(tmp_path, members):
    text = refused(tmp_path, rehashed(members, "manifest.json", lambda data: data.update(schema=4)))
    assert "schema 4" in text
    assert "update NACResponse" in text


def test_inputs_that_are_neither_clinical_nor_features_are_refused_with_the_nearest_one(shipped, tmp_path):
    def with_input(name, **needs):
        rows = np.random.default_rng(1).normal(size=(50, 1))
        data = xgboost.DMatrix(rows, rows[:, 0] > 0, feature_names=[name])
        booster = xgboost.train({"objective": "binary:logistic", "max_depth": 1, "nthread": 1}, data, 2)
        return replace(
            shipped,
            card=replace(shipped.card, name="mine"),
            inputs=(replace(shipped.inputs[0], name=name),),
            images=ImageNeeds(contour="MRI", **needs),
            model=Trees(portable_json(booster), ReferencePredictions(((0.0,),), (0.0,))),
        )

    known = {"age": {}, "MRI_CET1_Intra_glcm_Contrast": {"protocol": "jang2025"}}
    known["CT_Peri_0511"] = {"protocol": "jang2025", "depth": 10, "weights_sha256": "0" * 64}
    unknown = {"agee": {}, "MRI_CET1_Intra_glcm_Contrast": {}, "CT_Peri_0511": {"protocol": "jang2025"}}
    unknown["MRI_CET1_Intra_glcm_Contras"] = {"protocol": "jang2025"}
    for name, needs in known.items():
        save_bundle(with_input(name, **needs), tmp_path / "known.nacmodel")
        assert load_bundle(tmp_path / "known.nacmodel").inputs[0].name == name
    for name, needs in unknown.items():
        save_bundle(with_input(name, **needs), tmp_path / "unknown.nacmodel")
        with pytest.raises(InputError, match=f"an input in unknown.nacmodel.*found '{name}'"):
            load_bundle(tmp_path / "unknown.nacmodel")


def test_trees_without_anything_newer_keep_the_first_schema(shipped):
    """Alone, on inputs as they are and without quantiles, as a program of before reads them."""
    plain = replace(
        shipped,
        inputs=tuple(replace(item, quantiles=()) for item in shipped.inputs),
        model=replace(shipped.model, logistic=None),
        preparation=None,
    )
    with zipfile.ZipFile(io.BytesIO(bundle_bytes(plain))) as file:
        names, model = file.namelist(), json.loads(file.read("model.json"))
        assert json.loads(file.read("manifest.json"))["schema"] == 1
    assert names == ["manifest.json", "model.json", "reference.json", "xgboost.json"]
    assert set(model) == {"calibration", "card", "images", "inputs", "interval", "provenance", "threshold", "witness"}
    assert all("quantiles" not in item for item in model["inputs"])


def test_quantiles_are_those_of_the_training_table(shipped):
    table = pd.read_csv(resources() / "Models" / "ispy_clinical_volume.csv")
    for item, column in zip(shipped.inputs, ("age_years", "hr", "her2", "tumor_volume_mm3"), strict=True):
        expected = () if item.kind == "binary" else table[column].quantile(np.linspace(0, 1, 101))
        assert item.quantiles == pytest.approx(expected, rel=1e-5)


def test_a_bundle_of_before_still_loads(tmp_path, members):
    """Without the prevalence of its statuses."""

    def forget(data):
        data["card"]["version"] = "0.9"
        for item in data["inputs"]:
            del item["prevalence"]

    path = tmp_path / "old.nacmodel"
    path.write_bytes(archive(rehashed(members, "model.json", forget)))
    assert [item.prevalence for item in load_bundle(path).inputs] == [None] * 4


def test_a_model_file_without_its_suffix_is_refused_with_what_it_lacks(tmp_path):
    path = tmp_path / "model.zip"
    path.write_bytes(SHIPPED.read_bytes())
    with pytest.raises(InputError, match=r"\.nacmodel.*model\.zip.*model\.zip\.nacmodel"):
        load_bundle(path)


def test_a_shipped_name_stays_a_name_where_a_file_is_called_alike(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ispy-clinical-volume").write_bytes(b"notes")
    assert load_bundle("ispy-clinical-volume").card.name == "ispy-clinical-volume"


def test_an_unknown_model_is_refused_with_the_nearest_one():
    with pytest.raises(InputError, match="did you mean 'ispy-clinical-volume'"):
        load_bundle("ispy-clinical")


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file"):
        load_bundle(tmp_path / "none.nacmodel")


def test_a_folder_that_cannot_be_written_is_an_input_error(shipped, tmp_path):
    with pytest.raises(InputError, match="a folder that can be written"):
        save_bundle(shipped, tmp_path / "none" / "model.nacmodel")
