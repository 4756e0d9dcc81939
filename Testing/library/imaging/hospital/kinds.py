"""The 25 kinds of inputs, and what a right reader makes of each.

``values``: what it finds; ``refuse_words``: one of them is in its refusal instead; ``warn_words``: one is in a warning.
The images are the sample patient's, and a chest CT that does not ship: its kinds are left out where it is absent.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pydicom import dcmread
from SimpleITK import GetArrayFromImage as array

from NACResponseLib.config import resources

from .contour_files import dicom_seg, legacy_seg_nrrd, rtstruct
from .dicom_files import axes, enhanced, like, series, texts

SAMPLE = resources() / "SampleData" / "nact06"
CHEST = Path(__file__).parents[5] / "shared" / "data" / "rider0109" / "rider0109_contrast_chest_ct.nii.gz"
DAMAGED = ["damaged", "unreadable", "cut short", "checksum"]
SLICES = np.arange(46)


def mr() -> sitk.Image:
    """The phase after contrast, cropped to the tumour: 112 x 120 x 46 voxels."""
    return sitk.ReadImage(str(SAMPLE / "MRI_CET1.nii.gz"))[36:148, 77:197, 8:54]


def tumour() -> np.ndarray:
    """The tumour as one closed piece without holes, on the grid of ``mr``: booleans, z y x."""
    mask = sitk.ReadImage(str(SAMPLE / "tumor_MRI.nii.gz"))[36:148, 77:197, 8:54]
    mask = sitk.BinaryMorphologicalClosing(mask > 0, [2, 2, 1])
    mask = sitk.RelabelComponent(sitk.ConnectedComponent(mask)) == 1
    return np.stack([array(sitk.BinaryFillhole(mask[:, :, k])) for k in SLICES.tolist()]).astype(bool)


def values(image, voxels, mask):
    """What a right reader finds: the grid (LPS, mm, x y z), the mean in the tumour and the tumour's volume."""
    names = ("size", "spacing", "origin", "direction")
    grid = {name: np.round(getattr(image, f"Get{name.title()}")(), 6).tolist() for name in names}
    mean, volume = np.asarray(voxels, float)[mask].mean(), mask.sum() * np.prod(image.GetSpacing())
    return grid | {"mean_in_tumour": round(float(mean), 4), "tumour_volume_mm3": round(float(volume), 2)}


def kind(name, found=None, words=(), image="plain", contour="tumor.nrrd", **more):
    """``found``: values a reader may give; ``words``: one of them is in the refusal it may give instead."""
    made = {"kind": name, "modality": "MR", "image": image, "contour": contour}
    return made | {"values": found, "refuse_words": list(words)} | more


def contour_kinds(out: Path, image: sitk.Image, mask: np.ndarray) -> Iterator[dict]:
    sitk.WriteImage(like(mask, image), out / "tumor.nrrd", True)
    files, found = series(out / "plain", image), values(image, array(image), mask)
    yield kind("plain", found)
    two = {"Breast": array(sitk.BinaryDilate(like(mask, image), [12, 12, 5])) > 0, "Tumor_MRI": mask}
    legacy_seg_nrrd(out / "legacy_slicer.seg.nrrd", image, two)
    yield kind("legacy_slicer", found, contour="legacy_slicer.seg.nrrd::Tumor_MRI")
    dicom_seg(out / "seg_two_segments.dcm", files, two)
    yield kind("seg_two_segments", found, contour="seg_two_segments.dcm::Tumor_MRI")
    rtstruct(out / "rtstruct.dcm", files, image, two)
    yield kind("rtstruct", found, contour="rtstruct.dcm::Tumor_MRI")
    gaps = mask & ~np.isin(SLICES, (18, 19, 27))[:, None, None]
    dicom_seg(out / "seg_empty_frames_omitted.dcm", files, {"Tumor_MRI": gaps})
    yield kind("seg_empty_frames_omitted", values(image, array(image), gaps), contour="seg_empty_frames_omitted.dcm")
    thin = mask & np.isin(SLICES, (20, 21, 22))[:, None, None]
    sitk.WriteImage(like(thin, image)[:, :, 20:23], out / "contour_three_slices.nrrd", True)
    yield kind("contour_three_slices", values(image, array(image), thin), contour="contour_three_slices.nrrd")


def phase_and_frame_kinds(out: Path, image: sitk.Image, mask: np.ndarray) -> Iterator[dict]:
    whole = sitk.Cast(image, sitk.sitkFloat32)
    phases = [sitk.Cast(whole * share, image.GetPixelID()) for share in (0.6, 1.0, 0.9)]
    for n, phase in enumerate(phases):
        time = {"TemporalPositionIdentifier": n + 1, "NumberOfTemporalPositions": 3, "AcquisitionNumber": n + 1}
        time |= {"TriggerTime": f"{90000 * n}", "AcquisitionTime": ("100000", "100130", "100300")[n]}
        series(out / "phases_one_uid", phase, lambda k, t=time: t, name=f"{n}_")
    sitk.WriteImage(sitk.JoinSeries(phases), out / "dce_4d.nii.gz", True)
    choices = {f"phase {n}": values(phase, array(phase), mask) for n, phase in enumerate(phases, 1)}
    words = ["phase", "time point", "time-point", "temporal", "volumes", "4D"]
    yield kind("phases_one_uid", None, words, "phases_one_uid", choices=choices)
    yield kind("dce_4d", None, words, "dce_4d.nii.gz", choices=choices)
    enhanced(out / "enhanced_shuffled.dcm", image, np.random.default_rng(6).permutation(SLICES).tolist())
    yield kind("enhanced_shuffled", values(image, array(image), mask), image="enhanced_shuffled.dcm")
    enhanced(out / "enhanced_missing.dcm", image, SLICES[SLICES != 21].tolist())
    yield kind("enhanced_missing", None, ["missing", "evenly", "spaced", "gap", "step"], "enhanced_missing.dcm")
    enhanced(out / "enhanced_rescaled.dcm", image, SLICES.tolist(), 1 + 0.05 * SLICES)
    found = values(image, array(image) * (1 + 0.05 * SLICES)[:, None, None], mask)
    yield kind("enhanced_rescaled", found, image="enhanced_rescaled.dcm")


def series_kinds(out: Path, image: sitk.Image, mask: np.ndarray) -> Iterator[dict]:
    planes, slopes = array(image), np.where(SLICES == 0, 1, 0.02 + 0.001 * SLICES)
    for file in series(out / "no_pixel_spacing", image):
        (d := dcmread(file)).pop("PixelSpacing")
        d.save_as(file)
    yield kind("no_pixel_spacing", None, ["spacing"], "no_pixel_spacing")
    series(out / "slopes_differ", image, lambda k: {"RescaleIntercept": "0", "RescaleSlope": f"{slopes[k]:.6g}"})
    found = values(image, planes * slopes[:, None, None], mask)
    yield kind("slopes_differ", found, ["slope", "rescale"], "slopes_differ")
    lowered = np.maximum(planes - 100, np.where(SLICES == 0, 0, -100)[:, None, None]).astype("<i2")
    series(out / "signs_differ", like(lowered, image), lambda k: {"PixelRepresentation": int(k > 0)})
    yield kind("signs_differ", values(image, lowered, mask), ["sign", "representation"], "signs_differ")
    turned = [texts([*way * axes(image)[0], *axes(image)[1]]) for way in np.where(SLICES < 23, 1, -1)]
    series(out / "flipped_halfway", image, lambda k: {"ImageOrientationPatient": turned[k]})
    yield kind("flipped_halfway", None, ["orientation", "direction", "axes", "flip"], "flipped_halfway")
    for file in series(out / "duplicates", image):
        file.with_name(f"copy_{file.name}").write_bytes(file.read_bytes())
    yield kind("duplicates", values(image, planes, mask), ["duplicate", "twice", "same position"], "duplicates")
    for file in series(out / "emptied_files", image)[-3:]:
        file.write_bytes(b"")
    yield kind("emptied_files", None, [*DAMAGED, "empty", "0 bytes"], "emptied_files")
