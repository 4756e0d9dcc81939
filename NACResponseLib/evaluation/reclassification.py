"""Net reclassification improvement and integrated discrimination improvement, with what must be stated beside them.

Pencina et al. (Stat Med 27:157-172, 2008; 30:11-21, 2011). A patient moves up where the new probability is higher than
the old one (continuous), or lies in a higher category. With the share of patients who moved,

    NRI of events     = up - down, among patients with the outcome
    NRI of non-events = down - up, among those without it
    NRI               = their sum, from -2 to 2
    IDI               = (mean new - mean old probability) of events, less that of non-events

Journals ask for these; statisticians advise against them. ``CAVEATS`` says why, and a report prints it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .external import DRAWS, Estimate
from .statistics import bootstrap_intervals

CAVEATS = (
    "The net reclassification improvement is no share of patients: it adds two shares with different denominators, and "
    "is read by its two parts (Kerr et al., Epidemiology 25:114, 2014).",
    "It may be positive for a variable that is pure noise, on new patients too, where the larger model is poorly "
    "calibrated: it can be made to look good without knowing more (Hilden and Gerds, Stat Med 33:3405, 2014; Pepe et "
    "al., Stat Biosci 7:282, 2015). Its p-value is no test of added value: the likelihood-ratio test and the "
    "difference of AUC are.",
    "Of the continuous form, any change of probability counts fully, however small; its size says nothing of benefit. "
    "With three or more categories every shift counts alike, whatever follows from it (Kerr et al. 2014).",
    "The integrated discrimination improvement likewise grows with miscalibration, and its published standard error is "
    "wrong (Kerr et al., Am J Epidemiol 174:364, 2011): the intervals here are by bootstrap. They hold the models as "
    "they are, and do not repair figures from the patients that the models were fitted to.",
    "What a model gains for patients is shown by its net benefit (decision curve).",
)
SUMMARY_LABELS = {
    "nri": "Net reclassification improvement",
    "nri_events": "Net reclassification of patients with the outcome",
    "nri_non_events": "Net reclassification of patients without it",
    "idi": "Integrated discrimination improvement",
}


def reclassification(
    outcome: ArrayLike,
    old: ArrayLike,
    new: ArrayLike,
    cutoffs: Sequence[float] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[Estimate, ...]:
    """Every figure of ``SUMMARY_LABELS`` with its percentile interval by bootstrap over patients.

    Args:
        outcome: (n,), 1 or 0.
        old, new: (n,) probabilities without and with the addition, of models learned from other patients.
        cutoffs: rising probabilities that divide the categories; a cut-off belongs to the upper one. None: continuous.

    Raises:
        InputError: unequal lengths, no probabilities, an outcome of one class, or cut-offs that do not rise.
    """
    reached, before, after = _checked(outcome, old, new)
    moved = _moved(before, after, cutoffs)

    def all_of(weights: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return _figures(reached, moved, after - before, weights)

    intervals = bootstrap_intervals(all_of, reached.size, draws=draws, seed=seed)
    whole = all_of(np.ones(reached.size))
    return tuple(Estimate(name, float(whole[name]), *intervals[name]) for name in SUMMARY_LABELS)


def _figures(
    reached: NDArray[Any], moved: NDArray[Any], change: NDArray[Any], weights: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Each figure for weights of shape (n,) or (draws, n)."""

    def mean(values: NDArray[Any], group: NDArray[Any]) -> NDArray[Any]:
        return (weights @ (group * values)) / (weights @ group)

    events, others = mean(moved, reached), -mean(moved, 1 - reached)
    return {
        "nri": events + others,
        "nri_events": events,
        "nri_non_events": others,
        "idi": mean(change, reached) - mean(change, 1 - reached),
    }


def _moved(before: NDArray[Any], after: NDArray[Any], cutoffs: Sequence[float] | None) -> NDArray[np.float64]:
    """(n,) 1 up, -1 down, 0 unmoved."""
    if cutoffs is None:
        return np.sign(after - before)
    edges = _rising(cutoffs)
    return np.sign(np.digitize(after, edges) - np.digitize(before, edges)).astype(float)


def _rising(cutoffs: Sequence[float]) -> NDArray[np.float64]:
    edges = np.asarray(cutoffs, dtype=float)
    inside = edges.ndim == 1 and edges.size > 0 and ((edges > 0) & (edges < 1)).all()
    if not inside or (np.diff(edges) <= 0).any():
        raise InputError("cut-offs between 0 and 1 that rise", f"{list(cutoffs)}", "give 0.2, 0.5 or such")
    return edges


def _checked(outcome: ArrayLike, *probabilities: ArrayLike) -> tuple[NDArray[Any], ...]:
    reached, *given = (np.asarray(values, dtype=float) for values in (outcome, *probabilities))
    sound = all(values.shape == reached.shape and ((values >= 0) & (values <= 1)).all() for values in given)
    if reached.ndim != 1 or not sound or not np.isin(reached, [0, 1]).all():
        raise InputError("outcomes 0 or 1 and two probabilities of each patient", "others", "match the patients")
    if not 0 < reached.sum() < reached.size:
        raise InputError(
            "patients with and without the outcome", f"{reached.sum():.0f} of {reached.size}", "take more patients"
        )
    return (reached, *given)
