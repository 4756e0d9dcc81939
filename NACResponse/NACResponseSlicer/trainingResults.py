"""What ``extract`` and ``train`` wrote, read back: counts, failures, metrics, ROC curves, what imaging adds."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from slicer.i18n import tr as _

METRICS = {
    "auc": "AUC",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
}


class Failure(NamedTuple):
    """A patient without features: the stage it failed in, and why."""

    patientId: str
    stage: str
    reason: str


@dataclass(frozen=True)
class Extraction:
    """A finished run of ``extract``.

    Attributes:
        patients, finished: numbers; the others failed.
        featureSets: of which there is a table.
        contactSheet: page of all contours; None if it is not there.
        synthetic: the patients are simulated.
    """

    folder: Path
    patients: int
    finished: int
    failures: tuple[Failure, ...]
    featureSets: tuple[str, ...]
    contactSheet: Path | None
    synthetic: bool


@dataclass(frozen=True)
class MetricsRow:
    """A feature set's mean and standard deviation over partitions by metric; NaN where not defined.

    Attributes:
        label: the name as a reader knows it.
        partitions: number of them with an AUC.
    """

    name: str
    label: str
    partitions: int
    mean: Mapping[str, float]
    deviation: Mapping[str, float]


@dataclass(frozen=True)
class Training:
    """A finished run of ``train``.

    Attributes:
        roc: false and true positive rates of each feature set's mean curve.
        verdict: sentences on whether imaging adds to what is known without it.
        warnings: of the run.
        models: files by name, the final feature set's or model's first.
        model, report: the final model's file, and the report's; None if not there.
    """

    folder: Path
    endpoint: str
    positiveClass: str
    patients: int
    positives: int
    finalFeatureSet: str
    metrics: tuple[MetricsRow, ...]
    roc: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    verdict: str
    warnings: tuple[str, ...]
    models: Mapping[str, Path]
    report: Path | None
    synthetic: bool

    @property
    def model(self) -> Path | None:
        return self.models.get(self.finalFeatureSet)


def readExtraction(folder: str | Path) -> Extraction:
    """Reads the folder that ``extract`` wrote.

    Raises:
        InputError: it is not whole.
    """
    from NACResponseLib.cohort.results import FAILURES, QC, RUN
    from NACResponseLib.features.table import feature_tables

    folder = Path(folder)
    about = _about(folder / RUN, ("n_patients", "n_finished", "feature_sets"), "extract")
    rows = _rows(folder / FAILURES, ("patient_id", "stage", "reason"), "extract")
    sheet = folder / QC / "index.html"
    return Extraction(
        folder=folder,
        patients=int(about["n_patients"]),
        finished=int(about["n_finished"]),
        failures=tuple(Failure(row["patient_id"], row["stage"], row["reason"]) for row in rows),
        featureSets=tuple(feature_tables(folder)),
        contactSheet=sheet if sheet.is_file() else None,
        synthetic=bool(about.get("synthetic")),
    )


def readTraining(folder: str | Path) -> Training:
    """Reads the folder that ``train`` wrote; the finding is computed from the held-out predictions.

    Raises:
        InputError: it is not whole, or its files contradict each other.
    """
    from NACResponseLib.evaluation.partitioned import partition_metrics
    from NACResponseLib.run_folder import REPORT, ROC
    from NACResponseLib.training.saved_run import read_run

    folder = Path(folder)
    run = read_run(folder)
    metrics = [_metricsRow(name, run.label_of(name), partition_metrics(held)) for name, held in run.held_out.items()]
    report = folder / REPORT
    return Training(
        folder=folder,
        endpoint=run.about["endpoint"],
        positiveClass=run.about["positive_class"],
        patients=int(run.about["n_patients"]),
        positives=int(run.about["n_positive"]),
        finalFeatureSet=run.final,
        metrics=tuple(metrics),
        roc=_roc(folder / ROC, [row.name for row in metrics]),
        verdict=_verdict(run),
        warnings=tuple(map(str, run.about.get("warnings", ()))),
        models=_models(folder, run.final),
        report=report if report.is_file() else None,
        synthetic=bool(run.about["synthetic"]),
    )


def _models(folder: Path, final: str) -> dict[str, Path]:
    """The run's model, and those of a study's other models."""
    from NACResponseLib.run_folder import MODEL, MODEL_SUFFIX, MODELS

    files = {final: folder / MODEL}
    for file in sorted((folder / MODELS).glob(f"*{MODEL_SUFFIX}")):
        files.setdefault(file.stem, file)
    return {name: file for name, file in files.items() if file.is_file()}


def _metricsRow(name: str, label: str, values: Mapping[str, Any]) -> MetricsRow:
    defined = {metric: values[metric][np.isfinite(values[metric])] for metric in METRICS}
    return MetricsRow(
        name,
        label,
        partitions=len(defined["auc"]),
        mean={metric: float(of.mean()) if len(of) else float("nan") for metric, of in defined.items()},
        deviation={metric: float(of.std(ddof=1)) if len(of) > 1 else float("nan") for metric, of in defined.items()},
    )


def _verdict(run: Any) -> str:
    """What the recipe of signatures asked beforehand, answered; else what the best imaging set adds."""
    from NACResponseLib.evaluation.verdict import additions
    from NACResponseLib.report.signatures import stated_sentences

    said = stated_sentences(run) or [
        addition.sentence for addition in additions(run.held_out, run.baselines, run.part_sizes)
    ]
    return "\n".join(said) or _(
        "No feature set with imaging beside one without it: nothing can be said on what imaging adds."
    )


def _roc(file: Path, names: Sequence[str]) -> dict[str, tuple[list[float], list[float]]]:
    rows = _rows(file, ("feature_set", "false_positive_rate", "true_positive_rate"), "train")
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for row in rows:
        if row["feature_set"] not in names:
            raise _broken(file, "train", f"a curve of {row['feature_set']}")
        falseRates, trueRates = curves.setdefault(row["feature_set"], ([], []))
        try:
            falseRates.append(float(row["false_positive_rate"]))
            trueRates.append(float(row["true_positive_rate"]))
        except ValueError as error:
            raise _broken(file, "train", str(error)) from None
    return curves


def _about(file: Path, needed: Sequence[str], command: str) -> dict[str, Any]:
    try:
        about = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(file, command, _reason(error)) from None
    lacking = [key for key in needed if not isinstance(about, dict) or key not in about]
    if lacking:
        raise _broken(file, command, f"no '{lacking[0]}'")
    return about


def _rows(file: Path, needed: Sequence[str], command: str) -> list[dict[str, str]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _broken(file, command, _reason(error)) from None
    lacking = [name for name in needed if name not in (reader.fieldnames or ())]
    if lacking or any(row[name] is None for row in rows for name in needed):
        raise _broken(file, command, f"no '{lacking[0]}'" if lacking else "an incomplete row")
    return rows


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _broken(file: Path, command: str, found: str) -> Exception:
    from NACResponseLib.errors import InputError

    return InputError(
        f"a folder that 'nacresponse {command}' wrote whole", f"{file}: {found}", "choose another, or run again"
    )
