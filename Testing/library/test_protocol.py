"""Protocols: what ships is right, and a misspelt option is never ignored."""

from itertools import pairwise

import pytest
import yaml

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.features.names import HANDCRAFTED, deep_names, handcrafted_names
from NACResponseLib.plain_data import read_yaml
from NACResponseLib.protocol import load_protocol, protocol_from, protocol_plain, protocol_sha256


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


def test_what_a_protocol_leaves_out_is_no_feature_and_a_misspelt_one_is_refused():
    data = shipped() | {"leave_out": ["shape_VoxelVolume", "glcm_Id"]}
    names = handcrafted_names(protocol_from(data, "mine"))
    assert len(names) == 614 - 2 * 2 - 3 * 2  # of two contours' and three images' regions
    assert "CT_Peri_shape_VoxelVolume" not in names and "CT_Peri_glcm_Id" not in names and "CT_Peri_glcm_Idm" in names
    with pytest.raises(InputError, match="did you mean 'glcm_Id'"):
        handcrafted_names(protocol_from(data | {"leave_out": ["glcm_ID"]}, "mine"))


def test_a_protocol_on_voxels_as_acquired_is_plain_data_and_has_no_deep_features():
    protocol = load_protocol("ispy-radiomics")
    assert protocol.steps_of("MRI_CET1").spacing_mm is None
    plain = protocol_plain(protocol)
    assert plain["preprocessing"]["MR"]["spacing_mm"] == "native"
    assert protocol_from(plain, "again") == protocol
    assert deep_names(protocol, 10) == ()


def test_a_protocol_that_says_nothing_of_deep_patches_has_the_default_ones(tmp_path):
    data = shipped()
    assert data.pop("deep") == {"margin_mm": 2, "normalization": "zscore", "outside": "constant"}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    assert load_protocol(path).deep == load_protocol("jang2025").deep


def shipped() -> dict:
    return yaml.safe_load((resources() / "Protocols" / "jang2025.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda p: p.update(margin=3), "did you mean 'margin_mm'"),
        (lambda p: p["preprocessing"]["MR"].update(bincount=3), "did you mean 'bin_count'"),
        (lambda p: p["preprocessing"]["CT"].update(bin_count=3), "bin_count or bin_width"),
        (lambda p: p["preprocessing"].pop("CT"), "'CT'"),
        (lambda p: p.update(regions=["Intra", "Pery"]), "did you mean 'Peri'"),
        (lambda p: p["images"]["CT"].pop("contour"), "the key 'contour'"),
        (lambda p: p.update(images=["CT"]), "named entries"),
        (lambda p: p["preprocessing"]["MR"].update(spacing_mm="one"), "float in"),
        (lambda p: p["preprocessing"]["MR"].update(bias_field="no"), "bool in"),
        (lambda p: p["preprocessing"]["CT"].update(bin_width=-2), "bin_width from"),
        (lambda p: p["preprocessing"]["MR"].update(bin_count=0), "bin_count from"),
        (lambda p: p["preprocessing"]["MR"].update(zscore_over="breast"), "what a z-score is taken over"),
        (lambda p: p["preprocessing"]["CT"].update(scale=1000), "zscore: true where"),
        (lambda p: p["preprocessing"]["MR"].update(scale=0), "scale from"),
        (lambda p: p.update(regions="Peri"), "a list in"),
        (lambda p: p.update(regions=[]), "regions, each once"),
        (lambda p: p.update(margin_mm=-1), "margin_mm from"),
        (lambda p: p["images"]["CT"].update(contour=None), "str in"),
        (lambda p: p["deep"].update(margin=3), "did you mean 'margin_mm'"),
        (lambda p: p["deep"].update(margin_mm=-1), "margin_mm from 0 to 50"),
        (lambda p: p["deep"].update(outside="noise"), "what stands outside"),
        (lambda p: p["deep"].update(normalization="z-score"), "did you mean 'zscore'"),
    ],
)
def test_a_wrong_protocol_is_refused_by_the_key(tmp_path, change, expected):
    data = shipped()
    change(data)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_protocol(path)
    assert expected in str(caught.value)


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


def test_what_the_protocol_of_jang_asks_for_has_not_changed():
    """Tables and models made with earlier versions identify it by this hash."""
    assert (
        protocol_sha256(load_protocol("jang2025")) == "05cb1d464dfdbfd1d482b5eddf214027b3fc3f803f0d13a12c1434c12be7b5e4"
    )


@pytest.mark.parametrize(
    ("name", "count", "contours", "planar", "measured"),
    [
        ("jang2025", 614, ("MRI", "CT"), (), "MRI"),
        ("janse2025", 2 * 14 + 4 * 2 * 93, ("MRI",), (), "MRI"),
        ("li2026", 2 * 14 + 6 * 93 + 3 * 93 + 14, ("PRE_MRI", "POST_MRI"), (), "PRE_MRI"),
        ("liang2025", 2 * 9 + 2 * 14 + 4 * 93, ("US", "MG", "CT", "MRI"), ("US", "MG"), "MRI"),
    ],
)
def test_every_study_has_its_features_and_says_where_volume_is_measured(name, count, contours, planar, measured):
    protocol = load_protocol(name)
    names = handcrafted_names(protocol)
    assert len(names) == len(set(names)) == count
    assert (protocol.name, protocol.contours, protocol.planar) == (name, contours, planar)
    assert protocol.volume_contour == measured
    assert protocol_from(protocol_plain(protocol), "a copy") == protocol


def test_a_map_of_quantities_keeps_its_units():
    protocol = load_protocol("li2026")
    assert protocol.steps_of("PRE_CET1").zscore and protocol.steps_of("POST_T2").bias_field
    assert not protocol.steps_of("PRE_ADC").needs_body and protocol.images["PRE_ADC"].modality == "MR"


def test_an_image_prepared_as_nothing_that_is_known_is_refused():
    data = shipped()
    data["images"]["MRI_T2"]["prepared_as"] = "ADC"
    with pytest.raises(InputError, match=r"a modality with preprocessing.*'ADC'"):
        protocol_from(data, "mine")


def test_volume_is_measured_in_no_2d_contour_and_in_none_of_a_later_time():
    data = shipped() | {"regions": ["Intra"]}
    data["preprocessing"] = {"US": {"spacing_mm": 0.1, "bin_count": 8}, "CT": {"spacing_mm": 1, "bin_width": 2}}
    data["images"] = {"US": {"modality": "US", "contour": "US", "dimension": 2}}
    assert protocol_from(data, "mine").volume_contour is None
    data["images"]["LATER"] = {"modality": "CT", "contour": "LATER", "time": "post"}
    assert protocol_from(data, "mine").volume_contour is None
    data["images"]["CT"] = {"modality": "CT", "contour": "CT"}
    assert protocol_from(data, "mine").volume_contour == "CT"


@pytest.mark.parametrize("text", ["a: &a {x: 1}\nb: {<<: *a}\n", "? [1, 2]\n: 3\n"])
def test_yaml_whose_keys_are_merged_or_lists_is_refused(tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="plain keys"):
        read_yaml(tmp_path / "mine.yaml")


@pytest.mark.parametrize(
    "name",
    ["../../PRE", "PRE CET1", "A,B", "A\nB", "", "A" * 65, "patient_id", "tumor_MRI", "MRI_Intra", "Peri"],
)
@pytest.mark.parametrize("kind", ["image", "contour", "delta"])
def test_a_name_that_could_be_taken_for_another_or_for_a_path_is_refused(kind, name):
    data = protocol_plain(load_protocol("li2026"))
    if kind == "contour":
        data["images"]["MORE"] = {"modality": "MR", "contour": name}
    elif kind == "image":
        data["images"][name] = {"modality": "MR", "contour": "PRE_MRI"}
    else:
        data["deltas"][name] = {"before": "PRE_T2", "after": "POST_T2"}
    with pytest.raises(InputError, match=f"a name of the {kind} of protocol li2026") as error:
        protocol_from(data, "mine")
    assert "\n" not in str(error.value)


def test_images_whose_names_differ_only_in_capitals_are_refused():
    data = shipped()
    data["images"]["ct"] = dict(data["images"]["CT"])
    with pytest.raises(InputError, match="more than capitals, found 'ct'"):
        protocol_from(data, "mine")


@pytest.mark.parametrize("name", ["../../mine", "", "a\nb", "x" * 65])
def test_a_protocols_name_is_a_name(name):
    with pytest.raises(InputError, match="a protocol's name"):
        protocol_from(shipped() | {"name": name}, "mine")


def test_a_protocol_of_thousands_of_images_is_refused_at_once():
    many = {f"I{number}": {"modality": "MR", "contour": f"C{number}"} for number in range(5000)}
    with pytest.raises(InputError, match="at most 100 images"):
        protocol_from(shipped() | {"images": many}, "mine")


def test_a_value_of_aliases_within_aliases_is_refused_without_writing_it_out(tmp_path):
    """Lists of nine aliases each, nine deep: a few hundred bytes that are 43 million entries when written out."""
    lists = [f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]" for before, after in pairwise("abcdefghi")]
    (tmp_path / "bomb.yaml").write_text("\n".join(["a: &a [x]", *lists, "name: *i"]), encoding="utf-8")
    data = shipped() | {"name": read_yaml(tmp_path / "bomb.yaml")["name"]}
    with pytest.raises(InputError, match="str in mine: name, found list"):
        protocol_from(data, "mine")


@pytest.mark.parametrize("text", ["[" * 100_000, "a: b\n" * 300_000], ids=["nested", "large"])
def test_yaml_that_no_person_wrote_is_refused_at_once(tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="a YAML file"):
        read_yaml(tmp_path / "mine.yaml")
