"""``nacresponse train``: train and validate models on a cohort's feature tables, and ship the best one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import DEFAULT_RECIPE
from ..execution.progress import TimeLeft
from .options import RESEARCH_ONLY, add_figures, given, named_sets

if TYPE_CHECKING:
    from ..results.training import TrainingResult

_DESCRIPTION = """Trains every feature table in the folder, or the models that the recipe names, and beside them models
of clinical variables alone, on the same partitions; then refits the best imaging model, or the one the recipe calls
final, on all patients. Writes the tables of all figures, report.html and model.nacmodel. Interrupted, it goes on where
it was when it is started again in the same way."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``train``."""
    parser = commands.add_parser(
        "train", help="train and validate models on feature tables", description=_DESCRIPTION, allow_abbrev=False
    )
    parser.add_argument("features_dir", metavar="FEATURES_DIR", type=Path, help="as 'nacresponse extract' writes it")
    parser.add_argument(
        "--endpoint", metavar="NAME|FILE", help="pcr, responder, rcb01, apcr or a YAML file; default: the recipe's own"
    )
    parser.add_argument("--recipe", metavar="NAME|FILE", default=DEFAULT_RECIPE, help="default: %(default)s")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    parser.add_argument("--features", metavar="NAMES", help="handcrafted,resnet34; default: every table needed")
    parser.add_argument("--seed", metavar="N", type=int, help="of all that is drawn; default: the recipe's")
    parser.add_argument("--partitions", metavar="N", type=int, help="default: the recipe's")
    parser.add_argument("--partitions-from", metavar="FILE", type=Path, help="partitions.csv of an earlier run")
    parser.add_argument("--no-smote", dest="oversample", action="store_false", help="no synthetic patients are added")
    parser.add_argument(
        "--stability", metavar="DIR", type=Path, help="of 'nacresponse stability': leave unstable features out"
    )
    parser.add_argument(
        "--least-icc",
        metavar="ICC",
        dest="min_icc",
        type=float,
        help="lower bound of a stable feature's; default: 0.75",
    )
    parser.add_argument(
        "--review", metavar="FILE", type=Path, help="patients a reader rejected; default: review.csv in FEATURES_DIR"
    )
    parser.add_argument("--name", metavar="NAME", help="of the model; default: recipe, endpoint and feature set")
    parser.add_argument("--workers", metavar="N", type=int, help="processes; default: the processor's cores")
    parser.add_argument("--pdf", action="store_true", help="write the report as PDF, too")
    add_figures(
        parser,
        "auc, balanced_accuracy, roc, calibration, decision_curve, sampling, feature_01 ...; of signatures classifiers "
        "and nomogram instead of sampling",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Trains as the options say; 0 when done."""
    from ..results.training import train

    arguments = given(options)
    arguments["features"] = None if options.features is None else named_sets(options.features)
    result = train(**arguments, progress=_Progress())
    if sys.stdout.isatty():
        print()
    print("\n".join(_summary(result)))
    return 0


class _Progress:
    """One line that is written over on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._on_terminal = sys.stdout.isatty()
        self._with_time = TimeLeft()

    def __call__(self, line: str) -> None:
        line = self._with_time(line)
        print(f"\r\x1b[K{line}" if self._on_terminal else line, end="" if self._on_terminal else "\n", flush=True)


def _summary(result: TrainingResult) -> Iterator[str]:
    import numpy as np

    from ..evaluation.partitioned import partition_metrics
    from ..run_folder import MODEL, REPORT

    run = result.run
    over = "1 partition" if len(run.parts) == 1 else f"{len(run.parts)} partitions"
    yield f"Mean AUC over {over}; {run.about['positive_class']} is the positive class"
    width = max(20, *(len(run.label_of(name)) for name in run.held_out))
    for name, held in run.held_out.items():
        areas = partition_metrics(held)["auc"]
        deviation = f" (standard deviation {np.std(areas, ddof=1):.3f})" if len(areas) > 1 else ""
        yield f"    {run.label_of(name):<{width}} {np.mean(areas):.3f}{deviation}"
    for warning in run.about["warnings"]:
        yield f"Warning: {warning}"
    yield f"Final model: {run.label_of(run.final)}, {result.folder / MODEL}"
    yield f"Report: {result.folder / REPORT}"
    yield RESEARCH_ONLY
