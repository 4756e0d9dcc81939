"""Random weights in MedicalNet's form, for measurements: time does not depend on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from NACResponseLib.features.medicalnet import expected_tensors


def write_weights(depth: int, folder: Path) -> Path:
    """A file for ``load_backbone``, scaled so that values neither vanish nor grow from layer to layer."""
    rng = np.random.default_rng(depth)
    state = {}
    for name, shape in expected_tensors(depth).items():
        scale = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1
        values = rng.standard_normal(shape, np.float32) * np.float32(scale)
        state[f"module.{name}"] = torch.from_numpy(np.abs(values) + 0.8 if name.endswith("running_var") else values)
    path = folder / f"resnet_{depth}_23dataset.pth"
    torch.save({"state_dict": state}, path)
    return path
