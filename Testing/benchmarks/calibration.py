"""Whether confidence in skin and chest wall means something: does what is less sure lie farther off?

The least confidence that is enough is chosen on one half of the data and judged on the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import spearmanr

from NACResponseLib.anatomy.columns import sample
from NACResponseLib.anatomy.wall import Wall
from NACResponseLib.imaging.geometry import bounding_box, crop, mask_array

Array = NDArray[np.float64]
BANDS = (0.0, 0.25, 0.5, 0.75, 1.01)
WRONG_SHARE = 0.1
ABOUT_MM = 25.0


@dataclass(frozen=True)
class Pairs:
    """Attributes:
    sure: confidence, 0 to 1.
    off: how far off, in millimetres (chest wall) or as a share of the shell (skin).
    first: of which half of the data.
    """

    sure: Array
    off: Array
    first: NDArray[np.bool_]

    def __add__(self, other: Pairs) -> Pairs:
        return Pairs(*(np.concatenate([getattr(one, n) for one in (self, other)]) for n in ("sure", "off", "first")))


NO_PAIRS = Pairs(np.zeros(0), np.zeros(0), np.zeros(0, bool))


def at_points(wall: Wall, points: Array, off: Array) -> Pairs:
    """Of a reader's points (n, 3), LPS; the halves are the right and the left of them."""
    row, column, _ = wall.columns.locate(points.T)
    sure = ndimage.map_coordinates(wall.confidence, np.stack([row, column]), order=1, mode="nearest")
    return Pairs(sure, np.abs(off), points[:, 0] < np.median(points[:, 0]))


def about_tumour(wall: Wall, truth: sitk.Image, tumour: sitk.Image, first: bool) -> Pairs:
    """Of a phantom's columns that meet the box about its tumour."""
    box = bounding_box(tumour, ABOUT_MM)
    places = wall.columns.points()
    behind = sample(sitk.Cast(truth, sitk.sitkFloat32), places, 0.0)
    near = sample(sitk.Cast(crop(tumour, box), sitk.sitkFloat32) * 0 + 1, places, 0.0).any(axis=2)
    at = (behind > 0.5).argmax(axis=2)
    after, before = (np.take_along_axis(behind, i[..., None], 2)[..., 0] for i in (at, np.maximum(at - 1, 0)))
    front = at - (after - 0.5) / np.maximum(after - before, 1e-3)
    use = near & (behind > 0.5).any(axis=2) & wall.possible
    off = np.abs(wall.depth_mm - front * np.diff(wall.columns.depths).mean())[use]
    return Pairs(wall.confidence[use], off, np.full(off.size, first))


def skin_pair(sure: float, found: sitk.Image, truth: sitk.Image, ring: NDArray[np.bool_], first: bool) -> Pairs:
    """Of one phantom: the share of the unclipped shell that is skin in one of both and not in the other."""
    wrong = (mask_array(found) ^ mask_array(truth)) & ring
    return Pairs(np.array([sure]), np.array([wrong.sum() / ring.sum()]), np.array([first]))


def report(name: str, pairs: Pairs, limit: float, unit: str, in_use: float) -> None:
    """Prints a line for each band of confidence, the rank correlation, and what the chosen limit does.

    Args:
        limit: an error greater than this is wrong; ``unit``: what it is in, as a format of one number.
        in_use: the least confidence that counts as seen.
    """
    print(f"\n{name}: confidence against error, n = {len(pairs.sure)}, ", end="")
    print(f"rank correlation {spearmanr(pairs.sure, pairs.off).statistic:+.2f}\n")
    print(f"| confidence | n | median error | over {unit % limit} |\n|---|---|---|---|")
    for low, high in pairwise(BANDS):
        off = pairs.off[(pairs.sure >= low) & (pairs.sure < high)]
        if off.size:
            print(
                f"| {low:g} to {min(high, 1):g} | {off.size} | {unit % np.median(off)} | {(off > limit).mean():.0%} |"
            )
    chosen = least_enough(pairs.sure[pairs.first], pairs.off[pairs.first] > limit)
    print(
        f"\nLeast confidence with at most {WRONG_SHARE:.0%} wrong above it, first half: {chosen:.2f}. Second half: ",
        end="",
    )
    sure, wrong = pairs.sure[~pairs.first], pairs.off[~pairs.first] > limit
    for least in (chosen, in_use):
        shares = [
            f"{wrong[at].mean():.0%} of {at.sum()}" if at.any() else "none" for at in (sure >= least, sure < least)
        ]
        print(f"from {least:.2f} on wrong are {shares[0]}, below {shares[1]}", end="; " if least is chosen else ".\n")


def least_enough(sure: Array, wrong: NDArray[np.bool_]) -> float:
    """The least confidence of a twentieth's grid from which on no more than the allowed share is wrong."""
    for limit in np.arange(0, 1, 0.05):
        kept = wrong[sure >= limit]
        if kept.size and kept.mean() <= WRONG_SHARE:
            return float(limit)
    return 1.0
