"""From frames to a volume: what is no slice is set aside, the rest must make one regular stack."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import InputError
from ..lattice import Lattice, Note
from .frames import Frame
from .identity import plain_id

_TURN = 1e-3
"""Greatest difference of a direction cosine in one stack."""
_JITTER_SHARE, _JITTER_MM = 0.1, 0.2
"""By so much of the distance between slices, or so many mm, a slice may lie off its even place."""
_LARGEST_STEP = 1.75
"""Of the usual step: more is a missing slice."""


def without_scouts(frames: Sequence[Frame], where: str, note: Note) -> tuple[Frame, ...]:
    """The frames that are slices of the series; scouts, screen saves and other pictures are set aside, with a note.

    Raises:
        InputError: nothing is left, or most of it would be set aside.
    """
    slices = [frame for frame in frames if not frame.is_picture]
    pictures = len(frames) - len(slices)
    if len(slices) <= pictures:
        raise _no_slices(frames, where)
    if pictures:
        note(f"{pictures} pictures without a place in the patient (as a screen save) were set aside in {where}.")
    anatomy = [frame for frame in slices if not frame.is_scout]
    if anatomy and len(anatomy) < len(slices):
        note(f"{len(slices) - len(anatomy)} scout images (localizers) were set aside in {where}.")
    return tuple(anatomy or slices)


def _no_slices(frames: Sequence[Frame], where: str) -> InputError:
    first = frames[0]
    if int(first.instance.header.get("SamplesPerPixel") or 1) > 1:
        return InputError("grey-scale slices", f"colour pictures in {where}", "give the series itself, no screen save")
    if any("MOSAIC" in part for part in first.image_type):
        return mosaic(where)
    return InputError("slice positions", f"DICOM images without them in {where}", "export the series again")


def mosaic(where: str) -> InputError:
    """The error for Siemens' mosaics: all slices side by side in one picture."""
    return InputError("one slice in each image", f"mosaics of several in {where}", "export it without mosaic")


def check_alike(frames: Sequence[Frame], where: str) -> None:
    """Refuses slices that differ in size, spacing, orientation, or what they are.

    Raises:
        InputError: they differ, or do not state their pixel spacing or orientation.
    """
    first = frames[0]
    if any("MOSAIC" in part for frame in frames for part in frame.image_type):
        raise mosaic(where)
    _check_spacing(frames, where)
    shapes = sorted({frame.shape for frame in frames})
    if len(shapes) > 1:
        shown = " and ".join(f"{columns} x {rows}" for rows, columns in shapes[:3])
        raise InputError("slices of one size", f"{shown} pixels in {where}", "give one series")
    if any(frame.rows is None for frame in frames):
        raise InputError("slice orientations", f"DICOM slices without them in {where}", "export the series again")
    turned = sum(np.abs(frame.rows - first.rows).max() > _TURN for frame in frames)  # type: ignore[operator]
    if turned:
        found = f"{turned} of {len(frames)} turned or flipped against the first (mixed directions) in {where}"
        raise InputError("slices of one orientation", found, "give one series without scouts")
    if len({plain_id(frame.instance.text("PatientID")) for frame in frames} - {""}) > 1:
        raise InputError("slices of one patient", f"several PatientID in {where}", "give one patient's series")
    frames_of_reference = {frame.instance.text("FrameOfReferenceUID") for frame in frames} - {""}
    if len(frames_of_reference) > 1:
        found = f"{len(frames_of_reference)} frames of reference in {where}: the patient was moved in between"
        raise InputError("slices of one position of the patient", found, "give one series")


def _check_spacing(frames: Sequence[Frame], where: str) -> None:
    first = frames[0]
    for frame in frames:
        if frame.spacing is None:
            instead = frame.instance.text("ImagerPixelSpacing")
            detector = (
                f" (ImagerPixelSpacing {instead} is measured at the detector, not in the patient)" if instead else ""
            )
            found = f"none in {frame.instance.path.name} of {where}{detector}"
            raise InputError("the pixel spacing in mm (PixelSpacing)", found, "export the series again with it")
        assert first.spacing is not None
        if np.abs(frame.spacing / first.spacing - 1).max() > 1e-3:
            shown = " and ".join(f"{y:g} x {x:g}" for y, x in (first.spacing, frame.spacing))
            raise InputError("slices of one pixel spacing", f"{shown} mm in {where}", "give one series")


def stacked(frames: Sequence[Frame], where: str, note: Note) -> tuple[tuple[Frame, ...], Lattice]:
    """The slices in their order along the normal, and the lattice that they make up.

    The rows' and columns' directions may be slanted against the direction from slice to slice, as of a tilted gantry.

    Raises:
        InputError: slices that are missing, unevenly spaced, or shifted against each other.
    """
    ordered = tuple(sorted(frames, key=lambda frame: float(frame.position @ frame.normal)))
    first = ordered[0]
    assert first.rows is not None and first.spacing is not None
    count, positions = len(ordered), np.array([frame.position for frame in ordered])
    if count == 1:
        thickness = first.thickness or 1.0
        steps, start = first.normal * thickness, positions[0]
    else:
        _check_even(positions @ first.normal, where)
        index = np.arange(count) - (count - 1) / 2
        steps = index @ positions / (index @ index)  # least squares, so that jitter at the ends does not matter
        start = positions.mean(axis=0) - steps * (count - 1) / 2
        _check_line(positions, start, steps, first.spacing, where, note)
    across, down = first.rows[0] * first.spacing[1], first.rows[1] * first.spacing[0]
    rows, columns = first.shape
    return ordered, Lattice((columns, rows, count), start, np.stack([across, down, steps], axis=1))


def _check_even(along: np.ndarray, where: str) -> None:
    steps = np.diff(along)
    usual = float(np.median(steps))
    count = len(along)
    places = np.arange(count)
    slope, start = np.polyfit(places, along, 1) if count > 2 else (usual, along[0])
    off = float(np.abs(along - (start + slope * places)).max())
    if usual <= 0 or off > max(_JITTER_SHARE * usual, _JITTER_MM) or steps.max() > _LARGEST_STEP * usual:
        missing = round(float((steps / usual - 1).clip(0).sum())) if usual > 0 else 0
        guess = f" ({missing} missing?)" if missing else ""
        raise InputError(
            "evenly spaced slices",
            f"steps of {steps.min():.2f} to {steps.max():.2f} mm between {count} slices{guess} in {where}",
            "complete the series, or give one of its time points",
        )


def _check_line(
    positions: np.ndarray, start: np.ndarray, step: np.ndarray, spacing: np.ndarray, where: str, note: Note
) -> None:
    """Refuses slices that are shifted in plane, each by itself; notes jitter."""
    off = positions - (start + np.arange(len(positions))[:, None] * step)
    along = np.abs(off @ (step / np.linalg.norm(step)))
    aside = float(np.linalg.norm(off - np.outer(off @ step, step) / (step @ step), axis=1).max())
    if aside > max(0.25 * float(spacing.min()), _JITTER_MM):
        found = f"slices shifted in plane by up to {aside:.1f} mm against each other in {where}"
        raise InputError("slices in one line", found, "export the series again, or give one of its parts")
    if max(float(along.max()), aside) > 0.05:
        note(f"Slice positions lie up to {max(float(along.max()), aside):.2f} mm off their even places in {where}.")
