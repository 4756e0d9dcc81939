"""What an external validation shows, in words for a clinician; each sentence says no more than its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..evaluation.decision_curve import gain_over_default
from ..evaluation.delong import Area, auc_interval
from ..evaluation.drift import FeatureDrift
from ..evaluation.external import Estimate
from ..evaluation.nested_comparison import SMALLEST_CLASS
from ..evaluation.subgroups import Interaction
from ..model.card import ModelCard
from ..validation.validate import ExternalValidation
from .page import capital, figure, p_value, percent

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
    summary: three to six sentences (one more for each model compared with beyond the first).
    area: AUC with DeLong's interval.
    in_the_large, spread, benefit: a sentence each on calibration in the large, slope, and net benefit.
    """

    summary: tuple[str, ...]
    area: Area
    in_the_large: str
    spread: str
    benefit: str


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
    spread = _spread(estimates["calibration_slope"], card, len(cohort.outcome), few)
    benefit = _benefit(validation, few, seed)
    sentences = [_who(validation, positives)]
    if few:
        sentences.append(
            f"With {rarer} {'patient' if rarer == 1 else 'patients'} with {name}, nothing can be concluded on how the "
            "model tells patients apart: such figures below may be chance, and their intervals are too narrow."
        )
        sentences.append(large)
    else:
        offer = " A recalibrated model is offered below." if validation.recalibrates else ""
        sentences += [_discrimination(area, card), f"{large} {spread}{offer}", benefit]
    sentences += [against.sentence for against in validation.against]
    return Findings((*sentences, *_surprises(validation)), area, large, spread, benefit)


def _who(validation: ExternalValidation, positives: int) -> str:
    cohort, card = validation.cohort, validation.bundle.card
    count = len(cohort.patients)
    text = f"{count} {validation.kind}, {positives} ({percent(positives / count)}) with {card.positive_class}"
    if cohort.is_training_cohort:
        return f"{text}: the very patients that the model was made from. Nothing below shows how it does on others."
    others = len(cohort.failures)
    return f"{text}; {others} more could not be scored." if others else f"{text}."


def _discrimination(area: Area, card: ModelCard) -> str:
    low, high = (percent(bound) for bound in (area.low, area.high))
    text = (
        f"Of a patient with {card.positive_class} and one with {card.negative_class}, the model gives the first the "
        f"higher probability in {percent(area.area)} of pairs"
    )
    if math.isnan(area.error):
        return f"{text}; how far that would vary cannot be told."
    text += f" (95 % interval {low} to {high}; chance is 50 %)"
    if area.high < 0.5:
        return f"{text}: it ranks these patients the wrong way round."
    if area.low <= 0.5:
        return f"{text}: it may be no better than chance here."
    own = next((metric.value for metric in card.metrics if metric.name == "auc"), None)
    if own is None:
        return f"{text}."
    place = "less than" if own > area.high else "more than" if own < area.low else "in line with"
    return f"{text}, {place} the {percent(own)} of its own validation."


def _in_the_large(estimates: Mapping[str, Estimate], validation: ExternalValidation) -> str:
    cohort, card = validation.cohort, validation.bundle.card
    seen, expected = int(cohort.outcome.sum()), float(cohort.probability.sum())
    ratio, shift = estimates["observed_expected"], estimates["calibration_intercept"]
    text = (
        f"{expected:.0f} patients with {card.positive_class} were expected from the probabilities and {seen} were seen "
        f"(ratio {_with_interval(ratio)})"
    )
    apart = abs(seen - expected) > 1.96 * math.sqrt(float((cohort.probability * (1 - cohort.probability)).sum()))
    if not apart or shift.ci_low <= 0 <= shift.ci_high:
        return f"{text}: on average the probabilities fit, as far as {len(cohort.outcome)} patients can tell."
    return f"{text}: on average the probabilities are too {'low' if shift.value > 0 else 'high'} here."


def _spread(slope: Estimate, card: ModelCard, patients: int, few: bool) -> str:
    if math.isnan(slope.value):
        return "The calibration slope cannot be told: the probabilities separate the classes."
    text = f"The calibration slope is {_with_interval(slope)}"
    if few:
        return f"{text}: too few patients to say more."
    if slope.value <= 0:
        return f"{text}: higher probabilities do not go with more {card.positive_class} here."
    if slope.ci_high < 1:
        return f"{text}: the probabilities are too extreme here, high ones too high and low ones too low."
    if slope.ci_low > 1:
        return f"{text}: the probabilities differ too little here, high ones are too low and low ones too high."
    return f"{text}: their spread fits, as far as {patients} patients can tell."


def _benefit(validation: ExternalValidation, few: bool, seed: int) -> str:
    cohort, threshold = validation.cohort, validation.bundle.threshold
    gain, low, high = gain_over_default(cohort.outcome, cohort.probability, threshold, seed=seed)
    per_100 = [figure(100 * value, 1) for value in (gain, low, high)]
    found = (
        "is on trial here with too few patients, against the better of acting on all and on none"
        if few
        else "does more good than acting on all patients or on none"
        if low > 0
        else "does less good than the better of acting on all patients and on none"
        if high < 0
        else "cannot be distinguished from the better of acting on all patients and on none"
    )
    return (
        f"Acting on patients at or above its threshold of {percent(threshold, 1)} {found}: the net benefit differs by "
        f"{per_100[0]} true positives per 100 patients (95 % interval {per_100[1]} to {per_100[2]})."
    )


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
