"""The nomogram of a bundle: points counted by hand, and total points that give the bundle's own probability."""

import math
from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.model.linear import Linear, LinearFormula
from NACResponseLib.scoring.nomogram import SIGNATURE, Scale, bundle_nomogram, position, scales
from NACResponseLib.scoring.predict import score_values

from ..model.bundle_files import NAMES, linear_bundle


@pytest.fixture(scope="module")
def bundle():
    return linear_bundle(load_bundle())


def row(contrast=20.0, peri=6.0, er=1.0, age=60.0, volume=math.e**2):
    return np.array([contrast, peri, er, age, volume])


def test_points_are_those_counted_by_hand(bundle):
    drawn = bundle_nomogram(bundle)
    # Calibration's slope 1.25 times the coefficients; age per 10 years, the volume's logarithm per 0.5.
    parts = {"MRI": 1.25 * 1.5 * 6, "ER": 1.25 * 0.9, "age": 1.25 * 0.25 * 4, "tumor_volume_mm3": 1.25 * 0.5 * 6}
    point = parts["MRI"] / 100  # the widest term has 100 points
    assert drawn.log_odds_per_point == pytest.approx(point)
    # Signature: 0.8 (20 - 10)/5 - 0.4 (6 - 4)/2 + 0.1 = 1.3, 4.3 above its lowest value.
    assert drawn.points("MRI", 1.3) == pytest.approx(1.25 * 1.5 * 4.3 / point)
    # A receptor that speaks against the outcome has its points where it is negative.
    assert drawn.points("ER", 0) == pytest.approx(parts["ER"] / point)
    assert drawn.points("ER", 1) == pytest.approx(0)
    # Age from 30 to 70 years; the older, the fewer points.
    assert drawn.points("age", 70) == pytest.approx(0)
    assert drawn.points("age", 30) == pytest.approx(parts["age"] / point)
    assert drawn.points("age", 60) == pytest.approx(parts["age"] / 4 / point)
    # The logarithm of the volume from 0.5 to 3.5.
    assert drawn.points("tumor_volume_mm3", 2) == pytest.approx(parts["tumor_volume_mm3"] / 2 / point)
    assert drawn.points("CT", 0) == pytest.approx(0)


def test_axes_are_in_raw_units_and_say_what_they_show(bundle):
    drawn = {variable.name: variable for variable in bundle_nomogram(bundle).variables}
    assert (drawn["age"].low, drawn["age"].high) == pytest.approx((30, 70))
    assert (drawn["ER"].low, drawn["ER"].high) == (0, 1)
    assert (drawn["MRI"].low, drawn["MRI"].high) == (-3, 3)
    assert [scales(bundle)[name].kind for name in ("MRI", "ER", "age")] == [SIGNATURE, "binary", "continuous"]
    assert scales(bundle)["tumor_volume_mm3"] == Scale("continuous", "", log=True)
    assert scales(bundle)["tumor_volume_mm3"].raw(2.0) == pytest.approx(math.e**2)


@pytest.mark.parametrize(
    "values", [row(), row(er=0.0), row(age=99.0, volume=900.0), row(contrast=-40.0, peri=80.0), row(age=math.nan)]
)
def test_total_points_give_the_probability_of_the_bundle(bundle, values):
    drawn, found = bundle_nomogram(bundle), position(bundle, values)
    result = dict(zip(NAMES, values, strict=True))
    score = score_values(
        {name: value for name, value in result.items() if not math.isnan(value)}, bundle, patient_id="P"
    )
    assert found.totals[0] == found.totals[1] == pytest.approx(drawn.total(found.values))
    assert float(drawn.probability(found.totals[0])) == pytest.approx(score.probability, abs=1e-12)


def test_a_status_that_is_not_known_gives_a_range_that_holds_what_it_may_be(bundle):
    drawn, found = bundle_nomogram(bundle), position(bundle, row(er=math.nan))
    assert math.isnan(found.values["ER"])
    possible = [position(bundle, row(er=status)).totals[0] for status in (1.0, 0.0)]
    assert found.totals == pytest.approx(tuple(possible))
    known = {name: value for name, value in zip(NAMES, row(), strict=True) if name != "ER"}
    low, high = (float(drawn.probability(total)) for total in found.totals)
    assert low < score_values(known, bundle, patient_id="P").probability < high


def test_trees_and_formulas_that_say_nothing_have_no_nomogram(bundle):
    assert bundle_nomogram(load_bundle()) is None
    assert scales(load_bundle()) == {}
    formula = bundle.model.formula
    idle = tuple(replace(term, coefficient=0.0) for term in formula.terms)
    constant = replace(bundle, model=Linear(LinearFormula(formula.inputs, idle, -0.3), bundle.model.means))
    assert bundle_nomogram(constant) is None
    with pytest.raises(InputError, match="nomogram"):
        position(constant, row())


def test_a_signature_of_one_value_in_training_still_has_an_axis(bundle):
    terms = tuple(replace(t, low=0.2, high=0.2) if t.name == "MRI" else t for t in bundle.model.formula.terms)
    formula = LinearFormula(bundle.model.formula.inputs, terms, -0.3)
    drawn = bundle_nomogram(replace(bundle, model=Linear(formula, bundle.model.means)))
    assert all(variable.low < variable.high for variable in drawn.variables)
