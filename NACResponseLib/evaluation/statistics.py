"""Intervals: of a metric by bootstrap over patients, and of a proportion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DRAWS_AT_ONCE = 250


def bootstrap_intervals(
    statistic: Callable[[NDArray[Any]], Mapping[str, NDArray[Any]]],
    patients: int,
    *,
    draws: int,
    seed: int,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """Percentile bootstrap over patients (Efron 1979).

    Args:
        statistic: gives (draws,) values by name for weights of shape (draws, patients): how often each draw
            holds each patient. Where a statistic has no value it is NaN, and the draw is left out.
        patients: size of the cohort.
    """
    random = np.random.default_rng(seed)
    values: dict[str, list[NDArray[Any]]] = {}
    for start in range(0, draws, _DRAWS_AT_ONCE):
        picks = random.integers(patients, size=(min(_DRAWS_AT_ONCE, draws - start), patients))
        weights = np.stack([np.bincount(row, minlength=patients) for row in picks]).astype(float)
        for name, value in statistic(weights).items():
            values.setdefault(name, []).append(np.asarray(value))
    tail = (1 - level) / 2
    return {
        name: (float(low), float(high))
        for name, parts in values.items()
        for low, high in [_quantiles(np.concatenate(parts), tail)]
    }


def _quantiles(values: NDArray[Any], tail: float) -> NDArray[Any]:
    defined = values[~np.isnan(values)]
    return np.quantile(defined, [tail, 1 - tail]) if defined.size else np.full(2, np.nan)


def wilson_interval(rate: ArrayLike, patients: ArrayLike, level: float = 0.95) -> tuple[NDArray[Any], NDArray[Any]]:
    """Score interval of a proportion (Wilson, JASA 1927); ``patients`` may be an effective number."""
    from scipy.special import ndtri

    z = ndtri((1 + level) / 2)
    share, number = np.asarray(rate, dtype=float), np.asarray(patients, dtype=float)
    centre = (share + z**2 / (2 * number)) / (1 + z**2 / number)
    half = z / (1 + z**2 / number) * np.sqrt(share * (1 - share) / number + z**2 / (4 * number**2))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def effective_sample_size(probability: ArrayLike, truth: ArrayLike, level: float = 0.95) -> float:
    """How many patients' worth of information an estimated probability holds (Thomassen et al., Stat Med 2024).

    It is the number for which ``wilson_interval(probability, number)`` contains the true probability in the share
    ``level`` of all cases; infinite where hardly any estimate errs. That interval contains a truth t exactly when
    |p - t| <= z sqrt(t (1 - t) / number).

    Args:
        probability: estimates, any shape.
        truth: the true probabilities, inside (0, 1), of a shape that broadcasts.
    """
    from scipy.special import ndtri

    true = np.asarray(truth, dtype=float)
    scaled = (np.asarray(probability, dtype=float) - true) ** 2 / (true * (1 - true))
    with np.errstate(divide="ignore"):
        return float(ndtri((1 + level) / 2) ** 2 / np.quantile(scaled, level))
