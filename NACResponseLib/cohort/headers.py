"""Whether a file's header tells of a usable volume, or 2D image, without reading its voxels."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk

from ..errors import InputError
from ..imaging.geometry import check_shape
from ..imaging.planar import check_plane, single_file


def check_header(path: Path, series: str | None = None, planar: bool = False, contour: bool = False) -> None:
    """Reads the header of an image or contour, or looks for a DICOM series in a folder.

    Args:
        path: a file, or a folder of DICOM files.
        series: the UID wanted of a folder; a description is looked for only when the series is read.
        planar: a 2D image is asked for.
        contour: the file holds a contour.

    Raises:
        InputError: nothing there, no header that can be read, or a geometry that no scanner makes.
    """
    if path.is_dir() and not planar:
        _check_series(path, series)
        return
    path = single_file(path, series) if path.is_dir() else path
    if not path.is_file():
        raise InputError("an image file or a DICOM folder", f"nothing at {path}", "check the path")
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        if planar:
            check_plane(path, contour)
        else:
            _check_volume(path)
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)


def _check_volume(path: Path) -> None:
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        expected = "an image (NRRD, NIfTI, MHA or a DICOM folder)"
        raise InputError(expected, f"{path.name}, whose header cannot be read", "export it again") from None
    size = reader.GetSize()
    if len(size) < 3 or any(n > 1 for n in size[3:]):
        shape = " x ".join(map(str, size))
        raise InputError("a 3D image", f"{shape} voxels in {path.name}", "give the whole series of slices")
    n = len(size)
    direction = reader.GetDirection()
    axes = [direction[n * row + column] for row in range(3) for column in range(3)]
    check_shape(size[:3], reader.GetSpacing()[:3], axes, path.name)


def _check_series(folder: Path, series: str | None) -> None:
    found = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(folder))
    if not found:
        raise InputError("a folder of DICOM files", f"none in {folder}", "choose the folder of the slices")
    if series is None and len(found) > 1:
        remedy = "add '::' and the series UID or description to the folder"
        raise InputError("one DICOM series", f"{len(found)} in {folder}", remedy)
