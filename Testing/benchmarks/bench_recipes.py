"""Recipes of trees against plain scripts on planted causes and on a real table, on the same partitions; see README.md.

    python Testing/benchmarks/bench_recipes.py [choosing] [reporting] [steps] [elimination] [real FILE]

choosing     the kinds of causes that the settings of nac2026 were chosen on
reporting    the others
steps        what each step of a recipe gains or costs, on the kinds to choose from
elimination  jang2025 with a tenth of the columns left going at once, where many columns are kept
real         a table of real patients: pyradiomics features, age, HR, HER2, tumour volume and outcome
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from NACResponseLib.evaluation.metrics import auc  # noqa: E402
from NACResponseLib.evaluation.partitions import random_splits  # noqa: E402
from NACResponseLib.model.columns import Column, clinical_column  # noqa: E402
from NACResponseLib.training.fitted import aucs  # noqa: E402
from NACResponseLib.training.recipes import strategy_of  # noqa: E402
from NACResponseLib.training.run import run_partitions  # noqa: E402
from NACResponseLib.training.table import Table  # noqa: E402
from NACResponseLib.training.trees.recipe import Elimination, Logistic, TreesRecipe, load_trees_recipe  # noqa: E402
from Testing.benchmarks.planted import CHOOSING, REPORTING, Kind, plant  # noqa: E402

PARTITIONS, SEEDS, WORKERS = 5, (1, 2, 3), 2
RECIPES = {name: load_trees_recipe(name) for name in ("jang2025", "nac2026")}
Rows = NDArray[np.intp]
Script = Callable[[Table, Rows, Rows], NDArray[np.float64]]


def standardized(table: Table, train: Rows) -> tuple[NDArray[np.float64], Rows, Rows]:
    """Columns standardized by scanner as the training patients are, and which are of images, which clinical."""
    values = table.values.copy()
    groups = np.array([column.group for column in table.columns])
    for group in table.groups:
        labels = table.scanners.get(group, np.full(len(values), ""))
        members = np.flatnonzero(groups == group)
        for scanner in np.unique(labels):
            rows = np.flatnonzero(labels == scanner)
            known = np.ix_(np.intersect1d(rows, train), members)
            spread = values[known].std(axis=0)
            values[np.ix_(rows, members)] -= values[known].mean(axis=0)
            values[np.ix_(rows, members)] /= np.where(spread > 0, spread, 1)
    clinical = np.flatnonzero(groups == "clinical")
    part = table.values[np.ix_(train, clinical)]
    values[:, clinical] = (values[:, clinical] - np.nanmean(part, axis=0)) / np.nanstd(part, axis=0)
    return np.nan_to_num(values), np.flatnonzero(groups != "clinical"), clinical


def best_columns(table: Table, train: Rows) -> tuple[NDArray[np.float64], Rows]:
    """The image columns of highest F, a tenth of the cohort's size, and the clinical ones."""
    from sklearn.feature_selection import f_classif

    values, images, clinical = standardized(table, train)
    statistic = np.nan_to_num(f_classif(values[np.ix_(train, images)], table.outcome[train])[0])
    best = images[np.argsort(-statistic)[: round(0.1 * len(table.outcome))]]
    return values, np.concatenate([best, clinical])


def plain_logistic(table: Table, train: Rows, test: Rows) -> NDArray[np.float64]:
    """F test and ridge logistic regression."""
    values, columns = best_columns(table, train)
    return _logistic(values[:, columns], table.outcome, train, test)


def plain_trees(table: Table, train: Rows, test: Rows) -> NDArray[np.float64]:
    """F test and XGBoost, depth 2, 80 rounds, eta 0.1."""
    from xgboost import XGBClassifier

    values, columns = best_columns(table, train)
    model = XGBClassifier(max_depth=2, n_estimators=80, learning_rate=0.1, n_jobs=1)
    model.fit(values[np.ix_(train, columns)], table.outcome[train])
    return model.predict_proba(values[np.ix_(test, columns)])[:, 1]


def clinical_logistic(table: Table, train: Rows, test: Rows) -> NDArray[np.float64]:
    """Ridge logistic regression of the clinical variables."""
    values, _, clinical = standardized(table, train)
    return _logistic(values[:, clinical], table.outcome, train, test)


def ridge(table: Table, train: Rows, test: Rows) -> NDArray[np.float64]:
    """Ridge logistic regression of all columns, its penalty by cross-validation."""
    return _penalized(table, train, test, 0.0, "lbfgs")


def elastic_net(table: Table, train: Rows, test: Rows) -> NDArray[np.float64]:
    """Elastic net of all columns, its penalty by cross-validation."""
    return _penalized(table, train, test, 0.5, "saga")


def _logistic(values: NDArray[np.float64], outcome: NDArray[np.int64], train: Rows, test: Rows) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=2000).fit(values[train], outcome[train]).decision_function(values[test])


def _penalized(table: Table, train: Rows, test: Rows, lasso: float, solver: str) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegressionCV

    values, _, _ = standardized(table, train)
    model = LogisticRegressionCV(
        Cs=[1e-3, 1e-2, 1e-1], cv=3, scoring="neg_log_loss", max_iter=50, tol=0.05, l1_ratios=(lasso,), solver=solver
    )
    return model.fit(values[train], table.outcome[train]).decision_function(values[test])


PLAIN: dict[str, Script] = {
    "plain logistic": plain_logistic,
    "plain XGBoost": plain_trees,
    "ridge, all columns": ridge,
    "elastic net, all columns": elastic_net,
    "clinical logistic": clinical_logistic,
}


def areas(table: Table, recipes: Mapping[str, TreesRecipe], scripts: Mapping[str, Script], seed: int) -> dict:
    """AUC of each way on each partition, the same for all, and the number of columns that recipes keep."""
    drawn = random_splits(table.outcome, PARTITIONS, 0.2, seed)
    found: dict[str, list[float]] = {}
    for name, script in scripts.items():
        found[name] = [auc(table.outcome[test], script(table, train, test)) for train, test in drawn]
    for name, recipe in recipes.items():
        clinical = np.array([number for number, column in enumerate(table.columns) if column.group == "clinical"])
        tables = {"": table, ", clinical": replace(table.of_columns(clinical), selected=True)}
        results = run_partitions(tables, drawn, strategy_of(recipe), WORKERS)
        found |= {name + kind: aucs(each) for kind, each in results.items()}
        found[f"columns of {name}"] = [len(result.selected) for result in results[""]]
    return found


def oracle_of(columns: NDArray[np.float64]) -> Script:
    """Logistic regression of the true columns, as they were before the scanners changed them."""

    def script(table: Table, train: Rows, test: Rows) -> NDArray[np.float64]:
        if not columns.shape[1]:
            return np.zeros(len(test))
        values = (columns - columns[train].mean(axis=0)) / columns[train].std(axis=0)
        return _logistic(values, table.outcome, train, test)

    return script


def on_kinds(kinds: Mapping[str, Kind], recipes: Mapping[str, TreesRecipe], scripts: Mapping[str, Script]) -> None:
    """A row of mean AUC for each kind, their mean, and the worst against the better plain script."""
    means: dict[str, list[float]] = {}
    for name, kind in kinds.items():
        each: dict[str, list[float]] = {}
        for seed in SEEDS:
            planted = plant(kind, seed)
            more = {"oracle": oracle_of(planted.oracle)}
            for way, found in areas(planted.table, recipes, {**scripts, **more}, seed).items():
                each.setdefault(way, []).extend(found)
        for way, found in each.items():
            means.setdefault(way, []).append(float(np.mean(found)))
        print(f"{name}: " + ", ".join(f"{way} {np.mean(found):.3f}" for way, found in each.items()), flush=True)
    print("mean: " + ", ".join(f"{way} {np.mean(found):.3f}" for way, found in means.items()))
    if set(PLAIN) <= set(means):
        better = np.maximum(means["plain logistic"], means["plain XGBoost"])
        for recipe in recipes:
            print(f"{recipe}: against the better plain script at least {np.min(means[recipe] - better):+.3f}")


def changed_steps() -> dict[str, TreesRecipe]:
    """nac2026 with one step changed each."""
    recipe = RECIPES["nac2026"]
    jang = RECIPES["jang2025"]
    grid = replace(jang.classifier, parallel_trees=recipe.classifier.parallel_trees)
    return {
        "nac2026": recipe,
        "without ComBat": replace(recipe, harmonization=replace(recipe.harmonization, combat=False)),
        "mRMR by MIQ": replace(recipe, selection=replace(recipe.selection, method="MIQ")),
        "mRMR by FCQ": replace(recipe, selection=replace(recipe.selection, method="FCQ")),
        "clinical variables compete": replace(recipe, selection=replace(recipe.selection, keep_clinical=False)),
        "elimination": replace(recipe, elimination=Elimination(60, 3, 0.1)),
        "SMOTENC": replace(recipe, sampling=jang.sampling),
        "grid search": replace(recipe, classifier=grid),
        "single trees": replace(recipe, classifier=replace(recipe.classifier, parallel_trees=1)),
        "added as they are": replace(recipe, logistic=Logistic(recipe.logistic.inverse_penalty)),
        "trees alone": replace(recipe, logistic=None),
        "robust scaling": replace(recipe, scaling="robust"),
    }


def eliminations() -> dict[str, TreesRecipe]:
    """jang2025 with columns that go one by one, as published, and a tenth of those left at once."""
    recipe = RECIPES["jang2025"]
    assert recipe.elimination is not None
    return {"jang2025": recipe, "a tenth": replace(recipe, elimination=replace(recipe.elimination, at_once=0.1))}


def real(file: Path) -> None:
    """Real patients: pyradiomics features, age, HR, HER2, tumour volume and pcr, as MAMA-MIA's have them."""
    cases = pd.read_csv(file)
    images = [Column(name, name, group="MRI") for name in cases.columns if name.startswith("original_")]
    columns = (*images, *(clinical_column(name) for name in ("age", "HR", "HER2", "tumor_volume_mm3")))
    values = cases[[column.name for column in columns]].to_numpy(float)
    for trees in (False, True):  # with a logistic regression the logarithm of the volume is taken; scripts are given it
        used = values if trees else np.column_stack([values[:, :-1], np.log(values[:, -1])])
        table = Table(tuple(cases["patient_id"]), columns, used, cases["pcr"].to_numpy(), {})
        found: dict[str, list[float]] = {}
        for seed in SEEDS:
            for way, each in areas(table, RECIPES if trees else {}, {} if trees else PLAIN, seed).items():
                found.setdefault(way, []).extend(each)
        print(f"{file.name}: " + ", ".join(f"{way} {np.mean(each):.3f}" for way, each in found.items()), flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    words = sys.argv[1:] or ["choosing", "reporting", "steps"]
    while words:
        word = words.pop(0)
        if word == "real":
            real(Path(words.pop(0)))
        elif word == "steps":
            on_kinds(CHOOSING, changed_steps(), {})
        elif word == "elimination":
            large = {name: kind for name, kind in {**CHOOSING, **REPORTING}.items() if kind.patients >= 600}
            on_kinds(large, eliminations(), {})  # of 20 columns or fewer a tenth is one or two
        else:
            on_kinds({"choosing": CHOOSING, "reporting": REPORTING}[word], RECIPES, PLAIN)
