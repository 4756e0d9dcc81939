"""Whatever a bundle's file holds, with right checksums too, is refused in one line and crashes nothing."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
import xgboost

from NACResponseLib.errors import InputError
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.model.trees import reason_of

from .bundle_files import SHIPPED, archive, refused, rehashed, rehashed_unchanged


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
        ("model.json", lambda data: data["card"].update(title="\x1b[2Jmodel"), "control characters"),
        ("model.json", lambda data: data["card"].update(title="C:\\\\\u0007"), "control characters"),
        ("model.json", lambda data: data["card"].update(title="\x9b2J"), "control characters"),
        ("model.json", lambda data: data["card"]["metrics"][0].update(value="0.9"), "float in"),
        ("model.json", lambda data: data.update(threshold="0.5"), "'threshold'"),
        ("model.json", lambda data: data.update(threshold=1.5), "a threshold inside (0, 1)"),
        ("model.json", lambda data: data["calibration"].update(slope=-1.0), "a slope above 0"),
        ("model.json", lambda data: data["interval"].update(level=2.0), "a level inside (0, 1)"),
        ("model.json", lambda data: data.update(inputs=[]), "every input of the bundle in one term"),
        ("model.json", lambda data: data["inputs"][0].update(name="weight"), "every input of the bundle in one term"),
        ("model.json", lambda data: data["inputs"][0].update(kind="foo"), "a kind of input"),
        ("model.json", lambda data: data["inputs"][0].update(missing=-1), "missing from 0"),
        ("model.json", lambda data: data["inputs"][0].update(missing=10**4), "missing values of some"),
        ("model.json", lambda data: data["inputs"][0].update(low=1e9), "in this order"),
        ("model.json", lambda data: data["inputs"][0].update(low=10**400), "JSON of finite numbers"),
        ("model.json", lambda data: data["inputs"][1].update(prevalence=1.5), "a prevalence from 0 to 1"),
        ("model.json", lambda data: data["card"].update(patients=0), "as many patients"),
        ("model.json", lambda data: data["card"].update(patients=-5), "as many patients"),
        ("model.json", lambda data: data["card"].update(name="a\ud800"), "readable text"),
        ("model.json", lambda data: data["calibration"].update(slope=1e308), "a slope above 0"),
        ("model.json", lambda data: data["calibration"].update(intercept=1e308), "an intercept within"),
        ("model.json", lambda data: data["interval"].update(effective_patients=1e-300), "effective_patients from 1"),
        ("model.json", lambda data: data["interval"].update(effective_patients=10**400), "JSON of finite numbers"),
        ("model.json", lambda data: data["images"].update(margin_mm=-1), "margin_mm from"),
        ("model.json", lambda data: data["images"].update(contour="MR"), "did you mean 'MRI'?"),
        ("model.json", lambda data: data["images"].update(protocol="jang2052"), "did you mean 'jang2025'?"),
        ("model.json", lambda data: data["witness"]["margins"].__setitem__(0, None), "a margin per witness row"),
        ("model.json", lambda data: data["witness"]["rows"][0].__setitem__(0, 1e300), "a margin per witness row"),
        ("reference.json", lambda data: data["probabilities"].__setitem__(0, 10**400), "JSON of finite numbers"),
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
        ("xgboost.json", lambda data: trees(data)[0]["parents"].pop(), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["parents"].__setitem__(1, 2), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["left_children"].__setitem__(0, 2), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["split_type"].__setitem__(0, 1), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["split_conditions"].__setitem__(-1, 1e30), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0].update(id=7), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["sum_hessian"].__setitem__(0, 0), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0].update(categories=[10**6]), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0].update(categories_nodes=[10**6]), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["tree_param"].update(size_leaf_vector="50"), "well-formed"),
        ("xgboost.json", lambda data: trees(data)[0]["tree_param"].update(num_nodes="99"), "well-formed XGBoost"),
        ("xgboost.json", lambda data: trees(data)[0]["tree_param"].update(num_feature="9"), "well-formed XGBoost"),
        ("xgboost.json", lambda data: sizes(data).update(num_class="3"), "well-formed XGBoost"),
        ("xgboost.json", lambda data: sizes(data).update(num_target="9"), "well-formed XGBoost"),
        ("xgboost.json", lambda data: sizes(data).update(num_feature="9"), "well-formed XGBoost"),
        ("xgboost.json", lambda data: forest(data)["tree_info"].__setitem__(0, 7), "well-formed XGBoost"),
        ("xgboost.json", lambda data: forest(data)["iteration_indptr"].__setitem__(-1, 10**6), "well-formed XGBoost"),
    ],
)
def test_unexpected_content_is_refused_even_with_right_checksums(tmp_path, members, name, change, words):
    assert words in refused(tmp_path, rehashed(members, name, change))


def test_a_number_too_large_to_be_finite_is_refused(tmp_path, members):
    members["model.json"] = members["model.json"].replace(b'"threshold": 0.314706', b'"threshold": 1e999')
    assert b"1e999" in members["model.json"]
    assert "finite" in refused(tmp_path, rehashed_unchanged(members))


def forest(data):
    return data["learner"]["gradient_booster"]["model"]


def trees(data):
    return forest(data)["trees"]


def sizes(data):
    return data["learner"]["learner_model_param"]


def chain(depth):
    """A tree that is as deep as it can be: every left child is split again."""
    nodes = 2 * depth + 1
    left, right, parents = [-1] * nodes, [-1] * nodes, [2**31 - 1] * nodes
    for level in range(depth):
        node = 2 * level
        left[node], right[node] = node + 2, node + 1
        parents[node + 2] = parents[node + 1] = node
    zeros = [0] * nodes
    return {
        "left_children": left,
        "right_children": right,
        "parents": parents,
        **dict.fromkeys(("split_indices", "split_type", "default_left", "loss_changes", "sum_hessian"), zeros),
        **dict.fromkeys(("split_conditions", "base_weights"), zeros),
        "tree_param": {"num_nodes": str(nodes), "num_feature": "4", "size_leaf_vector": "1", "num_deleted": "0"},
    }


def test_a_tree_too_deep_for_the_stack_is_refused(tmp_path, members):
    def deepen(data):
        trees(data)[0].update(chain(10_000))

    assert "well-formed XGBoost" in refused(tmp_path, rehashed(members, "xgboost.json", deepen))


def header_changed(content, central, local, change):
    """The archive with a field of its first member changed, in the central directory and in the local header."""
    data = bytearray(content)
    change(data, data.find(b"PK\x01\x02") + central)
    change(data, local)
    return bytes(data)


def set_to(value):
    def change(data, place):
        data[place : place + 2] = value.to_bytes(2, "little")

    return change


@pytest.mark.parametrize("flag", [0x20, 0x40])
def test_an_archive_with_foreign_flags_is_refused(tmp_path, flag):
    assert "flag bit" in refused(tmp_path, header_changed(SHIPPED.read_bytes(), 8, 6, set_to(flag)))


def test_an_archive_that_needs_a_newer_program_is_refused(tmp_path):
    assert "version 9.9" in refused(tmp_path, header_changed(SHIPPED.read_bytes(), 6, 4, set_to(99)))


def test_a_name_that_is_no_text_is_refused(tmp_path):
    content = header_changed(SHIPPED.read_bytes(), 8, 6, set_to(0x800))
    assert "decode" in refused(tmp_path, content.replace(b"linear.json", b"\xff\xfenear.json"))


def test_an_archive_without_its_start_is_refused(tmp_path):
    assert "cut off" in refused(tmp_path, SHIPPED.read_bytes()[100:])


def test_trees_that_predict_other_than_in_training_are_refused(tmp_path, members):
    def shift(data):
        data["learner"]["learner_model_param"]["base_score"] = "0.4"

    path = tmp_path / "shifted.nacmodel"
    renamed = rehashed(members, "model.json", lambda data: data["card"].update(name="mine"))
    path.write_bytes(archive(rehashed(renamed, "xgboost.json", shift)))
    with pytest.raises(InputError, match="as they did in training"):
        _ = load_bundle(path).model.booster


def test_the_reason_that_xgboost_gives_is_reported_without_places_in_its_source(shipped):
    assert reason_of(xgboost.core.XGBoostError(_XGBOOST_TEXT)) == "Check failed: a == b (1 vs. 2) : not these trees"
    with pytest.raises(InputError) as error:
        _ = replace(shipped.model, json=b'{"learner": 1}').booster
    assert not re.search(r"\.(cc|h|so|hpp)\b|0x|\[bt\]|/", error.value.found)
    assert len(error.value.found) > 10


_XGBOOST_TEXT = """[12:34:56] /build/src/tree/tree_model.cc:912: Check failed: a == b (1 vs. 2) : not these trees
Stack trace:
  [bt] (0) /usr/lib/libxgboost.so(+0x2f) [0x7f]

"""
