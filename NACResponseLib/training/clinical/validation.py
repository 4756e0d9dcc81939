"""Nested repeated cross-validation of the whole procedure, the comparator beside it on the same folds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.metrics import METRIC_LABELS, all_metrics
from ...evaluation.partitions import Fold, repeated_folds
from ...evaluation.statistics import bootstrap_intervals
from .comparator import fit_comparator
from .procedure import FittedModel, choose_threshold, fit_model

if TYPE_CHECKING:
    from .recipe import Recipe
    from .training_table import TrainingTable

WORKERS = 2


@dataclass(frozen=True)
class HeldOut:
    """Predictions of patients by models that did not see them, (repeats, n).

    Attributes:
        probability: calibrated.
        predicted: 1 where at or above the threshold that the training part chose.
    """

    probability: NDArray[np.float64]
    predicted: NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """A metric, mean over repeats, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Validation:
    """Nested cross-validation.

    Attributes:
        model, comparator: predictions of held-out patients.
        model_metrics, comparator_metrics: by metric name.
        partitions: outer folds of each repeat.
        fitted: the model of each repeat and fold, in that order.
    """

    model: HeldOut
    comparator: HeldOut
    model_metrics: dict[str, Estimate]
    comparator_metrics: dict[str, Estimate]
    partitions: list[list[Fold]]
    fitted: list[list[FittedModel]]


def cross_validate(table: TrainingTable, recipe: Recipe) -> Validation:
    """Runs the whole procedure in every training part and predicts the patients left out."""
    spec = recipe.validation
    partitions = repeated_folds(table.outcome, spec.folds, spec.repeats, spec.seed)
    seeds = inner_seeds(recipe)
    inputs = list(recipe.inputs.values())
    shape = (spec.repeats, len(table.outcome))
    model, comparator = (HeldOut(np.empty(shape), np.empty(shape, dtype=np.int64)) for _ in range(2))

    def one(repeat: int, number: int) -> FittedModel:
        train, test = partitions[repeat][number]
        values, outcome = table.values[train], table.outcome[train]
        fitted = fit_model(values, outcome, recipe, repeats=spec.inner_repeats, seed=int(seeds[repeat, number]))
        model.probability[repeat, test] = fitted.probability(table.values[test])
        model.predicted[repeat, test] = model.probability[repeat, test] >= fitted.threshold
        plain = fit_comparator(values, outcome, inputs)
        threshold = choose_threshold(outcome, plain.probability(values), recipe.threshold)
        comparator.probability[repeat, test] = plain.probability(table.values[test])
        comparator.predicted[repeat, test] = comparator.probability[repeat, test] >= threshold
        return fitted

    jobs = [(repeat, number) for repeat in range(spec.repeats) for number in range(spec.folds)]
    models = parallel(one, jobs)
    fitted = [models[start : start + spec.folds] for start in range(0, len(models), spec.folds)]
    return Validation(
        model,
        comparator,
        estimate_metrics(table.outcome, model, recipe),
        estimate_metrics(table.outcome, comparator, recipe),
        partitions,
        fitted,
    )


def estimate_metrics(outcome: NDArray[Any], held_out: HeldOut, recipe: Recipe) -> dict[str, Estimate]:
    """Each metric over all patients, averaged over repeats; interval by bootstrap over patients of that average."""

    def averaged(weights: NDArray[Any] | None) -> dict[str, Any]:
        each = [
            all_metrics(outcome, probability, predicted, weights)
            for probability, predicted in zip(held_out.probability, held_out.predicted, strict=True)
        ]
        return {name: np.mean([metrics[name] for metrics in each], axis=0) for name in METRIC_LABELS}

    spec = recipe.validation
    intervals = bootstrap_intervals(averaged, len(outcome), draws=spec.bootstrap_draws, seed=spec.seed)
    return {name: Estimate(float(value), *intervals[name]) for name, value in averaged(None).items()}


def inner_seeds(recipe: Recipe) -> NDArray[np.int64]:
    """(repeats, folds) seeds of the inner cross-validations."""
    spec = recipe.validation
    return np.random.default_rng([spec.seed, 1]).integers(2**31, size=(spec.repeats, spec.folds))


def parallel(function: Callable[..., Any], jobs: list[tuple[Any, ...]]) -> list[Any]:
    """Results in the order of the jobs; each is independent of the others, so the number of workers changes nothing."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda job: function(*job), jobs))
