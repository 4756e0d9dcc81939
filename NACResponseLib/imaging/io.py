"""Images and masks from files: NRRD, NIfTI, MetaImage, DICOM folders, label maps and ``.seg.nrrd``; 2D ones see
``planar``.

A file may be followed by ``::`` and a selector: the segment's name (``case.seg.nrrd::Tumor_MRI``), the label's value
(``labels.nii.gz::2``) or the DICOM series (``folder::1.2.840...``, or its description).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..case import USER_MASKS, Case
from ..clinical import ClinicalRecord
from ..errors import InputError, unknown_name
from ..hashing import sha256_of, sha256_of_files
from . import segmentation
from .dicom import read_series
from .geometry import check_shape
from .nifti import checked_voxels
from .planar import grey, read_plane, single_file

SELECTOR = "::"


def split_selector(source: str | Path) -> tuple[Path, str | None]:
    """``FILE::SELECTOR`` as a path and the selector, or None where there is none."""
    if Path(source).exists():  # a path may itself hold two colons
        return Path(source), None
    path, _, selector = str(source).rpartition(SELECTOR) if SELECTOR in str(source) else (str(source), "", "")
    return Path(path), selector or None


def read_image(source: str | Path, planar: bool = False) -> sitk.Image:
    """A scalar 3D image, LPS, mm, in its stored pixel type.

    Args:
        source: the file or folder.
        planar: it is a 2D one, of which one slice is made; colour whose channels are the same counts as grey.

    Raises:
        InputError: no such file, not an image, colour, not 3D (or 2D), impossible geometry or none, NaN or infinite
            voxels, or every voxel the same.
    """
    path, selector = split_selector(source)
    image = _read(path, selector, planar)
    if planar:
        image = grey(image, path.name)
    if image.GetNumberOfComponentsPerPixel() > 1:
        raise InputError(
            "one value a voxel", f"{image.GetNumberOfComponentsPerPixel()} in {path.name}", "give a grey-scale image"
        )
    values = sitk.GetArrayViewFromImage(image)
    if np.issubdtype(values.dtype, np.complexfloating):
        raise InputError("real voxels", f"complex ones in {path.name}", "give the magnitude image")
    if np.issubdtype(values.dtype, np.floating):
        bad = int(values.size - np.isfinite(values).sum())
        if bad:
            raise InputError("finite voxels", f"{bad} NaN or infinite ones in {path.name}", "export the image again")
    if values.min() == values.max():
        raise InputError("an image with contrast", f"{values.min():g} in every voxel of {path.name}", "check the file")
    return image


def read_mask(source: str | Path, preferred: str | None = None, planar: bool = False) -> sitk.Image:
    """A mask from a label map or a ``.seg.nrrd``: unsigned 8-bit, 0 or 1, on its own grid.

    Args:
        source: the file, with a selector where it holds several segments or labels.
        preferred: the segment to take where no selector is given and several are there.
        planar: it is a 2D one, of which one slice is made.

    Raises:
        InputError: as ``read_image``; besides, values that are no labels, an unknown segment or label, several
            without a choice, or no voxel in the mask.
    """
    path, selector = split_selector(source)
    image = _read(path, None, planar, contour=True)
    segments = segmentation.segments_of(image)
    if segments:
        mask = segmentation.pick_segment(image, segments, selector, preferred, path.name)
    else:
        mask = segmentation.pick_label(image, selector, path.name)
    if not sitk.GetArrayViewFromImage(mask).any():
        raise InputError("a mask with voxels", f"an empty mask in {path.name}", "draw it and save again")
    return mask


def load_case(
    patient_id: str,
    images: Mapping[str, str | Path],
    contours: Mapping[str, str | Path],
    clinical: ClinicalRecord | None = None,
    scanners: Mapping[str, str] | None = None,
    masks: Mapping[str, str | Path] | None = None,
    planar: Collection[str] = (),
) -> Case:
    """A case from files.

    Args:
        patient_id: as it shall appear in results.
        images: file by image name (``MRI_CET1``).
        contours: file by contour name (``MRI``); in a ``.seg.nrrd`` the segment ``Tumor_<name>`` is looked for.
        clinical: the clinical record.
        scanners: by modality.
        masks: the user's own ``skin``, ``chest_wall``, ``breast``; ``MRI:skin`` for one contour.
        planar: the images and contours that are 2D, as ``Protocol.planar`` names them.

    Raises:
        InputError: a file that cannot be used.
    """
    for name in masks or {}:
        if name.rpartition(":")[2] not in USER_MASKS:
            raise unknown_name("a mask", name, USER_MASKS)
    groups = {"image": images, "contour": contours, "mask": masks or {}}
    return Case(
        patient_id=patient_id,
        images={name: read_image(source, name in planar) for name, source in images.items()},
        contours={name: read_mask(source, f"Tumor_{name}", name in planar) for name, source in contours.items()},
        clinical=clinical or ClinicalRecord(),
        scanners=dict(scanners or {}),
        masks={name: read_mask(source, name.rpartition(":")[2]) for name, source in (masks or {}).items()},
        provenance={
            f"{role} {name}": sha256(split_selector(source)[0])
            for role, sources in groups.items()
            for name, source in sources.items()
        },
    )


def write_image(image: sitk.Image, path: Path) -> None:
    """Writes an image, compressed.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        with _quiet():
            sitk.WriteImage(image, str(path), True)
    except RuntimeError:
        raise InputError("a place to write", f"{path} cannot be written", "choose another folder") from None


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes; of a folder, of its files' hashes in name order.

    A header whose voxels lie in a file of their own (``.mhd``, ``.nhdr``) is hashed together with that file.
    """
    if path.is_dir():
        names = sorted(file for file in path.rglob("*") if file.is_file())
        return sha256_of("".join(sha256(file) for file in names).encode())
    return sha256_of_files((path, *_detached(path)))


def _detached(path: Path) -> tuple[Path, ...]:
    """The file that a detached header names, if there is one."""
    if path.suffix.lower() not in (".mhd", ".nhdr"):
        return ()
    header = path.read_text(encoding="latin-1")
    named = re.search(r"^(?:ElementDataFile\s*=|data ?file:)\s*(.+?)\s*$", header, re.MULTILINE | re.IGNORECASE)
    data = path.parent / named.group(1) if named else path
    return (data,) if data != path and data.is_file() else ()


def _read(path: Path, selector: str | None, planar: bool, contour: bool = False) -> sitk.Image:
    if planar and path.is_dir():
        with _quiet():
            path, selector = single_file(path, selector), None
    if path.is_dir():
        with _quiet():
            image = read_series(path, selector)
    elif not path.is_file():
        raise InputError("an image file or a DICOM folder", f"nothing at {path}", "check the path")
    elif not os.access(path, os.R_OK):
        raise InputError("a file you may read", f"{path} without permission", "ask for access to it")
    elif selector is not None:
        raise InputError("a DICOM folder before '::'", f"the file {path.name}", f"leave out '::{selector}'")
    elif planar:
        return _read_plane(path, contour)
    else:
        image = _read_file(path)
    check_shape(image.GetSize(), image.GetSpacing(), image.GetDirection(), path.name)
    return image


def _read_plane(path: Path, contour: bool) -> sitk.Image:
    checked_voxels(path)
    try:
        with _quiet():
            return read_plane(path, contour)
    except RuntimeError:
        raise InputError("a whole 2D image", f"{path.name}, damaged or cut short", "export it again") from None


def _read_file(path: Path) -> sitk.Image:
    voxels = checked_voxels(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        with _quiet():
            reader.ReadImageInformation()
            _check_header(reader, path.name)
            image = reader.Execute() if voxels is None else _placed(voxels, reader)
    except RuntimeError as error:
        reason = "it is damaged or cut short" if "determine ImageIO" not in str(error) else "it is no image"
        if "spacing" in str(error).lower():
            reason = "its voxel spacing is zero"
        raise InputError(
            "an image (NRRD, NIfTI, MHA or a DICOM folder)", f"{path.name}, unreadable: {reason}", "export it again"
        ) from None
    if image.GetDimension() == 4:  # a NIfTI file may carry a time axis of length one
        image = sitk.Extract(image, [*image.GetSize()[:3], 0], [0, 0, 0, 0])
    return image


def _placed(voxels: np.ndarray, reader: sitk.ImageFileReader) -> sitk.Image:
    """Voxels where the header, as ITK understands it, says that they lie."""
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(reader.GetSpacing()[:3])
    image.SetOrigin(reader.GetOrigin()[:3])
    n, direction = reader.GetDimension(), reader.GetDirection()
    image.SetDirection([direction[n * row + column] for row in range(3) for column in range(3)])
    return image


def _check_header(reader: sitk.ImageFileReader, name: str) -> None:
    """Refuses by the header what ITK would read wrongly or in vain."""
    size = reader.GetSize()
    if len(size) < 3 or (len(size) > 3 and any(n > 1 for n in size[3:])):
        shape = " x ".join(str(n) for n in size)
        remedy = "give the whole series of slices" if len(size) < 3 else "give one of its volumes"
        raise InputError("a 3D image", f"a {len(size)}D image of {shape} voxels in {name}", remedy)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences what ITK's readers print from C before they raise: the user gets the one line of the InputError."""
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    with ExitStack() as undo:
        undo.callback(sitk.ProcessObject.SetGlobalWarningDisplay, shown)
        with suppress(OSError):  # a program without a terminal may have no such stream
            kept, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
            undo.callback(os.close, kept)
            undo.callback(os.close, sink)
            undo.callback(os.dup2, kept, 2)
            os.dup2(sink, 2)
        yield
