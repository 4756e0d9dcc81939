"""``nacresponse extract``: a cohort's features as tables; the same command again goes on where the last one ended."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config import DEFAULT_PROTOCOL
from ..errors import InputError, few
from ..packages import require
from ..protocol import load_protocol
from .feature_sets import named_sets

if TYPE_CHECKING:
    from ..cohort.extraction import Run
    from ..cohort.manifest import Manifest
    from ..cohort.plan import Settings, Task
    from ..cohort.results import Cohort, Failure

_DESCRIPTION = """The features of every patient in COHORT.csv: features_<set>.parquet, cases.csv, failures.csv, run.json
and qc/index.html, a sheet of all contours to look through. COHORT.csv has a row a patient: patient_id, a column for
each image of the protocol, tumor_NAME and scanner_NAME for each of its contours, clinical variables and outcomes.
Images that the protocol calls 2D are single frames whose files tell their pixel size. PATH::NAME picks a series or
segment, PATH#N a phase. The table is checked whole before
anything is computed. Each finished patient is kept: running the same command again goes on, tries failed ones again,
and computes anew only what changed. Exit status 1: some patients failed, the others are written."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``extract``."""
    parser = commands.add_parser(
        "extract", help="extract a cohort's features", description=_DESCRIPTION, allow_abbrev=False
    )
    add_arguments(parser)
    parser.add_argument("--csv", action="store_true", help="write each feature table as CSV too")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="check the table, read every image and contour, say what is to be done, and stop",
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
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="for deep features (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Extracts the cohort that the options describe."""
    from ..cohort.plan import plan
    from ..cohort.results import OWN, Cohort, write_results
    from ..cohort.store import FOLDER, open_store
    from ..report.thumbnail import contour_strip

    require("radiomics", "pyarrow")
    runner = runner_of(options)
    manifest, settings = checked(options)
    if options.dry_run:
        tasks = list(plan(manifest, settings, options.output / FOLDER))
        print("\n".join(_planned(manifest, settings, len(tasks))), flush=True)
        return _tried(tasks, options)
    folder = open_store(options.output, OWN)
    tasks = list(plan(manifest, settings, folder, contour_strip))
    print("\n".join(_planned(manifest, settings, len(tasks))), flush=True)
    failures = worked(tasks, settings, runner, options.device)
    order = {patient.patient_id: k for k, patient in enumerate(manifest.patients)}
    cohort = Cohort(manifest, settings, folder, tuple(sorted(failures, key=lambda one: order[one.patient_id])))
    told = write_results(cohort, options.output, as_csv=options.csv, command=command_line())
    write_sheet(cohort, options.output)
    print(f"{told['n_finished']} of {told['n_patients']} patients are in {options.output}")
    if failures:
        print(f"{len(failures)} failed: see {options.output / 'failures.csv'}; the same command tries them again")
    print(f"Contours to check: {options.output / 'qc' / 'index.html'}")
    return 1 if failures else 0


def _tried(tasks: list[Task], options: argparse.Namespace) -> int:
    """Reads what is to be done as the run would, computes nothing, and says who would fail and why."""
    from ..cohort.progress import Progress
    from ..cohort.runner import read_here

    progress, failed = Progress(len(tasks), sys.stderr, "patients"), 0
    for outcome in read_here(tasks, _workers(options)):
        progress.step(outcome.task.patient_id, outcome.reason)
        failed += outcome.failed
    if failed:
        print(f"{failed} of {len(tasks)} cannot be read: the run would leave them out")
    return 1 if failed else 0


def checked(options: argparse.Namespace, **more: Any) -> tuple[Manifest, Settings]:
    """Cohort and settings, checked; every problem of the table is printed before the error is raised.

    Raises:
        InputError: anything that cannot be used.
    """
    from ..cohort.check import apart
    from ..cohort.extraction import settings_for
    from ..cohort.manifest import ManifestError, read_manifest

    protocol = load_protocol(options.protocol)
    settings = settings_for(protocol, named_sets(options.features), **more)
    if settings.deep_sets:
        from ..features.inference import choose_device

        choose_device(options.device)
    try:
        return read_manifest(options.cohort, protocol, apart(_workers(options))), settings
    except ManifestError as error:
        for problem in error.problems:
            print(f"{options.cohort.name}, {problem}", file=sys.stderr)
        raise


def runner_of(options: argparse.Namespace) -> Run:
    """Where the tasks run: processes here, or a Dask cluster.

    Raises:
        InputError: both asked for, or no number of processes.
    """
    from ..cohort.cluster import run_on_cluster
    from ..cohort.runner import run_here

    if options.scheduler is not None:
        if options.workers is not None:
            raise InputError("--workers or --scheduler", "both", "leave one out: the cluster has its own workers")
        return partial(run_on_cluster, address=options.scheduler)
    return partial(run_here, workers=_workers(options))


def _workers(options: argparse.Namespace) -> int:
    """How many processes to use here.

    Raises:
        InputError: none.
    """
    from ..cohort.workers import available_cores

    workers = available_cores() if options.workers is None else options.workers
    if workers < 1:
        raise InputError("at least 1 worker", f"{workers}", "correct --workers")
    return workers


def worked(tasks: list[Task], settings: Settings, runner: Run, device: str, noun: str = "patients") -> list[Failure]:
    """Does the tasks, with progress on standard error; returns those that failed."""
    from ..cohort.extraction import extract
    from ..cohort.progress import Progress
    from ..cohort.results import Failure

    progress = Progress(len(tasks), sys.stderr, noun)
    failures = []
    for outcome in extract(tasks, settings, runner, device):
        if outcome.stage is not None:
            failures.append(Failure(outcome.task.patient_id, outcome.stage, outcome.reason or ""))
        progress.step(outcome.task.patient_id, outcome.reason)
    return failures


def write_sheet(cohort: Cohort, output: Path) -> None:
    """Writes ``qc``: a page for every 200 patients."""
    from ..cohort.plan import HANDCRAFTED
    from ..cohort.quality import concerns
    from ..cohort.results import QC
    from ..features.table import read_table, table_file
    from ..output import whole_file
    from ..report.contact_sheet import contact_sheet

    patients = {patient.patient_id: patient for patient in cohort.manifest.patients}
    warnings = {patient.patient_id: record["warnings"] for patient, record in cohort.finished()}
    scored = HANDCRAFTED in cohort.settings.feature_sets
    features = read_table(table_file(output, HANDCRAFTED)).values if scored else None
    missing = cohort.manifest.missing(cohort.settings.protocol)
    pages = contact_sheet(
        cohort.manifest.path.stem,
        concerns(warnings, features),
        lambda name: cohort.record(patients[name]),
        missing,
        cohort.manifest.synthetic,
    )
    folder = output / QC
    folder.mkdir(exist_ok=True)
    written = set()
    for name, page in pages:
        written.add(name)
        with whole_file(folder / name) as stream:
            stream.write(page.encode())
    for file in folder.glob("*.html"):
        if file.name not in written:
            file.unlink()


def command_line() -> str:
    """The command as it was typed."""
    return shlex.join(["nacresponse", *sys.argv[1:]])


def _planned(manifest: Manifest, settings: Settings, todo: int) -> Iterator[str]:
    protocol, count = settings.protocol, len(manifest.patients)
    yield f"{count} patients in {manifest.path.name}; protocol {protocol.name}, {', '.join(settings.feature_sets)}"
    for image, patients in manifest.missing(protocol).items():
        yield f"Without {image}, whose cells stay empty: {few(patients, 8)}"
    yield f"{count - todo} finished, {todo} to do"
