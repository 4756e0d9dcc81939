"""Conformal p-values and sets: as another package gives them, and true for nine patients of ten in either class."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.conformal import (
    conformal_p_values,
    p_values,
    prediction_set,
    set_in_words,
    true_class_held,
)

POSITIVE, NEGATIVE = "response", "residual disease"


def test_p_values_are_those_of_crepes():
    """Its class-conditional classifier, unsmoothed, on probabilities with many ties."""
    crepes = pytest.importorskip("crepes")
    random = np.random.default_rng(3)
    reference, outcome = random.random(150).round(2), random.integers(0, 2, 150)
    new = random.random(400).round(2)
    classifier = crepes.ConformalClassifier()
    classifier.fit(np.where(outcome == 1, 1 - reference, reference), bins=outcome)
    unusual = np.column_stack([new, 1 - new])
    found = conformal_p_values(new, reference, outcome)
    for label in (0, 1):
        theirs = classifier.predict_p(unusual, bins=np.full(400, label), smoothing=False)[:, label]
        assert found[:, label] == pytest.approx(theirs, abs=1e-12)


def test_p_values_by_hand():
    """Positive training patients had 0.9, 0.6 and 0.3; negative ones 0.1, 0.2, 0.4 and 0.7."""
    reference, outcome = [0.9, 0.6, 0.3, 0.1, 0.2, 0.4, 0.7], [1, 1, 1, 0, 0, 0, 0]
    assert p_values(0.5, reference, outcome) == {"positive": 2 / 4, "negative": 2 / 5}
    assert p_values(0.3, reference, outcome) == {"positive": 2 / 4, "negative": 3 / 5}
    assert p_values(0.05, reference, outcome) == {"positive": 1 / 4, "negative": 1.0}


@pytest.mark.parametrize("seed", range(3))
def test_either_class_is_covered_as_often_as_theory_says(seed):
    """With m patients of a class the true one is left out in floor((m + 1) / 10) of m + 1 cases, whatever the model:
    here one that is calibrated badly, on outcomes that it hardly predicts."""
    random = np.random.default_rng(seed)
    covered = {0: [], 1: []}
    for _ in range(1500):
        outcome = np.repeat((1, 0), (29, 64))
        score = 1 / (1 + np.exp(-(3 * outcome + random.normal(size=93) * 2 - 4)))
        new_outcome = np.array((1, 0))
        new = 1 / (1 + np.exp(-(3 * new_outcome + random.normal(size=2) * 2 - 4)))
        above = conformal_p_values(new, score, outcome) > 0.1
        for place, label in enumerate(new_outcome):
            covered[label].append(above[place, label])
    for label, patients in ((0, 64), (1, 29)):
        expected = 1 - math.floor((patients + 1) * 0.1 + 1e-9) / (patients + 1)
        spread = math.sqrt(expected * (1 - expected) / 1500)
        assert np.mean(covered[label]) == pytest.approx(expected, abs=3.5 * spread)
        assert expected >= 0.9


def test_few_patients_of_a_class_never_rule_it_out():
    reference, outcome = [0.9] * 8 + [0.1] * 40, [1] * 8 + [0] * 40
    assert p_values(0.0, reference, outcome)["positive"] == pytest.approx(1 / 9)
    assert prediction_set(p_values(0.0, reference, outcome), POSITIVE, NEGATIVE) == (POSITIVE, NEGATIVE)
    assert p_values(0.5, [0.3, 0.4], [0, 0])["positive"] == 1


def test_a_model_that_gives_all_patients_one_probability_rules_out_no_class():
    """A bundle's reference is rounded to six digits, a new patient's probability is not."""
    outcomes = [1] * 30 + [0] * 60
    for constant in (1 / 3, 2 / 3, 0.4):
        found = p_values(constant, np.full(90, round(constant, 6)), outcomes)
        assert found == {"positive": 1.0, "negative": 1.0}


def test_a_set_holds_the_classes_above_its_level():
    for values, expected in (
        ((0.5, 0.5), (POSITIVE, NEGATIVE)),
        ((0.5, 0.05), (POSITIVE,)),
        ((0.05, 0.5), (NEGATIVE,)),
        ((0.05, 0.05), ()),
        ((0.1, 0.11), (NEGATIVE,)),
    ):
        given = dict(zip(("positive", "negative"), values, strict=True))
        assert prediction_set(given, POSITIVE, NEGATIVE, 0.9) == expected


def test_a_set_in_words_names_what_is_possible_and_its_level():
    for possible, words in (
        ((POSITIVE, NEGATIVE), "At 90 % confidence: response or residual disease: both remain possible."),
        ((NEGATIVE,), "At 90 % confidence: residual disease; response would be unusual with such a score."),
        ((), "At 90 % confidence: neither response nor residual disease is usual with such a score."),
    ):
        assert set_in_words(possible, POSITIVE, NEGATIVE) == words
    assert set_in_words((POSITIVE,), POSITIVE, NEGATIVE, 0.95).startswith("At 95 % confidence: response; residual")


def test_a_model_that_distinguishes_the_classes_leaves_one_and_another_both():
    random = np.random.default_rng(0)
    outcome = random.integers(0, 2, 400)
    for strength, both in ((6.0, False), (0.0, True)):
        x = strength * outcome[:, None] + random.normal(size=(400, 1))
        fitted = LogisticRegression().fit(x[:200], outcome[:200])
        reference, new = fitted.predict_proba(x[200:300])[:, 1], fitted.predict_proba(x[300:])[:, 1]
        above = conformal_p_values(new, reference, outcome[200:300]) > 0.1
        share = above.all(axis=1).mean()
        assert share > 0.7 if both else share == 0


@pytest.mark.parametrize(
    ("new", "reference", "outcome"),
    [
        ([1.2], [0.5], [1]),
        ([math.nan], [0.5], [1]),
        ([0.5], [-0.1], [1]),
        ([0.5], [0.5], [2]),
        ([0.5], [0.5, 0.6], [1]),
    ],
)
def test_what_is_no_probability_or_outcome_is_refused(new, reference, outcome):
    with pytest.raises(InputError):
        conformal_p_values(new, reference, outcome)


def test_a_set_holds_the_class_that_came_true_exactly_where_it_names_it():
    random = np.random.default_rng(8)
    reference, outcomes = random.random(60), random.integers(0, 2, 60)
    new, true = random.random(40), random.integers(0, 2, 40)
    expected = [
        ("no", "yes")[so] in prediction_set(p_values(probability, reference, outcomes), "yes", "no")
        for probability, so in zip(new, true, strict=True)
    ]
    assert true_class_held(new, true, reference, outcomes).tolist() == expected
    assert 0 < sum(expected) < 40
