"""``nacresponse evaluate``: external validation of a frozen model on another cohort."""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

from .. import __version__
from ..output import check_folder

_DESCRIPTION = """Scores every patient of FEATURES_DIR with a model as it is, nothing learned anew, and compares with
what happened: AUC, Brier score, calibration, and what the model's own threshold gives, each with a 95 % interval.
Writes metrics.csv, predictions.csv and report.html. For a model without image features a cases.csv alone suffices, with
patient_id, the clinical columns, tumor_volume_mm3 and the outcome. Exit status 1: some patients could not be scored."""
_SHOWN = 10


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``evaluate``."""
    parser = commands.add_parser(
        "evaluate", help="validate a model on another cohort", description=_DESCRIPTION, allow_abbrev=False
    )
    parser.add_argument("model", metavar="BUNDLE", help="a model's name or file")
    parser.add_argument("folder", metavar="FEATURES_DIR", type=Path, help="as 'nacresponse extract' writes it")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Validates as the options say; 0 when done, 1 when some patients could not be scored."""
    from ..report.validation import MARKER, OWN_FILES, TITLES, write_validation
    from ..scoring.bundle import load_bundle
    from ..scoring.cohort import score_cohort

    check_folder(options.output, MARKER, OWN_FILES)
    bundle = load_bundle(options.model)
    scored = score_cohort(options.folder, bundle)
    card, count, positives = bundle.card, len(scored.patients), int(scored.outcome.sum())
    kind = "synthetic patients" if scored.synthetic else "patients"
    estimates = write_validation(
        options.output,
        scored.patients,
        scored.outcome,
        scored.probability,
        card=card,
        threshold=bundle.threshold,
        cohort=f"{count} {kind}, {positives} with {card.positive_class}.",
        provenance={
            "model": {"name": card.name, "version": card.version, "sha256": bundle.sha256},
            "inputs": dict(scored.hashes),
            "software": {"NACResponse": __version__, "Python": platform.python_version()},
        },
        warnings=scored.warnings,
        synthetic=scored.synthetic,
    )
    print(f"{count} {kind}, {positives} with {card.positive_class}, the positive class; 95 % intervals")
    for one in estimates:
        print(f"    {TITLES[one.metric][0]:<26} {one.value:.3f} ({one.ci_low:.3f} to {one.ci_high:.3f})")
    for warning in scored.warnings:
        print(f"Warning: {warning}")
    for patient, reason in list(scored.failures.items())[:_SHOWN]:
        print(f"{patient}: {reason}", file=sys.stderr)
    print(f"Report: {options.output / MARKER}")
    print("Research use only: not for diagnosis or treatment decisions.")
    return 1 if scored.failures else 0
