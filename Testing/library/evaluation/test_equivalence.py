"""Verdicts by an interval and a margin, and a published interval of a difference."""

import math

import pytest

from NACResponseLib.evaluation.equivalence import AGREES, DIFFERS, MARGINS, SLOPE, UNCLEAR, difference_interval
from NACResponseLib.evaluation.statistics import wilson_interval


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.85, 1.1, AGREES),
        (0.9, 0.95, AGREES),
        (0.29, 1.03, UNCLEAR),
        (0.9, 1.3, UNCLEAR),
        (0.4, 0.9, DIFFERS),
        (1.1, 1.6, DIFFERS),
        (math.nan, math.nan, UNCLEAR),
    ],
)
def test_a_slope_agrees_differs_or_is_inconclusive_by_its_whole_interval(low, high, verdict):
    assert SLOPE.verdict(low, high) == verdict


def test_every_margin_holds_its_ideal_value_and_has_a_name_of_its_own():
    assert all(margin.low <= margin.ideal <= margin.high for margin in MARGINS)
    assert len({margin.name for margin in MARGINS}) == len(MARGINS)


def test_the_interval_of_a_difference_is_the_published_one():
    # Newcombe, Stat Med 17:873 (1998), example (a), method 10: 56/70 less 48/80.
    figures = [
        (hits / count, *map(float, wilson_interval(hits / count, count))) for hits, count in ((56, 70), (48, 80))
    ]
    assert difference_interval(*figures) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
