"""What the images of a protocol show, by their names; and what phantoms refuse."""

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.phantom import ImageRequest, looks
from NACResponseLib.phantom.requests import Look, progress_of
from NACResponseLib.protocol import load_protocol


def shown(*names: str) -> list[Look]:
    return list(looks({name: ImageRequest("MR", "MRI") for name in names}).values())


def of_protocol(name: str) -> dict[str, ImageRequest]:
    images = load_protocol(name).images
    return {
        name: ImageRequest(image.modality, image.contour, image.dimension, image.time) for name, image in images.items()
    }


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("MRI_PRE", Look("t1", 0)), ("T1", Look("t1", 0)), ("BREAST_NATIVE", Look("t1", 0)),
        ("MRI_POST1", Look("t1", 1)), ("MRI_POST3", Look("t1", 3)), ("DCE_PHASE2", Look("t1", 2)),
        ("MRI_T2", Look("t2_fs")), ("POST_T2FS", Look("t2_fs")), ("mri_adc", Look("adc")), ("PRE_ADC", Look("adc")),
        ("PRE_CET1", Look("t1", 1)), ("POST_CET1", Look("t1", 1)), ("PRE", Look("t1", 1)), ("BREAST", Look("t1", 1)),
    ],
)  # fmt: skip
def test_the_last_known_word_decides_what_an_image_shows(name: str, look: Look) -> None:
    assert shown(name) == [look]


def test_names_that_say_nothing_are_the_phases_in_their_order() -> None:
    assert shown("A", "B", "C") == [Look("t1", 1), Look("t1", 2), Look("t1", 3)]
    assert shown("X_PRE", "X_POST2", "X_T2", "X") == [Look("t1", 0), Look("t1", 2), Look("t2_fs"), Look("t1", 3)]


def test_the_phases_of_one_contour_do_not_count_for_another() -> None:
    both = {"A": ImageRequest("MR", "BEFORE"), "B": ImageRequest("MR", "AFTER", time="post")}
    assert list(looks(both).values()) == [Look("t1", 1), Look("t1", 1)]


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("jang2025", ["t1 1", "t2_fs 0", "ct 0"]),
        ("janse2025", ["t1 0", "t1 1", "t1 2", "t1 3"]),
        ("li2026", ["t1 1", "t2_fs 0", "adc 0"] * 2),
        ("liang2025", ["us 0", "mg 0", "ct 0", "t1 1"]),
    ],
)
def test_every_shipped_protocol_can_be_made(protocol: str, expected: list[str]) -> None:
    assert [f"{look.contrast} {look.phase}" for look in looks(of_protocol(protocol)).values()] == expected


@pytest.mark.parametrize(
    "image",
    [ImageRequest("PT", "PT"), ImageRequest("US", "US", 3), ImageRequest("MG", "MG", 3), ImageRequest("MR", "M", 2)],
)
def test_an_image_that_phantoms_cannot_make_is_refused_by_name(image: ImageRequest) -> None:
    with pytest.raises(InputError, match=f"{image.modality} of dimension {image.dimension} for ODD"):
        looks({"MRI": ImageRequest("MR", "MRI"), "ODD": image})


def test_a_contour_of_two_modalities_is_refused() -> None:
    with pytest.raises(InputError, match="MR and CT under BOTH"):
        looks({"MRI": ImageRequest("MR", "BOTH"), "CT": ImageRequest("CT", "BOTH")})


def test_pre_is_before_post_after_and_others_evenly_between() -> None:
    times = ("pre", "after2", "after4", "after6", "post")
    wanted = {time: ImageRequest("MR", time, time=time) for time in times}
    assert progress_of(wanted) == {"pre": 0.0, "after2": 0.25, "after4": 0.5, "after6": 0.75, "post": 1.0}
    assert progress_of({"late": wanted["post"]}) == {"post": 1.0}
