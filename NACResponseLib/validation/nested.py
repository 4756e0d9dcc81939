"""Terms of two linear bundles on the same patients, for the likelihood ratio of those that only one has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..evaluation.nested_comparison import NestedTerms
from ..model.bundle import Bundle
from ..model.linear import Linear
from .cohort import ScoredCohort


def terms_held(larger: Bundle, smaller: Bundle) -> bool:
    """Whether both are linear, and the larger one has the smaller one's terms, by name, and further ones."""
    one, other = larger.model, smaller.model
    if not (isinstance(one, Linear) and isinstance(other, Linear)):
        return False
    return {term.name for term in other.formula.terms} < {term.name for term in one.formula.terms}


def nested_terms(
    larger: tuple[Bundle, ScoredCohort], smaller: tuple[Bundle, ScoredCohort], patients: Sequence[str]
) -> NestedTerms | None:
    """The terms of patients that both bundles have scored, each as its own bundle makes it.

    Returns:
        None unless ``terms_held``.

    Raises:
        InputError: as ``Bundle.prepared``.
    """
    one, other = larger[0].model, smaller[0].model
    if not (terms_held(larger[0], smaller[0]) and isinstance(one, Linear) and isinstance(other, Linear)):
        return None
    held = {term.name for term in other.formula.terms}
    added = [number for number, term in enumerate(one.formula.terms) if term.name not in held]
    return NestedTerms(
        tuple(one.formula.terms[number].label for number in added),
        other.formula.values(_prepared(*smaller, patients)),
        one.formula.values(_prepared(*larger, patients))[:, added],
    )


def _prepared(bundle: Bundle, cohort: ScoredCohort, patients: Sequence[str]) -> NDArray[np.float64]:
    """(n, inputs), NaN where a status is missing."""
    inputs = cohort.inputs
    place = {name: number for number, name in enumerate(inputs.patients)}
    groups = bundle.preparation.effects if bundle.preparation else ()
    named = {group: inputs.scanners[group] for group in groups if group in inputs.scanners}
    return np.stack(
        [
            bundle.prepared(inputs.values[row], {group: names[row] for group, names in named.items()})
            for row in (place[name] for name in patients)
        ]
    )
