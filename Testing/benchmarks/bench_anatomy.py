"""How well the automatic anatomy clips the shell on phantoms, and finds the chest wall on real scans, as Markdown.

Run by ``make bench-anatomy``; takes a few minutes on two cores.
"""

from __future__ import annotations

import datetime
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from calibration import NO_PAIRS, Pairs, about_tumour, report, skin_pair
from implants import report_implants
from real_walls import real_walls

from NACResponseLib.anatomy.breast import SKIN_SEEN, find_anatomy
from NACResponseLib.anatomy.peritumoral import peritumoral_shell
from NACResponseLib.anatomy.survey import survey
from NACResponseLib.anatomy.wall_mask import WALL_SEEN
from NACResponseLib.imaging.geometry import mask_array
from NACResponseLib.phantom import Phantom, make_phantom, random_setting

KINDS = (
    "sagittal_cet1_fs", "axial_cet1_fs", "chest_ct", "sagittal_cet1", "axial_cet1", "axial_cet1_fs", "sagittal_t2",
    "sagittal_cet1_fs", "chest_ct", "axial_t2_fs", "axial_t2",
)  # fmt: skip
PLACES = ("touching_skin", "near_chest_wall", "middle", "near_skin", "touching_chest_wall")
GRIDS = {
    "sagittal": (((150, 150, 60), (1.05, 1.05, 2.0)), ((210, 210, 60), (0.75, 0.75, 2.0))),
    "axial": (((224, 192, 72), (1.5, 1.5, 2.2)), ((288, 240, 80), (1.2, 1.2, 2.0))),
    "chest": (((256, 208, 64), (1.55, 1.55, 2.5)), ((320, 260, 40), (1.25, 1.25, 4.0))),
}
SETTINGS = 30
NOTHING = 0.01  # of the margin: less than this to remove is a tumour far from skin and chest wall


@dataclass(frozen=True)
class Row:
    """One setting's outcome; shares are of the true margin's volume unless said otherwise.

    Attributes:
        dice: of the clipped shell; ``ceiling``: of the unclipped shell against the unclipped truth.
        leak: of the found shell that lies in skin, chest wall or air.
        remove: what should be removed; ``error``: wrongly kept and wrongly removed, over that.
    """

    name: str
    dice: float
    ceiling: float
    leak: float
    remove: float
    error: float
    seconds: float
    status: str
    skin: Pairs
    wall: Pairs


def phantom(seed: int) -> tuple[str, Phantom]:
    """Setting number ``seed``: noise, shading, grid and obliqueness vary with it."""
    kind, place = KINDS[seed % len(KINDS)], PLACES[seed % len(PLACES)]
    anatomy, tumour, acquisition = random_setting(1000 + seed, kind, place)
    size, spacing = GRIDS[kind.split("_")[0]][seed % 2]
    noise, shading = (0.6, 1.0, 1.7)[seed % 3], (1.0, 1.8, 0.5)[seed // 3 % 3]
    turned = (7.0, -9.0, 12.0) if seed % 4 == 3 else (0.0, 0.0, 0.0)
    changed = replace(acquisition, size=size, spacing_mm=spacing, noise=noise, shading=shading, oblique_degrees=turned)
    return f"{kind} {place.replace('_', ' ')}, noise x{noise:g}", make_phantom(anatomy, tumour, changed, seed=seed)


def measure(seed: int) -> Row:
    """Clips the shell of a setting and compares it with the truth."""
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    name, made = phantom(seed)
    modality = "CT" if "ct " in name else "MR"
    truth = {key: mask_array(mask) for key, mask in made.truth.items()}
    tumor = made.truth["tumour"]
    start = time.perf_counter()
    known = survey(made.image, modality)
    found = find_anatomy(made.image, modality, focus=tumor, known=known)
    seconds = time.perf_counter() - start
    whole, shell = (mask_array(peritumoral_shell(tumor, mask)) for mask in (None, found.breast))
    wrong = (shell & ~truth["breast"]).sum() + (whole & truth["breast"] & ~shell).sum()
    remove, first = (whole & ~truth["breast"]).sum(), seed % 2 == 0
    return Row(
        name=name,
        dice=_dice(shell, truth["shell"]),
        ceiling=_dice(whole, truth["margin"]),
        leak=float((shell & ~truth["breast"]).sum() / max(shell.sum(), 1)),
        remove=float(remove / whole.sum()),
        error=float(wrong / max(remove, 1)) if remove > NOTHING * whole.sum() else float(wrong / whole.sum()),
        seconds=seconds,
        status=found.status,
        skin=skin_pair(found.skin_confidence, found.skin, made.truth["skin"], whole, first)
        if (whole & truth["skin"]).any()
        else NO_PAIRS,
        wall=about_tumour(known.wall, made.truth["chest_wall"], tumor, first) if known.wall else NO_PAIRS,
    )


def _dice(first: np.ndarray, second: np.ndarray) -> float:
    return float(2 * (first & second).sum() / (first.sum() + second.sum()))


def main() -> None:
    """Prints the table."""
    with ProcessPoolExecutor(2) as pool:
        rows = list(pool.map(measure, range(SETTINGS)))
    print(f"Automatic anatomy on {len(rows)} phantoms, {datetime.date.today().isoformat()}\n")
    print("| setting | Dice | Dice unclipped | leak | to remove | clipping error | status | s |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        error = f"{row.error:.2f}" if row.remove > NOTHING else f"({row.error:.1%} of shell)"
        print(
            f"| {row.name} | {row.dice:.3f} | {row.ceiling:.3f} | {row.leak:.1%} | {row.remove:.1%} | {error} "
            f"| {row.status} | {row.seconds:.1f} |"
        )
    dice = [row.dice for row in rows]
    errors = [row.error for row in rows if row.remove > NOTHING]
    far = [row.error for row in rows if row.remove <= NOTHING]
    print(f"\nDice: median {np.median(dice):.3f}, worst {min(dice):.3f}. ", end="")
    print(f"Leak: mean {np.mean([row.leak for row in rows]):.2%}. ", end="")
    print(f"Clipping error where there is something to remove: median {np.median(errors):.2f}, ", end="")
    print(f"worst {max(errors):.2f}. ", end="")
    if far:
        print(f"Far from skin and chest wall: at most {max(far):.2%} of the shell differs from the unclipped one.")

    report_implants()
    points = real_walls()
    report("Skin, phantoms", sum((row.skin for row in rows), NO_PAIRS), 0.02, "%.3f of the shell", SKIN_SEEN)
    report("Chest wall, phantoms", sum((row.wall for row in rows), NO_PAIRS), 3.0, "%.1f mm", WALL_SEEN)
    report("Chest wall, readers' points", points, 3.0, "%.1f mm", WALL_SEEN)


if __name__ == "__main__":
    main()
