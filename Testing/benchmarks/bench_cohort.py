"""Seconds per patient of ``nacresponse extract`` by stage, against a plain script with pyradiomics and SimpleITK.

``make bench-cohort`` prints Markdown tables, on whatever machine runs it. Patients are phantoms at the matrix sizes of
the clinic. The plain script does what Jang et al. say, as one would write it down: N4 at shrink factor 4, z-score,
1 mm voxels, a 5 mm ring, pyradiomics on the whole image for each region, all cores of the machine for ITK's threads. It
does not look for skin and chest wall, which takes a good part of our time.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import SimpleITK as sitk

from NACResponseLib.anatomy.body import body_mask
from NACResponseLib.anatomy.regions import find_regions
from NACResponseLib.cohort.extraction import extract, run_here
from NACResponseLib.cohort.manifest import Manifest, read_manifest
from NACResponseLib.cohort.plan import Settings, plan
from NACResponseLib.cohort.results import OWN
from NACResponseLib.cohort.store import open_store, read_record
from NACResponseLib.config import worker_count
from NACResponseLib.features.handcrafted import intensity_features, region_mask
from NACResponseLib.imaging.geometry import isotropic_grid, resample
from NACResponseLib.imaging.io import load_case
from NACResponseLib.imaging.preprocessing import prepare
from NACResponseLib.phantom import Acquisition, draw_patient, make_phantom
from NACResponseLib.phantom.cohort import contour
from NACResponseLib.protocol import Protocol, load_protocol, protocol_from
from NACResponseLib.report.thumbnail import contour_strip

Matrix = tuple[tuple[int, int, int], tuple[float, float, float]]
MR: Mapping[str, Matrix] = {
    "sagittal": ((256, 256, 60), (0.7, 0.7, 2.0)),
    "axial": ((448, 448, 160), (0.8, 0.8, 1.0)),
}
CT: Matrix = ((512, 512, 150), (0.75, 0.75, 2.0))
LARGEST_CT: Matrix = ((512, 512, 300), (0.75, 0.75, 1.0))
HALF = 2
TINY = {
    "name": "tiny",
    "description": "",
    "source": "",
    "images": {"CT": {"modality": "CT", "contour": "CT"}},
    "preprocessing": {"CT": {"spacing_mm": 3, "bin_width": 25}},
}


def write_patient(folder: Path, number: int, mr: str, ct: Matrix, shrink: int, finer: int = 1) -> dict[str, str]:
    """A phantom's images and contours as files; its row of the table.

    Args:
        shrink: divides the matrix.
        finer: multiplies it after the phantom has been made, where only the size matters: that is quick.
    """
    patient = draw_patient(number, 0)
    kinds = {"MRI_CET1": f"{mr}_cet1_fs", "MRI_T2": f"{mr}_t2_fs", "CT": "chest_ct"}
    row = {"patient_id": f"{mr}_{number}", "scanner_MRI": "A", "scanner_CT": "A"}
    for image, kind in kinds.items():
        prone = image != "CT"
        size, spacing = MR[mr] if prone else ct
        anatomy, tumour = (patient.prone, patient.prone_tumour) if prone else (patient.supine, patient.supine_tumour)
        acquisition = Acquisition(
            kind,
            tuple(max(n // shrink, 1) for n in size),  # type: ignore[arg-type]
            tuple(edge * shrink for edge in spacing),  # type: ignore[arg-type]
            side=patient.side,
        )
        made = make_phantom(anatomy, tumour, acquisition, seed=number)
        files = {image: made.image, f"tumor_{'MRI' if prone else 'CT'}": contour(tumour, acquisition.grid(anatomy))}
        for name, volume in files.items():
            if finer > 1:
                volume = sitk.Expand(volume, [finer] * 3, sitk.sitkNearestNeighbor)
            row[name] = f"{name}_{mr}_{number}.nii.gz"
            sitk.WriteImage(volume, str(folder / row[name]), True)
    return row


def write_table(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def ours(manifest: Manifest, settings: Settings, output: Path, workers: int) -> tuple[float, dict[str, dict[str, Any]]]:
    """Wall seconds of an extraction, workers' start included, and each patient's record."""
    folder = open_store(output, OWN)
    tasks = list(plan(manifest, settings, folder, contour_strip))
    start = time.perf_counter()
    outcomes = list(extract(tasks, settings, partial(run_here, workers=workers), "cpu"))
    seconds = time.perf_counter() - start
    failed = [f"{one.task.patient_id}: {one.reason}" for one in outcomes if one.failed]
    assert not failed, failed
    return seconds, {task.patient_id: read_record(task.result) or {} for task in tasks}


def plain(row: Mapping[str, str], folder: Path, protocol: Protocol) -> dict[str, float]:
    """What the paper says, written down with pyradiomics and SimpleITK; seconds by stage."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    seconds = dict.fromkeys(("read", "N4", "z-score and 1 mm", "ring", "features"), 0.0)

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        seconds[stage] += time.perf_counter() - start
        return result

    for name, spec in protocol.images.items():
        steps = protocol.preprocessing[spec.modality]
        image = timed("read", lambda: sitk.ReadImage(str(folder / row[name]), sitk.sitkFloat32))  # noqa: B023
        tumor = timed("read", lambda: sitk.ReadImage(str(folder / row[f"tumor_{spec.contour}"])))  # noqa: B023
        if steps.bias_field:
            image = timed("N4", lambda: _n4(image))  # noqa: B023
        image, tumor = timed("z-score and 1 mm", lambda: _isotropic(image, tumor, steps.zscore))  # noqa: B023
        ring = timed("ring", lambda: _ring(tumor, protocol.margin_mm))  # noqa: B023
        levels = {"binCount": steps.bin_count} if steps.bin_count else {"binWidth": steps.bin_width}
        extractor = RadiomicsFeatureExtractor(**levels)
        for mask in (tumor, ring):
            timed("features", lambda: extractor.execute(image, mask))  # noqa: B023
    return seconds


def _n4(image: sitk.Image) -> sitk.Image:
    body = sitk.OtsuThreshold(image, 0, 1, 200)
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.Execute(sitk.Shrink(image, [4] * 3), sitk.Shrink(body, [4] * 3))
    return image / sitk.Exp(corrector.GetLogBiasFieldAsImage(image))


def _isotropic(image: sitk.Image, tumor: sitk.Image, zscore: bool) -> tuple[sitk.Image, sitk.Image]:
    if zscore:
        image = sitk.Normalize(image)
    grid = isotropic_grid(image, 1.0)
    return resample(image, grid, sitk.sitkBSpline), sitk.Resample(
        tumor, grid, sitk.Transform(), sitk.sitkNearestNeighbor
    )


def _ring(tumor: sitk.Image, margin_mm: float) -> sitk.Image:
    distance = sitk.SignedMaurerDistanceMap(tumor, False, False, True)
    return sitk.Cast((distance <= margin_mm) & (tumor == 0), sitk.sitkUInt8)


def largest_difference(row: Mapping[str, str], folder: Path, protocol: Protocol) -> float:
    """Greatest relative difference of an intensity feature to pyradiomics on the same preprocessed image, uncropped."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    worst = 0.0
    for name, spec in protocol.images.items():
        steps = protocol.preprocessing[spec.modality]
        case = load_case("A", {name: folder / row[name]}, {spec.contour: folder / row[f"tumor_{spec.contour}"]})
        regions = find_regions(case, spec.contour, name, spec.modality)
        image = case.images[name]
        body = body_mask(image, spec.modality)
        whole = prepare(image, body, steps, ((0, 0, 0), image.GetSize()))
        levels = {"binCount": steps.bin_count} if steps.bin_count else {"binWidth": steps.bin_width}
        extractor = RadiomicsFeatureExtractor(**levels)
        for region in protocol.regions:
            local = region_mask(regions.mask(region), whole)
            found, expected = intensity_features(whole, local, steps), extractor.execute(whole, local)
            for key, value in found.items():
                other = float(expected[f"original_{key}"])
                worst = max(worst, abs(value - other) / max(abs(other), 1e-300))
    return worst


def tiny_cohort(folder: Path, count: int) -> Path:
    """``COHORT.csv`` of balls in balls, a few thousand voxels each; ten different ones, copied."""
    i, j, k = np.meshgrid(*[np.arange(n) - n / 2 + 0.5 for n in (12, 20, 20)], indexing="ij")
    radius = np.sqrt((5 * i) ** 2 + (3 * j) ** 2 + (3 * k) ** 2)
    rows = []
    for number in range(count):
        rng = np.random.default_rng(number)
        tumor = (radius < 8 + number % 3).astype(np.uint8)
        values = np.where(radius < 26, -80.0, -1000.0) + 120 * tumor + rng.normal(0, 8, radius.shape)
        row = {
            "patient_id": f"P{number}",
            "CT": f"ct_{number}.mha",
            "tumor_CT": f"tumor_{number}.mha",
            "scanner_CT": "A",
        }
        for name, array in (("CT", values.astype(np.int16)), ("tumor_CT", tumor)):
            volume = sitk.GetImageFromArray(array)
            volume.SetSpacing((3.0, 3.0, 5.0))
            sitk.WriteImage(volume, str(folder / row[name]))
        rows.append(row)
    return write_table(folder / "COHORT.csv", rows)


def peak_mib() -> float:
    """Greatest resident memory of any process that this one has waited for."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def bench_memory(folder: Path, settings: Settings, shrink: int) -> None:
    """One worker on the largest patient; run first, since the peak is over all processes so far."""
    row = write_patient(folder, 9, "axial", LARGEST_CT, 2 * shrink, finer=2)
    manifest = read_manifest(write_table(folder / "LARGEST.csv", [row]), settings.protocol)
    seconds, _ = ours(manifest, settings, folder / "largest", 1)
    sizes = f"MRI {_size(MR['axial'], shrink)}, CT {_size(LARGEST_CT, shrink)}"
    print(f"\nPeak memory of a worker, {sizes}: {peak_mib():,.0f} MiB ({seconds:.0f} s)")


def bench_tiny(folder: Path, count: int, workers: int) -> None:
    settings = Settings(protocol_from(TINY, "tiny"))
    manifest = read_manifest(tiny_cohort(folder, count), settings.protocol)
    start = open_store(folder / "out", OWN)
    tasks = list(plan(manifest, settings, start, contour_strip))
    used, begun = [], time.perf_counter()
    for outcome in extract(tasks, settings, partial(run_here, workers=workers), "cpu"):
        assert not outcome.failed, outcome.reason
        used.append(_resident_mib())
    seconds, warm = time.perf_counter() - begun, max(count // 10, 1)
    print(f"\n{count} tiny patients, {workers} workers: {seconds:.0f} s, {1000 * seconds / count:.0f} ms a patient;")
    print(
        f"memory of all processes: {max(used[:warm]):,.0f} MiB in the first tenth, {max(used[-warm:]):,.0f} in the last"
    )


def bench_start(folder: Path, count: int, workers: int) -> None:
    """How long the command needs until its first patient is finished; ten patients' files, linked as often as asked."""
    tiny_cohort(folder, 10)
    with (folder / "COHORT.csv").open(encoding="utf-8", newline="") as stream:
        first = list(csv.DictReader(stream))
    rows = []
    for number in range(count):
        row = {**first[number % 10], "patient_id": f"P{number}"}
        for column in ("CT", "tumor_CT"):
            row[column] = f"{number}_{row[column]}"
            os.link(folder / first[number % 10][column], folder / row[column])
        rows.append(row)
    table = write_table(folder / "LARGE.csv", rows)
    (folder / "tiny.yaml").write_text(json.dumps(TINY), encoding="utf-8")
    command = [sys.executable, "-m", "NACResponseLib", "extract", str(table), "--output", str(folder / "large")]
    options = ["--protocol", str(folder / "tiny.yaml"), "--workers", str(workers)]
    begun = time.perf_counter()
    with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL) as process:
        while not any((folder / "large" / "patients").glob("*.json")):
            assert process.poll() is None, "the command ended before a patient was finished"
            time.sleep(0.05)
        print(f"\n{count:,} rows, {workers} workers: the first patient after {time.perf_counter() - begun:.1f} s")
        process.send_signal(signal.SIGINT)


def _resident_mib() -> float:
    import multiprocessing

    pids = [os.getpid(), *(process.pid for process in multiprocessing.active_children())]
    pages = [int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) for pid in pids]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _size(matrix: Matrix, shrink: int) -> str:
    return " x ".join(str(n // shrink) for n in matrix[0])


def bench_stages(folder: Path, settings: Settings, kinds: list[str], count: int, shrink: int) -> None:
    """The main tables."""
    rows = [write_patient(folder, number, mr, CT, shrink) for mr in kinds for number in range(1, count + 1)]
    protocol = settings.protocol
    manifest = read_manifest(write_table(folder / "COHORT.csv", rows), protocol)
    one, records = ours(manifest, settings, folder / "one", 1)
    two, again = ours(manifest, settings, folder / "two", 2)
    assert all(records[name]["features"] == again[name]["features"] for name in records)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(worker_count(None))
    for mr in kinds:
        mine = [record["seconds"] for name, record in records.items() if name.startswith(mr)]
        first = next(row for row in rows if row["patient_id"].startswith(mr))
        theirs = plain(first, folder, protocol)
        print(f"\n| MRI {_size(MR[mr], shrink)} ({mr}, 2 images), CT {_size(CT, shrink)} | seconds per patient |")
        print("|---|---|")
        for stage in mine[0]:
            print(f"| {stage} | {median(times[stage] for times in mine):.2f} |")
        total = median(sum(times.values()) for times in mine)
        print(f"| **all, one worker** | {total:.1f} |")
        for stage, seconds in theirs.items():
            print(f"| plain script: {stage} | {seconds:.1f} |")
        both = total * two / one
        print(f"| **plain script, all, {worker_count(None)} cores** | {sum(theirs.values()):.1f} |")
        print(f"| **ratio** to two workers ({both:.1f} s a patient) | {sum(theirs.values()) / both:.1f} |")
        print(f"| largest relative difference of a feature | {largest_difference(first, folder, protocol):.1e} |")
    print(
        f"\n{len(rows)} patients: one worker {one:.1f} s, two workers {two:.1f} s, ratio {one / two:.2f}; same features"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=4, help="of each matrix size")
    parser.add_argument(
        "--kinds", default="sagittal,axial", help="of sagittal (256 x 256 x 60), axial (448 x 448 x 160)"
    )
    parser.add_argument("--tiny", type=int, default=2000, help="patients of a few thousand voxels; 0: none")
    parser.add_argument("--start", type=int, default=10000, help="rows of which the first is waited for; 0: none")
    parser.add_argument("--half", action="store_true", help="half the matrix along each axis, to try it out")
    parser.add_argument("--no-memory", action="store_true", help="leave out the largest patient")
    options = parser.parse_args()
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    shrink, settings = (HALF if options.half else 1), Settings(load_protocol("jang2025"))
    print(f"{platform.machine()}, {worker_count(None)} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not options.no_memory:
            bench_memory(folder, settings, shrink)
        if options.patients:
            bench_stages(folder, settings, options.kinds.split(","), options.patients, shrink)
        if options.start:
            (folder / "start").mkdir()
            bench_start(folder / "start", options.start, 2)
        if options.tiny:
            (folder / "tiny").mkdir()
            bench_tiny(folder / "tiny", options.tiny, 2)


if __name__ == "__main__":
    main()
