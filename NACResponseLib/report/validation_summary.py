"""What an external validation shows, in words for a clinician; each sentence says no more than its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..evaluation.decision_curve import gain_over_default
from ..evaluation.delong import Area, auc_interval
from ..evaluation.drift import FeatureDrift
from ..evaluation.equivalence import (
    AGREES,
    CHANCE,
    DIFFERS,
    NET_BENEFIT,
    OBSERVED_EXPECTED,
    OWN_AUC,
    SLOPE,
    UNCLEAR,
    Margin,
    difference_interval,
)
from ..evaluation.external import Estimate
from ..evaluation.nested_comparison import SMALLEST_CLASS
from ..evaluation.subgroups import Interaction
from ..model.card import ModelCard
from ..validation.cohort import RECALIBRATED, TRAINED
from ..validation.validate import ExternalValidation
from .page import capital, figure, p_value, percent
from .validation_checks import CheckFindings, check_findings

LEVEL = 0.05
LARGE_DIFFERENCE, LARGE_SHARE = 0.25, 0.1
"""A standardized mean difference, and a share outside the training range or more missing, that a reader is shown."""
TESTS = {
    "auc": "AUC",
    "calibration_intercept": "calibration in the large",
    "calibration_slope": "calibration slope",
}
_MAX_NAMED = 3


@dataclass(frozen=True)
class Findings:
    """Attributes:
    title: what this is: an external validation, or figures of patients that the model was made from.
    summary: the sentences at the top.
    area: AUC with DeLong's interval.
    in_the_large, spread, benefit: a sentence each on calibration in the large, slope, and net benefit.
    checks: a sentence on each of ``validation.checks``.
    """

    title: str
    summary: tuple[str, ...]
    area: Area
    in_the_large: str
    spread: str
    benefit: str
    checks: CheckFindings


def title_of(validation: ExternalValidation) -> str:
    """What the page, and the first line of the command, call it."""
    name = validation.bundle.card.name
    return {
        "": f"External validation of {name}",
        TRAINED: f"{name} on the patients it was trained on: no validation",
        RECALIBRATED: f"{name} on the patients it was recalibrated on: no validation of its calibration",
    }[validation.cohort.learned_from]


def findings(validation: ExternalValidation, estimates: Mapping[str, Estimate], seed: int = 0) -> Findings:
    """All sentences.

    Args:
        estimates: rows of ``metrics.csv`` by name.
    """
    cohort, card = validation.cohort, validation.bundle.card
    area = auc_interval(cohort.outcome, cohort.probability)
    positives = int(cohort.outcome.sum())
    rarer, name = min((positives, card.positive_class), (len(cohort.outcome) - positives, card.negative_class))
    few = rarer < SMALLEST_CLASS
    large = _in_the_large(estimates, validation)
    spread = _spread(estimates["calibration_slope"], validation, few)
    benefit = _benefit(validation, few, seed)
    checks = check_findings(validation)
    sentences = [_who(validation, positives)]
    if few:
        sentences.append(
            f"With {rarer} {'patient' if rarer == 1 else 'patients'} with {name}, nothing can be concluded on how the "
            "model ranks patients: such figures below may be chance, and their intervals are too narrow."
        )
        sentences.append(large)
    else:
        offer = " A recalibrated model is offered below." if validation.recalibrates else ""
        sentences += [_discrimination(area, validation), f"{large} {spread}{offer}", benefit]
        sentences += checks.for_summary
    sentences += [against.sentence for against in validation.against]
    surprises = tuple(_surprises(validation))
    return Findings(title_of(validation), (*sentences, *surprises), area, large, spread, benefit, checks)


def _sentence(facts: str, verdict: str, seen: bool) -> str:
    """Facts with their verdict; patients that the model has seen allow none."""
    return f"{facts}." if seen or not verdict else f"{facts}: {verdict}."


def _who(validation: ExternalValidation, positives: int) -> str:
    cohort, card = validation.cohort, validation.bundle.card
    count = len(cohort.patients)
    text = f"{count} {validation.kind}, {positives} ({percent(positives / count)}) with {card.positive_class}"
    if cohort.learned_from == TRAINED:
        return f"{text}: the very patients that the model was made from. Nothing below shows how it does on others."
    if cohort.learned_from == RECALIBRATED:
        return f"{text}: the very patients that the model was recalibrated on. How it is calibrated here is no finding."
    others = len(cohort.failures)
    return f"{text}; {others} more could not be scored." if others else f"{text}."


def _discrimination(area: Area, validation: ExternalValidation) -> str:
    card, seen = validation.bundle.card, validation.cohort.learned_from == TRAINED
    low, high = (percent(bound) for bound in (area.low, area.high))
    facts = (
        f"Of a patient with {card.positive_class} and one with {card.negative_class}, the model gives the first the "
        f"higher probability in {percent(area.area)} of pairs"
    )
    if np.ptp(validation.cohort.probability) == 0:
        return "The model gives all these patients one probability: it ranks none above another."
    if math.isnan(area.error):
        return f"{facts}; its interval cannot be estimated."
    facts += f" (95 % interval {low} to {high}; chance is 50 %)"
    against_chance = {
        AGREES: f"that is no better than chance, or hardly (within {_within(CHANCE.high - CHANCE.ideal)})",
        UNCLEAR: "inconclusive whether that is better than chance, the data do not decide",
        DIFFERS: "it ranks these patients the wrong way round"
        if area.area < CHANCE.ideal
        else _against_own(area, card),
    }
    return _sentence(facts, against_chance[CHANCE.verdict(area.low, area.high)], seen)


def _against_own(area: Area, card: ModelCard) -> str:
    """An AUC above chance beside that of the model's own validation."""
    own = next((metric for metric in card.metrics if metric.name == "auc"), None)
    better = "better than chance"
    if own is None:
        return better
    difference, low, high = difference_interval((area.area, area.low, area.high), (own.value, own.low, own.high))
    less = "less" if difference < 0 else "more"
    beside = {
        AGREES: f"as in its own validation ({percent(own.value)}), within {_within(OWN_AUC.high)}",
        DIFFERS: f"{less} than the {percent(own.value)} of its own validation",
        UNCLEAR: f"inconclusive whether it is as good as in its own validation ({percent(own.value)}), the data do not "
        "decide",
    }
    verdict = OWN_AUC.verdict(low, high)
    return f"{better}{'; ' if verdict == UNCLEAR else ', '}{beside[verdict]}"


def _in_the_large(estimates: Mapping[str, Estimate], validation: ExternalValidation) -> str:
    cohort, card = validation.cohort, validation.bundle.card
    seen, expected = int(cohort.outcome.sum()), float(cohort.probability.sum())
    ratio = estimates["observed_expected"]
    facts = (
        f"{expected:.0f} patients with {card.positive_class} were expected from the probabilities and {seen} were seen "
        f"(ratio {_with_interval(ratio)})"
    )
    verdicts = {
        AGREES: f"on average the probabilities fit, within {_ratios(OBSERVED_EXPECTED)}",
        DIFFERS: f"on average the probabilities are too {'low' if ratio.value > 1 else 'high'} here",
        UNCLEAR: "inconclusive whether the probabilities fit on average, the data do not decide",
    }
    return _sentence(facts, verdicts[OBSERVED_EXPECTED.verdict(ratio.ci_low, ratio.ci_high)], cohort.is_training_cohort)


def _spread(slope: Estimate, validation: ExternalValidation, few: bool) -> str:
    cohort, card = validation.cohort, validation.bundle.card
    if math.isnan(slope.value):
        constant = np.ptp(cohort.probability) == 0
        why = "all patients have one probability" if constant else "the probabilities separate the classes"
        return f"The calibration slope is not defined: {why}."
    facts = f"The calibration slope is {_with_interval(slope)}"
    if few:
        return f"{facts}: too few patients to say more."
    extreme = "the probabilities are too extreme here, high ones too high and low ones too low"
    narrow = "the probabilities differ too little here, high ones are too low and low ones too high"
    verdicts = {
        AGREES: f"their spread fits, within {_ratios(SLOPE)}",
        DIFFERS: narrow if slope.value > SLOPE.ideal else extreme,
        UNCLEAR: "inconclusive whether their spread fits, the data do not decide",
    }
    verdict = verdicts[SLOPE.verdict(slope.ci_low, slope.ci_high)]
    if slope.ci_high < 0:
        verdict = f"higher probabilities do not go with more {card.positive_class} here, but with less"
    return _sentence(facts, verdict, cohort.is_training_cohort)


def _benefit(validation: ExternalValidation, few: bool, seed: int) -> str:
    cohort, threshold = validation.cohort, validation.bundle.threshold
    gain, low, high = gain_over_default(cohort.outcome, cohort.probability, threshold, seed=seed)
    per_100 = [figure(100 * value, 1) for value in (gain, low, high)]
    facts = (
        f"Acting on patients at or above its threshold of {percent(threshold, 1)}, against the better of acting on all "
        f"and on none, differs in net benefit by {per_100[0]} true positives per 100 patients (95 % interval "
        f"{per_100[1]} to {per_100[2]})"
    )
    if few:
        return f"{facts}: too few patients to say more."
    verdicts = {
        AGREES: f"less than {100 * NET_BENEFIT.high:g} per 100, so that it does neither more good nor less",
        DIFFERS: f"it does {'more' if gain > 0 else 'less'} good than either",
        UNCLEAR: "inconclusive whether it does more good than either, or less, the data do not decide",
    }
    return _sentence(facts, verdicts[NET_BENEFIT.verdict(low, high)], cohort.is_training_cohort)


def _within(share: float) -> str:
    return f"{100 * share:g} percentage points"


def _ratios(margin: Margin) -> str:
    return f"{figure(margin.low, 2)} to {figure(margin.high, 2)}"


def _surprises(validation: ExternalValidation) -> Iterator[str]:
    tests = [(analysis.variable, test) for analysis in validation.subgroups for test in analysis.interactions]
    known = [(variable, test) for variable, test in tests if not math.isnan(test.p)]
    found = [(variable, test) for variable, test in known if test.p * len(known) < LEVEL]
    if found:
        named = "; ".join(_differs(variable, test) for variable, test in found[:_MAX_NAMED])
        yield f"It does not do equally well in all patients: {named} ({len(known)} such tests were made, counted in)."
    drifted = _drifted(validation)
    if drifted:
        others = len(drifted) - _MAX_NAMED
        more = f", and so {others} more input{'' if others == 1 else 's'}" if others > 0 else ""
        yield f"These patients are not like those it was trained on: {', '.join(drifted[:_MAX_NAMED])}{more}."


def _differs(variable: str, test: Interaction) -> str:
    p = p_value(test.p)
    by = variable if variable[:2].isupper() else variable[:1].lower() + variable[1:]
    return f"the {TESTS[test.test]} differs by {by} (p {p if p[0] == '<' else '= ' + p})"


def _drifted(validation: ExternalValidation) -> list[str]:
    """Of each input that differs much, how; those that differ most come first."""
    labels = {item.name: item.label for item in validation.bundle.inputs}
    found = [
        (_weight(row), f"{labels[row.feature]} ({'; '.join(differences)})")
        for row in validation.drift.features
        if (differences := list(_differences(row)))
    ]
    return [text for _, text in sorted(found, key=lambda pair: -pair[0])]


def _weight(row: FeatureDrift) -> float:
    return max((abs(value) for value in (row.difference, row.outside, row.missing) if not math.isnan(value)), default=0)


def _differences(row: FeatureDrift) -> Iterator[str]:
    if abs(row.difference) >= LARGE_DIFFERENCE and row.q < LEVEL:
        way = "higher" if row.difference > 0 else "lower"
        yield f"{way} by {figure(abs(row.difference), 1)} standard deviations"
    if row.outside >= LARGE_SHARE:
        yield f"outside the training range in {percent(row.outside)}"
    if row.missing - row.missing_training >= LARGE_SHARE:
        yield f"missing in {percent(row.missing)}, in training {percent(row.missing_training)}"


def _with_interval(estimate: Estimate) -> str:
    low, high = figure(estimate.ci_low, 2), figure(estimate.ci_high, 2)
    return f"{figure(estimate.value, 2)}, 95 % interval {low} to {high}"


def few_events(positives: int, patients: int, card: ModelCard, asked: int) -> Iterator[str]:
    """That a class is rarer than an external validation should have it."""
    rarer, name = min((positives, card.positive_class), (patients - positives, card.negative_class))
    if rarer < asked:
        yield capital(
            f"{rarer} {'patient' if rarer == 1 else 'patients'} with {name}: intervals are wide; {asked} of each "
            "class are asked for in an external validation."
        )
