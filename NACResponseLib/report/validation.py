"""An external validation as files: ``metrics.csv``, ``predictions.csv`` and ``report.html``."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..evaluation.calibration import binned_calibration, smooth_calibration
from ..evaluation.confusion import confusion
from ..evaluation.decision_curve import net_benefit, net_benefit_of_all
from ..evaluation.external import Estimate, external_metrics
from ..evaluation.partitioned import roc_curve
from ..evaluation.statistics import bootstrap_intervals
from ..output import whole_file, whole_folder
from ..scoring.card import ModelCard
from .charts.performance import calibration_chart, decision_chart, roc_chart
from .charts.plane import Chart
from .page import RESEARCH_ONLY, environment, figure, flattened
from .performance import decision_thresholds

MARKER, OWN_FILES = "report.html", ("metrics.csv", "predictions.csv")
TITLES = {
    "auc": ("Area under the ROC curve", "1 (chance 0.5)"),
    "brier": ("Brier score", "0"),
    "calibration_slope": ("Calibration slope", "1"),
    "calibration_intercept": ("Calibration intercept", "0"),
    "balanced_accuracy": ("Balanced accuracy", "1 (chance 0.5)"),
    "sensitivity": ("Sensitivity", "1"),
    "specificity": ("Specificity", "1"),
    "precision": ("Precision", "1"),
    "f1": ("F1", "1"),
}
FEW_EVENTS = 100
"""Patients of a class below which an external validation is imprecise (Vergouwe et al., J Clin Epidemiol 2005)."""
_CURVE_DRAWS = 400
_REMEDY = "give the folder that 'nacresponse evaluate' wrote, unchanged"


def write_validation(
    output: Path,
    patients: Sequence[str],
    outcome: ArrayLike,
    probability: ArrayLike,
    *,
    card: ModelCard,
    threshold: float,
    cohort: str = "",
    provenance: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    synthetic: bool = False,
    seed: int = 0,
) -> tuple[Estimate, ...]:
    """Validates a frozen model on scored patients and writes the folder, whole or not at all.

    Args:
        patients: (n,) names.
        outcome: (n,), 1 where the model's positive class was reached, else 0.
        probability: (n,) of that class, by the model.
        card: of the model.
        threshold: of the model, as it ships.
        cohort: on whom it was validated, in a sentence.
        provenance: hashes, versions.
        warnings: in words.
        synthetic: the patients are made up.

    Raises:
        InputError: outcomes or probabilities that cannot be used, or an output folder with other files.
    """
    estimates = external_metrics(outcome, probability, threshold, seed=seed)
    with whole_folder(output, MARKER, OWN_FILES) as partial:
        header = ["metric", "value", "ci_low", "ci_high"]
        _write(partial / OWN_FILES[0], header, [(e.metric, e.value, e.ci_low, e.ci_high) for e in estimates])
        rows = zip(patients, np.asarray(outcome).astype(int), np.asarray(probability, dtype=float), strict=True)
        _write(partial / OWN_FILES[1], ["patient_id", "y_true", "probability"], list(rows))
        write_validation_report(
            partial,
            card=card,
            threshold=threshold,
            cohort=cohort,
            provenance=provenance,
            warnings=warnings,
            synthetic=synthetic,
            seed=seed,
        )
    return estimates


def write_validation_report(
    folder: Path,
    *,
    card: ModelCard,
    threshold: float,
    cohort: str = "",
    provenance: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    synthetic: bool = False,
    seed: int = 0,
) -> None:
    """Writes ``report.html`` from the folder's ``metrics.csv`` and ``predictions.csv``. Arguments as above.

    Raises:
        InputError: a missing or unusable file.
    """
    estimates = [Estimate(name, *numbers) for name, *numbers in _read(folder / OWN_FILES[0], 3)]
    rows = _read(folder / OWN_FILES[1], 2)
    outcome = np.array([row[1] for row in rows]).astype(int)
    probability = np.array([row[2] for row in rows], dtype=float)
    if not estimates or not 0 < outcome.sum() < outcome.size:
        raise InputError("metrics, and predictions of both classes", f"others in {folder}", _REMEDY)
    counts = confusion(outcome, probability >= threshold)
    page = (
        environment()
        .get_template("validation.html.j2")
        .render(
            card=card,
            threshold=threshold,
            cohort=cohort,
            synthetic=synthetic or card.demonstration,
            research_only=RESEARCH_ONLY,
            estimates=estimates,
            titles=TITLES,
            by_name={estimate.metric: estimate for estimate in estimates},
            trained={metric.name: metric for metric in card.metrics},
            patients=outcome.size,
            positives=int(outcome.sum()),
            counts=counts,
            warnings=[*warnings, *_own_warnings(outcome, estimates, card)],
            roc=_roc(outcome, probability, card),
            calibration=_calibration(outcome, probability, card, seed),
            decision=_decision(outcome, probability, card),
            provenance=list(flattened(provenance or {})),
        )
    )
    with whole_file(folder / MARKER) as stream:
        stream.write(page.encode("utf-8"))


def _own_warnings(outcome: NDArray[Any], estimates: Sequence[Estimate], card: ModelCard) -> list[str]:
    positives = int(outcome.sum())
    rarer, name = min((positives, card.positive_class), (outcome.size - positives, card.negative_class))
    told = []
    if rarer < FEW_EVENTS:
        told.append(
            f"{rarer} {'patient' if rarer == 1 else 'patients'} with {name}: intervals are wide; {FEW_EVENTS} of each "
            "class are asked for in an external validation."
        )
    found = {estimate.metric: estimate for estimate in estimates}
    area, slope = found.get("auc"), found.get("calibration_slope")
    if area and area.ci_low <= 0.5:
        told.append("The interval of the AUC reaches 0.5: here the model may be no better than chance.")
    if slope and slope.ci_high < 1:
        told.append(f"Predicted probabilities are too extreme here (calibration slope {figure(slope.value, 2)}).")
    shift = found.get("calibration_intercept")
    if shift and (shift.ci_low > 0 or shift.ci_high < 0):
        more = "more" if shift.value > 0 else "less"
        told.append(
            f"{card.positive_class[:1].upper()}{card.positive_class[1:]} is {more} frequent here than predicted."
        )
    return told


def _roc(outcome: NDArray[Any], probability: NDArray[Any], card: ModelCard) -> Chart:
    curve = roc_curve(outcome, probability)
    return roc_chart(curve[:, 0], [], {card.name: curve[:, 1]}, card.positive_class)


def _calibration(outcome: NDArray[Any], probability: NDArray[Any], card: ModelCard, seed: int) -> Chart:
    groups = binned_calibration(outcome, probability)

    def curves(weights: NDArray[Any]) -> dict[str, NDArray[Any]]:
        return {
            str(place): column for place, column in enumerate(smooth_calibration(outcome, probability, weights)[1].T)
        }

    try:
        curve = smooth_calibration(outcome, probability)
    except InputError:  # separated classes have no curve: the groups are shown alone
        return calibration_chart("calibration", {card.name: (groups, None)}, card.positive_class)
    low, high = np.array(list(bootstrap_intervals(curves, outcome.size, draws=_CURVE_DRAWS, seed=seed).values())).T
    return calibration_chart("calibration", {card.name: (groups, curve)}, card.positive_class, (low, high))


def _decision(outcome: NDArray[Any], probability: NDArray[Any], card: ModelCard) -> Chart:
    thresholds = decision_thresholds(float(outcome.mean()))
    model = net_benefit(outcome, probability, thresholds)
    return decision_chart(thresholds, {card.name: model}, net_benefit_of_all(outcome, thresholds), card.positive_class)


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([repr(float(cell)) if isinstance(cell, float) else cell for cell in row] for row in rows)


def _read(path: Path, numbers: int) -> list[tuple[Any, ...]]:
    """Rows of a name and so many numbers, the header left out."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.reader(stream))[1:]
        return [(row[0], *map(float, row[1 : numbers + 1])) for row in rows]
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise InputError(f"the table {path.name} of a validation", f"{path}: {error}", _REMEDY) from None
