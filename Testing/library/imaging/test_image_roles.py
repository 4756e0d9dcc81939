"""Which series is which image of a protocol: by name, by modality, by phase, by date."""

import pytest

from NACResponseLib.imaging.image_roles import guess_images
from NACResponseLib.imaging.series_roles import Series, phase_numbers
from NACResponseLib.protocol import load_protocol


def one(key, name, modality="MR", **tags):
    return Series(key, name, {"Modality": modality, **tags})


def dynamic(prefix="", **tags):
    """A dynamic series of four phases, as one volume each, by clock times 90 seconds apart."""
    times = ("100000", "100130", "100300", "100430")
    return [
        one(f"{prefix}{n}", "AX T1 VIBE dyn", AcquisitionTime=time, TemporalPositionIdentifier=str(n + 1), **tags)
        for n, time in enumerate(times)
    ]


def test_names_of_files_say_what_they_are_whatever_their_modality():
    images = load_protocol("liang2025").images
    series = [Series(name, f"SYN0001 {name}") for name in images]
    assert guess_images(series, images) == {name: name for name in images}


def test_one_ultrasound_frame_and_one_mammogram_are_known_by_modality_and_of_two_views_none_is_chosen():
    images = load_protocol("liang2025").images
    frame, chest = one("u", "Breast left", "US"), one("c", "CT thorax", "CT")
    found = guess_images([frame, chest, one("m", "L CC", "MG"), *dynamic()], images)
    assert found == {"US": "u", "MG": "m", "CT": "c", "MRI_CET1": "1"}
    assert "MG" not in guess_images([one("a", "L CC", "MG"), one("b", "L MLO", "MG")], images)


def test_phases_are_numbered_from_the_one_before_contrast():
    assert phase_numbers(dynamic()) == {"0": 0, "1": 1, "2": 2, "3": 3}
    found = guess_images(dynamic(), load_protocol("janse2025").images)
    assert found == {"MRI_PRE": "0", "MRI_POST1": "1", "MRI_POST2": "2", "MRI_POST3": "3"}


def examination(prefix, date):
    t2 = one(f"{prefix}t2", "AX T2 TSE", StudyDate=date, EchoTime="90", RepetitionTime="4000")
    return [*dynamic(prefix, StudyDate=date), t2, one(f"{prefix}adc", "ADC map", StudyDate=date)]


def test_time_points_are_the_dates_in_their_order():
    images = load_protocol("li2026").images
    found = guess_images([*examination("late-", "20240901"), *examination("early-", "20240301")], images)
    assert found == {
        "PRE_CET1": "early-1", "PRE_T2": "early-t2", "PRE_ADC": "early-adc",
        "POST_CET1": "late-1", "POST_T2": "late-t2", "POST_ADC": "late-adc",
    }  # fmt: skip


@pytest.mark.parametrize("dates", [("20240301",), ("20240301", "20240501", "20240901")])
def test_more_or_fewer_dates_than_time_points_leave_the_choice_to_the_user(dates):
    series = [each for number, date in enumerate(dates) for each in examination(f"{number}-", date)]
    assert guess_images(series, load_protocol("li2026").images) == {}
