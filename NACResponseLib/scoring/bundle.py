"""Bundles: a trained model in one file, ``NAME.nacmodel``, with nothing executable in it.

A bundle is a ZIP archive (stored, not compressed; fixed dates; sorted names: equal models give equal bytes) of

================== ========================================================================================
``manifest.json``  schema number, name, version, SHA-256 of each other member
``model.json``     model card, inputs, calibration, threshold, interval, what images it needs, provenance
``reference.json`` out-of-fold probabilities and outcomes of the training cohort
``xgboost.json``   the trees, in XGBoost's own format
================== ========================================================================================
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..config import find_resource
from ..errors import InputError
from ..evaluation.calibration import Calibration
from ..learning.plain_data import build_typed
from ..learning.recipe import ImageNeeds
from .card import Metric, ModelCard
from .trees import Witness, check_trees

if TYPE_CHECKING:
    from xgboost import Booster

SCHEMA = 1
SUFFIX = ".nacmodel"
DEFAULT_MODEL = "ispy-clinical-volume"
MEMBERS = ("model.json", "reference.json", "xgboost.json")
_MANIFEST = "manifest.json"
_LARGEST_FILE = 64 * 2**20
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class BundleInput:
    """One input of the model, in its order.

    Attributes:
        kind: ``continuous``, ``binary`` (1 positive, 0 negative) or ``ordinal``.
        low, high: range of the training patients; ``p01`` and ``p99`` hold the central 98 % of them.
        missing: training patients without it.
    """

    name: str
    label: str
    kind: str
    unit: str
    missing_allowed: bool
    missing: int
    low: float
    high: float
    p01: float
    p99: float


@dataclass(frozen=True)
class IntervalSettings:
    """The interval is Wilson's at ``level`` for a rate seen in ``effective_patients`` (``learning.uncertainty``)."""

    effective_patients: float
    level: float

    def __post_init__(self) -> None:
        if not (self.effective_patients > 0 and 0 < self.level < 1):
            raise InputError("a level inside (0, 1) and effective_patients above 0", f"{self}", "correct the bundle")


@dataclass(frozen=True)
class Reference:
    """Training patients' out-of-fold calibrated probabilities (n,) and outcomes (n,), 1 for the positive class."""

    probabilities: NDArray[np.float64]
    outcomes: NDArray[np.int64]


@dataclass(frozen=True)
class Bundle:
    """A trained model, ready to score.

    Attributes:
        images: protocol (None: no image features), contour and margin that the inputs come from.
        provenance: recipe, training table and package versions.
        xgboost_json: the trees as stored; ``witness`` shows whether they are read rightly.
        sha256: of the file it was read from; empty for one not yet saved.
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
            reason = str(error).strip().splitlines()[-1]
            raise InputError(
                "trees that XGBoost reads", reason, "install a newer xgboost, or get the bundle again"
            ) from None
        self.witness.check(booster)
        return booster


def load_bundle(name: str | Path = DEFAULT_MODEL) -> Bundle:
    """A shipped model by name, or the user's own file.

    Raises:
        InputError: unknown name, not a bundle, damaged (the member is named), newer schema, unexpected content.
    """
    path = find_resource("model", name, "Models", SUFFIX)
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST_FILE else None
    except OSError as error:
        raise InputError("a bundle that can be read", f"{path}: {error.strerror}", "check its permissions") from None
    if content is None:
        raise InputError(f"a bundle below {_LARGEST_FILE >> 20} MiB", f"a larger file {path}", "get the bundle again")
    return replace(_parse(_members(content, path.name), path.name), sha256=_hash(content))


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
        "card": asdict(bundle.card),
        "inputs": [asdict(item) for item in bundle.inputs],
        "calibration": asdict(bundle.calibration),
        "threshold": bundle.threshold,
        "interval": asdict(bundle.interval),
        "images": asdict(bundle.images),
        "provenance": bundle.provenance,
        "witness": {
            "rows": [[None if np.isnan(value) else value for value in row] for row in bundle.witness.rows],
            "margins": bundle.witness.margins,
        },
    }
    reference = {
        "probabilities": bundle.reference.probabilities.tolist(),
        "outcomes": bundle.reference.outcomes.tolist(),
    }
    members = {
        "model.json": _json(model, indent=1),
        "reference.json": _json(reference),
        "xgboost.json": bundle.xgboost_json,
    }
    manifest = {
        "schema": SCHEMA,
        "name": bundle.card.name,
        "version": bundle.card.version,
        "sha256": {name: _hash(content) for name, content in members.items()},
    }
    members[_MANIFEST] = _json(manifest, indent=1)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            file.writestr(entry, members[name])
    return archive.getvalue()


def _members(content: bytes, where: str) -> dict[str, bytes]:
    """The archive's members, checked against the manifest."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            entries = file.infolist()
            _check_entries(entries, where)
            members = {entry.filename: file.read(entry) for entry in entries}
    except (zipfile.BadZipFile, EOFError) as error:
        raise InputError(f"a bundle ({SUFFIX})", f"{where}: {error}", "get the file again, it may be cut off") from None
    manifest = _read_json(members.pop(_MANIFEST), f"{where}, {_MANIFEST}")
    schema = manifest.get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        raise InputError(f"a bundle of schema {SCHEMA}", f"schema {schema} in {where}", "update NACResponse")
    for name in MEMBERS:
        if _entry(manifest, "sha256", dict, where).get(name) != _hash(members[name]):
            raise InputError(f"{name} as its checksum says", f"other content in {where}", "get the bundle again")
    return members


def _check_entries(entries: list[zipfile.ZipInfo], where: str) -> None:
    """Exactly the known members, once each, stored as they are: no paths, no bombs, no encryption."""
    names = [entry.filename for entry in entries]
    expected = {*MEMBERS, _MANIFEST}
    for name in sorted(expected - set(names)):
        raise InputError(f"{name} in the bundle", f"none in {where}", "get the bundle again")
    for name in names:
        if name not in expected or names.count(name) > 1:
            raise InputError(f"only {', '.join(sorted(expected))}", f"'{name}' in {where}", "do not use this bundle")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 or entry.file_size > _LARGEST_FILE:
            raise InputError(
                "members stored without compression or encryption",
                f"another {entry.filename} in {where}",
                "do not use this bundle",
            )


def _parse(members: Mapping[str, bytes], where: str) -> Bundle:
    model = _read_json(members["model.json"], f"{where}, model.json")
    inputs = tuple(build_typed(BundleInput, item, f"{where}, input") for item in _entry(model, "inputs", list, where))
    trees = _read_json(members["xgboost.json"], f"{where}, xgboost.json")
    check_trees(trees, [item.name for item in inputs], where)
    card = dict(_entry(model, "card", dict, where))
    card["metrics"] = tuple(
        build_typed(Metric, item, f"{where}, metric") for item in _entry(card, "metrics", list, where)
    )
    bundle = Bundle(
        card=build_typed(ModelCard, card, f"{where}, card"),
        inputs=inputs,
        calibration=build_typed(Calibration, model.get("calibration"), f"{where}, calibration"),
        threshold=_entry(model, "threshold", float, where),
        interval=build_typed(IntervalSettings, model.get("interval"), f"{where}, interval"),
        images=build_typed(ImageNeeds, model.get("images"), f"{where}, images"),
        reference=_reference(_read_json(members["reference.json"], f"{where}, reference.json"), where),
        provenance=_entry(model, "provenance", dict, where),
        xgboost_json=members["xgboost.json"],
        witness=_witness(_entry(model, "witness", dict, where), len(inputs), where),
    )
    if not 0 < bundle.threshold < 1 or not bundle.calibration.slope > 0:
        raise InputError(
            "a threshold inside (0, 1) and a slope above 0", f"others in {where}", "do not use this bundle"
        )
    return bundle


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
    if not sized or not all(type(value) in (int, float, type(None)) for row in rows for value in row):
        raise InputError("a margin per witness row", f"others in {where}", "do not use this bundle")
    return Witness(tuple(tuple(np.nan if value is None else value for value in row) for row in rows), tuple(margins))


def _entry(data: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
    value = data.get(key)
    if not isinstance(value, kind):
        raise InputError(f"'{key}' as {kind.__name__} in {where}", type(value).__name__, "do not use this bundle")
    return value


def _read_json(content: bytes, where: str) -> dict[str, Any]:
    def refuse(constant: str) -> float:
        raise ValueError(f"{constant} is no number")

    try:
        data = json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise InputError("JSON of finite numbers", f"{where}: {error}", "do not use this bundle") from None
    if not isinstance(data, dict):
        raise InputError("a JSON object", f"another value in {where}", "do not use this bundle")
    return data


def _json(data: Any, indent: int | None = None) -> bytes:
    return json.dumps(data, indent=indent, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
