"""Box plots by outcome against matplotlib's own statistics."""

import numpy as np
import pytest
from matplotlib.cbook import boxplot_stats
from matplotlib.figure import Figure

from NACResponseLib.report.figures.groups import groups_figure, heading, plot_groups

CLASSES = ("yes", "no")


@pytest.fixture
def ax():
    return Figure().add_subplot()


def test_boxes_medians_and_whiskers_are_those_of_matplotlib(ax):
    random = np.random.default_rng(1)
    values, outcome = random.exponential(3, 90), np.repeat([1, 0], [30, 60])
    assert plot_groups(ax, "CT_Intra_0003", values, outcome, CLASSES, "a note") is ax
    for group, at in ((values[:30], 0), (values[30:], 1)):
        (expected,) = boxplot_stats(group)
        beside = [
            line.get_ydata()
            for line in ax.lines
            if abs(np.ptp(line.get_xdata()) - 0.4) < 1e-9 and round(line.get_xdata()[0] + 0.24) == at
        ]
        box, median = beside
        assert (min(box), max(box)) == pytest.approx((expected["q1"], expected["q3"]))
        assert median == pytest.approx([expected["med"]] * 2)
        ends = np.concatenate([line.get_ydata() for line in ax.lines if line.get_xdata()[0] == at - 0.04])
        assert (ends.min(), ends.max()) == pytest.approx((expected["whislo"], expected["whishi"]))
    assert [text.get_text() for text in ax.get_xticklabels()] == ["yes (30)", "no (60)"]
    assert [text.get_text() for text in ax.texts] == ["a note"]


def test_every_patient_with_a_value_is_a_dot_once(ax):
    plot_groups(ax, "f", [1.0, 2, 3, np.nan, 4, 5], [1, 1, 1, 1, 0, 0], CLASSES, "")
    dots = [line.get_ydata().tolist() for line in ax.lines if line.get_marker() == "o"]
    assert dots == [[1, 2, 3], [4, 5]]


def test_a_class_without_values_has_no_box(ax):
    plot_groups(ax, "f", [1.0, 2, np.nan], [1, 1, 0], CLASSES, "")
    assert len(ax.collections) == 1
    assert [text.get_text() for text in ax.get_xticklabels()] == ["yes (2)", "no (0)"]


@pytest.mark.parametrize(
    ("size", "title"), [(1, ""), (3e4, ""), (1e-5, "× 10⁻⁶"), (2e7, "× 10⁶"), (0, "")]
)  # fmt: skip
def test_ticks_times_the_power_in_the_title_are_the_values(ax, size, title):
    plot_groups(ax, "f", np.array([1.0, 2, 3, 4]) * size, [1, 0, 1, 0], CLASSES, "")
    assert ax.get_ylabel() == title
    power = {"": 1, "× 10⁻⁶": 1e-6, "× 10⁶": 1e6}[title]
    labels = [
        text.get_text().replace("\N{NARROW NO-BREAK SPACE}", "").replace("−", "-") for text in ax.get_yticklabels()
    ]
    assert [float(label) * power for label in labels] == pytest.approx(list(ax.get_yticks()))
    assert len(set(labels)) == len(labels) >= 2


def test_a_long_feature_name_is_broken_behind_an_underscore_and_stays_on_the_paper():
    name = "MRI_CET1_Intra_glszm_LargeAreaHighGrayLevelEmphasis"
    assert "".join(heading(name)) == name and len(heading(name)) == 2
    drawn = groups_figure("f", name, [1.0, 2, 3, 4], [0, 1, 0, 1], ("pCR", "no pCR"), "p = 0.4")
    figure = drawn.figure()
    figure.draw_without_rendering()
    title, note = figure.axes[0].title.get_window_extent(), figure.axes[0].texts[0].get_window_extent()
    assert title.x0 >= 0 and title.x1 <= figure.bbox.x1 and title.y1 <= figure.bbox.y1
    assert note.y1 <= title.y0 and note.y0 >= figure.axes[0].bbox.y1
    assert "pCR: 2 patients, median 3; no pCR: 2 patients, median 2. p = 0.4" in drawn.description
