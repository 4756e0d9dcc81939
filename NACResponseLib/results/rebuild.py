"""``rebuild``: a shipped model again, from the table and the recipe that it was trained by."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..config import resources
from ..hashing import sha256_of
from ..model.archive import unpack
from ..model.bundle import Bundle
from .importing import import_features
from .training import train

_FEATURES = "Models/CC-BY-NC-4.0/ispy_radiomics.csv"
_OF_FEATURES = dict.fromkeys(("ispy-radiomics", "ispy-radiomics-signature"), (_FEATURES, "ispy-radiomics", "pcr"))
"""Table, protocol and endpoint of the models that are trained on a shipped table of image features, by recipe."""
LAST_DIGITS = 1e-9
"""A larger difference of numbers is none of rounding."""


def largest_difference(one: bytes, other: bytes) -> float:
    """Of the numbers in two bundle files, relative to the larger one or to 1; infinite where anything else differs.

    Sums are rounded in the order in which the processor's vectors take them: elsewhere the last digits are others.

    Raises:
        InputError: a file that is no bundle.
    """
    members = [unpack(content, "the bundle") for content in (one, other)]
    return _apart(*({name: json.loads(content) for name, content in each.items()} for each in members))


def _apart(one: Any, other: Any) -> float:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return max((_apart(one[key], other[key]) for key in one), default=0.0)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return max(map(_apart, one, other), default=0.0)
    if {type(one), type(other)} <= {int, float}:
        return abs(one - other) / max(abs(one), abs(other), 1.0)
    return 0.0 if one == other else math.inf


def rebuild(recipe: str | Path, workers: int = 1) -> Bundle:
    """Validates and trains the model as its recipe says.

    Args:
        recipe: by name, or the file of one that names its own table.
        workers: processes.

    Raises:
        InputError: an unusable recipe or table.
    """
    if str(recipe) not in _OF_FEATURES:
        from ..training.rebuild import rebuild as rebuild_clinical

        return rebuild_clinical(recipe, workers=workers)
    from ..training.assembly import assemble_run
    from ..training.recipe_parts import recipe_path

    table, protocol, endpoint = _OF_FEATURES[str(recipe)]
    with tempfile.TemporaryDirectory() as folder:
        features = Path(folder) / "features"
        import_features(resources() / table, features, protocol=protocol)
        run = train(features, endpoint, Path(folder) / "run", recipe=recipe, workers=workers).fitted
    assert run is not None, "it was trained here"
    bundle = assemble_run(run, str(recipe))
    file, given = recipe_path(recipe), resources() / table
    origin = {
        "recipe": {"name": file.name, "sha256": sha256_of(file.read_bytes())},
        "table": {"name": given.name, "sha256": sha256_of(given.read_bytes())},  # in place of the folder made of it
    }
    provenance = {k: v for k, v in bundle.provenance.items() if k != "inputs"} | origin
    return replace(
        bundle, provenance=provenance, reference=replace(bundle.reference, subtypes=())
    )  # the table has them
