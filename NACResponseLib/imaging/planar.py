"""2D images: a mammogram, a frame of ultrasound, and contours on them.

A 2D image is held as a 3D image of one slice, 1 mm thick by convention, so that all else treats it alike. Its pixel
size must stand in its file: shape and texture mean nothing without it, and formats made for photographs (PNG, JPEG,
TIFF) do not tell it, or tell at what size to print.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from .dicom import series_files
from .geometry import check_axes
from .ultrasound import pixel_size

_FORMATS = ("GDCMImageIO", "NrrdImageIO", "MetaImageIO", "NiftiImageIO")
_DICOM_SPACING = ("0018|1164", "0028|0030", "0018|2010")
"""Imager pixel spacing, pixel spacing, nominal scanned pixel spacing: each between rows, then between columns."""
_DECLARED = {
    "NrrdImageIO": rb"^(spacings|space directions):",
    "MetaImageIO": rb"^Element(Spacing|Size)\s*=",
}
LARGEST_MM = 500.0
"""Of mammograms and frames of ultrasound."""
_REMEDY = "save it as DICOM, NRRD or MHA with its pixel size in mm"


def is_plane(image: sitk.Image) -> bool:
    """Whether an image is a 2D one, held as one slice."""
    return image.GetSize()[2] == 1


def check_plane(path: Path, contour: bool = False) -> None:
    """Reads the header alone.

    Raises:
        InputError: as ``read_plane``, as far as the header tells.
    """
    _opened(path, contour)


def read_plane(path: Path, contour: bool = False) -> sitk.Image:
    """A 2D image, or a 3D one of one slice, as one slice of 1 mm; grey values, labels or segments, in any pixel type.

    The pixel size is what the file says: of DICOM the spacing that ITK takes, else the imager's, the pixel's or the
    scanned film's, else the scale of the ultrasound regions. A mammogram's is at the detector, magnification and all.

    Args:
        contour: it may have been drawn by a program that takes a pixel for 1 mm: see ``on_pixels``.

    Raises:
        InputError: no image, a volume or several frames, a pixel size that is not told or that no device has.
        RuntimeError: the pixels cannot be read.
    """
    reader, spacing = _opened(path, contour)
    image = reader.Execute()
    keys = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    if image.GetDimension() == 2:
        image = sitk.JoinSeries([image])
    elif image.GetDimension() > 3:
        image = sitk.Extract(image, [*image.GetSize()[:3], *[0] * (image.GetDimension() - 3)])
    for key, value in keys.items():
        image.SetMetaData(key, value)
    image.SetSpacing((*spacing, 1.0))
    check_axes(image.GetDirection(), path.name)
    return image


def grey(image: sitk.Image, name: str) -> sitk.Image:
    """A colour image whose channels are the same as a grey one.

    Raises:
        InputError: other colours.
    """
    channels = image.GetNumberOfComponentsPerPixel()
    if channels == 1:
        return image
    values = sitk.GetArrayViewFromImage(image)
    if not (values == values[..., :1]).all():
        raise InputError(
            "a grey image", f"colours in {name}", "export the frame without colour Doppler and coloured marks"
        )
    return sitk.VectorIndexSelectionCast(image, 0)


def single_file(folder: Path, wanted: str | None) -> Path:
    """The DICOM file of a folder with one, or of the series asked for.

    Args:
        wanted: series instance UID or series description.

    Raises:
        InputError: no DICOM, several series and no choice, or a series of several files.
    """
    files = series_files(folder, wanted)
    if len(files) != 1:
        raise InputError("a folder with one DICOM file", f"{len(files)} in {folder}", "give the file itself")
    return Path(files[0])


def on_pixels(mask: sitk.Image, image: sitk.Image) -> sitk.Image:
    """The mask on the image's own pixels, where it was drawn by a program that does not know their size.

    Ultrasound tells its scale in regions that most readers leave aside: to them a pixel measures 1 mm. A mask of as
    many pixels of 1 mm, in the same place, lies on those; any other stays as it is.

    Args:
        mask, image: of one slice.
    """
    unknown = np.allclose(mask.GetSpacing(), 1) and not np.allclose(image.GetSpacing(), 1)
    same = np.allclose(mask.GetOrigin(), image.GetOrigin()) and np.allclose(mask.GetDirection(), image.GetDirection())
    if not (unknown and same and mask.GetSize() == image.GetSize()):
        return mask
    moved = sitk.Image(mask)
    moved.CopyInformation(image)
    return moved


def _opened(path: Path, contour: bool) -> tuple[sitk.ImageFileReader, tuple[float, float]]:
    """A reader of the file, its header read and checked, and the pixel size along x and y in mm."""
    reader = sitk.ImageFileReader()
    kind = reader.GetImageIOFromFileName(str(path))
    if kind and kind not in _FORMATS:
        raise InputError("a 2D image that tells its pixel size in mm", f"{path.name} without it", _REMEDY)
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        expected = "a 2D image (DICOM, NRRD, NIfTI or MHA)"
        raise InputError(expected, f"{path.name}, whose header cannot be read", "export it again") from None
    size = reader.GetSize()
    if any(count > 1 for count in size[2:]):
        shape = " x ".join(map(str, size))
        raise InputError("a 2D image", f"{shape} voxels in {path.name}", "give one slice or one frame")
    spacing = _spacing(path, kind, reader)
    if min(size[:2]) < 4 or not all(0.01 <= edge <= 20 for edge in spacing):
        found = f"{size[0]} x {size[1]} pixels of {spacing[0]:g} x {spacing[1]:g} mm in {path.name}"
        raise InputError("a 2D image with pixels of 0.01 to 20 mm", found, "correct the pixel size in its header")
    extent = max(size[0] * spacing[0], size[1] * spacing[1])
    if not contour and extent > LARGEST_MM:  # a pixel taken for 1 mm, as programs write that do not know its size
        found = f"{extent:g} mm in {path.name}"
        raise InputError(f"a 2D image of at most {LARGEST_MM:g} mm", found, "correct the pixel size in its header")
    return reader, spacing


def _spacing(path: Path, kind: str, reader: sitk.ImageFileReader) -> tuple[float, float]:
    told: tuple[float, float] | None = (reader.GetSpacing()[0], reader.GetSpacing()[1])
    if kind == "GDCMImageIO":
        if told == (1.0, 1.0):  # what ITK assumes where it finds nothing
            told = _dicom_spacing(reader) or pixel_size(path)
    elif kind in _DECLARED and not re.search(_DECLARED[kind], _text_header(path), re.MULTILINE):
        told = None
    if told is None:
        raise InputError("a 2D image that tells its pixel size in mm", f"{path.name} without it", _REMEDY)
    return told


def _dicom_spacing(reader: sitk.ImageFileReader) -> tuple[float, float] | None:
    for key in _DICOM_SPACING:
        if reader.HasMetaDataKey(key):
            try:
                rows, columns = map(float, reader.GetMetaData(key).split("\\"))
            except ValueError:
                continue
            return columns, rows
    return None


def _text_header(path: Path) -> bytes:
    """The lines before the first empty one, or before the voxels of a MetaImage."""
    with path.open("rb") as stream:
        beginning = stream.read(65536)
    return re.split(rb"\r?\n\r?\n|\nElementDataFile", beginning, maxsplit=1)[0]
