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

from ..imaging.geometry import mask_array, spacing_zyx
from .columns import Array
from .skin_profile import CLEAR, THICKNESSES, Fit, Profile
from .surface import signed_distance, tree_of

DEFAULT_SKIN_MM = 2.0
"""Where the image does not show it; mammary skin is 0.7 to 2.7 mm thick (Huang et al., Med Phys 2008)."""
_WANTED_MM, _HIDDEN_MM = 15.0, 2.0  # from the tumour: the skin is looked for this near, but nearer it is hidden
_PATCH_MM = 8.0
_PATCH_PITCH_MM = 5.0
_NEIGHBOURS_MM = 15.0
_OUTSIDE_MM, _INSIDE_MM, _BIN_MM = -5.0, 9.0, 0.5
_CT_SURFACE_HU, _CT_SKIN_HU = -450.0, 30.0
_OUTER_MM = 2.0
_EXACT_MM = (1.5, 5.0)  # outside and inside of the outline: farther away fewer voxels do
_PLACE_MM = 1.5  # shift and thickness change little over so much of the surface
_MOST_PATCHES = 500
_AT_ONCE = 20  # patches
_PIT = 0.05  # of the largest piece of air
_FEWEST = 60  # voxels of a patch


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


def find_skin(image: sitk.Image, body: sitk.Image, modality: str, away_mm: NDArray[np.float32] | None = None) -> Skin:
    """The skin on the image's grid.

    Args:
        image: scalar; best cropped to where the skin is wanted.
        body: 0 or 1 on the same grid.
        away_mm: (z, y, x) distance to a tumour: only about it is the skin looked for, since the work grows with the
            surface, and what is close to the tumour is no evidence. Everywhere if None.
    """
    values = sitk.GetArrayViewFromImage(image)
    inside, spacing = mask_array(body), spacing_zyx(image)
    rough = -signed_distance(inside, spacing)  # the image's border is no border of the body
    away_mm = np.full(values.shape, _WANTED_MM - 1, np.float32) if away_mm is None else away_mm
    if not ((np.abs(rough) < spacing.max()) & (away_mm < _WANTED_MM)).any():
        return Skin(rough, np.full_like(rough, DEFAULT_SKIN_MM), 0.0)
    shown = away_mm >= _HIDDEN_MM
    over = np.subtract(values, _level(values, inside, rough, modality, spacing, shown), dtype=np.float32)
    edge = 1.5 * spacing.max()
    # By its own intensity near the outline; deeper and farther out the mask decides.
    exact = _without_pits(np.where(rough > edge, True, np.where(rough < -edge, False, over > 0)))
    surface = _crossings(over, exact, spacing)
    del over
    apart = away_mm[tuple(np.minimum((surface / spacing).round().astype(int), np.array(values.shape) - 1).T)]
    surface, apart = (a[apart < _WANTED_MM + _PATCH_MM + _INSIDE_MM] for a in (surface, apart))
    if len(surface) < _FEWEST:
        return Skin(rough, np.full_like(rough, DEFAULT_SKIN_MM), 0.0)
    reach = spacing.max()
    wanted = away_mm < _WANTED_MM + _PATCH_MM
    band = wanted & (rough > _OUTSIDE_MM - reach) & (rough < _INSIDE_MM + reach)
    # Where no skin can end, a quarter of the voxels say what the signal is.
    band[:, 1::2] &= (rough > -_EXACT_MM[0] - reach)[:, 1::2] & (rough < _EXACT_MM[1] + reach)[:, 1::2]
    band[:, :, 1::2] &= (rough > -_EXACT_MM[0] - reach)[:, :, 1::2] & (rough < _EXACT_MM[1] + reach)[:, :, 1::2]
    band = np.argwhere(band)
    away, nearest = tree_of(surface).query(band * spacing)
    depth = np.where(exact[tuple(band.T)], away, -away)
    use = shown[tuple(band.T)] & (depth > _OUTSIDE_MM) & (depth < _INSIDE_MM)
    centres, seen = _spread(surface[apart < _WANTED_MM + _PATCH_MM]), values[tuple(band[use].T)]
    fits = _fit_patches(centres, band[use] * spacing, surface[nearest[use]], depth[use], seen, spacing, modality)
    shifts, widths, clear = _settled(centres, fits)
    depths, thickness = rough, np.full_like(rough, np.median(widths))
    places, place = _cubes(surface, _PLACE_MM)
    _, closest = cKDTree(centres).query(surface[places], k=min(6, len(centres)))
    closest = closest.reshape(len(places), -1)
    depths[tuple(band.T)] = depth - shifts[closest].mean(axis=1)[place[nearest]]
    thickness[tuple(band.T)] = widths[closest].mean(axis=1)[place[nearest]]
    return Skin(depths, thickness, clear)


def _without_pits(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Small pieces of air, pits of noise near the surface, are body."""
    labels, count = ndimage.label(~inside)
    if count < 2:
        return inside
    sizes = np.bincount(labels.ravel())
    return inside | (sizes < _PIT * sizes[1:].max())[labels]


def _level(
    values: Array, inside: NDArray[np.bool_], rough: Array, modality: str, spacing: Array, shown: NDArray[np.bool_]
) -> Array:
    """Halfway between air and the tissue of the outermost millimetres, voxel by voxel."""
    if modality == "CT":
        return np.full(values.shape, _CT_SURFACE_HU, np.float32)
    air = float(np.median(values[~inside])) if (~inside).any() else 0.0
    means = []
    # Skin may be brighter than what lies below it, or darker: the level must be below both.
    for low, high in ((0.0, _OUTER_MM + spacing.max()), (_OUTER_MM + spacing.max(), _INSIDE_MM)):
        means.append(_local_mean(values, shown & inside & (rough > low) & (rough <= high), spacing))
    lower = np.minimum(*means)
    level = (air + np.maximum(np.where(np.isfinite(lower), lower, air), 1.2 * air)) / 2
    for axis, step in enumerate(_steps(spacing)):
        level = np.repeat(level, step, axis).take(range(values.shape[axis]), axis)
    return level


def _steps(spacing: Array) -> list[int]:
    """Voxels along each axis that are one for a local mean."""
    return [max(1, int(_PATCH_PITCH_MM / 2 / edge)) for edge in spacing]


def _local_mean(values: Array, where: NDArray[np.bool_], spacing: Array) -> Array:
    """Mean of marked voxels thereabouts, on blocks of ``_steps``; infinite where there are none."""
    steps = _steps(spacing)
    sigma = _PATCH_PITCH_MM / (spacing * steps)
    sums = []
    for part in (np.where(where, values, 0), where):
        padded = np.pad(part, [(0, -n % step) for n, step in zip(part.shape, steps, strict=True)])
        blocks = padded.reshape(
            [n for size, step in zip(padded.shape, steps, strict=True) for n in (size // step, step)]
        )
        sums.append(ndimage.gaussian_filter(blocks.mean(axis=(1, 3, 5), dtype=np.float32), sigma))
    return np.where(sums[1] > 1e-3, sums[0] / np.maximum(sums[1], 1e-3), np.inf)


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
        first, _ = _cubes(surface, pitch)
        if len(first) <= _MOST_PATCHES:
            return surface[np.sort(first)]
        pitch *= 1.2


def _cubes(points: Array, pitch: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Index of one of the points in every cube of the pitch that holds any; and which of these stands for each."""
    cubes = np.floor((points - points.min(axis=0)) / pitch).astype(int)
    _, first, place = np.unique(
        np.ravel_multi_index(tuple(cubes.T), cubes.max(axis=0) + 1), return_index=True, return_inverse=True
    )
    return first, place.ravel()


def _fit_patches(
    centres: Array, points: Array, feet: Array, depth: Array, values: Array, spacing: Array, modality: str
) -> list[Fit | None]:
    """Fits every patch freely, then again with the skin's signal held near what the clear ones found."""
    if not len(feet):
        return [None] * len(centres)
    tree, profiles = cKDTree(feet), []
    for start in range(0, len(centres), _AT_ONCE):  # which bounds memory
        some = cKDTree(centres[start : start + _AT_ONCE])
        members = some.sparse_distance_matrix(tree, _PATCH_MM, output_type="ndarray")
        profiles += _profiles_of(members, some.n, points, feet, depth, values, spacing)
    if modality == "CT":
        return [None if profile is None else profile.fit(_CT_SKIN_HU) for profile in profiles]
    free = [None if profile is None else profile.fit(None) for profile in profiles]
    signals = [fit.signal for fit in free if fit is not None and fit.clear > CLEAR and fit.thickness > 1]
    if not signals:
        return free
    usual = float(np.median(signals))
    return [None if profile is None else profile.fit(usual) for profile in profiles]


def _profiles_of(
    members: NDArray[np.void], count: int, points: Array, feet: Array, depth: Array, values: Array, spacing: Array
) -> list[Profile | None]:
    """The profile of each patch from its members among the points; None where they are few.

    Args:
        members: patch ``i`` holds point ``j``, whose foot is ``v`` mm from its centre.
        count: of patches.
    """
    patch, chosen = members["i"], members["j"]
    blurs = _blurs(patch, points[chosen] - feet[chosen], depth[chosen], count, spacing)
    near = np.exp(-0.5 * (members["v"] / (_PATCH_MM / 2)) ** 2)
    found = _profiles(patch, depth[chosen], values[chosen], near, count)
    return [
        Profile(*profile, blur) if size >= _FEWEST else None
        for size, profile, blur in zip(np.bincount(patch, minlength=count), found, blurs, strict=True)
    ]


def _blurs(patch: NDArray[np.intp], outward: Array, depth: Array, count: int, spacing: Array) -> Array:
    """Standard deviation, mm, of a voxel's blur along the normal of each patch."""
    clear = np.abs(depth) > 1
    turned = outward * np.where(clear, np.sign(depth), 0.0)[:, None]
    normals = np.stack([np.bincount(patch, turned[:, axis], count) for axis in range(3)], axis=1)
    normals = normals / np.maximum(np.linalg.norm(normals, axis=1), 1e-6)[:, None]
    return np.asarray(np.sqrt(((normals * spacing) ** 2).sum(axis=1) / 12 + 0.3**2))


def _profiles(
    patch: NDArray[np.intp], depth: Array, values: Array, weights: Array, count: int
) -> list[tuple[Array, Array, Array]]:
    """Of each patch: depths, mean values and weights of the bins that hold something."""
    bins = int((_INSIDE_MM - _OUTSIDE_MM) / _BIN_MM)
    at = patch * bins + ((depth - _OUTSIDE_MM) / _BIN_MM).astype(int)
    weight, level, place = (
        np.bincount(at, weights * of, count * bins).reshape(count, bins) for of in (1.0, values, depth)
    )
    held = weight > 0
    return [(p[h] / w[h], v[h] / w[h], w[h]) for p, v, w, h in zip(place, level, weight, held, strict=True)]


def _settled(centres: Array, fits: list[Fit | None]) -> tuple[Array, Array, float]:
    """Shift and thickness per patch as the median of the clear patches about it; and the share that is clear."""
    low, high = THICKNESSES[[1, -2]]
    clear = np.array([fit is not None and fit.clear > CLEAR and low < fit.thickness < high for fit in fits], bool)
    shifts, widths = np.zeros(len(centres)), np.full(len(centres), DEFAULT_SKIN_MM)
    if not clear.any():
        return shifts, widths, 0.0
    known = np.array([(fit.shift, fit.thickness) for fit, ok in zip(fits, clear, strict=True) if fit and ok])
    usual = np.median(known, axis=0)
    for k, chosen in enumerate(cKDTree(centres).query_ball_tree(cKDTree(centres[clear]), _NEIGHBOURS_MM)):
        shifts[k], widths[k] = np.median(known[chosen], axis=0) if len(chosen) >= 3 else usual
    return shifts, widths, float(clear.sum() / sum(fit is not None for fit in fits))
