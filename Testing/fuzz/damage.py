"""One flipped bit: how often is it noticed? ``python -m Testing.fuzz.damage`` reads each kind of file 1,000 times."""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from NACResponseLib.errors import InputError

from .readers import READERS

FLIPS = 1000


def _bundle(path: Path) -> Any:
    from NACResponseLib.model.bundle import bundle_bytes, load_bundle

    return bundle_bytes(load_bundle(path))


def _voxels(path: Path) -> Any:
    from NACResponseLib.imaging.io import read_image

    image = read_image(path, note=lambda text: None)
    geometry = (image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    return geometry, sitk.GetArrayFromImage(image).tobytes()


def _table(path: Path) -> Any:
    from NACResponseLib.features.table import read_table

    values = read_table(path).values
    return list(values), list(values.index), np.round(values.to_numpy(), 12).tobytes()


def _record(path: Path) -> Any:
    from NACResponseLib.cohort.store import read_record

    record = read_record(path)
    if record is None:
        raise InputError("a record", "none that counts", "compute it again")
    return record


KINDS: dict[str, tuple[str, str, Callable[[Path], Any]]] = {
    "model file": ("bundle", ".nacmodel", _bundle),
    "finished patient": ("record", ".json", _record),
    "feature table": ("parquet", ".parquet", _table),
    "NIfTI, packed": ("nifti", ".gz", _voxels),
    "NIfTI, plain": ("nifti", ".nii", _voxels),
}


def unnoticed(kind: str, flips: int = FLIPS, seed: int = 1) -> tuple[int, int]:
    """How many flipped bits changed what is read, and how many of those were not refused."""
    name, suffix, read = KINDS[kind]
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = next(file for file in READERS[name].make(Path(folder)) if file.suffix == suffix)
        sound, expected = path.read_bytes(), read(path)
        refused = other = 0
        for _ in range(flips):
            changed = bytearray(sound)
            changed[rng.randrange(len(sound))] ^= 1 << rng.randrange(8)
            path.write_bytes(changed)
            try:
                other += read(path) != expected
            except InputError:
                refused += 1
    return refused + other, other


def main() -> int:
    for kind in KINDS:
        harmful, silent = unnoticed(kind)
        print(
            f"{kind:<18} {FLIPS} bits flipped one at a time, {harmful} harmful, {silent} of them not noticed",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
