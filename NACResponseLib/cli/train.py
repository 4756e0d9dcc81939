"""``nacresponse train``: train and validate models on a cohort's feature tables, and ship the best one."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import DEFAULT_RECIPE
from ..errors import InputError
from ..packages import require
from .feature_sets import named_sets

if TYPE_CHECKING:
    from ..training.train import Trained

_DESCRIPTION = """Trains every feature table in the folder, or the models that the recipe names, and beside them models
of clinical variables alone, on the same partitions; then refits the best imaging model, or the one the recipe calls
final, on all patients. Writes the tables of all figures, report.html and model.nacmodel. Interrupted, it goes on where
it was when it is started again in the same way."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``train``."""
    parser = commands.add_parser(
        "train", help="train and validate models on feature tables", description=_DESCRIPTION, allow_abbrev=False
    )
    parser.add_argument("folder", metavar="FEATURES_DIR", type=Path, help="as 'nacresponse extract' writes it")
    parser.add_argument("--endpoint", metavar="NAME", help="pcr, responder, rcb01 or apcr; default: the recipe's own")
    parser.add_argument("--recipe", metavar="NAME|FILE", default=DEFAULT_RECIPE, help="default: %(default)s")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    parser.add_argument("--features", metavar="NAMES", help="handcrafted,resnet34; default: every table needed")
    parser.add_argument("--seed", metavar="N", type=int, help="of all that is drawn; default: the recipe's")
    parser.add_argument("--partitions", metavar="N", type=int, help="default: the recipe's")
    parser.add_argument("--partitions-from", metavar="FILE", type=Path, help="partitions.csv of an earlier run")
    parser.add_argument("--no-smote", action="store_true", help="do not oversample the smaller class")
    parser.add_argument(
        "--stability", metavar="DIR", type=Path, help="of 'nacresponse stability': leave unstable features out"
    )
    parser.add_argument(
        "--least-icc", metavar="ICC", type=float, help="lower bound of a stable feature's ICC; default: 0.75"
    )
    parser.add_argument("--name", metavar="NAME", help="of the model; default: recipe, endpoint and feature set")
    parser.add_argument("--workers", metavar="N", type=int, help="processes; default: the processor's cores")
    parser.add_argument("--pdf", action="store_true", help="write the report as PDF, too")
    parser.add_argument(
        "--figures",
        metavar="DIR",
        type=Path,
        help="write each figure there, too, as SVG, PDF and PNG (300 dpi): auc, balanced_accuracy, roc, calibration, "
        "decision_curve, sampling, feature_01 ...; of signatures classifiers and nomogram instead of sampling",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Trains as the options say; 0 when done."""
    from ..report.figures.figure import check_figures_folder
    from ..report.pdf import pdf_printer
    from ..report.performance import write_training_report
    from ..training.stability import MIN_ICC
    from ..training.train import train
    from ..training.workers import available_cores

    require("pyarrow", "imblearn", "matplotlib", "neuroCombat")
    if options.figures is not None:
        check_figures_folder(options.figures, options.output)
    if options.pdf:
        pdf_printer()
    workers = available_cores() if options.workers is None else options.workers
    if workers < 1:
        raise InputError("at least 1 worker", f"{workers}", "correct --workers")
    if options.partitions is not None and options.partitions_from is not None:
        raise InputError("--partitions or --partitions-from", "both", "leave one out")
    if options.least_icc is not None and options.stability is None:
        raise InputError("--stability with --least-icc", "no --stability", "give the folder of 'nacresponse stability'")
    trained = train(
        options.folder,
        options.endpoint,
        options.output,
        options.recipe,
        features=None if options.features is None else named_sets(options.features),
        seed=options.seed,
        partitions=options.partitions,
        partitions_from=options.partitions_from,
        oversample=not options.no_smote,
        stability=options.stability,
        least_icc=MIN_ICC if options.least_icc is None else options.least_icc,
        workers=workers,
        name=options.name,
        report=_Progress(),
        finish=partial(write_training_report, pdf=options.pdf, figures=options.figures),
    )
    _tell(trained)
    return 0


class _Progress:
    """One line that is written over on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._on_terminal = sys.stdout.isatty()

    def __call__(self, line: str) -> None:
        print(f"\r\x1b[K{line}" if self._on_terminal else line, end="" if self._on_terminal else "\n", flush=True)


def _tell(trained: Trained) -> None:
    import numpy as np

    from ..endpoints import endpoint_named
    from ..run_folder import MODEL, REPORT
    from ..training.results import aucs
    from ..training.run_warnings import run_warnings

    done, endpoint = trained.run, endpoint_named(trained.run.endpoint)
    if sys.stdout.isatty():
        print()
    over = "1 partition" if len(done.partitions) == 1 else f"{len(done.partitions)} partitions"
    print(f"Mean AUC over {over}; {endpoint.positive_class} is the positive class")
    width = max(20, *(len(done.label(name)) for name in done.results))
    for name, results in done.results.items():
        areas = aucs(results)
        deviation = f" (standard deviation {np.std(areas, ddof=1):.3f})" if len(areas) > 1 else ""
        print(f"    {done.label(name):<{width}} {np.mean(areas):.3f}{deviation}")
    for warning in run_warnings(done, synthetic=done.cohort.synthetic):
        print(f"Warning: {warning}")
    print(f"Final model: {done.label(done.final.feature_set)}, {trained.folder / MODEL}")
    print(f"Report: {trained.folder / REPORT}")
    print("Research use only: not for diagnosis or treatment decisions.")
