"""An external validation as files: ``metrics.csv``, ``predictions.csv``, ``report.html``, and what else applies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.equivalence import MARGINS
from ..evaluation.external import Estimate, calibration_errors, external_metrics
from ..evaluation.logistic import logit, sigmoid
from ..evaluation.metrics import confusion
from ..evaluation.partitioned import HeldOut, roc_curve
from ..evaluation.reclassification import CAVEATS, SUMMARY_LABELS
from ..evaluation.subgroups import SMALLEST_CLASS
from ..model.bundle import SUFFIX, save_bundle
from ..model.card import ModelCard
from ..model.recalibrated import NAME_ENDING
from ..output import whole_folder
from ..validation.validate import ExternalValidation, ModelComparison
from ..writing import write_csv, write_json
from .checklists import Item
from .checklists.probast_ai import external_questions
from .checklists.tripod_ai import evaluation_items
from .figures.figure import Report, ReportFigure, write_figures
from .figures.performance import roc_figure
from .page import RESEARCH_ONLY, environment, flattened
from .performance import calibration_of, decision_of
from .validation_checks import CHECK_TITLES, check_estimates
from .validation_summary import TESTS, few_events, findings, title_of
from .validation_tables import COVERAGE, DRIFT, NESTED, SUBGROUPS, tables

MARKER, PDF, METRICS, PREDICTIONS, RUN = "report.html", "report.pdf", "metrics.csv", "predictions.csv", "run.json"
TITLES = {
    "auc": ("Area under the ROC curve", "1 (chance 0.5)"),
    "brier": ("Brier score", "0"),
    "calibration_slope": ("Calibration slope", "1"),
    "calibration_intercept": ("Calibration intercept (in the large)", "0"),
    "observed_expected": ("Observed / expected", "1"),
    "balanced_accuracy": ("Balanced accuracy", "1 (chance 0.5)"),
    "sensitivity": ("Sensitivity", "1"),
    "specificity": ("Specificity", "1"),
    "precision": ("Positive predictive value (precision)", "1"),
    "f1": ("F1", "1"),
    "npv": ("Negative predictive value", "1"),
    "ici": ("Integrated calibration index (ICI)", "0"),
    "e50": ("Calibration error, median (E50)", "0"),
    "e90": ("Calibration error, 90th centile (E90)", "0"),
    **CHECK_TITLES,
}
FEW_EVENTS = 100
"""Patients of a class below which an external validation is imprecise (Vergouwe et al., J Clin Epidemiol 2005)."""
Scores = Mapping[str, NDArray[np.float64]]
"""Probabilities (n,) by the model's name."""
_MAX_INPUTS = 25


@dataclass(frozen=True)
class Moved:
    """A probability before and after recalibration."""

    before: float
    after: float


def own_files(card: ModelCard) -> tuple[str, ...]:
    """What a validation of this model may consist of besides ``report.html``.

    Raises:
        InputError: a model whose name cannot be a file's.
    """
    return (METRICS, PREDICTIONS, RUN, SUBGROUPS, COVERAGE, DRIFT, NESTED, PDF, recalibrated_file(card.name))


def recalibrated_file(name: str) -> str:
    """``NAME-recalibrated.nacmodel``, by the model's name. Errors as ``own_files``."""
    if not name.strip(". ") or any(letter in '/\\:*?"<>|' or not letter.isprintable() for letter in name):
        raise InputError("a model with a name that a file can have", f"'{name[:40]}'", "do not use this bundle")
    return f"{name}{NAME_ENDING}{SUFFIX}"


def write_validation(
    output: Path,
    validation: ExternalValidation,
    *,
    provenance: Mapping[str, Any] | None = None,
    recalibrate: bool = False,
    pdf: bool = False,
    figures: Path | None = None,
    seed: int = 0,
) -> tuple[Estimate, ...]:
    """Writes the folder, whole or not at all.

    Args:
        provenance: hashes, versions.
        recalibrate: write the recalibrated bundle, where there is one to be made.
        pdf: write ``report.pdf``, too.
        figures: a folder for each figure as a file (``write_figures``).

    Returns:
        The rows of ``metrics.csv``.

    Raises:
        InputError: an output folder with other files or that cannot be written.
    """
    bundle, cohort = validation.bundle, validation.cohort
    estimates = (
        *external_metrics(cohort.outcome, cohort.probability, bundle.threshold, seed=seed),
        *calibration_errors(cohort.outcome, cohort.probability, seed=seed),
        *check_estimates(validation.checks),
    )
    with whole_folder(output, MARKER, own_files(bundle.card)) as partial:
        header = ["metric", "value", "ci_low", "ci_high"]
        write_csv(partial / METRICS, header, [(e.metric, e.value, e.ci_low, e.ci_high) for e in estimates])
        rows = zip(cohort.patients, cohort.outcome.tolist(), cohort.probability.tolist(), strict=True)
        write_csv(partial / PREDICTIONS, ["patient_id", "y_true", "probability"], list(rows))
        for name, head, lines in tables(validation):
            write_csv(partial / name, head, lines)
        written = recalibrate and validation.recalibrates
        if written:
            save_bundle(validation.recalibrated_bundle(), partial / recalibrated_file(bundle.card.name))
        report = _report(validation, estimates, provenance or {}, written, seed)
        write_json(partial / RUN, _about(validation, provenance or {}, seed))
        (partial / MARKER).write_text(report.html, encoding="utf-8")
        if pdf:
            from .pdf import write_pdf

            write_pdf(partial / MARKER)
    if figures is not None:
        write_figures(figures, report.figures)
    return estimates


def _about(validation: ExternalValidation, provenance: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """``run.json``: what the tables and the page say in words, and what their figures are drawn from."""
    cohort, card, found = validation.cohort, validation.bundle.card, validation.recalibration
    method = found.method if found is not None and validation.recalibrates else None
    return {
        "model_name": card.name,
        "endpoint": card.endpoint,
        "positive_class": card.positive_class,
        "threshold": validation.bundle.threshold,
        "title": title_of(validation),
        "patients": validation.kind,
        "n_patients": len(cohort.patients),
        "n_positive": int(cohort.outcome.sum()),
        "synthetic": cohort.synthetic or card.demonstration,
        "seed": seed,
        "comparisons": [against.sentence for against in validation.against],
        "warnings": list(cohort.warnings),
        "failures": dict(cohort.failures),
        "recalibration": {"method": method, "refusal": validation.refusal if found is None else ""},
        **provenance,
    }


def _report(
    validation: ExternalValidation,
    estimates: Sequence[Estimate],
    provenance: Mapping[str, Any],
    written: bool,
    seed: int,
) -> Report:
    bundle, cohort = validation.bundle, validation.cohort
    card, outcome, probability = bundle.card, cohort.outcome, cohort.probability
    by_name = _by_metric(estimates)
    positives = int(outcome.sum())
    shown = outcome, {card.name: probability}, card.positive_class
    roc, calibration, decision = scores_roc(*shown), scores_calibration(*shown, seed), scores_decision_curve(*shown)
    compared = [(one, _compared(number, one, card)) for number, one in enumerate(validation.against)]
    html = (
        environment()
        .get_template("validation.html.j2")
        .render(
            validation=validation,
            card=card,
            threshold=bundle.threshold,
            synthetic=cohort.synthetic or card.demonstration,
            research_only=RESEARCH_ONLY,
            found=findings(validation, by_name, seed),
            estimates=estimates,
            by_metric=_by_metric,
            titles=TITLES,
            trained={metric.name: metric for metric in card.metrics},
            patients=outcome.size,
            positives=positives,
            counts=confusion(outcome, probability >= bundle.threshold),
            warnings=[*cohort.warnings, *few_events(positives, outcome.size, card, FEW_EVENTS)],
            roc=roc,
            calibration=calibration,
            decision=decision,
            compared=compared,
            caveats=CAVEATS,
            margins=MARGINS,
            summary_labels=SUMMARY_LABELS,
            tests=TESTS,
            tested=sum(not math.isnan(t.p) for a in validation.subgroups for t in a.interactions),
            smallest_class=SMALLEST_CLASS,
            inputs={item.name: item.label for item in bundle.inputs},
            drifted=sorted(validation.drift.features, key=_shown_first)[:_MAX_INPUTS],
            moved=list(_moved(validation)),
            file=recalibrated_file(card.name),
            written=written,
            provenance=list(flattened(provenance)),
            tripod=_checklist(validation, provenance, written),
            probast=external_questions(patients=outcome.size, positives=positives, learned_from=cohort.learned_from),
        )
    )
    return Report(html, (roc, calibration, decision, *(figure for _, figure in compared)))


def _checklist(validation: ExternalValidation, provenance: Mapping[str, Any], written: bool) -> list[Item]:
    card, cohort = validation.bundle.card, validation.cohort
    return evaluation_items(
        positive_class=card.positive_class,
        negative_class=card.negative_class,
        patients=len(cohort.outcome),
        positives=int(cohort.outcome.sum()),
        synthetic=cohort.synthetic or card.demonstration,
        subgroups=[analysis.variable for analysis in validation.subgroups],
        drift=True,
        recalibrated=written,
        unscored=len(cohort.failures),
        learned_from=cohort.learned_from,
        provenance=provenance,
    )


def _by_metric(estimates: Sequence[Estimate]) -> dict[str, Estimate]:
    return {estimate.metric: estimate for estimate in estimates}


def _compared(number: int, against: ModelComparison, card: ModelCard) -> ReportFigure:
    name = f"decision_curve_{number + 1}"
    return scores_decision_curve(against.outcome, against.probabilities, card.positive_class, name)


def _shown_first(row: Any) -> tuple[bool, float]:
    """Inputs that differ most come first, those of which nothing is known last."""
    return math.isnan(row.difference), -abs(row.difference) if not math.isnan(row.difference) else -row.outside


def _moved(validation: ExternalValidation) -> Iterator[Moved]:
    """What recalibration does to a low, a middling and a high probability of these patients."""
    found = validation.recalibration
    if found is not None and validation.recalibrates:
        for before in np.quantile(validation.cohort.probability, [0.1, 0.5, 0.9]):
            yield Moved(float(before), float(sigmoid(found.intercept + found.slope * logit(before))))


def scores_roc(outcome: NDArray[Any], probabilities: Scores, positive_class: str) -> ReportFigure:
    """The ROC curve of one model's probabilities (n,)."""
    ((name, probability),) = probabilities.items()
    curve = roc_curve(outcome, probability)
    return roc_figure(curve[:, 0], [], {name: curve[:, 1]}, positive_class)


def scores_calibration(
    outcome: NDArray[Any], probabilities: Scores, positive_class: str, seed: int = 0
) -> ReportFigure:
    """Groups of patients, and the smooth curve of one model with its 95 % band."""
    ((name, probability),) = probabilities.items()
    return calibration_of(name, HeldOut.of_cohort(outcome, probability), positive_class, seed)


def scores_decision_curve(
    outcome: NDArray[Any], probabilities: Scores, positive_class: str, name: str = "decision_curve"
) -> ReportFigure:
    """Net benefit of models on the same patients, the first one in front."""
    shown = {model: HeldOut.of_cohort(outcome, values) for model, values in probabilities.items()}
    return decision_of(shown, positive_class, name)
