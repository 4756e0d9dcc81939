"""How wide the interval of one patient's probability must be, found by simulation and checked by more of it.

Cohorts with known probabilities are drawn, the whole procedure is run on each, and its probabilities of patients not
in the cohort are compared with the known ones. The interval is Wilson's for a rate seen in N patients; N, the effective
sample size, is set so that the interval contains the true probability at the stated level. Three truths are used, the
logistic comparator's, the same with products of two inputs, which the trees catch less well, and the trees' own
probabilities; the least favourable counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...evaluation.sample_size import EVENTS_PER_FEATURE
from ...evaluation.statistics import effective_sample_size, wilson_interval
from ..fitted import Fitted, PartitionResult
from ..interval import Interval, compatible
from ..jobs import run_jobs
from ..table import Table
from .comparator import fit_comparator
from .procedure import fit_model

if TYPE_CHECKING:
    from .recipe import Recipe

GROUPS_PER_FOLD = 5


def interval_by_simulation(
    table: Table, recipe: Recipe, fitted: Fitted, results: Sequence[PartitionResult], workers: int = 1
) -> Interval:
    """Sets N on simulated cohorts, checks it on others and on groups of held-out patients."""
    values, level = table.values, recipe.interval.level
    truths = [fitted.probability_of(table), *_logistic_truths(table, recipe)]
    simulated = simulate(values, [*truths, *truths], recipe, workers)
    patients = min(effective_sample_size(*pair, level) for pair in simulated[: len(truths)])
    coverages = []
    for estimated, known in simulated[len(truths) :]:
        low, high = wilson_interval(estimated, patients, level)
        coverages.append(float(((low <= known) & (known <= high)).mean()))
    groups = [
        compatible(outcome[rows], probability[rows], patients, level)
        for outcome, probability in ((np.array(each.outcome), np.array(each.probability)) for each in results)
        for rows in np.array_split(np.argsort(probability), GROUPS_PER_FOLD)
    ]
    size = len(table.outcome) / (recipe.validation.folds * GROUPS_PER_FOLD)
    return Interval(patients, float(np.mean(groups)), size, min(coverages), len(truths))


def _logistic_truths(table: Table, recipe: Recipe) -> list[NDArray[np.float64]]:
    """(n,) probabilities of the comparator, and with products of two inputs where the patients suffice for them."""
    inputs, outcome = list(recipe.inputs.values()), table.outcome
    smaller, columns = min(outcome.sum(), len(outcome) - outcome.sum()), len(inputs) * (len(inputs) + 1) // 2
    kinds = [False, True] if smaller >= EVENTS_PER_FEATURE * columns else [False]
    return [fit_comparator(table.values, outcome, inputs, products=kind).probability(table.values) for kind in kinds]


def simulate(
    values: NDArray[Any], truths: Sequence[NDArray[Any]], recipe: Recipe, workers: int = 1
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Probabilities by the whole procedure, and the true ones, of patients it did not see, for each truth.

    Each cohort is drawn from the patients with replacement and gets its outcomes from a truth (n,); the patients not
    drawn are scored. Those of all cohorts are joined: two arrays of one length.
    """
    jobs = [(stream, number) for stream in range(len(truths)) for number in range(recipe.interval.simulations)]
    done = dict(run_jobs(_simulated, (values, truths, recipe), jobs, workers))
    by_stream = ([done[job] for job in jobs if job[0] == stream] for stream in range(len(truths)))
    return [(np.concatenate([each[0] for each in one]), np.concatenate([each[1] for each in one])) for one in by_stream]


def _simulated(shared: Any, stream: int, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    values, truths, recipe = shared
    truth = truths[stream]
    random = np.random.default_rng([recipe.validation.seed, 2, stream, number])
    drawn = random.integers(len(truth), size=len(truth))
    new = np.setdiff1d(np.arange(len(truth)), drawn)
    outcome = (random.random(len(drawn)) < truth[drawn]).astype(np.int64)
    seed = int(random.integers(2**31))
    model = fit_model(values[drawn], outcome, recipe, repeats=recipe.validation.inner_repeats, seed=seed)
    return model.probability(values[new]), truth[new]
