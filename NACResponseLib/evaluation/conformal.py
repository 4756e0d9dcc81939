"""Which classes remain possible for a patient: class-conditional conformal prediction.

A patient is compared with the training patients of each class (Mondrian conformal prediction; Vovk, Gammerman and
Shafer, Algorithmic Learning in a Random World, 2005). How unusual a patient would be in a class is measured by the
probability that the model gives to the other one. The p-value of the class is the share of its patients who are at
least as unusual, the new patient counted among them (a difference below ``TIE`` is none)::

    p = (1 + number of the class's patients at least as unusual) / (1 + number of the class's patients)

The prediction set at 90 % holds the classes whose p-value is above 10 %: both, one, or none (a patient unusual in
either class).

What is promised: whichever class is a patient's true one, the set holds it for at least 90 % of the patients of that
class. Not that 90 % of the patients with such a set have such an outcome, and nothing for patients of another kind than
the training patients. The promise is exact where new and reference patients are exchangeable and the model has not
seen the reference patients. A bundle's reference probabilities are out-of-fold: each is of a patient that the model of
that fold had not seen, while a new patient is scored by the model of all patients. Then it holds approximately
(cross-conformal predictors; Vovk, Ann Math Artif Intell 2015), which is tested (``Testing/library/scoring``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

POSITIVE, NEGATIVE = "positive", "negative"
TIE = 1e-6
"""Of a probability: a bundle's reference has six digits. Without it a model that gives all patients one probability
would find each new one more unusual than all others, or less, by what was rounded off."""


def conformal_p_values(probability: ArrayLike, reference: ArrayLike, outcomes: ArrayLike) -> NDArray[np.float64]:
    """(n, 2) p-values of the negative class and of the positive one.

    Args:
        probability: (n,) of the positive class, of new patients.
        reference: (m,) the same of patients with a known outcome, from models that had not seen them.
        outcomes: (m,) theirs, 1 or 0. A class without patients is never unlikely: its p-value is 1.

    Raises:
        InputError: a probability that is none, or outcomes of another number.
    """
    new, known, truth = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (probability, reference, outcomes))
    if len(known) != len(truth) or not np.isin(truth, (0, 1)).all():
        raise InputError("an outcome, 0 or 1, of every reference probability", "others", "correct the reference")
    if not (((new >= 0) & (new <= 1)).all() and ((known >= 0) & (known <= 1)).all()):
        raise InputError("probabilities from 0 to 1", "others", "correct them")
    return np.column_stack([_p_values(new, known[truth == 0]), _p_values(1 - new, 1 - known[truth == 1])])


def true_class_held(
    probability: ArrayLike, outcome: ArrayLike, reference: ArrayLike, outcomes: ArrayLike, level: float = 0.9
) -> NDArray[np.bool_]:
    """(n,) whether each patient's prediction set at a level holds the class that came true.

    Args:
        probability, outcome: (n,) of new patients, 1 for the positive class.
        reference, outcomes: as ``conformal_p_values``. Errors as there.
    """
    true = np.asarray(outcome, dtype=int)
    values = conformal_p_values(probability, reference, outcomes)
    held: NDArray[np.bool_] = values[np.arange(true.size), true] > 1 - level + _ROUNDING
    return held


def _p_values(new: NDArray[Any], reference: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) of scores (n,) that are larger the more unusual, among those of a class, (m,)."""
    as_unusual = len(reference) - np.searchsorted(np.sort(reference), new - TIE, side="left")
    return (1 + as_unusual) / (1 + len(reference))


def p_values(probability: float, reference: ArrayLike, outcomes: ArrayLike) -> dict[str, float]:
    """One patient's, by ``positive`` and ``negative``."""
    negative, positive = conformal_p_values(probability, reference, outcomes)[0]
    return {POSITIVE: float(positive), NEGATIVE: float(negative)}


def prediction_set(
    values: Mapping[str, float], positive_class: str, negative_class: str, level: float = 0.9
) -> tuple[str, ...]:
    """Names of the classes that remain possible at a level, the positive one first.

    Args:
        values: from ``p_values``.
    """
    names = {POSITIVE: positive_class, NEGATIVE: negative_class}
    return tuple(name for key, name in names.items() if values[key] > 1 - level + _ROUNDING)


_ROUNDING = 1e-12  # 1 - 0.9 is a little below 0.1


def set_in_words(possible: tuple[str, ...], positive_class: str, negative_class: str, level: float = 0.9) -> str:
    """A prediction set for a reader: ``At 90 % confidence: residual disease; ... would be unusual.``"""
    start = f"At {100 * level:g} % confidence: "
    if len(possible) > 1:
        return start + f"{positive_class} or {negative_class}: both remain possible."
    if not possible:
        return start + f"neither {positive_class} nor {negative_class} is usual with such a score."
    other = negative_class if possible[0] == positive_class else positive_class
    return start + f"{possible[0]}; {other} would be unusual with such a score."
