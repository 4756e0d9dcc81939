"""The skin's inner surface, from how intensity changes with depth below the body's surface.

Voxels are as large as skin is thick, so no threshold finds its inner surface. But the depth of a voxel's centre below
the outer surface differs from voxel to voxel: the voxels of a patch of skin together sample one profile far more finely
than their spacing (the slanted edge of ISO 12233; Reichenbach, Park and Narayanswamy, Opt Eng 1991). A model of three
layers (air, skin, what lies below), blurred by the voxel's size, is fitted to each patch. It serves bright skin (fat
suppression, contrast), dark skin (fat bright) and CT alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from scipy.special import ndtr

from ..imaging.geometry import mask_array, spacing_zyx
from .columns import Array
from .surface import signed_distance

DEFAULT_SKIN_MM = 2.0
"""Where the image does not show it; mammary skin is 0.7 to 2.7 mm thick (Huang et al., Med Phys 2008)."""
_WANTED_MM, _HIDDEN_MM = 15.0, 2.0  # from the tumour: the skin is looked for this near, but nearer it is hidden
_PATCH_MM = 8.0
_PATCH_PITCH_MM = 5.0
_NEIGHBOURS_MM = 15.0
_OUTSIDE_MM, _INSIDE_MM, _BIN_MM = -5.0, 9.0, 0.5
_THICKNESSES = np.arange(0.6, 6.01, 0.2)  # found at either end it is not to be trusted
_SHIFTS = np.arange(-0.8, 1.41, 0.2)
_CT_SURFACE_HU, _CT_SKIN_HU = -450.0, 30.0
_OUTER_MM = 2.0
_HELD = 0.05  # weight of the usual signal of skin against the whole profile
_MOST_PATCHES = 500
_PIT = 0.05  # of the largest piece of air
_FEWEST = 60  # voxels of a patch
_LEAST_CONTRAST = 0.08  # of the skin to what lies below it, over the profile's range
_CLEAR = 4.0  # the skin's contrast over the profile's misfit


@dataclass(frozen=True)
class Skin:
    """Attributes:
    depth_mm: of each voxel's centre below the body's outer surface (z, y, x), negative in air; beyond a band about the
        surface only its sign holds.
    thickness_mm: of the skin at the nearest place of the surface, same shape.
    shown: share of the patches in which the image shows the skin.
    """

    depth_mm: NDArray[np.float32]
    thickness_mm: NDArray[np.float32]
    shown: float


@dataclass(frozen=True)
class _Fit:
    """Of one patch: shift of the outer surface and thickness, mm; signal of the skin; how clear it is."""

    shift: float
    thickness: float
    signal: float
    clear: float


def find_skin(image: sitk.Image, body: sitk.Image, modality: str, away_mm: NDArray[np.float32] | None = None) -> Skin:
    """The skin on the image's grid.

    Args:
        image: float; best cropped to where the skin is wanted.
        body: 0 or 1 on the same grid.
        away_mm: (z, y, x) distance to a tumour: only about it is the skin looked for, since the work grows with the
            surface, and what is close to the tumour is no evidence. Everywhere if None.
    """
    values = sitk.GetArrayFromImage(image).astype(np.float32)
    inside, spacing = mask_array(body), spacing_zyx(image)
    rough = -signed_distance(inside, spacing)  # the image's border is no border of the body
    away_mm = np.full(values.shape, _WANTED_MM - 1, np.float32) if away_mm is None else away_mm
    nowhere = np.full(values.shape, DEFAULT_SKIN_MM, np.float32)
    if not ((np.abs(rough) < spacing.max()) & (away_mm < _WANTED_MM)).any():
        return Skin(rough, nowhere, 0.0)
    shown = away_mm >= _HIDDEN_MM
    over = values - _level(values, inside, rough, modality, spacing, shown)
    edge = 1.5 * spacing.max()
    # By its own intensity near the outline; deeper and farther out the mask decides.
    exact = _without_pits(np.where(rough > edge, True, np.where(rough < -edge, False, over > 0)))
    surface = _crossings(over, exact, spacing)
    apart = away_mm[tuple(np.minimum((surface / spacing).round().astype(int), np.array(values.shape) - 1).T)]
    surface, apart = (a[apart < _WANTED_MM + _PATCH_MM + _INSIDE_MM] for a in (surface, apart))
    if len(surface) < _FEWEST:
        return Skin(rough, nowhere, 0.0)
    reach = spacing.max()
    wanted = away_mm < _WANTED_MM + _PATCH_MM
    band = np.argwhere(wanted & (rough > _OUTSIDE_MM - reach) & (rough < _INSIDE_MM + reach))
    tree = cKDTree(surface)
    away, nearest = tree.query(band * spacing, workers=-1)
    depth = np.where(exact[tuple(band.T)], away, -away)
    use = shown[tuple(band.T)]
    centres = _spread(surface[apart < _WANTED_MM + _PATCH_MM])
    fits = _fit_patches(centres, band * spacing, surface[nearest], depth, values[tuple(band.T)], use, spacing, modality)
    shifts, widths, clear = _settled(centres, fits)
    depths, thickness = rough, np.full_like(nowhere, np.median(widths))
    _, closest = cKDTree(centres).query(surface, k=min(6, len(centres)), workers=-1)
    closest = closest.reshape(len(surface), -1)
    depths[tuple(band.T)] = depth - shifts[closest].mean(axis=1)[nearest]
    thickness[tuple(band.T)] = widths[closest].mean(axis=1)[nearest]
    return Skin(depths, thickness, clear)


def _without_pits(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Small pieces of air, pits of noise near the surface, are body."""
    labels, count = ndimage.label(~inside)
    if count < 2:
        return inside
    sizes = np.bincount(labels.ravel())
    return inside | (sizes[labels] < _PIT * sizes[1:].max())


def _level(
    values: Array, inside: NDArray[np.bool_], rough: Array, modality: str, spacing: Array, shown: NDArray[np.bool_]
) -> Array:
    """Halfway between air and the tissue of the outermost millimetres, voxel by voxel."""
    if modality == "CT":
        return np.full(values.shape, _CT_SURFACE_HU, np.float32)
    air = float(np.median(values[~inside])) if (~inside).any() else 0.0
    sigma = _PATCH_PITCH_MM / spacing
    means = []
    # Skin may be brighter than what lies below it, or darker: the level must be below both.
    for low, high in ((0.0, _OUTER_MM + spacing.max()), (_OUTER_MM + spacing.max(), _INSIDE_MM)):
        layer = (shown & inside & (rough > low) & (rough <= high)).astype(np.float32)
        share = ndimage.gaussian_filter(layer, sigma)
        mean = ndimage.gaussian_filter(values * layer, sigma) / np.maximum(share, 1e-3)
        means.append(np.where(share > 1e-3, mean, np.inf))
    lower = np.minimum(*means)
    return (air + np.maximum(np.where(np.isfinite(lower), lower, air), 1.2 * air)) / 2


def _crossings(over: Array, body: NDArray[np.bool_], spacing: Array) -> Array:
    """Points (n, 3) in mm (z, y, x) where ``over`` crosses zero between voxels in and out of the body."""
    found = []
    for axis in range(3):
        low, high = (np.take(body, range(k, body.shape[axis] - 1 + k), axis) for k in (0, 1))
        points = np.argwhere(low != high).astype(float)
        first = over[tuple(points.astype(int).T)]
        points[:, axis] += 1
        second = over[tuple(points.astype(int).T)]
        crosses = first * second < 0
        points[:, axis] -= 1
        points[crosses, axis] += (first / np.where(first == second, 1, first - second))[crosses]
        points[~crosses, axis] += 0.5
        found.append(points * spacing)
    return np.concatenate(found)


def _spread(surface: Array) -> Array:
    """Centres of patches: one of the points in every cube of the pitch, wider where there would be too many."""
    pitch = _PATCH_PITCH_MM
    while True:
        cubes = np.floor((surface - surface.min(axis=0)) / pitch).astype(int)
        _, first = np.unique(np.ravel_multi_index(tuple(cubes.T), cubes.max(axis=0) + 1), return_index=True)
        if len(first) <= _MOST_PATCHES:
            return surface[np.sort(first)]
        pitch *= 1.2


def _fit_patches(
    centres: Array, points: Array, feet: Array, depth: Array, values: Array, use: NDArray[np.bool_],
    spacing: Array, modality: str,
) -> list[_Fit | None]:  # fmt: skip
    """Fits every patch freely, then again with the skin's signal held near what the clear ones found."""
    use = use & (depth > _OUTSIDE_MM) & (depth < _INSIDE_MM)
    points, feet, depth, values = points[use], feet[use], depth[use], values[use]
    members = cKDTree(centres).query_ball_tree(cKDTree(feet), _PATCH_MM) if len(feet) else [[]] * len(centres)
    patches: list[tuple[Array, Array, Array, float] | None] = []
    for centre, chosen in zip(centres, members, strict=True):
        if len(chosen) < _FEWEST:
            patches.append(None)
            continue
        d, v = depth[chosen], values[chosen]
        away = np.linalg.norm(feet[chosen] - centre, axis=1)
        normal = ((points[chosen] - feet[chosen]) * np.sign(d)[:, None])[np.abs(d) > 1].sum(axis=0)
        normal /= max(float(np.linalg.norm(normal)), 1e-6)
        blur = float(np.sqrt(((normal * spacing) ** 2).sum() / 12 + 0.3**2))
        patches.append((*_profile(d, v, np.exp(-0.5 * (away / (_PATCH_MM / 2)) ** 2)), blur))
    if modality == "CT":
        return [None if patch is None else _fit(*patch, _CT_SKIN_HU) for patch in patches]
    free: list[_Fit | None] = [None if patch is None else _fit(*patch, None) for patch in patches]
    signals = [fit.signal for fit in free if fit is not None and fit.clear > _CLEAR and fit.thickness > 1]
    if not signals:
        return free
    usual = float(np.median(signals))
    return [None if patch is None else _fit(*patch, usual) for patch in patches]


def _profile(depth: Array, values: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Depths, mean values and weights of the bins that hold something."""
    bins = ((depth - _OUTSIDE_MM) / _BIN_MM).astype(int)
    count = int((_INSIDE_MM - _OUTSIDE_MM) / _BIN_MM)
    weight = np.bincount(bins, weights, count).astype(float)
    mean, at = (np.bincount(bins, weights * x, count) / np.maximum(weight, 1e-9) for x in (values, depth))
    held = weight > 0
    return at[held], mean[held], weight[held]


def _fit(depth: Array, mean: Array, weight: Array, blur: float, usual: float | None) -> _Fit:
    """Least squares over shift and thickness on a grid; the three signals are linear (variable projection)."""
    shift, thickness = (a.ravel()[:, None] for a in np.meshgrid(_SHIFTS, _THICKNESSES, indexing="ij"))
    skin = ndtr((depth - shift) / blur)
    below = ndtr((depth - shift - thickness) / blur)
    basis = np.stack([1 - skin, skin - below, below], axis=2)
    # Deeper than a few millimetres below the skin gland and vessels begin.
    near = weight * np.exp(-np.maximum(depth - 4, 0) / 2)
    near /= near.sum()
    normal = np.einsum("kbi,b,kbj->kij", basis, near, basis) + 1e-9 * np.eye(3)
    right = np.einsum("kbi,b,b->ki", basis, near, mean)
    scale = np.ptp(mean) ** 2
    if usual is not None:
        normal[:, 1, 1] += _HELD
        right[:, 1] += _HELD * usual
    signals = np.linalg.solve(normal, right[..., None])[..., 0]
    misfit = (np.einsum("kbi,ki->kb", basis, signals) - mean) ** 2 @ near
    if usual is not None:
        misfit += _HELD * (signals[:, 1] - usual) ** 2
    misfit += 1e-4 * scale * shift[:, 0] ** 2
    best = int(np.argmin(misfit))
    _, at_skin, at_fat = signals[best]
    # The outer edge of the body is by far the greatest step; what the skin's inner edge explains is measured below it.
    deep = near * (depth > 0.5)
    error = np.sqrt((basis[best] @ signals[best] - mean) ** 2 @ deep / max(deep.sum(), 1e-9))
    clear = abs(at_skin - at_fat) / (error + _LEAST_CONTRAST / _CLEAR * np.sqrt(scale))
    return _Fit(float(shift[best, 0]), float(thickness[best, 0]), float(at_skin), float(clear))


def _settled(centres: Array, fits: list[_Fit | None]) -> tuple[Array, Array, float]:
    """Shift and thickness per patch as the median of the clear patches about it; and the share that is clear."""
    low, high = _THICKNESSES[[1, -2]]
    clear = np.array([fit is not None and fit.clear > _CLEAR and low < fit.thickness < high for fit in fits], bool)
    shifts, widths = np.zeros(len(centres)), np.full(len(centres), DEFAULT_SKIN_MM)
    if not clear.any():
        return shifts, widths, 0.0
    known = np.array([(fit.shift, fit.thickness) for fit, ok in zip(fits, clear, strict=True) if fit and ok])
    usual = np.median(known, axis=0)
    for k, chosen in enumerate(cKDTree(centres).query_ball_tree(cKDTree(centres[clear]), _NEIGHBOURS_MM)):
        shifts[k], widths[k] = np.median(known[chosen], axis=0) if len(chosen) >= 3 else usual
    return shifts, widths, float(clear.sum() / sum(fit is not None for fit in fits))
