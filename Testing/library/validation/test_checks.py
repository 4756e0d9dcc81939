"""What a bundle promises, on planted patients: sets that hold and do not, intervals, receptors, groups of patients."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from NACResponseLib.evaluation.calibration import MIN_SLOPE, Calibration
from NACResponseLib.evaluation.conformal import conformal_p_values
from NACResponseLib.evaluation.equivalence import AGREES, DIFFERS, UNCLEAR
from NACResponseLib.validation.checks import ALL, check

from .validation_cohort import scored


def cohort_of(bundle, count, seed=1, shift=0.0):
    """Patients whose probabilities are drawn from the bundle's own reference, class by class, then shifted."""
    random = np.random.default_rng(seed)
    outcome = (random.random(count) < 0.3).astype(int)
    reference = bundle.reference
    drawn = [random.choice(reference.probabilities[reference.outcomes == so], count) for so in (0, 1)]
    return outcome, np.clip(np.where(outcome == 1, drawn[1], drawn[0]) + shift, 0.001, 0.999)


def checked(bundle, outcome, probability, subtypes=None, others=None):
    return check(bundle, scored(outcome, probability), subtypes or [""] * len(outcome), others or {})


def test_coverage_by_class_and_subtype_counts_the_sets_and_has_wilsons_interval(shipped):
    outcome, probability = cohort_of(shipped, 200)
    subtypes = ["HR+/HER2-", "HR-/HER2-"] * 100
    found = {(one.group, one.positive): one for one in checked(shipped, outcome, probability, subtypes).sets}
    assert {group for group, _ in found} == {ALL, "HR+/HER2-", "HR-/HER2-"}
    values = conformal_p_values(probability, shipped.reference.probabilities, shipped.reference.outcomes)
    for positive in (0, 1):
        rows = outcome == positive
        one = found[ALL, bool(positive)]
        assert (one.patients, one.held) == (rows.sum(), (values[rows, positive] > 0.1).sum())
        interval = binomtest(one.held, one.patients).proportion_ci(method="wilson")
        assert (one.low, one.high) == pytest.approx((interval.low, interval.high))
        assert sum(found[group, bool(positive)].held for group in set(subtypes)) == one.held


@pytest.mark.parametrize(("count", "shift", "verdict"), [(4000, 0.0, AGREES), (800, -0.2, DIFFERS), (60, 0.0, UNCLEAR)])
def test_sets_hold_as_promised_do_not_or_are_inconclusive(shipped, count, shift, verdict):
    (positive,) = [one for one in checked(shipped, *cohort_of(shipped, count, shift=shift)).sets if one.positive]
    assert positive.verdict == verdict


@pytest.mark.parametrize(
    ("count", "shift", "verdict"), [(20_000, 0.0, AGREES), (800, 0.4, DIFFERS), (90, 0.0, UNCLEAR)]
)
def test_the_interval_holds_what_was_seen_leaves_it_out_or_is_inconclusive(shipped, count, shift, verdict):
    random = np.random.default_rng(2)
    true = random.uniform(0.2, 0.5, count)
    outcome = (random.random(count) < true).astype(int)
    assert {group.verdict for group in checked(shipped, outcome, true + shift).interval} == {verdict}


def test_a_model_that_learned_nothing_gives_no_sets_and_no_calls_to_check(shipped):
    nothing = replace(shipped, calibration=Calibration(MIN_SLOPE, -0.8))
    found = checked(nothing, *cohort_of(shipped, 100), others={"Age in years": ["a", "b"] * 50})
    assert not found.sets and found.consistency is None and found.of_subtypes is None
