"""The chest wall on real scans against readers: our sheet, two other methods, four points of a reader; noise.

The sample patient ships. The others stand in ``../shared/data`` beside a checkout where they may be used; without them
their lines are left out, and said to be.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from calibration import NO_PAIRS, Pairs, at_points
from numpy.typing import NDArray
from other_walls import random_walker, watershed
from scipy import ndimage

from NACResponseLib.anatomy.chest_wall import find_wall, sample_columns
from NACResponseLib.anatomy.columns import Columns, make_columns
from NACResponseLib.anatomy.survey import survey
from NACResponseLib.config import resources
from NACResponseLib.imaging.geometry import array_to_image, mask_array

Array = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
SAMPLE = resources() / "SampleData" / "nact06" / "MRI_CET1.nii.gz"
POINTS = ROOT / "Testing" / "reference" / "chest_wall" / "nact06.json"
READER = SHARED / "duke153_native" / "duke153_reader_breast_slices.nii.gz"
READER_SLICES, READER_COLUMNS = (18, 56, 137), range(60, 390, 4)
SCANS = {
    "NACT_06, first phase": SAMPLE,
    "NACT_06, before contrast": SHARED / "nact06" / "nact06_pre.nii.gz",
    "Duke 153, before contrast (read on it)": SHARED / "duke153" / "duke153_pre_1.5x1.5x2.2.nii.gz",
    "Duke 153, first phase (moved since)": SHARED / "duke153_native" / "duke153_post1_native.nii.gz",
}
NEAR_MM, GIVEN, DRAWS = 3.0, 4, 5
REACH_MM, STEP_MM = 80.0, 0.25
FADING = 14
MOVED = "moved"


def read_points(name: str) -> Array:
    """(n, 3) points on the muscle's front, LPS, mm: half a voxel in front of a reader's first voxel of muscle."""
    if name.startswith("NACT"):
        image, slices = sitk.ReadImage(str(SAMPLE)), json.loads(POINTS.read_text())["points"]
        indices = [(i - 0.5, j, int(k)) for k, line in slices.items() for j, i in line]
    else:
        image = sitk.ReadImage(str(READER))
        inside = mask_array(image)
        rows = {(k, i): np.flatnonzero(inside[k, :, i]) for k in READER_SLICES for i in READER_COLUMNS}
        indices = [(i, int(found[-1]) + 0.5, k) for (k, i), found in rows.items() if len(found)]
    return np.array([image.TransformContinuousIndexToPhysicalPoint(index) for index in indices])


def misses(columns: Columns, depth_mm: Array, points: Array) -> Array:
    """How far behind each point, straight back, the surface lies; mm."""
    steps = np.arange(-REACH_MM, REACH_MM + STEP_MM / 2, STEP_MM)
    lines = points.T[:, :, None] + np.array([0.0, 1.0, 0.0])[:, None, None] * steps
    row, column, depth = columns.locate(lines)
    behind = depth >= ndimage.map_coordinates(depth_mm, np.stack([row, column]), order=1, mode="nearest")
    return np.where(behind.any(axis=1), steps[behind.argmax(axis=1)], REACH_MM)


def line(name: str, method: str, off: Array, seconds: float) -> str:
    far = np.abs(off)
    return (
        f"| {name} | {method} | {np.median(far):.1f} | {(far <= NEAR_MM).mean():.0%} | {np.percentile(far, 90):.1f} "
        f"| {np.median(off):+.1f} | {seconds:.1f} |"
    )


def walls(name: str, path: Path) -> tuple[list[str], Pairs]:
    """The table's lines for one scan, and how sure its wall is at the points."""
    image, points = sitk.ReadImage(str(path), sitk.sitkFloat32), read_points(name)
    start = time.process_time()
    known = survey(image, "MR")
    assert known.wall is not None
    columns = make_columns(known.body)
    found = misses(columns, known.wall.depth_mm, points)
    lines = [line(name, "sheet", found, time.process_time() - start)]
    samples = sample_columns(known.coarse, known.body, "MR", columns)
    others: dict[str, Callable[..., Array]] = {"watershed": watershed, "random walker": random_walker}
    for method, find in others.items():
        start = time.process_time()
        lines.append(line(name, method, misses(columns, find(samples), points), time.process_time() - start))
    start, off = time.process_time(), []
    for draw in range(DRAWS):  # the others judge
        given = np.random.default_rng(draw).choice(len(points), GIVEN, replace=False)
        wall = find_wall(known.coarse, known.body, "MR", columns, points[given])
        off.append(misses(columns, wall.depth_mm, np.delete(points, given, axis=0)))
    each = (time.process_time() - start) / DRAWS
    lines.append(line(name, f"sheet, {GIVEN} points given", np.concatenate(off), each))
    return lines, at_points(known.wall, points, found)


def noise() -> list[str]:
    """The body's share of the sample patient's image with noise that fades at the edges of the field."""
    image = sitk.ReadImage(str(SAMPLE), sitk.sitkFloat32)
    values = sitk.GetArrayFromImage(image)
    at = np.arange(values.shape[2])
    fade = np.clip(np.minimum(at, at[::-1]) / FADING, 0, 1)
    lines = []
    for sigma in (0, 10, 14):
        first, second = np.random.default_rng(2).standard_normal((2, *values.shape)) * sigma * fade
        noisy = array_to_image(np.hypot(values + first, second).astype(np.float32), image)
        lines.append(f"| {sigma} | {mask_array(survey(noisy, 'MR', with_wall=False).body).mean():.2f} |")
    return lines


def real_walls() -> Pairs:
    """Prints both tables; how sure the walls are at the points of scans that did not move after they were read."""
    pairs = NO_PAIRS
    print("\n| scan | method | median, mm | within 3 mm | 90 % below, mm | behind (+), mm | s |")
    print("|---|---|---|---|---|---|---|")
    for name, path in SCANS.items():
        if path.exists() and (name.startswith("NACT") or READER.exists()):
            lines, sure = walls(name, path)
            print(*lines, sep="\n", flush=True)
            pairs += NO_PAIRS if MOVED in name else sure
        else:
            print(f"| {name} | not here | | | | | |")
    print("\n| noise added | body's share of the image |\n|---|---|", *noise(), sep="\n")
    return pairs


if __name__ == "__main__":
    real_walls()
