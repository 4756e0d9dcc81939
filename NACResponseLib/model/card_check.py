"""Whether a card's figures can be those of the predictions that the bundle holds.

A card reports means over repeats or partitions, whose models learned from fewer patients in a small cohort; the bundle
holds one out-of-fold probability for each patient. Honest figures of the two differ by no more than the card's interval
is wide. Calibration is not compared: the stored probabilities were calibrated on themselves.
"""

from __future__ import annotations

from ..errors import InputError
from ..evaluation.metrics import auc, balanced_accuracy, brier
from .bundle_content import Bundle


def check_card(bundle: Bundle) -> tuple[str, ...]:
    """Compares the card with the stored predictions.

    Returns:
        Names of the figures that were compared; a recalibrated model's card keeps the figures of before, of which only
        the area under the curve is still that of its predictions.

    Raises:
        InputError: a figure farther from the card's interval than that is wide, or a card's figure outside its own.
    """
    outcomes, probabilities = bundle.reference.outcomes, bundle.reference.probabilities
    found = {"auc": float(auc(outcomes, probabilities))}
    if "recalibration" not in bundle.provenance:
        found["brier"] = float(brier(outcomes, probabilities))
        found["balanced_accuracy"] = float(balanced_accuracy(outcomes, probabilities >= bundle.threshold))
    compared = [metric for metric in bundle.card.metrics if metric.name in found]
    for metric in compared:
        figure, width = found[metric.name], metric.high - metric.low
        near = metric.low - width <= figure <= metric.high + width
        if not (metric.low <= metric.value <= metric.high and near):
            raise InputError(
                "figures of the model's predictions on its card",
                f"{metric.label} {metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f}), {figure:.3f} of them",
                "do not use this bundle",
            )
    return tuple(metric.name for metric in compared)
