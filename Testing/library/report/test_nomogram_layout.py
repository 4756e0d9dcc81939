"""Where a nomogram's parts stand: every mark stands where its points or its probability are, and labels stay apart."""

import itertools
import math
import re

import pytest

from NACResponseLib.evaluation.nomogram import Variable, nomogram
from NACResponseLib.report.nomogram_layout import WIDTHS, nomogram_chart
from NACResponseLib.report.page import environment
from NACResponseLib.scoring.nomogram import Position, Scale

from .html_page import Page

VARIABLES = (
    Variable("CT", 1.4, -2.1, 1.9, "CT signature"),
    Variable("US", 0.0, -1.0, 1.0, "Ultrasound signature"),
    Variable("PR", -0.7, 0.0, 1.0, "Progesterone receptor"),
    Variable("T_stage", -0.5, 1.0, 4.0, "Clinical T stage"),
    Variable("tumor_volume_mm3", -0.5, math.log(400), math.log(90000), "Tumour volume"),
    Variable("age", -0.01, 28.0, 74.0, "Age"),
)
SCALES = {
    "CT": Scale(),
    "US": Scale(),
    "PR": Scale("binary"),
    "T_stage": Scale("ordinal"),
    "tumor_volume_mm3": Scale("continuous", "mm³", log=True),
    "age": Scale("continuous", "years"),
}
POSITIVE = "pathological complete response"
VALUES = {"CT": 1.0, "US": 0.2, "PR": 1.0, "T_stage": 2.0, "tumor_volume_mm3": math.log(20000), "age": 51.0}


@pytest.fixture(scope="module")
def drawn():
    return nomogram(VARIABLES, 3.0)


def chart_of(drawn, width, values=None, totals=None):
    if values is None:
        return nomogram_chart(drawn, SCALES, POSITIVE, width)
    total = sum(float(drawn.points(name, value)) for name, value in values.items() if not math.isnan(value))
    return nomogram_chart(drawn, SCALES, POSITIVE, width, Position(values, totals or (total, total)))


def ruler(chart, start):
    return next(each for each in chart.rulers if " ".join(each.lines).startswith(start))


def points_at(chart, x):
    """What the ruler at the top says of a place."""
    return 100 * (x - chart.left) / (chart.right - chart.left)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_values_stand_straight_below_their_points(drawn, width):
    chart = chart_of(drawn, width)
    status = {mark.text: points_at(chart, mark.x) for mark in ruler(chart, "Progesterone").marks}
    assert status == pytest.approx({"positive": 0.0, "negative": 0.7 / 5.6 * 100})
    stages = {mark.text: points_at(chart, mark.x) for mark in ruler(chart, "Clinical").marks}
    assert {name: at for name, at in stages.items() if name} == pytest.approx(
        {f"T{stage}": 0.5 * (4 - stage) / 5.6 * 100 for stage in (1, 2, 3, 4)}
    )
    for mark in ruler(chart, "CT").marks:
        value = float(mark.text.replace("−", "-"))
        assert points_at(chart, mark.x) == pytest.approx(1.4 * (value + 2.1) / 5.6 * 100)
    for mark in ruler(chart, "Tumour volume, cm³").marks:
        if mark.text:
            raw = math.log(1000 * float(mark.text))
            assert points_at(chart, mark.x) == pytest.approx(0.5 * (math.log(90000) - raw) / 5.6 * 100)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_probabilities_stand_straight_below_their_total(drawn, width):
    chart = chart_of(drawn, width)
    totals = ruler(chart, "Total")
    (x0, first), (x1, second) = [(m.x, float(m.text)) for m in (totals.marks[0], totals.marks[-1])]
    labelled = [mark for mark in ruler(chart, "Probability").marks if mark.text]
    assert len(labelled) >= 3
    for mark in labelled:
        total = first + (second - first) * (mark.x - x0) / (x1 - x0)
        shown = float(mark.text.replace("\N{NO-BREAK SPACE}", " ").removesuffix(" %")) / 100
        assert float(drawn.probability(total)) == pytest.approx(shown, abs=1e-9)


@pytest.mark.parametrize("values", [None, VALUES])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_labels_stay_apart_and_inside(drawn, width, values):
    chart = chart_of(drawn, width, values)
    for each in chart.rulers:
        for above in (True, False):
            marks = sorted((m for m in each.marks if m.text and m.above == above), key=lambda mark: mark.x)
            boxes = [(m.x - 3.3 * len(m.text), m.x + 3.3 * len(m.text)) for m in marks]
            assert all(left[1] < right[0] for left, right in itertools.pairwise(boxes))
            assert all(low > -8 and high < chart.width + 2 for low, high in boxes)
        assert max(map(len, each.lines)) <= 50
    heights = [each.y for each in chart.rulers]
    assert all(lower - upper >= 44 for upper, lower in itertools.pairwise(heights))
    assert chart.height > heights[-1] + 20


def test_a_patient_is_marked_on_every_axis_with_points_and_total(drawn):
    chart = chart_of(drawn, 920, VALUES)
    spot = {" ".join(each.lines): each.spots for each in chart.rulers[1:]}
    assert all(len(spots) == 1 and spots[0].known and spots[0].inside for spots in spot.values())
    assert points_at(chart, spot["CT signature"][0].x) == pytest.approx(1.4 * 3.1 / 5.6 * 100)
    assert ruler(chart, "CT").note == f"1.00 · {1.4 * 3.1 / 5.6 * 100:.1f} points"
    assert ruler(chart, "Tumour").note.startswith("20 · ")
    assert ruler(chart, "Clinical").note.startswith("T2 · ")
    total = sum(float(drawn.points(name, value)) for name, value in VALUES.items())
    assert ruler(chart, "Total").note == f"{total:.1f} points"
    assert ruler(chart, "Probability").note == f"{100 * float(drawn.probability(total)):.1f}\N{NO-BREAK SPACE}%"


def test_what_is_not_known_is_shown_at_both_ends_and_the_total_as_a_range(drawn):
    unknown = VALUES | {"PR": math.nan}
    chart = chart_of(drawn, 920, unknown, totals=(100.0, 112.5))
    spots = ruler(chart, "Progesterone").spots
    assert [points_at(chart, spot.x) for spot in spots] == pytest.approx([0, 12.5])
    assert not any(spot.known for spot in spots)
    assert ruler(chart, "Progesterone").note == "not known · 0 or 12 points"
    assert ruler(chart, "Total").note == "100 to 112 points"
    assert chart.notes == {"unknown": ("Progesterone receptor",), "outside": ()}


def test_a_value_beyond_the_training_range_is_reported_and_stays_on_the_paper(drawn):
    chart = chart_of(drawn, 920, VALUES | {"CT": 5.0, "age": 90.0})
    spot = ruler(chart, "CT").spots[0]
    assert (points_at(chart, spot.x), spot.inside) == (pytest.approx(100), False)
    assert ruler(chart, "CT").note == f"5.00 · {1.4 * 7.1 / 5.6 * 100:.1f} points"
    assert ruler(chart, "Age").note.endswith(f"−{0.01 * 16 / 5.6 * 100:.1f} points")
    assert chart.notes["outside"] == ("CT signature", "Age")


def test_a_variable_without_weight_has_no_axis_and_is_named(drawn):
    chart = chart_of(drawn, 920)
    assert chart.idle == ("Ultrasound signature",)
    assert not any("Ultrasound" in line for each in chart.rulers for line in each.lines)


def test_it_is_read_out_to_who_cannot_see_it(drawn):
    chart = chart_of(drawn, 920, VALUES)
    html = environment().from_string('{% import "nomogram.svg.j2" as n %}{{ n.nomogram(c) }}').render(c=chart)
    page = Page(html)
    (svg,) = page.all("svg")
    named = {attributes.get("id") for tag, attributes in page.elements if tag in ("title", "desc")}
    assert set(svg["aria-labelledby"].split()) == named
    assert re.search(r"Progesterone receptor: negative \(12 .*positive \(0 .*patient positive", page.text)
    assert f"Probability of {POSITIVE}" in page.text.replace("pathological complete", "pathological complete")
