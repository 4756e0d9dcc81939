"""Are there patients enough, and does a model add to another: a sentence that claims no more than the patients show.

"No significant difference" is no finding. Beside the difference stands the smallest one that patients so many could
have shown, and "does not add" is claimed only where the interval leaves out every difference that would matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from .delong import AreaDifference
from .paired_tests import PairedTest

POWER = 0.8
RELEVANT = 0.05
"""A gain in AUC that would matter, by convention: no study fixes it. State another before looking at the outcome."""
CORRELATION = 0.5
"""Of the AUCs of two models of the same patients, assumed for what a cohort can show; Hanley and McNeil tabulate it."""
ADDS, NOTHING, UNCLEAR = "adds", "does not add", "inconclusive"
LEARNED = "not judged: training patients"


@dataclass(frozen=True)
class AddedValue:
    """What a model adds to another on the same patients, in AUC.

    Attributes:
        verdict: ``adds`` (the interval lies above 0), ``does not add`` (it lies below ``relevant``),
            ``inconclusive``, or ``not judged: training patients``.
        difference, interval, p: AUC with less AUC without; two-sided test.
        smallest_detectable: the true difference that so many patients would show with probability ``POWER``, by the
            function of this name.
        relevant: a gain that would matter.
        test: whose p-value and interval these are, in words.
    """

    verdict: str
    difference: float
    interval: tuple[float, float]
    p: float
    smallest_detectable: float
    relevant: float = RELEVANT
    test: str = "DeLong"

    def sentence(self, added: str, baseline: str) -> str:
        """The verdict in words, for example of ``sentence("deep radiomics", "volume and subtype")``."""
        low, high = self.interval
        if low == high == 0:
            return (
                f"Inconclusive whether {added} adds to {baseline}: both rank all these patients alike, so that the "
                "error of a difference cannot be estimated."
            )
        lead = {
            ADDS: f"{added} adds to {baseline}",
            NOTHING: f"{added} does not add to {baseline}",
            UNCLEAR: f"Inconclusive whether {added} adds to {baseline}, the data do not decide",
            LEARNED: f"Not judged whether {added} adds to {baseline}, for one of them was trained on these patients",
        }[self.verdict]
        reason = (
            f"AUC difference {_signed(self.difference)} (95 % interval {_signed(low)} to "
            f"{_signed(high)}, {self.test} p {_p_value(self.p)})"
            if math.isfinite(low)
            else f"AUC difference {_signed(self.difference)}, whose error cannot be estimated from these patients"
        )
        text = f"{lead[:1].upper()}{lead[1:]}: {reason}."
        if self.verdict == ADDS and high < self.relevant:
            text += f" The gain is below {self.relevant:g}, which was taken as one that matters."
        if self.verdict == NOTHING:
            gain = f" The interval leaves out a gain of {self.relevant:g}, which was taken as one that matters."
            text += " It does worse." if high < 0 else gain
        return (
            f"{text} A cohort of this size and with so many events shows a true difference of "
            f"{self.smallest_detectable:.3f} with {100 * POWER:.0f} % power, if the two AUCs are correlated by "
            f"{CORRELATION:g}."
        )


def added_value(comparison: AreaDifference, classes: tuple[int, int], *, relevant: float = RELEVANT) -> AddedValue:
    """The verdict on a comparison of AUCs, the model with the addition as ``first``.

    Args:
        comparison: by ``delong.compare_areas``, on patients that neither model was learned from.
        classes: number of patients with and without the outcome.
        relevant: a gain that would matter, stated beforehand.

    Raises:
        InputError: ``relevant`` not above 0.
    """
    return _judged(comparison, classes, comparison.second, relevant, "DeLong")


def added_value_of_partitions(
    test: PairedTest, classes: tuple[int, int], baseline: float, *, relevant: float = RELEVANT
) -> AddedValue:
    """The verdict on AUCs over the same partitions, the model with the addition as ``first``.

    Args:
        test: by ``paired_tests.corrected_resampled_t_test`` at its usual level, 0.95.
        classes: number of patients of the whole cohort with and without the outcome.
        baseline: mean AUC without the addition.
        relevant: as ``added_value``.

    Raises:
        InputError: as ``added_value``.
    """
    return _judged(test, classes, baseline, relevant, "corrected resampled t-test")


def _judged(
    found: AreaDifference | PairedTest, classes: tuple[int, int], baseline: float, relevant: float, test: str
) -> AddedValue:
    if not 0 < relevant < 0.5:
        raise InputError("a relevant difference of AUC inside 0 to 0.5", f"{relevant:g}", "state a gain that matters")
    verdict = ADDS if found.low > 0 else NOTHING if found.high < relevant else UNCLEAR
    if found.low == found.high == 0:
        verdict = UNCLEAR
    smallest = smallest_detectable(classes, baseline)
    return AddedValue(verdict, found.difference, (found.low, found.high), found.p, smallest, relevant, test)


def smallest_detectable(
    classes: tuple[int, int], area: float, power: float = POWER, level: float = 0.95, correlation: float = CORRELATION
) -> float:
    """``(z(1 - alpha/2) + z(power)) * error``: the difference of AUCs that a two-sided test finds with that power.

    The error follows from the cohort alone, not from the models that were fitted (Hanley and McNeil, Radiology
    143:29-36, 1982, for one area; 148:839-843, 1983, for two of the same patients), so that this is not the circular
    "observed power" (Hoenig and Heisey, American Statistician 55:19-24, 2001).

    Args:
        classes: number of patients with and without the outcome.
        area: AUC of the model without the addition.
        correlation: of the two AUCs, assumed.

    Raises:
        InputError: a power or level outside (0, 1).
    """
    from scipy.special import ndtri

    if not (0 < power < 1 and 0 < level < 1):
        raise InputError("a power and a level inside 0 to 1", f"{power:g} and {level:g}", "give 0.8 and 0.95")
    with_it, without = classes
    usual = max(area, 1 - area)
    both_above, both_below = usual / (2 - usual), 2 * usual**2 / (1 + usual)
    variance = usual * (1 - usual) + (with_it - 1) * (both_above - usual**2) + (without - 1) * (both_below - usual**2)
    error = math.sqrt(2 * (1 - correlation) * variance / (with_it * without))
    return float((ndtri((1 + level) / 2) + ndtri(power)) * error)


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


FEW_EVENTS = 20
"""Patients of a class in a test part below which a metric's interval is called wide."""
EVENTS_PER_FEATURE = 10
"""Patients of the smaller class for each fitted feature below which a model is called too rich (Peduzzi et al., J Clin
Epidemiol 49:1373-1379, 1996)."""


def few_events(positives: Sequence[int], negatives: Sequence[int], classes: tuple[str, str]) -> str | None:
    """A warning where test parts hold few patients of the rarer class, else None.

    Args:
        positives, negatives: patients of either class in each test part.
        classes: names of the positive and the negative class.
    """
    counts, name = (positives, classes[0]) if sum(positives) <= sum(negatives) else (negatives, classes[1])
    fewest, most = min(counts), max(counts)
    if fewest >= FEW_EVENTS:
        return None
    span = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    events = "event" if most == 1 else "events"
    part = "the test part" if len(counts) == 1 else "each test part"
    return f"{span} {events} ({name}) in {part}: intervals are wide."
