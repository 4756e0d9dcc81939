"""Where a tumour lies, and settings drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..errors import InputError, unknown_name
from .acquisition import KINDS, Acquisition
from .anatomy import Anatomy, Posture, Side
from .implicit import Array
from .tumour import Tumour

# Gap between the tumour and the skin or the chest wall, mm; None: as far from both as can be.
PLACES: dict[str, tuple[str, float | None]] = {
    "middle": ("skin", None),
    "near_skin": ("skin", 2.5),
    "touching_skin": ("skin", 0.0),
    "near_chest_wall": ("chest_wall", 2.5),
    "touching_chest_wall": ("chest_wall", 0.0),
}


def place_tumour(
    anatomy: Anatomy, tumour: Tumour, side: Side, place: str, aside: tuple[float, float] = (0.15, 0.1)
) -> Tumour:
    """The tumour moved, along the line from the chest wall to the skin, to where its surface has the gap of ``place``.

    Args:
        place: a name of ``PLACES``.
        aside: of the line from the breast's axis, outward and upward, as a share of the breast's half width and
            half height.

    Raises:
        InputError: an unknown place, or a tumour that does not fit into the breast there.
    """
    if place not in PLACES:
        raise unknown_name("a place", place, PLACES)
    outward = 1 if side == "left" else -1
    base = anatomy.breast_centre_mm(side)
    radii = anatomy.breast_radii_mm
    line = base + np.array([outward * aside[0] * radii[0], 0, aside[1] * radii[2]])
    surface = replace(tumour, centre_mm=(0.0, 0.0, 0.0)).surface(gap_mm=1.5)

    def skin_gap(y: float) -> float:
        return float((anatomy.depth(surface + _at(line, y)) - anatomy.skin_mm).min())

    def wall_gap(y: float) -> float:
        return float(anatomy.chest_wall(surface + _at(line, y)).min())

    front, back = base[1] - radii[1] - 20, base[1] + 60
    target, gap = PLACES[place]
    y = _root(lambda y: skin_gap(y) - wall_gap(y), front, back)
    room = skin_gap(y) - (gap or 0.0)
    if room < 0:
        raise InputError(
            f"a breast with room for a tumour {place.replace('_', ' ')}",
            f"one with {-room:.1f} mm too little",
            "make the tumour smaller or the breast larger",
        )
    if gap is not None and target == "skin":
        y = _root(lambda y: skin_gap(y) - gap, front, y)
    elif gap is not None:
        y = _root(lambda y: gap - wall_gap(y), y, back)
    return replace(tumour, centre_mm=(float(line[0]), y, float(line[2])))


def _at(line: Array, y: float) -> Array:
    return np.array([line[0], y, line[2]])[:, None]


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Bisection, to a hundredth of a millimetre."""
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def random_anatomy(rng: np.random.Generator, posture: Posture) -> Anatomy:
    """An anatomy drawn from plausible ranges: breasts small to large, fatty to dense."""
    size, density = rng.uniform(0.82, 1.15), rng.uniform(0.2, 0.75)
    skin, fat, pectoral = rng.uniform(1.5, 2.5), rng.uniform(7, 18), rng.uniform(6, 13)
    thorax = (float(rng.uniform(126, 144)), float(rng.uniform(88, 102)))
    lean, seed = rng.uniform(5, 12), int(rng.integers(1, 2**31))
    radii = (
        (58 * size, rng.uniform(86, 108) * size, 63 * size) if posture == "prone" else (66 * size, 50 * size, 74 * size)
    )
    return Anatomy(
        posture=posture,
        breast_radii_mm=radii,
        breast_offset_mm=78.0 if posture == "prone" else 82.0,
        skin_mm=skin,
        fat_mm=fat,
        pectoral_mm=pectoral,
        density=density,
        thorax_radii_mm=thorax,
        lean_degrees=lean if posture == "prone" else lean / 3,
        seed=seed,
    )


def random_tumour(rng: np.random.Generator, radius_mm: float) -> Tumour:
    """A tumour of about a radius: an ellipsoid, lobulated or spiculated; solid, rim-enhancing or necrotic."""
    shape = rng.choice(["ellipsoid", "lobulated", "spiculated"])
    stretch = rng.uniform(0.8, 1.25, 3)
    radii = radius_mm * stretch / np.cbrt(stretch.prod())
    return Tumour(
        radii_mm=(float(radii[0]), float(radii[1]), float(radii[2])),
        lobulation=0.0 if shape == "ellipsoid" else float(rng.uniform(0.08, 0.25)),
        spiculation=float(rng.uniform(0.2, 0.5)) if shape == "spiculated" else 0.0,
        necrosis=float(rng.choice([0.0, rng.uniform(0.3, 0.6)], p=[0.65, 0.35])),
        rim=float(rng.choice([0.0, rng.uniform(0.4, 1.0)])),
        heterogeneity=float(rng.uniform(0.1, 0.9)),
        oedema=float(rng.choice([0.0, rng.uniform(0.2, 0.9)])),
        seed=int(rng.integers(1, 2**31)),
    )


def random_setting(
    seed: int, kind: str = "sagittal_cet1_fs", place: str = "middle", radius_mm: float | None = None
) -> tuple[Anatomy, Tumour, Acquisition]:
    """An anatomy, a tumour in it and an acquisition, all different for every seed: ``make_phantom(*setting)``.

    A large tumour in the middle of a small breast may lie within 5 mm of the skin or the chest wall all the same.

    Args:
        kind: a name of ``KINDS``.
        place: a name of ``PLACES``.
        radius_mm: of the tumour; by default drawn, 5 to 18 mm prone, 5 to 11 mm supine.

    Raises:
        InputError: an unknown name, or a tumour too large for the breast.
    """
    if kind not in KINDS:
        raise unknown_name("a kind of acquisition", kind, KINDS)
    rng = np.random.default_rng((seed, 11))
    posture = KINDS[kind].posture
    anatomy = random_anatomy(rng, posture)
    side: Side = "left" if rng.random() < 0.5 else "right"
    tumour = random_tumour(rng, radius_mm or rng.uniform(5, 18 if posture == "prone" else 11))
    aside = (float(rng.uniform(-0.1, 0.3)), float(rng.uniform(-0.2, 0.3)))
    tumour = place_tumour(anatomy, tumour, side, place, aside)
    return anatomy, tumour, Acquisition(kind=kind, side=side)
