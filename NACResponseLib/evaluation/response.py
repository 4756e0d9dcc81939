"""How a tumour changed between two examinations, in the categories of RECIST 1.1 and in percent.

RECIST 1.1 (Eisenhauer et al., Eur J Cancer 45:228, 2009) asks of the sum of target lesions' longest diameters: partial
response from 30 % less than at baseline; progression from 20 % more, and 5 mm more, than the smallest sum so far;
stable disease between them; complete response where the lesions are gone. It measures lesions of at least 10 mm, in the
plane of acquisition. Here there are one contour and two examinations, the diameter is that in any direction, and no new
lesions are looked for: what is given is like RECIST, and no RECIST assessment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import InputError

PARTIAL, PROGRESSION, PROGRESSION_MM, MEASURABLE_MM = -30.0, 20.0, 5.0, 10.0
COMPLETE, LESS, SAME, MORE, UNMEASURABLE = (
    "complete response", "partial response", "stable disease", "progressive disease", "not measurable",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A measure at two examinations; NaN where it was not measured.

    Attributes:
        name, unit: as ``volume``, ``mm3``.
    """

    name: str
    label: str
    unit: str
    earlier: float
    later: float

    @property
    def difference(self) -> float:
        """Later less earlier."""
        return self.later - self.earlier

    @property
    def percent(self) -> float:
        """The difference in percent of the earlier; NaN where that is 0."""
        return 100 * self.difference / self.earlier if self.earlier else math.nan


def recist_like(earlier_mm: float, later_mm: float) -> str:
    """The category of a change of longest diameters.

    Args:
        later_mm: 0 where the tumour is gone.

    Raises:
        InputError: lengths below 0 or not finite.
    """
    if not (math.isfinite(earlier_mm) and math.isfinite(later_mm) and earlier_mm >= 0 and later_mm >= 0):
        raise InputError("longest diameters from 0 mm", f"{earlier_mm} and {later_mm}", "measure them again")
    if earlier_mm < MEASURABLE_MM:
        return UNMEASURABLE
    if later_mm == 0:
        return COMPLETE
    change = Change("longest_diameter", "", "mm", earlier_mm, later_mm)
    if change.percent <= PARTIAL + 1e-9:
        return LESS
    if change.percent >= PROGRESSION - 1e-9 and change.difference >= PROGRESSION_MM - 1e-9:
        return MORE
    return SAME
