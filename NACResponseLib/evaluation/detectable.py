"""Does a model add to another: a sentence that claims no more than the patients show.

"No significant difference" is no finding. Beside the difference stands the smallest one that patients so many could
have shown, and "does not add" is said only where the interval leaves out every difference that would matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import InputError
from .delong import AreaDifference

POWER = 0.8
RELEVANT = 0.05
"""A gain in AUC that would matter, by convention: no study fixes it. State another before looking at the outcome."""
ADDS, NOTHING, UNCLEAR = "adds", "does not add", "cannot tell at this size"


@dataclass(frozen=True)
class AddedValue:
    """What a model adds to another on the same patients, in AUC.

    Attributes:
        verdict: ``adds`` (the interval lies above 0), ``does not add`` (it lies below ``relevant``), or ``cannot tell
            at this size``.
        difference, interval, p: AUC with less AUC without; two-sided test.
        smallest_detectable: the true difference that as many such patients would show with probability ``power``; NaN
            where the error of the difference cannot be told.
        relevant: a gain that would matter.
        level: of the interval.
    """

    verdict: str
    difference: float
    interval: tuple[float, float]
    p: float
    smallest_detectable: float
    relevant: float = RELEVANT
    power: float = POWER
    level: float = 0.95

    def sentence(self, added: str, baseline: str) -> str:
        """The verdict in words, for example of ``sentence("deep radiomics", "volume and subtype")``."""
        low, high = self.interval
        lead = {
            ADDS: f"{added} adds to {baseline}",
            NOTHING: f"{added} does not add to {baseline}",
            UNCLEAR: f"Whether {added} adds to {baseline} cannot be told at this size",
        }[self.verdict]
        told = (
            f"AUC difference {self.difference:+.3f} ({100 * self.level:.0f} % interval {low:+.3f} to {high:+.3f}, "
            f"p {_p_value(self.p)})"
            if math.isfinite(low)
            else f"AUC difference {self.difference:+.3f}, whose error these patients do not tell"
        )
        text = f"{lead[:1].upper()}{lead[1:]}: {told}."
        if self.verdict == ADDS and high < self.relevant:
            text += f" The gain is below {self.relevant:g}, which was taken as one that matters."
        if self.verdict == NOTHING and high < 0:
            text += " It does worse."
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
        comparison: by ``delong.compare_areas`` at the same level, on patients from whom neither model was learned.
        relevant: a gain that would matter, stated beforehand.

    Raises:
        InputError: ``relevant`` not above 0, or a power or level that is none.
    """
    if not 0 < relevant < 0.5:
        raise InputError("a relevant difference of AUC inside 0 to 0.5", f"{relevant:g}", "state a gain that matters")
    low, high = comparison.low, comparison.high
    verdict = ADDS if low > 0 else NOTHING if high < relevant else UNCLEAR
    if comparison.error == 0:
        verdict = NOTHING  # the same ranking of all patients
    smallest = smallest_detectable(comparison.error, power, level)
    return AddedValue(verdict, comparison.difference, (low, high), comparison.p, smallest, relevant, power, level)


def smallest_detectable(error: float, power: float = POWER, level: float = 0.95) -> float:
    """``(z(1 - alpha/2) + z(power)) * error``: the difference that a two-sided test finds with that power.

    The error is that of the patients at hand (``AreaDifference.error``), taken to be the same at that difference; the
    observed difference does not enter, so that this is not the circular "observed power" (Hoenig and Heisey, American
    Statistician 55:19-24, 2001). 0, where the scores rank all patients alike, has none: NaN.

    Raises:
        InputError: a power or level outside (0, 1).
    """
    from scipy.special import ndtri

    if not (0 < power < 1 and 0 < level < 1):
        raise InputError("a power and a level inside 0 to 1", f"{power:g} and {level:g}", "give 0.8 and 0.95")
    return float((ndtri((1 + level) / 2) + ndtri(power)) * error) if error > 0 else float("nan")


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
