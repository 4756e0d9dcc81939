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
        f"part an inner {spec.folds}-fold cross-validation chose tree depth, number of trees, constraints and "
        "calibration, and the threshold was set there. Each metric is computed over all held-out patients of a repeat "
        f"and averaged over repeats; 95 % intervals by bootstrap over patients ({spec.bootstrap_draws:,} draws). "
        "The comparator is unpenalized logistic regression on the same inputs and folds. The recipe's fixed settings "
        "(learning rate, leaf size, subsampling, small forests, depths tried) and the threshold rule were picked after "
        "trials on this same table, so the figures may be slightly favourable."
    )


def calibration_text(recipe: Recipe, model: FittedModel) -> str:
    how = {
        "none": "None needed: the trees' own probabilities are kept",
        "logistic": "Logistic (Platt) calibration of the trees' margin",
    }[model.calibration_name]
    tried = ", ".join(recipe.calibration)
    return f"{how}; of the choices tried ({tried}) it had the lowest log loss on out-of-fold predictions."


def truths_in_words(interval: Interval) -> str:
    """What the simulated cohorts' probabilities were those of."""
    products = ", without and with products of two inputs," if interval.truths > 2 else ""
    return f"from the logistic comparator{products} and from the trees"


def constraints_text(recipe: Recipe, table: Table, model: FittedModel) -> str:
    words = {1: "may only rise", -1: "may only fall"}
    inputs, losses = recipe.inputs, model.losses
    directions = agreeing_constraints(table.values, table.outcome, list(inputs.values()))
    slopes = [
        univariable_slope(column, table.outcome, spec)
        for column, spec in zip(table.values.T, inputs.values(), strict=True)
    ]
    evidence = "; ".join(
        f"it {words[direction]} with {inputs[name].label} (by itself {slope:+.2f} log-odds per standard deviation)"
        for name, direction, slope in zip(inputs, directions, slopes, strict=True)
        if direction
    )
    if not evidence:
        return ""
    imposed = any(model.candidate.monotone)
    constrained = min((loss for candidate, loss in losses.items() if any(candidate.monotone)), default=None)
    free = min((loss for candidate, loss in losses.items() if not any(candidate.monotone)), default=None)
    compared = (
        ""
        if constrained is None or free is None
        else (f" Out-of-fold log loss {constrained:.4f} with these constraints, {free:.4f} without.")
    )
    return f"{'Imposed' if imposed else 'Not imposed'} on the probability: {evidence}.{compared}"
