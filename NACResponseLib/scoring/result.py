"""What scoring a patient gives: plain values, ready to be written, shown or compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Contribution:
    """How one input, or one signature of a linear model, moved the probability (``explanation``).

    Attributes:
        feature: name of the model's input (``tumor_volume_mm3``) or of the signature (``MRI``).
        label: the same in words (``Tumour volume``).
        unit: of the value as shown (``cm³``; empty for a status).
        value: of the input or the signature; None where it was missing.
        shown: the value as a reader writes it (``40.8 cm³``, ``positive``, ``not known``).
        contribution: in probability (-0.08 is eight percentage points less). Baseline plus all contributions
            is the probability.
        log_odds: the same on the log-odds scale, where the division is exact; where a status is missing, the mean
            over its possible values.
        inputs: names of the model's inputs that a signature is made of; empty where ``feature`` is itself an input.

    Example:
        >>> import NACResponseLib as nac
        >>> score = nac.ScoredCase.load("score").score
        >>> moved = sum(each.contribution for each in score.contributions)
        >>> abs(score.baseline + moved - score.probability) < 1e-6
        True
    """

    feature: str
    label: str
    unit: str
    value: float | None
    shown: str
    contribution: float
    log_odds: float
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """A patient's probability of the positive class, with its reasons.

    Attributes:
        model: name, version, endpoint, positive_class, negative_class, intended_use, origin of the bundle.
        probability: calibrated, of the positive class; where a status is missing, the mean over its possible values.
        interval: of the probability, at ``interval_level``; the bundle's card says how it is made.
        baseline: the probability before any input is known (the model's average).
        threshold: at or above it the predicted class is the positive one.
        predicted_class: None of a model that learned nothing.
        contributions: largest first.
        warnings: in words, for the reader; those that could change most come first.
        warning_effects: of each warning, how far the probability of this patient goes while one of the inputs that the
            warning is about runs over the central 98 % of the training patients; of the inputs the one that matters
            most. 1 where the whole score is in question.
        provenance: versions, file hashes, settings.
        interval_level: of ``interval``; 0.95 for a 95 % interval.
        prediction_set: names of the classes that remain possible at ``set_level``, the positive one first; it may hold
            both, one or none (``evaluation.conformal``).
        p_values: conformal, of the ``positive`` and the ``negative`` class; empty where not computed.
        place: among the training patients (``place.place_of``).
        examination: ``date``, ``laterality``, ``reader``, those that are known.

    Example:
        >>> import NACResponseLib as nac
        >>> score = nac.ScoredCase.load("score").score
        >>> score.model["positive_class"], score.set_level
        ('pathological complete response', 0.9)
    """

    patient_id: str
    model: Mapping[str, str]
    probability: float
    interval: tuple[float, float]
    baseline: float
    threshold: float
    predicted_class: str | None
    contributions: tuple[Contribution, ...]
    warnings: tuple[str, ...]
    provenance: Mapping[str, Any]
    interval_level: float = 0.95
    prediction_set: tuple[str, ...] = ()
    p_values: Mapping[str, float] = field(default_factory=dict)
    set_level: float = 0.9
    warning_effects: tuple[float, ...] = ()
    place: Mapping[str, Any] = field(default_factory=dict)
    examination: Mapping[str, str] = field(default_factory=dict)
