"""Phases distinguished by time, contrast, echo or kind, in single-frame series and Enhanced multi-frame files."""

import shutil

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from .hospital.checks import assert_same, read, refusal
from .hospital.dicom_files import enhanced, item, series, uid


def test_phases_are_distinguished_by_each_attribute_that_differs(small):
    marks = [
        lambda n, k: {"TriggerTime": str(1000 * n)},
        lambda n, k: {"AcquisitionNumber": n + 1},
        lambda n, k: {"AcquisitionTime": f"1000{n}{k}"},  # a time of its own for every slice
        lambda n, k: {"ContentTime": f"10000{n}"},
        lambda n, k: {"EchoTime": str(2 + n)},
        lambda n, k: {"ImageType": ["ORIGINAL", "PRIMARY", "M" if n else "P"]},
    ]
    for number, mark in enumerate(marks):
        for n in range(2):
            raised = sitk.Cast(small.image + 100 * n, sitk.sitkInt16)
            series(small.folder / f"p{number}", raised, lambda k, n=n, mark=mark: mark(n, k), name=f"{n}_")
        folder = small.folder / f"p{number}"
        assert "#1" in refusal(folder) and "24 x 20 x 10" in refusal(folder)
        values = [sitk.GetArrayFromImage(read(f"{folder}#{n}")[0]).mean() for n in (1, 2)]
        assert abs(values[0] - values[1]) == pytest.approx(100)
        if number < 4:
            assert values[0] < values[1]
            assert_same(read(f"{folder}#pre")[0], small)
            assert_same(read(f"{folder}::AX T1 POST#last")[0], small, small.voxels + 100)
        else:
            assert "order of time" in refusal(f"{folder}#pre")
        assert "from 1 to 2" in refusal(f"{folder}#3")


def test_the_time_of_contrast_shows_which_phases_are_before(small):
    times = ("100000", "100100", "100300")
    for n, time in enumerate(times):
        raised = sitk.Cast(small.image + 100 * n, sitk.sitkInt16)
        tags = {"AcquisitionTime": time, "TemporalPositionIdentifier": n + 1, "ContrastBolusStartTime": "100200"}
        series(small.folder / "dce", raised, lambda k, t=tags: t, name=f"{n}_")
    pre, notes = read(f"{small.folder / 'dce'}#pre")
    assert_same(pre, small, small.voxels + 100)
    assert "does not say" not in notes
    assert_same(read(f"{small.folder / 'dce'}#first-post")[0], small, small.voxels + 200)


def test_frames_at_one_place_that_nothing_distinguishes_are_refused(small):
    folder = small.series()
    raised = sitk.Cast(small.image + 1, sitk.sitkInt16)
    series(small.folder / "other", raised, lambda k: {"SeriesInstanceUID": uid("series")})
    for file in (small.folder / "other").iterdir():
        shutil.copy(file, folder / f"o_{file.name}")
    assert "at the same position" in refusal(folder)


def test_a_phase_that_lacks_its_last_slices_is_refused_and_the_others_are_read(small):
    for n in range(3):
        raised = sitk.Cast(small.image + 100 * n, sitk.sitkInt16)
        tags = {"TemporalPositionIdentifier": n + 1}
        files = series(small.folder / "dce", raised, lambda k, t=tags: t, name=f"{n}_")
    for file in files[-2:]:
        file.unlink()
    assert "8, where another phase has 10" in refusal(f"{small.folder / 'dce'}#3")
    assert_same(read(f"{small.folder / 'dce'}#2")[0], small, small.voxels + 100)


def test_an_enhanced_file_of_several_phases_is_read_phase_by_phase(small):
    path = small.folder / "enhanced.dcm"
    enhanced(path, small.image, list(range(10)) * 2)
    dataset = dcmread(path)
    both = np.concatenate([small.voxels, small.voxels + 100]).astype("<u2")
    dataset.PixelData = both.tobytes()
    for n, groups in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        groups.FrameContentSequence[0].TemporalPositionIndex = n // 10 + 1
        groups.FrameContentSequence[0].FrameAcquisitionDateTime = f"2020010110000{n // 10}"
    dataset.save_as(path)
    assert "#1 (10:00:00), #2 (10:00:01)" in refusal(path)
    assert_same(read(f"{path}#1")[0], small)
    assert_same(read(f"{path}#2")[0], small, small.voxels + 100)


def test_an_enhanced_file_may_state_its_spacing_for_each_frame_and_lie_in_a_folder(small):
    (small.folder / "one").mkdir()
    path = small.folder / "one" / "enhanced.dcm"
    enhanced(path, small.image, [3, 1, 2, 0, 9, 8, 7, 6, 5, 4])
    dataset = dcmread(path)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        groups.PixelMeasuresSequence = [item(PixelSpacing=list(shared.PixelMeasuresSequence[0].PixelSpacing))]
        groups.PlaneOrientationSequence = shared.PlaneOrientationSequence
    del shared.PixelMeasuresSequence, shared.PlaneOrientationSequence
    dataset.save_as(path)
    assert_same(read(path.parent)[0], small)


def test_a_header_that_claims_what_the_file_does_not_hold_takes_no_memory(small):
    path = small.folder / "bomb.dcm"
    enhanced(path, small.image, list(range(10)))
    dataset = dcmread(path)
    dataset.Rows = dataset.Columns = 60000
    dataset.save_as(path)
    assert "in bomb.dcm" in refusal(path)


def test_a_series_whose_description_ends_like_a_phase_is_found_by_it(small):
    folder = small.series(tags=lambda k: {"SeriesDescription": "AX DYN #2"})
    assert_same(read(f"{folder}::AX DYN #2")[0], small)
