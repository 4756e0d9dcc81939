"""Colours are seen on both pages, and distinguished by colour-blind readers and in grey."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from NACResponseLib.report.style import DARK, GREY, GRID, INK, PAPER, QUIET, SERIES

# Machado, Oliveira and Fernandes, IEEE Trans Vis Comput Graph 2009;15:1291: complete protanopia and deuteranopia.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
}  # fmt: skip
THEMES = {"light": {colour: colour for colour in DARK}, "dark": DARK}


def linear(colour):
    value = np.array(to_rgb(colour))
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2.2, relative luminances."""
    low, high = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    x, y, z = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    f = [np.cbrt(v) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (x / 0.9505, y, z / 1.089)]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_lines_stand_out_from_the_page(theme):
    shown = THEMES[theme]
    assert all(contrast(shown[colour], shown[PAPER]) >= 4.5 for colour in (INK, QUIET))
    assert contrast(shown[GREY], shown[PAPER]) >= 3
    assert all(contrast(shown[series.colour], shown[PAPER]) >= 2.2 for series in SERIES)
    assert all(contrast(shown[series.colour], shown[PAPER]) >= 3 for series in SERIES[:4])
    assert 1.1 < contrast(shown[GRID], shown[PAPER]) < 1.8


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_series_of_the_same_dashes_differ_in_colour_for_everyone(theme, blindness):
    seen = {
        series: lab(np.clip(np.array(BLINDNESS[blindness]) @ linear(THEMES[theme][series.colour]), 0, 1))
        for series in SERIES
    }
    for one, other in combinations(SERIES, 2):
        if one.dashes == other.dashes:
            assert np.linalg.norm(seen[one] - seen[other]) > 15


def test_the_first_four_differ_without_any_colour():
    assert len({series.dashes for series in SERIES[:4]}) == 4
    assert len({series.marker for series in SERIES}) == len(SERIES)
