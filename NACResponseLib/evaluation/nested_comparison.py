"""A larger model against a smaller one on the same patients: does what it knows besides add anything?

The verdict rests on the difference of AUCs (DeLong 1988) and on what these patients could have shown; the
likelihood-ratio test asks whether the larger model's score adds to the smaller one's (``nested_models``). Net
reclassification and integrated discrimination improvement are given because journals ask for them, with ``CAVEATS``:
they can be above 0 for a useless marker (Hilden and Gerds 2014; Pepe et al. 2015), so no verdict rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InputError
from .delong import AreaDifference, compare_areas
from .detectable import RELEVANT, UNCLEAR, AddedValue, added_value
from .external import DRAWS, Estimate
from .nested_models import SAME_PATIENTS, LikelihoodRatioTest, added_score_test
from .reclassification import CAVEATS, reclassification

SMALLEST_CLASS = 10
"""Patients of either class below which no verdict is given: DeLong's normal approximation is too narrow there."""
NOT_NESTED = (
    "The smaller model holds inputs that the larger one lacks: they are not nested, and no likelihood ratio is given."
)


@dataclass(frozen=True)
class NestedComparison:
    """Attributes:
    patients, positives: on whom.
    areas: AUC of the larger model (``first``) less that of the smaller one.
    added: the verdict; its ``sentence`` says it.
    likelihood_ratio: whether the larger model's score adds to the smaller one's; None where ``reason`` tells why not.
    categories, continuous: net reclassification at ``cutoffs`` and without them, and integrated discrimination.
    caveats: to be printed beside those.
    warnings: in words.
    """

    patients: int
    positives: int
    areas: AreaDifference
    added: AddedValue
    likelihood_ratio: LikelihoodRatioTest | None
    reason: str
    categories: tuple[Estimate, ...]
    continuous: tuple[Estimate, ...]
    cutoffs: tuple[float, ...]
    caveats: tuple[str, ...]
    warnings: tuple[str, ...]


def compare_nested(
    outcome: ArrayLike,
    smaller: ArrayLike,
    larger: ArrayLike,
    *,
    learned_here: bool,
    relevant: float = RELEVANT,
    cutoffs: Sequence[float],
    nested: bool = True,
    draws: int = DRAWS,
    seed: int = 0,
) -> NestedComparison:
    """Compares.

    Args:
        outcome: (n,), 1 or 0.
        smaller, larger: (n,) probabilities without and with what is asked about.
        learned_here: either was learned from these patients' outcomes and these are not out-of-fold probabilities.
        relevant: a gain in AUC that would matter, stated beforehand.
        cutoffs: rising probabilities that part the categories of net reclassification: the model's threshold.
        nested: the larger model's inputs hold the smaller one's.

    Raises:
        InputError: unequal lengths, values other than probabilities and 0 or 1, an outcome of one class, or a relevant
            gain or cut-offs that are none.
    """
    reached, without, beside = (np.asarray(values, dtype=float) for values in (outcome, smaller, larger))
    categories = reclassification(reached, without, beside, cutoffs, draws=draws, seed=seed)
    continuous = reclassification(reached, without, beside, draws=draws, seed=seed)
    areas = compare_areas(reached, beside, without)
    added, warnings = added_value(areas, relevant=relevant), []
    positives = int(reached.sum())
    rarer = min(positives, reached.size - positives)
    if rarer < SMALLEST_CLASS and areas.error != 0:
        added = replace(added, verdict=UNCLEAR)
        warnings.append(
            f"{rarer} patient{'' if rarer == 1 else 's'} of the rarer class: with fewer than {SMALLEST_CLASS}, the "
            "difference varies more than its interval says, and no verdict is given."
        )
    ratio, reason = _ratio(reached, without, beside, learned_here) if nested else (None, NOT_NESTED)
    if learned_here:
        warnings.append(SAME_PATIENTS)
    warnings += [told for told in (ratio.warnings if ratio else ()) if told != SAME_PATIENTS]
    return NestedComparison(
        reached.size,
        positives,
        areas,
        added,
        ratio,
        reason,
        categories,
        continuous,
        tuple(float(one) for one in cutoffs),
        CAVEATS,
        tuple(warnings),
    )


def _ratio(
    reached: ArrayLike, smaller: ArrayLike, larger: ArrayLike, learned_here: bool
) -> tuple[LikelihoodRatioTest | None, str]:
    """The test, or why these patients do not allow it."""
    try:
        return added_score_test(reached, smaller, larger, learned_here=learned_here), ""
    except InputError as error:
        return None, f"No likelihood ratio can be given: {error.found}."
