"""The kinds of CT, and single files that contradict themselves or are damaged; see ``kinds``."""

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pydicom import dcmread
from SimpleITK import GetArrayFromImage as array

from .dicom_files import like, series, texts, uid
from .kinds import CHEST, DAMAGED, SLICES, kind, values


def ct_kinds(out: Path, *_: object) -> Iterator[dict]:
    """Part of a chest CT, with a synthetic ball of 12 mm in the gland as its contour."""
    image = sitk.ReadImage(str(CHEST))[30:170, 60:200, 2:44]
    origin, edges = np.array(image.GetOrigin()), np.array(image.GetSpacing())  # the direction is the identity
    index = np.moveaxis(np.indices(image.GetSize()[::-1])[::-1], 0, -1) * edges
    centre, more = origin + [75, 90, 15] * edges, {"modality": "CT", "contour": "ct_ball.nrrd"}
    mask = np.linalg.norm(origin + index - centre, axis=-1) <= 12
    sitk.WriteImage(like(mask, image), out / "ct_ball.nrrd", True)
    scout, whole = dcmread(series(out / "ct_scout", image, modality="CT")[0]), values(image, array(image), mask)
    scout.ImageOrientationPatient, scout.ImageType = [1, 0, 0, 0, 0, -1], ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout.SOPInstanceUID = scout.file_meta.MediaStorageSOPInstanceUID = uid("scout")
    scout.save_as(out / "ct_scout" / "scout.dcm")
    yield kind("ct_scout", whole, ["orientation", "scout", "localizer"], "ct_scout", **more)
    down = np.array([0, np.cos(np.pi / 12), np.sin(np.pi / 12)])
    shear, middle = np.array([[1, 0, 0], down, [0, 0, 1]]).T, origin + edges * (np.array(image.GetSize()) - 1) / 2
    transform = sitk.AffineTransform(shear.ravel().tolist(), [0.0] * 3, middle.tolist())
    tilted, corner = sitk.Resample(image, image, transform, sitk.sitkLinear, -1024), shear @ (origin - middle) + middle
    turned, places = texts([1, 0, 0, *down]), [texts(corner + k * edges * [0, 0, 1]) for k in SLICES[:42]]
    tags = {"ImageOrientationPatient": turned, "GantryDetectorTilt": "15"}
    series(out / "ct_tilt", tilted, lambda k: {**tags, "ImagePositionPatient": places[k]}, "CT")
    mean = array(tilted)[np.linalg.norm(corner + index @ shear.T - centre, axis=-1) <= 12].mean()
    found = {"mean_in_tumour": round(float(mean), 4), "tumour_volume_mm3": whole["tumour_volume_mm3"]}
    words, loose = ["tilt", "slanted", "shear", "right angles"], {"mean_tolerance": 6.0, "volume_tolerance_mm3": 250.0}
    yield kind("ct_tilt", found, words, "ct_tilt", **more, **loose)
    offset = sitk.Cast(sitk.Clamp(image + 1024, sitk.sitkInt16, 0, 4095), sitk.sitkUInt16)
    sitk.WriteImage(offset, out / "ct_offset_units.nrrd", True)
    found, words = values(image, array(offset), mask), ["Hounsfield", "HU"]
    yield kind("ct_offset_units", found, words, "ct_offset_units.nrrd", warn_words=words, **more)


def file_kinds(out: Path, image: sitk.Image, mask: np.ndarray) -> Iterator[dict]:
    """Single files: headers that contradict themselves, and damage."""
    sitk.WriteImage(image, out / "forms_disagree.nii.gz", True)
    content, turn = bytearray(gzip.decompress((out / "forms_disagree.nii.gz").read_bytes())), np.pi / 18
    affine = np.array(struct.unpack_from("<12f", content, 280)).reshape(3, 4)
    affine = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]] @ affine
    struct.pack_into("<2h", content, 252, 1, 2)
    struct.pack_into("<12f", content, 280, *(affine + np.eye(3, 4, 3) * 30).ravel())
    (out / "forms_disagree.nii.gz").write_bytes(gzip.compress(bytes(content), mtime=0))
    yield kind("forms_disagree", None, ["sform", "qform"], "forms_disagree.nii.gz")
    voxels, near = array(image).astype(np.float32), array(sitk.BinaryDilate(like(mask, image), [9, 9, 4])) > 0
    voxels[(voxels < 12) & ~near] = np.nan
    sitk.WriteImage(like(voxels, image), out / "nan_background.nii.gz", True)
    yield kind("nan_background", values(image, array(image), mask), image="nan_background.nii.gz")
    sitk.WriteImage(image, out / "flipped_byte.mha", True)
    content = bytearray((out / "flipped_byte.mha").read_bytes())
    content[len(content) * 3 // 5] ^= 0x10
    (out / "flipped_byte.mha").write_bytes(bytes(content))
    yield kind("flipped_byte", None, DAMAGED, "flipped_byte.mha")
    field = f"NRRD0004\ntype: short\ndimension: 3\nsizes: 8 8 8\nencoding: raw\n{'a' * 3000}: 1\n\n"
    many = f"ObjectType = Image\nNDims = 127\nBinaryData = True\nDimSize = {'2 ' * 127}\nElementType = MET_SHORT\n"
    for name, head in {"long_field.nrrd": field, "many_dimensions.mha": f"{many}ElementDataFile = LOCAL\n"}.items():
        (out / name).write_bytes(head.encode() + bytes(1024))
        yield kind(name.partition(".")[0], None, [*DAMAGED, "dimension", "3D"], name)
