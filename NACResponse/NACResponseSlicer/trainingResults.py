"""What ``extract`` and ``train`` wrote, read back: counts, failures, metrics, ROC curves, what imaging adds."""

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
    from NACResponseLib import ExtractionResult

    result = ExtractionResult.load(folder)
    sheet = result.folder / result.page
    return Extraction(
        folder=result.folder,
        patients=int(result.about["n_patients"]),
        finished=int(result.about["n_finished"]),
        failures=tuple(Failure(one.patient_id, one.stage, one.reason) for one in result.failures),
        featureSets=result.feature_sets,
        contactSheet=sheet if sheet.is_file() else None,
        synthetic=bool(result.about.get("synthetic")),
    )


def readTraining(folder: str | Path) -> Training:
    """Reads the folder that ``train`` wrote; the finding is computed from the held-out predictions.

    Raises:
        InputError: it is not whole, or its files contradict each other.
    """
    from NACResponseLib import TrainingResult
    from NACResponseLib.evaluation.partitioned import partition_metrics

    result = TrainingResult.load(folder)
    run, report = result.run, result.folder / result.page
    nothing = _("No feature set with imaging beside one without it: nothing can be said on what imaging adds.")
    return Training(
        folder=result.folder,
        endpoint=run.about["endpoint"],
        positiveClass=run.about["positive_class"],
        patients=int(run.about["n_patients"]),
        positives=int(run.about["n_positive"]),
        finalFeatureSet=run.final,
        metrics=tuple(
            _metricsRow(name, run.label_of(name), partition_metrics(held)) for name, held in run.held_out.items()
        ),
        roc=result.roc(),
        verdict="\n".join(result.findings) or nothing,
        warnings=tuple(map(str, run.about.get("warnings", ()))),
        models=result.models,
        report=report if report.is_file() else None,
        synthetic=bool(run.about["synthetic"]),
    )


def _metricsRow(name: str, label: str, values: Mapping[str, Any]) -> MetricsRow:
    defined = {metric: values[metric][np.isfinite(values[metric])] for metric in METRICS}
    return MetricsRow(
        name,
        label,
        partitions=len(defined["auc"]),
        mean={metric: float(of.mean()) if len(of) else float("nan") for metric, of in defined.items()},
        deviation={metric: float(of.std(ddof=1)) if len(of) > 1 else float("nan") for metric, of in defined.items()},
    )
