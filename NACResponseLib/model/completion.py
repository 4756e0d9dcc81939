"""What a patient may be where a status is missing: every combination of values, weighted by how common it is.

XGBoost sends a missing value down the branch that suited the training patients without it. Where those are a handful,
that branch says nothing: it may treat a missing receptor as positive. So a missing status is completed instead, and
what is predicted is the mean over the completions, each weighted by the training patients' share of its values as if
missing statuses were independent of each other and of the other inputs (marginalization by the prevalence).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

MAX_MISSING = 10


def completions(
    row: NDArray[Any], unknown: Sequence[int], prevalence: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The patients that a row may stand for, (2**m, inputs), and their weights, which sum to 1.

    Args:
        row: (inputs,).
        unknown: numbers of the m missing statuses.
        prevalence: (m,) share of positives of each.

    Raises:
        InputError: too many missing statuses.
    """
    if len(unknown) > MAX_MISSING:
        raise InputError(f"at most {MAX_MISSING} missing statuses", f"{len(unknown)}", "give more of them")
    rows = np.repeat(row[None].astype(float), 2 ** len(unknown), axis=0)
    rows[:, unknown] = list(itertools.product((0.0, 1.0), repeat=len(unknown)))
    shares = [(1 - each, each) for each in prevalence]
    return rows, np.array([math.prod(combination) for combination in itertools.product(*shares)])
