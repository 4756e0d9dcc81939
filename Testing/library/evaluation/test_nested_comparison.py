"""Nested models on new patients: parts from independent packages, planted gains, useless markers, hopeless sizes."""

import re

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.logistic import logit, sigmoid
from NACResponseLib.evaluation.nested_comparison import NestedTerms, compare_nested


def patients(seed, count, gain):
    """Outcomes that follow two variables; probabilities from the first alone, and from both as weighed in truth."""
    random = np.random.default_rng(seed)
    known, new = random.normal(size=(2, count))
    outcome = (random.random(count) < sigmoid(-0.6 + known + gain * new)).astype(int)
    return outcome, sigmoid(-0.6 + known), sigmoid(-0.6 + known + (gain or 0.4) * new)


def compared(seed, count, gain, **settings):
    return compare_nested(
        *patients(seed, count, gain), is_training_cohort=False, cutoffs=(0.35,), draws=200, **settings
    )


def test_every_figure_is_that_of_an_independent_computation():
    outcome, smaller, larger = patients(1, 300, 0.8)
    found = compare_nested(outcome, smaller, larger, is_training_cohort=False, cutoffs=(0.35,), draws=200)
    assert found.areas.first == pytest.approx(roc_auc_score(outcome, larger))
    assert found.areas.second == pytest.approx(roc_auc_score(outcome, smaller))

    def likelihood(columns):
        fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=2000).fit(columns, outcome)
        return stats.bernoulli.logpmf(outcome, fitted.predict_proba(columns)[:, 1]).sum()

    both = np.stack([logit(smaller), logit(larger)], axis=1)
    statistic = 2 * (likelihood(both) - likelihood(both[:, :1]))
    assert found.likelihood_ratio.statistic == pytest.approx(statistic, rel=1e-4)
    assert found.likelihood_ratio.p == pytest.approx(stats.chi2.sf(statistic, 1), rel=1e-3)
    moved = (larger >= 0.35).astype(int) - (smaller >= 0.35)
    figures = {one.metric: one.value for one in found.categories}
    assert figures["nri"] == pytest.approx(moved[outcome == 1].mean() - moved[outcome == 0].mean())
    change = larger - smaller
    continuous = {one.metric: one.value for one in found.continuous}
    assert continuous["idi"] == pytest.approx(change[outcome == 1].mean() - change[outcome == 0].mean())


def test_a_planted_gain_is_found_in_many_patients_and_inconclusive_in_few():
    assert compared(2, 2000, 1.0).added.verdict == "adds"
    assert compared(3, 60, 0.2).added.verdict == "inconclusive"


def test_a_useless_marker_does_not_add_although_its_continuous_reclassification_may_be_above_zero():
    found = compared(4, 4000, 0.0)
    assert found.added.verdict == "does not add" and found.added.difference < 0
    assert any("pure noise" in caveat for caveat in found.caveats)


def test_a_useless_marker_rarely_adds():
    verdicts = [compared(100 + seed, 150, 0.0).added.verdict for seed in range(60)]
    assert verdicts.count("adds") <= 5


def test_what_matters_is_the_users_to_state():
    generous, strict = (compared(5, 600, 0.05, relevant=relevant).added for relevant in (0.2, 0.001))
    assert generous.verdict == "does not add" and strict.verdict == "inconclusive"


def test_models_that_are_not_nested_get_no_likelihood_ratio_and_are_reported():
    found = compared(6, 200, 0.5, nested=False)
    assert found.likelihood_ratio is None and "not nested" in found.reason


def test_below_ten_patients_of_a_class_no_verdict_is_given():
    outcome = np.repeat([1, 0], [4, 60])
    better, worse = np.r_[0.9, 0.85, 0.8, 0.75, np.linspace(0.1, 0.86, 60)], np.linspace(0.1, 0.9, 64)
    found = compare_nested(outcome, worse, better, is_training_cohort=False, cutoffs=(0.5,), draws=200)
    assert found.areas.low > 0.2 and found.added.verdict == "inconclusive"
    assert "4 patients of the rarer class" in found.warnings[0]


def test_a_single_patient_with_the_outcome_shows_nothing():
    outcome = np.repeat([1, 0], [1, 30])
    found = compare_nested(
        outcome,
        np.linspace(0.3, 0.6, 31),
        np.linspace(0.6, 0.3, 31),
        is_training_cohort=False,
        cutoffs=(0.5,),
        draws=200,
    )
    assert "1 patient of the rarer class" in found.warnings[0]
    assert "cannot be estimated" in found.added.sentence("it", "age")


def test_models_that_rank_all_alike_show_nothing_and_have_no_likelihood_ratio():
    outcome, smaller, _ = patients(7, 120, 0.5)
    found = compare_nested(
        outcome, smaller, sigmoid(2 * logit(smaller)), is_training_cohort=False, cutoffs=(0.3,), draws=200
    )
    assert found.added.verdict == "inconclusive" and found.areas.p == 1
    assert found.likelihood_ratio is None and "not nested" in found.reason


def test_training_patients_of_the_models_are_named_and_show_nothing():
    outcome, smaller, larger = patients(2, 2000, 1.0)
    found = compare_nested(outcome, smaller, larger, is_training_cohort=True, cutoffs=(0.3,), draws=200)
    assert found.areas.low > 0 and "training patients" in found.added.verdict
    assert re.search("Not judged whether the scan .*age", found.added.sentence("the scan", "age"))
    assert sum("same patients" in warning for warning in found.warnings) == 1


def test_what_are_no_probabilities_is_refused():
    with pytest.raises(InputError, match="two probabilities"):
        compare_nested([0, 1], [0.1, 0.2], [0.1, 1.2], is_training_cohort=False, cutoffs=(0.5,))


def linear(seed, count, gain, names=("Ultrasound", "MRI"), missing=0):
    """As ``patients``, with the terms of both models: the second added one has no weight."""
    outcome, smaller, larger = patients(seed, count, gain)
    known, both = logit(smaller)[:, None], logit(larger)
    known[:missing] = np.nan
    terms = NestedTerms(names, known, np.column_stack([both - logit(smaller), np.zeros(count)]))
    return outcome, smaller, larger, terms


def test_of_linear_models_the_terms_are_tested_not_the_scores_and_the_sentence_says_so():
    outcome, smaller, larger, terms = linear(8, 300, 0.8, missing=12)
    found = compare_nested(outcome, smaller, larger, is_training_cohort=False, cutoffs=(0.35,), draws=200, terms=terms)
    assert found.likelihood_ratio.degrees == 1 and found.likelihood_ratio.patients == 288
    assert found.likelihood_ratio.p < 0.01 and found.terms == ("Ultrasound",)
    assert re.search("Ultrasound adds .*variables", found.question)
    assert "the 288 patients without a missing value" in found.question and "less often" in found.question
    scored = compared(8, 300, 0.8)
    assert scored.terms == () and re.search("larger .*score adds", scored.question)
    assert "no proof" in scored.question


def test_added_terms_without_weight_leave_nothing_to_be_tested():
    outcome, smaller, larger, terms = linear(9, 200, 0.5)
    none = NestedTerms(terms.names, terms.smaller, np.zeros((200, 2)))
    found = compare_nested(outcome, smaller, larger, is_training_cohort=False, cutoffs=(0.35,), draws=200, terms=none)
    assert found.likelihood_ratio is None and found.question == "" and found.terms == ()
    assert "weight" in found.reason
