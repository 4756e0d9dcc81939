"""What a model card says of a model that was trained on clinical values."""

from __future__ import annotations

from ..interval import Interval
from ..table import Table
from .boosting import agreeing_constraints, univariable_slope
from .procedure import FittedModel
from .recipe import Recipe


def validation_text(recipe: Recipe) -> str:
    spec = recipe.validation
    return (
        f"Stratified {spec.folds}-fold cross-validation, repeated {spec.repeats} times and nested: in every training "
        f"part an inner {spec.folds}-fold cross-validation chose the calibration, and the threshold was set there. "
        "Each metric is computed over all held-out patients of a repeat "
        f"and averaged over repeats; 95 % intervals by bootstrap over patients ({spec.bootstrap_draws:,} draws). "
        "The comparator is unpenalized logistic regression on the same inputs and folds. The recipe's fixed settings "
        "(learning rate, leaf size, subsampling, depth and number of small forests) and the threshold rule were picked "
        "after trials on this same table, so the figures may be slightly favourable."
    )


def calibration_text(recipe: Recipe, model: FittedModel) -> str:
    how = {
        "none": "None needed: the model's own probabilities are kept",
        "logistic": "Logistic (Platt) calibration of the model's margin",
    }[model.calibration_name]
    tried = ", ".join(recipe.calibration)
    return f"{how}; of the choices tried ({tried}) it had the lowest log loss on out-of-fold predictions."


def interval_text(recipe: Recipe, interval: Interval) -> str:
    products = ", without and with products of two inputs," if interval.truths > 2 else ""
    patients, level = interval.effective_patients, recipe.interval.level
    cohorts = interval.truths * recipe.interval.simulations
    return (
        f"{100 * level:g} % interval of the patient's true probability: Wilson's interval of a rate seen in "
        f"{patients:.0f} patients. That effective sample size was set on {cohorts} simulated cohorts with known "
        f"probabilities (from the logistic comparator{products} and from the model): the whole procedure was run on "
        "each, and "
        "patients not in the cohort were scored. Where a receptor status is missing, the probability is the mean over "
        "both possibilities, weighted by the training patients' share of each, and the interval covers both."
    )


def coverage_text(recipe: Recipe, interval: Interval) -> str:
    level, cohorts = recipe.interval.level, interval.truths * recipe.interval.simulations
    groups, size, coverage = interval.group_coverage, interval.group_size, interval.coverage
    assert coverage is not None, "it was simulated"
    return (
        f"In {cohorts} further simulated cohorts {100 * coverage:.1f} % of the {100 * level:g} % intervals held "
        "the true probability of new patients (of the least favourable kind). In cross-validation the rate "
        f"observed in {100 * groups:.1f} % of groups of about {size:.0f} held-out patients "
        "of similar score was compatible with their interval, the group's own chance variation allowed for. Neither "
        "covers a cohort that differs from the training patients."
    )


def constraints_text(recipe: Recipe, table: Table, model: FittedModel) -> str:
    words = {1: "may only rise", -1: "may only fall"}
    inputs, prepared = recipe.inputs, model.preparation.apply(table.values, {})
    directions = agreeing_constraints(prepared, table.outcome, list(inputs.values()))
    if not recipe.classifier.monotone or not any(directions):
        return ""
    evidence = "; ".join(
        f"it {words[direction]} with {inputs[name].label} "
        f"(by itself {univariable_slope(column, table.outcome):+.2f} log-odds per standard deviation)"
        for name, direction, column in zip(inputs, directions, prepared.T, strict=True)
        if direction
    )
    weights = model.logistic.coefficients[1:]
    agree = all(direction * weight >= 0 for direction, weight in zip(directions, weights, strict=True))
    beneath = "and the logistic regression's weights have the same signs" if agree else "not on the logistic regression"
    return f"Imposed on the trees, {beneath}: {evidence}."
