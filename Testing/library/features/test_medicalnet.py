"""The networks against features computed with MedicalNet's own definition (``Testing/reference/medicalnet``)."""

import sys
from contextlib import suppress

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.features.medicalnet import BACKBONES, load_backbone

from . import formula

pytestmark = pytest.mark.torch
with suppress(ImportError):  # without it no test of this file runs
    import torch


def distance(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


@pytest.mark.parametrize("depth", [10, *(pytest.param(depth, marks=pytest.mark.slow) for depth in (18, 34, 50))])
def test_features_equal_those_of_the_published_network(depth, tmp_path):
    path = formula.write(formula.official(formula.tensors(depth)), tmp_path / "weights.pth")
    network = load_backbone(depth, path)
    patch = torch.from_numpy(formula.inputs.volume())[None, None]
    with torch.inference_mode():
        found = network(patch).numpy()
    expected = np.load(formula.REFERENCE / "reference_features.npz")[f"resnet{depth}"]
    assert found.shape == (1, BACKBONES[depth].channels) == (1, *expected.shape)
    assert distance(found[0], expected) < 1e-5


def test_a_patch_has_the_same_features_alone_and_among_others(weights10):
    network = load_backbone(10, weights10)
    patches = torch.from_numpy(np.stack([formula.inputs.volume(seed) for seed in range(4)]))[:, None]
    together = network(patches).numpy()
    for patch, features in zip(patches, together, strict=True):
        assert distance(network(patch[None]).numpy()[0], features) < 1e-6


def test_nothing_in_a_loaded_network_is_random_and_the_file_decides(weights10, tensors10, tmp_path):
    first, again = load_backbone(10, weights10), load_backbone(10, weights10)
    patch = torch.from_numpy(formula.inputs.volume())[None, None]
    assert torch.equal(first(patch), again(patch))
    changed = formula.write(
        formula.official(tensors10 | {"conv1.weight": tensors10["conv1.weight"] * 0.5}), tmp_path / "changed.pth"
    )
    assert not torch.allclose(load_backbone(10, changed)(patch), first(patch), rtol=1e-3)


def test_a_network_is_ready_for_inference(weights10):
    network = load_backbone(10, weights10)
    assert not network.training
    assert not any(parameter.requires_grad or parameter.is_meta for parameter in network.parameters())


@pytest.mark.parametrize("depth", [0, 35, 101])
def test_a_depth_that_does_not_exist_is_refused(depth, weights10):
    with pytest.raises(InputError, match=f"10, 18, 34, 50.*found '{depth}'"):
        load_backbone(depth, weights10)


@pytest.mark.parametrize("package", ["torch", "monai"])
def test_without_its_packages_the_way_to_get_them_is_named(package, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=f"no {package}: pip install"):
        load_backbone(34, tmp_path / "weights.pth")
