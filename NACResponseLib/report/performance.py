"""The training report: one self-contained page on a run of ``nacresponse train``, like a journal's supplement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..evaluation.calibration import binned_calibration, calibration_metrics, smooth_calibration
from ..evaluation.decision_curve import net_benefit, net_benefit_of_all
from ..evaluation.detectable import EVENTS_PER_FEATURE
from ..evaluation.metrics import Confusion, confusion
from ..evaluation.partitioned import (
    ROC_GRID,
    Average,
    HeldOut,
    average_metrics,
    mean_roc,
    partition_metrics,
    pooled_calibration,
)
from ..evaluation.selection_frequency import count_origins, summarize
from ..evaluation.statistics import bootstrap_intervals
from ..evaluation.verdict import additions
from ..hashing import sha256_of_files
from ..output import whole_file
from ..run_folder import MODEL, REPORT
from ..training.saved_run import SAMPLINGS, SavedRun, read_run
from .checklists.clear import LEFT_TO_AUTHORS, clear
from .checklists.probast_ai import development_questions, internal_questions
from .checklists.tripod_ai import training_items
from .cohort_table import as_numbers, cohort_rows, feature_boxes
from .figures.figure import Report, ReportFigure, write_figures
from .figures.performance import calibration_figure, decision_figure, metric_figure, roc_figure
from .page import RESEARCH_ONLY, Numbering, environment, flattened
from .pdf import write_pdf
from .signatures import signature_figures, signature_sections
from .style import SERIES
from .warnings_in_words import events_per_feature, warnings_of

METRIC_TITLES = {
    "auc": "AUC",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "precision": "Precision",
    "f1": "F1",
}
SHORT_CLASSES = {
    "pcr": ("pCR", "non-pCR"),
    "responder": ("response", "no response"),
    "rcb01": ("RCB 0/I", "RCB II/III"),
    "apcr": ("apCR", "residual axillary disease"),
}
CURVE_DRAWS = 400


@dataclass(frozen=True)
class SamplingRow:
    """Calibration of out-of-fold probabilities with or without oversampling."""

    label: str
    brier: float
    slope: float
    intercept: float
    mean: float

    @property
    def refitted(self) -> bool:
        """Slope 1 and intercept 0 to three digits: recalibrated on these very predictions, which then say little."""
        return abs(self.slope - 1) < 1e-3 and abs(self.intercept) < 1e-3


def write_training_report(run_folder: Path, pdf: bool = False, figures: Path | None = None) -> None:
    """Writes ``report.html`` into a run's folder, whole or not at all, and ``report.pdf`` where asked for.

    Args:
        figures: a folder for each figure as a file (``write_figures``).

    Raises:
        InputError: a missing or unusable file of the run, files that contradict each other, or no PDF can be made.
    """
    report = training_report(read_run(run_folder))
    with whole_file(run_folder / REPORT) as stream:
        stream.write(report.html.encode("utf-8"))
    if pdf:
        write_pdf(run_folder / REPORT)
    if figures is not None:
        write_figures(figures, report.figures)


def training_report(run: SavedRun) -> Report:
    """The report as an HTML page, and its figures."""
    seed = int(run.about.get("seed", 0))
    final = run.held_out[run.final]
    positive = str(run.about["positive_class"])
    averages = {name: average_metrics(held, seed=seed) for name, held in run.held_out.items()}
    calibration = {name: pooled_calibration(held, seed=seed) for name, held in run.held_out.items()}
    labels = run.about.get("labels") or {}
    found = () if run.of_signatures else additions(run.held_out, run.baselines, run.part_sizes)
    added = [replace(one, labels=labels) for one in found]
    answered = {one.sentence for one in added}  # in the summary
    warnings = warnings_of(run, averages[run.final]["auc"], calibration[run.final])
    outcome = as_numbers(run.values["y_true"], "y_true").astype(np.int64)
    chosen = run.selected.get(run.final, ())
    samplings, sampling = _samplings(run, positive)
    metric_figures = metric_figures_of(run.held_out, run.label_of, averages, positive)
    roc, calibrated, decision = run_roc(run), run_calibration(run), run_decision_curve(run)
    boxes = feature_boxes(run.values, outcome, chosen, classes_of(run.about))
    study = signature_sections(run, seed) if run.of_signatures else None
    html = (
        environment()
        .get_template("training.html.j2")
        .render(
            run=run,
            about=run.about,
            research_only=RESEARCH_ONLY,
            label_of=run.label_of,
            metrics=METRIC_TITLES,
            averages=averages,
            reversed=_reversed(run, averages, seed),
            calibration=calibration,
            area=averages[run.final]["auc"],
            added=added,
            warnings=[text for text in warnings if text not in answered],
            cohort=cohort_rows(run.values, outcome, run.variables),
            cohort_counts=(outcome.size, int(outcome.sum()), int(outcome.size - outcome.sum())),
            metric_figures=metric_figures,
            roc=roc,
            counts=confusion(final.outcome, final.predicted),
            rates=_rates,
            thresholds=run.thresholds[run.final],
            calibration_figure=calibrated,
            samplings=samplings,
            sampling_figure=sampling,
            decision=decision,
            chosen=[row for row in chosen if row.recurrent],
            summary=summarize(chosen),
            origins=count_origins(chosen),
            boxes=boxes,
            events={name: events_per_feature(run, name) for name in run.held_out if run.selected.get(name)},
            least_events=EVENTS_PER_FEATURE,
            clear=clear(run),
            clear_left=LEFT_TO_AUTHORS,
            tripod=training_items(run),
            probast_development=development_questions(run),
            probast_evaluation=internal_questions(run),
            study=study,
            no=Numbering(),
            provenance=list(_provenance(run)),
            recipe=list(flattened(run.about.get("recipe_text") or {})),
        )
    )
    shown = [*metric_figures, roc, calibrated, decision, *(signature_figures(study) if study else [sampling]), *boxes]
    return Report(html, tuple(shown))


def classes_of(about: Mapping[str, Any]) -> tuple[str, str]:
    """Names of the positive and the negative class, short enough for an axis where the endpoint is known."""
    return SHORT_CLASSES.get(str(about["endpoint"]), (str(about["positive_class"]), str(about["negative_class"])))


def beside(run: SavedRun) -> list[str]:
    """What is drawn together: the final feature set and those without imaging; of a study of signatures every model."""
    others = run.held_out if run.of_signatures else run.baselines
    return list(dict.fromkeys([run.final, *run.baselines, *others]))[: len(SERIES)]


def _reversed(run: SavedRun, averages: Mapping[str, Mapping[str, Average]], seed: int) -> dict[str, dict[str, Average]]:
    """The same with the other class as the positive one."""
    return {name: average_metrics(held, positive=0, seed=seed) for name, held in run.held_out.items()}


def metric_figures_of(
    held_out: Mapping[str, HeldOut],
    label_of: Callable[[str], str],
    averages: Mapping[str, Mapping[str, Average]],
    positive: str,
) -> list[ReportFigure]:
    """AUC and balanced accuracy of each feature set: its average and every partition."""
    each = {name: partition_metrics(held) for name, held in held_out.items()}
    return [
        metric_figure(
            metric,
            METRIC_TITLES[metric],
            {label_of(name): (averages[name][metric], each[name][metric]) for name in held_out},
            positive,
        )
        for metric in ("auc", "balanced_accuracy")
    ]


def run_roc(run: SavedRun) -> ReportFigure:
    """ROC curves of the final model's partitions, and the mean curves of the models shown ``beside`` it."""
    return roc_of({run.label_of(name): run.held_out[name] for name in beside(run)}, str(run.about["positive_class"]))


def run_calibration(run: SavedRun) -> ReportFigure:
    """Calibration of the final model's held-out predictions."""
    seed = int(run.about.get("seed", 0))
    return calibration_of(run.label_of(run.final), run.held_out[run.final], str(run.about["positive_class"]), seed)


def run_decision_curve(run: SavedRun) -> ReportFigure:
    """Net benefit of the final model and of those ``beside`` it."""
    shown = {run.label_of(name): run.held_out[name] for name in beside(run)}
    return decision_of(shown, str(run.about["positive_class"]))


def roc_of(shown: Mapping[str, HeldOut], positive: str) -> ReportFigure:
    """ROC curves of models on the same partitions, by legend text; of the first one each partition's, too."""
    found = {text: mean_roc(held) for text, held in shown.items()}
    curves = next(iter(found.values()))[0]
    return roc_figure(ROC_GRID, curves, {text: mean for text, (_, mean) in found.items()}, positive)


def calibration_of(text: str, held: HeldOut, positive: str, seed: int) -> ReportFigure:
    """Groups of patients, and the smooth curve with its 95 % band where the predictions do not separate the classes."""

    def curves(weights: Any) -> dict[str, Any]:
        values = smooth_calibration(held.outcome, held.probability, weights[:, held.patient] * held.once)[1]
        return {str(place): column for place, column in enumerate(values.T)}

    groups = binned_calibration(held.outcome, held.probability, held.once)
    try:
        curve = smooth_calibration(held.outcome, held.probability, held.once)
    except InputError:  # the groups are shown alone
        return calibration_figure("calibration", {text: (groups, None)}, positive)
    band = bootstrap_intervals(curves, held.patients, draws=CURVE_DRAWS, seed=seed)
    low, high = np.array(list(band.values())).T
    return calibration_figure("calibration", {text: (groups, curve)}, positive, (low, high))


def _samplings(run: SavedRun, positive: str) -> tuple[list[SamplingRow], ReportFigure]:
    rows, series = [], {}
    for name, (outcome, probability) in run.out_of_fold.items():
        metrics = {key: float(value) for key, value in calibration_metrics(outcome, probability).items()}
        rows.append(
            SamplingRow(
                SAMPLINGS[name],
                metrics["brier"],
                metrics["calibration_slope"],
                metrics["calibration_intercept"],
                float(probability.mean()),
            )
        )
        try:
            curve = smooth_calibration(outcome, probability)
        except InputError:
            curve = None
        series[SAMPLINGS[name]] = (binned_calibration(outcome, probability, groups=5), curve)
    return rows, calibration_figure("sampling", series, positive)


def decision_of(shown: Mapping[str, HeldOut], positive: str, name: str = "decision_curve") -> ReportFigure:
    """Decision curves of models on the same partitions, each patient counting once; by legend text."""
    first = next(iter(shown.values()))
    share = float(np.average(first.outcome, weights=first.once))
    # From 1 % to well above the share of the positive class, at least to 50 %.
    thresholds = np.linspace(0.01, min(0.95, max(0.5, np.ceil((share + 0.3) * 10) / 10)), 95)
    models = {text: net_benefit(held.outcome, held.probability, thresholds, held.once) for text, held in shown.items()}
    return decision_figure(
        thresholds, models, net_benefit_of_all(first.outcome, thresholds, first.once), positive, name
    )


def _rates(counts: Confusion) -> dict[str, float]:
    """Shares of what is so in each row of the confusion matrix."""
    positives = float(counts.true_positive + counts.false_negative)
    negatives = float(counts.true_negative + counts.false_positive)
    return {
        "sensitivity": float(counts.true_positive) / positives,
        "specificity": float(counts.true_negative) / negatives,
    }


def _provenance(run: SavedRun) -> Any:
    keys = ("time", "recipe", "seed", "feature_sets", "stability", "versions", "inputs")
    yield from flattened({key: run.about[key] for key in keys if key in run.about})
    model = run.folder / MODEL
    if model.is_file():
        yield f"{MODEL} · sha256", sha256_of_files([model])
