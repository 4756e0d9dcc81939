"""``nacresponse stability``: how well each feature survives another reader's contour."""

from __future__ import annotations

import argparse
import sys

from .extract import add_arguments, arguments, problems_shown
from .options import command_line

_DESCRIPTION = """Repeats extraction with every contour moved a little at random (by up to half a voxel as a whole, and
by a smooth displacement of about a voxel) and writes stability_<set>.csv: each feature's intraclass correlation,
ICC(1,1), with its 95 % interval. The same command again goes on where the last one ended."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``stability``."""
    parser = commands.add_parser(
        "stability", help="find the features that survive another contour", description=_DESCRIPTION, allow_abbrev=False
    )
    add_arguments(parser)
    parser.add_argument("--replicates", metavar="N", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--amplitude-mm", metavar="MM", type=float, help="of the displacement (default: one voxel)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="default: %(default)s")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measures the stability of the cohort that the options describe."""
    from ..cohort.stability import TABLE
    from ..results.stability import STABLE, stability

    with problems_shown(options.cohort):
        result = stability(**arguments(options), command=command_line())
    for name, features in result.frame().groupby("feature_set", sort=False):
        stable = int((features["ci_low"] >= STABLE).sum())
        print(f"{name}: {stable} of {len(features)} features have an ICC(1,1) of at least {STABLE} at the lower bound")
        print(f"  {options.output / TABLE.format(name)}")
    failed = len(result.failures)
    if failed:
        print(f"{failed} patients failed and are left out: see {options.output / 'failures.csv'}", file=sys.stderr)
    return 1 if failed else 0
