"""From margins of patients left out to probabilities that can be believed, and a threshold of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.calibration import MIN_SLOPE, Calibration, fit_calibration
from ..evaluation.logistic import fit_logistic
from ..evaluation.metrics import balanced_accuracy

MAX_SLOPE = 5.0
NOTHING_LEARNED = "predictions of patients left out did not rise with the outcome: the model has learned nothing usable"


def calibrate(outcome: NDArray[Any], held_out: NDArray[Any]) -> tuple[Calibration, bool]:
    """Logistic calibration on out-of-fold margins that never turns their order round.

    Where the margins do not rise with the outcome the slope is held at 0.01 (every probability is near the mean), where
    they separate the classes at 1, and it is never above 5: margins that hardly differ between these patients may
    differ far more between others. The intercept is then fitted alone.

    Returns:
        The calibration, and whether anything was learned.
    """
    try:
        found = fit_calibration(outcome, held_out)
    except InputError:
        separated = held_out[outcome == 1].min() > held_out[outcome == 0].max()
        found = Calibration(1.0 if separated else 0.0)
    if MIN_SLOPE <= found.slope <= MAX_SLOPE and found.slope != 1.0:
        return found, True
    slope = min(max(found.slope, MIN_SLOPE), MAX_SLOPE)
    alone = fit_logistic(np.ones((len(outcome), 1)), outcome, offset=slope * held_out)
    return replace(found, slope=slope, intercept=float(alone[0])), slope > MIN_SLOPE


def choose_threshold(outcome: NDArray[Any], probability: NDArray[Any], rule: str) -> float:
    """The threshold by a rule: ``prevalence``, or ``youden``, halfway to the next lower probability."""
    if rule == "prevalence":
        return float(outcome.mean())
    values = np.unique(probability)
    middles = (values[1:] + values[:-1]) / 2
    accuracies = [balanced_accuracy(outcome, probability >= middle) for middle in middles]
    return float(middles[int(np.argmax(accuracies))])
