"""What a patient costs: whole processes, each stage in a warm one, and handcrafted features beside other programs.

``make bench`` prints Markdown tables, on whatever machine runs it; ``bench_score.py processes``, ``stages`` or
``features`` prints one of them. Seconds are of the processor, which other work on the machine changes least; medians.
Ratios are taken within one run, in which the ways take turns, and values are compared. flash-radiomics is one of the
ways where it can be imported (``pip install --target DIR flash-radiomics==1.0.0 h5py``, then ``PYTHONPATH=DIR``).
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import SimpleITK as sitk
from processes import cost

from NACResponseLib.anatomy.body import body_mask
from NACResponseLib.anatomy.breast import find_anatomy
from NACResponseLib.anatomy.peritumoral import peritumoral_shell
from NACResponseLib.anatomy.regions import find_regions
from NACResponseLib.config import resources
from NACResponseLib.features.handcrafted import intensity_features, region_mask, shape_features
from NACResponseLib.imaging.geometry import bounding_box
from NACResponseLib.imaging.io import load_case
from NACResponseLib.imaging.preprocessing import prepare
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.protocol import Preprocessing, load_protocol
from NACResponseLib.scoring.predict import score_values

SAMPLE = resources() / "SampleData" / "nact06"
VALUES = {"age": 71.0, "HR": 1.0, "HER2": 0.0, "tumor_volume_mm3": 40384.3}
Features = dict[str, dict[str, float]]


def timed(work: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Median seconds of the processor over some runs after one that is not counted, and the result."""
    result, seconds = work(), []
    for _ in range(runs):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return median(seconds), result


def read() -> Any:
    return load_case("NACT_06", {"MRI_CET1": SAMPLE / "MRI_CET1.nii.gz"}, {"MRI": SAMPLE / "tumor_MRI.nii.gz"})


def print_processes(runs: int) -> None:
    """Whole commands."""
    from bench_cohort import CT, write_patient

    program = [sys.executable, "-m", "NACResponseLib"]
    print("| whole process | seconds | of the processor | peak memory, MiB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo = [*program, "demo", "--output", str(folder / "demo")]
        print(f"| `nacresponse demo`, the sample patient with its report | {cost(demo, runs).row} |")
        image, tumor = (folder / write_patient(folder, 1, "axial", CT, 2, 2)[key] for key in ("MRI_CET1", "tumor_MRI"))
        shell = ["--image", str(image), "--modality", "MR", "--tumor", str(tumor), "--output", str(folder / "shell")]
        print(f"| `nacresponse shell`, an MRI of 448 x 448 x 160 | {cost([*program, 'shell', *shell], runs).row} |")
        for way in ("own", "pyradiomics"):
            features = [sys.executable, __file__, "one", "--way", way]
            print(f"| sample patient to 107 features x 2 regions, {way} kernels | {cost(features, runs).row} |")


def prepared() -> tuple[sitk.Image, dict[str, sitk.Image], Preprocessing]:
    """The sample patient's image about tumour and shell after all preprocessing, both masks on it, and the steps."""
    protocol, case = load_protocol("jang2025"), read()
    image, steps = case.images["MRI_CET1"], protocol.preprocessing["MR"]
    regions = find_regions(case, "MRI", "MRI_CET1", "MR")
    box = bounding_box(sitk.Or(regions.tumor, regions.shell))
    part = prepare(image, body_mask(image, "MR"), steps, box)
    return part, {name: region_mask(regions.mask(name), part) for name in protocol.regions}, steps


def print_stages(runs: int) -> None:
    """Each stage in a warm process."""
    case, steps = read(), load_protocol("jang2025").preprocessing["MR"]
    image, bundle = case.images["MRI_CET1"], load_bundle()
    body = body_mask(image, "MR")
    regions = find_regions(case, "MRI", "MRI_CET1", "MR")
    box = bounding_box(sitk.Or(regions.tumor, regions.shell))
    rest = replace(steps, bias_field=False)
    shading, whole = Preprocessing(None, bias_field=True, bin_count=steps.bin_count), ((0, 0, 0), image.GetSize())
    part, masks, _ = prepared()
    print("| stage, sample patient NACT_06, in a warm process | seconds of the processor |\n|---|---|")
    for stage, work in {
        "read image and contour": read,
        "body outline": lambda: body_mask(image, "MR"),
        "peritumoral shell, unclipped": lambda: peritumoral_shell(case.contours["MRI"], body),
        "skin and chest wall": lambda: find_anatomy(image, "MR", {}, case.contours["MRI"]),
        "score and explanation": lambda: score_values(VALUES, bundle, patient_id="NACT_06"),
        "N4 bias field (only for models with image features)": lambda: prepare(image, body, shading, whole),
        "z-score and resampling to 1 mm (likewise)": lambda: prepare(image, body, rest, box),
        "107 handcrafted features x 2 regions (likewise)": lambda: ours(part, masks, steps),
    }.items():
        print(f"| {stage} | {timed(work, runs)[0]:.2f} |")


def ours(
    image: sitk.Image, masks: Mapping[str, sitk.Image], steps: Preprocessing, engine: str = "own"
) -> dict[str, dict[str, float]]:
    return {name: shape_features(mask) | intensity_features(image, mask, steps, engine) for name, mask in masks.items()}


def extractor(kind: Any, image: sitk.Image, masks: Mapping[str, sitk.Image], **settings: Any) -> Features:
    """Another program as its documentation calls it, default settings but the bins."""
    found = {name: kind.execute(image, mask, **settings) for name, mask in masks.items()}
    return {
        name: {key.removeprefix("original_"): float(v) for key, v in values.items() if key.startswith("original_")}
        for name, values in found.items()
    }


def print_features(runs: int) -> None:
    """Our kernels, pyradiomics and flash-radiomics on the same prepared image."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    image, masks, steps = prepared()
    ways: dict[str, Callable[[], Features]] = {
        "NACResponse": lambda: ours(image, masks, steps),
        "NACResponse, textures by pyradiomics": lambda: ours(image, masks, steps, "pyradiomics"),
        "pyradiomics as its documentation calls it": lambda: extractor(
            RadiomicsFeatureExtractor(binCount=steps.bin_count), image, masks
        ),
    }
    if importlib.util.find_spec("flash_radiomics"):
        from flash_radiomics import RadiomicsFeatureExtractor as Flash  # type: ignore[import-not-found]

        for name in ("flash_radiomics", "flash_radiomics.featureextractor"):
            logging.getLogger(name).setLevel(logging.ERROR)
        file = str(Path(tempfile.mkdtemp()) / "flash.h5")  # it writes one with all results
        ways["flash-radiomics on the processor"] = lambda: extractor(
            Flash(backend="cpu", binCount=steps.bin_count), image, masks, output_hdf5_path=file
        )
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    values = {name: work() for name, work in ways.items()}
    for _ in range(runs):
        for name, work in ways.items():
            seconds[name].append(timed_once(work))
    first, own = median(seconds["NACResponse"]), values["NACResponse"]
    print("| 107 handcrafted features x 2 regions, warm | seconds of the processor | ratio | features that differ |")
    print("|---|---|---|---|")
    for name in ways:
        taken = median(seconds[name])
        print(f"| {name} | {taken:.2f} | {taken / first:.1f} | {differences(own, values[name])} |")


def timed_once(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def differences(own: Features, other: Features) -> str:
    """Which features differ by more than 1e-9, and by how much the others do at most; all of ours must be there."""
    apart = {
        (region, name): abs(value - other[region][name]) / max(abs(value), 1e-300)
        for region, features in own.items()
        for name, value in features.items()
    }
    far = sorted({name for (_, name), error in apart.items() if error > 1e-9})
    shown = ", ".join(far[:3]) + (f" and {len(far) - 3} more" if len(far) > 3 else "")
    return f"{shown or 'none'}; others by {max(e for e in apart.values() if e <= 1e-9):.0e} at most"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", nargs="?", choices=("processes", "stages", "features", "one"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--way", default="own", help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    if options.table == "one":
        ours(*prepared(), options.way)
        return
    tables = {"processes": print_processes, "stages": print_stages, "features": print_features}
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {options.runs} runs")
    for name, table in tables.items():
        if options.table in (None, name):
            print()
            table(options.runs)


if __name__ == "__main__":
    main()
