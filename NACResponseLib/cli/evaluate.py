"""``nacresponse evaluate``: external validation of a frozen model on another cohort."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import InputError
from ..output import check_folder
from ..packages import require

if TYPE_CHECKING:
    from ..evaluation.external import Estimate
    from ..validation.validate import ExternalValidation

_DESCRIPTION = """Scores every patient of FEATURES_DIR with a model as it is, nothing learned anew, and compares with
what happened: AUC, Brier score, calibration, net benefit, and what the model's own threshold gives, each with a 95 %
interval; whether its prediction sets and intervals hold; subgroups; how the patients differ from those the model was
trained on; and, with --against, whether the model adds to another one. Patients without an outcome are left out and
counted. Writes metrics.csv, predictions.csv, report.html, and subgroups.csv, coverage.csv (of prediction sets),
drift.csv and nested.csv where they apply. For a model without image features a cases.csv alone suffices, with
patient_id, the clinical columns, tumor_volume_mm3 and the outcome; menopausal_status and breast_density part the
patients where it has them. Exit status 1: some patients could not be scored, or no recalibrated model could be made."""
_SHOWN = 10
_GAINS = (0.001, 0.5)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``evaluate``."""
    parser = commands.add_parser(
        "evaluate", help="validate a model on another cohort", description=_DESCRIPTION, allow_abbrev=False
    )
    parser.add_argument("model", metavar="BUNDLE", help="a model's name or file")
    parser.add_argument("folder", metavar="FEATURES_DIR", type=Path, help="as 'nacresponse extract' writes it")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    parser.add_argument(
        "--against",
        metavar="BUNDLE",
        action="append",
        default=[],
        help="whether the model adds to this one; repeatable",
    )
    parser.add_argument(
        "--relevant-gain", metavar="AUC", type=float, default=0.05, help="a gain that matters, stated before (0.05)"
    )
    parser.add_argument(
        "--training", metavar="FEATURES_DIR", type=Path, help="the training patients' tables, to compare with"
    )
    parser.add_argument(
        "--recalibrate", action="store_true", help="write NAME-recalibrated.nacmodel, a new model; the old one stays"
    )
    parser.add_argument("--pdf", action="store_true", help="write the report as PDF, too")
    parser.add_argument(
        "--figures",
        metavar="DIR",
        type=Path,
        help="write each figure there, too, as SVG, PDF and PNG (300 dpi): roc, calibration, "
        "decision_curve; with --against decision_curve_1 ...",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Validates as the options say; 0 when done, 1 when some patients could not be scored."""
    from ..model.bundle import load_bundle
    from ..report.figures.figure import check_figures_folder
    from ..report.validation import MARKER, own_files, recalibrated_file, write_validation
    from ..validation.validate import validate

    if not _GAINS[0] <= options.relevant_gain <= _GAINS[1]:
        low, high = _GAINS
        raise InputError(f"--relevant-gain from {low:g} to {high:g}", f"{options.relevant_gain:g}", "correct it")
    require("matplotlib")
    if options.pdf:
        from ..report.pdf import pdf_printer

        pdf_printer()
    bundle = load_bundle(options.model)
    check_folder(options.output, MARKER, own_files(bundle.card))
    if options.figures is not None:
        check_figures_folder(options.figures, options.output)
    validation = validate(
        options.folder,
        bundle,
        against=[load_bundle(name) for name in options.against],
        training=options.training,
        relevant=options.relevant_gain,
    )
    provenance = {
        "model": {"name": bundle.card.name, "version": bundle.card.version, "sha256": bundle.sha256},
        "inputs": dict(validation.cohort.hashes),
        "relevant gain in AUC": options.relevant_gain,
        "software": {"NACResponse": __version__, "Python": platform.python_version()},
    }
    estimates = write_validation(
        options.output,
        validation,
        provenance=provenance,
        recalibrate=options.recalibrate,
        pdf=options.pdf,
        figures=options.figures,
    )
    for line in _said(validation, estimates):
        print(line)
    refused = options.recalibrate and validation.recalibration is None
    if options.recalibrate:
        _tell_recalibration(validation, options.output / recalibrated_file(bundle.card))
    for patient, reason in list(validation.cohort.failures.items())[:_SHOWN]:
        print(f"{patient}: {reason}", file=sys.stderr)
    print(f"Report: {options.output / MARKER}")
    print("Research use only: not for diagnosis or treatment decisions.")
    return 1 if validation.cohort.failures or refused else 0


def _said(validation: ExternalValidation, estimates: Sequence[Estimate]) -> Iterator[str]:
    from ..report.validation import TITLES
    from ..report.validation_summary import title_of

    cohort, card = validation.cohort, validation.bundle.card
    count, positives = len(cohort.patients), int(cohort.outcome.sum())
    yield title_of(validation)
    yield f"{count} {validation.kind}, {positives} with {card.positive_class}, the positive class; 95 % intervals"
    for one in estimates:
        interval = f"{one.value:.3f} ({one.ci_low:.3f} to {one.ci_high:.3f})"
        yield f"    {TITLES[one.metric][0]:<38} {interval if isfinite(one.value) else 'not defined for these patients'}"
    for against in validation.against:
        yield against.sentence
    for warning in cohort.warnings:
        yield f"Warning: {warning}"


def _tell_recalibration(validation: ExternalValidation, path: Path) -> None:
    if validation.recalibration is None:
        print(f"No recalibrated model: {validation.refusal}", file=sys.stderr)
    elif not validation.recalibrates:
        print("No recalibrated model: these patients give no clear sign that one is needed, which is no proof of none.")
    else:
        print(f"Recalibrated model ({validation.recalibration.method}), to be validated on yet other patients: {path}")
