"""Devices and batches; a fake network stands for a GPU whose memory is short."""

from contextlib import suppress

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.features.inference import BATCH, choose_device, run_in_batches

pytestmark = pytest.mark.torch
with suppress(ImportError):  # without it no test of this file runs
    import torch


class SmallMemory:
    """A network that averages each patch, and whose memory holds ``capacity`` patches."""

    def __init__(self, capacity):
        self.capacity, self.sizes = capacity, []

    def __call__(self, batch):
        self.sizes.append(len(batch))
        if len(batch) > self.capacity:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return batch.mean(dim=(1, 2, 3, 4))[:, None]


@pytest.fixture
def patches():
    return np.random.default_rng(1).normal(size=(11, 4, 4, 4)).astype(np.float32)


def test_all_patches_go_through_in_one_pass(patches):
    network = SmallMemory(99)
    found, warnings = run_in_batches(network, patches, "cpu")
    assert (network.sizes, warnings) == ([11], ())
    assert found[:, 0] == pytest.approx(patches.mean(axis=(1, 2, 3)), abs=1e-6)


@pytest.mark.parametrize("capacity", [1, 2, 3, 5, 10])
def test_out_of_memory_halves_the_batch_says_so_and_loses_nothing(capacity, patches):
    network = SmallMemory(capacity)
    found, warnings = run_in_batches(network, patches, "cpu")
    assert found[:, 0] == pytest.approx(patches.mean(axis=(1, 2, 3)), abs=1e-6)
    assert len(warnings) == sum(size > capacity for size in network.sizes) >= 1
    assert "Out of GPU memory" in warnings[0]
    assert max(size for size in network.sizes if size <= capacity) >= capacity // 2


def test_one_patch_that_does_not_fit_is_refused(patches):
    with pytest.raises(InputError, match="GPU memory for one patch"):
        run_in_batches(SmallMemory(0), patches, "cpu")


def test_more_patches_than_a_batch_keep_their_order():
    patches = np.arange(BATCH["cpu"] * 2 + 3, dtype=np.float32)[:, None, None, None] * np.ones((1, 2, 2, 2), np.float32)
    found, _ = run_in_batches(SmallMemory(99), patches, "cpu")
    assert np.array_equal(found[:, 0], np.arange(len(patches)))


def test_errors_other_than_memory_are_not_hidden(patches):
    def broken(batch):
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        run_in_batches(broken, patches, "cpu")


def test_cuda_asked_for_and_absent_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"a CUDA device.*--device cpu"):
        choose_device("cuda")
    assert choose_device("auto") == choose_device("cpu") == "cpu"


def test_auto_takes_the_gpu_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert (choose_device("auto"), choose_device("cuda"), choose_device("cpu")) == ("cuda", "cuda", "cpu")


def test_an_unknown_device_suggests_the_nearest():
    with pytest.raises(InputError, match="did you mean 'cuda'"):
        choose_device("cude")
