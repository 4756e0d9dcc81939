"""A cohort against the training patients: by their own values, by the bundle's quantiles, and by its range alone."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from NACResponseLib.validation.drift import BUNDLE, TABLE, cohort_drift

from .validation_cohort import alike, of_ranges_only, scored


def inputs_of(ages, *, seed=0):
    random = np.random.default_rng(seed)
    count = len(ages)
    clinical = {
        "age": np.asarray(ages, dtype=float),
        "HR": (random.random(count) < 0.5).astype(float),
        "HER2": (random.random(count) < 0.25).astype(float),
        "tumor_volume_mm3": random.lognormal(9.5, 1, count),
    }
    return scored(np.arange(count) % 2, np.full(count, 0.5), clinical=clinical).inputs


@pytest.fixture
def ages():
    """Of the training patients, and of others who are 4 years older."""
    random = np.random.default_rng(2)
    return np.clip(random.normal(48, 10, 1020), 23, 77), np.clip(random.normal(52, 10, 150), 23, 77)


def test_quantiles_show_nearly_what_the_patients_themselves_show(shipped, ages):
    training, here = ages
    grid = np.quantile(training, np.linspace(0, 1, 101))
    first = replace(
        shipped.inputs[0], low=grid[0], high=grid[-1], p01=grid[1], p99=grid[99], quantiles=tuple(grid.tolist())
    )
    older = of_ranges_only(shipped)
    found = cohort_drift(inputs_of(here), replace(older, inputs=(first, *older.inputs[1:])))
    age = found.features[0]
    expected = stats.ks_2samp(here, training)
    assert age.ks == pytest.approx(expected.statistic, abs=0.01)
    assert age.difference == pytest.approx((here.mean() - training.mean()) / 10, abs=0.05)
    assert found.source == BUNDLE and found.range_only == ("tumor_volume_mm3",) and "--training" in found.reason


def test_a_bundle_that_holds_ranges_only_says_so_and_states_what_lies_outside(shipped):
    here = np.r_[np.full(90, 50.0), np.full(10, 85.0)]
    age, hormone, *_ = cohort_drift(inputs_of(here), of_ranges_only(shipped)).features
    assert np.isnan([age.difference, age.ks, age.p]).all() and age.outside == pytest.approx(0.1)
    # Of a binary input its prevalence says all: 54.5 % of the training patients.
    share = inputs_of(here).values[:, 1].mean()
    spread = np.sqrt((share * (1 - share) * 100 / 99 + 0.545187 * 0.454813) / 2)
    assert hormone.difference == pytest.approx((share - 0.545187) / spread, abs=0.005)


def test_patients_like_those_of_training_show_no_drift(shipped):
    clinical = alike(shipped, 400)
    found = cohort_drift(scored(np.arange(400) % 2, np.full(400, 0.5), clinical=clinical).inputs, shipped)
    assert not found.range_only
    assert all(abs(row.difference) < 0.15 and row.q > 0.05 and row.outside < 0.01 for row in found.features)


def test_missing_values_are_counted_over_all_patients_and_beside_those_of_training(shipped):
    here = inputs_of(np.full(40, 50.0))
    here.values[:10, 2] = np.nan
    her2 = cohort_drift(here, shipped).features[2]
    assert her2.missing == pytest.approx(0.25) and her2.missing_training == pytest.approx(3 / 1020)


@pytest.mark.slow
def test_the_training_table_gives_the_exact_figures_and_states_whether_cohorts_can_be_distinguished(shipped, ages):
    training, here = inputs_of(ages[0][:200], seed=1), inputs_of(ages[1] + 15, seed=2)
    found = cohort_drift(here, shipped, training)
    assert found.source == TABLE and not found.range_only
    for row, ours, theirs in zip(found.features, here.values.T, training.values.T, strict=True):
        assert row.ks == pytest.approx(stats.ks_2samp(ours, theirs).statistic)
    assert found.separation.auc > 0.8 and found.separation.p < 0.05
    assert "no file" in found.warnings[0]


def test_too_few_patients_for_the_joint_test_are_reported(shipped, ages):
    found = cohort_drift(inputs_of([50.0, 60, 70]), shipped, inputs_of(ages[0][:50]))
    assert found.separation is None and "not tested" in found.reason
