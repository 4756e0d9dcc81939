"""Tissue that is hardly brighter than noise, and ghosts that are: what belongs to the body beyond its bright part.

Arrays are on voxels of ``COARSE_MM``; their axis from front to back is given, its first plane the foremost.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

COARSE_MM = 2.5
DARK_MM = 4.0
FADED = 0.8
GHOST, GHOST_REACH_MM, GHOST_DEPTH_MM = 0.42, 10.0, 17.5
HALO, BRIGHT_TISSUE, SKIN_VOXELS = 0.62, 1.8, 2
DEEP, ROUNDS, OUTSHINES = 4, 2, 1.3
LEAST_NOISE, LEAST_OVER_NOISE = 0.05, 0.05
LINE_MM, TRUNK_MM, END_MM, FIELD_END_MM, STEADY = 8.0, 10.0, 12.5, 15.0, 0.9
MANY_LINES, LINES_ALIKE, LEAST_OVER_LINE, LEAST_SUM, LEAST_VOXELS, NOT_BRIGHT = 0.3, 5, 0.012, 0.05, 100, 2.0


def largest(inside: np.ndarray) -> np.ndarray:
    """The largest part after what is joined by less than a voxel's width (couch, noise) is cut off."""
    labels, count = ndimage.label(ndimage.binary_opening(inside))
    if count == 0:
        return np.zeros_like(inside)
    core = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    return ndimage.binary_dilation(core, mask=inside)


def dark_tissue(values: np.ndarray, threshold: float, inside: np.ndarray, axis: int) -> np.ndarray:
    """Tissue down to near the noise, on a smoother image.

    What the noise is, the air in front of the body says, line by line, since it changes across the field of view. Where
    it lies far below the threshold, ghosts may not, and half-way between them (in logarithms) is low enough.

    Args:
        inside: what is surely body; ``axis``: of the arrays, from its front (first) to back.
    """
    # Without what is bright: skin must not shine into the air of a fold between breast and trunk.
    bright = values > 1.5 * threshold
    dim = ~ndimage.binary_dilation(bright)
    sigma = DARK_MM / COARSE_MM
    share = ndimage.gaussian_filter(dim.astype(np.float32), sigma)
    smooth = ndimage.gaussian_filter(values * dim, sigma) / np.maximum(share, 1e-3)
    smooth = np.where(bright | (share < 0.02), values, smooth)
    ahead = _ahead(inside, axis)
    ahead &= smooth > FADED * np.median(smooth[ahead]) if ahead.any() else False  # noise that a filter took away
    if ahead.sum() < 100:
        return 2.0 * (values > threshold)
    over_lines = 2 * sigma
    count = ndimage.gaussian_filter(ahead.sum(axis).astype(float), over_lines)
    usual = ndimage.gaussian_filter((smooth * ahead).sum(axis).astype(float), over_lines) / np.maximum(count, 1e-3)
    usual = np.where(count > 1, usual, float(smooth[ahead].mean()))
    noise = np.maximum(np.expand_dims(usual, axis), LEAST_NOISE * threshold)
    middle, upper = np.percentile((smooth / noise)[ahead], [50, 75])
    limit = noise * (middle + max(2.5 * (upper - middle), LEAST_OVER_NOISE))
    return smooth / np.minimum(limit, threshold)


def _ahead(inside: np.ndarray, axis: int) -> np.ndarray:
    """What lies in front of the body, clear of it."""
    return ndimage.binary_erosion(~np.logical_or.accumulate(inside, axis), iterations=2)


def behind_trunk(inside: np.ndarray, values: np.ndarray, axis: int) -> np.ndarray:
    """The body, with tissue too dark to differ from noise in a neighbourhood, but not in whole lines through the trunk.

    Where many lines leave the body again behind the trunk's front, fat is lost in noise. Each line then enters the
    body where the sum of what it and its neighbours hold over the noise, from there to the back, is greatest (the
    cumulative sums of Page, Biometrika 1954): so a signal of a few hundredths of the noise is found.

    Args:
        inside: what is taken for body; ``axis``: of the arrays, from its front (first) to back.
        values: intensity.
    """
    planes, levels = np.moveaxis(inside, axis, 0), np.moveaxis(values, axis, 0)
    entered = planes.any(axis=0)
    if not entered.any():
        return inside
    fronts, last = planes.argmax(axis=0)[entered], len(planes) - round(END_MM / COARSE_MM)
    deep = slice(int(np.percentile(fronts, 90) + TRUNK_MM / COARSE_MM), last)
    if (~planes[deep]).any(axis=0).mean() < MANY_LINES:
        return inside
    noise, by_itself = _noise(planes, levels, deep.start)
    begin = int(np.percentile(fronts, 75))
    sigma = (0, LINE_MM / COARSE_MM, LINE_MM / COARSE_MM)
    unsure = ~ndimage.binary_dilation(planes, iterations=2)[begin:last]  # skin must not shine into the air beside it
    share = ndimage.gaussian_filter(unsure.astype(np.float32), sigma)
    mean = ndimage.gaussian_filter(np.minimum(levels[begin:last], NOT_BRIGHT * noise) * unsure, sigma)
    over = (mean / np.maximum(share, 1e-3) / noise - 1 - max(LEAST_OVER_LINE, by_itself / 2)) * unsure
    sums = np.cumsum(over[::-1], axis=0)[::-1]
    entry = np.where(sums.max(axis=0) > LEAST_SUM, sums.argmax(axis=0), len(planes))
    known = np.where(planes[begin:].any(axis=0), planes[begin:].argmax(axis=0), len(planes))
    near = ndimage.maximum_filter(entry < len(planes), LINES_ALIKE)
    front = np.where(near, ndimage.median_filter(np.minimum(entry, known), LINES_ALIKE), len(planes))
    filled = planes.copy()
    filled[begin:] |= np.arange(len(planes) - begin)[:, None, None] >= front
    return np.asarray(np.moveaxis(filled, 0, axis))


def to_the_end(inside: np.ndarray, values: np.ndarray, axis: int) -> np.ndarray:
    """The body up to the back of the field, where a filter takes the signal away from its last planes.

    Args:
        inside: booleans; ``axis``: of the arrays, from front (first) to back.
        values: intensity; the last planes are darker than the air in front.
    """
    planes, levels = np.moveaxis(inside, axis, 0), np.moveaxis(values, axis, 0)
    half = len(planes) // 2
    air = levels[:half][~planes[:half]]
    dark = np.median(levels, axis=(1, 2)) < STEADY * (np.median(air) if air.size else -np.inf)
    faded = int(np.argmin(dark[::-1]))
    if not faded or faded * COARSE_MM > FIELD_END_MM:
        return inside
    begin = len(planes) - faded - round(DARK_MM / COARSE_MM)
    filled = planes.copy()
    filled[begin:] = np.logical_or.accumulate(planes[begin:], axis=0)
    return np.asarray(np.moveaxis(filled, 0, axis))


def _noise(planes: np.ndarray, levels: np.ndarray, trunk: int) -> tuple[np.ndarray, float]:
    """Mean of the noise line by line, in the air in front; and by how much of itself it changes along the lines."""
    front = ~ndimage.binary_dilation(planes, iterations=2)
    front[trunk:] = False
    # At the edges of the field a filter takes the noise away.
    usual = np.array(
        [np.median(v[air]) if air.sum() > LEAST_VOXELS else 0.0 for v, air in zip(levels, front, strict=True)]
    )
    front[usual < STEADY * usual.max()] = False
    middle = int(np.flatnonzero(front.any(axis=(1, 2))).mean())
    near, far = (_line_means(levels[half], front[half]) for half in (slice(middle), slice(middle, None)))
    change = np.abs(far / near - 1)
    noise = _line_means(levels, front)
    noise = np.where(np.isfinite(noise), noise, np.nanmedian(noise))
    return noise, float(np.nanmedian(change)) if np.isfinite(change).any() else 0.0


def _line_means(levels: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Mean of the marked voxels of each line and its neighbours; NaN where there are none."""
    sigma = LINE_MM / COARSE_MM
    count = ndimage.gaussian_filter(where.sum(axis=0).astype(float), sigma)
    total = ndimage.gaussian_filter((levels * where).sum(axis=0).astype(float), sigma)
    return np.where(count > 1, total / np.maximum(count, 1), np.nan)


def without_ghosts(inside: np.ndarray, values: np.ndarray, threshold: float) -> np.ndarray:
    """The body without the outer layers that are far darker than what lies below them: ghosts and blur of motion.

    Layers thicker than skin go where they are not as dark, too: the halo that motion leaves about bright tissue. Where
    all is hardly brighter than noise, they are dim fat instead.

    Args:
        inside: booleans; ``values``: intensity; ``threshold``: between noise and tissue.
    """
    usual = _usual_brightness(inside, values)
    ghost = values < GHOST * usual
    brighter = np.maximum(values, usual / BRIGHT_TISSUE) > threshold
    halo = inside & ~_peeled(inside, ghost | (brighter & (values < HALO * usual)))
    thick = ndimage.binary_erosion(halo | ~inside, iterations=SKIN_VOXELS, border_value=1) & halo
    thick = ndimage.binary_dilation(thick, iterations=SKIN_VOXELS + 1, mask=halo)
    return largest(_peeled(inside, ghost) & ~thick)


def _usual_brightness(inside: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Of the tissue that lies deeper thereabouts: what is brighter counts more, but a tumour no more than its share.

    A thick ghost lies among what is usual.
    """
    deep = ndimage.binary_erosion(inside, iterations=DEEP, border_value=1)
    sigma = GHOST_REACH_MM / COARSE_MM
    share = np.maximum(ndimage.gaussian_filter(deep.astype(np.float32), sigma), 1e-3)
    level = np.maximum(values, 0)
    for _ in range(ROUNDS):
        level = np.minimum(level, OUTSHINES * ndimage.gaussian_filter(level * deep, sigma) / share)
    bright = level * deep
    share = np.maximum(ndimage.gaussian_filter(bright, sigma), 1e-6)
    return np.asarray(ndimage.gaussian_filter(bright * level, sigma) / share)


def _peeled(inside: np.ndarray, ghost: np.ndarray) -> np.ndarray:
    """Without the outermost layers of ghost, voxel by voxel."""
    for _ in range(round(GHOST_DEPTH_MM / COARSE_MM)):
        inside = inside & ~(ndimage.binary_dilation(~inside) & ghost)
    return inside
