"""How a cohort's inputs of a bundle differ from the training patients': by their table, or by its quantiles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.drift import FeatureDrift, Separation, cohort_separation, feature_drift, pseudo_sample
from ..model.bundle import Bundle
from ..model.bundle_parts import BundleInput
from .cohort import CohortInputs

TABLE, BUNDLE = "training table", "bundle"
NO_TABLE = (
    "Whether the patients differ in several inputs together cannot be assessed from the model's file alone: give the "
    "training tables with --training."
)
_PERMUTATIONS = 99


@dataclass(frozen=True)
class CohortDrift:
    """Attributes:
    features: of each input, in their order; NaN where the bundle does not state how the training patients lay.
    source: ``TABLE`` or ``BUNDLE``: whence the training patients' values.
    range_only: names of inputs of which the bundle states the range only.
    separation: how well both cohorts can be distinguished by all inputs; None for the ``reason`` given.
    training_patients: how many.
    warnings: in words.
    """

    features: tuple[FeatureDrift, ...]
    source: str
    range_only: tuple[str, ...]
    separation: Separation | None
    reason: str
    training_patients: int
    warnings: tuple[str, ...] = ()


def cohort_drift(
    here: CohortInputs, bundle: Bundle, training: CohortInputs | None = None, *, seed: int = 0
) -> CohortDrift:
    """Compares all patients here, scored or not, with the training patients.

    Args:
        here: of the cohort.
        training: of the training patients; without it, values are made that have the bundle's quantiles (prevalences,
            for binary inputs), as many as there were patients.
    """
    names = [item.name for item in bundle.inputs]
    if training is not None:
        separation, reason = _separation(training, here, seed)
        drift = feature_drift(training.values, here.values, names)
        count = len(training.patients)
        return CohortDrift(drift, TABLE, (), separation, reason, count, _other_patients(training, bundle))
    known = np.column_stack([_training_values(item, bundle.card.patients) for item in bundle.inputs])
    range_only = tuple(
        name for name, column in zip(names, known.T, strict=True) if np.isnan(column).all() or not column.size
    )
    rows = (
        _by_range(row, item, column) if row.feature in range_only else row
        for row, item, column in zip(
            feature_drift(known, here.values, names), bundle.inputs, here.values.T, strict=True
        )
    )
    features = tuple(
        replace(row, missing_training=item.missing / bundle.card.patients)
        for row, item in zip(rows, bundle.inputs, strict=True)
    )
    return CohortDrift(features, BUNDLE, range_only, None, NO_TABLE, bundle.card.patients)


def _training_values(item: BundleInput, patients: int) -> NDArray[np.float64]:
    """(patients,) with the distribution that the bundle states, NaN for those without a value, or all of them."""
    values, known = np.full(patients, np.nan), patients - item.missing
    if item.kind == "binary" and item.prevalence is not None:
        values[:known] = np.arange(known) < round(known * item.prevalence)
    elif item.quantiles and known:
        values[:known] = pseudo_sample(item.quantiles, known)
    return values


def _by_range(row: FeatureDrift, item: BundleInput, column: NDArray[np.float64]) -> FeatureDrift:
    """The share outside the training range, which every bundle states."""
    values = column[np.isfinite(column)]
    outside = float(((values < item.low) | (values > item.high)).mean()) if values.size else float("nan")
    return replace(row, outside=outside)


def _separation(training: CohortInputs, here: CohortInputs, seed: int) -> tuple[Separation | None, str]:
    try:
        return cohort_separation(training.values, here.values, permutations=_PERMUTATIONS, seed=seed), ""
    except InputError as error:
        return None, f"Whether the cohorts can be distinguished was not tested: {error.found}."


def _other_patients(training: CohortInputs, bundle: Bundle) -> tuple[str, ...]:
    known, found = set((bundle.provenance.get("inputs") or {}).values()), len(training.patients)
    if known & set(training.hashes.values()):
        return ()
    warning = (
        f"The folder given as training holds {found} patients and no file that the bundle names as its own "
        f"({bundle.card.patients} patients): the comparison holds only if they are the training patients."
    )
    return (warning,)
