"""``train``: from a folder of feature tables to a folder with a validated model that scores patients."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..config import DEFAULT_RECIPE
from ..endpoints import endpoint_named
from ..errors import InputError
from ..model.bundle import save_bundle
from ..model.protocols import check_protocol
from ..output import check_folder, whole_folder
from ..run_folder import MARKER, MODEL, MODEL_SUFFIX, MODELS, OWN_FILES
from .assembly import assemble_model, assemble_run
from .checkpoint import Checkpoint
from .cohort import Cohort, read_cohort
from .partition_file import read_partitions
from .recipes import load_training_recipe, strategy_of
from .run import TrainingRun, train_on
from .run_files import write_run
from .stability import MIN_ICC

if TYPE_CHECKING:
    from .recipes import AnyRecipe

_NAME = r"[A-Za-z0-9][\w.-]{0,63}"


@dataclass(frozen=True)
class Trained:
    """A finished run and the folder that holds it."""

    run: TrainingRun
    folder: Path


def train(
    features_dir: str | Path,
    endpoint: str | None,
    output: str | Path,
    recipe: str | Path | AnyRecipe = DEFAULT_RECIPE,
    *,
    features: Collection[str] | None = None,
    seed: int | None = None,
    partitions: int | None = None,
    partitions_from: str | Path | None = None,
    oversample: bool = True,
    stability: str | Path | None = None,
    least_icc: float = MIN_ICC,
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
        endpoint: ``pcr``, ``responder``, ``rcb01`` or ``apcr``; the recipe's own if None.
        output: folder, new or with an earlier run.
        recipe: by name, file, or as loaded; of either kind (``training.recipes``).
        features: feature tables; all there are if None, of a recipe of signatures those that it needs. Signatures of
            others than these are left out, with what is made of them alone.
        seed, partitions: instead of the recipe's.
        partitions_from: ``partitions.csv`` of an earlier run on the same patients.
        oversample: False leaves SMOTENC out, where the recipe has it.
        stability: folder of ``nacresponse stability``: in each training part, image features whose intraclass
            correlation is below ``least_icc`` at its lower bound, in that part's patients, are left out.
        workers: processes. With more than one, a script must guard its entry point (``if __name__ == "__main__"``).
        name: of the model; recipe, endpoint and feature set if None.
        report: is called with lines of progress.
        finish: is called with the folder of tables and model before it is put in place, to add ``report.html``.

    Raises:
        InputError: unusable input (see ``read_cohort``, ``read_partitions``, ``train_on``) or output folder.
    """
    folder = check_folder(Path(output), MARKER, OWN_FILES)
    loaded = load_training_recipe(recipe) if isinstance(recipe, (str, Path)) else recipe
    if not re.fullmatch(_NAME, name or loaded.name):
        found = f"'{(name or loaded.name)[:40]}'"
        raise InputError("a model's or recipe's name of letters, digits, '-', '_' and '.'", found, "give another name")
    endpoint = _endpoint(endpoint, loaded)
    used, left_out = strategy_of(loaded).changed(
        seed=seed, partitions=partitions, oversample=oversample, features=features
    )
    cohort = read_cohort(Path(features_dir), endpoint, used, features)
    cohort = replace(cohort, warnings=(*left_out, *cohort.warnings))
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
        if run.strategy.saves_every_model:
            _save_models(run, partial / MODELS, name or f"{used.name}-{endpoint}")
        if finish is not None:
            finish(partial)
    Checkpoint.remove_all(folder)
    return Trained(run, folder)


def _endpoint(named: str | None, recipe: AnyRecipe) -> str:
    """The endpoint that was named, else the recipe's own."""
    own = strategy_of(recipe).endpoint
    if named is None and own is None:
        raise InputError(
            f"an endpoint, which the recipe {recipe.name} does not name", "none", "give --endpoint, for example pcr"
        )
    return endpoint_named(str(named or own)).name


def _save_models(run: TrainingRun, folder: Path, prefix: str) -> None:
    folder.mkdir()
    for model in run.finals:
        save_bundle(assemble_model(run, model, f"{prefix}-{model}"), folder / f"{model}{MODEL_SUFFIX}")


def _check_scorable(cohort: Cohort) -> None:
    """Refuses now what could not be scored later: features of a protocol that does not ship."""
    for name, metadata in cohort.metadata.items():
        check_protocol(metadata, f"the table {name}")
