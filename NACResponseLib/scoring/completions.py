"""What a patient may be where a status is missing: every combination of values, weighted by how common it is.

XGBoost sends a missing value down the branch that suited the training patients without it. Where those are a handful,
that branch says nothing: it may treat a missing receptor as positive. So a missing status is completed instead, and
what is predicted is the mean over the completions, each weighted by the training patients' share of its values as if
missing statuses were independent of each other and of the other inputs (marginalization by the prevalence).
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..learning.boosting import margins
from .bundle import Bundle

_MOST_MISSING = 10


def completions(bundle: Bundle, row: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The patients that a row may stand for, (n, inputs), and their weights, (n,), which sum to 1.

    Args:
        row: (inputs,), NaN where missing; other kinds than statuses stay missing.

    Raises:
        InputError: too many missing statuses, or one whose prevalence the bundle does not tell.
    """
    unknown = [i for i, item in enumerate(bundle.inputs) if item.kind == "binary" and math.isnan(row[i])]
    if len(unknown) > _MOST_MISSING:
        raise InputError(f"at most {_MOST_MISSING} missing statuses", f"{len(unknown)}", "give more of them")
    shares = []
    for index in unknown:
        item = bundle.inputs[index]
        if item.prevalence is None:
            raise InputError(
                f"a value of {item.name}, since the model does not tell how common it is", "none", f"give {item.name}"
            )
        shares.append((1 - item.prevalence, item.prevalence))
    rows = np.repeat(row[None].astype(float), 2 ** len(unknown), axis=0)
    rows[:, unknown] = list(itertools.product((0.0, 1.0), repeat=len(unknown)))
    return rows, np.array([math.prod(combination) for combination in itertools.product(*shares)])


def probabilities(bundle: Bundle, rows: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) calibrated probabilities of rows (n, inputs), none averaged."""
    return bundle.calibration.probability(margins(bundle.booster, rows))


def averaged_probability(bundle: Bundle, row: NDArray[Any]) -> float:
    """The weighted mean probability of a row's completions; the row's own where no status is missing."""
    rows, weights = completions(bundle, row)
    return float(weights @ probabilities(bundle, rows))
