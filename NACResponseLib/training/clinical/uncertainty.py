"""How wide the interval of one patient's probability must be, found by simulation and checked by more of it.

Cohorts with known probabilities are drawn, the whole procedure is run on each, and its probabilities of patients not
in the cohort are compared with the known ones. The interval is Wilson's for a rate seen in N patients; N, the effective
sample size, is set so that the interval contains the true probability at the stated level. Three truths are used, the
logistic comparator's, the same with products of two inputs, which the trees catch less well, and the trees' own
probabilities; the least favourable counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.sample_size import EVENTS_PER_FEATURE
from ...evaluation.statistics import effective_sample_size, wilson_interval
from .comparator import fit_comparator
from .procedure import FittedModel, fit_model
from .validation import Validation, parallel

if TYPE_CHECKING:
    from .recipe import Recipe
    from .training_table import TrainingTable

GROUPS_PER_FOLD = 5


@dataclass(frozen=True)
class Uncertainty:
    """Attributes:
    effective_patients: N of the interval.
    coverage: share of intervals that contain the true probability in cohorts drawn afresh; the lowest of the truths.
    group_coverage: share of groups of held-out patients of similar score whose observed rate is compatible with
        their interval, their own binomial noise allowed for.
    group_size: mean number of patients in such a group.
    truths: how many were used; two where the patients are too few for products.
    """

    effective_patients: float
    coverage: float
    group_coverage: float
    group_size: float
    truths: int = 2


def measure_uncertainty(
    table: TrainingTable, recipe: Recipe, fitted: FittedModel, validation: Validation
) -> Uncertainty:
    """Sets N on simulated cohorts, checks it on others and on groups of held-out patients."""
    values, level = table.values, recipe.interval.level
    truths = [fitted.probability(values), *_logistic_truths(table, recipe)]
    patients = min(
        effective_sample_size(*simulate(values, truth, recipe, stream), level) for stream, truth in enumerate(truths)
    )
    coverages = []
    for stream, truth in enumerate(truths, start=len(truths)):
        estimated, known = simulate(values, truth, recipe, stream)
        low, high = wilson_interval(estimated, patients, level)
        coverages.append(float(((low <= known) & (known <= high)).mean()))
    groups = [
        compatible(table.outcome[test][rows], probability[test][rows], patients, level)
        for probability, folds in zip(validation.model.probability, validation.partitions, strict=True)
        for _, test in folds
        for rows in np.array_split(np.argsort(probability[test]), GROUPS_PER_FOLD)
    ]
    return Uncertainty(
        patients,
        min(coverages),
        float(np.mean(groups)),
        len(table.outcome) / (recipe.validation.folds * GROUPS_PER_FOLD),
        len(truths),
    )


def _logistic_truths(table: TrainingTable, recipe: Recipe) -> list[NDArray[np.float64]]:
    """(n,) probabilities of the comparator, and with products of two inputs where the patients suffice for them."""
    inputs, outcome = list(recipe.inputs.values()), table.outcome
    smaller, columns = min(outcome.sum(), len(outcome) - outcome.sum()), len(inputs) * (len(inputs) + 1) // 2
    kinds = [False, True] if smaller >= EVENTS_PER_FEATURE * columns else [False]
    return [fit_comparator(table.values, outcome, inputs, products=kind).probability(table.values) for kind in kinds]


def simulate(
    values: NDArray[Any], truth: NDArray[Any], recipe: Recipe, stream: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probabilities by the whole procedure, and the true ones, of patients it did not see.

    Each cohort is drawn from the patients with replacement and gets its outcomes from ``truth`` (n,); the patients
    not drawn are scored. Those of all cohorts are joined: two arrays of one length.
    """

    def one(number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        random = np.random.default_rng([recipe.validation.seed, 2, stream, number])
        drawn = random.integers(len(truth), size=len(truth))
        new = np.setdiff1d(np.arange(len(truth)), drawn)
        outcome = (random.random(len(drawn)) < truth[drawn]).astype(np.int64)
        seed = int(random.integers(2**31))
        model = fit_model(values[drawn], outcome, recipe, repeats=recipe.validation.inner_repeats, seed=seed)
        return model.probability(values[new]), truth[new]

    cohorts = parallel(one, [(number,) for number in range(recipe.interval.simulations)])
    return np.concatenate([estimated for estimated, _ in cohorts]), np.concatenate([known for _, known in cohorts])


def compatible(outcome: NDArray[Any], probability: NDArray[Any], patients: float, level: float) -> bool:
    """Whether a group's rate lies within its mean interval once the group's own binomial variance is added."""
    from scipy.special import ndtri

    low, high = (bound.mean() for bound in wilson_interval(probability, patients, level))
    expected, observed = probability.mean(), outcome.mean()
    noise = ndtri((1 + level) / 2) ** 2 * (probability * (1 - probability)).mean() / len(outcome)
    return bool(
        expected - np.sqrt((expected - low) ** 2 + noise)
        <= observed
        <= expected + np.sqrt((high - expected) ** 2 + noise)
    )
