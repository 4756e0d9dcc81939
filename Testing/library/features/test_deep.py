"""Deep features of a case: names, traces, what is needed, and that values repeat."""

import dataclasses

import numpy as np
import pytest

from NACResponseLib.case import Case
from NACResponseLib.errors import InputError
from NACResponseLib.features import preparation as preparation_module
from NACResponseLib.features.deep import CasePatches, DeepExtractor, case_patches, extract_deep, place_of
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.features.names import deep_names
from NACResponseLib.features.preparation import CasePreparation
from NACResponseLib.features.weights import install_from_file
from NACResponseLib.protocol import DeepPatches, ImageSpec, load_protocol

from ..conftest import ball, grid_of, volume

JANG = load_protocol("jang2025")
MR = dataclasses.replace(JANG, images={"MRI_CET1": JANG.images["MRI_CET1"]})


def made(image_name, contour, shift=0.0):
    """A tumour in a ball of tissue; the tissue is given as the breast, so that the shell is whole."""
    grid = grid_of((80, 80, 40), (1.0, 1.0, 2.0))
    rng = np.random.default_rng(1)
    inside, tumor = ball(grid, (0, 0, 0), 36), ball(grid, (5, 0, 0), 9)
    values = np.where(inside, 100.0, 4.0 + shift) + 60.0 * tumor + rng.normal(0, 3, inside.shape)
    tumor, breast = (volume(mask.astype(np.uint8), grid) for mask in (tumor, inside))
    image = volume(values.astype(np.float32), grid)
    return Case("P1", {image_name: image}, {contour: tumor}, masks={"breast": breast})


@pytest.fixture(scope="module")
def case():
    return made("MRI_CET1", "MRI")


@pytest.fixture(scope="module")
def ready(case):
    """The case's images, prepared once for all tests."""
    return CasePreparation(case, MR)


@pytest.mark.parametrize(("depth", "number"), [(10, 3072), (18, 3072), (34, 3072), (50, 12288)])
def test_a_patient_has_as_many_deep_features_as_published(depth, number):
    names = deep_names(JANG, depth)
    assert len(set(names)) == len(names) == number
    assert "MRI_T2_Peri_0271" in names
    assert (names[0], names[-1]) == ("MRI_CET1_Intra_0000", f"CT_Peri_{number // 6 - 1:04d}")


def test_a_deep_name_is_distinguished_from_a_handcrafted_one():
    assert place_of("MRI_T2_Peri_0271", JANG) == ("MRI_T2", "Peri")
    for name in ("MRI_T2_Peri_glcm_Contrast", "MRI_Intra_shape_Sphericity", "age", "US_Peri_0271", "MRI_T2_Peri_271"):
        assert place_of(name, JANG) is None


def test_every_feature_has_its_name_its_order_and_repeats_to_the_bit(case, ready, weights10):
    first, again = (extract_deep(case, MR, 10, weights10, device="cpu", preparation=ready) for _ in range(2))
    assert tuple(first.values) == deep_names(MR, 10)
    assert first.values == again.values
    assert all(np.isfinite(value) for value in first.values.values())
    rows = np.array(list(first.values.values())).reshape(2, 512)
    assert not np.allclose(rows[0], rows[1], rtol=1e-2), "tumour and shell differ"


def test_the_values_are_the_networks_on_the_regions_patches(case, ready, weights10):
    import torch

    from NACResponseLib.features.medicalnet import load_backbone

    patches = case_patches(ready)
    assert patches.places == (("MRI_CET1", "Intra"), ("MRI_CET1", "Peri"))
    rows = load_backbone(10, weights10)(torch.from_numpy(patches.voxels)[:, None]).numpy()
    found = extract_deep(case, MR, 10, weights10, device="cpu", preparation=ready).values
    assert found["MRI_CET1_Intra_0007"] == pytest.approx(rows[0, 7], rel=1e-5)
    assert found["MRI_CET1_Peri_0511"] == pytest.approx(rows[1, 511], rel=1e-5)


def test_only_the_wanted_features_are_computed_and_only_their_images_needed(case, ready, weights10):
    whole = extract_deep(case, MR, 10, weights10, device="cpu", preparation=ready).values
    wanted = ["MRI_CET1_Peri_0003", "MRI_CET1_Peri_0400"]
    found = extract_deep(case, JANG, 10, weights10, "cpu", wanted, regions={"MRI": ready.regions("MRI")}).values
    assert found == pytest.approx({name: whole[name] for name in wanted}, rel=1e-5)
    with pytest.raises(InputError, match="CT"):
        extract_deep(case, JANG, 10, weights10, device="cpu", wanted=["CT_Intra_0000"])


@pytest.mark.parametrize("name", ["MRI_CET1_Intra_0512", "MRI_CET1_Tumor_0001", "MRI_CET1_Intra_glcm_Contrast"])
def test_a_wanted_feature_that_the_network_does_not_have_is_refused(name, case, weights10):
    with pytest.raises(InputError, match=name):
        extract_deep(case, JANG, 10, weights10, wanted=[name])


def test_all_patches_of_a_case_pass_the_network_together(case, ready, weights10):
    extractor, sizes = DeepExtractor(10, weights10, "cpu"), []
    network = extractor.network
    extractor.network = lambda batch: (sizes.append(len(batch)), network(batch))[1]
    patches = case_patches(ready)
    six = CasePatches(patches.places * 3, np.concatenate([patches.voxels] * 3))
    extractor.features([six], MR)
    assert sizes == [6]


def test_many_cases_have_the_values_of_each_alone(case, ready, weights10):
    extractor = DeepExtractor(10, weights10, "cpu")
    patches = case_patches(ready)
    other = CasePatches(patches.places, patches.voxels[::-1].copy())
    together = extractor.features([patches, other], MR)
    assert [each.values for each in together] == [extractor.features([one], MR)[0].values for one in (patches, other)]
    assert together[0].values["MRI_CET1_Intra_0001"] == pytest.approx(
        together[1].values["MRI_CET1_Peri_0001"], rel=1e-5
    )


def test_cases_that_share_a_pass_on_a_gpu_keep_their_own_values(case, ready, weights10):
    """The way taken on a GPU, run on the processor."""
    extractor = DeepExtractor(10, weights10, "cpu")
    patches = case_patches(ready)
    one = CasePatches(patches.places[:1], patches.voxels[:1])
    alone = [extractor.features([each], MR)[0].values for each in (patches, one, patches)]
    shared = extractor._group([patches, one, patches], MR, None)
    assert [len(each.values) for each in shared] == [1024, 512, 1024]
    for found, expected in zip(shared, alone, strict=True):
        assert found.values == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_the_unmasked_variant_sees_the_tissue_around(case, ready, weights10):
    open_ = dataclasses.replace(MR, deep=DeepPatches(outside="unmasked"))
    masked = extract_deep(case, MR, 10, weights10, device="cpu", preparation=ready)
    unmasked = extract_deep(case, open_, 10, weights10, device="cpu", regions={"MRI": ready.regions("MRI")})
    assert masked.metadata["patch"]["outside"] == "constant"
    assert unmasked.metadata["patch"]["outside"] == "unmasked"
    difference = np.subtract(list(masked.values.values()), list(unmasked.values.values()))
    assert np.linalg.norm(difference) > 0.05 * np.linalg.norm(list(masked.values.values()))


def test_a_value_is_traced_by_the_tables_metadata(case, ready, weights10):
    import hashlib

    metadata = extract_deep(case, MR, 10, weights10, device="cpu", preparation=ready).metadata
    assert metadata["feature_set"] == "resnet10"
    assert metadata["backbone"]["name"] == "MedicalNet ResNet-10"
    assert metadata["weights_sha256"] == hashlib.sha256(weights10.read_bytes()).hexdigest()
    assert metadata["preprocessing"]["MR"]["bias_field"] is True
    assert metadata["patch"] == {
        "size": [64, 64, 64], "orientation": "LPS", "margin_mm": 2, "normalization": "zscore", "outside": "constant"
    }  # fmt: skip
    assert metadata["columns"]["MRI_CET1_Peri_0000 to MRI_CET1_Peri_0511"] == {
        "image": "MRI_CET1", "modality": "MR", "contour": "MRI", "region": "Peri"
    }  # fmt: skip
    assert (metadata["computed"]["device"], metadata["computed"]["precision"]) == ("cpu", "single")


def test_an_image_is_prepared_once_for_handcrafted_and_deep_features(case, ready, weights10, monkeypatch):
    calls, prepare = [], preparation_module.prepare
    monkeypatch.setattr(preparation_module, "prepare", lambda *given: (calls.append(1), prepare(*given))[1])
    both = CasePreparation(case, MR, {"MRI": ready.regions("MRI")})
    shared = extract_features(case, MR, preparation=both)
    extract_deep(case, MR, 10, weights10, device="cpu", preparation=both)
    assert len(calls) == 1
    assert shared == extract_features(case, MR, preparation=ready)


def test_a_ct_needs_no_mr(weights10):
    ct = dataclasses.replace(JANG, images={"CT": ImageSpec("CT", "CT")})
    found = extract_deep(made("CT", "CT", shift=-1000), ct, 10, weights10, device="cpu")
    assert tuple(found.values) == deep_names(ct, 10)


@pytest.mark.torch
def test_without_weights_deep_features_are_refused_with_the_command(case, own_folder):
    with pytest.raises(InputError, match="run 'nacresponse weights install 18'"):
        extract_deep(case, MR, 18)


def test_installed_weights_are_found_and_a_changed_file_is_refused(case, ready, own_folder, weights10):
    installed = install_from_file(10, weights10)
    expected = extract_deep(case, MR, 10, weights10, device="cpu", preparation=ready).values
    assert extract_deep(case, MR, 10, device="cpu", preparation=ready).values == expected
    content = bytearray(installed.path.read_bytes())
    content[len(content) // 2] ^= 1
    installed.path.write_bytes(content)
    with pytest.raises(InputError, match="as it was installed"):
        DeepExtractor(10, device="cpu")


def test_weights_other_than_those_required_are_refused(weights10):
    with pytest.raises(InputError, match="trained with"):
        DeepExtractor(10, weights10, "cpu", sha256="0" * 64)


def test_half_precision_is_for_gpus(weights10):
    with pytest.raises(InputError, match="a GPU for half precision"):
        DeepExtractor(10, weights10, "cpu", half=True)


@pytest.mark.parametrize("depth", [0, 101])
def test_a_depth_that_does_not_exist_is_refused(depth, case, weights10):
    with pytest.raises(InputError, match="a MedicalNet depth"):
        extract_deep(case, MR, depth, weights10)


def test_cpu_and_gpu_agree(case, weights10):
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    on_cpu, on_gpu = (list(extract_deep(case, MR, 10, weights10, device).values.values()) for device in ("cpu", "cuda"))
    assert np.linalg.norm(np.subtract(on_cpu, on_gpu)) < 1e-3 * np.linalg.norm(on_cpu)
    assert on_gpu == list(extract_deep(case, MR, 10, weights10, "cuda").values.values())
