"""The tables of a run's folder: metrics, predictions, selected features, partitions, and how it came about.

``roc.csv`` holds, for each feature set, the mean of the partitions' ROC curves at the false-positive rates of
``evaluation.partitioned.ROC_GRID``: the very curve that ``report.html`` draws. It is no curve of pooled predictions,
which would rank patients by scores of different models.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..csv_cells import written
from ..evaluation.metrics import auc, brier, threshold_metrics
from ..evaluation.partitioned import ROC_GRID, mean_roc
from ..headings import SCANNER
from ..model.columns import CLINICAL, VOLUME
from ..run_folder import METRICS, OUT_OF_FOLD, PARTITIONS, PREDICTIONS, ROC, RUN, SELECTED_FEATURES, SELECTED_VALUES
from ..variables import Variables, variables_plain
from ..writing import write_json
from .fitted import PartitionResult, held_out
from .partition_file import COLUMNS, partition_rows
from .run import versions
from .run_warnings import run_warnings
from .strategy import TrainingRun

if TYPE_CHECKING:
    import pandas as pd


def write_run(run: TrainingRun, folder: Path, time: str, software: str) -> None:
    """Writes ``TABLES``, further tables of the recipe's kind, and ``run.json``.

    Args:
        folder: that exists.
        time: of the run, ISO 8601; nothing else in the files depends on when it ran.
        software: version of this program.
    """
    frames = {
        METRICS: _metrics(run),
        PREDICTIONS: _predictions(run),
        ROC: _roc(run),
        SELECTED_FEATURES: _selected_features(run),
        PARTITIONS: _frame(partition_rows(run.partitions, run.cohort.patients), COLUMNS),
        OUT_OF_FOLD: _out_of_fold(run),
        SELECTED_VALUES: _selected_values(run),
        **run.strategy.extra_tables(run),
    }
    for name, frame in frames.items():
        texts = {column: frame[column].map(written) for column in frame.select_dtypes(exclude="number")}
        frame = frame.assign(**texts).rename(columns=written)
        frame.to_csv(folder / name, index=False, lineterminator="\n", encoding="utf-8")
    write_json(folder / RUN, about(run, time, software))


def about(run: TrainingRun, time: str, software: str) -> dict[str, Any]:
    """``run.json``."""
    endpoint, model = run.outcome, run.final.model
    synthetic = run.cohort.synthetic
    return {
        "endpoint": endpoint.name,
        "positive_class": endpoint.positive_class,
        "negative_class": endpoint.negative_class,
        "recipe": run.recipe.name,
        "recipe_text": run.recipe.plain(),
        "seed": run.recipe.validation.seed,
        "n_patients": len(run.cohort.patients),
        "n_positive": int(run.cohort.outcome.sum()),
        "feature_sets": list(run.results),
        "comparators": list(run.cohort.comparators),
        "final_feature_set": run.final.feature_set,
        "final_model": {
            "features": [column.name for column in model.columns],
            "setting": dict(model.settings),
            "calibration": {"slope": model.calibration.slope, "intercept": model.calibration.intercept},
            "threshold": model.threshold,
            "effective_patients": run.final.interval.effective_patients,
        },
        "warnings": list(run_warnings(run, synthetic=synthetic)),
        "versions": {"NACResponse": software, **versions()},
        "inputs": dict(run.cohort.hashes),
        "stability": run.cohort.stability,
        "variables": variables_plain(_variables(run)),
        "synthetic": synthetic,
        "time": time,
        **run.strategy.run_metadata(run),
    }


def _variables(run: TrainingRun) -> Variables:
    """The clinical variables that some model used, in their order."""
    columns = [column for table in run.cohort.tables.values() for column in table.columns if column.group == CLINICAL]
    used = {column.name for column in columns}
    return {name: variable for name, variable in run.cohort.variables.items() if name in used}


def _frame(rows: Any, columns: Any) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


def _all_results(run: TrainingRun) -> list[PartitionResult]:
    return [result for results in run.results.values() for result in results]


def _metrics(run: TrainingRun) -> pd.DataFrame:
    import pandas as pd

    positive_class = run.outcome.positive_class
    rows = []
    for result in _all_results(run):
        at_threshold = threshold_metrics(result.outcome, result.predicted)
        rows.append(
            {
                "feature_set": result.feature_set,
                "partition": result.partition,
                "auc": float(auc(result.outcome, result.probability)),
                **{name: float(value) for name, value in at_threshold.items()},
                "positive_class": positive_class,
                "n_train": result.train_patients,
                "n_test": len(result.outcome),
                "n_test_positive": sum(result.outcome),
                "threshold": result.threshold,
                "brier": float(brier(result.outcome, result.probability)),
            }
        )
    return pd.DataFrame(rows)


def _predictions(run: TrainingRun) -> pd.DataFrame:
    rows = [
        (result.feature_set, result.partition, *row)
        for result in _all_results(run)
        for row in zip(result.patients, result.outcome, result.probability, result.predicted, strict=True)
    ]
    return _frame(rows, ("feature_set", "partition", "patient_id", "y_true", "probability", "predicted"))


def _roc(run: TrainingRun) -> pd.DataFrame:
    """The mean curve of each feature set; none where no test part holds both classes."""
    rows = []
    for name, results in run.results.items():
        mean = mean_roc(held_out(results))[1]
        if np.isfinite(mean).all():
            rows += [(name, float(false), float(true)) for false, true in zip(ROC_GRID, mean, strict=True)]
    return _frame(rows, ("feature_set", "false_positive_rate", "true_positive_rate"))


def _selected_features(run: TrainingRun) -> pd.DataFrame:
    rows = []
    for name, results in run.results.items():
        found: dict[str, list[int]] = defaultdict(list)
        for result in results:
            for feature in result.selected:
                found[feature].append(result.partition)
        ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
        rows += [(name, feature, len(where), " ".join(map(str, where))) for feature, where in ordered]
    return _frame(rows, ("feature_set", "feature", "times_selected", "partitions"))


def _out_of_fold(run: TrainingRun) -> pd.DataFrame:
    rows = [
        (run.final.feature_set, sampling, *row)
        for sampling, fitted in run.final.fitted.items()
        for row in zip(run.cohort.patients, run.cohort.outcome, fitted.reference, fitted.uncalibrated, strict=True)
    ]
    return _frame(rows, ("feature_set", "sampling", "patient_id", "y_true", "probability", "uncalibrated"))


def _selected_values(run: TrainingRun) -> pd.DataFrame:
    """Clinical variables, tumour volume, scanners and the final model's features, as they were read."""
    import pandas as pd

    table = run.cohort.tables[run.final.feature_set]
    used = {column.name for column in run.final.model.columns}
    clinical = [number for number, column in enumerate(table.columns) if column.group == CLINICAL]
    image = [number for number, column in enumerate(table.columns) if column.group != CLINICAL and column.name in used]
    numbers = np.array(clinical + image, dtype=np.intp)
    frame = pd.DataFrame(table.values[:, numbers], columns=[table.names[number] for number in numbers])
    for other in run.cohort.tables.values():
        if VOLUME in other.names and VOLUME not in frame:
            frame.insert(len(clinical), VOLUME, other.values[:, other.names.index(VOLUME)])
        for group, labels in other.scanners.items():
            frame[SCANNER + group] = labels
    frame.insert(0, "y_true", run.cohort.outcome)
    frame.insert(0, "patient_id", list(run.cohort.patients))
    return frame
