"""What lies behind the front of the ribs: ribs, breastbone, lungs, heart, aorta, spine and liver."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .anatomy import Anatomy
from .implicit import Array, coverage, ellipsoid

_WALL_MM = 13.0  # from the outer to the inner surface of the rib cage
_RIB_PITCH_MM, _RIB_CENTRE_MM = 31.0, -6.5
_RIB_RADII_MM = (5.0, 7.5)


def organs(anatomy: Anatomy, framed: Array, ribs_front: Array, width_mm: float) -> Iterator[tuple[str, Array]]:
    """Tissues with the share of each sample they cover, each painted over those before.

    Args:
        framed: points (3, n) in the thorax frame, behind the front of the ribs.
        ribs_front: the implicit function of that surface there.
        width_mm: over which a sample averages.
    """
    inner = ribs_front + _WALL_MM
    half_width, half_depth = anatomy.thorax_radii_mm
    yield "fat", 0.7 * coverage(np.abs(ribs_front - 0.8) - 0.8, width_mm)
    yield "lung", coverage(inner, width_mm)
    column = ellipsoid(framed[:2], (4, half_depth), (30, 0.86 * half_depth))
    yield "mediastinum", coverage(np.maximum(column, inner + 1), width_mm)
    heart = ellipsoid(framed, (26, 0.66 * half_depth, -25), (58, 0.5 * half_depth, 62))
    yield "muscle", coverage(np.maximum(heart, inner + 2), width_mm)
    yield "blood", coverage(np.maximum(heart + 9, inner + 11), width_mm)
    yield "blood", coverage(ellipsoid(framed[:2], (24, 1.45 * half_depth), (12, 12)), width_mm)
    dome = ellipsoid(framed, (-0.3 * half_width, half_depth, -135), (1.1 * half_width, 1.1 * half_depth, 85))
    yield "liver", coverage(np.maximum(dome, inner + 2), width_mm)
    yield from _bones(framed, ribs_front, half_depth, width_mm)


def _bones(framed: Array, ribs_front: Array, half_depth: float, width_mm: float) -> Iterator[tuple[str, Array]]:
    x, y, z = framed
    # Ribs descend from the spine to the front; their cartilages turn up again towards the breastbone.
    course = z - 0.45 * (y - half_depth) - 0.25 * np.maximum(60 - np.abs(x), 0)
    across = (course + _RIB_PITCH_MM / 2) % _RIB_PITCH_MM - _RIB_PITCH_MM / 2
    rib = ellipsoid(np.stack([ribs_front, across]), (_RIB_CENTRE_MM, 0), _RIB_RADII_MM)
    rib = np.maximum(rib, 12 - np.abs(x))
    bony = coverage(52 - np.abs(x), 4.0) + (y > half_depth)
    yield "cartilage", coverage(rib, width_mm)
    yield "cortex", coverage(rib, width_mm) * np.minimum(bony, 1)
    yield "marrow", coverage(rib + 1.5, width_mm) * np.minimum(bony, 1)
    sternum = np.maximum(ellipsoid(np.stack([x, ribs_front]), (0, -6.5), (19, 6.5)), -58 - z)
    sternum = np.where(y < half_depth, sternum, 50.0)
    yield "cortex", coverage(sternum, width_mm)
    yield "marrow", coverage(sternum + 1.5, width_mm)
    behind = 2 * half_depth
    vertebra = ellipsoid(framed[:2], (0, behind - 22), (19, 16))
    process = ellipsoid(framed[:2], (0, behind + 4), (4, 20))
    canal = ellipsoid(framed[:2], (0, behind + 2), (9, 8))
    spine = np.minimum(vertebra, np.minimum(process, np.maximum(canal - 5, -canal)))
    yield "cortex", coverage(spine, width_mm)
    yield "marrow", coverage(spine + 1.5, width_mm)
    yield "muscle", coverage(canal, width_mm)


def table(points: Array, back_mm: float, width_mm: float) -> Array:
    """Share of the CT table: a shallow trough below the back.

    Args:
        back_mm: y of the back's skin.
    """
    x, y, _ = points
    shell = np.abs(y - (back_mm + 4 - 0.0009 * x**2)) - 2.0
    return coverage(np.maximum(shell, np.abs(x) - 205), width_mm)
