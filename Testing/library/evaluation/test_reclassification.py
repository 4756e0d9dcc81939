"""Net reclassification against the worked example that defines it, cases by hand, and its known failure."""

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.logistic import fit_logistic, sigmoid
from NACResponseLib.evaluation.reclassification import (
    CAVEATS,
    SUMMARY_LABELS,
    reclassification,
)

# Pencina et al. 2008, table II; see Testing/reference/reclassification/README.md.
EVENTS = np.array([[39, 15, 0], [4, 87, 14], [0, 3, 21]])
NON_EVENTS = np.array([[1959, 142, 0], [148, 703, 31], [1, 25, 72]])
RISK_OF_CATEGORY = np.array([0.03, 0.12, 0.3])
CUTOFFS = (0.06, 0.2)


@pytest.fixture
def framingham():
    """A risk inside each patient's category, without and with the marker."""
    outcome, old, new = [], [], []
    for reached, table in ((1, EVENTS), (0, NON_EVENTS)):
        before, after = (np.repeat(places.ravel(), table.ravel()) for places in np.indices((3, 3)))
        outcome.append(np.full(table.sum(), reached))
        old.append(RISK_OF_CATEGORY[before])
        new.append(RISK_OF_CATEGORY[after])
    return np.concatenate(outcome), np.concatenate(old), np.concatenate(new)


def published_z(outcome, up):
    """z of the continuous improvement as in Pencina et al. (2008), where every patient moves."""
    moved = np.where(up, 1, -1) * np.where(outcome == 1, 1, -1)
    return sum(moved[outcome == k].mean() for k in (0, 1)) / np.sqrt((1 / np.bincount(outcome)).sum())


def values(estimates):
    return {estimate.metric: estimate.value for estimate in estimates}


def test_the_published_example_gives_the_published_improvement(framingham):
    found = values(reclassification(*framingham, CUTOFFS, draws=100))
    assert found["nri"] == pytest.approx(0.121, abs=5e-4)
    assert found["nri_events"] == pytest.approx((29 - 7) / 183)
    assert found["nri_non_events"] == pytest.approx((174 - 173) / 3081)


def test_its_bootstrap_interval_is_that_of_the_multinomial_error(framingham):
    """Each part is a difference of two shares of independent patients, with the variance of a multinomial."""
    estimate = reclassification(*framingham, CUTOFFS, seed=1)[0]
    variance = 0.0
    for up, down, patients in ((29, 7, 183), (173, 174, 3081)):
        variance += ((up + down) / patients - ((up - down) / patients) ** 2) / patients
    half = 1.96 * np.sqrt(variance)
    assert (estimate.ci_low, estimate.ci_high) == pytest.approx(
        (estimate.value - half, estimate.value + half), abs=0.006
    )


def test_continuous_figures_of_six_patients_by_hand():
    # Events move +0.1, +0.2, -0.3; others -0.1, +0.1, 0: NRI (2 - 1)/3 + (1 - 1)/3; IDI 0/3 - 0/3.
    outcome = [1, 1, 1, 0, 0, 0]
    found = values(reclassification(outcome, [0.5] * 6, [0.6, 0.7, 0.2, 0.4, 0.6, 0.5], draws=100))
    assert found == pytest.approx({"nri": 1 / 3, "nri_events": 1 / 3, "nri_non_events": 0, "idi": 0}, abs=1e-12)
    better = values(reclassification(outcome, [0.5] * 6, [0.7, 0.7, 0.7, 0.4, 0.4, 0.4], draws=100))
    assert better["nri"] == 2 and better["idi"] == pytest.approx(0.2 + 0.1)


def test_a_cut_off_belongs_to_the_category_above_it():
    assert values(reclassification([1, 0], [0.19, 0.2], [0.2, 0.19], [0.2], draws=20))["nri"] == 2
    assert values(reclassification([1, 0], [0.2, 0.3], [0.3, 0.2], [0.2], draws=20))["nri"] == 0


def test_on_new_patients_noise_looks_like_an_improvement_as_its_critics_say():
    """Four noise variables fitted on 80 patients: the published test calls them an improvement for new patients far
    more often than its 2.5 % (Pepe et al. 2015), which is why the caveats are printed."""
    random, improved = np.random.default_rng(3), 0
    for _ in range(150):
        columns = np.column_stack([np.ones(480), random.normal(0, 1, (480, 5))])
        outcome = (random.random(480) < sigmoid(1.5 * columns[:, 1])).astype(int)
        train, test = slice(0, 80), slice(80, None)
        old, new = (
            sigmoid(columns[test, :width] @ fit_logistic(columns[train, :width], outcome[train])) for width in (2, 6)
        )
        improved += published_z(outcome[test], new > old) > 1.96
    assert improved / 150 > 0.2
    assert any("noise" in caveat for caveat in CAVEATS)


def test_every_figure_has_its_words_and_its_interval():
    random = np.random.default_rng(4)
    outcome = np.repeat([1, 0], [40, 60])
    old, new = random.random((2, 100))
    found = reclassification(outcome, old, new, draws=300)
    assert [estimate.metric for estimate in found] == list(SUMMARY_LABELS)
    assert all(estimate.ci_low <= estimate.value <= estimate.ci_high for estimate in found)


@pytest.mark.parametrize("cutoffs", [[], [0.5, 0.2], [0.0, 0.5], [0.2, 0.2]])
def test_cut_offs_that_part_nothing_are_refused(cutoffs):
    with pytest.raises(InputError, match="cut-offs"):
        reclassification([1, 0], [0.1, 0.2], [0.2, 0.1], cutoffs)


def test_unmatched_or_impossible_probabilities_are_refused():
    for old, new in (([0.1, 0.2, 0.3], [0.1, 0.2]), ([0.1, 1.2], [0.1, 0.2]), ([0.1, np.nan], [0.1, 0.2])):
        with pytest.raises(InputError, match="probabilities"):
            reclassification([1, 0], old, new)
    with pytest.raises(InputError, match="with and without"):
        reclassification([1, 1], [0.1, 0.2], [0.2, 0.1])
