"""Everything that a frozen bundle's validation on another cohort shows: subgroups, drift, other models, recalibration.

Nothing is learned from the patients but the recalibration that is offered, and that is a bundle of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.detectable import RELEVANT
from ..evaluation.logistic import logit
from ..evaluation.nested_comparison import NestedComparison, compare_nested
from ..evaluation.recalibration import KEPT, Recalibration, recalibrate
from ..evaluation.subgroups import SubgroupAnalysis, age_bands, analyse_subgroups, receptor_subtypes
from ..features.cases import GROUPS
from ..model.bundle import Bundle
from ..model.card import ModelCard
from ..model.recalibrated import recalibrated
from .checks import Checks, check
from .cohort import CohortInputs, ScoredCohort, read_inputs, score_cohort
from .drift import CohortDrift, cohort_drift
from .nested import nested_terms, terms_held

SUBGROUP_DRAWS = 1000
SUBTYPE, AGE = "Receptor subtype", "Age in years"


@dataclass(frozen=True)
class ModelComparison:
    """A model against another on the patients that both can score.

    Attributes:
        larger, smaller: their names; the larger is the one validated, unless its inputs are a part of the other's.
        nested: the larger model's inputs hold the smaller one's.
        left_out: patients that only one of them can score.
        outcome, probabilities: (n,) of the others; by model, the larger one first.
    """

    larger: str
    smaller: str
    nested: bool
    comparison: NestedComparison
    left_out: tuple[str, ...]
    outcome: NDArray[np.int64]
    probabilities: Mapping[str, NDArray[np.float64]]

    @property
    def sentence(self) -> str:
        """Whether the larger model adds to the smaller one."""
        return self.comparison.added.sentence(f"the model {self.larger}", f"the model {self.smaller}")


@dataclass(frozen=True)
class ExternalValidation:
    """Attributes:
    bundle: as it was validated.
    cohort: the patients and their probabilities.
    subgroups: by variable, those that are known of some patient.
    checks: of its prediction sets, its intervals, and how alike it does in all patients.
    drift: of the inputs, against the training patients.
    against: comparisons with other models.
    recalibration: what the closed test chose; None where none is offered, for the reason in ``refusal``.
    """

    bundle: Bundle
    cohort: ScoredCohort
    subgroups: tuple[SubgroupAnalysis, ...]
    checks: Checks
    drift: CohortDrift
    against: tuple[ModelComparison, ...]
    recalibration: Recalibration | None
    refusal: str

    @property
    def kind(self) -> str:
        """``patients``, or ``synthetic patients``."""
        return "synthetic patients" if self.cohort.synthetic else "patients"

    @property
    def recalibrates(self) -> bool:
        """Whether there is a recalibration to be made."""
        return self.recalibration is not None and self.recalibration.method != KEPT

    def recalibrated_bundle(self) -> Bundle:
        """The new bundle, not yet saved.

        Raises:
            InputError: none is offered, or none is needed.
        """
        found, cohort = self.recalibration, self.cohort
        if found is None or found.method == KEPT:
            why = self.refusal if found is None else "no sign of miscalibration"
            raise InputError("patients to recalibrate on who need it", why.rstrip("."), "use the model as it is")
        provenance = {
            "cohort": f"{len(cohort.patients)} {self.kind} of an external validation",
            "patients": found.patients,
            "positives": found.positives,
            "method": found.method,
            "p_any": found.p_any,
            "p_slope": found.p_slope,
            "inputs": dict(cohort.hashes),
        }
        return recalibrated(self.bundle, found.of(self.bundle.calibration), provenance)


def validate_on(
    folder: Path,
    bundle: Bundle,
    *,
    against: Sequence[Bundle] = (),
    training: Path | None = None,
    relevant: float = RELEVANT,
    seed: int = 0,
    review: Path | None = None,
) -> ExternalValidation:
    """Validates on a folder of patients.

    Args:
        folder: as ``score_cohort`` reads it.
        against: other models of the same endpoint, for the same patients.
        training: the folder of the training patients' tables, for drift.
        relevant: a gain in AUC that would matter, stated beforehand.
        review: a reader's decisions; those of the folder if None.

    Raises:
        InputError: as ``score_cohort``, for either model; models that cannot be compared.
    """
    for other in against:
        _check(bundle, other)
    cohort = score_cohort(folder, bundle, review)
    known = read_inputs(training, bundle) if training is not None else None
    compared = tuple(
        compare_scored((bundle, cohort), (other, score_cohort(folder, other, review)), relevant=relevant, seed=seed)
        for other in against
    )
    return examine(bundle, cohort, training=known, against=compared, seed=seed)


def examine(
    bundle: Bundle,
    cohort: ScoredCohort,
    *,
    training: CohortInputs | None = None,
    against: tuple[ModelComparison, ...] = (),
    seed: int = 0,
) -> ExternalValidation:
    """What scored patients show; for arguments see ``validate_on``."""
    recalibration, refusal = _recalibration(cohort)
    labels = _labels(cohort)
    others = {variable: names for variable, names in labels.items() if variable in (AGE, *GROUPS.values())}
    return ExternalValidation(
        bundle,
        cohort,
        _subgroups(cohort, labels, bundle.threshold, seed),
        check(bundle, cohort, labels[SUBTYPE], others, seed),
        cohort_drift(cohort.inputs, bundle, training, seed=seed),
        against,
        recalibration,
        refusal,
    )


def _check(bundle: Bundle, other: Bundle) -> None:
    if bundle.sha256 == other.sha256:
        raise InputError("another model to compare with", f"{other.card.name} itself", "name another after --against")
    if bundle.card.endpoint != other.card.endpoint:
        raise InputError(
            f"a model of the same endpoint, {bundle.card.endpoint}",
            f"{other.card.name} of {other.card.endpoint}",
            "compare models of one endpoint",
        )


def compare_scored(
    validated: tuple[Bundle, ScoredCohort], against: tuple[Bundle, ScoredCohort], *, relevant: float, seed: int = 0
) -> ModelComparison:
    """A model against another on the patients of a cohort that both have scored.

    Raises:
        InputError: there is none, or as ``compare_nested``.
    """
    (bundle, cohort), (other, second) = validated, against
    common = set(cohort.patients) & set(second.patients)
    if not common:
        raise InputError("patients that both models can score", "none", "complete the tables")
    rows, places = (np.isin(one.patients, list(common)) for one in (cohort, second))
    larger, smaller = (bundle, cohort, rows), (other, second, places)
    if not _holds(bundle, other) and _holds(other, bundle):
        larger, smaller = smaller, larger
    nested = _holds(larger[0], smaller[0])
    probabilities = [scores.probability[kept] for _, scores, kept in (larger, smaller)]
    comparison = compare_nested(
        cohort.outcome[rows],
        probabilities[1],
        probabilities[0],
        is_training_cohort=cohort.is_training_cohort or second.is_training_cohort,
        relevant=relevant,
        cutoffs=(bundle.threshold,),
        nested=nested,
        terms=nested_terms(larger[:2], smaller[:2], np.array(cohort.patients)[rows].tolist()),
        seed=seed,
    )
    alone = [patient for patient in cohort.inputs.patients if patient in set(cohort.patients) ^ set(second.patients)]
    names = larger[0].card.name, _apart(smaller[0].card, larger[0].card)
    by_name = dict(zip(names, probabilities, strict=True))
    return ModelComparison(*names, nested, comparison, tuple(alone), cohort.outcome[rows], by_name)


def _apart(card: ModelCard, other: ModelCard) -> str:
    """A name that is not the other's."""
    return card.name if card.name != other.name else f"{card.name}, the other model"


def _holds(larger: Bundle, smaller: Bundle) -> bool:
    """Whether all that the smaller model knows the larger one knows, too; HR follows from ER and PR.

    A signature to which the larger one gives no weight has no inputs there, but is a term of it all the same.
    """
    if terms_held(larger, smaller):
        return True
    names = {item.name for item in larger.inputs}
    known = names | ({"HR"} if {"ER", "PR"} <= names else set())
    return {item.name for item in smaller.inputs} <= known


def _recalibration(cohort: ScoredCohort) -> tuple[Recalibration | None, str]:
    """What the closed test chose, or why nothing is offered."""
    if cohort.is_training_cohort:
        return None, "The model was made from these patients: recalibrating on them would change nothing or mislead."
    try:
        return recalibrate(cohort.outcome, logit(cohort.probability)), ""
    except InputError as error:
        return None, f"It would need {error.expected}; these show {error.found}: {error.remedy}."


def _subgroups(
    cohort: ScoredCohort, labels: Mapping[str, Sequence[str]], threshold: float, seed: int
) -> tuple[SubgroupAnalysis, ...]:
    return tuple(
        analyse_subgroups(
            variable, names, cohort.outcome, cohort.probability, threshold, draws=SUBGROUP_DRAWS, seed=seed
        )
        for variable, names in labels.items()
        if any(names)
    )


def _labels(cohort: ScoredCohort) -> dict[str, list[str]]:
    """Each scored patient's group, by what parts them; empty where it is not known."""
    inputs, clinical = cohort.inputs, cohort.inputs.clinical
    found: dict[str, Sequence[str]] = {
        SUBTYPE: receptor_subtypes(clinical["HR"], clinical["HER2"]),
        AGE: age_bands(clinical["age"]),
        **inputs.groups,
        **{f"{group} scanner": names for group, names in inputs.scanners.items()},
    }
    return {variable: [names[row] for row in cohort.rows] for variable, names in found.items()}
