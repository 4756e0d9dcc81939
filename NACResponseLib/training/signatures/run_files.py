"""What a run of a recipe of signatures writes in addition: apparent predictions, classifiers, signatures.

========================= =========================================================================================
``apparent.csv``          each model's probabilities of its own training patients, by partition: what they exceed the
                          held-out ones by is optimism
``classifiers.csv``       AUC and Brier score of each classifier on the final model's terms, by partition
``signatures.csv``        features of the final model's signatures and their weights, for one unit of the prepared
                          feature; a signature without features has no row
========================= =========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...run_folder import APPARENT, CLASSIFIERS, SIGNATURES
from .model import FittedFormula
from .recipe import SignatureRecipe

if TYPE_CHECKING:
    import pandas as pd

    from ..run import TrainingRun


def extra_tables(run: TrainingRun) -> dict[str, pd.DataFrame]:
    """By file name (see the module)."""
    return {APPARENT: _apparent(run), CLASSIFIERS: _classifiers(run), SIGNATURES: _signatures(run)}


def run_metadata(run: TrainingRun, recipe: SignatureRecipe) -> dict[str, Any]:
    """Further entries of ``run.json``."""
    return {
        "kind": recipe.kind,
        "final": recipe.final,
        "nested": [list(pair) for pair in recipe.nested if set(pair) <= set(run.results)],
        "relevant_gain": recipe.relevant_gain,
        "labels": {name: run.label(name) for name in run.results},
    }


def _apparent(run: TrainingRun) -> pd.DataFrame:
    rows = [
        (name, result.partition, run.cohort.patients[row], int(run.cohort.outcome[row]), probability)
        for name, results in run.results.items()
        for result, (train, _) in zip(results, run.partitions, strict=True)
        for row, probability in zip(train, result.apparent, strict=True)
    ]
    return _frame(rows, "feature_set", "partition", "patient_id", "y_true", "probability")


def _classifiers(run: TrainingRun) -> pd.DataFrame:
    rows = [
        (name, result.partition, figures["auc"], figures["brier"], len(result.outcome))
        for result in run.results[run.final.feature_set]
        for name, figures in result.classifiers.items()
    ]
    return _frame(rows, "classifier", "partition", "auc", "brier", "n_test")


def _signatures(run: TrainingRun) -> pd.DataFrame:
    model = run.final.model
    assert isinstance(model, FittedFormula), "the recipe's kind says so"
    return _frame(list(signature_rows(model)), "signature", "feature", "weight")


def _frame(rows: list[Any], *columns: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


def signature_rows(fitted: FittedFormula) -> Iterator[tuple[str, str, float]]:
    """Each signature's features with their weights, for one unit of the prepared feature."""
    for name, signature in fitted.terms.signatures.items():
        for number, weight in zip(signature.columns, signature.weights, strict=True):
            yield name, fitted.terms.columns[number].name, float(weight)
