"""Weights made by formula, in the form of MedicalNet's files (``Testing/reference/medicalnet``)."""

import importlib.util
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "reference" / "medicalnet"


def _inputs():
    spec = importlib.util.spec_from_file_location("medicalnet_inputs", REFERENCE / "make_inputs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


inputs = _inputs()


def tensors(depth):
    """Every tensor of a depth under its published name."""
    import torch

    from NACResponseLib.features.medicalnet import expected_tensors

    return {name: torch.from_numpy(inputs.tensor_for(name, shape)) for name, shape in expected_tensors(depth).items()}


def official(named, prefix="module."):
    """The published form: wrapped, every name prefixed, with batch norm's counters."""
    import torch

    state = {prefix + name: value for name, value in named.items()}
    norms = [name.removesuffix("running_mean") for name in state if name.endswith("running_mean")]
    return {"state_dict": state | {f"{norm}num_batches_tracked": torch.tensor(7) for norm in norms}}


def write(content, path):
    import torch

    torch.save(content, path)
    return path
