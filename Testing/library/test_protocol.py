"""Protocols: what ships is right, and a misspelt option is never ignored."""

import pytest
import yaml

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.features.names import HANDCRAFTED, handcrafted_names
from NACResponseLib.protocol import load_protocol


def test_the_protocol_of_jang_has_614_handcrafted_features():
    names = handcrafted_names(load_protocol("jang2025"))
    assert len(names) == len(set(names)) == 614
    assert "MRI_T2_Peri_glcm_Contrast" in names
    assert "MRI_Peri_shape_Sphericity" in names
    assert "CT_Intra_shape_MeshVolume" in names
    assert len(HANDCRAFTED) == 107


def test_the_protocol_of_jang_prepares_images_as_published():
    protocol = load_protocol("jang2025")
    mr, ct = protocol.preprocessing["MR"], protocol.preprocessing["CT"]
    assert (mr.bias_field, mr.zscore, mr.bin_count, mr.spacing_mm) == (True, True, 128, 1)
    assert (ct.bias_field, ct.zscore, ct.bin_width, ct.spacing_mm) == (False, False, 2, 1)
    assert protocol.margin_mm == 5


def test_a_protocol_that_says_nothing_of_deep_patches_has_the_default_ones(tmp_path):
    data = shipped()
    assert data.pop("deep") == {"margin_mm": 2, "normalization": "zscore", "outside": "constant"}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    assert load_protocol(path).deep == load_protocol("jang2025").deep


def shipped() -> dict:
    return yaml.safe_load((resources() / "Protocols" / "jang2025.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: p.update(margin=3), "did you mean 'margin_mm'"),
        (lambda p: p["preprocessing"]["MR"].update(bincount=3), "did you mean 'bin_count'"),
        (lambda p: p["preprocessing"]["CT"].update(bin_count=3), "either bin_count or bin_width"),
        (lambda p: p["preprocessing"].pop("CT"), "'CT'"),
        (lambda p: p.update(regions=["Intra", "Pery"]), "did you mean 'Peri'"),
        (lambda p: p["images"]["CT"].pop("contour"), "the key 'contour'"),
        (lambda p: p.update(images=["CT"]), "named entries"),
        (lambda p: p["preprocessing"]["MR"].update(spacing_mm="one"), "float in"),
        (lambda p: p["preprocessing"]["MR"].update(bias_field="no"), "bool in"),
        (lambda p: p["preprocessing"]["CT"].update(bin_width=-2), "bin_width between"),
        (lambda p: p["preprocessing"]["MR"].update(bin_count=0), "bin_count between"),
        (lambda p: p.update(regions="Peri"), "a list in"),
        (lambda p: p.update(regions=[]), "regions, each once"),
        (lambda p: p.update(margin_mm=-1), "margin_mm between"),
        (lambda p: p["images"]["CT"].update(contour=None), "str in"),
        (lambda p: p["deep"].update(margin=3), "did you mean 'margin_mm'"),
        (lambda p: p["deep"].update(margin_mm=-1), "between 0 and 50"),
        (lambda p: p["deep"].update(outside="noise"), "what stands outside"),
        (lambda p: p["deep"].update(normalization="z-score"), "did you mean 'zscore'"),
    ],
)
def test_a_wrong_protocol_is_refused_by_the_key(tmp_path, change, said):
    data = shipped()
    change(data)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_protocol(path)
    assert said in str(caught.value)


def test_a_users_own_protocol_file_is_read(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(shipped() | {"name": "mine", "margin_mm": 3}), encoding="utf-8")
    assert load_protocol(path).margin_mm == 3


@pytest.mark.parametrize(
    "text", ["name: a\nname: b", "when: 2001-13-45", "[" * 5000], ids=["a key twice", "a date", "deep"]
)
def test_yaml_that_python_would_choke_on_is_refused_in_one_line(tmp_path, text):
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_protocol(tmp_path / "odd.yaml")
    assert "\n" not in str(caught.value)


def test_yaml_that_would_build_objects_is_refused(tmp_path):
    path = tmp_path / "evil.yaml"
    path.write_text("!!python/object/apply:os.system ['true']", encoding="utf-8")
    with pytest.raises(InputError, match="a YAML file"):
        load_protocol(path)


def test_an_unknown_protocol_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'jang2025'"):
        load_protocol("jang2024")
