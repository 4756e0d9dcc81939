"""From a training run on feature tables to a bundle: the card says how the model was trained, and what was found."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..clinical import BASIC_VARIABLES
from ..config import DEFAULT_PROTOCOL
from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..evaluation.logistic import logit
from ..evaluation.partitioned import Average, average_metrics, pooled_calibration
from ..evaluation.verdict import in_words
from ..features.names import deep_names
from ..features.table import is_imported
from ..model.bundle import Bundle
from ..model.bundle_parts import BundleInput, ImageNeeds, IntervalSettings, Reference, input_of
from ..model.card import Metric, ModelCard, metrics_of
from ..model.columns import CLINICAL, VOLUME
from ..model.linear import Linear
from ..model.protocols import check_names, check_protocol, shipped_protocol, ships
from ..model.subtypes import subtypes_of
from ..model.trees import Trees
from ..protocol import Protocol
from ..variables import Variables, shipped_variables
from .fitted import held_out
from .interval import coverage_text, interval_text
from .recipe_parts import THRESHOLD_RULES
from .run import versions
from .run_warnings import comparison
from .strategy import TrainingRun

_COMPARATOR = "clinical"
_PROBABILITY_DIGITS = 6
_NOTHING_LIMIT = "Nothing was learned: predictions of patients left out did not rise with their outcome."
_SYNTHETIC_LIMIT = "Demonstration only: the patients it was trained on do not exist, and it says nothing of real ones."
_SYNTHETIC_SOURCE = "Digital phantoms made by 'nacresponse phantom'; no patient's data."


def assemble_model(run: TrainingRun, model_name: str, name: str) -> Bundle:
    """The bundle of any model of a run on signatures.

    Args:
        model_name: of the recipe's models and comparators.
        name: of the bundle.

    Raises:
        InputError: as ``assemble_run``.
    """
    return assemble_run(run.of_model(model_name), name)


def assemble_run(run: TrainingRun, name: str = "model") -> Bundle:
    """The bundle of a run's final model.

    Args:
        name: of the model.

    Raises:
        InputError: image features that no protocol has, so that no patient could be scored.
    """
    model = run.final.model
    protocol, needs = _needs(run)
    return Bundle(
        card=_card(run, name),
        inputs=_inputs(run),
        calibration=Calibration(model.calibration.slope, model.calibration.intercept),
        threshold=float(np.clip(model.threshold, 1e-6, 1 - 1e-6)),
        interval=IntervalSettings(round(run.final.interval.effective_patients, 1), run.recipe.interval),
        images=needs,
        reference=_reference(run),
        provenance={
            "recipe": {"name": run.recipe.name, "version": run.recipe.version},
            "feature_set": {"name": run.final.feature_set},
            **({"stability": run.cohort.stability} if run.cohort.stability else {}),
            "inputs": dict(run.cohort.hashes),
            "packages": versions(),
        },
        model=_model(run),
        preparation=model.preparation,
        own_protocol=None if needs.protocol is None or ships(protocol) else protocol,
        own_variables=_own_variables(run),
        own_endpoint=run.cohort.own_endpoint,
    )


def _reference(run: TrainingRun) -> Reference:
    """The final model's; the margins are those that its calibration takes to these probabilities."""
    model = run.final.model
    margins = (logit(model.reference) - model.calibration.intercept) / model.calibration.slope
    probabilities, rounded = (np.round(values, _PROBABILITY_DIGITS) for values in (model.reference, margins))
    found = (subtypes_of(table.names, table.values) for table in run.cohort.tables.values())
    return Reference(probabilities, run.cohort.outcome, rounded, next(filter(None, found), ()))


def _values(run: TrainingRun) -> Any:
    """(patients, inputs) of the final model, raw."""
    table = run.cohort.tables[run.final.feature_set]
    place = {name: number for number, name in enumerate(table.names)}
    return table.values[:, [place[column.name] for column in run.final.model.columns]]


def _model(run: TrainingRun) -> Trees | Linear:
    model, scanners = run.final.model, run.cohort.tables[run.final.feature_set].scanners
    rows = np.ascontiguousarray(_values(run))  # its order in memory is the order in which means are summed
    prepared = model.preparation.completed(model.preparation.apply(rows, scanners))
    return run.strategy.bundle_model(model, prepared)


def _inputs(run: TrainingRun) -> tuple[BundleInput, ...]:
    model = run.final.model
    return tuple(
        input_of(
            column,
            values,
            missing_allowed=column.group == CLINICAL or bool(np.isnan(values).any()),
            prevalence=float(share),
        )
        for column, values, share in zip(model.columns, _values(run).T, model.preparation.share, strict=True)
    )


def _own_variables(run: TrainingRun) -> Variables:
    """The definitions of the final model's clinical inputs other than the basic ones, which every version reads alike
    unless the user defines them anew."""
    names = [column.name for column in run.final.model.columns if column.group == CLINICAL]
    shipped, known = shipped_variables(), run.cohort.variables
    return {name: known[name] for name in names if name not in BASIC_VARIABLES or known[name] != shipped[name]}


def _needs(run: TrainingRun) -> tuple[Protocol, ImageNeeds]:
    """The protocol of a model's features, and what it needs of a case."""
    names = [column.name for column in run.final.model.columns]
    tables = tuple(run.cohort.sources.get(run.final.feature_set, ())) or tuple(run.cohort.metadata)
    metadata = [run.cohort.metadata[name] for name in tables]
    foreign = [name for name, about in zip(tables, metadata, strict=True) if is_imported(about)]
    if foreign and any(column.group != CLINICAL for column in run.final.model.columns):
        if len(tables) > 1:
            raise InputError("a model of one imported table", " and ".join(tables), "import them as one")
        return shipped_protocol(DEFAULT_PROTOCOL), ImageNeeds(imported=foreign[0])
    own = metadata[0] if metadata and not foreign else None
    protocol = check_protocol(own, f"the table {tables[0]}") if own else shipped_protocol(DEFAULT_PROTOCOL)
    contour = protocol.volume_contour
    if all(column.group == CLINICAL for column in run.final.model.columns):
        if VOLUME not in names:
            return protocol, ImageNeeds()
        usual = contour is None or contour in shipped_protocol(DEFAULT_PROTOCOL).contours
        return protocol, ImageNeeds(None if usual else protocol.name, contour)
    margin = float(metadata[0].get("margin_mm", protocol.margin_mm))
    needs = ImageNeeds(protocol.name, contour, margin)
    for deep in (each for each in metadata if each.get("depth") is not None):
        depth = int(deep["depth"])
        if set(deep_names(protocol, depth)) & set(names):
            needs = ImageNeeds(protocol.name, contour, margin, depth, deep.get("weights_sha256"))
    check_names(names, needs, protocol, f"the table {tables[0]}", run.cohort.variables)
    return protocol, needs


def _card(run: TrainingRun, name: str) -> ModelCard:
    recipe, cohort = run.recipe, run.cohort
    endpoint, synthetic = run.outcome, run.cohort.synthetic
    metrics, comparator = _metrics(run)
    kind = "Synthetic patients" if synthetic else "Patients"
    return ModelCard(
        name=name,
        version="1.0",
        title=title_of(run),
        endpoint=endpoint.name,
        positive_class=endpoint.positive_class,
        negative_class=endpoint.negative_class,
        intended_use=recipe.card.intended_use,
        cohort=recipe.card.cohort or f"{kind} of the cohort given to 'nacresponse train' (recipe {recipe.name}).",
        patients=len(cohort.patients),
        positives=int(cohort.outcome.sum()),
        metrics=metrics,
        validation=validation_text(run, comparator),
        calibration=calibration_text(run),
        interval=interval_text(run.final.interval, recipe.interval, "the model's own"),
        interval_coverage=coverage_text(run.final.interval, recipe.interval),
        threshold_rule=f"{run.final.model.threshold:.3f}: {THRESHOLD_RULES[recipe.threshold]}.",
        limits=(
            *((_NOTHING_LIMIT,) if run.final.model.calibration.learned_nothing else ()),
            *((_SYNTHETIC_LIMIT,) if synthetic else ()),
            *comparison(run),
            *recipe.card.limits,
        ),
        source=_SYNTHETIC_SOURCE if synthetic else recipe.card.source,
        demonstration=synthetic,
        comparator=comparator,
        licence=recipe.card.licence,
    )


def _metrics(run: TrainingRun) -> tuple[tuple[Metric, ...], str]:
    """The model's and a comparator's figures, and the comparator in words."""
    others = [name for name in run.cohort.comparators if name != run.final.feature_set]
    plain = _COMPARATOR if _COMPARATOR in others else next(iter(others), run.final.feature_set)
    ours, theirs = (_figures(run, name) for name in (run.final.feature_set, plain))
    metrics = metrics_of(ours, theirs)
    same = plain == run.final.feature_set
    return metrics, "the same model" if same else f"a model of {in_words(plain)}"


def _figures(run: TrainingRun, name: str) -> dict[str, Average]:
    held, seed = held_out(run.results[name]), run.recipe.validation.seed
    return average_metrics(held, draws=DRAWS, seed=seed) | pooled_calibration(held, draws=DRAWS, seed=seed)


DRAWS = 1000


def title_of(run: TrainingRun) -> str:
    """``Pathological complete response from handcrafted features of MRI and CT and clinical variables``."""
    return _sentence(f"{run.outcome.positive_class} from {_what(run)}")


def _what(run: TrainingRun) -> str:
    comparator = run.final.feature_set in run.cohort.comparators
    return "clinical variables" if comparator else run.strategy.inputs_in_words(run)


def validation_text(run: TrainingRun, comparator: str) -> str:
    """How the figures on the card were found.

    Args:
        comparator: in words.
    """
    share = np.mean([len(test) for _, test in run.partitions]) / len(run.cohort.patients)
    scheme = run.strategy.scheme_in_words(len(run.partitions), float(share))
    return (
        f"{scheme} {_sentence(', '.join(_steps(run)))}, calibration and threshold were learned "
        f"in each training part alone, inner choices by {run.recipe.validation.folds}-fold cross-validation."
        f"{run.strategy.composition_in_words(run)} AUC and balanced accuracy are "
        "means over partitions, calibration is of all held-out predictions together, each patient counting once; 95 % "
        f"intervals by bootstrap over patients ({DRAWS:,} draws), the models held as they are. The comparator is "
        f"{comparator}, on the same partitions. The model itself was refitted on all patients and is not tested."
    )


def _steps(run: TrainingRun) -> list[str]:
    """What was learned in each training part, by the recipe and the table."""
    taken = {
        "harmonization": run.recipe.harmonization.combat and bool(run.cohort.tables[run.final.feature_set].scanners),
        "scaling": run.recipe.scaling != "none",
        **run.strategy.steps_in_words(run),
    }
    return [step for step, done in taken.items() if done]


def calibration_text(run: TrainingRun) -> str:
    """How margins became probabilities."""
    calibration, recipe = run.final.model.calibration, run.recipe
    margin, anew, sampled = run.strategy.calibration_in_words(run)
    return (
        f"Logistic (Platt) calibration of the {margin} (slope {calibration.slope:.3f}, intercept "
        f"{calibration.intercept:+.3f}) on out-of-fold predictions of {recipe.validation.folds} folds; in each, "
        f"{anew}. Training folds were {sampled}."
    )


def _sentence(text: str) -> str:
    """It begins with a capital; others stay as they are."""
    return text[:1].upper() + text[1:]
