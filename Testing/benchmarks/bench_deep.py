"""Deep features: seconds per patient of six patches, against the plain network, and memory; on a GPU the whole way.

``make bench-deep`` prints Markdown tables, on whatever machine runs it. Ways that are compared run in turn in one
process on the same patches, and their values are compared too. The weights are random: time does not depend on them.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from NACResponseLib.case import Case  # noqa: E402
from NACResponseLib.config import resources  # noqa: E402
from NACResponseLib.features.deep import CasePatches, DeepExtractor, case_patches  # noqa: E402
from NACResponseLib.features.inference import run_in_batches  # noqa: E402
from NACResponseLib.features.medicalnet import BACKBONES, load_backbone, topology  # noqa: E402
from NACResponseLib.features.preparation import CasePreparation  # noqa: E402
from NACResponseLib.features.weight_file import read_tensors  # noqa: E402
from NACResponseLib.imaging.io import load_case  # noqa: E402
from NACResponseLib.protocol import ImageSpec, load_protocol  # noqa: E402
from Testing.benchmarks.weights import write_weights  # noqa: E402

PATCHES = 6
PROTOCOL = replace(
    load_protocol("jang2025"), images={name: ImageSpec("MR", "MRI") for name in ("MRI_CET1", "MRI_T2", "MRI_DWI")}
)
"""Six patches from MR, the dearest to prepare; the sample patient's one image stands for all three."""


def sample() -> Case:
    folder = resources() / "SampleData" / "nact06"
    images = dict.fromkeys(PROTOCOL.images, folder / "MRI_CET1.nii.gz")
    return load_case("NACT_06", images, {"MRI": folder / "tumor_MRI.nii.gz"})


def plain_network(depth: int, weights: Path) -> torch.nn.Module:
    """MONAI's network as it comes, with MedicalNet's strides and dilations."""
    network = topology(depth)
    counters = {name: torch.tensor(0) for name, value in network.state_dict().items() if not value.ndim}
    network.load_state_dict(read_tensors(weights) | counters, assign=True)
    return network


def compared(ways: dict[str, Callable[[], np.ndarray]], runs: int) -> tuple[dict[str, float], float]:
    """Median seconds by way, taken in turn after one round that is not counted, and the largest difference in norm."""
    values = {name: way() for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    first, *others = values.values()
    difference = max(float(np.linalg.norm(first - other) / np.linalg.norm(other)) for other in others)
    return {name: median(taken) for name, taken in seconds.items()}, difference


def on_processor(weights: dict[int, Path], runs: int) -> Iterator[str]:
    yield "| network | threads | all at once | one by one | plain, all at once | plain, one by one | difference |"
    yield "|---|---|---|---|---|---|---|"
    patches = np.random.default_rng(1).standard_normal((PATCHES, 64, 64, 64), np.float32)
    for depth, path in weights.items():
        ours, plain = load_backbone(depth, path), plain_network(depth, path)
        batch = torch.from_numpy(patches)[:, None]

        def at_once(network: Any = ours) -> np.ndarray:
            return run_in_batches(network, patches, "cpu")[0]

        def one_by_one(network: Any = ours) -> np.ndarray:
            return np.concatenate([run_in_batches(network, patches[i : i + 1], "cpu")[0] for i in range(PATCHES)])

        def plain_at_once(network: Any = plain, batch: Any = batch) -> np.ndarray:
            with torch.no_grad():
                return network(batch).numpy()

        def plain_one_by_one(network: Any = plain, batch: Any = batch) -> np.ndarray:
            with torch.no_grad():
                return torch.cat([network(patch[None]) for patch in batch]).numpy()

        ways = {"ours": at_once, "single": one_by_one, "plain": plain_at_once, "plain single": plain_one_by_one}
        for threads in (1, 2):
            torch.set_num_threads(threads)
            seconds, difference = compared(ways, runs)
            cells = " | ".join(f"{taken:.2f}" for taken in seconds.values())
            yield f"| {BACKBONES[depth].label} | {threads} | {cells} | {difference:.0e} |"


def one_case(depth: int, weights: Path) -> None:
    """Prints seconds of preparing, loading and computing one case, and this process's peak memory in MB."""
    torch.set_num_threads(2)
    times = [time.perf_counter()]
    patches = case_patches(CasePreparation(sample(), PROTOCOL))
    times.append(time.perf_counter())
    extractor = DeepExtractor(depth, weights, "cpu")
    times.append(time.perf_counter())
    extractor.features([patches], PROTOCOL)
    times.append(time.perf_counter())
    print(*np.diff(times), peak_memory_mb())


def peak_memory_mb() -> float:
    """Of this process. (Linux's own ``ru_maxrss`` would count the process that started it too.)"""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def whole_cases(weights: dict[int, Path]) -> Iterator[str]:
    yield "| network | prepare three MR images and six patches | load weights | network | peak memory, MB |"
    yield "|---|---|---|---|---|"
    for depth, path in weights.items():
        command = [sys.executable, __file__, "--one-case", str(depth), str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        *seconds, peak = map(float, done.stdout.split())
        cells = " | ".join(f"{taken:.2f}" for taken in seconds)
        yield f"| {BACKBONES[depth].label} | {cells} | {peak:.0f} |"


def prepared(_: int) -> CasePatches:
    """A case read and prepared, in a worker process."""
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    return case_patches(CasePreparation(sample(), PROTOCOL))


def on_gpu(weights: dict[int, Path], cases: int, workers: int, together: int = 16) -> Iterator[str]:
    yield f"| network | patients/s, prepared | patients/s end to end, {workers} workers | GPU busy | GPU to CPU |"
    yield "|---|---|---|---|---|"
    ready = prepared(0)
    for depth, path in weights.items():
        extractor = DeepExtractor(depth, path, "cuda")
        rate = _rate(extractor, [ready] * together, rounds=10)
        with ProcessPoolExecutor(workers) as pool:
            list(pool.map(prepared, range(workers)))
            busy, start = 0.0, time.perf_counter()
            coming = pool.map(prepared, range(cases))
            while group := list(islice(coming, together)):
                busy += _gpu_seconds(extractor, group)
            wall = time.perf_counter() - start
        single = (DeepExtractor(depth, path, device).features([ready], PROTOCOL)[0] for device in ("cuda", "cpu"))
        gpu, cpu = (np.array(list(found.values.values())) for found in single)
        difference = np.linalg.norm(gpu - cpu) / np.linalg.norm(cpu)
        label = BACKBONES[depth].label
        yield f"| {label} | {rate:.1f} | {cases / wall:.1f} | {busy / wall:.0%} | {difference:.0e} |"


def _rate(extractor: DeepExtractor, group: Sequence[CasePatches], rounds: int) -> float:
    extractor.features(group, PROTOCOL)
    start = time.perf_counter()
    for _ in range(rounds):
        extractor.features(group, PROTOCOL)
    return rounds * len(group) / (time.perf_counter() - start)


def _gpu_seconds(extractor: DeepExtractor, group: Sequence[CasePatches]) -> float:
    """Runs the group; seconds between the first and the last work of the GPU for it."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    extractor.features(group, PROTOCOL)
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / 1000


def show(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--depths", type=int, nargs="+", default=list(BACKBONES))
    parser.add_argument("--cases", type=int, default=64, help="end to end on a GPU")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--one-case", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one_case:
        one_case(int(options.one_case[0]), Path(options.one_case[1]))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}; medians of {options.runs} runs\n")
    with tempfile.TemporaryDirectory() as folder:
        weights = {depth: write_weights(depth, Path(folder)) for depth in options.depths}
        print("Seconds per patient (six patches), processor\n")
        show(on_processor(weights, options.runs))
        print("\nOne case as a process, two threads\n")
        show(whole_cases(weights))
        if torch.cuda.is_available():
            print(f"\n{torch.cuda.get_device_name()}\n")
            show(on_gpu(weights, options.cases, options.workers))


if __name__ == "__main__":
    main()
