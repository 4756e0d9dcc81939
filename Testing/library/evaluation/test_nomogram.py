"""A nomogram done by hand."""

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.nomogram import Variable, nomogram

# log-odds = -2 + 0.04 age - 1.5 PR + 1 HER2 + 0.5 T, age 30 to 80, receptors 0 or 1, T stage 1 to 4.
# Parts of the log-odds: age 2, PR 1.5, HER2 1, T 1.5; the widest, age, has 100 points, so 1 point is 0.02 log-odds.
BY_HAND = (
    Variable("age", 0.04, 30, 80),
    Variable("PR", -1.5, 0, 1),
    Variable("HER2", 1.0, 0, 1),
    Variable("T", 0.5, 1, 4),
)


@pytest.fixture
def drawn():
    return nomogram(BY_HAND, -2.0)


@pytest.mark.parametrize(
    ("name", "value", "points"),
    [("age", 30, 0), ("age", 55, 50), ("age", 80, 100), ("PR", 1, 0), ("PR", 0, 75), ("HER2", 1, 50), ("T", 3, 50)],
)
def test_points_by_hand(drawn, name, value, points):
    assert drawn.points(name, value) == pytest.approx(points)


def test_a_patient_by_hand(drawn):
    # 50 + 75 + 50 + 25 = 200 points; log-odds -2 + 0.04 x 55 + 1 + 0.5 x 2 = 2.2.
    patient = {"age": 55, "PR": 0, "HER2": 1, "T": 2}
    assert drawn.total(patient) == pytest.approx(200)
    assert drawn.probability(200) == pytest.approx(1 / (1 + np.exp(-2.2)))
    assert drawn.most == pytest.approx(100 + 75 + 50 + 75)


def test_any_patients_points_give_the_probability_of_the_model(drawn):
    random = np.random.default_rng(1)
    for _ in range(50):
        patient = {variable.name: random.uniform(variable.low - 1, variable.high + 1) for variable in BY_HAND}
        log_odds = -2 + sum(variable.coefficient * patient[variable.name] for variable in BY_HAND)
        assert drawn.probability(drawn.total(patient)) == pytest.approx(1 / (1 + np.exp(-log_odds)))


def test_the_probability_axis_can_be_read_both_ways(drawn):
    shown = np.array([0.1, 0.5, 0.9])
    assert drawn.probability(drawn.total_of(shown)) == pytest.approx(shown)
    # Log-odds at 0 points: -2 + 0.04 x 30 - 1.5 + 0.5 = -1.8; probability 0.5 is 1.8 / 0.02 points.
    assert drawn.total_of(0.5) == pytest.approx(90)


def test_values_beyond_an_axis_are_named(drawn):
    assert drawn.outside({"age": 85, "PR": 1, "HER2": 0, "T": 0}) == ("age", "T")
    assert drawn.points("age", 85) == pytest.approx(110)


def test_what_makes_no_nomogram_is_refused(drawn):
    with pytest.raises(InputError, match="a value of HER2"):
        drawn.total({"age": 50, "PR": 1, "T": 2})
    with pytest.raises(InputError, match="did you mean 'age'"):
        drawn.points("aeg", 50)
    for variables in ((), (BY_HAND[0], BY_HAND[0]), (Variable("a", np.nan, 0, 1),)):
        with pytest.raises(InputError, match="each once"):
            nomogram(variables, 0.0)
    with pytest.raises(InputError, match="range"):
        nomogram((Variable("a", 1.0, 2, 2),), 0.0)
    with pytest.raises(InputError, match="without effects"):
        nomogram((Variable("a", 0.0, 0, 1),), 0.0)
