"""What must be known before a run's figures are believed, in plain words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..evaluation.detectable import ADDS, EVENTS_PER_FEATURE, few_events
from ..evaluation.verdict import is_alone, label_of, stated_additions
from .fitted import held_out
from .strategy import TrainingRun


def run_warnings(run: TrainingRun, *, synthetic: bool) -> tuple[str, ...]:
    """Every warning of a run, each once."""
    return tuple(dict.fromkeys(_all_warnings(run, synthetic)))


def _all_warnings(run: TrainingRun, synthetic: bool) -> Iterator[str]:
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
    yield from _of_partitions(run)


def _of_partitions(run: TrainingRun) -> Iterator[str]:
    """What was noticed in partitions and in the final model, each kind once, with the affected models."""
    found: dict[str, dict[str, int]] = {}
    for name, results in run.results.items():
        for warning, times in Counter(text for each in results for text in dict.fromkeys(each.warnings)).items():
            text, subject = _subject(warning, run.label(name))
            known = found.setdefault(text, {})
            known[subject] = max(times, known.get(subject, 0))
    final: dict[str, list[str]] = {}
    for warning in run.final.model.warnings:
        text, subject = _subject(warning, run.label(run.final.feature_set))
        final.setdefault(text, []).append(subject)
    count = len(run.partitions)
    for text in dict.fromkeys([*found, *final]):
        sentence = f"{text[:1].upper()}{text[1:]}."
        if text in found:
            listed = "; ".join(f"{subject} {times}" for subject, times in found[text].items())
            sentence += f" Of {count} {'partition' if count == 1 else 'partitions'}: {listed}."
        if text in final:
            sentence += f" In the final model: {'; '.join(final[text])}."
        yield sentence


def _subject(warning: str, model: str) -> tuple[str, str]:
    """A warning without the signature that it names, and that signature; else as it is, and the model."""
    signature = re.fullmatch(r"the signature (\S+) (.+)", warning)
    return (f"a signature {signature[2]}", signature[1]) if signature else (warning, model)


def comparison(run: TrainingRun) -> Iterator[str]:
    """Whether the final model adds to the comparators, unless it does, and how it was chosen."""
    chosen = run.final.feature_set
    if chosen in run.cohort.comparators:
        yield f"No image features: the final model is the comparator {run.label(chosen)}."
        return
    predictions = {name: held_out(results) for name, results in run.results.items()}
    sizes = [float(np.mean([len(rows) for rows in part])) for part in zip(*run.partitions, strict=True)]
    pairs = [(chosen, name) for name in run.cohort.comparators]
    own = {name: run.label(name) for name in run.results if run.label(name) != label_of(name)}
    for addition in stated_additions(predictions, pairs, (sizes[0], sizes[1])):
        if addition.finding != ADDS:
            yield replace(addition, labels=own).sentence
    others = sum(name not in run.cohort.comparators and not is_alone(name) for name in run.results)
    if others > 1 and run.strategy.final is None:
        yield (
            f"{run.label(chosen)} was chosen as the best of {others} feature sets on the partitions that its figures "
            "come from: they are favourable."
        )


def _few_events(run: TrainingRun) -> Iterator[str]:
    endpoint, parts = run.outcome, next(iter(run.results.values()))
    positives = [sum(each.outcome) for each in parts]
    negatives = [len(each.outcome) - sum(each.outcome) for each in parts]
    warning = few_events(positives, negatives, (endpoint.positive_class, endpoint.negative_class))
    if warning is not None:
        yield warning
