"""Fitting a model's probabilities to other patients, by no more than these patients show to be needed.

Three models of the outcome, from the linear predictor (the log-odds the model gives; Cox, Biometrika 45:562, 1958):

    none                  log-odds = lp
    intercept             log-odds = a + lp
    intercept and slope   log-odds = a + b lp

The closed test of Vergouwe et al. (Stat Med 36:4529-4539, 2017), here without refitting the model: the last against
the first (2 degrees of freedom); if that is not significant, the model is kept as it is. Else the last against the
second (1 degree): if not significant, only the intercept is changed. The level holds for the procedure as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from .calibration import Calibration
from .logistic import fit_logistic, log_likelihood

KEPT, SHIFTED, RESCALED = "none", "intercept", "intercept and slope"
FEW_EVENTS = 20
"""Patients of the rarer class below which no recalibration is offered: it would fit their chance."""


@dataclass(frozen=True)
class Recalibration:
    """What the closed test chose.

    Attributes:
        method: ``none``, ``intercept`` or ``intercept and slope``.
        intercept, slope: of the linear predictor, by the method chosen.
        p_any: of the last model against the first; p_slope: of the last against the second, NaN where not reached.
        patients, positives: numbers of patients.
    """

    method: str
    intercept: float
    slope: float
    p_any: float
    p_slope: float
    patients: int
    positives: int

    def of(self, calibration: Calibration) -> Calibration:
        """The calibration that takes the place of the one by which the linear predictor was made.

        ``a + b (intercept + slope margin)``
        """
        return Calibration(self.slope * calibration.slope, self.intercept + self.slope * calibration.intercept)


def recalibrate(outcome: ArrayLike, log_odds: ArrayLike, level: float = 0.05) -> Recalibration:
    """Chooses and fits the recalibration.

    Args:
        outcome: (n,), 1 or 0.
        log_odds: (n,) calibrated log-odds by the model as it is (its linear predictor).
        level: of the closed test.

    Raises:
        InputError: unequal lengths, fewer than 20 patients of a class, log-odds that separate the classes, or a slope
            that would not be above 0: the model ranks these patients the wrong way round, and no recalibration helps.
    """
    from scipy.special import chdtrc

    reached, predictor = np.asarray(outcome, dtype=float), np.asarray(log_odds, dtype=float)
    sound = np.isin(reached, [0, 1]).all() and np.isfinite(predictor).all()
    if reached.shape != predictor.shape or reached.ndim != 1 or not sound:
        raise InputError("an outcome, 0 or 1, and a log-odds of each patient", "others", "match the patients")
    positives = int(reached.sum())
    if min(positives, reached.size - positives) < FEW_EVENTS:
        raise InputError(
            f"at least {FEW_EVENTS} patients with and without the outcome",
            f"{positives} of {reached.size} with it",
            "keep the model as it is, or take more patients",
        )
    ones = np.ones((reached.size, 1))
    shift = float(fit_logistic(ones, reached, offset=predictor)[0])
    scale = float(predictor.std()) or 1.0
    intercept, scaled = fit_logistic(np.column_stack([ones, predictor / scale]), reached)
    slope = float(scaled) / scale
    if slope <= 0:
        raise InputError(
            "a model that ranks these patients as it did its own",
            f"a calibration slope of {slope:.2f}",
            "do not use this model for such patients",
        )
    kept, shifted, rescaled = (
        log_likelihood(reached, values) for values in (predictor, shift + predictor, intercept + slope * predictor)
    )
    p_any = float(chdtrc(2, max(2 * (rescaled - kept), 0.0)))
    p_slope = float(chdtrc(1, max(2 * (rescaled - shifted), 0.0)))
    if p_any >= level:
        return Recalibration(KEPT, 0.0, 1.0, p_any, float("nan"), reached.size, positives)
    if p_slope >= level:
        return Recalibration(SHIFTED, shift, 1.0, p_any, p_slope, reached.size, positives)
    return Recalibration(RESCALED, float(intercept), slope, p_any, p_slope, reached.size, positives)
