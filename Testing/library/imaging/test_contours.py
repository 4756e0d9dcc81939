"""Contours as other programs hand them over: DICOM SEG of every kind, RTSTRUCT, ``.seg.nrrd`` of every version."""

import unicodedata

import highdicom as hd
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.geometry import mask_array, mask_onto
from NACResponseLib.imaging.io import load_case, read_mask

from .hospital.contour_files import dicom_seg, rtstruct
from .hospital.dicom_files import like, series, uid


def on_image(path, small, **more) -> tuple[np.ndarray, str]:
    """The mask on the image's voxels, and the notes."""
    notes: list[str] = []
    mask = read_mask(path, onto=small.image, note=notes.append, **more)
    return mask_array(mask_onto(mask, small.image, "contour")[0]), " ".join(notes)


def refusal(path, **more) -> str:
    with pytest.raises(InputError) as caught:
        read_mask(path, note=lambda warning: None, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def files(small):
    return series(small.folder / "series", small.image)


def test_a_fractional_segmentation_is_cut_at_a_half_and_says_so(small, files):
    path = small.folder / "seg.dcm"
    fractions = np.where(small.tumour, 0.7, 0.2)
    dicom_seg(path, files, {"Tumor": fractions}, "FRACTIONAL", fractional_type="PROBABILITY")
    inside, notes = on_image(path, small)
    assert np.array_equal(inside, small.tumour) and "0.5" in notes and "fractional" in notes


def test_a_label_map_segmentation_gives_each_segment(small, files):
    path = small.folder / "seg.dcm"
    rim = np.roll(small.tumour, 6, axis=2) & ~small.tumour
    dicom_seg(path, files, {"Tumor": small.tumour, "Rim": rim}, "LABELMAP")
    assert np.array_equal(on_image(f"{path}::Tumor", small)[0], small.tumour)
    assert np.array_equal(on_image(f"{path}::Rim", small)[0], rim)
    assert np.array_equal(on_image(f"{path}::2", small)[0], rim)
    assert "Tumor, Rim" in refusal(path) and "add '::Tumor'" in refusal(path)
    assert "did you mean 'Tumor'" in refusal(f"{path}::Tumour")


@pytest.mark.parametrize("with_distance", [True, False], ids=["with distance", "without distance"])
def test_frames_that_are_left_out_close_no_gap(small, files, with_distance):
    path = small.folder / "seg.dcm"
    kept = small.tumour & np.isin(np.arange(10), (2, 4, 6))[:, None, None]
    dicom_seg(path, files, {"Tumor": kept})
    if not with_distance:
        dataset = dcmread(path)
        del dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices
        dataset.save_as(path)
    assert np.array_equal(on_image(path, small)[0], kept)
    volume = hd.seg.segread(path).get_volume(segment_numbers=[1])
    assert np.count_nonzero(volume.array) == kept.sum()


def test_a_segmentation_of_one_slice_is_as_thick_as_the_image(small, files):
    path = small.folder / "seg.dcm"
    one = small.tumour & (np.arange(10) == 4)[:, None, None]
    dicom_seg(path, files, {"Tumor": one})
    dataset = dcmread(path)
    measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    measures.pop("SpacingBetweenSlices", None)
    dataset.save_as(path)
    mask = read_mask(path, onto=small.image)
    assert mask_array(mask).sum() * np.prod(mask.GetSpacing()) == pytest.approx(one.sum() * 3.75)


def test_an_instance_referenced_twice_does_not_hinder(small, files):
    """As in public collections, where the reader that is used here stops."""
    path = small.folder / "seg.dcm"
    dicom_seg(path, files, {"Tumor": small.tumour})
    dataset = dcmread(path)
    referenced = dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    referenced.append(referenced[0])
    dataset.save_as(path)
    assert np.array_equal(on_image(path, small)[0], small.tumour)


def test_a_segment_named_for_something_else_is_reported(small, files):
    path = small.folder / "seg.dcm"
    dicom_seg(path, files, {"Breast": small.tumour})
    case = load_case("A", {"MRI": small.folder / "series"}, {"MRI": path})
    assert any("'Breast'" in warning for warning in case.warnings)
    dicom_seg(path, files, {"Breast tumor": small.tumour})
    case = load_case("A", {"MRI": small.folder / "series"}, {"MRI": path})
    assert not any("speaks of something else" in warning for warning in case.warnings)


def test_a_segmentation_and_structures_inside_the_images_folder_are_found(small, files):
    dicom_seg(files[0].parent / "seg.dcm", files, {"Tumor": small.tumour})
    case = load_case("A", {"MRI": files[0].parent}, {"MRI": files[0].parent})
    assert np.array_equal(mask_array(mask_onto(case.contours["MRI"], small.image, "")[0]), small.tumour)
    rtstruct(files[0].parent / "rt.dcm", files, small.image, {"GTV": small.tumour, "Body": small.tumour})
    assert "RTSTRUCT" in refusal(files[0].parent)
    assert np.array_equal(on_image(f"{files[0].parent}::GTV", small)[0], small.tumour)


@pytest.mark.parametrize("kind", ["SEG", "RTSTRUCT"])
def test_a_contour_of_another_frame_of_reference_is_refused(small, files, kind):
    other = series(small.folder / "other", small.image, lambda k: {"FrameOfReferenceUID": uid("elsewhere")})
    path = small.folder / "contour.dcm"
    if kind == "SEG":
        dicom_seg(path, other, {"Tumor": small.tumour})
    else:
        rtstruct(path, other, small.image, {"Tumor": small.tumour}, frame="elsewhere")
    with pytest.raises(InputError, match="another frame of reference"):
        load_case("A", {"MRI": files[0].parent}, {"MRI": path})
    load_case("A", {"MRI": other[0].parent}, {"MRI": path})


def test_a_hole_in_a_structure_is_a_hole(small, files):
    ring = small.tumour.copy()
    ring[4, 9:11, 11:14] = False
    rtstruct(small.folder / "rt.dcm", files, small.image, {"Tumor": ring})
    assert np.array_equal(on_image(small.folder / "rt.dcm", small)[0], ring)


def test_structures_without_their_image_are_filled_in_their_own_planes(small, files):
    path = small.folder / "rt.dcm"
    rtstruct(path, files, small.image, {"Tumor": small.tumour})
    notes: list[str] = []
    mask = read_mask(path, note=notes.append)
    volume = mask_array(mask).sum() * np.prod(mask.GetSpacing())
    assert volume == pytest.approx(small.tumour.sum() * 3.75, rel=0.03) and "in its own plane" in notes[0]


def test_structures_drawn_on_thicker_slices_fill_those_between(small, files):
    """An image of half the slice distance: every second of its slices has no contour of its own."""
    path = small.folder / "rt.dcm"
    rtstruct(path, files, small.image, {"Tumor": small.tumour})
    fine = sitk.Expand(small.image, (1, 1, 2), sitk.sitkLinear)
    mask = read_mask(path, onto=fine, note=lambda warning: None)
    moved = mask_onto(mask, fine, "")[0]
    assert mask_array(moved).sum() * 1.875 == pytest.approx(small.tumour.sum() * 3.75, rel=0.05)


def test_structures_that_are_no_closed_contours_are_refused(small, files):
    path = small.folder / "rt.dcm"
    rtstruct(path, files, small.image, {"Tumor": small.tumour})
    dataset = dcmread(path)
    for contour in dataset.ROIContourSequence[0].ContourSequence:
        contour.ContourGeometricType = "OPEN_PLANAR"
    dataset.save_as(path)
    assert "closed contours" in refusal(path)
    del dataset.ROIContourSequence
    dataset.save_as(path)
    assert "closed contours" in refusal(path)


def test_names_of_segments_may_be_composed_either_way(small):
    image = like(small.tumour, small.image)
    image.SetMetaData("Segment0_Name", unicodedata.normalize("NFD", "Läsion"))
    image.SetMetaData("Segment0_LabelValue", "1")
    image.SetMetaData("Segment1_Name", "Rest")
    image.SetMetaData("Segment1_LabelValue", "2")
    path = small.folder / "a.seg.nrrd"
    sitk.WriteImage(image, path)
    assert np.array_equal(on_image(f"{path}::{unicodedata.normalize('NFC', 'Läsion')}", small)[0], small.tumour)


@pytest.mark.parametrize("label", ["9" * 4400, "-1", "1e3", ""])
def test_a_label_that_is_no_number_of_a_segment_is_refused(small, label):
    image = like(small.tumour, small.image)
    image.SetMetaData("Segment0_Name", "Tumor")
    image.SetMetaData("Segment0_LabelValue", label)
    sitk.WriteImage(image, small.folder / "a.seg.nrrd")
    with pytest.raises(InputError, match="segments with a label") as error:
        read_mask(small.folder / "a.seg.nrrd")
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("axis", [0, 3], ids=["list axis first", "list axis last"])
def test_layers_may_be_the_first_axis_or_the_last(small, axis):
    """Written by pynrrd, so that the header is not our own idea of the format."""
    planes = np.moveaxis(np.stack([np.roll(small.tumour, 5, 2), small.tumour]).astype(np.uint8), (1, 2, 3), (3, 2, 1))
    steps = (np.array(small.image.GetDirection()).reshape(3, 3) * small.image.GetSpacing()).T
    header = {"space": "left-posterior-superior", "space origin": small.image.GetOrigin(), "encoding": "gzip"}
    nothing, kinds = [np.full(3, np.nan)], ["domain"] * 3
    order = (planes, [*nothing, *steps], ["list", *kinds]) if axis == 0 else (
        np.moveaxis(planes, 0, 3), [*steps, *nothing], [*kinds, "list"])  # fmt: skip
    header |= {"space directions": np.array(order[1]), "kinds": order[2]}
    header |= {"Segment0_Name": "Other", "Segment1_Name": "Tumor"}
    path = small.folder / "old.seg.nrrd"
    nrrd.write(str(path), order[0], header)
    assert np.array_equal(on_image(f"{path}::Tumor", small)[0], small.tumour)


def test_a_mask_of_an_unusual_volume_is_reported(small, files):
    tiny = np.zeros_like(small.tumour)
    tiny[4, 9:11, 10:13] = True
    sitk.WriteImage(like(tiny, small.image), small.folder / "m.nrrd")
    case = load_case("A", {"MRI": files[0].parent}, {"MRI": small.folder / "m.nrrd"})
    assert any("unusual volume" in warning for warning in case.warnings)


def test_images_of_two_persons_are_reported_by_field_and_never_by_name(small, files):
    other = {"PatientID": "T2", "PatientAge": "050Y", "StudyDate": "20210105"}
    series(small.folder / "other", small.image, lambda k: other)
    sitk.WriteImage(like(small.tumour, small.image), small.folder / "m.nrrd")
    images = {"MRI_CET1": files[0].parent, "MRI_late": small.folder / "other"}
    warning = " ".join(load_case("A", images, {"MRI": small.folder / "m.nrrd"}, recorded_id="T1").warnings)
    assert "PatientID differs" in warning and "StudyDate" in warning
    assert "Test^Input" not in warning and "'T1'" not in warning and "record's patient_id" in warning


def test_a_contour_drawn_on_another_series_of_the_same_frame_of_reference_is_taken_and_reported(small, files):
    other = series(small.folder / "other", small.image)
    dicom_seg(small.folder / "seg.dcm", other, {"Tumor": small.tumour})
    case = load_case("A", {"MRI": files[0].parent}, {"MRI": small.folder / "seg.dcm"})
    assert np.array_equal(mask_array(mask_onto(case.contours["MRI"], small.image, "")[0]), small.tumour)
    assert any("another series" in warning for warning in case.warnings)
