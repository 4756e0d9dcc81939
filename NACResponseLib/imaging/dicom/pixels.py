"""Stored values of a frame: by pydicom, and by GDCM for the compressions that pydicom has no free decoder for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from ...errors import InputError
from ..files.bounded import check_size
from .instances import damaged, reading

_PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99")
"""Transfer syntaxes whose pixels are stored as they are, little endian."""
_LARGEST_FRAME = 1 << 28


def frame_reader(dataset: Any, path: Path) -> Callable[[int], np.ndarray]:
    """A function that gives the stored values (rows, columns) of a frame by its number, whole numbers or floats.

    Raises:
        InputError: no pixels, or pixels that are cut short or too many.
    """
    rows, columns, frames = int(dataset.Rows), int(dataset.Columns), int(dataset.get("NumberOfFrames") or 1)
    for keyword, kind in (("FloatPixelData", "<f4"), ("DoubleFloatPixelData", "<f8")):
        if keyword in dataset:
            whole = _native(dataset.get(keyword), np.dtype(kind), (frames, rows, columns), path)
            return whole.__getitem__
    if "PixelData" not in dataset:
        raise InputError("a DICOM image with pixels", f"{path.name} without any, it is cut short", "export it again")
    bits = int(dataset.BitsAllocated)
    if bits not in (8, 16, 32) or int(dataset.get("SamplesPerPixel") or 1) != 1:
        found = f"{dataset.get('SamplesPerPixel')} of {bits} bits in {path.name}"
        raise InputError("one grey value of 8, 16 or 32 bits a pixel", found, "export it as a grey-scale image")
    if rows * columns * bits // 8 > _LARGEST_FRAME:
        raise InputError("frames of at most 256 MiB", f"{columns} x {rows} pixels in {path.name}", "export it again")
    syntax = str(getattr(dataset, "file_meta", {}).get("TransferSyntaxUID") or _PLAIN[0])
    signed = int(dataset.get("PixelRepresentation") or 0) == 1
    kind = f"{'i' if signed else 'u'}{bits // 8}"
    if syntax in _PLAIN:
        whole = _native(dataset.PixelData, np.dtype("<" + kind), (frames, rows, columns), path)
        return lambda number: _meaningful(whole[number].astype(kind, copy=False), dataset)
    return lambda number: _meaningful(_decoded(dataset, number, path).astype(kind, copy=False), dataset)


def _native(content: bytes, kind: np.dtype, shape: tuple[int, int, int], path: Path) -> np.ndarray:
    length = int(np.prod(shape, dtype=float)) * kind.itemsize
    check_size(length, path.name)
    if len(content or b"") < length:
        found = f"{path.name}, cut short: {len(content or b'')} of {length} bytes of pixels"
        raise InputError("a whole DICOM file", found, "copy or export it again")
    return np.frombuffer(content, kind, length // kind.itemsize).reshape(shape)


def _meaningful(values: np.ndarray, dataset: Any) -> np.ndarray:
    """The bits that hold the value; others may hold overlays (PS3.5, 8.1.1)."""
    allocated, stored = int(dataset.BitsAllocated), int(dataset.get("BitsStored") or dataset.BitsAllocated)
    high = int(dataset.get("HighBit", stored - 1))
    if stored == allocated or not 0 < stored <= high + 1 <= allocated:
        return values
    return np.right_shift(np.left_shift(values, allocated - 1 - high), allocated - stored)


def _decoded(dataset: Any, number: int, path: Path) -> np.ndarray:
    from pydicom.pixels import pixel_array

    try:
        with reading(path):
            return pixel_array(dataset, index=number, raw=True)
    except InputError as error:
        if dataset.file_meta.TransferSyntaxUID.is_compressed:
            return _by_gdcm(dataset, number, path)
        raise error


def _by_gdcm(dataset: Any, number: int, path: Path) -> np.ndarray:
    """One compressed frame alone, in a file that says nothing of rescaling, decoded by GDCM."""
    from pydicom.encaps import encapsulate, get_frame

    keys = ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
    name = dataset.file_meta.TransferSyntaxUID.name
    with reading(path):
        coded = get_frame(dataset.PixelData, number, number_of_frames=int(dataset.get("NumberOfFrames") or 1))
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "frame.dcm"
        with reading(path):
            _frame_file(dataset, keys, encapsulate([coded])).save_as(alone, enforce_file_format=True)
        try:
            values = sitk.GetArrayFromImage(sitk.ReadImage(str(alone)))
        except RuntimeError as error:
            if "codec" in str(error).lower() or "unsupported" in str(error).lower():
                found = f"{name} in {path.name}"
                raise InputError("pixels that can be decoded", found, "export it uncompressed") from None
            raise damaged(path, f"its pixels ({name}) cannot be decoded") from None
    return values.reshape(int(dataset.Rows), int(dataset.Columns))


def _frame_file(dataset: Any, keys: tuple[str, ...], pixels: bytes) -> Any:
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import generate_uid

    alone = Dataset()
    alone.file_meta = FileMetaDataset()
    alone.file_meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    alone.SOPClassUID, alone.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", generate_uid()
    alone.Modality, alone.SamplesPerPixel, alone.PhotometricInterpretation = "MR", 1, "MONOCHROME2"
    for key in keys:
        setattr(alone, key, dataset.get(key))
    alone.PixelData = pixels
    alone["PixelData"].is_undefined_length = True
    return alone
