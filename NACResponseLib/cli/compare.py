"""``nacresponse compare``: feature sets of training runs on the same partitions, side by side."""

from __future__ import annotations

import argparse
from pathlib import Path

from .options import RESEARCH_ONLY, add_figures, given

_DESCRIPTION = """Compares the feature sets of one or several training runs: mean and deviation of each metric over the
partitions, for either positive class; paired t-tests and, beside them, the corrected resampled test (Nadeau and Bengio
2003), which counts in that partitions overlap. The runs must be of the same endpoint, patients and partitions: train
with --partitions-from to make them so. Writes comparison.csv, tests.csv and report.html."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``compare``."""
    parser = commands.add_parser(
        "compare", help="compare training runs on the same partitions", description=_DESCRIPTION, allow_abbrev=False
    )
    parser.add_argument("runs", metavar="RUN_DIR", type=Path, nargs="+", help="a folder that 'train' wrote")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    parser.add_argument(
        "--relevant-gain", metavar="AUC", type=float, help="a gain that matters, stated before (the recipe's, or 0.05)"
    )
    add_figures(parser, "auc, balanced_accuracy, roc, decision_curve")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compares, writes, and says whether imaging adds anything; 0 when done."""
    from ..results.comparison import compare

    result = compare(**given(options))
    for finding in result.about["findings"]:
        print(finding)
    if not result.about["findings"]:
        print("No feature set with imaging beside one without it: nothing can be concluded on what imaging adds.")
    print(f"Report: {result.folder / result.page}")
    print(RESEARCH_ONLY)
    return 0
