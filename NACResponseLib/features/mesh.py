"""Measures of the surface of a mask: of its marching-cubes mesh in 3D, of its marching-squares outline in 2D.

Vertices lie halfway between a voxel inside the mask and a neighbour outside it. What the mesh does in a cube between
eight voxels' centres depends only on which of the eight are inside, so area and volume are sums over the 256
configurations, each weighted by how often it occurs; likewise in a square between four pixels.

Method: Lorensen and Cline, SIGGRAPH 1987, in pyradiomics' variant (van Griethuysen et al., Cancer Research 2017), found
by measuring its mesh of every configuration. A configuration and its complement have the same triangles. Therefore two
cubes can disagree on the face between them, where voxels inside and outside lie crosswise: the mesh then has a hole,
and its volume depends on where the mask lies in the array. pyradiomics' extractor crops to the mask, and so do we.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise, product

import numpy as np

_CORNERS = np.array(list(product((0, 1), repeat=3)))
"""Of a cube, (8, 3): z, y, x, numbered 4 z + 2 y + x, so that ``corner ^ axis`` is the neighbour along an axis."""
_AXES = (4, 2, 1)
_ANCHOR = 6
"""The corner (1, 1, 0). Corners that differ from it are kept apart from each other where a face leaves the choice."""
_STARTS = {"IOISS", "OIOSS", "OIOIOI", "ISOISO", "OSIOSI", "OIOOIO", "OISOSIO"}
"""Where the fan begins that fills a loop: the loop's steps from there. Loops of three and four vertices are flat."""

_Edge = tuple[int, int]
"""A vertex, by the edge it halves: the corner kept apart at its one end, and the axis."""


def mesh_area_and_volume(inside: np.ndarray, spacing: np.ndarray) -> tuple[float, float]:
    """Area (mm²) and volume (mm³) of the marching-cubes mesh of a mask.

    Args:
        inside: booleans (z, y, x), False on the whole border.
        spacing: voxel edges in mm (z, y, x).
    """
    shape = [n - 1 for n in inside.shape]
    code, voxels = np.zeros(shape, np.uint8), inside.view(np.uint8)
    for bit, offset in enumerate(_CORNERS):
        window = tuple(slice(c, c + n) for c, n in zip(offset, shape, strict=True))
        code |= voxels[window] << np.uint8(bit)
    # The mesh is where corners differ: codes but 0 and 255, which become the two greatest.
    place = np.flatnonzero(code.ravel() - np.uint8(1) < 254)
    codes, cubes = code.ravel()[place], np.unravel_index(place, code.shape)
    area, volume, shift = _configurations(tuple(float(edge) for edge in spacing))
    moved = sum(float(shift[codes, axis] @ cubes[axis].astype(float)) for axis in range(3))
    return float(area[codes].sum()), float(volume[codes].sum()) + moved


def outline_length_and_area(inside: np.ndarray, spacing: np.ndarray) -> tuple[float, float]:
    """Length (mm) and enclosed area (mm²) of the marching-squares outline of a mask; pixels that touch only crosswise
    have outlines of their own.

    Args:
        inside: booleans (y, x), False on the whole border.
        spacing: pixel edges in mm (y, x).
    """
    a, b, c, d = (inside[y : y - 1 or None, x : x - 1 or None].astype(np.uint8) for y, x in product((0, 1), repeat=2))
    count = a + b + c + d
    one, two, three = (count == n for n in (1, 2, 3))
    convex, concave, crosswise = (int(np.count_nonzero(kind)) for kind in (one, three, two & (a == d)))
    along_x, along_y = (int(np.count_nonzero(kind)) for kind in (two & (a == b), two & (a == c)))
    slanted = (convex + concave + 2 * crosswise) * float(np.hypot(*spacing)) / 2
    # A line across a convex corner cuts an eighth off its pixel; across a concave one it adds an eighth.
    pixels = int(np.count_nonzero(inside)) - (convex + 2 * crosswise - concave) / 8
    return along_y * float(spacing[0]) + along_x * float(spacing[1]) + slanted, pixels * float(np.prod(spacing))


@cache
def _configurations(spacing: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each configuration: area, volume term at the origin, and what a step along z, y, x adds to that term.

    The mesh's volume is a sum of tetrahedra with their tips in the origin, so a cube's term is linear in its position.
    """
    codes, triangles = _all_triangles()
    first, second, third = np.moveaxis(triangles * spacing, 1, 0)
    normals = np.cross(second - first, third - first)
    terms = np.column_stack([(first * normals).sum(1), normals * spacing]) / 6
    volume, *shift = (np.bincount(codes, term, 256) for term in terms.T)
    return np.bincount(codes, np.linalg.norm(normals, axis=1) / 2, 256), volume, np.column_stack(shift)


@cache
def _all_triangles() -> tuple[np.ndarray, np.ndarray]:
    """The triangles of all configurations: codes (n,), vertices (n, 3, 3) in voxel edges, anticlockwise from outside.

    A configuration's code has the bit ``1 << corner`` for each corner inside the mask.
    """
    found = [(code, triangle) for code in range(256) for triangle in _triangles(code)]
    corners, axes = np.moveaxis(np.array([triangle for _, triangle in found]), 2, 0)
    return np.array([code for code, _ in found]), (_CORNERS[corners] + _CORNERS[corners ^ axes]) / 2


def _triangles(code: int) -> Iterator[tuple[_Edge, _Edge, _Edge]]:
    """A fan in every loop; turned round where the corners kept apart are those outside the mask."""
    outside = code >> _ANCHOR & 1
    apart = code ^ 255 if outside else code
    edges = product(range(8), _AXES)
    left = {(corner, axis) for corner, axis in edges if apart >> corner & 1 and not apart >> (corner ^ axis) & 1}
    while left:
        loop, steps = _loop(apart, min(left))
        left -= set(loop)
        start = next((i for i in range(len(loop)) if steps[i:] + steps[:i] in _STARTS), 0)
        tip, *rest = loop[start:] + loop[:start]
        yield from ((tip, b, a) if outside else (tip, a, b) for a, b in pairwise(rest))


def _loop(apart: int, first: _Edge) -> tuple[list[_Edge], str]:
    """The vertices round a group of corners, and the steps between them: each crosses a face of the cube.

    A step ``I`` goes round a corner kept apart, ``O`` round one of the others, ``S`` straight on between two and two.
    """
    loop: list[_Edge] = []
    (corner, axis), steps = first, ""
    onto = _AXES[(_AXES.index(axis) + (2 if corner.bit_count() % 2 else 1)) % 3]  # the axis to step along
    while (corner, axis) != first or not loop:
        loop.append((corner, axis))
        next_onto = axis ^ onto ^ 7
        if not apart >> (corner ^ onto) & 1:
            axis, step = onto, "I"
        elif apart >> (corner ^ onto ^ axis) & 1:
            corner, axis, step = corner ^ onto ^ axis, onto, "O"
        else:
            corner, step = corner ^ onto, "S"
        onto, steps = next_onto, steps + step
    return loop, steps
