"""Categories of a change: the limits are those of RECIST 1.1's table (Eisenhauer et al. 2009)."""

import math

import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.response import Change, recist_like


@pytest.mark.parametrize(
    ("earlier", "later", "category"),
    [
        (50, 35, "partial response"),  # exactly 30 % less
        (50, 35.1, "stable disease"),
        (50, 60, "progressive disease"),  # exactly 20 % and 10 mm more
        (50, 59.9, "stable disease"),
        (20, 24.9, "stable disease"),  # 24.5 % more, below 5 mm
        (20, 25, "progressive disease"),
        (50, 0, "complete response"),
        (9.9, 30, "not measurable"),
        (9.9, 0, "not measurable"),
    ],
)
def test_the_limits_are_those_of_the_guideline(earlier, later, category):
    assert recist_like(earlier, later) == category


@pytest.mark.parametrize("pair", [(-1, 5), (math.nan, 5), (20, math.inf)])
def test_lengths_that_are_none_are_refused(pair):
    with pytest.raises(InputError):
        recist_like(*pair)


def test_a_change_of_nothing_has_no_percentage():
    assert math.isnan(Change("v", "V", "mm3", 0, 5).percent)
    assert Change("v", "V", "mm3", 40, 10).percent == -75
