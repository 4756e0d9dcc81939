"""The writers of every command, each ready to write a result of its own kind again and again."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from NACResponseLib.config import resources

SAMPLE = resources() / "SampleData" / "nact06"


@dataclass(frozen=True)
class Writer:
    """A writer.

    Attributes:
        write: does all its work, below ``folder`` alone.
        folder: of the result; its parent holds nothing else.
        marker: without it nothing counts as a result; None where each file is a result of its own.
        dated: files that state when they were made.
        failures: the table of patients that failed; a result that lists some is whole without them.
    """

    write: Callable[[], object]
    folder: Path
    marker: str | None = None
    dated: tuple[str, ...] = ()
    failures: str = ""


def _score(work: Path) -> Writer:
    from NACResponseLib.clinical import parse_clinical
    from NACResponseLib.clinical_table import read_clinical
    from NACResponseLib.imaging.io import load_case
    from NACResponseLib.results.score import score_case

    clinical = parse_clinical(read_clinical(SAMPLE / "clinical.csv")[1])
    images, contours = {"MRI_CET1": SAMPLE / "MRI_CET1.nii.gz"}, {"MRI": SAMPLE / "tumor_MRI.nii.gz"}
    scored = score_case(load_case("P1", images, contours, clinical), "ispy-clinical-volume")
    return Writer(lambda: scored.save(work / "out", date="2026-01-01"), work / "out", "score.json")


def _shell(work: Path) -> Writer:
    words = ["shell", "--image", str(SAMPLE / "MRI_CET1.nii.gz"), "--modality", "MR"]
    words += ["--tumor", str(SAMPLE / "tumor_MRI.nii.gz"), "--output", str(work / "out")]
    return Writer(lambda: _run(words), work / "out", "shell.json")


def _run(words: list[str]) -> None:
    """A command without what it says."""
    from NACResponseLib.cli import main

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = main(words)
    if status:
        raise RuntimeError(f"exit status {status}")


def _features(folder: Path) -> Path:
    """A features folder of made-up patients, with a model's needs."""
    from Testing.library.training.synthetic import make, write_folder

    return write_folder(folder / "features", make(patients=60, deep=60, seed=3, strength=1.5))


def _train(work: Path) -> Writer:
    from NACResponseLib.results.training import train
    from NACResponseLib.training.trees.recipe import load_trees_recipe
    from Testing.library.training.conftest import small

    features, recipe = _features(work.parent / f"{work.name}-in"), small(load_trees_recipe())

    def write() -> None:
        train(features, "pcr", work / "out", recipe, features=[], partitions=1, workers=1, oversample=False)

    return Writer(write, work / "out", "run.json", ("run.json", "report.html"))


def _evaluate(work: Path) -> Writer:
    from NACResponseLib.results.validation import validate

    features = _features(work.parent / f"{work.name}-in")
    return Writer(lambda: validate("ispy-clinical-volume", features, work / "out"), work / "out", "report.html")


def _compare(work: Path) -> Writer:
    from NACResponseLib.report.comparison import write_comparison
    from Testing.library.report.simulated_run import simulate_run

    run = work.parent / f"{work.name}-in"
    simulate_run(run, patients=40, partitions=3)
    return Writer(lambda: write_comparison([run], work / "out"), work / "out", "report.html")


def _followup(work: Path) -> Writer:
    from NACResponseLib.results.followup import followup

    earlier, later = (_score(work.parent / f"{work.name}-{when}") for when in ("earlier", "later"))
    earlier.write(), later.write()
    return Writer(lambda: followup(earlier.folder, later.folder, work / "out"), work / "out", "followup.json")


def _review(work: Path) -> Writer:
    """Two decisions at once, at a time that stands still."""
    from datetime import datetime, timezone
    from unittest.mock import patch

    from NACResponseLib.features import review

    class Still(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(2026, 1, 1, tzinfo=timezone.utc)

    words = ["review", str(work / "out"), "--reject", "P1", "--reject", "P2", "--reason", "motion"]

    def write() -> None:
        (work / "out").mkdir(exist_ok=True)
        (work / "out" / "cases.csv").write_text("patient_id,age\nP1,50\nP2,60\nP3,70\n", encoding="utf-8")
        with patch.object(review, "datetime", Still):
            _run(words)

    return Writer(write, work / "out")


def _suggest(work: Path) -> Writer:
    """A contour of a ball that enhances."""
    import numpy as np
    import SimpleITK as sitk

    place = work.parent / f"{work.name}-in"
    place.mkdir()
    z, y, x = np.mgrid[-8:9, -8:9, -8:9]
    noise = np.random.default_rng(1).normal(100, 3, x.shape)
    for name, gain in (("pre", 0.0), ("post", 150.0)):
        inside = (x**2 + y**2 + z**2 <= 25) * gain
        sitk.WriteImage(sitk.GetImageFromArray((noise + inside).astype(np.int16)), str(place / f"{name}.nrrd"))
    words = ["suggest", "--pre", str(place / "pre.nrrd"), "--post", str(place / "post.nrrd")]
    words += ["--box", "0", "16", "0", "16", "0", "16", "--output", str(work / "out" / "tumour.nii.gz")]

    def write() -> None:
        (work / "out").mkdir(exist_ok=True)
        _run(words)

    return Writer(write, work / "out")


def _cohort(work: Path) -> tuple[Path, Path]:
    from Testing.library.cohort.tiny import make_cohort

    cohort = make_cohort(work.parent / f"{work.name}-in", 2)
    return cohort, cohort.parent / "protocol.yaml"


def _extract(work: Path) -> Writer:
    from NACResponseLib.results.extraction import extract_cohort

    cohort, protocol = _cohort(work)

    def write() -> None:
        with _in_this_process():
            extract_cohort(cohort, work / "out", protocol, workers=1, as_csv=True)

    return Writer(write, work / "out", "run.json", ("run.json", "patients/*"), "failures.csv")


def _import(work: Path) -> Writer:
    from NACResponseLib.results.importing import import_features

    table = work.parent / f"{work.name}-in.csv"
    rows = [f"P{number},{40 + number},{number % 2},{number * 1.5}" for number in range(12)]
    table.write_text("\n".join(["ID,age,pcr,original_glcm_Contrast", *rows]) + "\n", encoding="utf-8")
    return Writer(lambda: import_features(table, work / "out"), work / "out", "run.json", ("run.json",))


def _export(work: Path) -> Writer:
    """A table and its dictionary, anew each time."""
    from NACResponseLib.results.importing import import_features
    from NACResponseLib.results.merged import export_table

    _import(work).write()
    features = work.parent / f"{work.name}-features"
    import_features(work.parent / f"{work.name}-in.csv", features)
    shutil.rmtree(work / "out")

    def write() -> None:
        shutil.rmtree(work / "out", ignore_errors=True)
        (work / "out").mkdir()
        export_table(features, work / "out" / "all.csv")

    return Writer(write, work / "out")


def _stability(work: Path) -> Writer:
    from NACResponseLib.results.stability import stability

    cohort, protocol = _cohort(work)

    def write() -> None:
        with _in_this_process():
            stability(cohort, work / "out", protocol, workers=1, replicates=2)

    return Writer(write, work / "out", "stability.json", ("*/run.json", "patients/*"), "failures.csv")


@contextmanager
def _in_this_process() -> Iterator[None]:
    """Patients one after the other here, where their file operations are counted."""
    from NACResponseLib.cohort import check
    from NACResponseLib.cohort.task import run_task
    from NACResponseLib.results import extraction, stability

    before = extraction.runner_of, check.apart
    check.apart = lambda workers: check.check_here
    extraction.runner_of = stability.runner_of = lambda *options: lambda tasks: map(run_task, tasks)
    try:
        yield
    finally:
        extraction.runner_of, check.apart = before
        stability.runner_of = before[0]


def _figures(work: Path) -> Writer:
    from NACResponseLib.report.figures.figure import write_figures
    from NACResponseLib.report.performance import run_roc
    from NACResponseLib.training.saved_run import read_run
    from Testing.library.report.simulated_run import simulate_run

    simulate_run(work.parent / f"{work.name}-in", patients=40, partitions=3)
    figure = run_roc(read_run(work.parent / f"{work.name}-in"))
    return Writer(lambda: write_figures(work / "out", [figure]), work / "out")


def _models(work: Path) -> Writer:
    """Rebuilt, signed and installed models."""
    from NACResponseLib.model.bundle import load_bundle, save_bundle
    from NACResponseLib.model.installed import install_bundle
    from NACResponseLib.model.signature import SIGNATURE_ENDING, sign

    bundle, keys = load_bundle("phantom-multimodal"), work.parent / f"{work.name}-in"
    bundle = replace(bundle, card=replace(bundle.card, name="mine"))
    (work / "out").mkdir(parents=True)
    save_bundle(bundle, keys.with_suffix(".nacmodel"))
    sign(keys.with_suffix(".nacmodel"), keys)

    def write() -> None:
        import os

        os.environ["NACRESPONSE_MODELS"] = str(work / "out" / "models")
        (work / "out").mkdir(exist_ok=True)
        save_bundle(bundle, work / "out" / "m.nacmodel")
        assert sign(work / "out" / "m.nacmodel", keys).name == f"m.nacmodel{SIGNATURE_ENDING}"
        install_bundle(work / "out" / "m.nacmodel")

    shutil.rmtree(work / "out")
    return Writer(write, work / "out")


WRITERS: dict[str, Callable[[Path], Writer]] = {
    "score": _score,
    "shell": _shell,
    "extract": _extract,
    "stability": _stability,
    "import": _import,
    "export": _export,
    "train": _train,
    "evaluate": _evaluate,
    "compare": _compare,
    "followup": _followup,
    "review": _review,
    "suggest": _suggest,
    "figures": _figures,
    "models": _models,
}
