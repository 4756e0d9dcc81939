"""The tables of an external validation besides ``metrics.csv`` and ``predictions.csv``, as rows to be written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..evaluation.subgroups import INTERACTIONS, Subgroup
from ..validation.drift import CohortDrift
from ..validation.validate import ExternalValidation, ModelComparison

SUBGROUPS, COVERAGE, DRIFT, NESTED = "subgroups.csv", "coverage.csv", "drift.csv", "nested.csv"
SUBGROUP_METRICS = ("auc", "brier", "calibration_intercept", "calibration_slope", "observed_expected")


def tables(validation: ExternalValidation) -> Iterator[tuple[str, list[str], list[Sequence[Any]]]]:
    """Name, header and rows of each table that applies."""
    if validation.subgroups:
        yield SUBGROUPS, _subgroup_header(), list(_subgroup_rows(validation))
    if validation.checks.sets:
        yield (
            COVERAGE,
            ["group", "y_true", "patients", "held", "share", "ci_low", "ci_high", "verdict"],
            [
                [one.group, int(one.positive), one.patients, one.held, one.share, one.low, one.high, one.verdict]
                for one in validation.checks.sets
            ],
        )
    yield DRIFT, _drift_header(), list(_drift_rows(validation.drift))
    if validation.against:
        header = ["larger", "smaller", "patients", "positives", "verdict", "measure", "value", "ci_low", "ci_high", "p"]
        yield NESTED, header, [row for against in validation.against for row in nested_rows(against)]


def _subgroup_header() -> list[str]:
    metrics = [f"{name}{bound}" for name in SUBGROUP_METRICS for bound in ("", "_ci_low", "_ci_high")]
    head = [
        "variable",
        "group",
        "patients",
        "positives",
        "observed",
        "observed_ci_low",
        "observed_ci_high",
        "predicted",
    ]
    return [*head, *metrics, *(f"interaction_p_{test}" for test in INTERACTIONS)]


def _subgroup_rows(validation: ExternalValidation) -> Iterator[list[Any]]:
    for analysis in validation.subgroups:
        p = {test.test: test.p for test in analysis.interactions}
        for group in analysis.groups:
            head = [analysis.variable, group.group, group.patients, group.positives]
            shares = [group.observed, group.low, group.high, group.predicted]
            yield [*head, *shares, *_metrics(group), *(_cell(p[test]) for test in INTERACTIONS)]


def _metrics(group: Subgroup) -> Iterator[float | str]:
    found = {estimate.metric: estimate for estimate in group.metrics}
    for name in SUBGROUP_METRICS:
        one = found.get(name)
        yield from ("", "", "") if one is None else (_cell(v) for v in (one.value, one.ci_low, one.ci_high))


def _drift_header() -> list[str]:
    numbers = ["standardized_mean_difference", "ks", "p", "q", "share_outside", "share_missing"]
    return ["feature", *numbers, "share_missing_training", "training_values"]


def _drift_rows(drift: CohortDrift) -> Iterator[list[Any]]:
    for row in drift.features:
        values = (row.difference, row.ks, row.p, row.q, row.outside, row.missing, row.missing_training)
        source = "range only" if row.feature in drift.range_only else drift.source
        yield [row.feature, *map(_cell, values), source]


def nested_rows(against: ModelComparison) -> Iterator[list[Any]]:
    """Of each measure: names, counts, verdict, measure, value, interval and p-value."""
    found = against.comparison
    head = [against.larger, against.smaller, found.patients, found.positives, found.added.verdict]
    areas = found.areas
    yield [*head, "auc_larger", areas.first, "", "", ""]
    yield [*head, "auc_smaller", areas.second, "", "", ""]
    yield [*head, "auc_difference", *map(_cell, (areas.difference, areas.low, areas.high, areas.p))]
    yield [*head, "smallest_detectable_difference", _cell(found.added.smallest_detectable), "", "", ""]
    yield [*head, "relevant_gain", found.added.relevant, "", "", ""]
    ratio, tested = found.likelihood_ratio, "terms" if found.terms else "score"
    if ratio is not None:
        yield [*head, f"likelihood_ratio_of_{tested}_chi_squared", ratio.statistic, "", "", ratio.p]
        yield [*head, f"likelihood_ratio_of_{tested}_degrees", ratio.degrees, "", "", ""]
        yield [*head, f"likelihood_ratio_of_{tested}_patients", ratio.patients, "", "", ""]
    for suffix, group in (("at_threshold", found.categories), ("continuous", found.continuous)):
        for one in group:
            if one.metric != "idi" or suffix == "continuous":
                name = one.metric if one.metric == "idi" else f"{one.metric}_{suffix}"
                yield [*head, name, *map(_cell, (one.value, one.ci_low, one.ci_high)), ""]


def _cell(value: float) -> float | str:
    """NaN is an empty cell."""
    return "" if value != value else value
