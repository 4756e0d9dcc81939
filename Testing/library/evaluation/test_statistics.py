"""Intervals against published examples and by simulation."""

import numpy as np
import pytest

from NACResponseLib.evaluation.statistics import bootstrap_intervals, effective_sample_size, wilson_interval


@pytest.mark.parametrize(
    ("positives", "patients", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_gives_the_published_values(positives, patients, low, high):
    """Newcombe, Stat Med 1998, table I, method 3."""
    found = wilson_interval(positives / patients, patients)
    assert np.round(found, 4) == pytest.approx((low, high), abs=1e-4)


def test_wilson_interval_contains_the_rate_and_moves_with_it():
    rates = np.linspace(0.001, 0.999, 500)
    low, high = wilson_interval(rates, 56)
    assert ((low > 0) & (low < rates) & (rates < high) & (high < 1)).all()
    assert (np.diff(low) > 0).all()
    assert (np.diff(high) > 0).all()


@pytest.mark.parametrize("patients", [40, 200])
def test_effective_sample_size_of_observed_rates_is_the_sample_size(patients):
    random = np.random.default_rng(1)
    truth = random.uniform(0.2, 0.8, 200_000)
    rates = random.binomial(patients, truth) / patients
    assert effective_sample_size(rates, truth) == pytest.approx(patients, rel=0.08)


def test_effective_sample_size_makes_wilson_intervals_cover_at_the_level():
    random = np.random.default_rng(2)
    truth = random.uniform(0.1, 0.6, 5000)
    estimate = np.clip(truth + random.normal(0, 0.05, (6, 5000)), 0.01, 0.99)
    low, high = wilson_interval(estimate, effective_sample_size(estimate, truth, 0.9), 0.9)
    assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(0.9, abs=0.001)


def test_bootstrap_interval_of_a_mean_is_that_of_its_standard_error():
    values = np.random.default_rng(3).normal(10, 2, 900)

    def mean(weights):
        return {"mean": weights @ values / weights.sum(axis=1)}

    low, high = bootstrap_intervals(mean, 900, draws=4000, seed=1)["mean"]
    error = values.std() / np.sqrt(900)
    assert (low, high) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.02)


def test_bootstrap_draws_are_the_same_for_the_same_seed():
    def total(weights):
        return {"first": weights[:, 0]}

    assert bootstrap_intervals(total, 30, draws=300, seed=5) == bootstrap_intervals(total, 30, draws=300, seed=5)
