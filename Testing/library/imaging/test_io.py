"""Reading images and masks: every supported form, and every file that must be refused in one line."""

import gzip
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import mask_array, same_grid
from NACResponseLib.imaging.io import load_case, read_image, read_mask, sha256

from ..conftest import grid_of, volume

REFERENCE = Path(__file__).parents[2] / "reference"


def test_the_same_image_comes_from_nrrd_nifti_and_metaimage(files):
    for name in ("a.nrrd", "a.nii.gz", "a.nii", "a.mha"):
        image = read_image(files.write(files.image, name))
        assert same_grid(image, files.image)
        assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(files.image))


@pytest.mark.parametrize("kind", ["UInt8", "Int8", "Int16", "UInt16", "Int32", "UInt32", "Float32", "Float64"])
def test_a_compressed_nifti_is_read_as_itk_reads_it(files, kind):
    turned = sitk.Cast(files.image * 0.4, getattr(sitk, f"sitk{kind}"))
    turned.SetDirection(np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0].ravel().tolist())
    turned.SetOrigin((-31.4, 12.5, 88.0))
    path = files.write(turned, "a.nii.gz")
    found, expected = read_image(path), sitk.ReadImage(str(path))
    assert found.GetPixelID() == expected.GetPixelID() and same_grid(found, expected, 1e-4)
    assert np.array_equal(sitk.GetArrayFromImage(found), sitk.GetArrayFromImage(expected))


@pytest.mark.parametrize("slope", [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (1.0, -1024.0)])
def test_a_scaled_nifti_is_read_as_itk_reads_it(files, slope):
    content = bytearray(gzip.decompress(files.write(sitk.Cast(files.image, sitk.sitkInt16), "a.nii.gz").read_bytes()))
    struct.pack_into("<2f", content, 112, *slope)
    path = files.folder / "scaled.nii.gz"
    path.write_bytes(gzip.compress(bytes(content)))
    expected = sitk.ReadImage(str(path))
    assert read_image(path).GetPixelID() == expected.GetPixelID()
    assert np.array_equal(sitk.GetArrayFromImage(read_image(path)), sitk.GetArrayFromImage(expected))


def test_a_nifti_of_the_other_byte_order_is_read_as_itk_reads_it(files):
    stored = sitk.Cast(files.image, sitk.sitkInt16)
    content = bytearray(gzip.decompress(files.write(stored, "a.nii.gz").read_bytes()))
    for form, place in (("i", 0), ("i", 32), ("h", 36), ("8h", 40), ("3f", 56), ("5h", 68), ("8f", 76), ("3f", 108)):
        struct.pack_into(f">{form}", content, place, *struct.unpack_from(f"<{form}", content, place))
    for form, place in (("h", 120), ("6f", 124), ("2h", 252), ("6f", 256), ("12f", 280)):
        struct.pack_into(f">{form}", content, place, *struct.unpack_from(f"<{form}", content, place))
    content[352:] = np.frombuffer(content, "<i2", offset=352).astype(">i2").tobytes()
    path = files.folder / "swapped.nii.gz"
    path.write_bytes(gzip.compress(bytes(content)))
    expected = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(expected), sitk.GetArrayFromImage(stored))
    assert np.array_equal(sitk.GetArrayFromImage(read_image(path)), sitk.GetArrayFromImage(expected))


def write_dicom(folder, image, series="1.2.3.4", description="CE T1", skip=()):
    """The slices of an image as single-frame DICOM files."""
    folder.mkdir(exist_ok=True)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    stored = sitk.Cast(image, sitk.sitkInt16)
    direction = image.GetDirection()
    cosines = [direction[0], direction[3], direction[6], direction[1], direction[4], direction[7]]
    for k in range(image.GetDepth()):
        if k in skip:
            continue
        piece = stored[:, :, k]
        position = image.TransformIndexToPhysicalPoint((0, 0, k))
        tags = {
            "0008|0060": "MR",
            "0008|103e": description,
            "0008|0018": f"{series}.{k}",
            "0020|000d": "1.2.3",
            "0020|000e": series,
            "0020|0013": str(k + 1),
            "0020|0032": "\\".join(f"{x:g}" for x in position),
            "0020|0037": "\\".join(f"{x:.9g}" for x in cosines),
            "0018|0050": f"{image.GetSpacing()[2]:g}",
        }
        for tag, value in tags.items():
            piece.SetMetaData(tag, value)
        writer.SetFileName(str(folder / f"{series}_{k:03d}.dcm"))
        writer.Execute(piece)
    return folder


def test_a_dicom_folder_gives_the_volume_in_patient_space(files):
    turned = sitk.Image(files.image)
    turned.SetDirection((0, 0, -1, 1, 0, 0, 0, -1, 0))
    image = read_image(write_dicom(files.folder / "dicom", turned))
    assert same_grid(image, turned)
    assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(sitk.Cast(turned, sitk.sitkInt16)))


def test_of_several_dicom_series_one_is_chosen_by_description_or_uid(files):
    folder = write_dicom(files.folder / "dicom", files.image)
    write_dicom(folder, files.image + 100, series="1.2.3.5", description="T2")
    assert sitk.GetArrayFromImage(read_image(f"{folder}::T2")).mean() > 100
    assert sitk.GetArrayFromImage(read_image(f"{folder}::1.2.3.4")).mean() < 100
    with pytest.raises(InputError, match=r"one DICOM series.*CE T1 .*T2 .*add '::'"):
        read_image(folder)
    with pytest.raises(InputError, match="one DICOM series 'DWI'"):
        read_image(f"{folder}::DWI")


def test_a_dicom_series_with_a_missing_slice_is_refused(files):
    folder = write_dicom(files.folder / "dicom", files.image, skip=(11,))
    with pytest.raises(InputError, match="evenly spaced slices"):
        read_image(folder)


def test_a_folder_without_dicom_is_refused(files):
    with pytest.raises(InputError, match="a folder of DICOM files"):
        read_image(files.folder)


def test_a_nifti_with_a_time_axis_of_one_is_three_dimensional(files):
    path = files.write(sitk.JoinSeries([files.image]), "one.nii.gz")
    assert read_image(path).GetSize() == files.image.GetSize()


def spoiled(files, header_edit=None, offset=None, value=None, name="bad.nii"):
    """A NIfTI file with some bytes of its header replaced."""
    data = bytearray(files.write(files.image, "good.nii").read_bytes())
    struct.pack_into("<f", data, offset, value)
    path = files.folder / name
    path.write_bytes(data)
    return path


def far_apart(image):
    wide = sitk.Image(image)
    wide.SetSpacing((20, 20, 20))
    return sitk.ConstantPad(wide, (40, 0, 0), (0, 0, 0))


def refusal(path) -> str:
    try:
        read_image(path)
    except InputError as error:
        return str(error)
    return "accepted"


def test_what_is_no_usable_image_is_refused_by_name_and_reason(files):
    folder = files.folder
    (folder / "text.nii.gz").write_text("hello")
    (folder / "cut.nrrd").write_bytes(files.write(files.image, "whole.nrrd").read_bytes()[:-500])
    (folder / "cut.mha").write_bytes(files.write(files.image, "whole.mha").read_bytes()[:-500])
    (folder / "cut.nii.gz").write_bytes(gzip.compress(files.write(files.image, "whole.nii").read_bytes()[:-9999]))
    (folder / "torn.nii.gz").write_bytes(files.write(files.image, "whole.nii.gz").read_bytes()[:-500])
    head, body = files.write(files.image, "a.nrrd").read_bytes().split(b"\n\n", 1)
    flat = re.sub(rb"space directions: .*", b"space directions: (0,0,0) (0,1,0) (0,0,2)", head)
    (folder / "flat.nrrd").write_bytes(flat + b"\n\n" + body)
    slanted = re.sub(rb"space directions: .*", b"space directions: (1,0.4,0) (0,1,0) (0,0,2)", head)
    (folder / "slanted.nrrd").write_bytes(slanted + b"\n\n" + body)
    holes = sitk.GetArrayFromImage(files.image)
    holes[3, 4, 5] = np.nan
    holes[3, 4, 6] = np.inf
    cases = {
        folder / "absent.nrrd": "nothing at",
        folder / "text.nii.gz": "no image",
        folder / "cut.nrrd": "cut short",
        folder / "cut.mha": "cut short",
        folder / "cut.nii.gz": "cut short",
        folder / "torn.nii.gz": "cut short",
        folder / "flat.nrrd": "spacing is zero",
        folder / "slanted.nrrd": "right angles",
        spoiled(files, offset=88, value=0.0, name="zero.nii"): "1 x 1 x 0 in zero.nii",
        spoiled(files, offset=88, value=float("nan"), name="nan.nii"): "1 x 1 x nan in nan.nii",
        spoiled(files, offset=88, value=5000.0, name="huge.nii"): "5000 mm",
        files.write(files.image[:, :, 3], "flat.nii"): "2D image of 80 x 80",
        files.write(files.image[:, :, 3:4], "thin.nrrd"): "80 x 80 x 1 voxels",
        files.write(sitk.JoinSeries([files.image, files.image]), "time.nii.gz"): "2 phases of 80 x 80 x 40 voxels",
        files.write(sitk.Compose(files.image, files.image), "colour.nrrd"): "2 in colour.nrrd",
        files.write(volume(holes, files.image), "holes.nrrd"): "2 NaN or infinite",
        files.write(files.image * 0 + 7, "constant.nrrd"): "7 in every voxel",
        spoiled(files, offset=108, value=float("inf"), name="offset.nii"): "infinite",
        spoiled(files, offset=112, value=float("nan"), name="slope.nii"): "NaN",
        files.write(far_apart(files.image), "giant.nrrd"): "2.4 m",
    }
    for path, reason in cases.items():
        message = refusal(path)
        assert reason in message, path.name
        assert "\n" not in message


def test_reading_a_damaged_file_prints_nothing_of_its_own(files, capfd):
    path = files.folder / "cut.mha"
    path.write_bytes(files.write(files.image, "whole.mha").read_bytes()[:-500])
    with pytest.raises(InputError):
        read_image(path)
    assert capfd.readouterr() == ("", "")


def segmentation(files, names=("Tumor_MRI", "Cyst"), layers=False):
    """A ``.seg.nrrd`` as Slicer writes it: segments as labels, or overlapping in layers."""
    tumor = files.tumor
    other = sitk.BinaryDilate(tumor, [3, 3, 1])
    labels = tumor + 2 * sitk.Cast(sitk.And(other, 1 - tumor), sitk.sitkUInt8)
    image = sitk.Compose(tumor, other) if layers else labels
    for k, name in enumerate(names):
        image.SetMetaData(f"Segment{k}_Name", name)
        image.SetMetaData(f"Segment{k}_ID", f"Segment_{k + 1}")
        image.SetMetaData(f"Segment{k}_LabelValue", "1" if layers else str(k + 1))
        image.SetMetaData(f"Segment{k}_Layer", str(k) if layers else "0")
    return files.write(image, "case.seg.nrrd")


@pytest.mark.parametrize("layers", [False, True], ids=["one layer", "overlapping layers"])
def test_a_segment_is_read_by_its_name(files, layers):
    path = segmentation(files, layers=layers)
    assert np.array_equal(mask_array(read_mask(f"{path}::Tumor_MRI")), mask_array(files.tumor))
    assert mask_array(read_mask(f"{path}::Cyst")).sum() > 0
    assert np.array_equal(mask_array(read_mask(path, preferred="Tumor_MRI")), mask_array(files.tumor))
    with pytest.raises(InputError, match=r"Tumor_MRI, Cyst.*'Tumour'.*did you mean 'Tumor_MRI'"):
        read_mask(f"{path}::Tumour")
    with pytest.raises(InputError, match=r"Tumor_MRI, Cyst.*add '::Tumor_MRI'"):
        read_mask(path)


@pytest.mark.parametrize(
    ("name", "voxels", "centre"),
    [("Tumor_MRI", 919, (10, 19, 15.6)), ("Peri", 3157, (10, 19, 15.6)), ("Clip", 135, (0, 26, 10))],
)
def test_a_segmentation_that_slicer_wrote_is_read_in_its_place(name, voxels, centre):
    mask = read_mask(f"{REFERENCE / 'slicer' / 'three_balls.seg.nrrd'}::{name}")
    inside = np.argwhere(mask_array(mask))
    middle = mask.TransformContinuousIndexToPhysicalPoint([float(x) for x in inside.mean(axis=0)[::-1]])
    assert len(inside) == voxels
    assert middle == pytest.approx(centre, abs=0.1)


def test_a_label_map_with_several_labels_needs_a_choice(files):
    labels = files.write(
        files.tumor * 3 + sitk.Cast(sitk.BinaryDilate(files.tumor, [2, 2, 1]), sitk.sitkUInt8), "l.nrrd"
    )
    assert mask_array(read_mask(f"{labels}::4")).sum() == mask_array(files.tumor).sum()
    with pytest.raises(InputError, match=r"one label in l.nrrd, found 1, 4"):
        read_mask(labels)
    with pytest.raises(InputError, match=r"a label of l.nrrd"):
        read_mask(f"{labels}::2")


@pytest.mark.parametrize(("key", "value"), [("LabelValue", "one"), ("Layer", "7"), ("Layer", "-1")])
def test_a_segmentation_that_contradicts_itself_is_refused(files, key, value):
    image = sitk.Image(files.tumor)
    image.SetMetaData("Segment0_Name", "Tumor_MRI")
    image.SetMetaData(f"Segment0_{key}", value)
    with pytest.raises(InputError, match="segments with a label and a layer that exist"):
        read_mask(files.write(image, "odd.seg.nrrd"))


def test_a_gap_in_the_numbering_of_segments_loses_none(files):
    image = files.tumor + 2 * sitk.Cast(sitk.BinaryDilate(files.tumor, [2, 2, 1]) - files.tumor, sitk.sitkUInt8)
    for number, label, name in ((0, 1, "Tumor_MRI"), (5, 2, "Rim")):
        image.SetMetaData(f"Segment{number}_Name", name)
        image.SetMetaData(f"Segment{number}_LabelValue", str(label))
    assert mask_array(read_mask(f"{files.write(image, 'gap.seg.nrrd')}::Rim")).any()


def test_a_path_with_two_colons_is_a_path(files):
    (files.folder / "a::b").mkdir()
    assert read_image(files.write(files.image, "a::b/c.nrrd")).GetSize() == files.image.GetSize()


def test_the_hash_of_a_detached_header_covers_its_voxels(files):
    first = sha256(files.write(files.image, "a.mhd"))
    files.write(files.image + 1, "a.mhd")
    assert sha256(files.folder / "a.mhd") != first


def test_a_folder_above_the_dicom_files_is_distinguished_from_one_without_any(files):
    write_dicom(files.folder / "dicom", files.image)
    with pytest.raises(InputError, match="in its subfolders dicom"):
        read_image(files.folder)


def test_masks_of_any_pixel_type_become_zero_and_one(files):
    path = files.write(sitk.Cast(files.tumor, sitk.sitkFloat64) * 255, "mask.nii.gz")
    mask = read_mask(path)
    assert mask.GetPixelID() == sitk.sitkUInt8
    assert set(np.unique(sitk.GetArrayViewFromImage(mask))) == {0, 1}


def test_a_mask_that_is_empty_or_no_mask_is_refused(files):
    with pytest.raises(InputError, match=r"an empty mask in none.nrrd"):
        read_mask(files.write(files.tumor * 0, "none.nrrd"))
    with pytest.raises(InputError, match="label map"):
        read_mask(files.write(files.image, "image.nrrd"))


def test_a_case_carries_the_hash_of_every_file_it_was_read_from(files):
    image, mask = files.write(files.image, "i.nrrd"), files.write(files.tumor, "m.nrrd")
    case = load_case("A", {"MRI_CET1": image}, {"MRI": mask})
    assert case.provenance == {"image MRI_CET1": sha256(image), "contour MRI": sha256(mask)}


def test_an_image_with_an_oblique_grid_keeps_it(files):
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    oblique = volume(sitk.GetArrayFromImage(files.image), grid_of((80, 80, 40), (1.0, 1.0, 2.0), turn))
    assert same_grid(read_image(files.write(oblique, "o.nrrd")), oblique)
