"""The parts of a training report that only a study of signatures has: its models, how much of their fit is optimism,
comparisons stated beforehand, other classifiers, and the final model as a formula and a nomogram."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.bootstrap import DRAWS, auc_gap
from ..evaluation.paired_tests import PairedTest, corrected_resampled_t_test
from ..evaluation.partitioned import Average
from ..evaluation.selection_frequency import Selected, origin_of
from ..evaluation.verdict import stated_additions
from ..model.bundle import Bundle, load_bundle
from ..run_folder import MODEL
from ..scoring.nomogram import bundle_nomogram, scales
from ..training.saved_run import SavedRun
from ..training.saved_signatures import Predictions, read_signature_run
from .figures.figure import ReportFigure
from .figures.nomogram import nomogram_figure
from .figures.performance import metric_figure
from .nomogram_layout import nomogram_charts
from .ticks import unit_of, value_text

LOGISTIC = "logistic"
CLASSIFIERS = {
    LOGISTIC: "Logistic regression",
    "lda": "Linear discriminant analysis",
    "svm": "Support vector machine",
    "knn": "k nearest neighbours",
    "naive_bayes": "Naive Bayes",
    "random_forest": "Random forest",
    "xgboost": "XGBoost",
    "mlp": "Multilayer perceptron",
}
_STEPS = {
    "mann_whitney": "Mann-Whitney U test, p below {level:g}",
    "spearman": "Spearman correlation, of two above {most:g} one stays",
    "lasso": "LASSO, penalty by cross-validation ({rule})",
}
_BEYOND = {"signature": "1 unit", "binary": "positive against negative", "ordinal": "1 stage more"}


@dataclass(frozen=True)
class ModelRow:
    """A model and what it is made of, in words."""

    name: str
    label: str
    signatures: str
    clinical: str


@dataclass(frozen=True)
class GapRow:
    """AUC in the training part less AUC in the test part, over partitions.

    Attributes:
        apparent, held_out: medians.
        gap, low, high: median, least and largest difference.
        beyond: partitions whose 95 % bootstrap interval of the difference leaves out 0, of ``partitions``.
    """

    label: str
    apparent: float
    held_out: float
    gap: float
    low: float
    high: float
    beyond: int
    partitions: int


@dataclass(frozen=True)
class ClassifierRow:
    """A classifier over partitions, and its AUC less that of logistic regression; None for that itself."""

    label: str
    auc: Average
    brier: Average
    test: PairedTest | None


@dataclass(frozen=True)
class WeightRow:
    """A feature of a signature; ``share`` is its weight by that of the heaviest, ``times`` in how many partitions the
    final model selected it."""

    feature: Selected
    weight: float
    share: float


@dataclass(frozen=True)
class FormulaRow:
    """A term of the final model: log-odds and odds ratio for so much more of it, its range and points there."""

    label: str
    coefficient: float
    step: str
    odds_ratio: float
    ends: tuple[str, str]
    points: tuple[float, float]


def signature_sections(run: SavedRun, seed: int) -> dict[str, Any]:
    """What ``signatures.html.j2`` and the summary show.

    Raises:
        InputError: an unusable file of the run or model.
    """
    files = read_signature_run(run)
    path = run.folder / MODEL
    bundle = load_bundle(path) if path.is_file() else None
    classifiers = classifier_rows(files.classifiers, run.part_sizes)
    nomogram = () if bundle is None else nomogram_charts(bundle)
    return {
        "models": model_rows(run),
        "steps": [step_in_words(step) for step in run.recipe.get("selection") or ()],
        "stated": stated_sentences(run),
        "relevant": float(run.about.get("relevant_gain", 0.05)),
        "gaps": [gap_row(run, name, parts, seed) for name, parts in files.apparent.items()],
        "draws": DRAWS,
        "classifiers": classifiers,
        "classifier_figure": _classifier_figure(classifiers, files.classifiers, str(run.about["positive_class"])),
        "weights": {signature_label(run, name): weight_rows(run, rows) for name, rows in files.weights.items()},
        "formula": [] if bundle is None else formula_rows(bundle),
        "intercept": math.nan if bundle is None or (drawn := bundle_nomogram(bundle)) is None else drawn.intercept,
        "nomogram": nomogram,
        "nomogram_figures": {kind: nomogram_figure(kind, chart) for kind, chart in nomogram},
    }


def signature_figures(sections: Mapping[str, Any]) -> list[ReportFigure]:
    """The figures of ``signature_sections`` that are files, too; the nomogram for a phone is not."""
    found = [sections["classifier_figure"], sections["nomogram_figures"].get("wide")]
    return [each for each in found if each is not None]


def model_rows(run: SavedRun) -> list[ModelRow]:
    """Every model of the run in its order; comparators are clinical variables and, at most, the tumour's volume."""
    models, comparators = run.recipe.get("models") or {}, run.recipe.get("comparators") or {}
    rows = []
    for name in run.held_out:
        spec = models.get(name) or {}
        signatures = ", ".join(signature_label(run, each) for each in spec.get("signatures") or ())
        clinical = spec.get("clinical") or comparators.get(name) or ()
        rows.append(
            ModelRow(
                name,
                run.label_of(name),
                signatures,
                ", ".join(run.variables[each].label for each in clinical),
            )
        )
    return rows


def signature_label(run: SavedRun, name: str) -> str:
    """A signature as a reader knows it."""
    spec = (run.recipe.get("signatures") or {}).get(name) or {}
    return str(spec.get("label") or name)


def step_in_words(step: Mapping[str, Any]) -> str:
    """A step of the selection; one that is not known here by its own entries."""
    name = str(step.get("step"))
    try:
        return _STEPS[name].format(**step)
    except (KeyError, ValueError):
        return ", ".join(f"{key} {value}" for key, value in step.items())


def stated_sentences(run: SavedRun) -> list[str]:
    """The verdicts on the comparisons that the recipe states beforehand, by the corrected resampled t-test."""
    pairs = run.about.get("nested") or ()
    relevant = float(run.about.get("relevant_gain", 0.05))
    labels = {name: run.label_of(name) for name in run.held_out}
    stated = stated_additions(run.held_out, pairs, run.part_sizes, relevant)
    return [replace(added, labels=labels).sentence for added in stated]


def gap_row(run: SavedRun, name: str, parts: Sequence[Predictions], seed: int) -> GapRow:
    """A model's apparent against its held-out AUC in each partition (``bootstrap.auc_gap``); parts that lack a class
    are left out."""
    held, gaps = run.held_out[name], []
    for number, (outcome, probability) in enumerate(parts):
        rows = held.part(number)
        try:
            gaps.append(auc_gap(outcome, probability, held.outcome[rows], held.probability[rows], seed=seed))
        except InputError:
            continue
    if not gaps:
        return GapRow(run.label_of(name), math.nan, math.nan, math.nan, math.nan, math.nan, 0, 0)
    differences = [gap.difference for gap in gaps]
    beyond = sum(not gap.percentile[0] <= 0 <= gap.percentile[1] for gap in gaps)
    return GapRow(
        run.label_of(name),
        float(np.median([gap.first for gap in gaps])),
        float(np.median([gap.second for gap in gaps])),
        float(np.median(differences)),
        min(differences),
        max(differences),
        beyond,
        len(gaps),
    )


def classifier_rows(
    found: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], sizes: tuple[float, float]
) -> list[ClassifierRow]:
    """Means over partitions; intervals and tests count in that partitions overlap (Nadeau and Bengio 2003)."""
    rows = []
    for name, (area, score) in found.items():
        test = None
        if name != LOGISTIC and LOGISTIC in found:
            test = _paired(area, found[LOGISTIC][0], sizes)
        rows.append(ClassifierRow(CLASSIFIERS.get(name, name), _average(area, sizes), _average(score, sizes), test))
    return rows


def _average(values: NDArray[np.float64], sizes: tuple[float, float]) -> Average:
    test = _paired(values, np.zeros_like(values), sizes)
    if test is None:
        mean = float(np.mean(values[np.isfinite(values)])) if np.isfinite(values).any() else math.nan
        return Average(mean, math.nan, math.nan, math.nan)
    return Average(test.difference, float(values.std(ddof=1)), test.low, test.high)


def _paired(first: NDArray[np.float64], second: NDArray[np.float64], sizes: tuple[float, float]) -> PairedTest | None:
    if len(first) < 2 or not np.isfinite(first - second).all():
        return None
    return corrected_resampled_t_test(first, second, *sizes)


def _classifier_figure(
    rows: Sequence[ClassifierRow], found: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], positive: str
) -> ReportFigure | None:
    series = {row.label: (row.auc, each[0]) for row, each in zip(rows, found.values(), strict=True)}
    return metric_figure("classifiers", "AUC", series, positive) if series else None


def weight_rows(run: SavedRun, rows: Sequence[tuple[str, float]]) -> list[WeightRow]:
    """A signature's features with what is known of them."""
    times = {each.feature: each for each in run.selected.get(run.final, ())}
    most = max((abs(weight) for _, weight in rows), default=0.0) or 1.0
    return [
        WeightRow(
            times.get(feature) or Selected(feature, origin_of(feature, run.variables), 0, len(run.parts)),
            weight,
            abs(weight) / most,
        )
        for feature, weight in rows
    ]


def formula_rows(bundle: Bundle) -> list[FormulaRow]:
    """The terms of a bundle's nomogram, calibration included; a volume on the log scale by its doubling."""
    drawn, shown = bundle_nomogram(bundle), scales(bundle)
    rows = []
    for variable in drawn.variables if drawn is not None else ():
        scale = shown[variable.name]
        per, step = 1.0, _BEYOND.get(scale.kind, f"1 {unit_of(scale)}".strip())
        if scale.log:
            per, step = math.log(2), "doubling"
        elif scale.unit == "mm³":
            per = 1000.0
        coefficient = variable.coefficient * per
        ends = (variable.low, variable.high)
        unit = f" {unit_of(scale)}" if unit_of(scale) else ""
        first, last = (value_text(variable, scale, end) for end in ends)
        low, high = (float(drawn.points(variable.name, end)) for end in ends) if drawn else (0.0, 0.0)
        rows.append(
            FormulaRow(
                variable.label or variable.name,
                coefficient,
                step,
                math.exp(coefficient),
                (first, last + unit),
                (low, high),
            )
        )
    return rows
