"""Whether a figure is what it should be: decided by its interval and a margin that was stated beforehand.

An interval that holds the ideal value is no agreement: with few patients it holds much else, too (Altman and Bland, BMJ
1995;311:485). A figure agrees where its whole interval lies inside the margin, and differs where the interval leaves
out the ideal value; else it is not known. Where both hold, the difference is too small to matter: it agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

AGREES, DIFFERS, UNCLEAR = "agrees", "differs", "inconclusive"


@dataclass(frozen=True)
class Margin:
    """What a figure should be, and how far from it still is no difference that matters.

    Attributes:
        name: of the figure, in words.
        ideal: its value where all is well; ``low`` and ``high`` bound what counts as that.
    """

    name: str
    ideal: float
    low: float
    high: float

    def verdict(self, low: float, high: float) -> str:
        """``AGREES``, ``DIFFERS`` or ``UNCLEAR``, of a figure's interval; of NaN the last."""
        if self.low <= low and high <= self.high:
            return AGREES
        return DIFFERS if high < self.ideal or low > self.ideal else UNCLEAR


CHANCE = Margin("AUC against chance", 0.5, 0.45, 0.55)
OWN_AUC = Margin("AUC less that of the model's own validation", 0.0, -0.05, 0.05)
OBSERVED_EXPECTED = Margin("observed / expected", 1.0, 0.8, 1.25)
SLOPE = Margin("calibration slope", 1.0, 0.8, 1.25)
NET_BENEFIT = Margin("net benefit less that of acting on all or none", 0.0, -0.01, 0.01)
COVERAGE = Margin("share of 90 % prediction sets that hold the true class", 0.9, 0.85, 1.0)
DISPARITY = Margin("1 less the consistency over subgroups", 0.0, 0.0, 0.1)
MARGINS = (CHANCE, OWN_AUC, OBSERVED_EXPECTED, SLOPE, NET_BENEFIT, COVERAGE, DISPARITY)
"""By convention: no study fixes them. A coverage above what was promised is no fault."""


def difference_interval(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float, float]:
    """``first - second`` of two independent figures, with the interval that follows from theirs.

    By squaring and adding their arms (Newcombe, Stat Med 17:873, 1998; Zou and Donner, Stat Med 27:1693, 2008).

    Args:
        first, second: value, lower and upper bound, at one level.
    """
    (one, one_low, one_high), (other, other_low, other_high) = first, second
    difference = one - other
    below, above = hypot(one - one_low, other_high - other), hypot(one_high - one, other - other_low)
    return difference, difference - below, difference + above
