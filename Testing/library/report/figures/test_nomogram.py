"""A nomogram on an Axes stands where its layout and the page of a patient have it."""

import math
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from NACResponseLib.report.figures.nomogram import nomogram_figure, plot_nomogram
from NACResponseLib.report.nomogram_layout import WIDTHS
from NACResponseLib.report.page import environment

from ..test_nomogram_layout import SCALES, VALUES, VARIABLES, chart_of, nomogram

assert SCALES


@pytest.fixture(scope="module")
def drawn():
    return nomogram(VARIABLES, 3.0)


@pytest.fixture
def ax():
    return Figure().add_subplot()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_rulers_ticks_and_labels_stand_where_the_layout_has_them(drawn, ax, width):
    chart = chart_of(drawn, width)
    assert plot_nomogram(ax, chart) is ax
    lines = {line.get_label(): line for line in ax.lines}
    texts = {(round(x, 6), text.get_text()) for text in ax.texts for x in (text.get_position()[0],)}
    for ruler in chart.rulers:
        line = lines[" ".join(ruler.lines)]
        assert (*line.get_xdata(), *line.get_ydata()) == pytest.approx((ruler.start, ruler.end, ruler.y, ruler.y))
        for mark in ruler.marks:
            assert any(np.allclose(line.get_xdata(), mark.x) for line in ax.lines)
            assert not mark.text or (round(mark.x, 6), mark.text) in texts
    assert ax.get_xlim() == (0, chart.width) and ax.get_ylim() == (chart.height, 0)


def test_the_patients_page_draws_the_same_rulers_and_marks(drawn, ax):
    chart = chart_of(drawn, 920, VALUES | {"PR": math.nan}, totals=(100.0, 112.5))
    plot_nomogram(ax, chart)
    html = environment().from_string('{% import "nomogram.svg.j2" as n %}{{ n.nomogram(c) }}').render(c=chart)
    on_page = {tuple(map(float, place)) for place in re.findall(r'd="M([\d.]+) ([\d.]+)H([\d.]+)"', html)}
    on_axes = {
        (round(x[0], 1), round(y[0], 1), round(x[1], 1))
        for x, y in (line.get_data() for line in ax.lines)
        if len(x) == 2 and y[0] == y[1]
    }
    assert on_page == on_axes
    diamonds = [line for line in ax.lines if line.get_marker() == "D"]
    assert len(diamonds) == sum(len(ruler.spots) for ruler in chart.rulers) == html.count("l6.5 6.5")
    shown = {text.get_text() for text in ax.texts}
    assert {ruler.note for ruler in chart.rulers if ruler.note} <= shown


@pytest.mark.parametrize("kind", WIDTHS)
def test_letters_are_no_larger_than_their_place_in_the_figure(drawn, kind):
    chart = chart_of(drawn, WIDTHS[kind])
    figure = nomogram_figure(kind, chart)
    shown = figure.figure()
    ax = shown.axes[0]
    assert shown.get_size_inches()[0] / shown.get_size_inches()[1] == pytest.approx(chart.width / chart.height)
    for text in ax.texts:
        box = text.get_window_extent()
        assert box.x0 > -4 and box.y0 > -1 and box.x1 <= shown.bbox.x1 + 4
