"""Scanners and covariates of a table as text and numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

MISSING_LABELS = {"", "nan", "none", "<na>", "nat"}


def numbers_of(texts: NDArray[np.str_], column: str | int) -> NDArray[np.float64]:
    expected = f"the covariate {column} of every patient as a number"
    try:
        numbers = np.array([float(text or math.nan) for text in texts])
    except ValueError as error:
        raise InputError(expected, str(error), "correct or leave it out") from None
    if not np.isfinite(numbers).all():
        raise InputError(expected, "a missing one", "complete or leave it out")
    return numbers


def label_of(value: Any) -> str:
    """A scanner or level as text; 1, 1.0 and "1" are the same, a missing one is empty."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    text = str(value).strip()
    return "" if text.lower() in MISSING_LABELS else text
