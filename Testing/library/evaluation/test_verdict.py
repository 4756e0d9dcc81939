"""Whether a model adds to another over partitions."""

import numpy as np
import pytest

from NACResponseLib.evaluation.partitioned import HeldOut
from NACResponseLib.evaluation.verdict import MIN_PARTITIONS, additions, stated_additions


def predictions(partitions, probability):
    """Thirty patients, ten with the outcome, all in the test part of every partition."""
    patient = np.tile(np.arange(30), partitions)
    outcome = (patient < 10).astype(int)
    values = np.asarray(probability(patient, outcome), dtype=float)
    return HeldOut(np.repeat(np.arange(partitions), 30), patient, outcome, values, (values > 0.5).astype(int), 30)


def noisy(strength):
    random = np.random.default_rng(3)
    return lambda patient, outcome: 1 / (1 + np.exp(-strength * outcome - random.normal(size=len(patient))))


@pytest.mark.parametrize("partitions", [2, MIN_PARTITIONS - 1])
def test_few_partitions_give_no_interval_but_say_why(partitions):
    sets = {"imaging": predictions(partitions, noisy(2.0)), "clinical": predictions(partitions, noisy(0.5))}
    (added,) = additions(sets, ["clinical"], (24, 6))
    assert (added.test, added.finding) == (None, "inconclusive")
    assert "at least 5 partitions" in added.sentence and "interval" not in added.sentence


def test_the_cohort_is_counted_once_whatever_the_number_of_partitions():
    sets = {"imaging": predictions(6, noisy(2.0)), "clinical": predictions(6, noisy(0.5))}
    (added,) = stated_additions(sets, [("imaging", "clinical")], (24, 6))
    assert added.classes == (10, 20) and added.value is not None
    assert -1 <= added.value.interval[0] < added.value.interval[1] <= 1


def test_constant_predictions_of_both_show_nothing():
    sets = {name: predictions(6, lambda patient, outcome: np.full(len(patient), 0.3)) for name in ("a", "clinical")}
    (added,) = additions(sets, ["clinical"], (24, 6))
    assert added.finding == "inconclusive" and "rank all these patients alike" in added.sentence
