"""DICOM SEG: one segment as a mask, by highdicom (PS3.3, A.51; label maps A.51 of 2024)."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk

from ...errors import InputError
from ..files.bounded import check_size
from ..lattice import Lattice, Note, check_lattice, placed
from ..segmentation import check_name, choose_part
from ..source import Source
from .instances import Instance, decimals, read_whole, reading

THRESHOLD = 0.5
"""From this fraction on a voxel of a fractional segmentation belongs to the segment."""
_JITTER_MM = 0.2


def read_segmentation(
    instance: Instance, source: Source, preferred: str | None, onto: sitk.Image | None, note: Note, tumour: bool
) -> sitk.Image:
    """One segment of a SEG, on the grid of its frames; frames that are left out hold nothing.

    Args:
        preferred: the segment to take where none is asked for.
        onto: the image that it was drawn on, which gives the distance between slices where the file does not.
        tumour: the segment should be one, so that its name is looked at.

    Raises:
        InputError: as ``choose_part``, or frames that make no regular stack.
    """
    path = instance.path
    dataset = read_whole(path)
    with reading(path):
        import highdicom as hd

        check_size(int(dataset.Rows) * int(dataset.Columns) * instance.frames, path.name)
        described = [one for one in dataset.SegmentSequence if int(one.SegmentNumber)]  # 0 is a label map's background
        parts = [(str(one.SegmentLabel), str(one.get("TrackingID") or ""), str(one.SegmentNumber)) for one in described]
        chosen = choose_part(parts, source, preferred, "segment", numbered=True)
        _note_distance(dataset, onto, path.name, note)
        _repair(dataset)
        found = hd.seg.Segmentation.from_dataset(dataset, copy=False)
        number, fractional = int(described[chosen].SegmentNumber), str(dataset.SegmentationType) == "FRACTIONAL"
        volume = _volume(found, number, path.name)
    values = volume.array[..., 0] if volume.array.ndim == 4 else volume.array
    inside = values >= THRESHOLD if fractional else values > 0
    if fractional:
        kind = str(dataset.get("SegmentationFractionalType") or "").lower() or "fraction"
        note(f"The segmentation {path.name} is fractional ({kind}): voxels of {THRESHOLD:g} and more were taken.")
    if tumour:
        check_name(parts[chosen][0], note)
    lattice = _lattice(inside.shape, np.asarray(volume.affine))
    check_lattice(lattice, path.name, 0.5, contour=True)
    return placed(np.ascontiguousarray(inside, np.uint8), lattice, path.name, note, labels=True)


def _repair(dataset: Any) -> None:
    """What public collections lack or have twice and highdicom stops at, though no voxel depends on it."""
    seen: set[str] = set()
    for series in dataset.get("ReferencedSeriesSequence") or []:
        kept = [one for one in series.get("ReferencedInstanceSequence") or [] if not _again(one, seen)]
        series.ReferencedInstanceSequence = kept
    groups = [*(dataset.get("SharedFunctionalGroupsSequence") or []), *dataset.PerFrameFunctionalGroupsSequence]
    for measures in (one.PixelMeasuresSequence[0] for one in groups if one.get("PixelMeasuresSequence")):
        if measures.get("SliceThickness") is None and measures.get("SpacingBetweenSlices") is not None:
            measures.SliceThickness = measures.SpacingBetweenSlices


def _again(one: Any, seen: set[str]) -> bool:
    uid = str(one.ReferencedSOPInstanceUID)
    known = uid in seen
    seen.add(uid)
    return known


def _volume(found: Any, number: int, name: str) -> Any:
    tolerance = {} if found.get_volume_geometry() is not None else {"atol": _JITTER_MM}
    if found.get_volume_geometry(**tolerance) is None:
        raise InputError("a segmentation of evenly spaced slices", f"others in {name}", "export it again")
    return found.get_volume(segment_numbers=[number], combine_segments=False, **tolerance)


def _lattice(shape: tuple[int, ...], affine: np.ndarray) -> Lattice:
    """highdicom's axes are slice, row, column; ours x, y, z."""
    return Lattice((shape[2], shape[1], shape[0]), affine[:3, 3].copy(), affine[:3, [2, 1, 0]].copy())


def _note_distance(dataset: Any, onto: sitk.Image | None, name: str, note: Note) -> None:
    """Where the distance between slices is not stated, frames that are left out would be taken for none.

    Raises:
        InputError: one slice whose thickness is not given.
    """
    shared = dataset.get("SharedFunctionalGroupsSequence") or [None]
    every = [shared[0], *(dataset.get("PerFrameFunctionalGroupsSequence") or [])]
    measures = [one.PixelMeasuresSequence[0] for one in every if one is not None and one.get("PixelMeasuresSequence")]
    if not measures or decimals(measures[0], "SpacingBetweenSlices", 1) is not None:
        return
    distance = _distance_in(onto, dataset, shared[0]) if onto is not None else None
    if distance is None:
        thickness = decimals(measures[0], "SliceThickness", 1)
        distance = None if thickness is None else float(thickness[0])
        if distance is not None:
            note(f"{name} does not state the distance between slices; their thickness of {distance:g} mm was taken.")
    if distance is None:
        raise InputError(
            "the distance between slices", f"none in {name}", "export it again, or give its image as DICOM"
        )
    for one in measures:
        one.SpacingBetweenSlices = distance


def _distance_in(onto: sitk.Image, dataset: Any, shared: Any) -> float | None:
    """Of the image's slices, where they are parallel to the segmentation's."""
    first = dataset.PerFrameFunctionalGroupsSequence[0]
    turned = next(
        (g.PlaneOrientationSequence[0] for g in (shared, first) if g is not None and g.get("PlaneOrientationSequence")),
        None,
    )
    cosines = decimals(turned, "ImageOrientationPatient", 6)
    if cosines is None:
        return None
    normal = np.cross(cosines[:3], cosines[3:])
    along = np.abs(np.array(onto.GetDirection()).reshape(3, 3).T @ normal)
    axis = int(np.argmax(along))
    return float(onto.GetSpacing()[axis]) if along[axis] > 0.9999 else None
