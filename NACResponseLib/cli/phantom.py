"""``nacresponse phantom``: a synthetic cohort to learn, test and time the program with."""

from __future__ import annotations

import argparse
import sys

_DESCRIPTION = """Makes a cohort of digital phantoms: contrast-enhanced T1, T2 and chest CT of synthetic patients, their
tumour contours, clinical variables and outcomes. No real patient is in it. The folder holds COHORT.csv, which
"nacresponse extract" reads; truth.csv, from which the outcomes were drawn; and README.txt, which tells how. A patient
takes about three seconds and 3 MB."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``phantom``."""
    parser = commands.add_parser("phantom", help="make a synthetic cohort", description=_DESCRIPTION)
    parser.add_argument("--patients", type=int, required=True, metavar="N", help="number of patients, at least 1")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder to make; it must be new or empty")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="another number makes another cohort (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Makes the cohort; 0 when done.

    Raises:
        InputError: a number of patients below 1, a negative seed, or an output folder that is not empty.
    """
    from ..phantom import make_cohort

    on_terminal = sys.stdout.isatty()

    def report(done: int, name: str) -> None:
        line = f"{done} of {args.patients} patients, {name}"
        print(f"\r{line}" if on_terminal else line, end="" if on_terminal else "\n", flush=True)

    table = make_cohort(args.patients, args.output, args.seed, report=report)
    if on_terminal:
        print()
    print(f"{args.patients} synthetic patients are listed in {table}")
    return 0
