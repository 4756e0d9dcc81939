"""From a training run on feature tables to a bundle, the model card filled in from the run's figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..evaluation.feature_sets import in_words, label_of
from ..evaluation.metrics import METRIC_LABELS
from ..evaluation.partitioned import Average, HeldOut, average_metrics, pooled_calibration
from ..features.names import deep_names
from ..features.table import HANDCRAFTED
from ..learning.boosting import margins
from ..learning.endpoints import endpoint_named
from ..learning.radiomics.cautions import comparison
from ..learning.radiomics.partition_run import PartitionResult
from ..learning.radiomics.run import TrainingRun, versions
from ..learning.radiomics.variables import CLINICAL, VOLUME, Column
from ..learning.recipe import THRESHOLD_RULES, ImageNeeds
from ..protocol import load_protocol
from .bundle import Bundle
from .bundle_parts import BundleInput, IntervalSettings, Reference
from .card import Metric, ModelCard
from .trees import Witness, portable_json

_COMPARATOR = "clinical"
_DIGITS, _PROBABILITY_DIGITS = 4, 6
_DRAWS = 1000
_WITNESSES = 5
_SYNTHETIC_LIMIT = "Demonstration only: the patients it was trained on do not exist, and it says nothing of real ones."
_SYNTHETIC_SOURCE = "Digital phantoms made by 'nacresponse phantom'; no patient's data."


def assemble_run(run: TrainingRun, name: str = "model") -> Bundle:
    """The bundle of a run's final model.

    Args:
        name: of the model.

    Raises:
        InputError: image features of a protocol that does not ship, so that no patient could be scored.
    """
    model, inputs = run.final.model, _inputs(run)
    return Bundle(
        card=_card(run, name),
        inputs=inputs,
        calibration=Calibration(model.calibration.slope, model.calibration.intercept),
        threshold=float(np.clip(model.threshold, 1e-6, 1 - 1e-6)),
        interval=IntervalSettings(round(run.final.effective_patients, 1), run.recipe.interval),
        images=_needs(run),
        reference=Reference(np.round(model.reference, _PROBABILITY_DIGITS), run.cohort.outcome),
        provenance={
            "recipe": {"name": run.recipe.name, "version": run.recipe.version},
            "feature_set": {"name": run.final.feature_set},
            **({"stability": run.cohort.stability} if run.cohort.stability else {}),
            "inputs": dict(run.cohort.hashes),
            "packages": versions(),
        },
        xgboost_json=portable_json(model.booster),
        witness=_witness(run),
        preparation=model.preparation,
    )


def _values(run: TrainingRun) -> Any:
    """(patients, inputs) of the final model, raw."""
    table = run.cohort.tables[run.final.feature_set]
    place = {name: number for number, name in enumerate(table.names)}
    return table.values[:, [place[column.name] for column in run.final.model.columns]]


def _inputs(run: TrainingRun) -> tuple[BundleInput, ...]:
    model = run.final.model
    rows = zip(model.columns, _values(run).T, model.preparation.share, strict=True)
    return tuple(_input(column, values, float(share)) for column, values, share in rows)


def _input(column: Column, values: Any, share: float) -> BundleInput:
    low, p01, p99, high = (float(each) for each in np.nanquantile(values, [0, 0.01, 0.99, 1]))
    missing = int(np.isnan(values).sum())
    return BundleInput(
        name=column.name,
        label=column.label,
        kind=column.kind,
        unit=column.unit,
        missing_allowed=column.group == CLINICAL or missing > 0,
        missing=missing,
        low=low,
        high=high,
        p01=p01,
        p99=p99,
        prevalence=share if column.kind == "binary" else None,
    )


def _witness(run: TrainingRun) -> Witness:
    """The trees on a few training patients, as they see them."""
    model = run.final.model
    values = _values(run)
    rows = np.unique(np.linspace(0, len(values) - 1, _WITNESSES).astype(int))
    scanners = {group: labels[rows] for group, labels in run.cohort.tables[run.final.feature_set].scanners.items()}
    prepared = model.preparation.completed(model.preparation.apply(values[rows], scanners))
    given = margins(model.booster, prepared)
    return Witness(
        tuple(map(tuple, prepared.tolist())), tuple(round(float(value), _PROBABILITY_DIGITS) for value in given)
    )


def _needs(run: TrainingRun) -> ImageNeeds:
    names = [column.name for column in run.final.model.columns]
    told = run.cohort.metadata.get(run.final.feature_set, {})
    if all(column.group == CLINICAL for column in run.final.model.columns):
        return ImageNeeds(contour="MRI" if VOLUME in names else None)
    protocol = load_protocol(str(told.get("protocol")))
    margin = float(told.get("margin_mm", protocol.margin_mm))
    depth = told.get("depth")
    if depth is None:
        return ImageNeeds(protocol.name, protocol.contours[0], margin)
    deep = set(deep_names(protocol, int(depth)))
    if not deep & set(names):
        raise InputError(f"features of resnet{depth}", f"{names[0]}", "extract them again")
    return ImageNeeds(protocol.name, protocol.contours[0], margin, int(depth), told.get("weights_sha256"))


def _card(run: TrainingRun, name: str) -> ModelCard:
    recipe, cohort = run.recipe, run.cohort
    endpoint, synthetic = endpoint_named(run.endpoint), run.cohort.synthetic
    metrics, comparator = _metrics(run)
    kind = "Synthetic patients" if synthetic else "Patients"
    return ModelCard(
        name=name,
        version="1.0",
        title=f"{endpoint.positive_class.capitalize()} from {_what(run)}",
        endpoint=endpoint.name,
        positive_class=endpoint.positive_class,
        negative_class=endpoint.negative_class,
        intended_use=recipe.card.intended_use,
        cohort=f"{kind} of the cohort given to 'nacresponse train' (recipe {recipe.name}).",
        patients=len(cohort.patients),
        positives=int(cohort.outcome.sum()),
        metrics=metrics,
        validation=_validation_text(run, comparator),
        calibration=_calibration_text(run),
        interval=_interval_text(run),
        interval_coverage=_coverage_text(run),
        threshold_rule=f"{run.final.model.threshold:.3f}: {THRESHOLD_RULES[recipe.threshold]}.",
        limits=((_SYNTHETIC_LIMIT,) if synthetic else ()) + (*comparison(run), *recipe.card.limits),
        source=_SYNTHETIC_SOURCE if synthetic else recipe.card.source,
        demonstration=synthetic,
        comparator=comparator,
    )


def _what(run: TrainingRun) -> str:
    if run.final.feature_set in run.cohort.comparators:
        return "clinical variables"
    kind = HANDCRAFTED if run.final.feature_set == HANDCRAFTED else label_of(run.final.feature_set)
    return f"{kind} features of {' and '.join(_groups(run))} and clinical variables"


def _groups(run: TrainingRun) -> list[str]:
    found = [column.group for column in run.final.model.columns if column.group != CLINICAL]
    return list(dict.fromkeys(found)) or ["images (none selected)"]


def _metrics(run: TrainingRun) -> tuple[tuple[Metric, ...], str]:
    """The model's and a comparator's figures, and the comparator in words."""
    others = [name for name in run.cohort.comparators if name != run.final.feature_set]
    plain = _COMPARATOR if _COMPARATOR in others else next(iter(others), run.final.feature_set)
    ours, theirs = (_figures(run, name) for name in (run.final.feature_set, plain))
    metrics = tuple(
        Metric(
            name,
            METRIC_LABELS[name],
            *(
                round(figure, _DIGITS)
                for average in (ours[name], theirs[name])
                for figure in (average.mean, average.low, average.high)
            ),
        )
        for name in METRIC_LABELS
        if _finite(ours[name]) and _finite(theirs[name])
    )
    same = plain == run.final.feature_set
    return metrics, "the same model" if same else f"a model of {in_words(plain)}"


def _figures(run: TrainingRun, name: str) -> dict[str, Average]:
    held, seed = held_out(run.results[name]), run.recipe.validation.seed
    return average_metrics(held, draws=_DRAWS, seed=seed) | pooled_calibration(held, draws=_DRAWS, seed=seed)


def held_out(results: Sequence[PartitionResult]) -> HeldOut:
    """Predictions of all partitions together."""
    patients = {
        patient: number for number, patient in enumerate(sorted({p for each in results for p in each.patients}))
    }
    return HeldOut(
        np.concatenate([np.full(len(each.patients), each.partition) for each in results]),
        np.array([patients[patient] for each in results for patient in each.patients]),
        np.concatenate([each.outcome for each in results]),
        np.concatenate([each.probability for each in results]),
        np.concatenate([each.predicted for each in results]),
        len(patients),
    )


def _finite(average: Average) -> bool:
    return all(math.isfinite(figure) for figure in (average.mean, average.low, average.high))


def _validation_text(run: TrainingRun, comparator: str) -> str:
    recipe, spec = run.recipe, run.recipe.validation
    table = run.cohort.tables[run.final.feature_set]
    taken = {
        "harmonization": recipe.harmonization.combat and bool(table.scanners),
        "scaling": recipe.scaling != "none",
        "selection": not table.selected,
        "oversampling": recipe.sampling.method != "none",
        "tuning": True,
    }
    steps = [step for step, done in taken.items() if done]
    share = np.mean([len(test) for _, test in run.partitions]) / len(run.cohort.patients)
    return (
        f"{len(run.partitions)} stratified random partitions, {100 * share:.0f} % of the patients held out in each. "
        f"{', '.join(steps).capitalize()}, calibration and threshold were learned in each training part "
        f"alone, inner choices by {spec.folds}-fold cross-validation. AUC and balanced accuracy are "
        "means over partitions, calibration is of all held-out predictions together, each patient counting once; 95 % "
        f"intervals by bootstrap over patients ({_DRAWS:,} draws), the models held as they are. The comparator is "
        f"{comparator}, on the same partitions. The model itself was refitted on all patients and is not tested."
    )


def _calibration_text(run: TrainingRun) -> str:
    calibration = run.final.model.calibration
    sampling = {"smotenc": "oversampled by SMOTENC", "none": "not oversampled"}[run.recipe.sampling.method]
    anew = (
        "everything but the number of features and XGBoost's setting was learned anew"
        if run.recipe.validation.select_in_folds
        else "only the trees were learned anew, on features selected with all patients, which makes it too hopeful"
    )
    return (
        f"Logistic (Platt) calibration of the trees' margin (slope {calibration.slope:.3f}, intercept "
        f"{calibration.intercept:+.3f}) on out-of-fold predictions of {run.recipe.validation.folds} folds; in each, "
        f"{anew}. Training folds were {sampling}."
    )


def _interval_text(run: TrainingRun) -> str:
    return (
        f"{100 * run.recipe.interval:g} % interval: Wilson's interval of a rate seen in "
        f"{run.final.effective_patients:.0f} patients. With that effective sample size the interval around a patient's "
        "out-of-fold probability held, in 95 % of cases, the probability that a model of another partition gave the "
        "same patient, whom neither had seen. It tells how much the model depends on whom it was trained on. Where a "
        "receptor status is missing, the probability is the mean over both possibilities, weighted by the training "
        "patients' share of each, and the interval covers both."
    )


def _coverage_text(run: TrainingRun) -> str:
    return (
        f"In the partitions the rate observed in {100 * run.final.group_coverage:.0f} % of groups of about "
        f"{run.final.group_size:.0f} held-out patients of similar score was compatible with their interval, the "
        "group's own chance variation allowed for. This does not cover a cohort unlike the training patients."
    )
