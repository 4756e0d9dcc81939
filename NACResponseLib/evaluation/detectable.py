"""Does a model add to another: a sentence that claims no more than the patients show.

"No significant difference" is no finding. Beside the difference stands the smallest one that patients so many could
have shown, and "does not add" is said only where the interval leaves out every difference that would matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import InputError
from .delong import AreaDifference
from .paired_tests import PairedTest

POWER = 0.8
RELEVANT = 0.05
"""A gain in AUC that would matter, by convention: no study fixes it. State another before looking at the outcome."""
ADDS, NOTHING, UNCLEAR = "adds", "does not add", "cannot tell at this size"
LEARNED = "cannot tell on patients learned from"


@dataclass(frozen=True)
class AddedValue:
    """What a model adds to another on the same patients, in AUC.

    Attributes:
        verdict: ``adds`` (the interval lies above 0), ``does not add`` (it lies below ``relevant``), ``cannot tell at
            this size``, or ``cannot tell on patients learned from``.
        difference, interval, p: AUC with less AUC without; two-sided test.
        smallest_detectable: the true difference that as many such patients would show with probability ``power``; NaN
            where the error of the difference cannot be told.
        relevant: a gain that would matter.
        level: of the interval.
        test: whose p-value and interval these are, in words.
    """

    verdict: str
    difference: float
    interval: tuple[float, float]
    p: float
    smallest_detectable: float
    relevant: float = RELEVANT
    power: float = POWER
    level: float = 0.95
    test: str = "DeLong"

    def sentence(self, added: str, baseline: str) -> str:
        """The verdict in words, for example of ``sentence("deep radiomics", "volume and subtype")``."""
        low, high = self.interval
        if self.verdict == NOTHING and low == high == 0:
            return f"{added[:1].upper()}{added[1:]} does not add to {baseline}: both rank all these patients alike."
        lead = {
            ADDS: f"{added} adds to {baseline}",
            NOTHING: f"{added} does not add to {baseline}",
            UNCLEAR: f"Whether {added} adds to {baseline} cannot be told at this size",
            LEARNED: f"Whether {added} adds to {baseline} cannot be told on patients whom either was learned from",
        }[self.verdict]
        reason = (
            f"AUC difference {_signed(self.difference)} ({100 * self.level:.0f} % interval {_signed(low)} to "
            f"{_signed(high)}, {self.test} p {_p_value(self.p)})"
            if math.isfinite(low)
            else f"AUC difference {_signed(self.difference)}, whose error these patients do not tell"
        )
        text = f"{lead[:1].upper()}{lead[1:]}: {reason}."
        if self.verdict == ADDS and high < self.relevant:
            text += f" The gain is below {self.relevant:g}, which was taken as one that matters."
        if self.verdict == NOTHING:
            gain = f" The interval leaves out a gain of {self.relevant:g}, which was taken as one that matters."
            text += " It does worse." if high < 0 else gain
        if math.isfinite(self.smallest_detectable):
            text += (
                f" The smallest difference that these patients would show with {100 * self.power:.0f} % power is "
                f"{self.smallest_detectable:.3f}."
            )
        return text


def added_value(
    comparison: AreaDifference, *, relevant: float = RELEVANT, power: float = POWER, level: float = 0.95
) -> AddedValue:
    """The verdict on a comparison of AUCs, the model with the addition as ``first``.

    Args:
        comparison: by ``delong.compare_areas`` at the same level, on patients that neither model was learned from.
        relevant: a gain that would matter, stated beforehand.

    Raises:
        InputError: ``relevant`` not above 0, or a power or level that is none.
    """
    _check(relevant, power, level)
    smallest = smallest_detectable(comparison.error, power, level)
    interval = (comparison.low, comparison.high)
    verdict = _verdict(*interval, relevant)
    return AddedValue(verdict, comparison.difference, interval, comparison.p, smallest, relevant, power, level)


def added_value_of_partitions(test: PairedTest, *, relevant: float = RELEVANT, power: float = POWER) -> AddedValue:
    """The verdict on AUCs over the same partitions, the model with the addition as ``first``.

    The smallest detectable difference is that of the test's own distribution, noncentral t, with the corrected
    resampled standard error.

    Args:
        test: by ``paired_tests.corrected_resampled_t_test`` at its usual level, 0.95.
        relevant: as ``added_value``.

    Raises:
        InputError: as ``added_value``.
    """
    from scipy.special import nctdtrinc, stdtrit

    level = 0.95
    _check(relevant, power, level)
    beyond = float(nctdtrinc(test.degrees, 1 - power, stdtrit(test.degrees, (1 + level) / 2)))
    smallest = beyond * test.error if test.error > 0 else float("nan")
    return AddedValue(
        _verdict(test.low, test.high, relevant),
        test.difference,
        (test.low, test.high),
        test.p,
        smallest,
        relevant,
        power,
        level,
        "corrected resampled t-test",
    )


def smallest_detectable(error: float, power: float = POWER, level: float = 0.95) -> float:
    """``(z(1 - alpha/2) + z(power)) * error``: the difference that a two-sided test finds with that power.

    The error is that of the patients at hand (``AreaDifference.error``), taken to be the same at that difference; the
    observed difference does not enter, so that this is not the circular "observed power" (Hoenig and Heisey, American
    Statistician 55:19-24, 2001). 0, where the scores rank all patients alike, has none: NaN.

    Raises:
        InputError: a power or level outside (0, 1).
    """
    from scipy.special import ndtri

    _check(RELEVANT, power, level)
    return float((ndtri((1 + level) / 2) + ndtri(power)) * error) if error > 0 else float("nan")


def _verdict(low: float, high: float, relevant: float) -> str:
    return ADDS if low > 0 else NOTHING if high < relevant else UNCLEAR


def _check(relevant: float, power: float, level: float) -> None:
    if not 0 < relevant < 0.5:
        raise InputError("a relevant difference of AUC inside 0 to 0.5", f"{relevant:g}", "state a gain that matters")
    if not (0 < power < 1 and 0 < level < 1):
        raise InputError("a power and a level inside 0 to 1", f"{power:g} and {level:g}", "give 0.8 and 0.95")


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
