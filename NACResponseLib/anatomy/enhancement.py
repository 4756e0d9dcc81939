"""A tumour contour suggested from contrast enhancement inside a box, as functional tumour volume is measured.

A voxel belongs to the functional tumour volume where its percent enhancement, PE = 100 (S1 - S0) / S0 with S0 before
and S1 shortly after contrast, reaches 70 % (Hylton et al., Radiology 263:663, 2012, and 279:44, 2016; ACRIN 6657 /
I-SPY 1), where S0 exceeds a background threshold, and where it has enough neighbours that do so too. The numbers of the
last two are those of the public 3D Slicer extension Breast_DCEMRI_FTV of the UCSF Breast Imaging Research Group: 60 %
of the 95th percentile of S0 in the box, and 4 of the 26 neighbours. The signal enhancement ratio of a later phase S2,
SER = (S1 - S0) / (S2 - S0), is shown by that extension's classes and changes nothing.

A contour is more than a functional volume: here the largest connected part is taken (or all above a size), and what it
encloses, such as a necrotic core, belongs to it. A suggestion is a start for the reader's own contour, not a diagnosis.
Vessels, benign lesions and normal tissue enhance too, and on images without fat suppression fat raises the background
threshold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import InputError
from ..imaging.geometry import (
    Box,
    bounding_box,
    crop,
    mask_array,
    mask_image,
    mask_onto,
    paste,
    same_grid,
    voxel_volume,
)
from .tumour import SMALLEST_VOXELS

PERCENT = 70.0
BACKGROUND_SHARE, BACKGROUND_PERCENTILE = 0.6, 95.0
NEIGHBOURS = 4
SER_CLASSES = (("0 to 0.9", 0.9), ("0.9 to 1", 1.0), ("1 to 1.3", 1.3), ("1.3 to 1.75", 1.75), ("above 1.75", np.inf))
SER_UNDEFINED = "undefined"
_LOWEST_PERCENT, _HIGHEST_PERCENT, _HIGHEST_SER = 20.0, 300.0, 10.0
_TOUCHING = ndimage.generate_binary_structure(3, 3)  # 26 neighbours
_MIN_REPORTED = 0.1  # of the suggested volume


@dataclass(frozen=True)
class Suggestion:
    """A suggested contour.

    Attributes:
        mask: on the post-contrast image's grid, 0 or 1.
        voxels, volume_mm3: of the mask.
        background: the signal before contrast that a voxel had to reach.
        ser_shares: share of the enhancing voxels by class of SER (``SER_CLASSES``), and ``undefined`` where the later
            phase is not above the first; empty without a later phase.
        warnings: what the reader should look at, a sentence each.
    """

    mask: sitk.Image
    voxels: int
    volume_mm3: float
    background: float
    ser_shares: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def suggest_contour(
    pre: sitk.Image,
    post: sitk.Image,
    box: sitk.Image | Box,
    *,
    percent: float = PERCENT,
    late: sitk.Image | None = None,
    smallest_part_mm3: float | None = None,
) -> Suggestion:
    """Suggests a tumour contour.

    Args:
        pre: T1-weighted image before contrast; on another grid than ``post`` it is interpolated linearly.
        post: the same about 90 seconds after contrast.
        box: where the tumour lies: a mask (0 or 1), or an index and a size on the grid of ``post``.
        percent: enhancement that a voxel must reach, 20 to 300.
        late: a later phase, for the signal enhancement ratio.
        smallest_part_mm3: keep every connected part at least so large; the largest alone if None.

    Raises:
        InputError: an unusable percentage or size, a box outside an image, no signal before contrast, or fewer than 8
            voxels that enhance.
    """
    _check_settings(percent, smallest_part_mm3)
    place, inside, warnings = _box_on(post, box)
    region = crop(post, place)
    s0, s1 = _on(pre, region, post, place), sitk.GetArrayFromImage(sitk.Cast(region, sitk.sitkFloat32))
    covered = inside & np.isfinite(s0)
    warnings += _check_cover(covered, inside)
    background = _background(s0[covered])
    enhancing = _enhancing(np.where(covered, s0, 0), s1, background, percent)
    kept, left_out = _parts(enhancing, voxel_volume(post), smallest_part_mm3)
    if kept.sum() < SMALLEST_VOXELS:
        raise _nothing(int(kept.sum()), percent, background)
    whole = ndimage.binary_fill_holes(kept) & inside
    volume = float(whole.sum() * voxel_volume(post))
    if left_out * voxel_volume(post) > _MIN_REPORTED * volume:
        warnings.append(
            f"Other parts of {left_out * voxel_volume(post):,.0f} mm³ together enhance too and are left out."
        )
    if _reaches_border(whole, inside):
        warnings.append("The suggestion reaches the border of the box: enlarge the box if the tumour goes on.")
    shares = {} if late is None else _ser_shares(s0, s1, _on(late, region, post, place), kept)
    mask = paste(mask_image(whole, region), place, post)
    return Suggestion(mask, int(whole.sum()), volume, background, shares, tuple(warnings))


@dataclass(frozen=True)
class FunctionalVolume:
    """Attributes:
    volume_mm3: of the voxels that enhance enough, wherever in the box they lie.
    mask: theirs, on the post-contrast image's grid.
    warnings: what the reader should know of it, a sentence each.
    """

    volume_mm3: float
    mask: sitk.Image
    warnings: tuple[str, ...] = ()


def functional_volume(
    pre: sitk.Image,
    post: sitk.Image,
    box: sitk.Image | Box,
    *,
    percent: float = PERCENT,
    late: sitk.Image | None = None,
    least_ser: float | None = None,
) -> FunctionalVolume:
    """Functional tumour volume: every enhancing voxel of the box counts, none that they enclose; it may be 0.

    Args:
        pre, post, box, percent, late: as ``suggest_contour``.
        least_ser: signal enhancement ratio that a voxel must reach, too; the published optimum for recurrence is 1.0
            (Jafri et al., J Magn Reson Imaging 40:476, 2014). None asks for none, as in ACRIN 6657.

    Raises:
        InputError: as ``suggest_contour``, but for too few voxels; a ratio without a later phase, or one below 0 or
            above 10.
    """
    _check_settings(percent, None)
    if least_ser is not None and late is None:
        raise InputError("a later phase for the signal enhancement ratio", "none", "give it, or ask for no ratio")
    if least_ser is not None and not 0 <= least_ser <= _HIGHEST_SER:
        raise InputError(f"a signal enhancement ratio of 0 to {_HIGHEST_SER:g}", f"{least_ser:g}", "correct it")
    place, inside, warnings = _box_on(post, box)
    region = crop(post, place)
    s0, s1 = _on(pre, region, post, place), sitk.GetArrayFromImage(sitk.Cast(region, sitk.sitkFloat32))
    covered = inside & np.isfinite(s0)
    warnings += _check_cover(covered, inside)
    found = _enhancing(np.where(covered, s0, 0), s1, _background(s0[covered]), percent)
    if least_ser is not None and late is not None:
        later = _on(late, region, post, place) - s0
        found &= (later > 0) & (s1 - s0 >= least_ser * later)
    mask = paste(mask_image(found, region), place, post)
    return FunctionalVolume(float(found.sum() * voxel_volume(post)), mask, tuple(warnings))


def box_mask(image: sitk.Image, low: Sequence[float], high: Sequence[float]) -> sitk.Image:
    """The voxels whose centres lie in a box along the patient's axes; on oblique grids its faces are stairs.

    Args:
        low, high: (3,) opposite corners, LPS, mm, in either order.

    Raises:
        InputError: no voxel lies in it.
    """
    ends = np.sort([np.asarray(low, dtype=float), np.asarray(high, dtype=float)], axis=0)
    points = np.array(np.meshgrid(*ends.T)).reshape(3, -1).T.tolist()
    indices = np.array([image.TransformPhysicalPointToContinuousIndex(point) for point in points])
    start = np.clip(np.floor(indices.min(axis=0)).astype(int), 0, None)
    stop = np.clip(np.ceil(indices.max(axis=0)).astype(int) + 1, None, image.GetSize())
    voxels = np.zeros(image.GetSize()[::-1], dtype=bool)
    if (start < stop).all():
        part = tuple(slice(first, last) for first, last in zip(start[::-1], stop[::-1], strict=True))
        voxels[part] = _between(image, start, stop, ends)
    if not voxels.any():
        found = ", ".join(f"{a:g} to {b:g}" for a, b in ends.T)
        raise InputError("a box that overlaps the image", f"L, P, S of {found} mm", "correct the box; it is LPS, in mm")
    return mask_image(voxels, image)


def _between(
    image: sitk.Image, start: NDArray[np.int_], stop: NDArray[np.int_], ends: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether the centres of the voxels from ``start`` to ``stop`` (x, y, z) lie between ``ends``; z, y, x."""
    steps = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    i, j, k = (np.arange(first, last, dtype=float) for first, last in zip(start, stop, strict=True))
    within = np.ones((k.size, j.size, i.size), dtype=bool)
    for axis, origin in enumerate(image.GetOrigin()):
        along = origin + steps[axis, 0] * i + steps[axis, 1] * j[:, None] + steps[axis, 2] * k[:, None, None]
        within &= (along >= ends[0, axis]) & (along <= ends[1, axis])
    return within


def _check_settings(percent: float, smallest_part_mm3: float | None) -> None:
    if not _LOWEST_PERCENT <= percent <= _HIGHEST_PERCENT:
        raise InputError(
            f"a percent enhancement of {_LOWEST_PERCENT:g} to {_HIGHEST_PERCENT:g}", f"{percent:g}", "70 is usual"
        )
    if smallest_part_mm3 is not None and not smallest_part_mm3 >= 0:
        raise InputError("a smallest part from 0 mm³", f"{smallest_part_mm3:g}", "correct it")


def _box_on(post: sitk.Image, box: sitk.Image | Box) -> tuple[Box, NDArray[np.bool_], list[str]]:
    """The index box to work in, the voxels (z, y, x) of it that count, and warnings."""
    if isinstance(box, sitk.Image):
        on_grid, warnings = mask_onto(box, post, "the box")
        place = bounding_box(on_grid)
        return place, mask_array(crop(on_grid, place)), list(warnings)
    index = [max(int(start), 0) for start in box[0]]
    ends = [min(int(a) + int(n), size) for a, n, size in zip(*box, post.GetSize(), strict=True)]
    size = [end - start for start, end in zip(index, ends, strict=True)]
    if min(size) < 1:
        raise InputError("a box that overlaps the image", f"index {box[0]}, size {box[1]}", "place the box again")
    return (tuple(index), tuple(size)), np.ones(size[::-1], dtype=bool), []


def _on(image: sitk.Image, region: sitk.Image, post: sitk.Image, place: Box) -> NDArray[np.float32]:
    """An image's voxels (z, y, x) on the region's grid; NaN where it does not reach."""
    if same_grid(image, post):
        return sitk.GetArrayFromImage(sitk.Cast(crop(image, place), sitk.sitkFloat32))
    real = sitk.Cast(image, sitk.sitkFloat32)
    return sitk.GetArrayFromImage(sitk.Resample(real, region, sitk.Transform(), sitk.sitkLinear, float("nan")))


def _check_cover(covered: NDArray[np.bool_], inside: NDArray[np.bool_]) -> list[str]:
    share = 1 - covered.sum() / inside.sum()
    if share == 1:
        raise InputError(
            "a pre-contrast image that holds the box", "one that lies elsewhere", "choose the phase of the same scan"
        )
    return [f"{100 * share:.0f} % of the box lies outside the pre-contrast image."] if share > 0.001 else []


def _background(s0: NDArray[np.float32]) -> float:
    threshold = BACKGROUND_SHARE * float(np.percentile(s0, BACKGROUND_PERCENTILE))
    if threshold <= 0:
        raise InputError("a pre-contrast image with signal in the box", "none", "choose another image or box")
    return threshold


def _enhancing(
    s0: NDArray[np.float32], s1: NDArray[np.float32], background: float, percent: float
) -> NDArray[np.bool_]:
    """Voxels that enhance, with enough neighbours that do so too."""
    found = (s0 >= background) & (100 * (s1 - s0) >= percent * s0)
    around = found.astype(np.int16)
    for axis in range(3):
        around = ndimage.correlate1d(around, np.ones(3, np.int16), axis, mode="constant")
    return found & (around > NEIGHBOURS)  # the voxel itself is counted as well


def _parts(enhancing: NDArray[np.bool_], voxel_mm3: float, smallest_mm3: float | None) -> tuple[NDArray[np.bool_], int]:
    """The connected parts to keep, and how many voxels are in the others."""
    labels, count = ndimage.label(enhancing, _TOUCHING)
    if count == 0:
        return enhancing, 0
    sizes = np.bincount(labels.ravel())[1:]
    chosen = np.arange(count) == sizes.argmax() if smallest_mm3 is None else sizes * voxel_mm3 >= smallest_mm3
    return np.concatenate([[False], chosen])[labels], int(sizes[~chosen].sum())


def _reaches_border(whole: NDArray[np.bool_], inside: NDArray[np.bool_]) -> bool:
    """Whether a voxel of the suggestion has a face on the border of the box."""
    return bool((whole & ~ndimage.binary_erosion(inside)).any())


def _ser_shares(
    s0: NDArray[np.float32], s1: NDArray[np.float32], s2: NDArray[np.float32], kept: NDArray[np.bool_]
) -> dict[str, float]:
    early, later = (s1 - s0)[kept], (s2 - s0)[kept]
    defined = later > 0  # false where the later phase does not reach
    ratio = early[defined] / later[defined]
    place = np.searchsorted([limit for _, limit in SER_CLASSES], ratio)
    counts = np.bincount(place, minlength=len(SER_CLASSES))
    shares = {name: float(count / early.size) for (name, _), count in zip(SER_CLASSES, counts, strict=True)}
    return {**shares, SER_UNDEFINED: float(1 - defined.mean())}


def _nothing(voxels: int, percent: float, background: float) -> InputError:
    return InputError(
        f"at least {SMALLEST_VOXELS} connected voxels in the box that enhance by {percent:g} %",
        f"{voxels} (above a signal of {background:g} before contrast)",
        "move the box over the tumour, check that the phases are not exchanged, or lower the percentage",
    )
