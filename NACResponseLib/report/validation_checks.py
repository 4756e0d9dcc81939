"""What a bundle promises, checked on other patients, in words: sets, intervals, receptors, and groups of patients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..evaluation.consistency import Consistency
from ..evaluation.delong import Area, auc_interval
from ..evaluation.equivalence import AGREES, CHANCE, COVERAGE, DIFFERS, DISPARITY, UNCLEAR
from ..evaluation.external import Estimate
from ..model.card import ModelCard
from ..validation.checks import ALL, Checks, IntervalGroup, SetCoverage
from ..validation.validate import ExternalValidation
from .page import figure, percent

CHECK_TITLES = {
    "set_coverage_positive": ("90 % sets that held it, positive class", "0.9"),
    "set_coverage_negative": ("90 % sets that held it, negative class", "0.9"),
    "auc_within_subtypes": ("AUC within receptor subtypes", "1 (chance 0.5)"),
    "subgroup_consistency": ("Consistency over subgroups", "1"),
}


@dataclass(frozen=True)
class CheckFindings:
    """Sentences, empty where there is nothing to check.

    Attributes:
        sets, interval, receptors, consistency: a sentence each.
        for_summary: those among them that belong into the summary: what was promised and did not hold.
    """

    sets: str
    interval: str
    receptors: str
    consistency: str
    for_summary: tuple[str, ...]


def check_findings(validation: ExternalValidation) -> CheckFindings:
    """All sentences; none on patients that the model was made from."""
    if validation.cohort.is_training_cohort:
        why = "The model has seen these patients: what it promises of others cannot be checked on them."
        return CheckFindings(why, why, why, why, ())
    checks, card = validation.checks, validation.bundle.card
    overall = auc_interval(validation.cohort.outcome, validation.cohort.probability)
    sets = _sets(_of_all(checks), card)
    interval = _interval(checks.interval)
    receptors = _receptors(checks.within_subtypes, checks.subtypes, overall)
    consistency = _consistency(checks.consistency)
    candidates = (
        (sets, any(one.verdict != AGREES for one in _of_all(checks))),
        (interval, any(group.verdict == DIFFERS for group in checks.interval)),
        (receptors, bool(receptors) and not checks.within_subtypes.low > CHANCE.ideal),
        (consistency, checks.consistency is not None and checks.consistency.verdict == DIFFERS),
    )
    return CheckFindings(sets, interval, receptors, consistency, tuple(text for text, worth in candidates if worth))


def check_estimates(checks: Checks) -> tuple[Estimate, ...]:
    """The rows of ``metrics.csv`` that the checks give."""
    rows = [
        Estimate(f"set_coverage_{'positive' if one.positive else 'negative'}", one.share, one.low, one.high)
        for one in _of_all(checks)
    ]
    within, alike = checks.within_subtypes, checks.consistency
    if checks.subtypes:
        rows.append(Estimate("auc_within_subtypes", within.area, within.low, within.high))
    if alike is not None:
        rows.append(Estimate("subgroup_consistency", alike.score, alike.low, alike.high))
    return tuple(rows)


def _of_all(checks: Checks) -> list[SetCoverage]:
    return [one for one in checks.sets if one.group == ALL]


def _sets(found: Sequence[SetCoverage], card: ModelCard) -> str:
    if not found:
        return ""
    promised = percent(COVERAGE.ideal)
    verdicts = {
        AGREES: "as promised",
        DIFFERS: f"less than the {promised} promised",
        UNCLEAR: f"inconclusive whether the {promised} promised hold, the data do not decide",
    }
    each = (
        f"{percent(one.share)} of {one.patients} patients with "
        f"{card.positive_class if one.positive else card.negative_class} (95 % interval {percent(one.low)} to "
        f"{percent(one.high)}): {verdicts[one.verdict]}"
        for one in found
    )
    return f"The prediction sets at {promised} confidence held the class that came true in {'; in '.join(each)}."


def _interval(groups: Sequence[IntervalGroup]) -> str:
    count = len(groups)
    counts = {verdict: sum(group.verdict == verdict for group in groups) for verdict in (AGREES, DIFFERS, UNCLEAR)}
    if counts[DIFFERS]:
        verdict = f"does not meet what was seen in {counts[DIFFERS]} of {count}"
    elif counts[AGREES] == count:
        verdict = "holds what was seen in each of them"
    else:
        verdict = f"is inconclusive in {counts[UNCLEAR]} of {count}, and is contradicted in none"
    return f"In {count} groups of patients of similar probability, the interval given with the probability {verdict}."


def _receptors(within: Area, subtypes: int, overall: Area) -> str:
    """Whether a model that ranks these patients does so by more than their receptors."""
    if not subtypes or math.isnan(within.error) or not overall.low > CHANCE.ideal:
        return ""
    facts = (
        f"Among patients of the same receptor subtype the AUC is {figure(within.area, 2)} (95 % interval "
        f"{figure(within.low, 2)} to {figure(within.high, 2)}; {subtypes} subtype{'' if subtypes == 1 else 's'}), "
        f"among all {figure(overall.area, 2)}"
    )
    verdicts = {
        AGREES: "the model ranks little beyond receptors",
        DIFFERS: "it ranks by more than receptors"
        if within.area > CHANCE.ideal
        else "beyond receptors it ranks the wrong way round",
        UNCLEAR: "inconclusive whether the model ranks anything beyond receptors, the data do not decide",
    }
    return f"{facts}: {verdicts[CHANCE.verdict(within.low, within.high)]}."


def _consistency(found: Consistency | None) -> str:
    if found is None:
        return ""
    names = ", ".join(name[:1].lower() + name[1:] for name in found.disparities)
    facts = (
        f"The consistency over groups of {names} is {figure(found.score, 2)} (95 % interval {figure(found.low, 2)} to "
        f"{figure(found.high, 2)}; {figure(found.by_chance, 2)} where only chance parts such groups)"
    )
    verdicts = {
        AGREES: f"its calls are about as often right in all of them (at least {1 - DISPARITY.high:g})",
        DIFFERS: "its calls are right more often in some of them than in others",
        UNCLEAR: "inconclusive whether its calls are as often right in all of them, the data do not decide",
    }
    return f"{facts}: {verdicts[found.verdict]}."
