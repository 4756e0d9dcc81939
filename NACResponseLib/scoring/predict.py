"""Scoring a patient: from the model's input values to a probability with its interval, reasons and warnings.

A missing status is averaged over: probability, class and contributions are the mean over its possible values, weighted
by the training patients' share of each (``Bundle.completions``); the interval covers them all, and a warning says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..case import Examination
from ..errors import InputError
from ..evaluation.conformal import p_values, prediction_set
from ..evaluation.statistics import wilson_interval
from ..model.bundle import Bundle
from ..model.bundle_parts import LARGEST_VALUE, BundleInput
from ..model.trees import Trees
from ..packages import package_version
from .explanation import explain
from .place import place_of
from .result import Score
from .warnings_by_effect import Warned

SET_LEVEL = 0.9


def score_values(
    values: Mapping[str, float],
    bundle: Bundle,
    *,
    patient_id: str,
    scanners: Mapping[str, str] | None = None,
    warnings: tuple[str, ...] = (),
    provenance: Mapping[str, Any] | None = None,
    examination: Examination | None = None,
) -> Score:
    """Scores one patient from values by input name; NaN or absent is missing, other names are ignored.

    Args:
        values: in the units of the bundle's inputs (mm³, years; 1 positive, 0 negative).
        patient_id: as it shall appear in the score.
        scanners: by group of features (``MRI``, ``CT``), for a model that harmonizes them.
        warnings: what was noticed before, of the images and contours.
        provenance: what is known of the values' origin; the model's is added.
        examination: when and of which side, and who drew the contours.

    Raises:
        InputError: a missing value that the model needs, an infinite one, a status that is neither 0 nor 1, or a
            scanner without training patients where the model refuses those.
    """
    row = _row(values, bundle)
    prepared = bundle.prepared(row, scanners or {})
    baseline, contributions = explain(bundle, row, prepared)
    probability = bundle.averaged_probability(prepared)
    low, high = _interval(bundle, prepared)
    card, reference, nothing = bundle.card, bundle.reference, bundle.nothing_learned
    predicted = card.positive_class if probability >= bundle.threshold else card.negative_class
    ordered, effects = Warned(bundle, row, prepared, scanners or {}).sorted(warnings)
    possible = {} if nothing else p_values(probability, reference.probabilities, reference.outcomes)
    return Score(
        patient_id=patient_id,
        model={
            "name": card.name,
            "version": card.version,
            "endpoint": card.endpoint,
            "positive_class": card.positive_class,
            "negative_class": card.negative_class,
            "intended_use": card.intended_use,
            "origin": bundle.origin,
        },
        probability=probability,
        interval=(low, high),
        baseline=baseline,
        threshold=bundle.threshold,
        predicted_class=None if nothing else predicted,
        contributions=contributions,
        warnings=ordered,
        provenance={**(provenance or {}), "model": _model_provenance(bundle)},
        interval_level=bundle.interval.level,
        prediction_set=() if nothing else prediction_set(possible, card.positive_class, card.negative_class, SET_LEVEL),
        p_values=possible,
        set_level=SET_LEVEL,
        warning_effects=effects,
        place={} if nothing else place_of(bundle, values, probability),
        examination={} if examination is None else examination.plain(),
    )


def probability_and_interval(
    values: Mapping[str, float], bundle: Bundle, scanners: Mapping[str, str] | None = None
) -> tuple[float, float, float]:
    """Probability and bounds of ``score_values`` alone, for many patients. Arguments and errors as there."""
    prepared = bundle.prepared(_row(values, bundle), scanners or {})
    return bundle.averaged_probability(prepared), *_interval(bundle, prepared)


def _row(values: Mapping[str, float], bundle: Bundle) -> NDArray[np.float64]:
    return np.array([_checked(item, values.get(item.name, math.nan)) for item in bundle.inputs])


def _checked(item: BundleInput, value: float) -> float:
    number = float(value)
    if math.isnan(number):
        if item.missing_allowed:
            return number
        raise InputError(f"a value of {item.name} ({item.label}), which this model needs", "none", f"give {item.name}")
    if abs(number) > LARGEST_VALUE:
        raise InputError(f"a finite value of {item.name}", f"{number}", "correct it")
    if item.kind == "binary" and number not in (0, 1):
        raise InputError(f"{item.name} as 1 (positive) or 0 (negative)", f"{number:g}", "correct it")
    return number


def _interval(bundle: Bundle, row: NDArray[Any]) -> tuple[float, float]:
    """Wilson's interval; where a status is missing, from the lowest to the highest over what it may be."""
    possible = bundle.probabilities(bundle.completions(row)[0])
    low, high = wilson_interval(possible, bundle.interval.effective_patients, bundle.interval.level)
    return float(low.min()), float(high.max())


def _model_provenance(bundle: Bundle) -> dict[str, Any]:
    packages = ("xgboost", "numpy") if isinstance(bundle.model, Trees) else ("numpy",)
    return {
        "name": bundle.card.name,
        "version": bundle.card.version,
        "sha256": bundle.sha256,
        "protocol": bundle.images.protocol,
        "scored_with": {package: package_version(package) for package in packages},
        "training": dict(bundle.provenance),
    }
