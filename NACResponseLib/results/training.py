"""``train``: from a folder of feature tables to validated models, their report, and one file that scores patients."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..config import DEFAULT_RECIPE, worker_count
from ..endpoints import Endpoint, endpoint_named
from ..errors import InputError
from ..output import whole_folder
from ..packages import require
from ..plain_data import columns_of
from ..run_folder import MARKER, METRICS, MODEL, MODEL_SUFFIX, MODELS, OWN_FILES, PREDICTIONS, ROC
from .result import Result, output_folder

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..model.bundle import Bundle
    from ..training.recipes import AnyRecipe
    from ..training.saved_run import SavedRun
    from ..training.strategy import TrainingRun

_NAME = r"[A-Za-z0-9][\w.-]{0,63}"


class TrainingResult(Result):
    """Models trained and validated on the same partitions, and the one that is shipped; ``frame`` has their metrics.

    Attributes:
        fitted: the run in memory with its fitted models; None of a result that was loaded.

    Example:
        >>> import NACResponseLib as nac
        >>> learned = nac.TrainingResult.load("run")
        >>> learned.bundle.card.patients
        120
        >>> learned.plot_roc().get_xlabel()
        '1 − specificity'
    """

    fitted: TrainingRun | None = None
    marker, own_files, table, command = MARKER, OWN_FILES, METRICS, "train"

    @cached_property
    def run(self) -> SavedRun:
        """Predictions, partitions, thresholds and selected features, checked against each other.

        Raises:
            InputError: a missing or unusable file, or files that contradict each other.
        """
        from ..training.saved_run import read_run

        return read_run(self.folder)

    @property
    def bundle(self) -> Bundle:
        """The final model."""
        from ..model.bundle import load_bundle

        return load_bundle(self.folder / MODEL)

    @property
    def models(self) -> dict[str, Path]:
        """Files of the models by feature set or model, the final one first."""
        files = {self.run.final: self.folder / MODEL}
        for file in sorted((self.folder / MODELS).glob(f"*{MODEL_SUFFIX}")):
            files.setdefault(file.stem, file)
        return {name: file for name, file in files.items() if file.is_file()}

    @property
    def findings(self) -> tuple[str, ...]:
        """Whether images add to what is known without them: the recipe's own questions answered where it states some,
        else of the best feature set; empty where nothing can be compared."""
        from ..evaluation.verdict import additions
        from ..report.signatures import stated_sentences

        run = self.run
        best = additions(run.held_out, run.baselines, run.part_sizes)
        return tuple(stated_sentences(run)) or tuple(addition.sentence for addition in best)

    def roc(self) -> dict[str, tuple[list[float], list[float]]]:
        """False-positive and true-positive rates of each feature set's mean curve.

        Raises:
            InputError: the table is not there, or not as it was written.
        """
        from ..training.saved_run import broken, numbers_of

        rates = ("false_positive_rate", "true_positive_rate")
        columns = columns_of(self.folder / ROC, ("feature_set", *rates))
        numbers = [numbers_of(columns[name], name).tolist() for name in rates]
        curves: dict[str, tuple[list[float], list[float]]] = {}
        for name, false, true in zip(columns["feature_set"], *numbers, strict=True):
            if name not in self.run.held_out:
                raise broken(f"curves of this run's feature sets in {ROC}", f"a curve of {name}")
            curve = curves.setdefault(name, ([], []))
            curve[0].append(false)
            curve[1].append(true)
        return curves

    def predictions(self) -> pd.DataFrame:
        """Held-out predictions: a row for each feature set, partition and patient of its test part."""
        import pandas as pd

        return pd.read_csv(self.folder / PREDICTIONS, dtype={"patient_id": str})

    def plot_roc(self, ax: Axes | None = None) -> Axes:
        """ROC curves of the final model's partitions, and mean curves of the models without images."""
        from ..report.performance import run_roc

        return run_roc(self.run).draw(ax)

    def plot_calibration(self, ax: Axes | None = None) -> Axes:
        """Observed against predicted shares of the final model's held-out predictions."""
        from ..report.performance import run_calibration

        return run_calibration(self.run).draw(ax)

    def plot_decision_curve(self, ax: Axes | None = None) -> Axes:
        """Net benefit of the final model and of those without images."""
        from ..report.performance import run_decision_curve

        return run_decision_curve(self.run).draw(ax)

    def plot_nomogram(self, ax: Axes | None = None) -> Axes:
        """The final model as a nomogram.

        Raises:
            InputError: the model is no formula.
        """
        from ..report.figures.nomogram import model_nomogram

        return model_nomogram(self.bundle).draw(ax)


def train(
    features_dir: str | Path,
    endpoint: str | Path | None = None,
    output: str | Path | None = None,
    recipe: str | Path | AnyRecipe = DEFAULT_RECIPE,
    *,
    features: Collection[str] | None = None,
    seed: int | None = None,
    partitions: int | None = None,
    partitions_from: str | Path | None = None,
    oversample: bool = True,
    stability: str | Path | None = None,
    min_icc: float | None = None,
    review: str | Path | None = None,
    workers: int | None = 1,
    name: str | None = None,
    progress: Callable[[str], None] | None = None,
    pdf: bool = False,
    figures: str | Path | None = None,
) -> TrainingResult:
    """Trains, validates and writes ``metrics.csv``, ``predictions.csv``, ``model.nacmodel``, ``report.html`` and more.

    Interrupted, it goes on at the partition it had reached when it is called again in the same way. The same seed gives
    the same files but for the time in ``run.json``, whatever the number of workers.

    Args:
        features_dir: as ``extract_cohort`` writes it; ``cases.csv`` alone trains the comparators.
        endpoint: ``pcr``, ``responder``, ``rcb01`` or ``apcr``, or a file that defines one (``endpoints``); the
            recipe's own if None.
        output: folder, new or with an earlier run; a temporary one if None.
        recipe: by name, file, or as loaded; of either kind (``training.recipes``).
        features: feature tables; all there are if None, of a recipe of signatures those that it needs. Signatures of
            others than these are left out, with what is made of them alone.
        seed, partitions: instead of the recipe's.
        partitions_from: ``partitions.csv`` of an earlier run on the same patients.
        oversample: False leaves SMOTENC out, where the recipe has it.
        stability: folder of ``stability``: in each training part, image features whose intraclass correlation is below
            ``min_icc`` (0.75 if None) at its lower bound, in that part's patients, are left out.
        review: a reader's ``review.csv``; that of ``features_dir`` if None, where there is one. Rejected patients are
            left out.
        workers: processes; all cores if None. With more than one, a script must guard its entry point
            (``if __name__ == "__main__"``).
        name: of the model; recipe, endpoint and feature set if None.
        progress: is called with lines of progress.
        pdf: write ``report.pdf``, too.
        figures: a folder for each figure as SVG, PDF and PNG.

    Raises:
        InputError: unusable input (see ``read_cohort``, ``read_partitions``, ``train_on``) or output folder.

    Example:
        >>> import NACResponseLib as nac
        >>> learned = nac.train("clinic", "pcr", "learned", partitions=2)
        >>> sorted(learned.frame()["feature_set"].unique())
        ['clinical', 'volume_receptors']
    """
    require("pyarrow", "imblearn", "matplotlib", "neuroCombat")
    from ..model.bundle import save_bundle
    from ..report.performance import write_training_report
    from ..training.assembly import assemble_model, assemble_run
    from ..training.checkpoint import Checkpoint
    from ..training.cohort import read_cohort
    from ..training.partition_file import read_partitions
    from ..training.recipes import load_recipe, strategy_of
    from ..training.run import train_on
    from ..training.run_files import write_run
    from ..training.stability import MIN_ICC

    count = worker_count(workers)
    if partitions is not None and partitions_from is not None:
        raise InputError("--partitions or --partitions-from", "both", "leave one out")
    if min_icc is not None and stability is None:
        raise InputError("--stability with --least-icc", "no --stability", "give the folder of 'nacresponse stability'")
    folder, temporary, shown = output_folder(output, MARKER, OWN_FILES, figures, pdf)
    loaded = load_recipe(recipe) if isinstance(recipe, (str, Path)) else recipe
    if not re.fullmatch(_NAME, name or loaded.name):
        found = f"'{(name or loaded.name)[:40]}'"
        raise InputError("a model's or recipe's name of letters, digits, '-', '_' and '.'", found, "give another name")
    chosen = _endpoint(endpoint, strategy_of(loaded).endpoint, loaded.name)
    used, left_out = strategy_of(loaded).changed(
        seed=seed, partitions=partitions, oversample=oversample, features=features
    )
    cohort = read_cohort(Path(features_dir), chosen, used, features, None if review is None else Path(review))
    cohort = replace(cohort, warnings=(*left_out, *cohort.warnings))
    if stability is not None:
        cohort = cohort.with_stability(Path(stability), MIN_ICC if min_icc is None else min_icc)
    drawn = None if partitions_from is None else read_partitions(Path(partitions_from), cohort.patients, cohort.outcome)
    run = train_on(cohort, chosen.name, used, drawn, workers=count, folder=folder, report=progress)
    with whole_folder(folder, MARKER, OWN_FILES) as partial:
        write_run(run, partial, datetime.now(timezone.utc).isoformat(timespec="seconds"), __version__)
        prefix = name or f"{used.name}-{chosen.name}"
        save_bundle(assemble_run(run, name or f"{prefix}-{run.final.feature_set}"), partial / MODEL)
        for model in run.finals if run.strategy.saves_every_model else ():
            (partial / MODELS).mkdir(exist_ok=True)
            save_bundle(assemble_model(run, model, f"{prefix}-{model}"), partial / MODELS / f"{model}{MODEL_SUFFIX}")
        write_training_report(partial, pdf=pdf, figures=shown)
    Checkpoint.remove_all(folder)
    result = TrainingResult(folder, temporary)
    result.fitted = run
    return result


def _endpoint(named: str | Path | None, own: str | None, recipe: str) -> Endpoint:
    """The endpoint that was named, else the recipe's own."""
    if named is None and own is None:
        missing = f"an endpoint, which the recipe {recipe} does not name"
        raise InputError(missing, "none", "give --endpoint, for example pcr")
    return endpoint_named(str(named or own))
