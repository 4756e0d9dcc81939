"""The interval of a run's model, set on simulated cohorts: it holds the true probability as often as it says."""

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.statistics import wilson_interval
from NACResponseLib.model.columns import Column
from NACResponseLib.training.fitted import PartitionResult
from NACResponseLib.training.interval import Simulation, interval_by_simulation
from NACResponseLib.training.table import Table

COLUMNS = tuple(Column(f"x{number}", f"X{number}", "continuous", "") for number in range(5))
SLOPES = np.array([0.9, -0.7, 0.5, 0.4, 0.3])


def truth(values):
    return 1 / (1 + np.exp(-(values @ SLOPES - 0.6)))


@dataclass(frozen=True)
class Model:
    """A fit of scikit-learn's."""

    regression: LogisticRegression

    def probability_of(self, table):
        return self.regression.predict_proba(table.values)[:, 1]


@dataclass(frozen=True)
class Ridge:
    """Logistic regression with a penalty; one too strong errs alike in every cohort.

    Attributes:
        least: patients of a class that it asks for.
    """

    penalty: float = 1.0
    cohorts: int = 8
    least: int = 2

    def check(self, outcome):
        if min(outcome.sum(), len(outcome) - outcome.sum()) < self.least:
            raise InputError("patients of both classes", "too few", "use more")

    def simulation(self, partitions):
        return Simulation(0.95, self.cohorts, 3)

    def truths(self, table, fitted):
        return [truth(table.values)]

    def refit(self, table, feature_set, seed):
        self.check(table.outcome)
        return Model(LogisticRegression(C=1 / self.penalty).fit(table.values, table.outcome))


class Exact(Ridge):
    """Knows the truth."""

    def refit(self, table, feature_set, seed):
        return self

    def probability_of(self, table):
        return truth(table.values)


def cohort(seed, patients=300):
    random = np.random.default_rng(seed)
    values = random.normal(size=(patients, 5))
    outcome = (random.random(patients) < truth(values)).astype(np.int64)
    return Table(tuple(map(str, range(patients))), COLUMNS, values, outcome, {})


def held_out(table):
    """One partition's result."""
    rest = (0.5, 0, 0, (), {}, (1.0, 0.0), ())
    probability = truth(table.values)
    return [PartitionResult("x", 0, table.patients, tuple(table.outcome), tuple(probability), (), *rest)]


def interval(table, procedure=Ridge(), **more):
    return interval_by_simulation(procedure, "x", table, procedure.refit(table, "x", 0), held_out(table), **more)


def coverage(procedure, seed):
    """Share of new patients whose interval holds their true probability."""
    table, new = cohort(seed), np.random.default_rng(seed + 1000).normal(size=(2000, 5))
    probability = procedure.refit(table, "x", 0).regression.predict_proba(new)[:, 1]
    low, high = wilson_interval(probability, interval(table, procedure).effective_patients)
    return np.mean((low <= truth(new)) & (truth(new) <= high))


@pytest.mark.slow
@pytest.mark.parametrize("penalty", [1, 300])
def test_the_interval_holds_the_truth_as_often_as_it_says_also_of_a_model_that_errs_alike_every_time(penalty):
    shares = np.array([coverage(Ridge(penalty), seed) for seed in range(10)])
    assert shares.mean() + 2.6 * shares.std(ddof=1) / np.sqrt(len(shares)) >= 0.95
    assert shares.mean() > 0.9


def test_more_patients_and_a_sounder_model_make_it_narrower():
    few, many, worse = interval(cohort(1, 80)), interval(cohort(1, 800)), interval(cohort(1, 800), Ridge(1000))
    assert few.effective_patients < many.effective_patients
    assert worse.effective_patients < many.effective_patients


def test_it_is_checked_on_cohorts_other_than_those_it_was_set_on():
    found = interval(cohort(2))
    assert found.coverage == pytest.approx(0.95, abs=0.04)
    assert (found.truths, found.cohorts) == (1, 8)


def test_a_cohort_drawn_with_too_few_of_a_class_is_drawn_again():
    table = cohort(3, 40)
    assert interval(table, Ridge(least=12, cohorts=4)).effective_patients >= 1
    with pytest.raises(InputError, match="both classes"):
        interval_by_simulation(Ridge(least=21), "x", table, Ridge().refit(table, "x", 0), held_out(table))


def test_it_is_the_same_whatever_the_number_of_processes_and_says_how_far_it_is():
    lines = []
    table = cohort(4, 60)
    assert interval(table, Ridge(cohorts=2), workers=2, report=lines.append) == interval(table, Ridge(cohorts=2))
    assert lines == [f"{number} of 4 simulations, x" for number in (1, 2, 3, 4)]


def test_one_that_exceeds_the_cohort_is_that_of_the_cohort():
    table = cohort(5, 60)
    assert interval(table, Exact()).effective_patients == 60
