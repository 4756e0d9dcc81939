"""``nacresponse stability``: how well each feature survives another reader's contour."""

from __future__ import annotations

import argparse
import sys

from ..packages import require
from .extract import add_arguments, checked, command_line, runner_of, worked

_DESCRIPTION = """Repeats extraction with every contour moved a little at random (by up to half a voxel as a whole, and
by a smooth displacement of about a voxel) and writes stability_<set>.csv: each feature's intraclass correlation,
ICC(1,1), with its 95 % interval. The same command again goes on where the last one ended."""
STABLE = 0.75


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
    from ..cohort.results import Failure
    from ..cohort.stability import OWN, TABLE, replicates_of, stability_tasks, write_stability
    from ..cohort.store import open_store

    require("radiomics", "pyarrow")
    manifest, settings = checked(options)
    replicates = replicates_of(settings, options.replicates, options.seed, options.amplitude_mm)
    runner = runner_of(options)
    folder = open_store(options.output, OWN)
    tasks = stability_tasks(manifest, replicates, folder)
    total = len(manifest.patients) * len(replicates)
    print(f"{len(manifest.patients)} patients, {len(replicates)} replicates: {len(tasks)} of {total} to do", flush=True)
    failures: dict[str, Failure] = {}
    for failure in worked(tasks, settings, runner, options.device, noun="replicates"):
        failures.setdefault(failure.patient_id, failure)
    found = write_stability(manifest, replicates, folder, options.output, failures, command_line())
    for name, features in found.items():
        stable = sum(one.low >= STABLE for one in features.values())
        print(f"{name}: {stable} of {len(features)} features have an ICC(1,1) of at least {STABLE} at the lower bound")
        print(f"  {options.output / TABLE.format(name)}")
    if failures:
        print(
            f"{len(failures)} patients failed and are left out: see {options.output / 'failures.csv'}", file=sys.stderr
        )
    return 1 if failures else 0
