"""A larger model against a smaller one on the same patients: does what it knows besides add anything?

The verdict rests on the difference of AUCs (DeLong 1988) and on what these patients could have shown. The
likelihood-ratio test (``nested_models``) asks whether the larger model's added terms add information to the smaller
one's, all refitted here; where a model has no terms (trees), whether its score adds to the smaller one's. Net
reclassification and integrated discrimination improvement are given because journals ask for them, with ``CAVEATS``:
they can be above 0 for a useless marker (Hilden and Gerds 2014; Pepe et al. 2015), so no verdict rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .delong import AreaDifference, compare_areas
from .detectable import LEARNED, RELEVANT, UNCLEAR, AddedValue, added_value
from .external import DRAWS, Estimate
from .nested_models import SAME_PATIENTS, LikelihoodRatioTest, added_score_test, added_terms_test, varies
from .reclassification import CAVEATS, reclassification

SMALLEST_CLASS = 10
"""Patients of either class below which no verdict is given: DeLong's normal approximation is too narrow there."""
NOT_NESTED = (
    "The smaller model holds inputs that the larger one lacks: they are not nested, and no likelihood ratio is given."
)
CONSERVATIVE = (
    "DeLong's test finds too little where models are nested: if nothing is added, it rejects less often than its "
    "level says (Demler et al., Stat Med 31:2577, 2012)."
)


@dataclass(frozen=True)
class NestedTerms:
    """Terms of two linear models, the larger of which has those of the smaller, of each patient compared.

    Attributes:
        names: of the added terms, in words.
        smaller: (n, p) of the smaller model, NaN where a status is missing.
        added: (n, q) of the larger model besides, likewise.
    """

    names: tuple[str, ...]
    smaller: NDArray[np.float64]
    added: NDArray[np.float64]

    @property
    def varying(self) -> tuple[str, ...]:
        """The added terms that vary among patients without a missing value: those that can be tested."""
        complete = np.isfinite(np.hstack([self.smaller, self.added])).all(axis=1)
        return tuple(name for name, one in zip(self.names, varies(self.added[complete]), strict=True) if one)


@dataclass(frozen=True)
class NestedComparison:
    """Attributes:
    patients, positives: numbers of patients.
    areas: AUC of the larger model (``first``) less that of the smaller one.
    added: the verdict; its ``sentence`` says it.
    likelihood_ratio: whether the larger model's terms, or its score, add; None where ``reason`` says why not.
    categories, continuous: net reclassification at ``cutoffs`` and without them, and integrated discrimination.
    caveats: to be printed beside those.
    warnings: in words.
    terms: those that the likelihood ratio is of, in words; empty where it is of the score.
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
    terms: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """What the likelihood ratio asks and why beside DeLong's test; empty where there is none."""
        if self.likelihood_ratio is None:
            return ""
        if not self.terms:
            return (
                "The likelihood ratio asks whether the larger model's score adds to the smaller one's. It also rejects "
                "where the larger model only weighs better what both know, so it is no proof that what it knows "
                f"besides adds. {CONSERVATIVE}"
            )
        count = self.likelihood_ratio.patients
        who = f"these {count} patients" if count == self.patients else f"the {count} patients without a missing value"
        add = "adds" if len(self.terms) == 1 else "add"
        return (
            f"The likelihood ratio asks whether {_listed(self.terms)} {add} to the smaller model's variables: a "
            f"logistic model with them against one without, both fitted to {who}. {CONSERVATIVE}"
        )


def compare_nested(
    outcome: ArrayLike,
    smaller: ArrayLike,
    larger: ArrayLike,
    *,
    is_training_cohort: bool,
    relevant: float = RELEVANT,
    cutoffs: Sequence[float],
    nested: bool = True,
    terms: NestedTerms | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> NestedComparison:
    """Compares.

    Args:
        outcome: (n,), 1 or 0.
        smaller, larger: (n,) probabilities without and with what is asked about.
        is_training_cohort: either was learned from these patients' outcomes and these are not out-of-fold
            probabilities: no verdict is given.
        relevant: a gain in AUC that would matter, stated beforehand.
        cutoffs: rising probabilities that divide the categories of net reclassification: the model's threshold.
        nested: the larger model's inputs hold the smaller one's.
        terms: of linear models; without them the likelihood ratio is of the scores.

    Raises:
        InputError: unequal lengths, values other than probabilities and 0 or 1, an outcome of one class, or a relevant
            gain or cut-offs that are none.
    """
    reached, without, beside = (np.asarray(values, dtype=float) for values in (outcome, smaller, larger))
    categories = reclassification(reached, without, beside, cutoffs, draws=draws, seed=seed)
    continuous = reclassification(reached, without, beside, draws=draws, seed=seed)
    areas = compare_areas(reached, beside, without)
    positives = int(reached.sum())
    classes = (positives, reached.size - positives)
    added, warnings = added_value(areas, classes, relevant=relevant), []
    rarer = min(classes)
    if rarer < SMALLEST_CLASS and areas.error != 0:
        added = replace(added, verdict=UNCLEAR)
        warnings.append(
            f"{rarer} patient{'' if rarer == 1 else 's'} of the rarer class: with fewer than {SMALLEST_CLASS}, the "
            "difference varies more than its interval says, and no verdict is given."
        )
    ratio, reason = _ratio(reached, without, beside, is_training_cohort, terms) if nested else (None, NOT_NESTED)
    if is_training_cohort:
        added = replace(added, verdict=LEARNED)
        warnings.append(SAME_PATIENTS)
    warnings += [warning for warning in (ratio.warnings if ratio else ()) if warning != SAME_PATIENTS]
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
        terms.varying if ratio and terms else (),
    )


def _ratio(
    reached: ArrayLike, smaller: ArrayLike, larger: ArrayLike, is_training_cohort: bool, terms: NestedTerms | None
) -> tuple[LikelihoodRatioTest | None, str]:
    """The test, or why these patients do not allow it."""
    try:
        if terms is not None:
            return added_terms_test(reached, terms.smaller, terms.added), ""
        return added_score_test(reached, smaller, larger, is_training_cohort=is_training_cohort), ""
    except InputError as error:
        return None, f"No likelihood ratio can be given: {error.found}."


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
