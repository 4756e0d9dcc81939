"""The model card: what a reader must know of a model before believing its score (Mitchell et al., FAT* 2019)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..evaluation.metrics import METRIC_LABELS
from ..evaluation.partitioned import Average

LOGISTIC = "logistic regression"
_DIGITS = 4


@dataclass(frozen=True)
class Metric:
    """One figure of the model's validation with its 95 % interval, and the same for the plain comparator.

    Attributes:
        name: ``auc``, ``brier``, ``calibration_slope``, ``calibration_intercept``, ``balanced_accuracy``.
        label: in words.
        value, low, high: of the model.
        comparator, comparator_low, comparator_high: of the card's ``comparator`` on the same folds.
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    comparator: float
    comparator_low: float
    comparator_high: float


def metrics_of(ours: Mapping[str, Average], comparators: Mapping[str, Average]) -> tuple[Metric, ...]:
    """The card's figures from a model's and its comparator's, by metric; those that are not defined are left out."""
    return tuple(
        Metric(name, label, *_rounded(ours[name]), *_rounded(comparators[name]))
        for name, label in METRIC_LABELS.items()
        if _finite(ours[name]) and _finite(comparators[name])
    )


def _rounded(average: Average) -> tuple[float, float, float]:
    return round(average.mean, _DIGITS), round(average.low, _DIGITS), round(average.high, _DIGITS)


def _finite(average: Average) -> bool:
    return all(math.isfinite(figure) for figure in (average.mean, average.low, average.high))


@dataclass(frozen=True)
class ModelCard:
    """Attributes:
    endpoint: ``pcr``.
    positive_class, negative_class: in words (``pathological complete response``).
    intended_use: who may use it for what; research, not diagnosis.
    cohort: the training patients, in a sentence or two.
    patients, positives: size of the training cohort, and how many reached the positive class.
    metrics: of validation, the comparator beside the model.
    validation, interval, threshold_rule, calibration: how each was made, a sentence each.
    interval_coverage: what the check of the interval found, a sentence.
    limits: what the model cannot do, a sentence each.
    source: citation and licence of the training data.
    constraints: which directions were imposed on the inputs and what in the data speaks for them, a sentence or two.
    demonstration: True for a model trained on synthetic patients; shown wherever the model is.
    comparator: what the metrics are held against.
    licence: of the model and the data it was trained on, where it is known.
    """

    name: str
    version: str
    title: str
    endpoint: str
    positive_class: str
    negative_class: str
    intended_use: str
    cohort: str
    patients: int
    positives: int
    metrics: tuple[Metric, ...]
    validation: str
    calibration: str
    interval: str
    interval_coverage: str
    threshold_rule: str
    limits: tuple[str, ...]
    source: str
    demonstration: bool = False
    constraints: str = ""
    comparator: str = LOGISTIC
    licence: str = ""
