"""How often each comparison finds something in cohorts where nothing is to be found; see README.md.

    python Testing/benchmarks/bench_null.py [cohorts] [name ...]

Each of 200 synthetic cohorts is drawn from a model under which the null hypothesis holds. A test at 5 % must find
something in about 5 % of them; the 95 % interval beside each share is that of so many cohorts (Wilson). Comparisons
that are known to fail are run too, and say why: they are what not to use.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from NACResponseLib.evaluation.bootstrap import auc_gap  # noqa: E402
from NACResponseLib.evaluation.delong import auc_interval, compare_areas  # noqa: E402
from NACResponseLib.evaluation.detectable import added_value  # noqa: E402
from NACResponseLib.evaluation.drift import cohort_separation, feature_drift  # noqa: E402
from NACResponseLib.evaluation.logistic import fit_logistic, sigmoid  # noqa: E402
from NACResponseLib.evaluation.metrics import auc  # noqa: E402
from NACResponseLib.evaluation.nested_models import added_score_test, likelihood_ratio_test  # noqa: E402
from NACResponseLib.evaluation.paired_tests import corrected_resampled_t_test, paired_t_test  # noqa: E402
from NACResponseLib.evaluation.recalibration import recalibrate  # noqa: E402
from NACResponseLib.evaluation.reclassification import reclassification  # noqa: E402
from NACResponseLib.evaluation.statistics import wilson_interval  # noqa: E402
from NACResponseLib.evaluation.subgroups import analyse_subgroups  # noqa: E402

COHORTS, PATIENTS, LEVEL = 200, 200, 0.05
Found = Iterator[tuple[str, bool]]
SOUND = "sound"
HALF = "(of 2.5 %)"
_FITTED = "fitting makes every added variable look an improvement to those it was fitted to"
_MISCALIBRATED = "an overfitted model looks better for its miscalibration (Hilden and Gerds 2014; Pepe 2015)"
WHY = {
    "plain t-test over partitions": "the partitions overlap; it takes them for independent",
    "DeLong, noise variable fitted on the same patients": "nested models: not normal under the null (Demler 2012)",
    "DeLong, noise variable fitted elsewhere": "the larger model is truly a little worse: no null of equal areas",
    "likelihood ratio, score learned from the same patients": "the score was fitted to these outcomes",
    f"NRI, published z, improvement of the same patients {HALF}": _FITTED,
    f"NRI, bootstrap, improvement of the same patients {HALF}": _FITTED,
    f"IDI, bootstrap, improvement of the same patients {HALF}": _FITTED,
    f"NRI, published z, improvement of new patients {HALF}": _MISCALIBRATED,
    f"NRI, bootstrap, improvement of new patients {HALF}": _MISCALIBRATED,
}
"""Comparisons that do not keep 5 %, and why; every other one must."""


def outcomes(random: np.random.Generator, log_odds: NDArray[Any]) -> NDArray[np.int64]:
    return (random.random(log_odds.size) < sigmoid(log_odds)).astype(int)


def areas(random: np.random.Generator) -> Found:
    """Two scores that know equally much, of the same and of different patients."""
    outcome = outcomes(random, random.normal(-0.8, 1.2, PATIENTS))
    common = random.normal(0, 0.7, PATIENTS)
    first, second = common + random.normal(0, 0.7, (2, PATIENTS)) + outcome
    yield "DeLong, equally good scores", compare_areas(outcome, first, second).p < LEVEL
    half = PATIENTS // 2
    groups = outcome[:half], first[:half], outcome[half:], first[half:]
    one, other = auc_interval(*groups[:2]), auc_interval(*groups[2:])
    yield "DeLong, two groups of patients", abs(one.area - other.area) > 1.96 * np.hypot(one.error, other.error)
    gap = auc_gap(*groups, draws=1000, seed=int(random.integers(2**31)))
    yield "bootstrap of two groups, percentile", not gap.percentile[0] <= 0 <= gap.percentile[1]


def partitions(random: np.random.Generator) -> Found:
    """Two feature sets that know equally much, a model of each on ten random partitions."""
    signal = random.normal(0, 1, PATIENTS)
    outcome = outcomes(random, 1.2 * signal - 0.5)
    sets = [np.column_stack([np.ones(PATIENTS), signal + random.normal(0, 1, PATIENTS)]) for _ in range(2)]
    sets = [np.column_stack([columns, random.normal(0, 1, (PATIENTS, 3))]) for columns in sets]
    train, metrics = int(0.8 * PATIENTS), np.empty((10, 2))
    for number in range(10):
        rows = random.permutation(PATIENTS)
        for place, columns in enumerate(sets):
            fitted = fit_logistic(columns[rows[:train]], outcome[rows[:train]])
            metrics[number, place] = auc(outcome[rows[train:]], columns[rows[train:]] @ fitted)
    yield "plain t-test over partitions", paired_t_test(*metrics.T).p < LEVEL
    corrected = corrected_resampled_t_test(*metrics.T, train, PATIENTS - train)
    yield "corrected resampled t-test", corrected.p < LEVEL


def additions(random: np.random.Generator) -> Found:
    """Three noise variables added to one that knows something; fitted on some patients, looked at on others too."""
    columns = np.column_stack([np.ones(2 * PATIENTS), random.normal(0, 1, (2 * PATIENTS, 4))])
    outcome = outcomes(random, 1.2 * columns[:, 1] - 0.5)
    train, test = slice(0, PATIENTS), slice(PATIENTS, None)
    known, noise = columns[:, :2], columns[:, 2:]
    old, new, score = (
        sigmoid(part @ fit_logistic(part[train], outcome[train]))
        for part in (known, columns, np.column_stack([np.ones(2 * PATIENTS), noise]))
    )
    ratio = likelihood_ratio_test(outcome[train], known[train, 1:], columns[train, 1:])
    yield "likelihood ratio, noise variables", ratio.p < LEVEL
    for name, rows, here in (
        ("score learned elsewhere", test, False),
        ("score learned from the same patients", train, True),
    ):
        added = added_score_test(outcome[rows], old[rows], score[rows], is_training_cohort=here)
        yield f"likelihood ratio, {name}", added.p < LEVEL
    for name, rows in (("on the same patients", train), ("elsewhere", test)):
        compared = compare_areas(outcome[rows], new[rows], old[rows])
        yield f"DeLong, noise variable fitted {name}", compared.p < LEVEL
    yield (
        f"verdict 'adds' on new patients {HALF}",
        added_value(compared, tuple(np.bincount(outcome[test])[::-1])).verdict == "adds",
    )


def published_z(outcome: NDArray[Any], old: NDArray[Any], new: NDArray[Any]) -> float:
    """Of the continuous NRI (Pencina et al. 2008), where every patient moves."""
    moved = np.sign(new - old) * np.where(outcome == 1, 1, -1)
    improvement = sum(moved[outcome == group].mean() for group in (0, 1))
    return float(improvement / np.sqrt((1 / np.bincount(outcome)).sum()))


def reclassifications(random: np.random.Generator) -> Found:
    """Four noise variables added, fitted on 80 patients, looked at on these and on new ones."""
    columns = np.column_stack([np.ones(80 + PATIENTS), random.normal(0, 1, (80 + PATIENTS, 5))])
    outcome = outcomes(random, 1.5 * columns[:, 1] - 0.5)
    train, test = slice(0, 80), slice(80, None)
    old, new = (sigmoid(columns[:, :w] @ fit_logistic(columns[train, :w], outcome[train])) for w in (2, 6))
    for name, rows in (("the same", train), ("new", test)):
        given = outcome[rows], old[rows], new[rows]
        figures = {one.metric: one for one in reclassification(*given, draws=400, seed=int(random.integers(2**31)))}
        yield f"NRI, published z, improvement of {name} patients {HALF}", published_z(*given) > 1.96
        yield f"NRI, bootstrap, improvement of {name} patients {HALF}", figures["nri"].ci_low > 0
        yield f"IDI, bootstrap, improvement of {name} patients {HALF}", figures["idi"].ci_low > 0


def subgroups(random: np.random.Generator) -> Found:
    """A calibrated model in three subgroups that do not matter; recalibration that is not needed."""
    log_odds = random.normal(-0.5, 1.2, 300)
    outcome, labels = outcomes(random, log_odds), random.choice(["a", "b", "c"], 300)
    found = analyse_subgroups("group", labels, outcome, sigmoid(log_odds), 0.4, draws=1)
    for test in found.interactions:
        yield f"subgroups, {test.test.replace('_', ' ')}", test.p < LEVEL
    yield "recalibration offered", recalibrate(outcome, log_odds).method != "none"


def drift(random: np.random.Generator) -> Found:
    """Two cohorts of like patients."""
    training, here = random.normal(0, 1, (120, 6)), random.normal(0, 1, (80, 6))
    found = feature_drift(training, here, list("abcdef"))
    yield "drift, any of six features", any(one.q < LEVEL for one in found)
    apart = cohort_separation(training, here, folds=3, permutations=19, seed=int(random.integers(2**31)))
    yield "drift, classifier two-sample test", apart.p <= LEVEL


BENCHMARKS: dict[str, Callable[[np.random.Generator], Found]] = {
    "areas": areas,
    "partitions": partitions,
    "additions": additions,
    "reclassifications": reclassifications,
    "subgroups": subgroups,
    "drift": drift,
}


def run(names: list[str], cohorts: int) -> None:
    """Prints the share of cohorts in which each comparison found something."""
    start, counts = time.perf_counter(), dict[str, int]()
    for name in names:
        for seed in range(cohorts):
            for comparison, found in BENCHMARKS[name](np.random.default_rng([seed, list(BENCHMARKS).index(name)])):
                counts[comparison] = counts.get(comparison, 0) + int(found)
    print(f"| {cohorts} null cohorts | found | 95 % interval | |\n|---|---|---|---|")
    for comparison, count in counts.items():
        low, high = wilson_interval(count / cohorts, cohorts)
        wanted = 0.025 if HALF in comparison else LEVEL
        note = WHY.get(comparison, SOUND if low <= wanted else "FINDS TOO MUCH")
        print(f"| {comparison} | {100 * count / cohorts:.1f} % | {100 * low:.1f} to {100 * high:.1f} % | {note} |")
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    given = sys.argv[1:]
    many = int(given.pop(0)) if given and given[0].isdigit() else COHORTS
    run(given or list(BENCHMARKS), many)
