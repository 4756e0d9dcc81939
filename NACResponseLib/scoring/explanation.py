"""What moved a patient's probability: TreeSHAP contributions in units a reader understands.

TreeSHAP (Lundberg et al., Nat Mach Intell 2020) divides the trees' margin exactly among the inputs:
``margin = bias + sum(phi_i)``. The calibration is linear in the margin, so on the calibrated log-odds scale the
division stays exact: ``L = L_0 + sum(slope * phi_i)`` with ``L_0 = intercept + slope * bias``.

A probability is not a sum. For the reader each log-odds contribution is multiplied by the same factor

    (p - p_0) / (L - L_0),    p = sigmoid(L),  p_0 = sigmoid(L_0)

(``p_0 (1 - p_0)``, its limit, where L equals L_0), so that baseline plus contributions is the probability, and signs,
order and proportions are those of the log-odds. This is a convention: an input's effect on the probability alone would
depend on the order in which the inputs become known. Contributions describe the model, not causes in the patient.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from ..evaluation.logistic import sigmoid
from .bundle import Bundle, BundleInput
from .result import Contribution

_SAME = 1e-9
_MM3_PER_CM3 = 1000
_STATUS = {0.0: "negative", 1.0: "positive"}


def explain(bundle: Bundle, row: NDArray[Any]) -> tuple[float, tuple[Contribution, ...]]:
    """Baseline probability, and each input's contribution, largest first.

    Args:
        row: (inputs,), in the bundle's order; NaN where missing.
    """
    import xgboost

    data = xgboost.DMatrix(row[None], feature_names=[item.name for item in bundle.inputs], nthread=1)
    *phi, bias = bundle.booster.predict(data, pred_contribs=True)[0].astype(float)
    log_odds = [bundle.calibration.slope * value for value in phi]
    start = float(bundle.calibration.log_odds(bias))
    baseline, total = float(sigmoid(start)), sum(log_odds)
    factor = (float(sigmoid(start + total)) - baseline) / total if abs(total) > _SAME else baseline * (1 - baseline)
    contributions = [
        Contribution(
            feature=item.name,
            label=item.label,
            unit=shown_unit(item),
            value=None if math.isnan(value) else float(value),
            shown=shown(item, value),
            contribution=float(factor * part),
            log_odds=float(part),
        )
        for item, value, part in zip(bundle.inputs, row, log_odds, strict=True)
    ]
    return baseline, tuple(sorted(contributions, key=lambda each: -abs(each.log_odds)))


def shown(item: BundleInput, value: float) -> str:
    """A value as a reader writes it: ``40.8 cm³``, ``positive``, ``not known``."""
    if math.isnan(value):
        return "not known"
    if item.kind == "binary":
        return _STATUS[float(value)]
    if item.unit == "mm³":
        return f"{value / _MM3_PER_CM3:.1f} cm³"
    return f"{value:.3g} {item.unit}".strip()


def shown_range(item: BundleInput, low: float, high: float) -> str:
    """Two values with one unit: ``0.2 to 495.0 cm³``."""
    return f"{shown(item, low).removesuffix(shown_unit(item)).strip()} to {shown(item, high)}"


def shown_unit(item: BundleInput) -> str:
    """The unit that ``shown`` uses; empty for a status."""
    if item.kind == "binary":
        return ""
    return "cm³" if item.unit == "mm³" else item.unit
