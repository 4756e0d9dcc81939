"""What moved a patient's probability: each input's contribution, in units a reader understands.

The model's log-odds before calibration, its margin, are divided exactly among the inputs (``margin = bias +
sum(phi_i)``): of trees by TreeSHAP (Lundberg et al., Nat Mach Intell 2020), of a linear model as coefficient times
(value less the training patients' mean), which are the Shapley values there (Štrumbelj and Kononenko, Knowl Inf Syst
2014). The calibration is linear in the margin, so on the calibrated log-odds scale the division stays exact:
``L = L_0 + sum(slope * phi_i)`` with ``L_0 = intercept + slope * bias``.

A probability is not a sum. For the reader each log-odds contribution is multiplied by the same factor

    (p - p_0) / (L - L_0),    p = sigmoid(L),  p_0 = sigmoid(L_0)

(``p_0 (1 - p_0)``, its limit, where L equals L_0), so that baseline plus contributions is the probability, and signs,
order and proportions are those of the log-odds. This is a convention: an input's effect on the probability alone would
depend on the order in which the inputs become known. Contributions describe the model, not causes in the patient.

Where a status is missing, probability, class and contributions are the weighted mean over its possible values
(``Bundle.completions``). The division is linear, so baseline plus contributions stays the probability: the contribution
of a missing status is the mean of what its values would contribute, not an effect of its being unknown. The mean of the
log-odds is not the log-odds of the mean, so on that scale the sum holds for complete patients only.

A linear model is explained by its terms: the inputs of a signature have one contribution together, which is the sum of
theirs.
"""

from __future__ import annotations

import math
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from ..evaluation.logistic import sigmoid
from ..model.bundle import Bundle
from ..model.bundle_parts import BundleInput
from ..model.linear import Term
from ..model.trees import Trees
from .result import Contribution

_SAME = 1e-9
_MM3_PER_CM3 = 1000
_STATUS = {0.0: "negative", 1.0: "positive"}


class _Part(TypedDict):
    contribution: float
    log_odds: float


def explain(
    bundle: Bundle, row: NDArray[Any], prepared: NDArray[Any] | None = None
) -> tuple[float, tuple[Contribution, ...]]:
    """Baseline probability, and the contribution of each input, or each term of a linear model, largest first.

    Args:
        row: (inputs,), in the bundle's order; NaN where missing.
        prepared: the same as the model sees it (``Bundle.prepared``), if not as it is.
    """
    seen = row if prepared is None else prepared
    rows, weights = bundle.completions(seen)
    margin, phi = bundle.model.contributions(rows)
    bias, parts = float(bundle.calibration.log_odds(margin)), bundle.calibration.slope * phi
    baseline, totals = float(sigmoid(bias)), parts.sum(axis=1)
    moved = np.abs(totals) > _SAME
    slopes = (sigmoid(bias + totals) - baseline) / np.where(moved, totals, 1)
    factors = np.where(moved, slopes, baseline * (1 - baseline))
    log_odds, contributions = weights @ parts, weights @ (factors[:, None] * parts)
    explained = []
    for term, places in _terms(bundle):
        part: _Part = {"contribution": float(contributions[places].sum()), "log_odds": float(log_odds[places].sum())}
        explained.append(_contribution(bundle, term, places, row, seen, part))
    return baseline, tuple(sorted(explained, key=lambda each: -abs(each.contribution)))


def _terms(bundle: Bundle) -> list[tuple[Term | None, list[int]]]:
    """What has a contribution, with the numbers of its inputs: an input, or a term of a linear model."""
    if isinstance(bundle.model, Trees):
        return [(None, [place]) for place in range(len(bundle.inputs))]
    place_of = {item.name: place for place, item in enumerate(bundle.inputs)}
    return [(term, [place_of[name] for name in term.inputs]) for term in bundle.model.formula.terms]


def _contribution(
    bundle: Bundle, term: Term | None, places: list[int], row: NDArray[Any], prepared: NDArray[Any], part: _Part
) -> Contribution:
    """Of a patient's signature, its value is shown; of anything else, the input's own."""
    if term is not None and term.inputs != (term.name,):
        value = term.intercept + float(prepared[places] @ np.array(term.weights))
        known = not math.isnan(value)
        text = f"{value:.2f}" if known else "not known"
        return Contribution(
            feature=term.name,
            label=term.label,
            unit="",
            value=value if known else None,
            shown=text if term.inputs else "no feature kept",
            inputs=term.inputs,
            **part,
        )
    item, value = bundle.inputs[places[0]], float(row[places[0]])
    return Contribution(
        feature=item.name,
        label=item.label,
        unit=shown_unit(item),
        value=None if math.isnan(value) else value,
        shown=shown(item, value),
        **part,
    )


def shown(item: BundleInput, value: float) -> str:
    """A value as a reader writes it: ``40.8 cm³`` (three significant digits), ``positive``, ``not known``."""
    if math.isnan(value):
        return "not known"
    if item.kind == "binary":
        return _STATUS[float(value)]
    if item.unit == "mm³":
        return f"{three_digits(value / _MM3_PER_CM3)} cm³"
    return f"{value:.3g} {item.unit}".strip()


def shown_range(item: BundleInput, low: float, high: float) -> str:
    """Two values with one unit: ``0.201 to 495 cm³``."""
    return f"{shown(item, low).removesuffix(shown_unit(item)).strip()} to {shown(item, high)}"


def shown_unit(item: BundleInput) -> str:
    """The unit that ``shown`` uses; empty for a status."""
    if item.kind == "binary":
        return ""
    return "cm³" if item.unit == "mm³" else item.unit


def three_digits(value: float) -> str:
    """A number with three significant digits and no exponent: ``0.00402``, ``20.0``, ``495``, ``1200``."""
    rounded = float(f"{value:.2e}")
    digits = 2 - math.floor(math.log10(abs(rounded))) if rounded else 0
    return f"{rounded:.{max(0, digits)}f}"
