"""A 2D DICOM image: a mammogram or a frame of ultrasound, with the pixel size that it states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..files.bounded import check_size
from ..lattice import Lattice
from .instances import Instance, damaged, decimals, read_header, read_whole, reading
from .pixels import frame_reader
from .ultrasound import region_scale

_PROJECTIONS = ("MG", "CR", "DX", "RG", "PX", "IO", "RF", "XA")
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")


def open_plane(path: Path) -> tuple[Instance, Lattice | None]:
    """The header, and where the pixels lie, one slice of 1 mm; None where the file does not state their size.

    The pixel size is the detector's of a projection, else the pixels' own, or that of a scanned film, or the scale of
    the ultrasound regions.

    Raises:
        InputError: no picture, several frames, or different scales in one.
    """
    instance = read_header(path)
    header = instance.header
    with reading(path):
        if not instance.is_image:
            raise InputError("a DICOM image", f"{instance.text('Modality') or 'none'} in {path.name}", "give the image")
        rows, columns = int(header.Rows), int(header.Columns)
        if instance.frames > 1:
            found = f"{columns} x {rows} x {instance.frames} voxels in {path.name}"
            raise InputError("a 2D image", found, "give one slice or one frame")
        spacing = _spacing(instance)
        if spacing is None:
            return instance, None
        position, cosines = decimals(header, "ImagePositionPatient", 3), decimals(header, "ImageOrientationPatient", 6)
        axes = np.eye(3)
        if cosines is not None:
            axes = np.stack([cosines[:3], cosines[3:], np.cross(cosines[:3], cosines[3:])], axis=1)
        origin = np.zeros(3) if position is None else position
        return instance, Lattice((columns, rows, 1), origin, axes * [*spacing, 1.0])


def _spacing(instance: Instance) -> tuple[float, float] | None:
    """Between columns and between rows, mm."""
    kinds = list(_SPACINGS)
    if instance.text("Modality") in _PROJECTIONS or instance.kind.startswith("1.2.840.10008.5.1.4.1.1.1"):
        kinds.insert(0, kinds.pop(1))
    for keyword in kinds:
        spacing = decimals(instance.header, keyword, 2)
        if spacing is not None:
            return float(spacing[1]), float(spacing[0])
    return region_scale(instance.header, instance.path.name)


def read_plane_pixels(path: Path) -> np.ndarray:
    """Values (y, x), or (y, x, channel) of colours; rescaled, and turned round where the lowest value is shown white.

    Raises:
        InputError: pixels that are damaged or cannot be decoded.
    """
    dataset = read_whole(path)
    with reading(path):
        if int(dataset.get("SamplesPerPixel") or 1) > 1:
            return _colours(dataset, path)
        values = frame_reader(dataset, path)(0)
        if str(dataset.get("PhotometricInterpretation")) == "MONOCHROME1":
            values = _turned_round(values, dataset)
        slope, intercept = (decimals(dataset, key, 1) for key in ("RescaleSlope", "RescaleIntercept"))
        factor = 1.0 if slope is None else float(slope[0])
        offset = 0.0 if intercept is None else float(intercept[0])
        return values if (factor, offset) == (1, 0) else values.astype(np.float64) * factor + offset


def _turned_round(values: np.ndarray, dataset: Any) -> np.ndarray:
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    if values.dtype.kind == "i":
        return (-1 - values.astype(np.int64)).astype(values.dtype)
    return ((1 << bits) - 1 - values.astype(np.int64)).astype(values.dtype)


def _colours(dataset: Any, path: Path) -> np.ndarray:
    from pydicom.pixels import pixel_array

    length = int(dataset.Rows) * int(dataset.Columns) * 3 * int(dataset.BitsAllocated) // 8
    check_size(length, path.name)
    if not dataset.file_meta.TransferSyntaxUID.is_compressed and len(dataset.PixelData) < length:
        raise damaged(path, "pixels are missing")
    return pixel_array(dataset)
