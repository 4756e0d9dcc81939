"""The sentences at the top of a validation: each follows from planted facts, and none says more than it may."""

import re
from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.evaluation.external import external_metrics
from NACResponseLib.evaluation.logistic import sigmoid
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.report.validation_summary import findings
from NACResponseLib.validation.validate import examine

from ..validation.validation_cohort import alike, scored


@pytest.fixture
def bundle(card):
    return replace(load_bundle("ispy-clinical-volume"), card=card, threshold=0.3)


def summary(bundle, cohort):
    estimates = external_metrics(cohort.outcome, cohort.probability, bundle.threshold, draws=400)
    found = findings(examine(bundle, cohort), {one.metric: one for one in estimates})
    return [sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in found.summary]


def made(count, seed=1, spread=1.0, seen=0.0):
    """Patients whose log-odds the model knows; ``seen`` is added to the true ones."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-0.8, spread, count)
    return (random.random(count) < sigmoid(log_odds + seen)).astype(int), sigmoid(log_odds)


def test_a_sound_model_is_told_in_four_sentences(bundle):
    told = summary(bundle, scored(*made(800, spread=0.75), clinical=alike(bundle, 800)))
    assert len(told) == 4
    assert "800 patients" in told[0] and re.search("in line with .*71 %", told[1])
    assert "on average the probabilities fit" in told[2] and "their spread fits" in told[2]
    assert "more good than" in told[3]


def test_a_model_that_knows_nothing_is_said_to_be_no_better_than_chance(bundle):
    outcome, probability = made(300)
    told = summary(bundle, scored(np.random.default_rng(3).permutation(outcome), probability))
    assert "chance" in told[1] and "in line with" not in told[1]


def test_a_model_that_ranks_the_wrong_way_round_is_said_to(bundle):
    outcome, probability = made(300, spread=1.5)
    told = summary(bundle, scored(1 - outcome, probability))
    assert "wrong way round" in told[1] and "higher probabilities do not" in told[2]


def test_more_outcomes_than_predicted_are_told_with_both_numbers(bundle):
    outcome, probability = made(400, seen=1.0)
    told = summary(bundle, scored(outcome, probability))
    assert told[2].startswith(
        f"{probability.sum():.0f} patients with pathological complete response (pCR) were expected"
    )
    assert (
        f"{outcome.sum()} were seen" in told[2]
        and "too low here" in told[2]
        and "recalibrated model is offered" in told[2]
    )


def test_a_subgroup_in_which_the_model_fails_is_told_and_one_found_by_chance_is_not(bundle):
    outcome, probability = made(900, spread=1.5)
    failing = np.arange(900) % 3 == 0
    outcome[failing] = np.random.default_rng(4).permutation(outcome[failing])
    scanners = {"MRI": tuple(np.where(failing, "Signa", "Avanto"))}
    told = summary(bundle, scored(outcome, probability, scanners=scanners, clinical=alike(bundle, 900)))
    assert re.search(r"AUC differs by MRI scanner \(p <0\.001", told[-1])
    by_chance = summary(bundle, scored(*made(900, spread=1.5), scanners=scanners))
    assert not any("equally well" in sentence for sentence in by_chance)


def test_patients_unlike_the_training_patients_are_told_by_what_differs(bundle):
    clinical = {"age": np.full(200, 80.0), "HR": np.ones(200), "HER2": np.full(200, np.nan)}
    told = summary(bundle, scored(*made(200), clinical=clinical))[-1]
    assert "not like those" in told
    assert "Age (higher by" in told and "in 100 %" in told
    assert "HER2 (missing in 100 %, in training" in told and "Hormone receptor (higher by 1.3" in told


def test_the_models_own_patients_are_said_to_show_nothing(bundle):
    assert "on others" in summary(bundle, scored(*made(200), is_training_cohort=True))[0]


def test_one_outcome_where_many_were_expected_is_too_few_for_ranks_but_not_for_the_average(bundle):
    outcome = np.zeros(60, dtype=int)
    outcome[30] = 1
    told = summary(bundle, scored(outcome, np.linspace(0.1, 0.6, 60)))
    assert "nothing can be concluded" in told[1]
    assert "21 patients" in told[2] and "1 were seen" in told[2] and "too high here" in told[2]
