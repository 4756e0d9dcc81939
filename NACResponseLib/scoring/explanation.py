"""What moved a patient's probability: TreeSHAP contributions in units a reader understands.

TreeSHAP (Lundberg et al., Nat Mach Intell 2020) divides the trees' margin exactly among the inputs:
``margin = bias + sum(phi_i)``. The calibration is linear in the margin, so on the calibrated log-odds scale the
division stays exact: ``L = L_0 + sum(slope * phi_i)`` with ``L_0 = intercept + slope * bias``.

A probability is not a sum. For the reader each log-odds contribution is multiplied by the same factor

    (p - p_0) / (L - L_0),    p = sigmoid(L),  p_0 = sigmoid(L_0)

(``p_0 (1 - p_0)``, its limit, where L equals L_0), so that baseline plus contributions is the probability, and signs,
order and proportions are those of the log-odds. This is a convention: an input's effect on the probability alone would
depend on the order in which the inputs become known. Contributions describe the model, not causes in the patient.

Where a status is missing, probability, class and contributions are the weighted mean over its possible values
(``completions``). The division is linear, so baseline plus contributions stays the probability: the contribution of a
missing status is the mean of what its values would contribute, not an effect of its being unknown. The mean of the
log-odds is not the log-odds of the mean, so on that scale the sum holds for complete patients only.

XGBoost sums in 32-bit floats, so its contributions miss the margin by about 1e-7; the rest is shared among them by
their size.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evaluation.logistic import sigmoid
from .bundle import Bundle, BundleInput
from .completions import completions
from .result import Contribution

_SAME = 1e-9
_MM3_PER_CM3 = 1000
_STATUS = {0.0: "negative", 1.0: "positive"}


def explain(
    bundle: Bundle, row: NDArray[Any], prepared: NDArray[Any] | None = None
) -> tuple[float, tuple[Contribution, ...]]:
    """Baseline probability, and each input's contribution, largest first.

    Args:
        row: (inputs,), in the bundle's order; NaN where missing.
        prepared: the same as the trees see it (``Bundle.prepared``), if not as it is.
    """
    rows, weights = completions(bundle, row if prepared is None else prepared)
    bias, parts = _log_odds_parts(bundle, rows)
    baseline, totals = float(sigmoid(bias)), parts.sum(axis=1)
    moved = np.abs(totals) > _SAME
    slopes = (sigmoid(bias + totals) - baseline) / np.where(moved, totals, 1)
    factors = np.where(moved, slopes, baseline * (1 - baseline))
    log_odds, contributions = weights @ parts, weights @ (factors[:, None] * parts)
    explained = [
        Contribution(
            feature=item.name,
            label=item.label,
            unit=shown_unit(item),
            value=None if math.isnan(value) else float(value),
            shown=shown(item, value),
            contribution=float(contribution),
            log_odds=float(part),
        )
        for item, value, contribution, part in zip(bundle.inputs, row, contributions, log_odds, strict=True)
    ]
    return baseline, tuple(sorted(explained, key=lambda each: -abs(each.contribution)))


def _log_odds_parts(bundle: Bundle, rows: NDArray[Any]) -> tuple[float, NDArray[np.float64]]:
    """On the calibrated log-odds scale: the bias, and (n, inputs) parts; their sums are exactly the log-odds."""
    import xgboost

    data = xgboost.DMatrix(rows, feature_names=[item.name for item in bundle.inputs], nthread=1)
    margin = bundle.booster.predict(data, output_margin=True).astype(float)
    given = bundle.booster.predict(data, pred_contribs=True).astype(float)
    phi, bias = given[:, :-1], float(given[0, -1])
    sizes = np.abs(phi) + np.finfo(float).tiny  # equal shares where no input moves the margin
    rest = margin - bias - phi.sum(axis=1)
    phi += rest[:, None] * sizes / sizes.sum(axis=1, keepdims=True)
    return float(bundle.calibration.log_odds(bias)), bundle.calibration.slope * phi


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
