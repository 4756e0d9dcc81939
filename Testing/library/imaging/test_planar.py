"""2D images and contours: every form that states its pixel size, and every file that must be refused in one line."""

import struct

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import isotropic_subgrid, mask_array, resample
from NACResponseLib.imaging.io import load_case, read_image, read_mask
from NACResponseLib.imaging.planar import on_pixels

from .dicom_bytes import (
    EXPLICIT,
    IMPLICIT,
    MAMMOGRAM,
    ULTRASOUND,
    UNDEFINED,
    element,
    items,
    region,
    regions,
    write_frame,
)

ROWS, COLUMNS = 30, 40
PIXELS = (np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS) % 251).astype(np.uint8)
SPACING = (0.08, 0.09)
SCALE = regions([region(0.008, 0.009)])


@pytest.fixture
def plane() -> sitk.Image:
    """A 2D image of 40 x 30 pixels of 0.08 x 0.09 mm."""
    image = sitk.GetImageFromArray(PIXELS)
    image.SetSpacing(SPACING)
    image.SetOrigin((3.0, -4.0))
    return image


def slice_of(plane, thickness):
    image = sitk.JoinSeries([plane])
    image.SetSpacing((*SPACING, thickness))
    return image


def refusal(path) -> str:
    with pytest.raises(InputError) as caught:
        read_image(path, planar=True)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.nrrd", "a.nii.gz", "a.nii", "a.mha", "a.mhd"])
@pytest.mark.parametrize("thickness", [None, 1.0, 3.5], ids=["2D", "one slice", "one thick slice"])
def test_a_2d_image_and_one_slice_are_read_alike_from_every_format(plane, tmp_path, name, thickness):
    sitk.WriteImage(plane if thickness is None else slice_of(plane, thickness), str(tmp_path / name))
    image = read_image(tmp_path / name, planar=True)
    assert image.GetSize() == (COLUMNS, ROWS, 1)
    assert image.GetSpacing() == pytest.approx((*SPACING, 1))
    assert image.GetOrigin()[:2] == pytest.approx((3, -4))
    assert np.array_equal(sitk.GetArrayFromImage(image)[0], PIXELS)


def test_a_mammogram_has_the_spacing_of_its_detector(tmp_path):
    """Imager Pixel Spacing (0018,1164): the row spacing comes first (PS3.3, 10.7.1.3)."""
    spacing = (0x00181164, "DS", "0.07\\0.05")
    stored = PIXELS.astype(np.uint16) * 16
    image = read_image(write_frame(tmp_path / "mg.dcm", stored, MAMMOGRAM, [spacing]), planar=True)
    assert image.GetSpacing() == pytest.approx((0.05, 0.07, 1))
    assert np.array_equal(sitk.GetArrayFromImage(image)[0], stored)


def test_white_air_is_turned_to_black(tmp_path):
    """MONOCHROME1: the lowest value is shown white, so that air would be the brightest."""
    spacing = (0x00181164, "DS", "0.07\\0.07")
    path = write_frame(tmp_path / "mg.dcm", PIXELS, MAMMOGRAM, [spacing], photometric="MONOCHROME1")
    assert np.array_equal(sitk.GetArrayFromImage(read_image(path, planar=True))[0], 255 - PIXELS)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT], ids=["explicit", "implicit"])
@pytest.mark.parametrize("undefined", [False, True], ids=["lengths", "delimiters"])
def test_an_ultrasound_frame_has_the_scale_of_its_regions(tmp_path, syntax, undefined):
    explicit = syntax == EXPLICIT
    scale = regions([region(0.008, 0.009, explicit=explicit)], explicit, undefined)
    nested = items([element(0x00081150, "UI", "1.2.3", explicit)], undefined)
    before = element(0x00081140, "SQ", nested, explicit, undefined)  # another sequence, which must be passed over
    raw = [(0x00186011, scale), (0x00081140, before)]
    path = write_frame(tmp_path / "us.dcm", PIXELS, ULTRASOUND, raw=raw, syntax=syntax)
    assert read_image(path, planar=True).GetSpacing() == pytest.approx((*SPACING, 1))


def test_a_region_of_a_spectrum_or_in_other_units_gives_no_scale(tmp_path):
    doppler, seconds = region(0.5, 0.5, space=3), region(0.5, 0.5, units=4)
    raw = [(0x00186011, regions([doppler, seconds, region(0.008, 0.009)]))]
    path = write_frame(tmp_path / "us.dcm", PIXELS, ULTRASOUND, raw=raw)
    assert read_image(path, planar=True).GetSpacing() == pytest.approx((*SPACING, 1))
    write_frame(path, PIXELS, ULTRASOUND, raw=[(0x00186011, regions([doppler, seconds]))])
    assert "states its pixel size" in refusal(path)


def test_two_scales_in_one_frame_are_refused(tmp_path):
    raw = [(0x00186011, regions([region(0.008, 0.009), region(0.02, 0.02)]))]
    message = refusal(write_frame(tmp_path / "us.dcm", PIXELS, ULTRASOUND, raw=raw))
    assert "0.08 x 0.09 mm and 0.2 x 0.2 mm" in message


def test_a_damaged_sequence_gives_no_scale(tmp_path):
    path = write_frame(tmp_path / "us.dcm", PIXELS, ULTRASOUND, raw=[(0x00186011, SCALE[:40])])
    assert "us.dcm" in refusal(path)
    nested = b""
    for _ in range(5000):
        nested = element(0x00081140, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED) + nested, undefined=True)
    write_frame(path, PIXELS, ULTRASOUND, raw=[(0x00081140, nested), (0x00186011, SCALE)])
    assert "damaged" in refusal(path)


def test_colour_with_equal_channels_is_grey_and_other_colour_is_refused(tmp_path):
    raw = [(0x00186011, SCALE)]
    colours = np.repeat(PIXELS[..., None], 3, axis=2)
    path = write_frame(tmp_path / "us.dcm", colours, ULTRASOUND, raw=raw)
    assert np.array_equal(sitk.GetArrayFromImage(read_image(path, planar=True))[0], PIXELS)
    colours[3, 4, 1] += 1
    write_frame(path, colours, ULTRASOUND, raw=raw)
    assert "colours in us.dcm" in refusal(path)


def test_a_file_that_does_not_state_its_pixel_size_is_refused_with_the_remedy(plane, tmp_path):
    for name in ("a.png", "a.jpg", "a.tif", "a.bmp"):
        sitk.WriteImage(plane, str(tmp_path / name))
    bare = b"NRRD0004\ntype: uchar\ndimension: 2\nsizes: 40 30\nencoding: raw\n\n" + PIXELS.tobytes()
    (tmp_path / "bare.nrrd").write_bytes(bare)
    header = b"ObjectType = Image\nNDims = 2\nDimSize = 40 30\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    (tmp_path / "bare.mha").write_bytes(header + PIXELS.tobytes())
    write_frame(tmp_path / "us.dcm", PIXELS, ULTRASOUND)
    write_frame(tmp_path / "mg.dcm", PIXELS, MAMMOGRAM)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 8
    for path in files:
        message = refusal(path)
        assert (
            "states its pixel size in mm" in message and "save it as DICOM, NRRD or MHA with its pixel size" in message
        )


def test_a_volume_is_refused_for_a_2d_image_and_one_slice_for_a_volume(files, plane, tmp_path):
    volume, flat = files.write(files.image, "v.nrrd"), files.write(slice_of(plane, 1.0), "s.nrrd")
    assert "a 2D image, found 80 x 80 x 40 voxels in v.nrrd" in refusal(volume)
    mask, flat_mask = files.write(files.tumor, "m.nrrd"), files.write(slice_of(plane, 1.0) > 100, "f.nrrd")
    with pytest.raises(InputError, match="a 2D image"):
        load_case("A", {"US": flat}, {"US": mask}, planar=("US",))
    with pytest.raises(InputError, match="a 3D image"):
        load_case("A", {"US": flat}, {"US": flat_mask})
    case = load_case("A", {"US": flat, "MRI": volume}, {"US": flat_mask, "MRI": mask}, planar=("US",))
    assert [image.GetSize()[2] for image in case.images.values()] == [1, 40]
    assert mask_array(case.contours["US"]).sum() == (PIXELS > 100).sum()


@pytest.mark.parametrize(
    ("edge", "message"), [(0.001, "0.001 x 0.001 mm"), (30.0, "30 x 30 mm")], ids=["a micrometre", "three centimetres"]
)
def test_a_pixel_size_of_no_device_is_refused(plane, tmp_path, edge, message):
    plane.SetSpacing((edge, edge))
    sitk.WriteImage(plane, str(tmp_path / "a.nrrd"))
    assert message in refusal(tmp_path / "a.nrrd")


def test_a_frame_larger_than_any_is_refused_and_a_contour_drawn_on_it_is_not(plane, tmp_path):
    """A program that does not know the pixel size writes 1 mm, without a word."""
    large = sitk.GetImageFromArray(np.tile(PIXELS, (20, 20)))
    large.SetSpacing((1, 1))
    sitk.WriteImage(large, str(tmp_path / "a.nrrd"))
    assert "at most 500 mm, found 800 mm" in refusal(tmp_path / "a.nrrd")
    sitk.WriteImage(large > 100, str(tmp_path / "m.nrrd"))
    assert mask_array(read_mask(tmp_path / "m.nrrd", planar=True)).any()


def test_of_a_folder_its_one_dicom_file_is_read(tmp_path):
    folder = tmp_path / "dicom"
    folder.mkdir()
    write_frame(folder / "one.dcm", PIXELS, ULTRASOUND, raw=[(0x00186011, SCALE)])
    assert read_image(folder, planar=True).GetSpacing() == pytest.approx((*SPACING, 1))
    write_frame(folder / "two.dcm", PIXELS[::-1], ULTRASOUND, raw=[(0x00186011, SCALE)], series="1.2.10")
    assert "one DICOM series in" in refusal(folder)
    chosen = read_image(f"{folder}::1.2.10", planar=True)
    assert np.array_equal(sitk.GetArrayFromImage(chosen)[0], PIXELS[::-1])
    assert "in its subfolders dicom" in refusal(tmp_path)
    write_frame(folder / "three.dcm", PIXELS + 1, ULTRASOUND, raw=[(0x00186011, SCALE)], series="1.2.10")
    assert "one DICOM file, found 2" in refusal(f"{folder}::1.2.10")


def test_a_damaged_file_is_refused_and_prints_nothing_of_its_own(plane, tmp_path, capfd):
    sitk.WriteImage(plane, str(tmp_path / "whole.mha"))
    (tmp_path / "cut.mha").write_bytes((tmp_path / "whole.mha").read_bytes()[:-100])
    (tmp_path / "text.dcm").write_text("hello", encoding="utf-8")
    assert "cut short or damaged" in refusal(tmp_path / "cut.mha")
    assert "header cannot be read" in refusal(tmp_path / "text.dcm")
    assert "nothing at" in refusal(tmp_path / "absent.dcm")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("thickness", [None, 2.0], ids=["2D", "one slice"])
def test_a_segment_on_one_slice_is_read_by_its_name(plane, tmp_path, thickness):
    labels = sitk.Cast(plane > 100, sitk.sitkUInt8) + sitk.Cast(plane > 200, sitk.sitkUInt8)
    labels = labels if thickness is None else slice_of(labels, thickness)
    for k, name in enumerate(("Tumor_US", "Cyst")):
        labels.SetMetaData(f"Segment{k}_Name", name)
        labels.SetMetaData(f"Segment{k}_LabelValue", str(k + 1))
    path = tmp_path / "case.seg.nrrd"
    sitk.WriteImage(labels, str(path))
    mask = read_mask(path, preferred="Tumor_US", planar=True)
    assert mask.GetSize() == (COLUMNS, ROWS, 1) and mask.GetSpacing() == pytest.approx((*SPACING, 1))
    assert np.array_equal(mask_array(mask)[0], (PIXELS > 100) & (PIXELS <= 200))
    assert np.array_equal(mask_array(read_mask(f"{path}::Cyst", planar=True))[0], PIXELS > 200)


def test_a_contour_drawn_without_the_scale_lies_on_the_frames_pixels(plane):
    image, mask = slice_of(plane, 1.0), slice_of(plane, 1.0) > 100
    assert on_pixels(mask, image) is mask
    mask.SetSpacing((1, 1, 1))
    assert on_pixels(mask, image).GetSpacing() == image.GetSpacing()
    for change in (lambda m: m.SetOrigin((0, 0, 0)), lambda m: m.SetSpacing((0.5, 0.5, 1))):
        other = sitk.Image(mask)
        change(other)
        assert on_pixels(other, image) is other


def test_one_slice_is_resampled_as_a_2d_image(plane):
    image = sitk.Cast(slice_of(plane, 1.0), sitk.sitkFloat64)
    grid = isotropic_subgrid(image, 0.1, ((5, 6, 0), (20, 18, 1)))
    assert grid.GetSpacing() == (0.1, 0.1, 1) and grid.GetSize()[2] == 1
    flat = resample(image[:, :, 0], grid[:, :, 0], sitk.sitkBSpline)
    np.testing.assert_allclose(
        sitk.GetArrayFromImage(resample(image, grid, sitk.sitkBSpline))[0], sitk.GetArrayFromImage(flat), atol=1e-9
    )


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT], ids=["explicit", "implicit"])
def test_our_frames_are_dicom_to_another_reader(tmp_path, syntax):
    """The bytes above are not only our own idea of the format: GDCM reads them."""
    path = write_frame(tmp_path / "us.dcm", PIXELS, ULTRASOUND, syntax=syntax)
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path)))[0], PIXELS)
