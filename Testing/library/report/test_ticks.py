"""Steps between ticks, and how values are written on an axis."""

import math

import pytest

from NACResponseLib.evaluation.nomogram import Variable
from NACResponseLib.report.ticks import round_step, value_text
from NACResponseLib.scoring.nomogram import Scale


@pytest.mark.parametrize(("rough", "step"), [(0.9, 1), (1.1, 2), (3, 5), (7, 10), (0.03, 0.05), (20, 20)])
def test_steps_are_one_two_or_five(rough, step):
    assert round_step(rough) == pytest.approx(step)


@pytest.mark.parametrize(
    ("value", "text"), [(0.304, "0.30"), (-12.34, "−12.3"), (123.4, "123"), (math.nan, "not known"), (0.0, "0")]
)
def test_values_are_written_as_a_reader_expects(value, text):
    assert value_text(Variable("CT", 1.4, -2.1, 1.9, "CT signature"), Scale(), value) == text


def test_whole_values_of_a_number_have_no_point():
    assert value_text(Variable("age", -0.01, 28.0, 74.0, "Age"), Scale("continuous", "years"), 51.0) == "51"
