"""Feature sets of one or several training runs side by side: ``comparison.csv``, ``tests.csv`` and ``report.html``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, few
from ..evaluation.detectable import RELEVANT
from ..evaluation.partitioned import Average, HeldOut, average_metrics
from ..evaluation.verdict import Addition, Comparison, additions, compare_pairs, stated_additions
from ..output import whole_folder
from ..run_folder import PREDICTIONS, RUN
from ..training.saved_run import SavedRun, read_run
from ..writing import write_csv, write_json
from .figures.figure import Report, write_figures
from .page import RESEARCH_ONLY, environment, flattened
from .performance import METRIC_TITLES, decision_of, metric_figures_of, roc_of
from .style import SERIES

MARKER, OWN_FILES = "report.html", ("comparison.csv", "tests.csv", PREDICTIONS, RUN)
_SAME = {"endpoint": "endpoint", "positive_class": "positive class", "negative_class": "negative class"}


@dataclass(frozen=True)
class Sets:
    """Feature sets of all runs by a unique name, with what they share.

    Attributes:
        runs: the first of which lends endpoint, classes and partitions.
        held_out: predictions by name; ``set@run`` where a name alone is ambiguous.
        baselines: names of those without imaging.
        labels: of the sets as a reader knows them, by name.
    """

    runs: tuple[SavedRun, ...]
    held_out: Mapping[str, HeldOut]
    baselines: tuple[str, ...]
    labels: Mapping[str, str]

    def label_of(self, name: str) -> str:
        """As the run's recipe calls it, or as ``feature_sets.label_of``."""
        return self.labels[name]


def write_comparison(
    run_folders: Sequence[Path], output: Path, relevant: float | None = None, figures: Path | None = None
) -> tuple[Addition, ...]:
    """Compares runs and writes the folder, whole or not at all.

    Args:
        relevant: a gain in AUC that would matter; as the first run's recipe states it, if None.
        figures: a folder for each figure as a file (``write_figures``).

    Returns:
        Whether imaging adds to what is known without it.

    Raises:
        InputError: unusable runs, or runs of other partitions or another endpoint; what differs is named.
    """
    sets = gather([read_run(folder) for folder in run_folders])
    sizes, seed = sets.runs[0].part_sizes, int(sets.runs[0].about.get("seed", 0))
    tables = {code: list(compare_pairs(sets.held_out, *sizes, positive=code)) for code in (1, 0)}
    averages = {
        code: {name: average_metrics(held, positive=code, seed=seed) for name, held in sets.held_out.items()}
        for code in (1, 0)
    }
    added = _added(sets, sizes, relevant)
    report = _report(sets, averages, tables, added)
    classes = {code: str(sets.runs[0].about[f"{kind}_class"]) for code, kind in ((1, "positive"), (0, "negative"))}
    with whole_folder(output, MARKER, OWN_FILES) as partial:
        header = ["feature_set", "positive_class", "metric", "mean", "standard_deviation", "ci_low", "ci_high"]
        write_csv(partial / OWN_FILES[0], header, _rounded(_average_rows(averages, classes)))
        kinds = [f"{kind}_{name}" for kind in ("paired", "corrected") for name in ("t", "p", "ci_low", "ci_high")]
        header = ["first", "second", "positive_class", "metric", "difference", *kinds]
        write_csv(partial / OWN_FILES[1], header, _rounded(_test_rows(tables, classes)))
        header = ["feature_set", "partition", "patient_id", "y_true", "probability", "predicted"]
        write_csv(partial / PREDICTIONS, header, _prediction_rows(sets))
        write_json(partial / RUN, _about(sets, averages[1], added))
        (partial / MARKER).write_text(report.html, encoding="utf-8")
    if figures is not None:
        write_figures(figures, report.figures)
    return added


def _added(sets: Sets, sizes: tuple[float, float], relevant: float | None) -> tuple[Addition, ...]:
    """The comparisons that the runs' recipes stated beforehand, then the best imaging set against those without."""
    gain = relevant if relevant is not None else float(sets.runs[0].about.get("relevant_gain", RELEVANT))
    pairs = [tuple(pair) for run in sets.runs for pair in run.about.get("nested", ())]
    known = [pair for pair in dict.fromkeys(pairs) if set(pair) <= sets.held_out.keys()]
    best = additions(sets.held_out, sets.baselines, sizes, gain)
    stated = stated_additions(sets.held_out, known, sizes, gain)
    labels = sets.labels if any(run.of_signatures for run in sets.runs) else {}
    found = (*stated, *(one for one in best if (one.imaging, one.baseline) not in known))
    return tuple(replace(one, labels=labels) for one in found)


def gather(runs: Sequence[SavedRun]) -> Sets:
    """The feature sets of runs that can be compared.

    A set whose predictions are equal in several runs is taken once; where they differ, it bears its run's name, too.

    Raises:
        InputError: fewer than two sets, other partitions, another endpoint, or runs that cannot be distinguished.
    """
    first = runs[0]
    for other in runs[1:]:
        _check_same(first, other)
    distinct: list[tuple[str, SavedRun, HeldOut]] = []
    for run in runs:
        for name, held in run.held_out.items():
            if not any(name == other and _equal(held, known) for other, _, known in distinct):
                distinct.append((name, run, held))
    times = Counter(name for name, _, _ in distinct)
    keys = [name if times[name] == 1 else f"{name}@{run.folder.resolve().name}" for name, run, _ in distinct]
    if len(set(keys)) < len(keys):
        raise InputError("runs in folders of different names", "two of the same name", "rename one of them")
    held_out = {key: held for key, (_, _, held) in zip(keys, distinct, strict=True)}
    if len(held_out) < 2:
        raise InputError("two feature sets or more", f"{len(held_out)}", "give more runs")
    if len(first.parts) < 2:
        raise InputError("two partitions or more", "1", "train with more partitions")
    baselines = tuple(key for key, (name, run, _) in zip(keys, distinct, strict=True) if name in run.baselines)
    labels = {
        key: run.label_of(name) if key == name else f"{run.label_of(name)} ({key.partition('@')[2]})"
        for key, (name, run, _) in zip(keys, distinct, strict=True)
    }
    return Sets(tuple(runs), held_out, baselines, labels)


def _check_same(first: SavedRun, other: SavedRun) -> None:
    where = f"{first.folder} and {other.folder}"
    for key, name in _SAME.items():
        if first.about[key] != other.about[key]:
            found = f"'{first.about[key]}' and '{other.about[key]}' in {where}"
            raise InputError(f"runs of the same {name}", found, "compare runs of one endpoint")
    difference = _difference(first, other)
    if difference:
        raise InputError(
            "runs on the same partitions", f"{difference} in {where}", "train with --partitions-from of the other run"
        )


def _difference(first: SavedRun, other: SavedRun) -> str:
    """What differs between two runs' patients and partitions; empty if nothing."""
    if len(first.parts) != len(other.parts):
        return f"{len(first.parts)} and {len(other.parts)} partitions"
    ours, theirs = (frozenset().union(*(a | b for a, b in run.parts)) for run in (first, other))
    if ours != theirs:
        lone = sorted(ours ^ theirs)
        return f"patients in one of them only ({few(lone)})"
    differing = [number for number, pair in enumerate(zip(first.parts, other.parts, strict=True)) if pair[0] != pair[1]]
    if differing:
        return f"other parts in {len(differing)} of {len(first.parts)} partitions (first: {differing[0]})"
    outcomes = [dict(zip(held.patient, held.outcome, strict=True)) for held in (_any(first), _any(other))]
    changed = [first.patients[number] for number in outcomes[0] if outcomes[0][number] != outcomes[1][number]]
    return f"other outcomes of {few(sorted(changed))}" if changed else ""


def _any(run: SavedRun) -> HeldOut:
    return next(iter(run.held_out.values()))


def _equal(one: HeldOut, other: HeldOut) -> bool:
    order, others = (np.lexsort((held.patient, held.partition)) for held in (one, other))
    return all(
        np.array_equal(getattr(one, name)[order], getattr(other, name)[others]) for name in ("probability", "predicted")
    )


def _rounded(rows: Iterable[Any]) -> Iterable[Any]:
    return ([f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row] for row in rows)


def _average_rows(
    averages: Mapping[int, Mapping[str, Mapping[str, Average]]], classes: Mapping[int, str]
) -> Iterable[Any]:
    for code, sets in averages.items():
        for name, metrics in sets.items():
            for metric, value in metrics.items():
                yield name, classes[code], metric, value.mean, value.deviation, value.low, value.high


def _test_rows(tables: Mapping[int, Sequence[Comparison]], classes: Mapping[int, str]) -> Iterable[Any]:
    for code, rows in tables.items():
        for row in rows:
            figures = [(test.t, test.p, test.low, test.high) for test in (row.plain, row.corrected)]
            yield row.first, row.second, classes[code], row.metric, row.plain.difference, *figures[0], *figures[1]


def _prediction_rows(sets: Sets) -> Iterable[Any]:
    patients = sets.runs[0].patients
    for name, held in sets.held_out.items():
        columns = (held.partition, held.patient, held.outcome, held.probability, held.predicted)
        for partition, patient, outcome, probability, predicted in zip(*(c.tolist() for c in columns), strict=True):
            yield name, partition, patients[patient], outcome, probability, predicted


def _about(sets: Sets, averages: Mapping[str, Mapping[str, Average]], added: Sequence[Addition]) -> dict[str, Any]:
    """``run.json``: what the page says in words, and what its figures are drawn from."""
    return {
        **{key: sets.runs[0].about[key] for key in (*_SAME, "n_patients", "n_positive")},
        "runs": [str(run.folder) for run in sets.runs],
        "labels": {name: sets.label_of(name) for name in sets.held_out},
        "shown": _shown(sets, averages),
        "findings": [addition.sentence for addition in added],
        "synthetic": any(run.about["synthetic"] for run in sets.runs),
    }


def _shown(sets: Sets, averages: Mapping[str, Mapping[str, Average]]) -> list[str]:
    """The best set and those without imaging, which are drawn together."""
    best = max(sets.held_out, key=lambda name: averages[name]["auc"].mean)
    return list(dict.fromkeys([best, *sets.baselines]))[: len(SERIES)]


def _report(
    sets: Sets,
    averages: Mapping[int, Mapping[str, Mapping[str, Average]]],
    tables: Mapping[int, Sequence[Comparison]],
    added: tuple[Addition, ...],
) -> Report:
    about = sets.runs[0].about
    positive = str(about["positive_class"])
    best, *_ = shown = _shown(sets, averages[1])
    metric_figures = metric_figures_of(sets.held_out, sets.label_of, averages[1], positive)
    together = {sets.label_of(name): sets.held_out[name] for name in shown}
    roc, decision = roc_of(together, positive), decision_of(together, positive)
    html = (
        environment()
        .get_template("comparison.html.j2")
        .render(
            runs=sets.runs,
            held_out=sets.held_out,
            label_of=sets.label_of,
            studies=any(run.of_signatures for run in sets.runs),
            about=about,
            synthetic=any(run.about["synthetic"] for run in sets.runs),
            research_only=RESEARCH_ONLY,
            metrics=METRIC_TITLES,
            averages=averages,
            best=best,
            against_best={code: _against(rows, best) for code, rows in tables.items()},
            added=added,
            metric_figures=metric_figures,
            roc=roc,
            decision=decision,
            pairs=len(list(combinations(sets.held_out, 2))),
            provenance=[row for run in sets.runs for row in _provenance(run)],
        )
    )
    return Report(html, (*metric_figures, roc, decision))


def _against(rows: Sequence[Comparison], best: str) -> dict[str, dict[str, tuple[float, float, float]]]:
    """By other set and metric: best less other, p of the paired test, p of the corrected one."""
    found: dict[str, dict[str, tuple[float, float, float]]] = {}
    for row in rows:
        if best in (row.first, row.second):
            other, sign = (row.second, 1) if row.first == best else (row.first, -1)
            found.setdefault(other, {})[row.metric] = (sign * row.plain.difference, row.plain.p, row.corrected.p)
    return found


def _provenance(run: SavedRun) -> Iterable[tuple[str, str]]:
    keys = ("time", "recipe", "seed", "versions", "inputs")
    yield from flattened({run.folder.name: {key: run.about[key] for key in keys if key in run.about}})
