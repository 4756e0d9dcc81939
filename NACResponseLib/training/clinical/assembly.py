"""From a training run to a bundle, the model card filled in from the run's figures."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ...endpoints import endpoint_named
from ...evaluation.calibration import Calibration
from ...evaluation.metrics import METRIC_LABELS
from ...hashing import sha256_of
from ...model.bundle import Bundle
from ...model.bundle_parts import BundleInput, IntervalSettings, Reference, quantiles_of
from ...model.card import Metric, ModelCard
from ...model.trees import ReferencePredictions, Trees, margins, portable_json
from ...packages import package_version
from ..recipe_parts import THRESHOLD_RULES
from .training import Training

PACKAGES = ("numpy", "scikit-learn", "scipy", "xgboost")
_METRIC_DIGITS = 4
_PROBABILITY_DIGITS = 6


def assemble(training: Training, recipe_file: Path) -> Bundle:
    """The bundle of a run. Figures are rounded, so that the last bits of a sum do not change the file.

    Args:
        recipe_file: whose hash is kept.
    """
    recipe, model, inputs = training.recipe, training.model, _inputs(training)
    return Bundle(
        card=_card(training),
        inputs=inputs,
        calibration=Calibration(
            round(model.calibration.slope, _PROBABILITY_DIGITS), round(model.calibration.intercept, _PROBABILITY_DIGITS)
        ),
        threshold=round(model.threshold, _PROBABILITY_DIGITS),
        interval=IntervalSettings(round(training.uncertainty.effective_patients, 1), recipe.interval.level),
        images=recipe.images,
        reference=Reference(np.round(model.reference, _PROBABILITY_DIGITS), training.table.outcome),
        provenance={
            "recipe": {"name": recipe_file.name, "sha256": sha256_of(recipe_file.read_bytes())},
            "table": {"name": recipe.table_path.name, "sha256": sha256_of(recipe.table_path.read_bytes())},
            "packages": {name: package_version(name) for name in PACKAGES},
        },
        model=Trees(portable_json(model.booster), _witness(training, inputs)),
    )


def _inputs(training: Training) -> tuple[BundleInput, ...]:
    inputs = []
    for (name, spec), column in zip(training.recipe.inputs.items(), training.table.values.T, strict=True):
        low, p01, p99, high = (round(float(each), 6) for each in np.nanquantile(column, [0, 0.01, 0.99, 1]))
        inputs.append(
            BundleInput(
                name=name,
                label=spec.label,
                kind=spec.kind,
                unit=spec.unit,
                missing_allowed=spec.missing_allowed,
                missing=int(np.isnan(column).sum()),
                low=low,
                high=high,
                p01=p01,
                p99=p99,
                prevalence=round(float(np.nanmean(column)), 6) if spec.kind == "binary" else None,
                quantiles=quantiles_of(column, spec.kind),
            )
        )
    return tuple(inputs)


def _witness(training: Training, inputs: tuple[BundleInput, ...]) -> ReferencePredictions:
    """The ends of the inputs' ranges and, where allowed, missing values."""
    rows = [[getattr(item, end) for item in inputs] for end in ("low", "p01", "p99", "high")]
    rows.append([math.nan if item.missing_allowed else item.p99 for item in inputs])
    given = margins(training.model.booster, np.array(rows))
    return ReferencePredictions(
        tuple(tuple(row) for row in rows), tuple(round(float(value), _PROBABILITY_DIGITS) for value in given)
    )


def _card(training: Training) -> ModelCard:
    recipe, table = training.recipe, training.table
    endpoint, text = endpoint_named(recipe.endpoint), recipe.card
    return ModelCard(
        name=recipe.name,
        version=recipe.version,
        title=text.title,
        endpoint=endpoint.name,
        positive_class=endpoint.positive_class,
        negative_class=endpoint.negative_class,
        intended_use=text.intended_use,
        cohort=text.cohort,
        patients=len(table.patients),
        positives=int(table.outcome.sum()),
        metrics=_metrics(training),
        validation=_validation_text(training),
        calibration=_calibration_text(training),
        interval=_interval_text(training),
        interval_coverage=_coverage_text(training),
        threshold_rule=f"{training.model.threshold:.3f}: {THRESHOLD_RULES[recipe.threshold]}.",
        limits=text.limits,
        source=text.source,
        demonstration=text.demonstration,
        constraints=_constraints_text(training),
    )


def _metrics(training: Training) -> tuple[Metric, ...]:
    validation = training.validation
    pairs = ((name, validation.model_metrics[name], validation.comparator_metrics[name]) for name in METRIC_LABELS)
    return tuple(
        Metric(
            name,
            METRIC_LABELS[name],
            *(
                round(figure, _METRIC_DIGITS)
                for estimate in (ours, plain)
                for figure in (estimate.value, estimate.low, estimate.high)
            ),
        )
        for name, ours, plain in pairs
    )


def _validation_text(training: Training) -> str:
    spec = training.recipe.validation
    return (
        f"Stratified {spec.folds}-fold cross-validation, repeated {spec.repeats} times and nested: in every training "
        f"part an inner {spec.folds}-fold cross-validation chose tree depth, number of trees, constraints and "
        "calibration, and the threshold was set there. Each metric is computed over all held-out patients of a repeat "
        f"and averaged over repeats; 95 % intervals by bootstrap over patients ({spec.bootstrap_draws:,} draws). "
        "The comparator is unpenalized logistic regression on the same inputs and folds. The recipe's fixed settings "
        "(learning rate, leaf size, subsampling, small forests, depths tried) and the threshold rule were picked after "
        "trials on this same table, so the figures may be slightly favourable."
    )


def _calibration_text(training: Training) -> str:
    model, recipe = training.model, training.recipe
    how = {
        "none": "None needed: the trees' own probabilities are kept",
        "logistic": "Logistic (Platt) calibration of the trees' margin",
    }[model.calibration_name]
    tried = ", ".join(recipe.calibration)
    return f"{how}; of the choices tried ({tried}) it had the lowest log loss on out-of-fold predictions."


def _interval_text(training: Training) -> str:
    products = ", without and with products of two inputs," if training.uncertainty.truths > 2 else ""
    patients, level = training.uncertainty.effective_patients, training.recipe.interval.level
    cohorts = training.uncertainty.truths * training.recipe.interval.simulations
    return (
        f"{100 * level:g} % interval of the patient's true probability: Wilson's interval of a rate seen in "
        f"{patients:.0f} patients. That effective sample size was set on {cohorts} simulated cohorts with known "
        f"probabilities (from the logistic comparator{products} and from the trees): the whole procedure was run on "
        "each, and "
        "patients not in the cohort were scored. Where a receptor status is missing, the probability is the mean over "
        "both possibilities, weighted by the training patients' share of each, and the interval covers both."
    )


def _coverage_text(training: Training) -> str:
    found, level = training.uncertainty, training.recipe.interval.level
    cohorts = training.uncertainty.truths * training.recipe.interval.simulations
    return (
        f"In {cohorts} further simulated cohorts {100 * found.coverage:.1f} % of the {100 * level:g} % intervals held "
        "the true probability of new patients (of the least favourable kind). In cross-validation the rate "
        f"observed in {100 * found.group_coverage:.1f} % of groups of about {found.group_size:.0f} held-out patients "
        "of similar score was compatible with their interval, the group's own chance variation allowed for. Neither "
        "covers a cohort that differs from the training patients."
    )


def _constraints_text(training: Training) -> str:
    words = {1: "may only rise", -1: "may only fall"}
    inputs, losses = training.recipe.inputs, training.model.losses
    evidence = "; ".join(
        f"it {words[direction]} with {inputs[name].label} (by itself {training.univariable[name]:+.2f} log-odds per "
        "standard deviation)"
        for name, direction in training.constraints.items()
        if direction
    )
    if not evidence:
        return ""
    imposed = any(training.model.candidate.monotone)
    constrained = min((loss for candidate, loss in losses.items() if any(candidate.monotone)), default=None)
    free = min((loss for candidate, loss in losses.items() if not any(candidate.monotone)), default=None)
    compared = (
        ""
        if constrained is None or free is None
        else (f" Out-of-fold log loss {constrained:.4f} with these constraints, {free:.4f} without.")
    )
    return f"{'Imposed' if imposed else 'Not imposed'} on the probability: {evidence}.{compared}"
