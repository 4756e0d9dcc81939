"""``stability``: which features survive another reader's contour."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..config import DEFAULT_PROTOCOL
from .extraction import HANDCRAFTED, Lines, check_of, checked, pool_of, runner_of, worked
from .result import Result, write_page

if TYPE_CHECKING:
    import pandas as pd

    from ..cohort.results import Failure
    from ..protocol import Protocol

STABLE = 0.75
"""Lower bound of the ICC at and above which a feature counts as stable (Koo and Li, J Chiropr Med 2016: good)."""


class StabilityResult(Result):
    """Each feature's intraclass correlation under contours moved at random.

    Example:
        >>> import NACResponseLib as nac
        >>> moved = nac.StabilityResult.load("stable")
        >>> moved.frame("handcrafted")["n_replicates"].unique().tolist()
        [2]
    """

    marker, about_file, command = "stability.json", "stability.json", "stability"

    def frame(self, feature_set: str | None = None) -> pd.DataFrame:
        """A row a feature: ``feature_set``, ``feature``, ``icc`` with its 95 % interval, numbers of patients and
        replicates; of all feature sets if None."""
        import pandas as pd

        files = {file.stem.removeprefix("stability_"): file for file in sorted(self.folder.glob("stability_*.csv"))}
        tables = {name: pd.read_csv(file) for name, file in files.items() if feature_set in (None, name)}
        return pd.concat(tables, names=["feature_set"]).reset_index("feature_set").reset_index(drop=True)

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """The patients that failed in any replicate and are left out, the stage, and the reason."""
        from ..cohort.results import read_failures

        return read_failures(self.folder)

    def report(self, path: str | Path) -> Path:
        """Writes a page with every feature, the least stable ones first."""
        from ..report.page import RESEARCH_ONLY, environment

        rows = self.frame().sort_values(["ci_low", "feature"], na_position="first")
        page = environment().get_template("stability.html.j2")
        html = page.render(about=self.about, rows=rows.to_dict("records"), stable=STABLE, research_only=RESEARCH_ONLY)
        return write_page(html.encode(), Path(path))


def stability(
    cohort: str | Path,
    output: str | Path,
    protocol: str | Path | Protocol = DEFAULT_PROTOCOL,
    features: Sequence[str] = HANDCRAFTED,
    *,
    replicates: int = 5,
    amplitude_mm: float | None = None,
    seed: int = 0,
    workers: int | None = None,
    scheduler: str | None = None,
    security: str | Path | None = None,
    device: str = "auto",
    command: str = "",
    lines: Lines = None,
    progress: TextIO | None = None,
) -> StabilityResult:
    """Repeats extraction with every contour moved a little at random; the same call again goes on.

    Args:
        cohort, output, protocol, features, workers, scheduler, security, device, command, progress: as of
            ``extract_cohort``.
        replicates: 2 to 99.
        amplitude_mm: standard deviation of the surface's displacement; a voxel if None.

    Raises:
        InputError: anything that cannot be used.

    Example:
        >>> import NACResponseLib as nac
        >>> moved = nac.stability("COHORT.csv", "stability", "protocol.yaml", replicates=2, workers=1)
        >>> moved.frame().columns.tolist()
        ['feature_set', 'feature', 'icc', 'ci_low', 'ci_high', 'n_patients', 'n_replicates']
    """
    from ..cohort.stability import OWN, replicates_of, stability_tasks, write_stability
    from ..cohort.store import open_store

    runner, pool = runner_of(workers, scheduler, security, device), pool_of(workers, scheduler, security)
    check, device_here = check_of(pool if scheduler else None, workers), None if scheduler else device
    manifest, settings = checked(cohort, protocol, features, check, device_here)
    moved = replicates_of(settings, replicates, seed, amplitude_mm)
    folder = open_store(Path(output), OWN)
    tasks = stability_tasks(manifest, moved, folder, pool)
    if lines is not None:
        total = len(manifest.patients) * len(moved)
        lines(f"{len(manifest.patients)} patients, {len(moved)} replicates: {len(tasks)} of {total} to do")
    failures: dict[str, Failure] = {}
    for failure in worked(tasks, settings, runner, device_here, progress, noun="replicates"):
        failures.setdefault(failure.patient_id, failure)
    write_stability(manifest, moved, folder, Path(output), failures, command)
    return StabilityResult(output)
