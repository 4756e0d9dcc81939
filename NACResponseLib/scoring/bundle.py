"""Bundles: a trained model in one file, ``NAME.nacmodel``, with nothing executable in it.

``model.json`` holds the model card, inputs, calibration, threshold, interval, what images it needs, the protocol's
definition unless it ships, and provenance; ``reference.json`` the out-of-fold probabilities and outcomes of the
training cohort; ``xgboost.json`` trees, in XGBoost's own format, or else ``linear.json`` a formula. ``archive`` tells
how they are packed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from ..protocol import Protocol
from .archive import LARGEST_FILE, pack, unpack
from .bundle_json import members_of, parts_of, schema_of
from .bundle_parts import BundleInput, IntervalSettings, Reference
from .card import ModelCard
from .input_names import check_names
from .linear import Linear
from .protocols import USUAL_PROTOCOL, shipped_protocol
from .trees import Trees

if TYPE_CHECKING:
    from ..learning.radiomics.preparation import Preparation

SUFFIX = ".nacmodel"
VARIABLE = "NACRESPONSE_MODELS"
DEFAULT_MODEL = "ispy-clinical-volume"


@dataclass(frozen=True)
class Bundle:
    """A trained model, ready to score.

    Attributes:
        images: protocol (None: no image features), contour and margin that the inputs come from.
        provenance: recipe, training table and package versions.
        model: from prepared inputs to log-odds.
        sha256: of the file it was read from; empty for one not yet saved.
        preparation: of the inputs before the model sees them; None if it sees them as they are.
        own_protocol: the definition of a protocol that does not ship; ``protocol`` is it, or the one that ships.
    """

    card: ModelCard
    inputs: tuple[BundleInput, ...]
    calibration: Calibration
    threshold: float
    interval: IntervalSettings
    images: ImageNeeds
    reference: Reference
    provenance: Mapping[str, Any]
    model: Trees | Linear
    sha256: str = ""
    preparation: Preparation | None = None
    own_protocol: Protocol | None = None

    def prepared(self, row: NDArray[Any], scanners: Mapping[str, str]) -> NDArray[np.float64]:
        """A patient's inputs as the model sees them, (inputs,).

        Args:
            row: (inputs,), raw, NaN where missing.
            scanners: by group of features (``MRI``, ``CT``), where known.

        Raises:
            InputError: a scanner without training patients, where the model refuses those, or a value that has no
                logarithm where the model takes it.
        """
        if self.preparation is None:
            return row
        for number in self.preparation.log:
            if row[number] <= 0:
                name = self.inputs[number].name
                raise InputError(f"a value of {name} above 0", f"{row[number]:g}", f"correct {name}")
        labels = {group: np.array([name]) for group, name in scanners.items()}
        self.preparation.check(row[None], labels)
        return self.preparation.apply(row[None], labels)[0]

    @cached_property
    def protocol(self) -> Protocol:
        """By which its images are prepared and its features extracted."""
        return self.own_protocol or shipped_protocol(self.images.protocol or USUAL_PROTOCOL)


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
    return pack(bundle.card.name, bundle.card.version, members_of(bundle), schema_of(bundle))


def _parse(members: Mapping[str, bytes], where: str) -> Bundle:
    bundle = Bundle(**parts_of(members, where))
    check_names([item.name for item in bundle.inputs], bundle.images, bundle.protocol, where)
    return bundle
