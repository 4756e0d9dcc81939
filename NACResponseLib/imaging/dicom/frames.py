"""A frame: one slice with its own place, scale and time, in a file of its own or as one of many.

Single-frame objects hold all in their header (PS3.3, C.7.6.2); Enhanced multi-frame ones in functional groups, shared
by all frames or given for each (PS3.3, C.7.6.16).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import InputError
from .instances import SECONDARY_CAPTURE, Instance, decimals

SCOUT_WORDS = ("LOCALIZER", "SCOUT", "TOPOGRAM", "SURVEY")
_PICTURE_WORDS = ("SCREEN SAVE", "SCREENSAVE", "SCREEN_SAVE")


@dataclass(frozen=True, eq=False)
class Frame:
    """A slice.

    Attributes:
        number: of the frame in its file, from 0.
        shape: rows and columns.
        position: of the first pixel's centre, LPS, mm; None where it is not stated.
        rows: unit vectors along a row and down a column, (2, 3); None where they are not stated.
        spacing: between rows and between columns, mm; None where it is not stated.
        thickness: distance between slices as far as stated, mm.
        slope, intercept: to apply to the stored values; None where the file has neither.
        marks: what may distinguish it from another at the same place, by name; see ``phases``.
    """

    instance: Instance
    number: int
    shape: tuple[int, int]
    position: np.ndarray | None
    rows: np.ndarray | None
    spacing: np.ndarray | None
    thickness: float | None
    slope: float | None
    intercept: float | None
    image_type: tuple[str, ...] = ()
    marks: dict[str, Any] = field(default_factory=dict)

    @property
    def normal(self) -> np.ndarray:
        """At right angles to row and column, towards the next slice of a right-handed stack."""
        assert self.rows is not None
        return np.cross(self.rows[0], self.rows[1])

    @property
    def is_scout(self) -> bool:
        """Whether it says that it is an overview to plan by."""
        return any(word in part for part in self.image_type for word in SCOUT_WORDS)

    @property
    def is_picture(self) -> bool:
        """Whether it is a screen save or another picture that has no place in the patient."""
        coloured = int(self.instance.header.get("SamplesPerPixel") or 1) > 1
        saved = any(word in part for part in self.image_type for word in _PICTURE_WORDS)
        return coloured or saved or self.instance.kind.startswith(SECONDARY_CAPTURE) or self.position is None


def frames_of(instance: Instance) -> Iterator[Frame]:
    """All frames of a file.

    Raises:
        InputError: numbers that are none.
    """
    header = instance.header
    if "PerFrameFunctionalGroupsSequence" in header or "SharedFunctionalGroupsSequence" in header:
        groups = list(header.get("PerFrameFunctionalGroupsSequence") or [])
        if len(groups) != instance.frames:
            found = f"{len(groups)} for {instance.frames} in {instance.path.name}"
            raise InputError("functional groups for each frame", found, "export it again")
        shared = next(iter(header.get("SharedFunctionalGroupsSequence") or []), None)
        for number, own in enumerate(groups):
            yield _enhanced(instance, number, own, shared)
        return
    if instance.frames > 1:
        for number in range(instance.frames):
            yield _frame(instance, number, None, None, None, None, None, (header, header), {})
        return
    yield _single(instance)


def _single(instance: Instance) -> Frame:
    header = instance.header
    thickness = decimals(header, "SpacingBetweenSlices", 1)
    if thickness is None:
        thickness = decimals(header, "SliceThickness", 1)
    marks = {
        "temporal": header.get("TemporalPositionIdentifier"),
        "acquisition": header.get("AcquisitionNumber"),
        "trigger": header.get("TriggerTime"),
        "acquired": _moment(header, "Acquisition"),
        "content": _moment(header, "Content"),
        "echo": header.get("EchoNumbers"),
        "echo time": header.get("EchoTime"),
        "b-value": header.get("DiffusionBValue"),
        "type": tuple(header.get("ImageType") or ()),
        "started": _clock(header.get("ContrastBolusStartTime")),
        "agent": bool(header.get("ContrastBolusAgent")),
    }
    return _frame(
        instance, 0, decimals(header, "ImagePositionPatient", 3), decimals(header, "ImageOrientationPatient", 6),
        decimals(header, "PixelSpacing", 2), thickness, header.get("ImageType"), (header, header), marks,
    )  # fmt: skip


def _enhanced(instance: Instance, number: int, own: Any, shared: Any) -> Frame:
    def group(sequence: str) -> Any:
        for groups in (own, shared):
            found = groups.get(sequence) if groups is not None else None
            if found:
                return found[0]
        return None

    header, content, measures = instance.header, group("FrameContentSequence"), group("PixelMeasuresSequence")
    kinds = [group(name) for name in ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence")]
    kind = next((found.get("FrameType") for found in kinds if found is not None), None) or header.get("ImageType")
    echo, diffusion = group("MREchoSequence"), group("MRDiffusionSequence")
    delay, position = group("CardiacSynchronizationSequence"), group("TemporalPositionSequence")
    thickness = decimals(measures, "SpacingBetweenSlices", 1)
    if thickness is None:
        thickness = decimals(measures, "SliceThickness", 1)
    marks = {
        "temporal": content.get("TemporalPositionIndex") if content is not None else None,
        "offset": position.get("TemporalPositionTimeOffset") if position is not None else None,
        "acquisition": content.get("FrameAcquisitionNumber") if content is not None else None,
        "trigger": delay.get("NominalCardiacTriggerDelayTime") if delay is not None else None,
        "acquired": _date_time(content.get("FrameAcquisitionDateTime")) if content is not None else None,
        "content": _date_time(content.get("FrameReferenceDateTime")) if content is not None else None,
        "echo time": echo.get("EffectiveEchoTime") if echo is not None else None,
        "b-value": diffusion.get("DiffusionBValue") if diffusion is not None else None,
        "type": tuple(kind or ()),
        "started": None,
        "agent": bool(header.get("ContrastBolusAgentSequence")),
    }
    plane, turned = group("PlanePositionSequence"), group("PlaneOrientationSequence")
    transform = group("PixelValueTransformationSequence")
    return _frame(
        instance, number, decimals(plane, "ImagePositionPatient", 3), decimals(turned, "ImageOrientationPatient", 6),
        decimals(measures, "PixelSpacing", 2), thickness, kind, (transform, header), marks,
    )  # fmt: skip


def _frame(
    instance: Instance,
    number: int,
    position: np.ndarray | None,
    cosines: np.ndarray | None,
    spacing: np.ndarray | None,
    thickness: np.ndarray | None,
    kind: Any,
    scales: tuple[Any, Any],
    marks: dict[str, Any],
) -> Frame:
    header = instance.header
    name = instance.path.name
    if spacing is not None and not (spacing > 0).all():
        shown = " x ".join(f"{edge:g}" for edge in spacing)
        raise InputError("a pixel spacing above zero", f"{shown} mm in {name}", "correct it or export again")
    rows = None
    if cosines is not None:
        rows = cosines.reshape(2, 3)
        lengths = np.linalg.norm(rows, axis=1)
        if np.abs(lengths - 1).max() > 0.01 or abs(rows[0] @ rows[1]) > 0.01:
            raise InputError(
                "an orientation of unit vectors at right angles", f"{cosines.tolist()} in {name}", "export it again"
            )
        rows = rows / lengths[:, None]
    slope, intercept = (next((found[0] for scale in scales if (found := decimals(scale, key, 1)) is not None), None)
                        for key in ("RescaleSlope", "RescaleIntercept"))  # fmt: skip
    if slope == 0:
        raise InputError("a rescale slope other than zero", f"0 in {name}", "export it again")
    shape = (int(header.Rows), int(header.Columns))
    thick = None if thickness is None else float(abs(thickness[0]))
    types = tuple(str(part).upper() for part in ([kind] if isinstance(kind, str) else kind or ()))
    return Frame(instance, number, shape, position, rows, spacing, thick, slope, intercept, types, marks)


def _moment(header: Any, which: str) -> float | None:
    """Seconds of a date and time, or of a time alone."""
    whole = header.get(f"{which}DateTime")
    if whole:
        return _date_time(whole)
    clock = _clock(header.get(f"{which}Time"))
    if clock is None:
        return None
    return days_of(str(header.get(f"{which}Date") or "")) * 86400.0 + clock


def _date_time(value: Any) -> float | None:
    text = str(value or "").strip()
    clock = _clock(text[8:].split("+")[0].split("-")[0])
    return None if clock is None else days_of(text[:8]) * 86400.0 + clock


def days_of(text: str) -> int:
    """The number of a day YYYYMMDD; 0 for anything else."""
    from datetime import date

    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).toordinal()
    except ValueError:
        return 0


def _clock(value: Any) -> float | None:
    """Seconds since midnight of HHMMSS.FFFFFF, of which the end may be missing."""
    text = str(value or "").replace(":", "").strip()
    try:
        return float(text[:2]) * 3600 + float(text[2:4] or 0) * 60 + float(text[4:] or 0)
    except ValueError:
        return None


def clock_text(seconds: float) -> str:
    """A time of day, as a reader writes it."""
    whole = round(seconds % 86400, 3)
    return f"{int(whole // 3600) % 24:02d}:{int(whole // 60) % 60:02d}:{whole % 60:06.3f}".removesuffix(".000")
