"""Bundles: a trained model in one file, ``NAME.nacmodel``, with nothing executable in it.

``model.json`` holds the model card, inputs, calibration, threshold, interval, what images it needs, and provenance;
``reference.json`` the out-of-fold probabilities and outcomes of the training cohort; ``xgboost.json`` the trees, in
XGBoost's own format. ``archive`` tells how they are packed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..config import find_resource, named_files, user_folder
from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..hashing import sha256_of
from ..learning.recipe import ImageNeeds
from ..plain_data import build
from .archive import LARGEST_FILE, PLAIN_SCHEMA, SCHEMA, from_json, pack, to_json, unpack
from .bundle_parts import BundleInput, IntervalSettings, Reference
from .card import LOGISTIC, Metric, ModelCard
from .input_names import check_names
from .preparation_json import preparation_from_plain, preparation_to_plain
from .trees import Witness, check_trees, reason_of

if TYPE_CHECKING:
    from xgboost import Booster

    from ..learning.radiomics.preparation import Preparation

SUFFIX = ".nacmodel"
VARIABLE = "NACRESPONSE_MODELS"
DEFAULT_MODEL = "ispy-clinical-volume"
LARGEST_VALUE = 3.4e38  # of an input, which XGBoost holds in 32 bits
_STEEPEST, _FARTHEST = 100, 100  # calibration slope and intercept, by their size; sound ones are near 1 and 0


@dataclass(frozen=True)
class Bundle:
    """A trained model, ready to score.

    Attributes:
        images: protocol (None: no image features), contour and margin that the inputs come from.
        provenance: recipe, training table and package versions.
        xgboost_json: the trees as stored; ``witness`` shows whether they are read rightly.
        sha256: of the file it was read from; empty for one not yet saved.
        preparation: of the inputs before the trees see them; None if they see them as they are.
    """

    card: ModelCard
    inputs: tuple[BundleInput, ...]
    calibration: Calibration
    threshold: float
    interval: IntervalSettings
    images: ImageNeeds
    reference: Reference
    provenance: Mapping[str, Any]
    xgboost_json: bytes
    witness: Witness
    sha256: str = ""
    preparation: Preparation | None = None

    def prepared(self, row: NDArray[Any], scanners: Mapping[str, str]) -> NDArray[np.float64]:
        """A patient's inputs as the trees see them, (inputs,).

        Args:
            row: (inputs,), raw, NaN where missing.
            scanners: by group of features (``MRI``, ``CT``), where known.

        Raises:
            InputError: a scanner without training patients, where the model refuses those.
        """
        if self.preparation is None:
            return row
        labels = {group: np.array([name]) for group, name in scanners.items()}
        self.preparation.check(row[None], labels)
        return self.preparation.apply(row[None], labels)[0]

    @cached_property
    def booster(self) -> Booster:
        """The trees, on one thread.

        Raises:
            InputError: this release of XGBoost cannot read them, or misreads them.
        """
        import xgboost

        booster = xgboost.Booster({"nthread": 1})
        try:
            booster.load_model(bytearray(self.xgboost_json))
        except xgboost.core.XGBoostError as error:
            raise InputError(
                "trees that XGBoost reads", reason_of(error), "install a newer xgboost, or get the bundle again"
            ) from None
        self.witness.check(booster)
        return booster


def models_folder() -> Path:
    """The folder of the models that the user installed: ``NACRESPONSE_MODELS``, or one in the user's data folder."""
    return user_folder("models", VARIABLE)


def model_files() -> dict[str, Path]:
    """All models that have a name, file by name: the shipped ones, then those that the user installed."""
    return named_files("Models", SUFFIX, models_folder())


def load_bundle(name: str | Path = DEFAULT_MODEL) -> Bundle:
    """A shipped or installed model by name, or the user's own file.

    Raises:
        InputError: unknown name, not a bundle, damaged (the member is named), newer schema, unexpected content.
    """
    try:
        path = find_resource("model", name, "Models", SUFFIX, models_folder())
    except InputError:
        if os.path.isfile(name):  # noqa: PTH113 (a name too long for a file is no error to it)
            raise InputError(
                f"a model file whose name ends in {SUFFIX}",
                f"{name} without that suffix",
                f"if it is a model, rename it to {Path(name).name}{SUFFIX}",
            ) from None
        raise
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST_FILE else None
    except OSError as error:
        raise InputError("a bundle that can be read", f"{path}: {error.strerror}", "check its permissions") from None
    if content is None:
        raise InputError(f"a bundle below {LARGEST_FILE >> 20} MiB", f"a larger file {path}", "get the bundle again")
    return replace(_parse(unpack(content, path.name), path.name), sha256=sha256_of(content))


def save_bundle(bundle: Bundle, path: Path) -> None:
    """Writes the bundle whole or not at all.

    Raises:
        InputError: the folder cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_bytes(bundle_bytes(bundle))
        unfinished.replace(path)
    except OSError as error:
        raise InputError("a folder that can be written", f"{path.parent}: {error.strerror}", "choose another") from None
    finally:
        if unfinished.exists():
            unfinished.unlink()


def bundle_bytes(bundle: Bundle) -> bytes:
    """The file's content; equal for equal bundles."""
    model = {
        "card": _plain_card(bundle.card),
        "inputs": [asdict(item) for item in bundle.inputs],
        "calibration": asdict(bundle.calibration),
        "threshold": bundle.threshold,
        "interval": asdict(bundle.interval),
        "images": _plain_needs(bundle.images),
        "provenance": bundle.provenance,
        "witness": {
            "rows": [[None if np.isnan(value) else value for value in row] for row in bundle.witness.rows],
            "margins": bundle.witness.margins,
        },
    }
    if bundle.preparation is not None:
        model["preparation"] = preparation_to_plain(bundle.preparation, [item.name for item in bundle.inputs])
    reference = {
        "probabilities": bundle.reference.probabilities.tolist(),
        "outcomes": bundle.reference.outcomes.tolist(),
    }
    members = {
        "model.json": to_json(model, indent=1),
        "reference.json": to_json(reference),
        "xgboost.json": bundle.xgboost_json,
    }
    schema = PLAIN_SCHEMA if bundle.preparation is None else SCHEMA
    return pack(bundle.card.name, bundle.card.version, members, schema)


def _plain_card(card: ModelCard) -> dict[str, Any]:
    """The comparator stands only where it is another than the usual: older bundles keep their bytes."""
    return {key: value for key, value in asdict(card).items() if (key, value) != ("comparator", LOGISTIC)}


def _plain_needs(needs: ImageNeeds) -> dict[str, Any]:
    """What deep features need stands only where there are some: bundles without keep their bytes."""
    deep = ("depth", "weights_sha256")
    return {key: value for key, value in asdict(needs).items() if key not in deep or value is not None}


def _parse(members: Mapping[str, bytes], where: str) -> Bundle:
    model = from_json(members["model.json"], f"{where}, model.json")
    inputs = tuple(build(BundleInput, item, f"{where}, input") for item in _entry(model, "inputs", list, where))
    trees = from_json(members["xgboost.json"], f"{where}, xgboost.json")
    check_trees(trees, [item.name for item in inputs], where)
    card = dict(_entry(model, "card", dict, where))
    card["metrics"] = tuple(build(Metric, item, f"{where}, metric") for item in _entry(card, "metrics", list, where))
    bundle = Bundle(
        card=build(ModelCard, card, f"{where}, card"),
        inputs=inputs,
        calibration=build(Calibration, model.get("calibration"), f"{where}, calibration"),
        threshold=_entry(model, "threshold", float, where),
        interval=build(IntervalSettings, model.get("interval"), f"{where}, interval"),
        images=build(ImageNeeds, model.get("images"), f"{where}, images"),
        reference=_reference(from_json(members["reference.json"], f"{where}, reference.json"), where),
        provenance=_entry(model, "provenance", dict, where),
        xgboost_json=members["xgboost.json"],
        witness=_witness(_entry(model, "witness", dict, where), len(inputs), where),
        preparation=(
            preparation_from_plain(model["preparation"], inputs, f"{where}, preparation")
            if "preparation" in model
            else None
        ),
    )
    _check_figures(bundle, where)
    check_names([item.name for item in inputs], bundle.images, where)
    return bundle


def _check_figures(bundle: Bundle, where: str) -> None:
    """Figures that are impossible alone or contradict each other."""
    card, calibration, outcomes = bundle.card, bundle.calibration, bundle.reference.outcomes
    if (card.patients, card.positives) != (len(outcomes), int(outcomes.sum())):
        raise InputError(
            "as many patients and positives on the card as in reference.json",
            f"{card.patients} and {card.positives} in {where}",
            "do not use this bundle",
        )
    if any(item.missing > card.patients for item in bundle.inputs):
        raise InputError("missing values of some training patients", f"of more in {where}", "do not use this bundle")
    calibrated = 0 < calibration.slope <= _STEEPEST and abs(calibration.intercept) <= _FARTHEST
    if not 0 < bundle.threshold < 1 or not calibrated:
        raise InputError(
            f"a threshold inside (0, 1), a slope above 0, not above {_STEEPEST}, and an intercept within {_FARTHEST}",
            f"others in {where}",
            "do not use this bundle",
        )


def _reference(data: Mapping[str, Any], where: str) -> Reference:
    lists = [_entry(data, key, list, where) for key in ("probabilities", "outcomes")]
    numeric = all(type(item) in (int, float) for values in lists for item in values)
    if numeric and lists[0] and len(lists[0]) == len(lists[1]):
        probabilities, outcomes = (np.array(values, dtype=float) for values in lists)
        if (probabilities >= 0).all() and (probabilities <= 1).all() and np.isin(outcomes, [0, 1]).all():
            return Reference(probabilities, outcomes.astype(np.int64))
    raise InputError(
        "a probability and an outcome per training patient", f"others in {where}", "do not use this bundle"
    )


def _witness(data: Mapping[str, Any], inputs: int, where: str) -> Witness:
    rows, margins = (_entry(data, key, list, where) for key in ("rows", "margins"))
    sized = rows and len(rows) == len(margins) and all(isinstance(row, list) and len(row) == inputs for row in rows)
    sound = sized and all(value is None or _is_number(value) for row in rows for value in row)
    if not sound or not all(_is_number(margin) for margin in margins):
        raise InputError("a margin per witness row", f"others in {where}", "do not use this bundle")
    return Witness(tuple(tuple(np.nan if value is None else value for value in row) for row in rows), tuple(margins))


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= LARGEST_VALUE


def _entry(data: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    value = data.get(key)
    if not isinstance(value, kind):
        raise InputError(f"'{key}' as {kind.__name__} in {where}", type(value).__name__, "do not use this bundle")
    return value
