"""Images and masks from files: NRRD, NIfTI, MetaImage, DICOM of all kinds, label maps, ``.seg.nrrd``, SEG and RTSTRUCT.

``source`` says how a part of a file is named, as ``case.seg.nrrd::Tumor_MRI`` or ``folder::AX DYN#2``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import SimpleITK as sitk

from ..case import USER_MASKS, Case, Examination
from ..clinical import ClinicalRecord
from ..errors import InputError, unknown_name
from ..hashing import sha256_of, sha256_of_files
from ..protocol import Protocol
from .files.opening import open_stored
from .geometry import mask_array
from .lattice import Note, ReadingWarning
from .plausibility import check_ct, check_mr, check_volume, without_holes
from .points import read_points
from .reading import Contour, Picture, open_contour, open_picture
from .source import Source, parse_source, private, without_folders


def read_image(source: str | Path | Source, planar: bool = False, note: Note | None = None) -> sitk.Image:
    """A scalar 3D image, LPS, mm, in its stored pixel type unless it is rescaled.

    Args:
        source: the file or folder, and which part of it.
        planar: it is a 2D one, of which one slice is made; colour whose channels are the same counts as grey.
        note: takes what must be known of it, as that it was resampled; a Python warning where None.

    Raises:
        InputError: no such file, not an image, colour, not 3D (or 2D), impossible geometry or none, several phases and
            no choice, NaN or infinite voxels, or every voxel the same.
    """
    warn = note or _warn
    picture = open_picture(parse_source(source), planar, warn)
    image = without_holes(picture.read(), [], picture.name, warn)
    _check_contrast(image, picture.name)
    return image


def read_mask(
    source: str | Path | Source,
    preferred: str | None = None,
    planar: bool = False,
    onto: sitk.Image | None = None,
    note: Note | None = None,
) -> sitk.Image:
    """A mask from a label map, a segmentation or contours: unsigned 8-bit, 0 or 1.

    Args:
        source: the file, with a name where it holds several segments, labels or regions.
        preferred: the segment to take where no name is given and several are there.
        planar: it is a 2D one, of which one slice is made.
        onto: the image that it was drawn on, on whose voxels contours of points (RTSTRUCT) are filled; any other
            contour has its own grid.
        note: as in ``read_image``.

    Raises:
        InputError: as ``read_image``; or values that are no labels, an unknown segment or label, several without a
            choice, or no voxel in the mask.
    """
    return _mask(open_contour(parse_source(source), preferred, planar), onto, note or _warn)


def _mask(contour: Contour, onto: sitk.Image | None, note: Note, tumour: bool = False) -> sitk.Image:
    mask = contour.read(onto, note, tumour)
    if not mask_array(mask).any():
        raise InputError("a mask with voxels", f"an empty mask in {contour.name}", "draw it and save again")
    return mask


def check_source(source: Source, planar: bool = False, contour: bool = False, note: Note | None = None) -> None:
    """Does what reading does before it comes to the voxels.

    Raises:
        InputError: as ``read_image`` or ``read_mask``, as far as headers show.
    """
    if contour:
        open_contour(source, None, planar)
    else:
        open_picture(source, planar, note or (lambda _text: None))


def load_case(
    patient_id: str,
    images: Mapping[str, str | Path | Source],
    contours: Mapping[str, str | Path | Source],
    clinical: ClinicalRecord | None = None,
    scanners: Mapping[str, str] | None = None,
    masks: Mapping[str, str | Path | Source] | None = None,
    planar: Collection[str] = (),
    protocol: Protocol | None = None,
    modality: str | None = None,
    recorded_id: str | None = None,
    wall_points: Mapping[str, str | Path] | None = None,
    examination: Examination | None = None,
) -> Case:
    """A case from files; what was noticed is in its warnings.

    Args:
        patient_id: as it shall appear in results.
        images: file by image name (``MRI_CET1``).
        contours: file by contour name (``MRI``); of several segments ``Tumor_<name>`` is looked for.
        clinical: the clinical record.
        scanners: by modality.
        masks: the user's own ``skin``, ``chest_wall``, ``breast``; ``MRI:skin`` for one contour.
        planar: the images and contours that are 2D, as ``Protocol.planar`` names them.
        protocol: gives each image's modality, time point and contour; without it an image is of the modality that
            DICOM or its name says, and of the contour that its name begins with.
        modality: of all images, ``MR`` or ``CT``, where there is no protocol.
        recorded_id: the patient's id in the hospital's record, which DICOM's is compared with.
        wall_points: file of points on the front of the pectoral muscle by contour, as ``read_points`` reads them.
        examination: its date and side, and who drew the contours; what it leaves out is taken from DICOM.

    Raises:
        InputError: a file that cannot be used.

    Example:
        >>> import NACResponseLib as nac
        >>> case = nac.load_case("P0", {"CT": "CT_0.mha"}, {"CT": "tumor_0.nii.gz"})
        >>> case.images["CT"].GetSize()
        (20, 20, 12)
    """
    for name in masks or {}:
        if name.rpartition(":")[2] not in USER_MASKS:
            raise unknown_name("a mask", name, USER_MASKS)
    groups = {"image": images, "contour": contours, "mask": masks or {}}
    sources = {f"{role} {name}": parse_source(of[name]) for role, of in groups.items() for name in of}
    warnings: list[str] = []
    note = warnings.append
    pictures = {name: open_picture(sources[f"image {name}"], name in planar, note) for name in images}
    drawn = {name: open_contour(sources[f"contour {name}"], f"Tumor_{name}", name in planar) for name in contours}
    read = {name: picture.read() for name, picture in pictures.items()}
    specs = protocol.images if protocol else {}
    served = {name: _served(name, images, contours, protocol) for name in contours}
    made = {}
    for name, contour in drawn.items():
        image = _drawn_on(contour, [(pictures[one], read[one]) for one in served[name] or images], name, note)
        made[name] = _mask(contour, image, note, tumour=True)
        if name not in planar:
            check_volume(made[name], name, note)
    for name, picture in pictures.items():
        around = [made[one] for one in made if name in served[one] and name not in planar]
        read[name] = without_holes(read[name], around, picture.name, note)
        _check_contrast(read[name], picture.name)
        kind = specs[name].modality if name in specs else modality
        _check_modality(read[name], name, picture, name in planar, kind, note)
    first = next(iter(read.values()), None)
    own = {
        name: read_mask(sources[f"mask {name}"], name.rpartition(":")[2], onto=first, note=note) for name in masks or {}
    }
    times = {f"image {name}": spec.time for name, spec in specs.items()}
    warnings += _of_one_patient(pictures, drawn, clinical, times, recorded_id)
    return Case(
        patient_id=patient_id,
        images=read,
        contours=made,
        clinical=clinical or ClinicalRecord(),
        scanners=dict(scanners or {}),
        masks=own,
        wall_points={name: read_points(source) for name, source in (wall_points or {}).items()},
        provenance={role: sha256(source.path) for role, source in sources.items()}
        | {f"wall points {name}": sha256(Path(source)) for name, source in (wall_points or {}).items()},
        warnings=tuple(dict.fromkeys(without_folders(text, sources) for text in warnings)),
        examination=_examined(pictures, drawn, examination or Examination()),
    )


def _served(contour: str, images: Collection[str], contours: Collection[str], protocol: Protocol | None) -> list[str]:
    """The images that a contour serves; all where there is one contour and none is named after it."""
    if protocol is not None:
        return [name for name in images if name in protocol.images and protocol.images[name].contour == contour]
    named = [name for name in images if name == contour or name.startswith(f"{contour}_")]
    return named or (list(images) if len(contours) == 1 else [])


def _drawn_on(contour: Contour, images: list[tuple[Picture, sitk.Image]], name: str, note: Note) -> sitk.Image | None:
    """The image that a contour was drawn on: the one whose series it names, else the first.

    Raises:
        InputError: it was drawn in another frame of reference than all of them.
    """
    from .dicom.identity import unlike_frames

    identity = contour.identity
    if identity is None or not images:
        return images[0][1] if images else None
    fitting = [(p, image) for p, image in images if p.identity is None or not unlike_frames(identity, p.identity)]
    if not fitting:
        found = f"another frame of reference than that of {images[0][0].name}, in {contour.name}"
        raise InputError(f"contour {name} drawn on its image", found, "give the contour of this image")
    by_series = [image for p, image in fitting if p.identity and set(p.identity.series) & set(identity.series)]
    if not by_series and identity.series and any(p.identity for p, _ in fitting):
        note(f"Contour {name} was drawn on another series than its images, in the same place of the patient.")
    return by_series[0] if by_series else fitting[0][1]


def _check_contrast(image: sitk.Image, name: str) -> None:
    values = sitk.GetArrayViewFromImage(image)
    if values.min() == values.max():
        raise InputError("an image with contrast", f"{values.min():g} in every voxel of {name}", "check the file")


def _check_modality(
    image: sitk.Image, name: str, picture: Picture, planar: bool, modality: str | None, note: Note
) -> None:
    recorded = picture.identity.modality if picture.identity else ""
    if modality and recorded in ("MR", "CT") and modality in ("MR", "CT") and recorded != modality:
        raise InputError(
            f"{modality} for image {name}", f"{recorded} by its DICOM header in {picture.name}", "give the right image"
        )
    kind = modality or recorded or {"CT": "CT", "MR": "MR", "MRI": "MR"}.get(name.split("_")[0].upper(), "")
    if not planar:
        check_modality(image, kind, picture.name, note)


def check_modality(image: sitk.Image, modality: str, name: str, note: Note) -> None:
    """Refuses CT that is not in Hounsfield units; a note where MR was windowed.

    Raises:
        InputError: CT without air.
    """
    if modality == "CT":
        check_ct(image, name)
    elif modality == "MR":
        check_mr(image, name, note)


def _of_one_patient(
    pictures: Mapping[str, Picture],
    drawn: Mapping[str, Contour],
    clinical: ClinicalRecord | None,
    times: Mapping[str, str],
    recorded_id: str | None,
) -> tuple[str, ...]:
    from .dicom.identity import mismatches

    found = {f"image {name}": one.identity for name, one in pictures.items() if one.identity}
    found |= {f"contour {name}": one.identity for name, one in drawn.items() if one.identity}
    age = clinical.age if clinical and clinical.age is not None else math.nan
    return mismatches(found, recorded_id, age, times)


def _examined(pictures: Mapping[str, Picture], drawn: Mapping[str, Contour], given: Examination) -> Examination:
    """What the user says, completed by DICOM; a person's name is not taken from there where results are private."""
    from .dicom.identity import examination_of

    images, contours = ([one.identity for one in every.values() if one.identity] for every in (pictures, drawn))
    found = examination_of(images, contours)
    return given.completed(replace(found, reader="") if private() else found)


def _warn(text: str) -> None:
    warnings.warn(text, ReadingWarning, stacklevel=4)


def write_image(image: sitk.Image, path: Path) -> None:
    """Writes an image, compressed.

    Raises:
        InputError: the file cannot be written.
    """
    shown = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        sitk.WriteImage(image, str(path), True)
    except RuntimeError:
        raise InputError("a place to write", f"{path} cannot be written", "choose another folder") from None
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(shown)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes; of a folder, of its files' hashes in name order.

    A header whose voxels lie in a file of their own (``.mhd``, ``.nhdr``) is hashed together with that file.
    """
    if path.is_dir():
        names = sorted(file for file in path.rglob("*") if file.is_file())
        return sha256_of("".join(sha256_of_files([file]) for file in names).encode())
    return sha256_of_files((path, *_detached(path)))


def _detached(path: Path) -> tuple[Path, ...]:
    """The file that a detached header names, if there is one."""
    if path.suffix.lower() not in (".mhd", ".nhdr", ".hdr"):
        return ()
    data = open_stored(path).voxels.path
    return (data,) if data != path and data.is_file() else ()
