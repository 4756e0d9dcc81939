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


def truths_in_words(interval: Interval) -> str:
    """What the simulated cohorts' probabilities were those of."""
    products = ", without and with products of two inputs," if interval.truths > 2 else ""
    return f"from the logistic comparator{products} and from the model"


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
