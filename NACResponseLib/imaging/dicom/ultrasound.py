"""The scale of an ultrasound frame, which is stated in a sequence of regions (PS3.3, C.8.5.5)."""

from __future__ import annotations

from typing import Any

from ...errors import InputError

_TISSUE, _CENTIMETRES = 1, 3


def region_scale(dataset: Any, name: str) -> tuple[float, float] | None:
    """The size of a frame's pixels along x and y in mm, of its regions of tissue; None where none states it.

    Args:
        name: of the file, for messages.

    Raises:
        InputError: regions of different scales.
    """
    scales = []
    for region in dataset.get("SequenceOfUltrasoundRegions") or []:
        units = [region.get(f"PhysicalUnits{axis}Direction") for axis in "XY"]
        x, y = (abs(float(region.get(f"PhysicalDelta{axis}") or 0)) * 10 for axis in "XY")
        if region.get("RegionSpatialFormat") == _TISSUE and units == [_CENTIMETRES] * 2 and x > 0 and y > 0:
            scales.append((x, y))
    for scale in scales:
        if any(abs(a / b - 1) > 0.001 for a, b in zip(scale, scales[0], strict=True)):
            shown = " and ".join(f"{x:.3g} x {y:.3g} mm" for x, y in (scales[0], scale))
            raise InputError("one scale in all of an ultrasound frame", f"{shown} in {name}", "export one image")
    return scales[0] if scales else None
