"""Running a network over patches: on the device asked for, in batches that fit its memory, repeatably."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, unknown_name
from .medicalnet import require_torch

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda")
BATCH = {"cpu": 12, "cuda": 96}
"""Most patches in one pass: on a processor more gain nothing and cost memory."""


def choose_device(asked: str) -> str:
    """``cpu`` or ``cuda``; ``auto`` is the GPU where there is one.

    Raises:
        InputError: no such device, or ``cuda`` where torch finds none.
    """
    if asked not in DEVICES:
        raise unknown_name("a device", asked, DEVICES)
    require_torch()
    import torch

    present = torch.cuda.is_available()
    if asked == "cuda" and not present:
        raise InputError(
            "a CUDA device",
            f"none that torch {torch.__version__} can use",
            "give --device cpu, or install CUDA's torch",
        )
    return "cuda" if present and asked != "cpu" else "cpu"


def run_in_batches(
    network: Callable[[torch.Tensor], torch.Tensor], patches: NDArray[np.float32], device: str, half: bool = False
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """The network's features of all patches.

    A batch that does not fit the GPU's memory is halved, as are all that follow.

    Args:
        network: maps (n, 1, z, y, x) on the device to (n, channels).
        patches: (patches, z, y, x).
        device: ``cpu`` or ``cuda``.
        half: 16-bit floats, for a network that has been made so.

    Returns:
        (patches, channels) in single precision, and what to warn of.

    Raises:
        InputError: not even one patch fits.
    """
    import torch

    size, start, warnings, found = min(BATCH[device], len(patches)), 0, [], []
    last: torch.Tensor | None = None  # fetched when the next batch is on its way, so that the GPU need not wait
    with torch.inference_mode(), _repeatable():
        while start < len(patches):
            features = _begun(network, patches[start : start + size], device, half)
            if features is None:
                size = _halved(size)
                warnings.append(f"Out of GPU memory: going on with batches of {size}.")
                torch.cuda.empty_cache()
                continue
            if last is not None:
                found.append(last.float().cpu().numpy())
            last, start = features, start + len(features)
        if last is not None:
            found.append(last.float().cpu().numpy())
    return np.concatenate(found), tuple(warnings)


def _begun(
    network: Callable[[torch.Tensor], torch.Tensor], patches: NDArray[np.float32], device: str, half: bool
) -> torch.Tensor | None:
    """One pass, which a GPU may still be at; None if it does not fit.

    A GPU copies from pinned memory while this process goes on. (What a pass that does not fit allocated is free only
    once the error has been left behind.)
    """
    import torch

    try:
        batch = torch.from_numpy(patches[:, None])
        if device == "cuda":
            batch = batch.pin_memory().to(device, non_blocking=True)
        batch = batch.to(torch.float16 if half else torch.float32)
        return network(batch.contiguous(memory_format=torch.channels_last_3d))
    except torch.cuda.OutOfMemoryError:
        return None


def _halved(size: int) -> int:
    if size == 1:
        raise InputError("GPU memory for one patch", "too little", "close what else uses the GPU, or give --device cpu")
    return size // 2


@contextmanager
def _repeatable() -> Iterator[None]:
    """The same bits at every run: fixed algorithms of cuDNN, and full single precision (no TF32)."""
    import torch

    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        yield
