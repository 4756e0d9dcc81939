"""2D images: a mammogram, a frame of ultrasound, and contours on them.

A 2D image is held as a 3D image of one slice, 1 mm thick by convention, so that all else treats it alike. Its pixel
size must stand in its file: shape and texture mean nothing without it, and formats made for photographs (PNG, JPEG,
TIFF) do not state it, or state the size in print.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import InputError
from .dicom.instances import Instance, instances_of, is_dicom
from .dicom.plane import open_plane, read_plane_pixels
from .dicom.series import choose_series, series_of
from .files.bounded import beginning, check_ordinary
from .files.opening import open_stored
from .files.stored import Stored
from .geometry import check_axes
from .lattice import Lattice
from .source import Source

LARGEST_MM = 500.0
"""Of mammograms and frames of ultrasound."""
_REMEDY = "save it as DICOM, NRRD or MHA with its pixel size in mm"
_PHOTOGRAPHS = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM", b"GIF8")


@dataclass(frozen=True)
class Plane:
    """A 2D image whose header was read and checked.

    Attributes:
        lattice: of one slice of 1 mm.
        read: gives (layers, y, x, or with colours y, x, channel).
        stored: the header of a file that is not DICOM.
        instance: of one that is.
    """

    lattice: Lattice
    read: Callable[[], np.ndarray]
    stored: Stored | None = None
    instance: Instance | None = None


def is_plane(image: sitk.Image) -> bool:
    """Whether an image is a 2D one, held as one slice."""
    return image.GetSize()[2] == 1


def open_plane_of(source: Source, contour: bool = False) -> Plane:
    """Reads the header of a 2D image, or of a 3D one of one slice.

    Args:
        contour: it may have been drawn by a program that takes a pixel for 1 mm: see ``on_pixels``.

    Raises:
        InputError: no image, a volume or several frames, a pixel size that is not stated or that no device has.
    """
    path = _single_file(source) if source.path.is_dir() else source.path
    check_ordinary(path)
    if is_dicom(path):
        instance, lattice = open_plane(path)
        found = Plane(_stated_lattice(path, lattice), lambda: read_plane_pixels(path)[None], instance=instance)
    else:
        stored = _open_file(path)
        found = Plane(_stated_lattice(path, _one_mm(stored)), lambda: stored.scaled(stored.read())[:, 0], stored=stored)
    _check(found.lattice, path.name, contour)
    return found


def _one_mm(stored: Stored) -> Lattice | None:
    """Of one slice of 1 mm; None where the file does not state its pixel size."""
    if not stored.spaced:
        return None
    steps = stored.lattice.steps.copy()
    steps[:, 2] /= np.linalg.norm(steps[:, 2]) or 1.0
    return Lattice(stored.lattice.size, stored.lattice.origin, steps)


def _open_file(path: Path) -> Stored:
    if beginning(path, 16).startswith(_PHOTOGRAPHS):
        raise InputError("a 2D image that states its pixel size in mm", f"{path.name} without it", _REMEDY)
    try:
        stored = open_stored(path)
    except InputError as error:
        if "no image of a known kind" not in str(error):
            raise
        expected = "a 2D image (DICOM, NRRD, NIfTI or MHA)"
        raise InputError(expected, f"{path.name}, whose header cannot be read", "export it again") from None
    if not stored.planar:
        shape = " x ".join(map(str, stored.lattice.size))
        raise InputError("a 2D image", f"{shape} voxels in {path.name}", "give one slice or one frame")
    return stored


def _stated_lattice(path: Path, lattice: Lattice | None) -> Lattice:
    if lattice is None:
        raise InputError("a 2D image that states its pixel size in mm", f"{path.name} without it", _REMEDY)
    return lattice


def _check(lattice: Lattice, name: str, contour: bool) -> None:
    (columns, rows, _), (x, y, _) = lattice.size, lattice.spacing.tolist()
    if min(columns, rows) < 4 or not all(0.01 <= edge <= 20 for edge in (x, y)):
        found = f"{columns} x {rows} pixels of {x:g} x {y:g} mm in {name}"
        raise InputError("a 2D image with pixels of 0.01 to 20 mm", found, "correct the pixel size in its header")
    extent = max(columns * x, rows * y)
    if not contour and extent > LARGEST_MM:  # a pixel taken for 1 mm, as programs write that do not know its size
        found = f"{extent:g} mm in {name}"
        raise InputError(f"a 2D image of at most {LARGEST_MM:g} mm", found, "correct the pixel size in its header")
    check_axes(lattice.axes.ravel().tolist(), name)


def plane_image(plane: Plane, name: str) -> sitk.Image:
    """A checked 2D image as one slice; colours whose channels are the same count as grey.

    Raises:
        InputError: other colours, several values a pixel, or pixels that are damaged.
    """
    layers = plane.read()
    if len(layers) > 1:
        raise InputError("one value a voxel", f"{len(layers)} in {name}", "give a grey-scale image")
    values = layers[0]
    if values.ndim == 3:
        if not (values == values[..., :1]).all():
            raise InputError(
                "a grey image", f"colours in {name}", "export the frame without colour Doppler and coloured marks"
            )
        values = values[..., 0]
    image = sitk.GetImageFromArray(np.ascontiguousarray(values)[None])
    plane.lattice.place(image)
    return image


def _single_file(source: Source) -> Path:
    """The DICOM file of a folder with one, or of the series asked for.

    Raises:
        InputError: no DICOM, several series and no choice, or a series of several files.
    """
    images = [one for one in instances_of(source.path) if one.is_image]
    series = choose_series(series_of(images, lambda _text: None), source)
    if len(series.instances) != 1:
        found = f"{len(series.instances)} in {source.path}"
        raise InputError("a folder with one DICOM file", found, "give the file itself")
    return series.instances[0].path


def on_pixels(mask: sitk.Image, image: sitk.Image) -> sitk.Image:
    """The mask on the image's own pixels, where it was drawn by a program that does not know their size.

    Ultrasound states its scale in regions that most readers leave aside: to them a pixel measures 1 mm. A mask of as
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
