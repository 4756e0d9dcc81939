"""What must be known before a run's figures are believed, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ...evaluation.feature_sets import in_words
from ...evaluation.sample_size import EVENTS_PER_FEATURE, few_events
from ..endpoints import endpoint_named
from .kinds import kind_of
from .run import TrainingRun, mean_auc


def cautions(run: TrainingRun, *, synthetic: bool) -> tuple[str, ...]:
    """Every warning of a run, each once."""
    return tuple(dict.fromkeys(_cautions(run, synthetic)))


def _cautions(run: TrainingRun, synthetic: bool) -> Iterator[str]:
    if synthetic:
        yield "The patients are synthetic: the figures say nothing about real ones. Demonstration only."
    yield from run.cohort.warnings
    yield from _few_events(run)
    chosen, final = run.label(run.final.feature_set), run.results[run.final.feature_set]
    smaller = float(np.mean([min(each.train_positives, each.train_patients - each.train_positives) for each in final]))
    features = float(np.mean([len(each.selected) for each in final]))
    if smaller < EVENTS_PER_FEATURE * features:
        yield (
            f"{chosen}: {features:.0f} {'feature is' if round(features) == 1 else 'features are'} fitted to "
            f"{smaller:.0f} patients of the smaller class; below {EVENTS_PER_FEATURE} patients a feature, expect less "
            "on new patients."
        )
    yield from comparison(run)
    partitions = "partition" if len(run.partitions) == 1 else "partitions"
    for name, results in run.results.items():
        for warning, times in Counter(text for each in results for text in dict.fromkeys(each.warnings)).items():
            yield f"{run.label(name)}, {times} of {len(results)} {partitions}: {warning}."
    for warning in run.final.model.warnings:
        yield f"{chosen}, final model: {warning}."


def comparison(run: TrainingRun) -> Iterator[str]:
    """Whether the final model beats the comparators, and how it was chosen."""
    chosen = run.final.feature_set
    ours = mean_auc(run.results[chosen])
    if chosen in run.cohort.comparators:
        yield f"No image features: the final model is the comparator {run.label(chosen)}."
        return
    for name in run.cohort.comparators:
        plain = mean_auc(run.results[name])
        if plain >= ours:
            yield (
                f"The image features add nothing here: {run.label(chosen)} reaches a mean AUC of {ours:.3f}, "
                f"{in_words(name)} {plain:.3f}."
            )
    others = len(run.results) - len(run.cohort.comparators)
    if others > 1 and kind_of(run.recipe).final is None:
        yield (
            f"{run.label(chosen)} was chosen as the best of {others} feature sets on the partitions that its figures "
            "come from: they are favourable."
        )


def _few_events(run: TrainingRun) -> Iterator[str]:
    endpoint, parts = endpoint_named(run.endpoint), next(iter(run.results.values()))
    positives = [sum(each.outcome) for each in parts]
    negatives = [len(each.outcome) - sum(each.outcome) for each in parts]
    warning = few_events(positives, negatives, (endpoint.positive_class, endpoint.negative_class))
    if warning is not None:
        yield warning
