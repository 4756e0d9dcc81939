"""A shipped model from the table and the recipe that it was trained by."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..endpoints import endpoint_named
from ..evaluation.calibration import Calibration
from ..evaluation.metrics import METRIC_LABELS, all_metrics
from ..evaluation.partitioned import Average
from ..evaluation.statistics import bootstrap_intervals
from ..hashing import sha256_of
from ..model.bundle import Bundle
from ..model.bundle_parts import BundleInput, IntervalSettings, Reference, input_of
from ..model.card import ModelCard, metrics_of
from ..model.trees import ReferencePredictions, Trees, margins, portable_json
from ..packages import package_version
from .clinical.card_texts import calibration_text, constraints_text, truths_in_words, validation_text
from .clinical.procedure import FittedModel
from .clinical.recipe import Recipe, load_clinical_recipe
from .clinical.strategy import COMPARATOR, MODEL
from .clinical.table import read_training_table
from .interval import coverage_text, interval_text
from .recipe_parts import THRESHOLD_RULES, recipe_path
from .run import train_on
from .strategy import TrainingRun
from .table import Cohort

PACKAGES = ("numpy", "scikit-learn", "scipy", "xgboost")
_DIGITS = 6
"""Of figures in the bundle, so that the last bits of a sum do not change the file."""


def rebuild(name: str | Path, workers: int = 1) -> Bundle:
    """Validates a recipe's procedure by nested cross-validation, runs it on all patients, and fills in the bundle.

    Args:
        name: of a recipe with a training table of its own, or its file.
        workers: processes.

    Raises:
        InputError: an unusable recipe or table (``load_clinical_recipe``, ``read_training_table``).
    """
    recipe = load_clinical_recipe(name)
    table = read_training_table(recipe)
    tables = {MODEL: table, COMPARATOR: table}
    cohort = Cohort(table.patients, table.outcome, tables, (COMPARATOR,), {}, {}, ())
    return _assembled(train_on(cohort, recipe.endpoint, recipe, workers=workers), recipe, recipe_path(name))


def _assembled(run: TrainingRun, recipe: Recipe, recipe_file: Path) -> Bundle:
    model = run.final.model
    assert isinstance(model, FittedModel), "the recipe's kind says so"
    inputs = _inputs(run, recipe)
    return Bundle(
        card=_card(run, recipe, model),
        inputs=inputs,
        calibration=Calibration(round(model.calibration.slope, _DIGITS), round(model.calibration.intercept, _DIGITS)),
        threshold=round(model.threshold, _DIGITS),
        interval=IntervalSettings(round(run.final.interval.effective_patients, 1), recipe.interval.level),
        images=recipe.images,
        reference=Reference(np.round(model.reference, _DIGITS), run.cohort.outcome),
        provenance={
            "recipe": {"name": recipe_file.name, "sha256": sha256_of(recipe_file.read_bytes())},
            "table": {"name": recipe.table_path.name, "sha256": sha256_of(recipe.table_path.read_bytes())},
            "packages": {name: package_version(name) for name in PACKAGES},
        },
        model=_model(run, model, inputs),
        preparation=replace(model.preparation, fill=np.round(model.preparation.fill, _DIGITS)),
    )


def _model(run: TrainingRun, model: FittedModel, inputs: tuple[BundleInput, ...]) -> Trees:
    """The trees, with their margins of the ends of the inputs' ranges and, where allowed, of missing values."""
    rows = [[getattr(item, end) for item in inputs] for end in ("low", "p01", "p99", "high")]
    rows.append([math.nan if item.missing_allowed else item.p99 for item in inputs])
    prepared = np.round(model.preparation.apply(np.array(rows), {}), _DIGITS)
    given = (round(float(value), _DIGITS) for value in margins(model.booster, prepared))
    training = model.preparation.apply(run.cohort.tables[MODEL].values, {})
    return Trees(
        portable_json(model.booster),
        ReferencePredictions(tuple(map(tuple, prepared.tolist())), tuple(given)),
        model.logistic.linear(model.columns, training, _DIGITS),
    )


def _inputs(run: TrainingRun, recipe: Recipe) -> tuple[BundleInput, ...]:
    return tuple(
        input_of(
            column,
            values,
            missing_allowed=spec.missing_allowed,
            prevalence=round(float(np.nanmean(values)), _DIGITS),
            digits=_DIGITS,
        )
        for column, values, spec in zip(
            recipe.columns, run.cohort.tables[MODEL].values.T, recipe.inputs.values(), strict=True
        )
    )


def _card(run: TrainingRun, recipe: Recipe, model: FittedModel) -> ModelCard:
    endpoint, text, interval = endpoint_named(recipe.endpoint), recipe.card, run.final.interval
    return ModelCard(
        name=recipe.name,
        version=recipe.version,
        title=text.title,
        endpoint=endpoint.name,
        positive_class=endpoint.positive_class,
        negative_class=endpoint.negative_class,
        intended_use=text.intended_use,
        cohort=text.cohort,
        patients=len(run.cohort.patients),
        positives=int(run.cohort.outcome.sum()),
        metrics=metrics_of(figures(run, recipe, MODEL), figures(run, recipe, COMPARATOR)),
        validation=validation_text(recipe),
        calibration=calibration_text(recipe, model),
        interval=interval_text(interval, recipe.interval.level, truths_in_words(interval)),
        interval_coverage=coverage_text(interval, recipe.interval.level),
        threshold_rule=f"{model.threshold:.3f}: {THRESHOLD_RULES[recipe.threshold]}.",
        limits=text.limits,
        source=text.source,
        demonstration=text.demonstration,
        licence=text.licence,
        constraints=constraints_text(recipe, run.cohort.tables[MODEL], model),
    )


def figures(run: TrainingRun, recipe: Recipe, feature_set: str) -> dict[str, Average]:
    """Each metric over all patients, averaged over repeats; interval by bootstrap over patients of that average."""
    spec, outcome = recipe.validation, run.cohort.outcome
    probability, predicted = np.empty((2, spec.repeats, len(outcome)))
    for number, ((_, test), result) in enumerate(zip(run.partitions, run.results[feature_set], strict=True)):
        probability[number // spec.folds, test] = result.probability
        predicted[number // spec.folds, test] = result.predicted

    def averaged(weights: np.ndarray | None) -> dict[str, np.ndarray]:
        pairs = zip(probability, predicted.astype(np.int64), strict=True)
        each = [all_metrics(outcome, *pair, weights) for pair in pairs]
        return {name: np.mean([metrics[name] for metrics in each], axis=0) for name in METRIC_LABELS}

    intervals = bootstrap_intervals(averaged, len(outcome), draws=spec.bootstrap_draws, seed=spec.seed)
    return {name: Average(float(value), math.nan, *intervals[name]) for name, value in averaged(None).items()}
