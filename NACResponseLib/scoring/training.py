"""``train``: from a folder of feature tables to a folder with a validated model that scores patients."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from .. import __version__
from ..errors import InputError
from ..learning.endpoints import endpoint_named
from ..learning.radiomics.checkpoint import Checkpoint
from ..learning.radiomics.cohort import Cohort, read_cohort
from ..learning.radiomics.partition_file import read_partitions
from ..learning.radiomics.recipe import RadiomicsRecipe, load_radiomics_recipe
from ..learning.radiomics.run import TrainingRun, train_on
from ..learning.radiomics.run_files import RUN, TABLES, write_run
from ..learning.radiomics.stability import LEAST_ICC
from ..output import check_folder, whole_folder
from .bundle import save_bundle
from .cohort import check_protocol
from .radiomics_assembly import assemble_run

MODEL, REPORT = "model.nacmodel", "report.html"
MARKER, OWN_FILES = RUN, (*TABLES, MODEL, REPORT)
_NAME = r"[A-Za-z0-9][\w.-]{0,63}"


@dataclass(frozen=True)
class Trained:
    """A finished run and the folder that holds it."""

    run: TrainingRun
    folder: Path


def train(
    features_dir: str | Path,
    endpoint: str,
    output: str | Path,
    recipe: str | Path | RadiomicsRecipe = "jang2025",
    *,
    features: Collection[str] | None = None,
    seed: int | None = None,
    partitions: int | None = None,
    partitions_from: str | Path | None = None,
    oversample: bool = True,
    stability: str | Path | None = None,
    least_icc: float = LEAST_ICC,
    workers: int = 1,
    name: str | None = None,
    report: Callable[[str], None] | None = None,
    finish: Callable[[Path], None] | None = None,
) -> Trained:
    """Trains, validates and writes ``metrics.csv``, ``predictions.csv``, ``model.nacmodel`` and the rest.

    Interrupted, it goes on at the partition it had reached when it is called again in the same way. The same seed gives
    the same files but for the time in ``run.json``, whatever the number of workers.

    Args:
        features_dir: as ``nacresponse extract`` writes it; ``cases.csv`` alone trains the comparators.
        endpoint: ``pcr``, ``responder`` or ``rcb01``.
        output: folder, new or with an earlier run.
        recipe: by name, file, or as loaded.
        features: feature sets; all there are if None.
        seed, partitions: instead of the recipe's.
        partitions_from: ``partitions.csv`` of an earlier run on the same patients.
        oversample: False leaves SMOTENC out.
        stability: folder of ``nacresponse stability``: in each training part, image features whose intraclass
            correlation is below ``least_icc`` at its lower bound, in that part's patients, are left out.
        workers: processes. With more than one, a script must guard its entry point (``if __name__ == "__main__"``).
        name: of the model; recipe, endpoint and feature set if None.
        report: is told of progress.
        finish: is called with the folder of tables and model before it is put in place, to add ``report.html``.

    Raises:
        InputError: unusable input (see ``read_cohort``, ``read_partitions``, ``train_on``) or output folder.
    """
    endpoint_named(endpoint)
    if name is not None and not re.fullmatch(_NAME, name):
        raise InputError("a model's name of letters, digits, '-', '_' and '.'", f"'{name}'", "give another name")
    folder = check_folder(Path(output), MARKER, OWN_FILES)
    used = recipe if isinstance(recipe, RadiomicsRecipe) else load_radiomics_recipe(recipe)
    used = used.changed(seed=seed, partitions=partitions, oversample=oversample)
    cohort = read_cohort(Path(features_dir), endpoint, used, features)
    if stability is not None:
        cohort = cohort.with_stability(Path(stability), least_icc)
    _check_scorable(cohort)
    drawn = None if partitions_from is None else read_partitions(Path(partitions_from), cohort.patients, cohort.outcome)
    run = train_on(cohort, endpoint, used, drawn, workers=workers, folder=folder, report=report)
    with whole_folder(folder, MARKER, OWN_FILES) as partial:
        time = datetime.now(timezone.utc).isoformat(timespec="seconds")
        write_run(run, partial, time, __version__)
        called = name or f"{used.name}-{endpoint}-{run.final.feature_set}"
        save_bundle(assemble_run(run, called), partial / MODEL)
        if finish is not None:
            finish(partial)
    Checkpoint.remove_all(folder)
    return Trained(run, folder)


def _check_scorable(cohort: Cohort) -> None:
    """Refuses now what could not be scored later: features of a protocol that does not ship."""
    for name, told in cohort.metadata.items():
        check_protocol(told, f"the table {name}")
