"""Where a patient's score lies among the training patients, those of her own receptor subtype where they are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..evaluation.subgroups import receptor_subtypes
from ..model.bundle import Bundle
from ..model.subtypes import training_subtypes

FEWEST = 20
"""Training patients of a subtype below which all are shown instead."""
_BINS = 10


def own_group(bundle: Bundle, values: Mapping[str, float]) -> tuple[str, str, np.ndarray]:
    """The subtype, empty for all training patients; why not by subtype, in words; and (patients,) who belongs to it.

    Args:
        values: of the patient, by variable; ``HR`` and ``HER2`` are looked for.
    """
    everyone = np.ones(len(bundle.reference.outcomes), dtype=bool)
    known = training_subtypes(bundle)
    if not any(known):
        return "", "the model does not tell its training patients' receptor subtypes", everyone
    (own,) = receptor_subtypes([values.get("HR", np.nan)], [values.get("HER2", np.nan)])
    if not own:
        return "", "the patient's receptor subtype is not known", everyone
    members = np.array([each == own for each in known])
    if members.sum() < FEWEST:
        return "", f"only {members.sum()} training patients are {own}", everyone
    return own, "", members


def place_of(bundle: Bundle, values: Mapping[str, float], probability: float) -> dict[str, Any]:
    """For ``Score.place``.

    Returns:
        ``subtype`` (empty where all training patients are meant) and ``reason`` why so; ``patients`` of it, their
        ``positives``, how many scored ``lower`` than this patient; and ``bins``: ``low``, ``high``, ``patients`` and
        ``positives`` of each tenth of the scale, by the training patients' out-of-fold probabilities.
    """
    subtype, reason, members = own_group(bundle, values)
    scores, reached = bundle.reference.probabilities[members], bundle.reference.outcomes[members]
    edges = np.linspace(0, 1, _BINS + 1)
    counts = [np.histogram(part, edges)[0] for part in (scores, scores[reached == 1])]
    return {
        "subtype": subtype,
        "reason": reason,
        "patients": int(scores.size),
        "positives": int(reached.sum()),
        "lower": int((scores < probability).sum()),
        "bins": [
            {"low": round(float(low), 1), "high": round(float(high), 1), "patients": int(all_), "positives": int(some)}
            for low, high, all_, some in zip(edges[:-1], edges[1:], *counts, strict=True)
        ],
    }
