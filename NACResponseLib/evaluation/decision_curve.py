"""Net benefit of acting on a model's probability (Vickers and Elkin, Med Decis Making 26:565-574, 2006)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .statistics import bootstrap_intervals


def net_benefit(
    outcome: ArrayLike, probability: ArrayLike, thresholds: ArrayLike, weights: ArrayLike | None = None
) -> NDArray[Any]:
    """True positives per patient, less false positives weighed by the odds of the threshold probability.

    ``TP/n - FP/n * t / (1 - t)``: at threshold t a false positive is held to cost t / (1 - t) of what a true positive
    gains. Acting on nobody has net benefit 0.

    Args:
        outcome: (n,), 1 or 0.
        probability: (n,) of outcome 1; a patient at or above the threshold is acted on.
        thresholds: (t,) inside (0, 1).
        weights: (n,), where patients count unequally.

    Returns:
        (t,) net benefit per patient.

    Raises:
        InputError: a threshold outside (0, 1).
    """
    at = np.asarray(thresholds, dtype=float)
    if not ((at > 0) & (at < 1)).all():
        raise InputError("threshold probabilities inside 0 to 1", "one outside", "choose others")
    reached = np.asarray(outcome, dtype=float)
    share = _shares(reached, weights)
    called = np.asarray(probability, dtype=float)[None, :] >= at[:, None]
    return called @ (share * reached) - called @ (share * (1 - reached)) * at / (1 - at)


def net_benefit_of_all(outcome: ArrayLike, thresholds: ArrayLike, weights: ArrayLike | None = None) -> NDArray[Any]:
    """Net benefit of acting on every patient: what a model must exceed to be of use. Arguments as above."""
    return net_benefit(outcome, np.ones(np.size(outcome)), thresholds, weights)


def gain_over_default(
    outcome: ArrayLike, probability: ArrayLike, threshold: float, *, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Net benefit at a threshold less that of the better of acting on all and on none, with its 95 % interval.

    Which of the two is the better is learned from these patients and held through the bootstrap.

    Args:
        outcome, probability: as ``net_benefit``.
        threshold: inside (0, 1).

    Raises:
        InputError: as ``net_benefit``.
    """
    reached = np.asarray(outcome, dtype=float)
    called = (np.asarray(probability, dtype=float) >= threshold).astype(float)
    everybody = float(net_benefit_of_all(reached, [threshold])[0]) > 0
    worth = (called - everybody) * (reached - (1 - reached) * threshold / (1 - threshold))

    def gain(weights: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        return {"gain": weights @ worth / weights.sum(-1)}

    return float(worth.mean()), *bootstrap_intervals(gain, reached.size, draws=draws, seed=seed)["gain"]


def _shares(reached: NDArray[Any], weights: ArrayLike | None) -> NDArray[Any]:
    weight = np.ones_like(reached) if weights is None else np.asarray(weights, dtype=float)
    return weight / weight.sum()
