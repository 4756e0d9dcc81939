"""Turning a classifier's margin into a probability that means what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .logistic import fit_logistic, sigmoid


@dataclass(frozen=True)
class Calibration:
    """``probability = sigmoid(intercept + slope * margin)`` (Platt 1999); slope 1 and intercept 0 change nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    def log_odds(self, margin: ArrayLike) -> NDArray[Any]:
        """Calibrated log-odds of raw margins (log-odds), of any shape."""
        return self.intercept + self.slope * np.asarray(margin, dtype=float)

    def probability(self, margin: ArrayLike) -> NDArray[Any]:
        """Calibrated probability of raw margins (log-odds), of any shape."""
        return sigmoid(self.log_odds(margin))


def fit_calibration(outcome: ArrayLike, margins: ArrayLike) -> Calibration:
    """Logistic calibration on out-of-fold margins.

    Args:
        outcome: (n,), 1 or 0.
        margins: (repeats, n), each row the out-of-fold margins of one repeat of cross-validation.

    Raises:
        InputError: the margins separate the classes.
    """
    rows = np.atleast_2d(np.asarray(margins, dtype=float))
    stacked = rows.ravel()
    intercept, slope = fit_logistic(
        np.stack([np.ones_like(stacked), stacked], axis=1), np.tile(np.asarray(outcome), len(rows))
    )
    return Calibration(float(slope), float(intercept))
