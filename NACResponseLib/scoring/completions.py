"""A patient's probability where a status is missing: the mean over what it may be (``learning.completion``)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..learning.completion import completions as completions_of
from .bundle import Bundle


def completions(bundle: Bundle, row: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The patients that a row may stand for, (n, inputs), and their weights, (n,), which sum to 1.

    Args:
        row: (inputs,), as the model sees it (``Bundle.prepared``), NaN where missing; other kinds than statuses stay
            missing.

    Raises:
        InputError: too many missing statuses, or one whose prevalence the bundle does not tell.
    """
    unknown = [i for i, item in enumerate(bundle.inputs) if item.kind == "binary" and math.isnan(row[i])]
    for index in unknown:
        item = bundle.inputs[index]
        if item.prevalence is None:
            raise InputError(
                f"a value of {item.name}, since the model does not tell how common it is", "none", f"give {item.name}"
            )
    return completions_of(row, unknown, [float(bundle.inputs[index].prevalence or 0) for index in unknown])


def probabilities(bundle: Bundle, rows: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) calibrated probabilities of rows (n, inputs), none averaged."""
    return bundle.calibration.probability(bundle.model.margins(rows))


def averaged_probability(bundle: Bundle, row: NDArray[Any]) -> float:
    """The weighted mean probability of a row's completions; the row's own where no status is missing."""
    rows, weights = completions(bundle, row)
    return float(weights @ probabilities(bundle, rows))
