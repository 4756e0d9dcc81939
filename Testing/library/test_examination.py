"""The date and side of an examination, and its reader: understood, checked, and found in DICOM."""

import math

import pytest

from NACResponseLib.case import Examination
from NACResponseLib.errors import InputError
from NACResponseLib.imaging.dicom.identity import Identity, examination_of, mismatches


def test_dates_and_sides_of_dicom_and_of_people_are_understood():
    assert Examination("20261129", "R", " A. Berg ") == Examination("2026-11-29", "right", "A. Berg")
    assert Examination().plain() == {}
    assert Examination(laterality="Left").plain() == {"laterality": "left"}


@pytest.mark.parametrize(
    "given",
    [
        {"date": "29.11.2026"}, {"date": "2026-02-30"}, {"date": "2026-1129-"}, {"laterality": "both sides"},
        {"reader": "x" * 65}, {"reader": "two\nlines"},
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused(given):
    with pytest.raises(InputError):
        Examination(**given)


def test_what_the_user_says_comes_before_dicom():
    said = Examination(laterality="left")
    assert said.completed(Examination("2026-11-29", "right", "B")) == Examination("2026-11-29", "left", "B")


def test_dicom_tells_the_first_date_the_common_side_and_the_readers():
    images = [Identity(study_date="20260203", laterality="L"), Identity(study_date="20260201"), Identity()]
    contours = [Identity(reader="Anna Berg"), Identity(reader="Anna Berg"), Identity(reader="C. Roth")]
    assert examination_of(images, contours) == Examination("2026-02-01", "left", "Anna Berg, C. Roth")
    both = [Identity(laterality="L"), Identity(laterality="R")]
    assert examination_of(both, []) == Examination()
    assert examination_of([Identity(study_date="yesterday", laterality="?")], []) == Examination()


def test_images_of_different_sides_are_told():
    """They would else lie in one score, and its examination would have no side."""
    sides = [Identity(laterality=letter) for letter in ("L", "r", "")]
    found = dict(zip(("image MRI", "image CT", "image US"), sides, strict=True))
    (text,) = mismatches(found, None, math.nan, {})
    assert "Laterality" in text and "image MRI and image CT" in text
