"""``nacresponse extract``: a cohort's features as tables; the same command again goes on where the last one ended."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ..config import DEFAULT_PROTOCOL
from .options import command_line, given, named_sets

_DESCRIPTION = """The features of every patient in COHORT.csv: features_<set>.parquet, cases.csv, failures.csv, run.json
and qc/index.html, a sheet of all contours to look through. COHORT.csv has a row a patient: patient_id, a column for
each image of the protocol, tumor_NAME and scanner_NAME for each of its contours, clinical variables and outcomes.
Images that the protocol calls 2D are single frames whose files state their pixel size. PATH::NAME picks a series or
segment, PATH#N a phase. The table is checked whole before
anything is computed. Each finished patient is kept: running the same command again goes on, tries failed ones again,
and computes anew only what changed; a file above 4 MiB counts as unchanged while its size and times stay. Exit status
1: some patients failed, the others are written."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``extract``."""
    parser = commands.add_parser(
        "extract", help="extract a cohort's features", description=_DESCRIPTION, allow_abbrev=False
    )
    add_arguments(parser)
    parser.add_argument("--csv", action="store_true", help="write each feature table as CSV too")
    parser.add_argument(
        "--strict", action="store_true", help="stop where an image or contour cannot be read, instead of leaving it out"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="check the table, say what its columns were taken for, read every image and contour, and stop",
    )
    parser.set_defaults(run=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what all commands on a cohort's images have in common."""
    parser.add_argument("cohort", metavar="COHORT.csv", type=Path, help="a row a patient; paths relative to it")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True)
    parser.add_argument("--protocol", metavar="NAME|FILE", default=DEFAULT_PROTOCOL, help="default: %(default)s")
    parser.add_argument(
        "--features",
        metavar="SET,...",
        default="handcrafted",
        help="of handcrafted, resnet10, resnet18, resnet34, resnet50 (default: %(default)s)",
    )
    parser.add_argument("--workers", metavar="N", type=int, help="processes, one core each (default: all cores)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster that does the work instead")
    parser.add_argument("--security", metavar="FILE", type=Path, help="certificates for a scheduler with TLS (YAML)")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="for deep features (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Extracts the cohort that the options describe."""
    from ..results.extraction import extract_cohort, read_cohort_images

    with problems_shown(options.cohort):
        if options.dry_run:
            reasons = read_cohort_images(**arguments(options)).values()
            failed = sum(reason is not None for reason in reasons)
            if failed:
                print(f"{failed} of {len(reasons)} cannot be read: the run would leave them out")
            return 1 if failed else 0
        result = extract_cohort(**arguments(options), as_csv=options.csv, command=command_line())
    about = result.about
    print(f"{about['n_finished']} of {about['n_patients']} patients are in {options.output}")
    if about["n_failed"]:
        print(f"{about['n_failed']} failed: see {options.output / 'failures.csv'}; the same command tries them again")
    print(f"Contours to check: {options.output / 'qc' / 'index.html'}")
    return 1 if about["n_failed"] else 0


def arguments(options: argparse.Namespace) -> dict[str, Any]:
    """What all functions on a cohort's images take."""
    from ..cohort.cluster import is_open

    if options.scheduler and is_open(options.scheduler):
        print(f"Warning: {options.scheduler} is not encrypted, and anyone who reaches it can use it: see SECURITY.md")
    arguments = given(options)
    for name in ("dry_run", "csv"):
        arguments.pop(name, None)
    arguments["features"] = named_sets(options.features)
    return {**arguments, "lines": partial(print, flush=True), "progress": sys.stderr}


@contextmanager
def problems_shown(table: Path) -> Iterator[None]:
    """Prints every problem of a cohort's table before the error that sums them up."""
    from ..cohort.manifest import ManifestError

    try:
        yield
    except ManifestError as error:
        for problem in error.problems:
            print(f"{table.name}, {problem}", file=sys.stderr)
        raise
