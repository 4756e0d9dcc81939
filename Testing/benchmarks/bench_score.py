"""Time of each stage for the sample patient, and of our handcrafted features against pyradiomics called plainly.

``make bench`` prints two Markdown tables: medians over several runs in one process, on whatever machine runs it. The
ratio is taken within the run and its values are compared, so it means the same on a fast machine and a slow one.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import SimpleITK as sitk

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


def timed(work: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """Median seconds of some runs after one that is not counted, and the result."""
    result, seconds = work(), []
    for _ in range(runs):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return median(seconds), result


def read() -> Any:
    return load_case("NACT_06", {"MRI_CET1": SAMPLE / "MRI_CET1.nii.gz"}, {"MRI": SAMPLE / "tumor_MRI.nii.gz"})


def ours(image: sitk.Image, masks: dict[str, sitk.Image], steps: Preprocessing) -> dict[str, dict[str, float]]:
    return {name: shape_features(mask) | intensity_features(image, mask, steps) for name, mask in masks.items()}


def plain(image: sitk.Image, masks: dict[str, sitk.Image], bins: int) -> dict[str, dict[str, float]]:
    """pyradiomics as its documentation calls it: its extractor, the whole image, default settings but the bins."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    extractor = RadiomicsFeatureExtractor(binCount=bins)
    found = {}
    for name, mask in masks.items():
        values = extractor.execute(image, mask)
        found[name] = {
            key.removeprefix("original_"): float(value) for key, value in values.items() if key.startswith("original_")
        }
    return found


def largest_difference(first: dict[str, dict[str, float]], second: dict[str, dict[str, float]]) -> float:
    """Greatest relative difference; the same features must be in both."""
    assert {k: set(v) for k, v in first.items()} == {k: set(v) for k, v in second.items()}
    return max(
        abs(value - second[region][name]) / max(abs(value), 1e-300)
        for region, features in first.items()
        for name, value in features.items()
    )


def whole_command(runs: int) -> float:
    """Median seconds of ``nacresponse demo`` as a process, reading and report included."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "NACResponseLib", "demo", "--output", str(Path(folder) / "demo")]
        return timed(lambda: subprocess.run(command, check=True, capture_output=True), runs)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    protocol = load_protocol("jang2025")
    steps = protocol.preprocessing["MR"]

    reading, case = timed(read, runs)
    image = case.images["MRI_CET1"]
    body_time, body = timed(lambda: body_mask(image, "MR"), runs)
    shell_time, _ = timed(lambda: peritumoral_shell(case.contours["MRI"], body), runs)
    anatomy_time, _ = timed(lambda: find_anatomy(image, "MR", {}, case.contours["MRI"]), runs)
    regions = find_regions(case, "MRI", "MRI_CET1", "MR")
    box = bounding_box(sitk.Or(regions.tumor, regions.shell))
    shading = Preprocessing(None, bias_field=True, bin_count=steps.bin_count)
    n4_time, _ = timed(lambda: prepare(image, body, shading, ((0, 0, 0), image.GetSize())), runs)
    rest = Preprocessing(steps.spacing_mm, False, steps.zscore, steps.bin_count)
    resample_time, _ = timed(lambda: prepare(image, body, rest, box), runs)
    bundle = load_bundle()
    score_time, _ = timed(lambda: score_values(VALUES, bundle, patient_id="NACT_06"), runs)

    part = prepare(image, body, steps, box)
    small = {name: region_mask(regions.mask(name), part) for name in protocol.regions}
    our_time, our_values = timed(lambda: ours(part, small, steps), runs)
    full = prepare(image, body, steps, ((0, 0, 0), image.GetSize()))
    large = {name: region_mask(regions.mask(name), full) for name in protocol.regions}
    plain_time, plain_values = timed(lambda: plain(full, large, int(steps.bin_count or 0)), min(runs, 3))

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {runs} runs\n")
    print("| stage, sample patient NACT_06 | seconds |\n|---|---|")
    for stage, seconds in (
        ("`nacresponse demo`, whole process, reading and report included", whole_command(runs)),
        ("read image and contour", reading),
        ("body outline", body_time),
        ("peritumoral shell, unclipped", shell_time),
        ("skin and chest wall", anatomy_time),
        ("score and explanation", score_time),
        ("N4 bias field (only for models with image features)", n4_time),
        ("z-score and resampling to 1 mm (likewise)", resample_time),
        ("214 handcrafted features, two regions (likewise)", our_time),
    ):
        print(f"| {stage} | {seconds:.2f} |")
    print("\n| 107 handcrafted features of tumour and shell | seconds |\n|---|---|")
    print(f"| pyradiomics, plainly, whole image | {plain_time:.2f} |")
    print(f"| NACResponse | {our_time:.2f} |")
    print(f"| ratio | {plain_time / our_time:.1f} |")
    print(f"| largest relative difference of a value | {largest_difference(plain_values, our_values):.1e} |")


if __name__ == "__main__":
    main()
