"""Time, memory and findings of training on synthetic cohorts of the published size, and on I-SPY; see README.md.

    python Testing/benchmarks/bench_train.py [deep] [wide] [large] [plain] [finds] [noise] [ispy] [--recipe NAME]

deep   177 patients, 3,072 deep and 7 clinical columns, ten partitions, the whole recipe, two processes; of jang2025 and
       nac2026, or of the recipe that is named
wide   the same with 12,288 deep columns
large  the same with 3,072 deep columns and 1,000 patients
plain  against a script of public pieces at a reduced size: time, and whether it selects the same
finds  3,072 + 614 columns with five known causes: how many are found, and the AUC beside that from the causes alone
noise  the same with shuffled outcomes: the mean AUC must be 0.5
ispy   clinical values and volume of real patients, beside the shipped model's procedure on the same partitions
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from NACResponseLib.config import resources  # noqa: E402
from NACResponseLib.evaluation.metrics import auc  # noqa: E402
from NACResponseLib.results.training import train  # noqa: E402
from NACResponseLib.training.clinical.procedure import fit_model  # noqa: E402
from NACResponseLib.training.clinical.recipe import load_clinical_recipe  # noqa: E402
from NACResponseLib.training.clinical.table import read_training_table  # noqa: E402
from NACResponseLib.training.cohort import read_cohort  # noqa: E402
from NACResponseLib.training.fitted import mean_auc  # noqa: E402
from NACResponseLib.training.recipes import strategy_of  # noqa: E402
from NACResponseLib.training.run import run_partitions  # noqa: E402
from NACResponseLib.training.trees.pipeline import inner_folds  # noqa: E402
from NACResponseLib.training.trees.recipe import load_trees_recipe  # noqa: E402
from Testing.library.training.synthetic import make, write_folder  # noqa: E402

WORKERS = 2
SEEDS = (1, 2, 3)
RECIPE = load_trees_recipe()


def peak_mib() -> float:
    """The largest memory of this process and of all its workers together, MiB; an upper bound."""
    own, largest_child = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own + WORKERS * largest_child


def whole_run(recipe: str, deep: int, limit_s: float, patients: int = 177) -> None:
    """``train``, with its comparators, the final model and all files but the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_folder(Path(name) / "features", make(patients, deep, seed=1))
        start = time.perf_counter()
        trained = train(folder, "pcr", Path(name) / "run", recipe, workers=WORKERS)
        seconds = time.perf_counter() - start
    sets = ", ".join(f"{name} {mean_auc(results):.3f}" for name, results in trained.fitted.results.items())
    size = f"{recipe}, {patients:,} patients, {deep:,} columns"
    print(f"{size}: {seconds:.0f} s (at most {limit_s:.0f}), {peak_mib():,.0f} MiB; AUC {sets}", flush=True)


def plain_script(table, train_rows, test_rows, recipe):
    """One partition by public pieces, as one would write it: names selected, setting, AUC."""
    from sklearn.feature_selection import RFECV, f_classif
    from sklearn.model_selection import GridSearchCV
    from sklearn.preprocessing import RobustScaler
    from xgboost import XGBClassifier

    frame, outcome = pd.DataFrame(table.values, columns=table.names), table.outcome
    kept = recipe.selection.kept(len(outcome))
    continuous = [column.name for column in table.columns if column.kind == "continuous"]
    scaler = RobustScaler().fit(frame.loc[train_rows, continuous])
    frame[continuous] = scaler.transform(frame[continuous])
    part, known = frame.iloc[train_rows], outcome[train_rows]

    def mrmr(names):
        relevance = pd.Series(f_classif(part[names], known)[0], names)
        chosen = [relevance.idxmax()]
        while len(chosen) < min(kept, len(names)):
            left = [name for name in names if name not in chosen]
            redundancy = pd.Series({name: part[chosen].corrwith(part[name]).abs().mean() for name in left})
            chosen.append((relevance[left] / redundancy).idxmax())
        return chosen

    groups = {group: [table.names[number] for number in table.in_group(group)] for group in ("MRI", "CT", "clinical")}
    joined = {*mrmr(groups["MRI"]), *mrmr(groups["CT"]), *groups["clinical"]}
    first = sorted(mrmr([name for name in table.names if name in joined]), key=table.names.index)
    folds = inner_folds(known, recipe)
    spec, grid = recipe.elimination, recipe.classifier
    ranking = XGBClassifier(n_estimators=spec.rounds, max_depth=spec.max_depth, learning_rate=spec.learning_rate)
    eliminated = RFECV(ranking, cv=folds, scoring="roc_auc").fit(part[first], known)
    names = list(np.array(first)[eliminated.support_])
    choices = {
        "max_depth": grid.max_depth,
        "learning_rate": grid.learning_rate,
        "min_child_weight": grid.min_child_weight,
        "n_estimators": grid.rounds,
    }
    classifier = XGBClassifier(
        subsample=grid.subsample[0],
        colsample_bytree=grid.colsample[0],
        num_parallel_tree=grid.parallel_trees,
        max_bin=grid.max_bin,
        random_state=recipe.validation.seed,
    )
    best = GridSearchCV(classifier, choices, cv=folds, scoring="roc_auc").fit(part[names], known)
    area = auc(outcome[test_rows], best.predict_proba(frame.iloc[test_rows][names])[:, 1])
    return names, best.best_params_, area


def against_plain(patients: int = 177, deep: int = 600, partitions: int = 4) -> None:
    """No harmonization, oversampling or constraints, one selection for all folds, by F and correlation: what the
    public pieces do."""
    recipe = replace(
        RECIPE,
        selection=replace(RECIPE.selection, method="FCQ"),
        monotone={},
        harmonization=replace(RECIPE.harmonization, combat=False),
        validation=replace(RECIPE.validation, select_in_folds=False),
    ).changed(oversample=False, partitions=partitions)
    table = make(patients, deep, seed=1).table
    drawn = strategy_of(recipe).draw(table.outcome)
    start = time.perf_counter()
    ours = run_partitions({"deep": table}, drawn, strategy_of(recipe), WORKERS)["deep"]
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    plain = [plain_script(table, *rows, recipe) for rows in drawn]
    plain_seconds = time.perf_counter() - start
    same = sum(list(result.selected) == names for result, (names, _, _) in zip(ours, plain, strict=True))
    areas = [float(np.mean([area for *_, area in plain])), mean_auc(ours)]
    print(
        f"plain script, {deep} columns, {partitions} partitions: {plain_seconds:.1f} s, ours {seconds:.1f} s, "
        f"{plain_seconds / seconds:.1f} times as fast; same columns in {same} of {partitions}; "
        f"AUC {areas[0]:.3f}, ours {areas[1]:.3f}",
        flush=True,
    )


def finds_causes() -> None:
    """The published size: 3,072 deep and 614 handcrafted columns."""
    gaps = []
    for seed in SEEDS:
        made = make(deep=3072, handcrafted=614, seed=seed, strength=2.0)
        tables = {"all": made.table, "causes": made.true_columns}
        results = run_partitions(tables, strategy_of(RECIPE).draw(made.table.outcome), strategy_of(RECIPE), WORKERS)
        found = [len(set(result.selected) & set(made.causes)) for result in results["all"]]
        areas = {name: mean_auc(each) for name, each in results.items()}
        gaps.append(areas["causes"] - areas["all"])
        print(
            f"causes, seed {seed}: {found} of 5 found among {np.mean([len(r.selected) for r in results['all']]):.1f}; "
            f"AUC {areas['all']:.3f}, from the causes alone {areas['causes']:.3f}",
            flush=True,
        )
    print(f"causes: mean difference {np.mean(gaps):.3f} (at most 0.03)")


def noise() -> None:
    """Shuffled outcomes, the whole recipe."""
    areas = []
    for seed in SEEDS:
        table = make(seed=seed).table
        outcome = np.random.default_rng(seed).permutation(table.outcome)
        recipe = RECIPE.changed(seed=seed)
        results = run_partitions(
            {"noise": replace(table, outcome=outcome)}, strategy_of(recipe).draw(outcome), strategy_of(recipe), WORKERS
        )
        areas.append(mean_auc(results["noise"]))
        print(f"shuffled outcomes, seed {seed}: AUC {areas[-1]:.3f}", flush=True)
    print(f"shuffled outcomes: mean AUC {np.mean(areas):.3f} (0.44 to 0.56)")


def ispy() -> None:
    """Real patients, with the shipped model's own depths and leaf size and without oversampling."""
    shipped = load_clinical_recipe("ispy-clinical-volume")
    grid = replace(RECIPE.classifier, max_depth=(2, 3), min_child_weight=(12.0,))
    variables = {"clinical_volume": ("age", "HR", "HER2", "tumor_volume_mm3")}
    recipe = replace(RECIPE, comparators=variables, classifier=grid).changed(oversample=False)
    table = read_training_table(shipped)
    with tempfile.TemporaryDirectory() as name:
        cases = pd.read_csv(resources() / "Models" / "ispy_clinical_volume.csv", dtype=str, keep_default_na=False)
        named = cases.rename(columns={"age_years": "age", "hr": "HR", "her2": "HER2"})
        named.to_csv(Path(name) / "cases.csv", index=False)
        cohort = read_cohort(Path(name), "pcr", recipe)
    assert cohort.patients == table.patients
    drawn = [rows for seed in SEEDS for rows in strategy_of(recipe.changed(seed=seed)).draw(cohort.outcome)]
    ours = mean_auc(run_partitions(cohort.tables, drawn, strategy_of(recipe), WORKERS)["clinical_volume"])
    theirs = []
    for number, (train_rows, test_rows) in enumerate(drawn):
        model = fit_model(table.values[train_rows], table.outcome[train_rows], shipped, repeats=1, seed=number)
        theirs.append(auc(table.outcome[test_rows], model.probability(table.values[test_rows], {})))
    print(f"I-SPY, {len(drawn)} partitions: AUC {ours:.4f}, the shipped model's procedure {np.mean(theirs):.4f}")


RECIPES = ("jang2025", "nac2026")
WHOLE_RUNS = {"deep": (3072, 240), "wide": (12288, 480), "large": (3072, 480, 1000)}
BENCHMARKS = {"plain": against_plain, "finds": finds_causes, "noise": noise, "ispy": ispy}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("benchmarks", nargs="*", default=[*WHOLE_RUNS, *BENCHMARKS])
    parser.add_argument("--recipe", nargs=1, default=RECIPES, help="of whole runs")
    asked = parser.parse_args()
    for benchmark in asked.benchmarks:
        if benchmark not in WHOLE_RUNS:
            BENCHMARKS[benchmark]()
            continue
        for name in asked.recipe:
            whole_run(name, *WHOLE_RUNS[benchmark])
