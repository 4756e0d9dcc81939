"""``extract_cohort``: the features of every patient of a table; the same call again goes on where it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from ..config import DEFAULT_PROTOCOL, worker_count
from ..errors import InputError, few
from ..packages import require
from .result import Result

if TYPE_CHECKING:
    import pandas as pd

    from ..cohort.check import Check
    from ..cohort.cluster import Certificates
    from ..cohort.extraction import Run
    from ..cohort.manifest import Manifest
    from ..cohort.plan import Settings, Task
    from ..cohort.results import Failure
    from ..execution.processes import Pool
    from ..protocol import Protocol

HANDCRAFTED = ("handcrafted",)
Lines: TypeAlias = Callable[[str], None] | None
"""Is called with lines of what is to be done."""


class ExtractionResult(Result):
    """Feature tables of a cohort, with its clinical records and a sheet of all contours.

    Example:
        >>> import NACResponseLib as nac
        >>> cohort = nac.ExtractionResult.load("features")
        >>> cohort.frame("radiomics").shape
        (120, 5)
    """

    marker, table, command, page = "run.json", "cases.csv", "extract", "qc/index.html"
    about_keys = ("n_patients", "n_finished", "feature_sets")

    @property
    def feature_sets(self) -> tuple[str, ...]:
        """Names of the feature tables there are."""
        from ..features.table import feature_tables

        return tuple(feature_tables(self.folder))

    def frame(self, feature_set: str | None = None) -> pd.DataFrame:
        """The patients' records, or a feature set's table; a row a patient.

        Raises:
            InputError: no such table.
        """
        from ..features.table import INDEX, read_table, table_file

        if feature_set is not None:
            return read_table(table_file(self.folder, feature_set)).values
        import pandas as pd

        return pd.read_csv(self.folder / self.table, dtype={INDEX: str}).set_index(INDEX)

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """The patients that failed, the stage, and the reason."""
        from ..cohort.results import read_failures

        return read_failures(self.folder)


def extract_cohort(
    cohort: str | Path,
    output: str | Path,
    protocol: str | Path | Protocol = DEFAULT_PROTOCOL,
    features: Sequence[str] = HANDCRAFTED,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    security: str | Path | None = None,
    device: str = "auto",
    as_csv: bool = False,
    strict: bool = False,
    command: str = "",
    lines: Lines = None,
    progress: TextIO | None = None,
) -> ExtractionResult:
    """Extracts a cohort's features. A patient that fails is left out and listed in ``failures.csv``.

    Args:
        cohort: ``COHORT.csv``, a row a patient; paths relative to it.
        output: folder, new or of an earlier call, which is gone on with.
        features: of ``handcrafted``, ``resnet10``, ``resnet18``, ``resnet34``, ``resnet50``.
        workers: processes here; all cores if None. A script must guard its entry point (``if __name__ == "__main__"``).
        scheduler: address of a Dask cluster that does the work instead.
        security: YAML file that names this machine's certificates, for a scheduler with TLS.
        device: ``auto``, ``cpu`` or ``cuda``, for deep features; of the cluster's workers, if there is one.
        as_csv: write each feature table as CSV, too; one that is there already is written anew in any case.
        strict: a file that cannot be read stops everything, not its patient alone.
        command: by which it was asked for; for ``run.json``.
        progress: a stream for how far it is.

    Raises:
        ManifestError: an InputError whose ``problems`` are all those of the table.
        InputError: anything else that cannot be used.

    Example:
        >>> import NACResponseLib as nac
        >>> cohort = nac.extract_cohort("COHORT.csv", "extracted", "protocol.yaml", workers=1)
        >>> cohort.feature_sets, cohort.failures
        (('handcrafted',), ())
    """
    from ..cohort.plan import plan
    from ..cohort.results import OWN, Cohort, write_results
    from ..cohort.store import open_store
    from ..report.contact_sheet import write_contact_sheet
    from ..report.thumbnail import contour_strip

    runner, pool = runner_of(workers, scheduler, security, device), pool_of(workers, scheduler, security)
    device_here = None if scheduler else device
    check = check_of(pool if scheduler else None, workers)
    manifest, settings = checked(cohort, protocol, features, check, device_here, strict=strict)
    folder = open_store(Path(output), OWN)
    tasks = list(plan(manifest, settings, folder, contour_strip, pool))
    _announce(lines, manifest, settings, len(tasks))
    failures = [*unreadable(manifest), *worked(tasks, settings, runner, device_here, progress)]
    order = {patient.patient_id: k for k, patient in enumerate(manifest.patients)}
    found = Cohort(manifest, settings, folder, tuple(sorted(failures, key=lambda one: order[one.patient_id])))
    write_results(found, Path(output), as_csv=as_csv, command=command, write_more=write_contact_sheet)
    return ExtractionResult(output)


def read_cohort_images(
    cohort: str | Path,
    output: str | Path,
    protocol: str | Path | Protocol = DEFAULT_PROTOCOL,
    features: Sequence[str] = HANDCRAFTED,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    security: str | Path | None = None,
    device: str = "auto",
    strict: bool = False,
    lines: Lines = None,
    progress: TextIO | None = None,
) -> dict[str, str | None]:
    """Reads what ``extract_cohort`` would, computes and writes nothing.

    Returns:
        Of each pending patient, why its files cannot be read; None where they can.
    """
    from ..cohort.extraction import read_here
    from ..cohort.plan import plan
    from ..cohort.store import FOLDER
    from ..execution.progress import Progress

    pool = pool_of(workers, scheduler, security)
    check, device_here = check_of(pool if scheduler else None, workers), None if scheduler else device
    manifest, settings = checked(cohort, protocol, features, check, device_here, strict=strict)
    tasks = list(plan(manifest, settings, Path(output) / FOLDER, pool=pool))
    _announce(lines, manifest, settings, len(tasks), columns=True)
    found: dict[str, str | None] = {patient: problem.reason for patient, problem in manifest.unreadable.items()}
    bar = Progress(len(tasks), progress)
    for outcome in read_here(tasks, worker_count(workers)):
        found[outcome.task.patient_id] = outcome.reason
        bar.step(outcome.task.patient_id, outcome.reason)
    return found


def checked(
    cohort: str | Path,
    protocol: str | Path | Protocol,
    features: Sequence[str],
    check: Check,
    device: str | None,
    *,
    strict: bool = False,
    **more: Any,
) -> tuple[Manifest, Settings]:
    """Cohort and settings, checked. Errors as ``extract_cohort``.

    Args:
        check: looks at the files.
        device: of this machine, for deep features; None where they are computed elsewhere.
    """
    require("pyarrow")
    from ..cohort.extraction import settings_for
    from ..cohort.manifest import read_manifest
    from ..features.handcrafted import engine_of
    from ..features.inference import choose_device
    from ..protocol import load_protocol

    engine_of()
    loaded = load_protocol(protocol) if isinstance(protocol, (str, Path)) else protocol
    settings = settings_for(loaded, features, **more)
    if settings.deep_sets and device is not None:
        choose_device(device)
    return read_manifest(Path(cohort), loaded, check, strict=strict), settings


def runner_of(workers: int | None, scheduler: str | None, security: str | Path | None, device: str = "auto") -> Run:
    """Where tasks run: processes here, or a Dask cluster, whose workers have the device.

    Raises:
        InputError: both asked for, no number of processes, or certificates that cannot be used.
    """
    from ..cohort.cluster import run_on_cluster
    from ..cohort.extraction import run_here

    if scheduler is None:
        return partial(run_here, workers=worker_count(workers))
    return partial(run_on_cluster, address=scheduler, certificates=_certificates(workers, security), device=device)


def pool_of(workers: int | None, scheduler: str | None, security: str | Path | None) -> Pool:
    """Where files and finished patients are looked at, as ``runner_of``."""
    from ..cohort.cluster import on_cluster
    from ..execution.processes import in_processes

    if scheduler is None:
        return partial(in_processes, workers=worker_count(workers))
    return partial(on_cluster, address=scheduler, certificates=_certificates(workers, security))


def check_of(cluster: Pool | None, workers: int | None) -> Check:
    """Where the table's files are looked at: on a cluster, or in processes here."""
    from ..cohort.check import apart, by_pool

    return apart(worker_count(workers)) if cluster is None else by_pool(cluster)


def _certificates(workers: int | None, security: str | Path | None) -> Certificates | None:
    from ..cohort.cluster import read_certificates

    if workers is not None:
        raise InputError("--workers or --scheduler", "both", "leave one out: the cluster has its own workers")
    return None if security is None else read_certificates(Path(security))


def worked(
    tasks: list[Task],
    settings: Settings,
    runner: Run,
    device: str | None,
    progress: TextIO | None,
    noun: str = "patients",
) -> list[Failure]:
    """Does the tasks; returns those that failed."""
    from ..cohort.extraction import extract
    from ..cohort.results import Failure
    from ..execution.progress import Progress

    bar, failures = Progress(len(tasks), progress, noun), []
    for outcome in extract(tasks, settings, runner, device):
        if outcome.stage is not None:
            failures.append(Failure(outcome.task.patient_id, outcome.stage, outcome.reason or ""))
        bar.step(outcome.task.patient_id, outcome.reason)
    return failures


def unreadable(manifest: Manifest) -> list[Failure]:
    """The patients whose files cannot be read."""
    from ..cohort.results import Failure

    return [Failure(name, "read", f"{one.column}: {one.reason}") for name, one in manifest.unreadable.items()]


def _announce(lines: Lines, manifest: Manifest, settings: Settings, todo: int, *, columns: bool = False) -> None:
    if lines is not None:
        for line in _planned(manifest, settings, todo):
            lines(line)
        for line in manifest.columns_in_words() if columns else ():
            lines(line)


def _planned(manifest: Manifest, settings: Settings, todo: int) -> Iterator[str]:
    protocol, count = settings.protocol, len(manifest.patients)
    yield f"{count} patients in {manifest.path.name}; protocol {protocol.name}, {', '.join(settings.feature_sets)}"
    for image, patients in manifest.missing(protocol).items():
        yield f"Without {image}, whose cells stay empty: {few(patients, 8)}"
    for problem in manifest.unreadable.values():
        yield f"{manifest.path.name}, {problem} (this patient is left out)"
    yield f"{count - todo - len(manifest.unreadable)} finished, {todo} to do"
