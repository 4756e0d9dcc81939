"""``nacresponse evaluate``: external validation of a frozen model on another cohort."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from .options import RESEARCH_ONLY, add_figures, given

if TYPE_CHECKING:
    from ..results.validation import ValidationResult

_DESCRIPTION = """Scores every patient of FEATURES_DIR with a model as it is, nothing learned anew, and compares with
what happened: AUC, Brier score, calibration, net benefit, and what the model's own threshold gives, each with a 95 %
interval; whether its prediction sets and intervals hold; subgroups; how the patients differ from those the model was
trained on; and, with --against, whether the model adds to another one. Patients without an outcome are left out and
counted. Writes metrics.csv, predictions.csv, report.html, and subgroups.csv, coverage.csv (of prediction sets),
drift.csv and nested.csv where they apply. For a model without image features a cases.csv alone suffices, with
patient_id, the clinical columns, tumor_volume_mm3 and the outcome; menopausal_status and breast_density define
subgroups where it has them. Exit status 1: some patients could not be scored, or no recalibrated model could be
made."""
_SHOWN = 10


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
        "--review", metavar="FILE", type=Path, help="patients a reader rejected; default: review.csv in FEATURES_DIR"
    )
    parser.add_argument(
        "--recalibrate", action="store_true", help="write NAME-recalibrated.nacmodel, a new model; the old one stays"
    )
    parser.add_argument("--pdf", action="store_true", help="write the report as PDF, too")
    add_figures(parser, "roc, calibration, decision_curve; with --against decision_curve_1 ...")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Validates as the options say; 0 when done, 1 when some patients could not be scored."""
    from ..results.validation import validate

    result = validate(**given(options))
    print("\n".join(_summary(result)))
    failures, refusal = result.about["failures"], result.about["recalibration"]["refusal"]
    if options.recalibrate:
        _print_recalibration(result)
    for patient, reason in list(failures.items())[:_SHOWN]:
        print(f"{patient}: {reason}", file=sys.stderr)
    print(f"Report: {result.folder / result.page}")
    print(RESEARCH_ONLY)
    return 1 if failures or (options.recalibrate and refusal) else 0


def _summary(result: ValidationResult) -> Iterator[str]:
    from ..report.validation import TITLES

    about = result.about
    count = f"{about['n_patients']} {about['patients']}, {about['n_positive']} with {about['positive_class']}"
    yield about["title"]
    yield f"{count}, the positive class; 95 % intervals"
    for metric, value, low, high in result.frame().itertuples(index=False):
        interval = f"{value:.3f} ({low:.3f} to {high:.3f})" if isfinite(value) else "not defined for these patients"
        yield f"    {TITLES[metric][0]:<38} {interval}"
    yield from about["comparisons"]
    for warning in about["warnings"]:
        yield f"Warning: {warning}"


def _print_recalibration(result: ValidationResult) -> None:
    from ..report.validation import recalibrated_file

    found = result.about["recalibration"]
    if found["refusal"]:
        print(f"No recalibrated model: {found['refusal']}", file=sys.stderr)
    elif found["method"] is None:
        print("No recalibrated model: these patients give no clear sign that one is needed; that is no proof.")
    else:
        path = result.folder / recalibrated_file(result.about["model_name"])
        print(f"Recalibrated model ({found['method']}), to be validated on yet other patients: {path}")
