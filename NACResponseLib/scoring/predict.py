"""Scoring a patient: from the model's input values to a probability with its interval, reasons and warnings.

A missing status is averaged over: probability, class and contributions are the mean over its possible values, weighted
by the training patients' share of each (``Bundle.completions``); the interval covers them all, and a warning says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.conformal import p_values, prediction_set
from ..evaluation.statistics import wilson_interval
from ..model.bundle import Bundle
from ..model.bundle_parts import LARGEST_VALUE, BundleInput
from ..model.trees import Trees
from ..packages import package_version
from .explanation import explain, shown, shown_range
from .result import Score

SET_LEVEL = 0.9


def score_values(
    values: Mapping[str, float],
    bundle: Bundle,
    *,
    patient_id: str,
    scanners: Mapping[str, str] | None = None,
    warnings: tuple[str, ...] = (),
    provenance: Mapping[str, Any] | None = None,
) -> Score:
    """Scores one patient from values by input name; NaN or absent is missing, other names are ignored.

    Args:
        values: in the units of the bundle's inputs (mm³, years; 1 positive, 0 negative).
        patient_id: as it shall appear in the score.
        scanners: by group of features (``MRI``, ``CT``), for a model that harmonizes them.
        warnings: what was noticed before; they come first, but for that of a model that learned nothing.
        provenance: what is known of the values' origin; the model's is added.

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
        warnings=(
            *filter(None, [nothing]),
            *warnings,
            *_warnings(bundle, row, prepared),
            *_scanner_warnings(bundle, scanners or {}),
        ),
        provenance={**(provenance or {}), "model": _model_provenance(bundle)},
        interval_level=bundle.interval.level,
        prediction_set=() if nothing else prediction_set(possible, card.positive_class, card.negative_class, SET_LEVEL),
        p_values=possible,
        set_level=SET_LEVEL,
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


def _scanner_warnings(bundle: Bundle, scanners: Mapping[str, str]) -> Iterator[str]:
    for group, effects in bundle.preparation.effects.items() if bundle.preparation else ():
        for scanner in effects.unseen(np.array([scanners.get(group, "")])):
            yield (
                f"The {group} scanner ({scanner}) is none of the training patients' ({', '.join(effects.scanners)}): "
                f"{group} features are used as they are, and the score may be off."
            )


def _warnings(bundle: Bundle, row: NDArray[Any], prepared: NDArray[Any]) -> Iterator[str]:
    if bundle.card.demonstration:
        yield "This model was trained on synthetic patients and is a demonstration only."
    for index, (item, value) in enumerate(zip(bundle.inputs, row, strict=True)):
        if math.isnan(value):
            yield _missing_warning(bundle, prepared, index)
        elif item.kind != "binary" and not item.low <= value <= item.high:
            yield (
                f"{item.label} {shown(item, value)} lies outside the training patients' range "
                f"({shown_range(item, item.low, item.high)}): the model has no experience there."
            )
        elif item.kind == "continuous" and not item.p01 <= value <= item.p99:
            yield (
                f"{item.label} {shown(item, value)} is unusual: 98 % of the training patients lie within "
                f"{shown_range(item, item.p01, item.p99)}."
            )


def _missing_warning(bundle: Bundle, prepared: NDArray[Any], index: int) -> str:
    item, patients = bundle.inputs[index], bundle.card.patients
    known = f"{item.label} is not known, as in {item.missing} of {patients:,} training patients"
    if item.kind != "binary" or item.prevalence is None:
        stands = "" if bundle.preparation is None else " the training patients' median stands for it, and"
        return f"{known}:{stands} the score is less certain than its interval says."
    negative, positive = (
        bundle.averaged_probability(np.where(np.arange(len(prepared)) == index, status, prepared))
        for status in (0.0, 1.0)
    )
    return (
        f"{known}: the probability of {bundle.card.positive_class} is averaged over both possibilities, "
        f"{100 * negative:.0f} % if negative and {100 * positive:.0f} % if positive "
        f"({100 * item.prevalence:.0f} % of the training patients are); the interval covers both."
    )


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
