"""What each study finds, at its published size, in synthetic cohorts where images add nothing; see README.md.

    python Testing/benchmarks/bench_studies.py [cohorts] [study ...]

Of each study 200 cohorts are drawn without any effect (null), and 200 whose outcome follows the clinical variables
alone: images predict there, but add nothing. The comparison that the recipe states beforehand (its final model against
the clinical variables that are in it) is made three ways:

recipe    in five-fold cross-validation, everything learned inside the training part
external  both models frozen, on 100 new patients
naive     as it is often done: signatures fitted and joined on the same patients, tested on these; features chosen
          before the folds

A verdict "adds" must come in at most 2.5 % (one side of 5 %), a two-sided test in about 5 %. Beside each share stands
its 95 % interval (Wilson).
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # before numpy: one core each

import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from NACResponseLib.errors import InputError  # noqa: E402
from NACResponseLib.evaluation.delong import compare_areas  # noqa: E402
from NACResponseLib.evaluation.detectable import ADDS, added_value  # noqa: E402
from NACResponseLib.evaluation.logistic import fit_logistic  # noqa: E402
from NACResponseLib.evaluation.metrics import auc  # noqa: E402
from NACResponseLib.evaluation.nested_models import added_score_test, likelihood_ratio_test  # noqa: E402
from NACResponseLib.evaluation.paired_tests import corrected_resampled_t_test  # noqa: E402
from NACResponseLib.evaluation.statistics import wilson_interval  # noqa: E402
from NACResponseLib.learning.partitions import repeated_folds  # noqa: E402
from NACResponseLib.learning.radiomics.cohort import read_cohort  # noqa: E402
from NACResponseLib.learning.radiomics.kinds import kind_of  # noqa: E402
from NACResponseLib.learning.radiomics.run import aucs, draw_partitions, run_partitions  # noqa: E402
from NACResponseLib.learning.radiomics.table import Table  # noqa: E402
from NACResponseLib.learning.signatures.model import FittedFormula  # noqa: E402
from NACResponseLib.learning.signatures.recipe import SignatureRecipe, load_signature_recipe  # noqa: E402
from NACResponseLib.learning.signatures.selectors import mann_whitney  # noqa: E402
from NACResponseLib.report.verdict import Addition  # noqa: E402
from Testing.studies import STUDIES, population  # noqa: E402
from Testing.study_files import COLUMNS, write_cohort  # noqa: E402

COHORTS, EXTERNAL, LEVEL, CHOSEN = 200, 100, 0.05, 10
EFFECTS = ("null", "clinical_only")
Found = Iterator[tuple[str, bool | float]]
WANTED = {
    "recipe, verdict 'adds'": 0.025,
    "recipe, corrected resampled t, two-sided": 0.05,
    "external, verdict 'adds'": 0.025,
    "external, DeLong, two-sided": 0.05,
    "external, likelihood ratio of the larger model's score": 0.05,
    "naive, likelihood ratio of signatures fitted to these patients": 0.05,
    "naive, DeLong, features chosen before the folds": 0.05,
}


def pair_of(study: str) -> tuple[str, str]:
    """The comparison stated in the recipe in which nothing is added where only clinical variables count."""
    made = population(study, COLUMNS)
    return next(
        (larger, smaller)
        for larger, smaller in made.recipe["nested"]
        if set(made.study.clinical) <= set(made.models[smaller])
    )


def quick(study: str) -> SignatureRecipe:
    """Five-fold cross-validation once, logistic regression alone."""
    recipe = load_signature_recipe(study)
    validation = replace(recipe.validation, scheme="folds", repeats=1, outer_folds=5, partitions=None, test_share=None)
    return replace(recipe, validation=validation, classifiers=("logistic",))


def one_cohort(study: str, effect: str, seed: int) -> dict[str, bool | float]:
    """Everything that is found in one cohort."""
    made, recipe, (larger, smaller) = population(study, COLUMNS), quick(study), pair_of(study)
    with tempfile.TemporaryDirectory() as name:
        write_cohort(Path(name), made, made.study.patients + EXTERNAL, seed, effect)
        tables = read_cohort(Path(name), recipe.endpoint, recipe).tables
    here, elsewhere = np.split(np.arange(made.study.patients + EXTERNAL), [made.study.patients])
    large, small = tables[larger], tables[smaller]
    found = dict(by_recipe({"large": large.part(here), "small": small.part(here)}, recipe, larger, smaller))
    fitted = {name: kind_of(recipe).fit(table.part(here), len(here)) for name, table in (("l", large), ("s", small))}
    outcome = large.outcome[elsewhere]
    found |= external(outcome, *(fitted[n].probability_of(t.part(elsewhere)) for n, t in (("l", large), ("s", small))))
    found["AUC, larger model, patients it was fitted to"] = auc(
        large.outcome[here], fitted["l"].probability_of(large.part(here))
    )
    return found | dict(naive(large.part(here), fitted["l"], seed))


def by_recipe(tables: dict[str, Table], recipe: SignatureRecipe, larger: str, smaller: str) -> Found:
    """The comparison as the training report makes it."""
    drawn = draw_partitions(tables["large"].outcome, recipe)
    results = run_partitions(tables, drawn, recipe)
    areas = {name: np.array(aucs(found)) for name, found in results.items()}
    sizes = [float(np.mean([len(part) for part in parts])) for parts in zip(*drawn, strict=True)]
    test = corrected_resampled_t_test(areas["large"], areas["small"], *sizes)
    yield "recipe, verdict 'adds'", Addition(larger, smaller, test, 1, recipe.relevant_gain).finding == ADDS
    yield "recipe, corrected resampled t, two-sided", bool(test.p < LEVEL)
    for name, area in areas.items():
        yield f"AUC, {name}r model, cross-validated".replace("small", "smalle"), float(area.mean())


def external(outcome: NDArray[Any], large: NDArray[Any], small: NDArray[Any]) -> dict[str, bool | float]:
    """On patients from whom neither model was learned."""
    areas = compare_areas(outcome, large, small)
    try:
        ratio = added_score_test(outcome, small, large, learned_here=False).p
    except InputError:  # both models give the same log-odds: the signatures have no weight
        ratio = 1.0
    return {
        "external, verdict 'adds'": added_value(areas).verdict == ADDS,
        "external, DeLong, two-sided": bool(areas.p < LEVEL),
        "external, likelihood ratio of the larger model's score": ratio < LEVEL,
        "AUC, larger model, external": auc(outcome, large),
        "AUC, smaller model, external": auc(outcome, small),
    }


def naive(table: Table, fitted: FittedFormula, seed: int) -> Found:
    """What a paper without nested validation would report of these patients."""
    terms, count = fitted.terms.of(table), len(fitted.terms.signatures)
    signatures, clinical = terms[:, :count], terms[:, count:]
    signatures = signatures[:, signatures.std(axis=0) > 0]
    found = signatures.shape[1] and _ratio(table.outcome, clinical, np.hstack([clinical, signatures])) < LEVEL
    yield "naive, likelihood ratio of signatures fitted to these patients", bool(found)

    images = table.values[:, [column.group != "clinical" for column in table.columns]]
    best = images[:, np.argsort(mann_whitney(images, table.outcome))[:CHOSEN]]
    best = (best - best.mean(axis=0)) / best.std(axis=0)
    ours, theirs = np.empty(len(best)), np.empty(len(best))
    for train, test in repeated_folds(table.outcome, 5, 1, seed)[0]:
        for scores, columns in ((ours, np.hstack([clinical, best])), (theirs, clinical)):
            scores[test] = _ridge(columns[train], table.outcome[train], columns[test])
    areas = compare_areas(table.outcome, ours, theirs)
    yield "naive, DeLong, features chosen before the folds", bool(areas.p < LEVEL and areas.difference > 0)


def _ratio(outcome: NDArray[Any], smaller: NDArray[Any], larger: NDArray[Any]) -> float:
    try:
        return likelihood_ratio_test(outcome, smaller, larger).p
    except InputError:  # the classes are separated: nothing fits better
        return 0.0


def _ridge(columns: NDArray[Any], outcome: NDArray[Any], others: NDArray[Any]) -> NDArray[np.float64]:
    """Log-odds of others; one patient of each class at every column's mean keeps them finite."""
    mean = columns.mean(axis=0)
    design = np.vstack([columns, mean + np.diag(columns.std(axis=0)), mean + np.diag(columns.std(axis=0))])
    known = np.concatenate([outcome, np.repeat([0, 1], columns.shape[1])])
    return others @ fit_logistic(np.column_stack([np.ones(len(design)), design]), known)[1:]


def run(studies: list[str], cohorts: int) -> None:
    """Prints for each study the shares and the median AUCs."""
    for study in studies:
        start, found = time.perf_counter(), {}
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            for effect in EFFECTS:
                found[effect] = list(pool.map(one_cohort, [study] * cohorts, [effect] * cohorts, range(cohorts)))
        print(f"\n| {study}, {STUDIES[study].patients} patients, {cohorts} cohorts | null | clinical_only |")
        print("|---|---|---|")
        for name in found["null"][0]:
            cells = [_cell(name, [float(one[name]) for one in found[effect]]) for effect in EFFECTS]
            print(f"| {name} | {' | '.join(cells)} |")
        print(f"\n{time.perf_counter() - start:.0f} s", flush=True)


def _cell(name: str, values: list[float]) -> str:
    if name.startswith("AUC"):
        return f"median {np.median(values):.3f}"
    share = float(np.mean(values))
    low, high = wilson_interval(share, len(values))
    bad = low > WANTED[name] and not name.startswith("naive")
    return f"{100 * share:.1f} % ({100 * low:.1f} to {100 * high:.1f}){' FINDS TOO MUCH' if bad else ''}"


if __name__ == "__main__":
    given = sys.argv[1:]
    many = int(given.pop(0)) if given and given[0].isdigit() else COHORTS
    run(given or list(STUDIES), many)
