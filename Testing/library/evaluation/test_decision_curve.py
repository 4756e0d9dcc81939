"""Net benefit by hand, by the package dcurves, and in a population where it has a closed form."""

from pathlib import Path

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.decision_curve import gain_over_default, net_benefit, net_benefit_of_all

REFERENCE = Path(__file__).parents[2] / "reference" / "decision_curve"


def test_net_benefit_of_a_table_done_by_hand():
    # At 0.2, 4 of 10 are called, 2 of them rightly: 2/10 - 2/10 x 0.25. At 0.5, 2 are called, both rightly.
    outcome = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    probability = [0.9, 0.5, 0.1, 0.3, 0.2, 0.1, 0.1, 0.0, 0.0, 0.0]
    assert net_benefit(outcome, probability, [0.2, 0.5]) == pytest.approx([0.15, 0.2])


def test_net_benefit_is_that_of_dcurves():
    """Both tables were written with that package, by ``make_reference.py`` there."""
    outcome, probability = np.loadtxt(REFERENCE / "cohort.csv", delimiter=",", skiprows=1, encoding="utf-8").T
    table = np.loadtxt(REFERENCE / "net_benefit.csv", delimiter=",", skiprows=1, encoding="utf-8")
    thresholds, model, everybody = table.T
    assert net_benefit(outcome, probability, thresholds) == pytest.approx(model, abs=1e-9)
    assert net_benefit_of_all(outcome, thresholds) == pytest.approx(everybody, abs=1e-9)


def test_net_benefit_of_calibrated_uniform_probabilities_is_half_of_one_minus_the_threshold():
    # TP/n is (1 - t^2)/2 and FP/n is (1 - t)^2/2, so the net benefit is (1 - t)/2.
    probability = (np.arange(20_000) + 0.5) / 20_000
    both = np.concatenate([probability, probability])
    outcome = np.repeat([1, 0], 20_000)
    weights = np.concatenate([probability, 1 - probability])
    thresholds = np.array([0.1, 0.35, 0.8])
    assert net_benefit(outcome, both, thresholds, weights) == pytest.approx((1 - thresholds) / 2, abs=1e-4)


def test_treating_all_gains_nothing_where_the_threshold_is_the_prevalence():
    outcome = np.repeat([1, 0], [21, 79])
    found = net_benefit_of_all(outcome, [0.05, 0.21, 0.4])
    assert found == pytest.approx([0.21 - 0.79 * 0.05 / 0.95, 0, 0.21 - 0.79 * 0.4 / 0.6], abs=1e-12)


def test_a_threshold_of_one_is_refused():
    with pytest.raises(InputError, match="inside 0 to 1"):
        net_benefit([1, 0], [0.5, 0.5], [1.0])


def test_the_gain_over_acting_on_all_or_none_of_a_table_done_by_hand():
    # The table above at 0.2: the model 0.15; all 3/10 - 7/10 / 4 = 0.125, better than none. At 0.5: 0.2 against none.
    outcome = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    probability = [0.9, 0.5, 0.1, 0.3, 0.2, 0.1, 0.1, 0.0, 0.0, 0.0]
    assert gain_over_default(outcome, probability, 0.2)[0] == pytest.approx(0.15 - 0.125)
    assert gain_over_default(outcome, probability, 0.5)[0] == pytest.approx(0.2)


def test_the_interval_of_the_gain_holds_the_true_gain_as_often_as_it_says():
    # A called share of 40 %, in truth positive 60 % of the time, at 1/2: (0.6 - 0.4) x 0.4 over acting on none.
    random, hits = np.random.default_rng(2), 0
    for draw in range(300):
        called = random.random(150) < 0.4
        outcome = random.random(150) < np.where(called, 0.6, 0.1)
        _, low, high = gain_over_default(outcome, called * 1.0, 0.5, draws=400, seed=draw)
        hits += low <= 0.08 <= high
    assert hits / 300 == pytest.approx(0.95, abs=0.03)
