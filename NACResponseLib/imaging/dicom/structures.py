"""RTSTRUCT: the contours of a region of interest filled (PS3.3, C.8.8.6); a contour within another is a hole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk

from ...errors import InputError
from ..lattice import Lattice, Note
from ..segmentation import check_name, choose_part
from ..source import Source
from .instances import Instance, read_whole, reading

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_IN_SLICE = 0.25
"""Of the distance between slices: so far from a slice's middle a contour may lie and still belong to it."""
_FINE_MM, _THICK_MM = 0.5, 3.0


def read_structure(
    instance: Instance, source: Source, preferred: str | None, onto: sitk.Image | None, note: Note, tumour: bool
) -> sitk.Image:
    """One region of interest as a mask: what lies inside an odd number of its contours on a slice.

    Args:
        preferred: the region to take where none is asked for.
        onto: the image that it was drawn on, whose voxels are filled where its slices are the contours' own; else the
            mask has a grid of its own, in the contours' planes.
        tumour: the region should be one, so that its name is looked at.

    Raises:
        InputError: as ``choose_part``, or no closed contours in one set of parallel planes.
    """
    path = instance.path
    dataset = read_whole(path)
    with reading(path):
        regions = list(dataset.get("StructureSetROISequence") or [])
        parts = [(str(one.get("ROIName") or ""), str(one.ROINumber)) for one in regions]
        chosen = regions[choose_part(parts, source, preferred, "region", numbered=True)]
        polygons = _polygons(dataset, int(chosen.ROINumber), path.name, note)
    if tumour:
        check_name(str(chosen.get("ROIName") or ""), note)
    lattice = _of_image(onto) if onto is not None else None
    if lattice is None or not _drawn_on(polygons, lattice):
        lattice = _own_lattice(polygons, lattice, path.name, note)
    else:
        _note_outside(polygons, lattice, path.name, note)
    image = sitk.GetImageFromArray(_filled(polygons, lattice).astype(np.uint8))
    lattice.place(image)
    return image


def frame_of_reference(dataset: Any) -> tuple[str, tuple[str, ...]]:
    """The frame of reference and the series that a structure set was drawn on."""
    frames = {
        str(one.get("ReferencedFrameOfReferenceUID") or "") for one in dataset.get("StructureSetROISequence") or []
    }
    series = []
    for reference in dataset.get("ReferencedFrameOfReferenceSequence") or []:
        for study in reference.get("RTReferencedStudySequence") or []:
            series += [str(one.SeriesInstanceUID) for one in study.get("RTReferencedSeriesSequence") or []]
        frames.add(str(reference.get("FrameOfReferenceUID") or ""))
    frames.discard("")
    return (frames.pop() if len(frames) == 1 else ""), tuple(series)


def _polygons(dataset: Any, number: int, name: str, note: Note) -> list[np.ndarray]:
    """Corners (n, 3) of the region's contours, LPS, mm."""
    found, other = [], 0
    for region in dataset.get("ROIContourSequence") or []:
        if int(region.ReferencedROINumber) != number:
            continue
        for contour in region.get("ContourSequence") or []:
            points = np.asarray(contour.ContourData, float)
            if str(contour.ContourGeometricType) not in _CLOSED or points.size < 9:
                other += 1
                continue
            if points.size % 3 or not np.isfinite(points).all():
                raise InputError("contours of points with x, y and z", f"others in {name}", "export it again")
            found.append(points.reshape(-1, 3))
    if not found:
        raise InputError("closed contours", f"none for this region in {name}", "draw it and export again")
    if other:
        note(f"{other} points or open lines of the region in {name} were left aside.")
    return found


def _of_image(image: sitk.Image) -> Lattice:
    size = image.GetSize()
    steps = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    return Lattice((size[0], size[1], size[2]), np.array(image.GetOrigin()), steps)


def _indices(points: np.ndarray, lattice: Lattice) -> np.ndarray:
    return (points - lattice.origin) @ np.linalg.inv(lattice.steps).T


def _drawn_on(polygons: Sequence[np.ndarray], lattice: Lattice) -> bool:
    """Whether the contours lie in the lattice's slices, and not only in every second one or so."""
    levels = [_indices(points, lattice)[:, 2] for points in polygons]
    if any(np.abs(level - round(float(level.mean()))).max() > _IN_SLICE for level in levels):
        return False
    planes = np.unique([round(float(level.mean())) for level in levels])
    return len(planes) == 1 or int(np.diff(planes).min()) == 1


def _note_outside(polygons: Sequence[np.ndarray], lattice: Lattice, name: str, note: Note) -> None:
    """A note where contours leave the image."""
    last = np.array(lattice.size) - 0.5
    indices = [_indices(points, lattice) for points in polygons]
    outside = sum(bool((index < -0.5 - 1e-3).any() or (index > last + 1e-3).any()) for index in indices)
    if outside:
        note(f"{outside} of {len(polygons)} contours of {name} leave the image; what lies outside is left out.")


def _own_lattice(polygons: Sequence[np.ndarray], image: Lattice | None, name: str, note: Note) -> Lattice:
    """Slices in the planes of the contours, each as thick as they are apart.

    Raises:
        InputError: contours that do not lie in parallel planes.
    """
    normal = _normal(polygons, name)
    levels = np.array([float((points @ normal).mean()) for points in polygons])
    if max(float(np.abs(points @ normal - level).max()) for points, level in zip(polygons, levels, strict=True)) > 0.5:
        raise InputError("contours in parallel planes", f"others in {name}", "export it again from the images' slices")
    planes = np.unique(np.round(levels, 2))
    gaps = np.diff(planes)
    thick = float(gaps[gaps > 0.05].min()) if (gaps > 0.05).any() else _thickness(image, normal)
    fine = min(_FINE_MM, float(image.spacing.min())) if image is not None else _FINE_MM
    across = polygons[0][1] - polygons[0][0]
    across = _at_right_angles(across if np.linalg.norm(across) > 0 else polygons[0][2] - polygons[0][0], normal)
    axes = np.stack([across, np.cross(normal, across), normal], axis=1)
    inside = np.concatenate(polygons) @ axes
    low, high = inside.min(axis=0), inside.max(axis=0)
    count = [*(np.ceil((high - low)[:2] / fine).astype(int) + 2), round(float(high[2] - low[2]) / thick) + 1]
    if math.prod(count) > 1 << 30 or max(count) > 5000:
        raise InputError("contours of a tumour", f"a region of {high - low} mm in {name}", "export it again")
    start = axes @ np.array([low[0] - fine / 2, low[1] - fine / 2, low[2]])
    note(
        f"The contours of {name} do not lie in the image's slices: each was filled {thick:g} mm thick in its own plane."
    )
    return Lattice((int(count[0]), int(count[1]), int(count[2])), start, axes * [fine, fine, thick])


def _normal(polygons: Sequence[np.ndarray], name: str) -> np.ndarray:
    """Of the planes, by the vector area of the largest contour."""
    areas = [np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0) / 2 for points in polygons]
    largest = max(areas, key=lambda area: float(np.linalg.norm(area)))
    length = float(np.linalg.norm(largest))
    if length < 1e-3:
        raise InputError("contours that hold an area", f"none in {name}", "export it again")
    return largest / length


def _at_right_angles(vector: np.ndarray, normal: np.ndarray) -> np.ndarray:
    flat = vector - (vector @ normal) * normal
    return flat / np.linalg.norm(flat)


def _thickness(image: Lattice | None, normal: np.ndarray) -> float:
    if image is None:
        return _THICK_MM
    along = np.abs(image.axes.T @ normal)
    return float(image.spacing[int(np.argmax(along))])


def _filled(polygons: Sequence[np.ndarray], lattice: Lattice) -> np.ndarray:
    """Voxels (z, y, x) whose centres lie inside an odd number of contours of their slice."""
    columns, rows, slices = lattice.size
    crossed = np.zeros((slices, rows, columns + 1), np.uint8)
    for points in polygons:
        index = _indices(points, lattice)
        level = round(float(index[:, 2].mean()))
        if 0 <= level < slices:
            _cross(crossed[level], index[:, :2])
    return np.bitwise_xor.accumulate(crossed, axis=2)[..., :columns] != 0


def _cross(crossed: np.ndarray, corners: np.ndarray) -> None:
    """Marks in each row the first pixel to the right of each side of a polygon: its centre is passed there."""
    rows, last = crossed.shape[0], crossed.shape[1] - 1
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        low, high = max(math.ceil(min(y0, y1)), 0), min(math.ceil(max(y0, y1)), rows)
        if high <= low:
            continue
        at = np.arange(low, high)
        crossing = np.ceil(x0 + (at - y0) * (x1 - x0) / (y1 - y0)).clip(0, last).astype(int)
        np.bitwise_xor.at(crossed, (at, crossing), 1)
