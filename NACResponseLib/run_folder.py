"""The files of a training run's folder: the one list of their names.

A recipe of signatures writes ``EXTRA_TABLES`` and ``MODELS``, a folder of every model, too.
"""

RUN = "run.json"
METRICS, PREDICTIONS, ROC = "metrics.csv", "predictions.csv", "roc.csv"
SELECTED_FEATURES, SELECTED_VALUES = "selected_features.csv", "selected_values.csv"
PARTITIONS, OUT_OF_FOLD = "partitions.csv", "out_of_fold.csv"
APPARENT, CLASSIFIERS, SIGNATURES = "apparent.csv", "classifiers.csv", "signatures.csv"
MODEL, MODELS, MODEL_SUFFIX = "model.nacmodel", "models", ".nacmodel"
REPORT, PDF = "report.html", "report.pdf"

TABLES = (METRICS, PREDICTIONS, ROC, SELECTED_FEATURES, PARTITIONS, OUT_OF_FOLD, SELECTED_VALUES)
EXTRA_TABLES = (APPARENT, CLASSIFIERS, SIGNATURES)
MARKER = RUN
"""The file that comes last: a folder without it is not whole."""
OWN_FILES = (*TABLES, *EXTRA_TABLES, MODEL, MODELS, REPORT, PDF)
"""All others that may be in the folder."""
