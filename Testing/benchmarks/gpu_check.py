"""MedicalNet on an NVIDIA GPU: the same values as the processor's, how fast, and what happens when memory is short.

``make gpu-check`` takes about five minutes on a machine with one GPU and prints a Markdown table for README.md here; it
needs what pip installs and nothing else. The weights are random, which neither time nor the comparison minds. Without a
GPU it says so and ends with status 2; a value that is off, or memory that is not coped with, gives status 1.

``--device cpu --quick`` does the same with the processor in the GPU's place, to try the script: values must be equal.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from NACResponseLib.features.deep import CasePatches, DeepExtractor, DeepFeatures  # noqa: E402
from NACResponseLib.features.inference import run_in_batches  # noqa: E402
from NACResponseLib.features.medicalnet import BACKBONES  # noqa: E402
from NACResponseLib.protocol import Protocol, load_protocol  # noqa: E402
from Testing.benchmarks.weights import write_weights  # noqa: E402

TOLERANCE = {"single": 1e-4, "half": 2e-2}
"""Largest relative difference in norm; that of half precision is what 11 bits may leave after 50 layers."""
TOGETHER = 16
AIM = {34: 50.0}
"""Patients a second."""


@dataclass(frozen=True)
class Measured:
    """A network on a device.

    Attributes:
        difference: of its values to the processor's, relative, in norm; ``largest`` of a single value, relative to the
            largest value.
        rate: patients a second, their patches ready in memory.
        share: of that time in which the device computes.
    """

    depth: int
    precision: str
    difference: float
    largest: float
    rate: float
    share: float

    @property
    def right(self) -> bool:
        """Whether the values are the processor's."""
        return self.difference < TOLERANCE[self.precision]

    def row(self) -> str:
        """Of the table."""
        verdict = "" if self.right else " **off**"
        return (
            f"| {BACKBONES[self.depth].label} | {self.precision} | {self.difference:.0e}{verdict} | {self.largest:.0e} "
            f"| {self.rate:.1f} | {self.share:.0%} |"
        )


HEADER = (
    "| network | precision | difference to the processor, in norm | of one value at most | patients/s, patches ready "
    "| device busy |\n|---|---|---|---|---|---|"
)


def patients(count: int, protocol: Protocol) -> list[CasePatches]:
    """Patches as they come out of preparation, of noise: z-scores where the region is, zeros elsewhere."""
    places = tuple((image, region) for image in protocol.images for region in protocol.regions_of(image))
    rng = np.random.default_rng(1)
    made = []
    for _ in range(count):
        voxels = rng.standard_normal((len(places), 64, 64, 64), np.float32)
        voxels[:, :8] = 0.0
        made.append(CasePatches(places, voxels))
    return made


def measured(
    depth: int, weights: Path, device: str, half: bool, cases: Sequence[CasePatches], protocol: Protocol, seconds: float
) -> Measured:
    """Values, rate and busy share of a network on a device."""
    extractor = DeepExtractor(depth, weights, device, half)
    expected = _array(DeepExtractor(depth, weights, "cpu").features(cases[:1], protocol))
    found = _array(extractor.features(cases[:1], protocol))
    gap = found - expected
    rate = _rate(lambda: extractor.features(cases, protocol), len(cases), seconds, device)
    alone = _device_rate(extractor, cases, seconds)
    return Measured(
        depth,
        "half" if half else "single",
        float(np.linalg.norm(gap) / np.linalg.norm(expected)),
        float(np.abs(gap).max() / np.abs(expected).max()),
        rate,
        min(rate / alone, 1.0),
    )


def _array(features: Sequence[DeepFeatures]) -> NDArray[np.float64]:
    return np.array([list(one.values.values()) for one in features])


def _device_rate(extractor: DeepExtractor, cases: Sequence[CasePatches], seconds: float) -> float:
    """Patients a second of the network alone, its input on the device already."""
    kind = torch.float16 if extractor.half else torch.float32
    with torch.inference_mode():
        voxels = torch.from_numpy(np.concatenate([case.voxels for case in cases])[:, None])
        ready = voxels.to(extractor.device, kind).contiguous(memory_format=torch.channels_last_3d)
        return _rate(lambda: extractor.network(ready), len(cases), seconds, extractor.device)


def _rate(work: Callable[[], Any], count: int, seconds: float, device: str) -> float:
    """Patients a second, ``count`` in a call; a first call is not counted."""
    work()
    _wait(device)
    start, done = time.perf_counter(), 0
    while done == 0 or time.perf_counter() - start < seconds:
        work()
        done += count
    _wait(device)
    return done / (time.perf_counter() - start)


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


class LittleMemory:
    """A network on the processor whose memory holds few patches."""

    def __init__(self, network: Any, room: int) -> None:
        self._network, self._room = network, room

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        if len(batch) > self._room:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        features: torch.Tensor = self._network(batch)
        return features


def short_of_memory(depth: int, weights: Path, device: str, cases: Sequence[CasePatches], protocol: Protocol) -> str:
    """What happens where not all patches fit the device's memory at once, in words.

    Raises:
        AssertionError: the batch is not halved, or values change by more than rounding.
    """
    extractor = DeepExtractor(depth, weights, device)
    voxels = np.concatenate([case.voxels for case in cases])
    expected, _ = run_in_batches(extractor.network, voxels, device)
    if device == "cpu":
        found, warnings = run_in_batches(LittleMemory(extractor.network, 3), voxels, device)
    else:
        with _little_memory(extractor.network, voxels):
            found, warnings = run_in_batches(extractor.network, voxels, device)
    assert warnings, "all patches fitted: the limit was not felt"
    difference = float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
    assert difference < TOLERANCE["single"], f"values differ by {difference:.0e}"
    return f"{len(voxels)} patches: {' '.join(warnings)} Values differ by {difference:.0e}."


@contextmanager
def _little_memory(network: Any, voxels: NDArray[np.float32]) -> Iterator[None]:
    """Leaves the GPU about half of what the patches need at once."""
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run_in_batches(network, voxels, "cuda")
    needed = torch.cuda.max_memory_allocated() - before
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + needed / 2) / total)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()


def check(device: str, depths: Sequence[int], seconds: float, together: int, say: Callable[[str], None]) -> bool:
    """Everything, line by line; whether all of it is right."""
    protocol = load_protocol("jang2025")
    cases = patients(together, protocol)
    name = torch.cuda.get_device_name() if device == "cuda" else f"processor ({platform.machine()})"
    cuda = f", CUDA {torch.version.cuda}" if device == "cuda" else ""
    say(f"{date.today().isoformat()}, {name}, torch {torch.__version__}{cuda}, {together} patients in a pass\n")
    say(HEADER)
    right = True
    with tempfile.TemporaryDirectory() as folder:
        for depth in depths:
            weights = write_weights(depth, Path(folder))
            for half in (False, True) if device == "cuda" else (False,):
                one = measured(depth, weights, device, half, cases, protocol, seconds)
                say(one.row())
                right = right and one.right
                if depth in AIM and not half and device == "cuda" and one.rate < AIM[depth]:
                    say(f"\nBelow the aim of {AIM[depth]:g} patients a second.\n")
        try:
            first = Path(folder) / f"resnet_{depths[0]}_23dataset.pth"
            say(f"\nShort of memory, {short_of_memory(depths[0], first, device, cases, protocol)}")
        except AssertionError as error:
            say(f"\nShort of memory: **{error}**")
            right = False
    return right


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--depths", type=int, nargs="+", choices=tuple(BACKBONES), default=list(BACKBONES))
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one small network, two patients, one call each")
    parser.add_argument("--output", type=Path, help="a Markdown file for what is printed")
    options = parser.parse_args(arguments)
    if options.device == "cuda" and not torch.cuda.is_available():
        print(f"No GPU that torch {torch.__version__} can use: nothing was checked.", file=sys.stderr)
        return 2
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    if options.quick:
        right = check(options.device, [10], 0.0, 2, say)
    else:
        right = check(options.device, options.depths, options.seconds, TOGETHER, say)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
