"""Bundles: a trained model in one file, ``NAME.nacmodel``, with nothing executable in it.

``model.json`` holds the model card, inputs, calibration, threshold, interval, what images it needs, the protocol's
definition unless it ships, and provenance; ``reference.json`` the out-of-fold probabilities and outcomes of the
training cohort; ``xgboost.json`` trees, in XGBoost's own format, or else ``linear.json`` a formula. ``archive`` tells
how they are packed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..config import find_resource, named_files, user_folder
from ..errors import InputError
from ..hashing import sha256_of
from .archive import LARGEST_FILE, pack, unpack
from .bundle_content import Bundle
from .bundle_json import members_of, parts_of, schema_of
from .input_names import check_names

SUFFIX = ".nacmodel"
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
