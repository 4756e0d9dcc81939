"""MedicalNet's weights files as tensors: read without executing anything, and checked tensor by tensor.

The published form is a dictionary whose ``state_dict`` holds the tensors, each name prefixed ``module.``; bare tensors
and bare names are read as well. Never more than tensors is unpickled (``weights_only=True``).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    import torch

SEGMENTATION_HEAD = "conv_seg."
_COUNTER = "num_batches_tracked"
_PREFIX = "module."
_REMEDY = "get the file again, or choose the file of this depth"
_NAMED = 3
LEAST_TORCH = (2, 10)
"""Older ones run code from a crafted file in spite of ``weights_only`` (CVE-2025-32434, CVE-2026-24747)."""


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The file's tensors under their published names, without the segmentation head and batch norm's counters.

    Raises:
        InputError: no file, or not one of tensors alone, or cut off.
    """
    content = _loaded(path)
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not content:
        raise InputError("a weights file with named tensors", f"{type(content).__name__} in {path.name}", _REMEDY)
    tensors = {}
    for name, value in content.items():
        if not isinstance(name, str) or not _is_tensor(value):
            raise InputError("named tensors only", f"{type(value).__name__} at '{name}' in {path.name}", _REMEDY)
        bare = name.removeprefix(_PREFIX)
        if not bare.startswith(SEGMENTATION_HEAD) and not bare.endswith(_COUNTER):
            tensors[bare] = value
    return tensors


def _loaded(path: Path) -> Any:
    import torch

    if not path.is_file():
        raise InputError("a weights file", f"no file {path}", "check the path")
    if tuple(int(number) for number in torch.__version__.split(".")[:2]) < LEAST_TORCH:
        least = "{}.{}".format(*LEAST_TORCH)
        raise InputError(f"torch {least} or newer, which reads weights safely", f"{torch.__version__}", "update torch")
    # What torch raises for a file that is cut off or foreign depends on where its reading stops.
    broken = (
        torch.serialization.pickle.UnpicklingError,
        OSError, RuntimeError, ValueError, EOFError, LookupError, TypeError, AttributeError, AssertionError,
        OverflowError, MemoryError, struct.error,
    )  # fmt: skip
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except broken:  # torch's own text advises to read the file unsafely
        found = f"{path.name}, which is damaged, cut off or holds more than tensors"
        raise InputError("a PyTorch file of tensors, whole", found, "get the file again") from None


def _is_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor)


def check_tensors(
    tensors: Mapping[str, torch.Tensor], expected: Mapping[str, tuple[int, ...]], kind: str, where: str
) -> None:
    """Compares a file's tensors with those that a network has.

    Args:
        tensors: from ``read_tensors``.
        expected: shape by name.
        kind: the network, for messages ("ResNet-34").
        where: the file's name.

    Raises:
        InputError: a tensor that is missing, has another shape, is no finite number or that the network does not
            have; it is named.
    """
    missing = [name for name in expected if name not in tensors]
    if missing:
        raise InputError(f"all {len(expected)} tensors of {kind}", f"no {_some(missing)} in {where}", _REMEDY)
    foreign = [name for name in tensors if name not in expected]
    if foreign:
        raise InputError(f"only the tensors of {kind}", f"also {_some(foreign)} in {where}", _REMEDY)
    for name, shape in expected.items():
        tensor = tensors[name]
        if tuple(tensor.shape) != shape:
            raise InputError(f"{name} of shape {shape} for {kind}", f"{tuple(tensor.shape)} in {where}", _REMEDY)
        low, high = map(float, tensor.aminmax())
        if not tensor.is_floating_point() or not (math.isfinite(low) and math.isfinite(high)):
            raise InputError(f"finite numbers in {name}", f"others in {where}", _REMEDY)
        if name.endswith("running_var") and low < 0:
            raise InputError(f"variances in {name}", f"values below zero in {where}", _REMEDY)


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
