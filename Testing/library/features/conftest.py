"""Formula-made weights of the smallest network, as a file in MedicalNet's form."""

import pytest

from . import formula


@pytest.fixture(scope="session")
def tensors10():
    import torch

    torch.set_num_threads(1)  # tests run on all cores already
    return formula.tensors(10)


@pytest.fixture(scope="session")
def weights10(tensors10, tmp_path_factory):
    return formula.write(formula.official(tensors10), tmp_path_factory.mktemp("weights") / "resnet_10_23dataset.pth")


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """An empty folder of weights."""
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"
