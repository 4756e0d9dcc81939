"""A bundle whose probabilities were fitted to other patients, as a bundle of its own; the original stays as it is.

Model, inputs, preparation, threshold and interval are the original's. The training patients' probabilities, which a
score is shown among, are put on the new scale, so that they remain comparable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..evaluation.logistic import logit, sigmoid
from .bundle import Bundle
from .card import ModelCard

NAME_ENDING = "-recalibrated"
REQUIRED = ("cohort", "patients", "positives", "method")
_DIGITS = 6


def recalibrated(bundle: Bundle, calibration: Calibration, provenance: Mapping[str, Any]) -> Bundle:
    """The bundle with another calibration, named after what was done.

    Args:
        bundle: as it was validated.
        calibration: of the model's margins, in place of the bundle's (``Recalibration.of(bundle.calibration)``).
        provenance: ``cohort`` (which patients, in words), ``patients``, ``positives``, ``method``, and what else is
            known, such as hashes of the files; plain data.

    Returns:
        A bundle not yet saved, called ``NAME-recalibrated``.

    Raises:
        InputError: provenance that does not name the patients, a slope not above 0, or the calibration it has already.
    """
    lacking = [name for name in REQUIRED if provenance.get(name) in (None, "")]
    if lacking:
        raise InputError(
            "the patients and the method of a model's recalibration", f"no {', '.join(lacking)}", "tell it"
        )
    if not 0 < calibration.slope < np.inf or not np.isfinite(calibration.intercept):
        raise InputError("a calibration slope above 0", f"{calibration.slope:g}", "do not use this model there")
    if calibration == bundle.calibration:
        raise InputError("another calibration", "the model's own", "keep the model as it is")
    slope = calibration.slope / bundle.calibration.slope
    intercept = calibration.intercept - slope * bundle.calibration.intercept
    origin = {
        **provenance,
        "of": {"name": bundle.card.name, "version": bundle.card.version, "sha256": bundle.sha256},
        "calibration_before": asdict(bundle.calibration),
    }
    log_odds = intercept + slope * logit(bundle.reference.probabilities)
    return replace(
        bundle,
        card=_card(bundle.card, intercept, slope, provenance),
        calibration=calibration,
        reference=replace(bundle.reference, probabilities=np.round(sigmoid(log_odds), _DIGITS)),
        provenance={**bundle.provenance, "recalibration": origin},
        sha256="",
    )


def _card(card: ModelCard, intercept: float, slope: float, provenance: Mapping[str, Any]) -> ModelCard:
    """The card with the new calibration and its limits; the figures of validation stay the original's and say so."""
    where = f"{provenance['patients']} patients, {provenance['positives']} with {card.positive_class}"
    done = (
        f"Recalibrated ({provenance['method']}: log-odds times {slope:.3f} plus {intercept:.3f}) on {where}: "
        f"{provenance['cohort']}"
    ).rstrip(".")
    return replace(
        card,
        name=card.name + NAME_ENDING,
        title=f"{card.title}, recalibrated",
        calibration=f"{card.calibration} {done}.",
        interval_coverage=f"{card.interval_coverage} Checked before recalibration only.",
        threshold_rule=f"{card.threshold_rule} Not changed by recalibration.",
        limits=(
            *card.limits,
            "Its probabilities were fitted to other patients than the model itself. The validation figures on this "
            "card are those of the model before; it has to be validated on patients who had no part in either.",
        ),
    )
