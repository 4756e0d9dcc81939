"""The sentences at the top of a validation: each follows from planted facts, and none says more than it may."""

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from NACResponseLib.evaluation.external import external_metrics
from NACResponseLib.evaluation.logistic import sigmoid
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.model.card import Metric
from NACResponseLib.report.validation_checks import check_findings
from NACResponseLib.report.validation_summary import findings
from NACResponseLib.validation import validate
from NACResponseLib.validation.cohort import RECALIBRATED, TRAINED
from NACResponseLib.validation.validate import examine

from ..validation.validation_cohort import alike, scored


@pytest.fixture
def bundle(card):
    return replace(load_bundle("ispy-clinical-volume"), card=card, threshold=0.3)


def found_of(bundle, cohort):
    estimates = external_metrics(cohort.outcome, cohort.probability, bundle.threshold, draws=150)
    return findings(examine(bundle, cohort), {one.metric: one for one in estimates})


def checks_of(bundle, cohort):
    return check_findings(examine(bundle, cohort))


def summary(bundle, cohort):
    return [sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in found_of(bundle, cohort).summary]


def made(count, seed=1, spread=1.0, seen=0.0, slope=1.0):
    """Patients whose log-odds the model knows; ``seen`` is added to the true ones, which it takes ``slope`` times."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-0.8, spread, count)
    return (random.random(count) < sigmoid(log_odds + seen)).astype(int), sigmoid(slope * log_odds)


def shuffled(outcome, probability):
    return np.random.default_rng(3).permutation(outcome), probability


def test_a_sound_model_is_reported_by_rank_calibration_benefit_and_sets(bundle):
    sentences = summary(bundle, scored(*made(800, spread=0.75), clinical=alike(bundle, 800)))
    assert "800 patients" in sentences[0] and "better than chance" in sentences[1]
    assert "on average the probabilities fit" in sentences[2] and "does more good" in sentences[3]


@pytest.mark.parametrize(
    ("patients", "verdict"),
    [
        (lambda: shuffled(*made(2500)), "no better than chance"),
        (lambda: shuffled(*made(100)), "inconclusive whether that is better than chance"),
        (lambda: made(400), ": better than chance"),
        (lambda: (1 - made(400)[0], made(400)[1]), "wrong way round"),
    ],
)
def test_an_auc_against_chance(bundle, patients, verdict):
    assert verdict in summary(bundle, scored(*patients()))[1]


@pytest.mark.parametrize(
    ("count", "own", "verdict"),
    [
        (1500, 0.0, "as in its own validation"),
        (1500, 0.1, "less than the"),
        (1500, -0.1, "more than the"),
        (150, 0.0, "whether it is as good as in its own validation"),
    ],
)
def test_an_auc_against_the_models_own_validation(bundle, count, own, verdict):
    outcome, probability = made(count)
    area = roc_auc_score(outcome, probability) + own
    metric = Metric("auc", "AUC", area, area - 0.01, area + 0.01, area, area, area)
    known = replace(bundle, card=replace(bundle.card, metrics=(metric,)))
    assert verdict in summary(known, scored(outcome, probability))[1]


@pytest.mark.parametrize(
    ("count", "seen", "verdict"),
    [
        (1000, 0.0, "on average the probabilities fit, within 0.80 to 1.25"),
        (400, 1.0, "too low here"),
        (400, -1.0, "too high here"),
        (60, 0.0, "inconclusive whether the probabilities fit on average"),
    ],
)
def test_calibration_in_the_large(bundle, count, seen, verdict):
    assert verdict in found_of(bundle, scored(*made(count, seen=seen))).in_the_large


@pytest.mark.parametrize(
    ("count", "slope", "verdict"),
    [
        (4000, 1.0, "their spread fits, within 0.80 to 1.25"),
        (400, 3.0, "too extreme"),
        (400, 0.3, "differ too little"),
        (150, 1.0, "inconclusive whether their spread fits"),
        (400, -1.0, "but with less"),
    ],
)
def test_the_calibration_slope(bundle, count, slope, verdict):
    assert verdict in found_of(bundle, scored(*made(count, slope=slope))).spread


def test_one_probability_of_all_patients_ranks_none_and_has_no_slope(bundle):
    found = found_of(bundle, scored(made(100)[0], np.full(100, 0.3)))
    assert "ranks none above another" in found.summary[1] and "one probability" in found.spread


@pytest.mark.parametrize(
    ("patients", "threshold", "verdict"),
    [
        (lambda: made(500), 0.001, "neither more good nor less"),
        (lambda: made(800), 0.3, "does more good than either"),
        (lambda: shuffled(*made(80)), 0.3, "inconclusive"),
    ],
)
def test_the_net_benefit(bundle, patients, threshold, verdict):
    assert verdict in found_of(replace(bundle, threshold=threshold), scored(*patients())).benefit


def test_acting_by_a_model_that_ranks_the_wrong_way_round_does_less_good(bundle):
    outcome, probability = made(800)
    assert "does less good" in found_of(bundle, scored(1 - outcome, probability)).benefit


@pytest.mark.parametrize(
    ("count", "shift", "verdicts", "expected"),
    [
        (2000, 0.0, ("as promised", "as promised"), False),
        (800, -0.2, ("less than the 90", "as promised"), True),
        (60, 0.0, ("inconclusive", "inconclusive"), True),
    ],
)
def test_prediction_sets(bundle, count, shift, verdicts, expected):
    random, known = np.random.default_rng(1), bundle.reference
    outcome = (random.random(count) < 0.3).astype(int)
    drawn = [random.choice(known.probabilities[known.outcomes == so], count) for so in (0, 1)]
    found = checks_of(bundle, scored(outcome, np.clip(np.where(outcome, drawn[1], drawn[0]) + shift, 0.001, 0.999)))
    parts = found.sets.split("; in ")
    assert len(parts) == 2
    assert all(verdict in part for verdict, part in zip(verdicts, parts, strict=True))
    assert (found.sets in found.for_summary) == expected


@pytest.mark.parametrize(
    ("count", "shift", "verdict", "expected"),
    [
        (3000, 0.0, "holds what was seen in each", False),
        (800, 0.4, "does not meet what was seen in 4 of 4", True),
        (90, 0.0, "inconclusive in 4 of 4", False),
    ],
)
def test_the_interval_of_the_probability(bundle, count, shift, verdict, expected):
    random = np.random.default_rng(2)
    true = random.uniform(0.2, 0.5, count)
    found = checks_of(bundle, scored((random.random(count) < true).astype(int), true + shift))
    assert verdict in found.interval and (found.interval in found.for_summary) == expected


@pytest.mark.parametrize(
    ("count", "inside", "verdict", "expected"),
    [
        (3000, 0.0, "ranks little beyond receptors", True),
        (1500, 1.0, "ranks by more than receptors", False),
        (150, 0.1, "inconclusive whether the model ranks anything beyond receptors", True),
        (1500, -1.0, "the wrong way round", True),
    ],
)
def test_ranks_among_patients_of_one_receptor_subtype(bundle, monkeypatch, count, inside, verdict, expected):
    monkeypatch.setattr(validate, "SUBGROUP_DRAWS", 20)
    random = np.random.default_rng(4)
    hormone, her2 = random.integers(2, size=(2, count)).astype(float)
    own = random.normal(size=count)
    known = her2 * 2.5 - 2.5 * hormone
    outcome = (random.random(count) < sigmoid(known + inside * own)).astype(int)
    cohort = scored(outcome, sigmoid(known + 0.3 * own), clinical={"HR": hormone, "HER2": her2})
    found = checks_of(bundle, cohort)
    assert verdict in found.receptors and (found.receptors in found.for_summary) == expected


@pytest.mark.parametrize(
    ("count", "failing", "verdict", "expected"),
    [
        (12_000, False, "about as often right in all", False),
        (800, True, "more often in some of them", True),
        (200, False, "inconclusive", False),
    ],
)
def test_calls_in_groups_of_patients(bundle, monkeypatch, count, failing, verdict, expected):
    monkeypatch.setattr(validate, "SUBGROUP_DRAWS", 20)
    outcome, probability = made(count, spread=2)
    dense = np.arange(count) % 2 == 0
    if failing:
        outcome[dense] = np.random.default_rng(4).permutation(outcome[dense])
    cohort = scored(outcome, probability, groups={"Breast density": tuple(np.where(dense, "d", "a"))})
    found = checks_of(bundle, cohort)
    assert verdict in found.consistency and (found.consistency in found.for_summary) == expected


def test_more_outcomes_than_predicted_are_reported_with_both_numbers(bundle):
    outcome, probability = made(400, seen=1.0)
    sentences = summary(bundle, scored(outcome, probability))
    assert sentences[2].startswith(
        f"{probability.sum():.0f} patients with pathological complete response (pCR) were expected"
    )
    assert f"{outcome.sum()} were seen" in sentences[2] and "recalibrated model is offered" in sentences[2]


def test_a_subgroup_in_which_the_model_fails_is_reported_and_one_found_by_chance_is_not(bundle):
    outcome, probability = made(900, spread=1.5)
    failing = np.arange(900) % 3 == 0
    outcome[failing] = np.random.default_rng(4).permutation(outcome[failing])
    scanners = {"MRI": tuple(np.where(failing, "Signa", "Avanto"))}
    sentences = summary(bundle, scored(outcome, probability, scanners=scanners, clinical=alike(bundle, 900)))
    assert re.search(r"AUC differs by MRI scanner \(p <0\.001", sentences[-1])
    by_chance = summary(bundle, scored(*made(900, spread=1.5), scanners=scanners))
    assert not any("equally well" in sentence for sentence in by_chance)


def test_patients_unlike_the_training_patients_are_reported_by_what_differs(bundle):
    clinical = {"age": np.full(200, 80.0), "HR": np.ones(200), "HER2": np.full(200, np.nan)}
    sentences = summary(bundle, scored(*made(200), clinical=clinical))[-1]
    assert "not like those" in sentences
    assert "Age (higher by" in sentences and "in 100 %" in sentences
    assert "HER2 (missing in 100 %, in training" in sentences and "Hormone receptor (higher by 1.3" in sentences


def test_the_models_own_patients_are_called_so_and_give_no_verdict(bundle):
    found = found_of(bundle, scored(*made(600), learned_from=TRAINED))
    assert "trained on: no validation" in found.title and "External validation" not in found.title
    assert "on others" in found.summary[0]
    for verdict in ("better than", "probabilities fit", "spread fits", "more good", "as promised"):
        assert not any(verdict in sentence for sentence in found.summary)
    assert "cannot be checked" in found.checks.sets


def test_patients_of_a_recalibration_validate_ranks_but_not_calibration(bundle):
    found = found_of(bundle, scored(*made(600), learned_from=RECALIBRATED))
    assert "no validation of its calibration" in found.title
    assert "better than chance" in found.summary[1] and "fit" not in found.summary[2]


def test_one_outcome_where_many_were_expected_is_too_few_for_ranks_but_not_for_the_average(bundle):
    outcome = np.zeros(60, dtype=int)
    outcome[30] = 1
    sentences = summary(bundle, scored(outcome, np.linspace(0.1, 0.6, 60)))
    assert "nothing can be concluded" in sentences[1]
    assert "21 patients" in sentences[2] and "1 were seen" in sentences[2] and "too high here" in sentences[2]
