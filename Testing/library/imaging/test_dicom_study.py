"""What a study's DICOM files hold, whatever folders they lie in."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.dicom_study import read_studies
from NACResponseLib.imaging.io import read_image
from Testing.library.imaging.hospital.contour_files import dicom_seg
from Testing.library.imaging.hospital.dicom_files import series


def image(value):
    made = sitk.GetImageFromArray((value + np.arange(360).reshape(5, 8, 9)).astype(np.int16))
    made.SetSpacing((1.0, 1.5, 3.0))
    made.SetOrigin((-20.0, 5.0, 10.0))
    return made


def phases(folder):
    """Two phases of one series, in a file a slice."""
    for number, time in enumerate(("100000", "100200")):
        tags = {"AcquisitionTime": time, "TemporalPositionIdentifier": str(number + 1), "SeriesDescription": "DYN"}
        series(folder, image(100 + number), lambda _k, tags=tags: tags, name=f"p{number}_")
    return sorted(folder.glob("*.dcm"))


def test_every_phase_is_an_image_of_its_own_with_its_instances_and_equals_the_one_read_by_number(tmp_path):
    files = phases(tmp_path / "dyn")
    found = read_studies([*files[::-1], *series(tmp_path / "t2", image(7))])
    assert [(one.phase, one.phases) for one in found.images] == [(1, 2), (2, 2), (1, 1)]
    for one, number in zip(found.images[:2], "12", strict=True):
        expected = read_image(f"{tmp_path / 'dyn'}#{number}")
        np.testing.assert_array_equal(sitk.GetArrayFromImage(one.read()), sitk.GetArrayFromImage(expected))
        assert one.read().GetOrigin() == expected.GetOrigin() and len(set(one.instances)) == 5
    assert not found.notes and not found.contours


def test_segments_tell_the_series_they_were_drawn_on(tmp_path):
    files = series(tmp_path / "mr", image(7))
    mask = np.zeros((5, 8, 9), bool)
    mask[1:3, 2:5, 3:6] = True
    dicom_seg(tmp_path / "seg.dcm", files, {"Tumor": mask, "Breast": ~mask})
    found = read_studies([*files, tmp_path / "seg.dcm"])
    assert [one.name for one in found.contours] == ["Tumor", "Breast"]
    assert found.contours[0].drawn_on == (found.images[0].series,)
    read = sitk.Resample(found.contours[0].read(image(7)), image(7), sitk.Transform(), sitk.sitkNearestNeighbor)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(read) > 0, mask)


def test_a_series_that_cannot_be_read_is_left_out_and_told(tmp_path):
    files = series(tmp_path / "a", image(7))
    gap = series(tmp_path / "b", image(8), lambda k: {"ImagePositionPatient": [0, 0, k * k]})
    found = read_studies([*files, *gap])
    assert len(found.images) == 1 and len(found.notes) == 1 and "left out" in found.notes[0]


@pytest.mark.parametrize("element", [b"\x08\x00\x18\x00UI", b"\x10\x00\x20\x00LO", b"\x28\x00\x10\x00US"])
def test_a_file_with_an_element_that_cannot_be_decoded_leaves_the_rest_usable(tmp_path, element):
    files = series(tmp_path / "a", image(7))
    damaged = tmp_path / "seg.dcm"
    dicom_seg(damaged, files, {"Tumor": np.ones((5, 8, 9), bool)})
    content = damaged.read_bytes()
    assert element in content
    damaged.write_bytes(content.replace(element, element[:4] + b"UH"))
    found = read_studies([*files, damaged])
    assert len(found.images) == 1 and not found.contours
    assert len(found.notes) == 1 and found.notes[0].startswith("seg.dcm was left out: expected a whole DICOM file")


def test_two_patients_are_refused(tmp_path):
    files = [*series(tmp_path / "a", image(7)), *series(tmp_path / "b", image(7), lambda _k: {"PatientID": "other"})]
    with pytest.raises(InputError, match="one patient"):
        read_studies(files)
