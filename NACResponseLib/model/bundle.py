"""Bundles: a trained model in one file, ``NAME.nacmodel``, with nothing executable in it.

``model.json`` holds the model card, inputs, calibration, threshold, interval, what images it needs, the protocol's
definition unless it ships, and provenance; ``reference.json`` the out-of-fold probabilities and outcomes of the
training cohort; ``xgboost.json`` trees, in XGBoost's own format, or else ``linear.json`` a formula. ``archive`` tells
how they are packed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..config import find_resource, named_files, user_folder
from ..endpoints import endpoint_from
from ..errors import InputError, few
from ..evaluation.calibration import Calibration
from ..hashing import sha256_of
from ..output import whole_file
from ..plain_data import build, without
from ..protocol import Protocol, protocol_from, protocol_plain
from ..variables import Variables, variables_from, variables_plain
from . import archive
from .archive import LARGEST_FILE, from_json, pack, to_json, unpack
from .bundle_content import Bundle
from .bundle_parts import BundleInput, ImageNeeds, IntervalSettings, Reference
from .card import LOGISTIC, ModelCard
from .linear import Linear, linear_to_json, read_linear
from .preparation import preparation_from_plain, preparation_to_plain
from .protocols import check_names, shipped_protocol
from .shipped import check_shipped
from .subtypes import RECEPTORS
from .trees import Trees, plain_reference, read_trees

SUFFIX = ".nacmodel"
SUBTYPES = "subtypes"
VARIABLE = "NACRESPONSE_MODELS"
DEFAULT_MODEL = "ispy-clinical-volume"


def models_folder() -> Path:
    """The folder of the models that the user installed: ``NACRESPONSE_MODELS``, or one in the user's data folder."""
    return user_folder("models", VARIABLE)


def model_files() -> dict[str, Path]:
    """All models that have a name, file by name: the shipped ones, then those that the user installed."""
    return named_files("Models", SUFFIX, models_folder())


def load_bundle(name: str | Path = DEFAULT_MODEL) -> Bundle:
    """A shipped or installed model by name, or the user's own file.

    Raises:
        InputError: unknown name, not a bundle, damaged (the member is named), newer schema, unexpected content, another
            file under a shipped model's name and version.

    Example:
        >>> import NACResponseLib as nac
        >>> model = nac.load_bundle("ispy-clinical-volume")
        >>> [item.name for item in model.inputs]
        ['age', 'HR', 'HER2', 'tumor_volume_mm3']
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
    bundle = replace(_parse(unpack(content, path.name), path.name), sha256=sha256_of(content))
    check_shipped(bundle.card, bundle.sha256, path.name)
    return bundle


def save_bundle(bundle: Bundle, path: Path) -> None:
    """Writes the bundle whole or not at all.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        with whole_file(path) as stream:
            stream.write(bundle_bytes(bundle))
    except OSError as error:
        raise InputError("a folder that can be written", f"{path.parent}: {error.strerror}", "choose another") from None


def bundle_bytes(bundle: Bundle) -> bytes:
    """The file's content; equal for equal bundles."""
    return pack(bundle.card.name, bundle.card.version, members_of(bundle), schema_of(bundle))


def _parse(members: Mapping[str, bytes], where: str) -> Bundle:
    bundle = Bundle(**parts_of(members, where))
    check_names([item.name for item in bundle.inputs], bundle.images, bundle.protocol, where, bundle.variables)
    return bundle


_STEEPEST, _FARTHEST = 100, 100  # calibration slope and intercept, by their size; sound ones are near 1 and 0
_ROUNDING = 1e-4  # of stored probabilities


def members_of(bundle: Bundle) -> dict[str, bytes]:
    """The members of a bundle's archive by name; what says nothing is left out, so that older bundles keep their
    bytes."""
    model: dict[str, Any] = {
        "card": without(asdict(bundle.card), comparator=LOGISTIC, licence=""),
        "inputs": [without(asdict(item), quantiles=()) for item in bundle.inputs],
        "calibration": asdict(bundle.calibration),
        "threshold": bundle.threshold,
        "interval": asdict(bundle.interval),
        "images": without(asdict(bundle.images), depth=None, weights_sha256=None, imported=None),
        "provenance": bundle.provenance,
    }
    if bundle.own_protocol is not None:
        model["protocol"] = json.dumps(protocol_plain(bundle.own_protocol))  # as text, since its order counts
    if bundle.own_variables:
        model["variables"] = json.dumps(variables_plain(bundle.own_variables))  # as text likewise
    if bundle.own_endpoint is not None:
        model["endpoint"] = bundle.own_endpoint.plain()
    if bundle.preparation is not None:
        model["preparation"] = preparation_to_plain(bundle.preparation, [item.name for item in bundle.inputs])
    parts = {key: values for key, values in vars(bundle.reference).items() if values is not None and len(values)}
    reference = {key: list(values) if key == SUBTYPES else values.tolist() for key, values in parts.items()}
    named: dict[str, bytes] = {}
    if isinstance(bundle.model, Trees):
        model["witness"] = plain_reference(bundle.model.reference)
        named[archive.TREES] = bundle.model.json
    linear = _linear_of(bundle)
    if linear is not None:
        named[archive.LINEAR] = linear_to_json(linear)
    return {archive.MODEL: to_json(model, indent=1), archive.REFERENCE: to_json(reference), **named}


def _linear_of(bundle: Bundle) -> Linear | None:
    """The linear model, or the part of the model that is one."""
    return bundle.model.logistic if isinstance(bundle.model, Trees) else bundle.model


def schema_of(bundle: Bundle) -> int:
    """The lowest schema whose programs can read the bundle."""
    newer = (_linear_of(bundle) is not None, bundle.own_protocol, bundle.own_variables, bundle.own_endpoint)
    if any(newer) or any(item.quantiles for item in bundle.inputs):
        return archive.SCHEMA
    return archive.PLAIN_SCHEMA if bundle.preparation is None else archive.PREPARED_SCHEMA


def parts_of(members: Mapping[str, bytes], where: str) -> dict[str, Any]:
    """What a bundle is made of, by attribute.

    Raises:
        InputError: something is missing, of another kind, or impossible.
    """
    model = from_json(members[archive.MODEL], f"{where}, {archive.MODEL}")
    inputs = build(tuple[BundleInput, ...], model.get("inputs"), f"{where}, inputs")
    images = build(ImageNeeds, model.get("images"), f"{where}, images")
    parts = {
        "model": _model(members, model.get("witness"), inputs, where),
        "card": build(ModelCard, _entry(model, "card", dict, where), f"{where}, card"),
        "inputs": inputs,
        "calibration": build(Calibration, model.get("calibration"), f"{where}, calibration"),
        "threshold": _entry(model, "threshold", float, where),
        "interval": build(IntervalSettings, model.get("interval"), f"{where}, interval"),
        "images": images,
        "reference": _reference(from_json(members[archive.REFERENCE], f"{where}, {archive.REFERENCE}"), where),
        "provenance": _entry(model, "provenance", dict, where),
        "own_protocol": _own_protocol(model, images, where),
        "own_variables": _own_variables(model, where),
        "own_endpoint": endpoint_from(model["endpoint"], f"{where}, endpoint") if "endpoint" in model else None,
        "preparation": (
            preparation_from_plain(model["preparation"], inputs, f"{where}, preparation")
            if "preparation" in model
            else None
        ),
    }
    _check_figures(parts, archive.LINEAR in members, where)
    return parts


def _model(members: Mapping[str, bytes], reference: Any, inputs: tuple[BundleInput, ...], where: str) -> Trees | Linear:
    names = [item.name for item in inputs]
    linear = read_linear(members[archive.LINEAR], names, where) if archive.LINEAR in members else None
    if archive.TREES in members:
        return read_trees(members[archive.TREES], reference, names, where, linear)
    assert linear is not None, "the archive holds one of them"
    return linear


def _own_protocol(model: Mapping[str, Any], images: ImageNeeds, where: str) -> Protocol | None:
    """The definition that the bundle carries; None where the protocol must ship, and does."""
    if "protocol" not in model:
        if images.protocol is not None:
            shipped_protocol(images.protocol)
        return None
    definition = from_json(_entry(model, "protocol", str, where).encode(), f"{where}, protocol")
    protocol = protocol_from(definition, f"{where}, protocol")
    if protocol.name != images.protocol:
        raise InputError(
            f"the definition of the protocol {images.protocol}", f"another in {where}", "do not use this bundle"
        )
    return protocol


def _own_variables(model: Mapping[str, Any], where: str) -> Variables:
    if "variables" not in model:
        return {}
    definitions = from_json(_entry(model, "variables", str, where).encode(), f"{where}, variables")
    return variables_from(definitions, f"{where}, variables")


def _check_figures(parts: Mapping[str, Any], linear: bool, where: str) -> None:
    """Figures that are impossible alone or contradict each other."""
    card, calibration, reference = parts["card"], parts["calibration"], parts["reference"]
    outcomes = reference.outcomes
    if (card.patients, card.positives) != (len(outcomes), int(outcomes.sum())):
        raise InputError(
            "as many patients and positives on the card as in reference.json",
            f"{card.patients} and {card.positives} in {where}",
            "do not use this bundle",
        )
    if any(item.missing > card.patients for item in parts["inputs"]):
        raise InputError("missing values of some training patients", f"of more in {where}", "do not use this bundle")
    unfilled = [item.name for item in parts["inputs"] if item.missing_allowed and item.kind != "binary"]
    if linear and parts["preparation"] is None and unfilled:
        raise InputError(
            "a formula with what stands for its missing inputs", f"none for {few(unfilled)} in {where}",
            "do not use this bundle",
        )  # fmt: skip
    calibrated = 0 < calibration.slope <= _STEEPEST and abs(calibration.intercept) <= _FARTHEST
    if not 0 < parts["threshold"] < 1 or not calibrated:
        raise InputError(
            f"a threshold inside (0, 1), a slope above 0, not above {_STEEPEST}, and an intercept within {_FARTHEST}",
            f"others in {where}",
            "do not use this bundle",
        )
    if reference.margins is not None:
        calibrated_again = calibration.probability(reference.margins)
        if np.abs(calibrated_again - reference.probabilities).max() > _ROUNDING:
            raise InputError(
                "a calibration that gives the out-of-fold probabilities",
                f"another in {where}",
                "do not use this bundle",
            )


def _reference(data: Mapping[str, Any], where: str) -> Reference:
    subtypes = _entry(data, SUBTYPES, list, where) if SUBTYPES in data else []
    lists = [_entry(data, key, list, where) for key in ("probabilities", "outcomes", *_optional(data, "margins"))]
    numeric = all(type(item) in (int, float) for values in lists for item in values)
    if numeric and lists[0] and len({len(values) for values in lists}) == 1:
        probabilities, outcomes, *rest = (np.array(values, dtype=float) for values in lists)
        known = not subtypes or (len(subtypes) == len(outcomes) and all(one in ("", *RECEPTORS) for one in subtypes))
        if known and (probabilities >= 0).all() and (probabilities <= 1).all() and np.isin(outcomes, [0, 1]).all():
            return Reference(probabilities, outcomes.astype(np.int64), rest[0] if rest else None, tuple(subtypes))
    raise InputError(
        "a probability and an outcome per training patient", f"others in {where}", "do not use this bundle"
    )


def _optional(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return (key,) if key in data else ()


def _entry(data: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    value = data.get(key)
    if not isinstance(value, kind):
        raise InputError(f"'{key}' as {kind.__name__} in {where}", type(value).__name__, "do not use this bundle")
    return value
