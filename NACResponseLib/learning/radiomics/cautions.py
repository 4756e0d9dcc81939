"""What must be known before a run's figures are believed, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from ..endpoints import endpoint_named
from .partition_run import PartitionResult
from .run import TrainingRun, mean_auc

FEW_EVENTS = 20
EVENTS_PER_FEATURE = 10


def cautions(run: TrainingRun, *, synthetic: bool) -> tuple[str, ...]:
    """Every warning of a run, each once."""
    return tuple(dict.fromkeys(_cautions(run, synthetic)))


def _cautions(run: TrainingRun, synthetic: bool) -> Iterator[str]:
    if synthetic:
        yield "The patients are synthetic: the figures say nothing about real ones. Demonstration only."
    yield from run.cohort.warnings
    yield from _few_events(run)
    final = run.results[run.final.feature_set]
    smaller = float(np.mean([min(each.train_positives, each.train_patients - each.train_positives) for each in final]))
    features = float(np.mean([len(each.selected) for each in final]))
    if smaller < EVENTS_PER_FEATURE * features:
        yield (
            f"{run.final.feature_set}: {features:.0f} features are fitted to {smaller:.0f} patients of the smaller "
            f"class; below {EVENTS_PER_FEATURE} patients a feature, expect less on new patients."
        )
    yield from comparison(run)
    for name, results in run.results.items():
        for warning, times in Counter(text for each in results for text in dict.fromkeys(each.warnings)).items():
            yield f"{name}, {times} of {len(results)} partitions: {warning}."
    for warning in run.final.model.warnings:
        yield f"{run.final.feature_set}, final model: {warning}."


def comparison(run: TrainingRun) -> Iterator[str]:
    """Whether the final model beats the comparators, and how it was chosen."""
    chosen = run.final.feature_set
    ours = mean_auc(run.results[chosen])
    if chosen in run.cohort.comparators:
        yield f"No image features: the final model is the comparator {chosen}."
        return
    for name in run.cohort.comparators:
        plain = mean_auc(run.results[name])
        if plain >= ours:
            yield (
                f"The images add nothing: {chosen} reaches a mean AUC of {ours:.3f}, {name} without images {plain:.3f}."
            )
    others = len(run.results) - len(run.cohort.comparators)
    if others > 1:
        yield (
            f"{chosen} was chosen as the best of {others} feature sets on the partitions that its figures come from: "
            "they are favourable."
        )


def _few_events(run: TrainingRun) -> Iterator[str]:
    endpoint = endpoint_named(run.endpoint)
    parts: Sequence[PartitionResult] = next(iter(run.results.values()))
    positive = [sum(each.outcome) for each in parts]
    negative = [len(each.outcome) - sum(each.outcome) for each in parts]
    counts, label = min(
        (positive, endpoint.positive_class), (negative, endpoint.negative_class), key=lambda c: sum(c[0])
    )
    if min(counts) < FEW_EVENTS:
        span = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
        part = "the test part" if len(parts) == 1 else "each test part"
        events = "event" if max(counts) == 1 else "events"
        yield f"{span} {events} ({label}) in {part}: intervals are wide."
