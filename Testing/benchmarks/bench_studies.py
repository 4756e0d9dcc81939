"""What each study finds, at its published size, in synthetic cohorts where images add nothing; see README.md.

    python Testing/benchmarks/bench_studies.py [cohorts] [study ...]

Of each study 200 cohorts are drawn without any effect (null), and 200 whose outcome follows the clinical variables
alone: images predict there, but add nothing. The comparison that the recipe states beforehand (its final model against
the clinical variables that are in it) is made three ways:

recipe    in five-fold cross-validation, everything learned inside the training part
external  both models frozen, on 100 new patients, as ``nacresponse evaluate --against`` compares them
naive     as it is often done: signatures fitted and joined on the same patients, tested on these; features chosen
          before the folds

A verdict "adds" must come in at most 2.5 % (one side of 5 %), a two-sided test in about 5 %. Beside each share stands
its 95 % interval (Wilson), then the same among those cohorts in which a signature got weight (of the recipe: in some
fold). In the others both models are the same, nothing can be found, and tests seem stricter than they are.

A table has about 80 columns, far fewer than in truth, so that two cores need about 12 minutes for the three studies
(0.7, 1.5 and 1.4 s CPU a cohort of janse2025, li2026, liang2025).
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
from NACResponseLib.estimators.selectors import mann_whitney  # noqa: E402
from NACResponseLib.evaluation.delong import compare_areas  # noqa: E402
from NACResponseLib.evaluation.detectable import ADDS  # noqa: E402
from NACResponseLib.evaluation.logistic import fit_logistic  # noqa: E402
from NACResponseLib.evaluation.metrics import auc  # noqa: E402
from NACResponseLib.evaluation.nested_comparison import NestedTerms, compare_nested  # noqa: E402
from NACResponseLib.evaluation.nested_models import added_terms_test  # noqa: E402
from NACResponseLib.evaluation.paired_tests import corrected_resampled_t_test  # noqa: E402
from NACResponseLib.evaluation.partitions import repeated_folds  # noqa: E402
from NACResponseLib.evaluation.statistics import wilson_interval  # noqa: E402
from NACResponseLib.evaluation.verdict import stated_additions  # noqa: E402
from NACResponseLib.training.cohort import read_cohort  # noqa: E402
from NACResponseLib.training.fitted import aucs, held_out  # noqa: E402
from NACResponseLib.training.recipes import strategy_of  # noqa: E402
from NACResponseLib.training.run import run_partitions  # noqa: E402
from NACResponseLib.training.signatures.model import FittedFormula  # noqa: E402
from NACResponseLib.training.signatures.recipe import SignatureRecipe, load_signature_recipe  # noqa: E402
from NACResponseLib.training.table import Table  # noqa: E402
from Testing.studies import STUDIES, population  # noqa: E402
from Testing.study_files import write_cohort  # noqa: E402

COHORTS, EXTERNAL, LEVEL, CHOSEN, COLUMNS = 200, 100, 0.05, 10, 80
DRAWS = 20  # for intervals of reclassification, which are not looked at here
EFFECTS = ("null", "clinical_only")
Found = Iterator[tuple[str, bool | float]]
_SCORE = "external, likelihood ratio of the larger model's score"
_TERMS = "external, likelihood ratio of the signatures"
_WEIGHT = {"recipe": "recipe, signatures have weight", "external": "external, signatures have weight"}
WANTED = {"recipe, verdict 'adds'": 0.025, "external, verdict 'adds'": 0.025, _TERMS: 0.05}
"""What is an error where images add nothing, and how often it may be made at most.

The others are no errors, or known ones. The naive ways find too much. A two-sided test of AUC also finds, rightly, that
a model with a signature of noise is worse than without. The larger model's score weighs the clinical variables anew,
and may do so better: then it truly adds to the smaller model's score, though no image does. The likelihood ratio of the
signatures is a true null, but in 100 patients its chi-squared distribution is an approximation: 6 to 7 % are found.
"""


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
    fitted = {
        name: strategy_of(recipe).fit(table.part(here), len(here)) for name, table in (("l", large), ("s", small))
    }
    outcome = large.outcome[elsewhere]
    found |= external(outcome, (fitted["l"], large.part(elsewhere)), (fitted["s"], small.part(elsewhere)))
    terms, count = fitted["l"].terms, len(fitted["l"].terms.signatures)
    fitted_to = auc(large.outcome[here], fitted["l"].probability_of(large.part(here)))
    found["AUC, larger model, patients it was fitted to"] = fitted_to
    found["naive, likelihood ratio of signatures fitted to these patients"] = signatures_add(
        large.outcome[here], terms.of(large.part(here)), count
    )
    found["naive, DeLong, features chosen before the folds"] = naive(large.part(here), seed)
    return found


def by_recipe(tables: dict[str, Table], recipe: SignatureRecipe, larger: str, smaller: str) -> Found:
    """The comparison as the training report makes it."""
    drawn = strategy_of(recipe).draw(tables["large"].outcome)
    results = run_partitions(tables, drawn, strategy_of(recipe))
    areas = {name: np.array(aucs(found)) for name, found in results.items()}
    sizes = [float(np.mean([len(part) for part in parts])) for parts in zip(*drawn, strict=True)]
    test = corrected_resampled_t_test(areas["large"], areas["small"], *sizes)
    predictions = {larger: held_out(results["large"]), smaller: held_out(results["small"])}
    (added,) = stated_additions(predictions, [(larger, smaller)], (sizes[0], sizes[1]), recipe.relevant_gain)
    yield _WEIGHT["recipe"], bool((areas["large"] != areas["small"]).any())
    yield "recipe, verdict 'adds'", added.finding == ADDS
    yield "recipe, corrected resampled t, two-sided", bool(test.p < LEVEL)
    for name, area in areas.items():
        yield f"AUC, {name}r model, cross-validated".replace("small", "smalle"), float(area.mean())


def external(
    outcome: NDArray[Any], larger: tuple[FittedFormula, Table], smaller: tuple[FittedFormula, Table]
) -> dict[str, bool | float]:
    """As ``nacresponse evaluate --against`` compares, on patients that neither model was learned."""
    large, small = (model.probability_of(table) for model, table in (larger, smaller))
    count = len(larger[0].terms.signatures)
    names = tuple(term.name for term in larger[0].formula.terms[:count])
    terms = NestedTerms(names, term_values(*smaller), term_values(*larger)[:, :count])
    settings: dict[str, Any] = {"is_training_cohort": False, "cutoffs": (larger[0].threshold,), "draws": DRAWS}
    found = compare_nested(outcome, small, large, terms=terms, **settings)
    score = compare_nested(outcome, small, large, **settings).likelihood_ratio
    return {
        _WEIGHT["external"]: bool(terms.varying),
        "external, verdict 'adds'": found.added.verdict == ADDS,
        "external, DeLong, two-sided": bool(found.areas.p < LEVEL),
        _TERMS: found.likelihood_ratio is not None and found.likelihood_ratio.p < LEVEL,
        _SCORE: score is not None and score.p < LEVEL,
        "AUC, larger model, external": auc(outcome, large),
        "AUC, smaller model, external": auc(outcome, small),
    }


def term_values(model: FittedFormula, table: Table) -> NDArray[np.float64]:
    """(n, terms) as the bundle of the model has them: a signature without weight is 0."""
    values = table.values[:, [table.names.index(column.name) for column in model.columns]]
    return model.formula.values(model.preparation.apply(values, table.scanners))


def signatures_add(outcome: NDArray[Any], terms: NDArray[Any], count: int) -> bool:
    """Whether the first columns add to the others in a logistic model of both; those that do not vary do not."""
    try:
        return added_terms_test(outcome, terms[:, count:], terms[:, :count]).p < LEVEL
    except InputError as error:  # nothing fits better than columns that separate the classes
        return "overlap" in str(error)


def naive(table: Table, seed: int) -> bool:
    """The features that differ most between the classes, cross-validated beside the clinical variables, after that."""
    image = np.array([column.group != "clinical" for column in table.columns])
    images, clinical = table.values[:, image], table.values[:, ~image]
    best = images[:, np.argsort(mann_whitney(images, table.outcome))[:CHOSEN]]
    best, clinical = ((part - part.mean(axis=0)) / part.std(axis=0) for part in (best, clinical))
    ours, theirs = np.empty(len(best)), np.empty(len(best))
    for train, test in repeated_folds(table.outcome, 5, 1, seed)[0]:
        for scores, columns in ((ours, np.hstack([clinical, best])), (theirs, clinical)):
            scores[test] = _ridge(columns[train], table.outcome[train], columns[test])
    areas = compare_areas(table.outcome, ours, theirs)
    return bool(areas.p < LEVEL and areas.difference > 0)


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
            print(f"| {name} | {' | '.join(_cell(name, found[effect]) for effect in EFFECTS)} |")
        print(f"\n{time.perf_counter() - start:.0f} s", flush=True)


def _cell(name: str, cohorts: list[dict[str, bool | float]]) -> str:
    values = np.array([float(one[name]) for one in cohorts])
    if name.startswith("AUC"):
        return f"median {np.median(values):.3f}"
    text, worst = _share(values)
    weight = _WEIGHT.get(name.partition(",")[0])
    if weight and name != weight:
        weighty = values[[bool(one[weight]) for one in cohorts]]
        of_these, worst = _share(weighty)
        text += f"; of {len(weighty)} with weight {of_these}"
    return f"{text}{' FINDS TOO MUCH' if worst > WANTED.get(name, 1.0) else ''}"


def _share(values: NDArray[np.float64]) -> tuple[str, float]:
    """In words, with its interval, and the lower bound of that."""
    if not len(values):
        return "–", 0.0
    low, high = map(float, wilson_interval(values.mean(), len(values)))
    return f"{100 * values.mean():.1f} % ({100 * low:.1f} to {100 * high:.1f})", low


if __name__ == "__main__":
    given = sys.argv[1:]
    many = int(given.pop(0)) if given and given[0].isdigit() else COHORTS
    run(given or list(STUDIES), many)
