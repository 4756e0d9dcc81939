"""Finished partitions on disk, so that an interrupted run goes on where it was.

The name of their folder holds a hash of all that a result follows from: inputs, endpoint, recipe, partitions, code and
versions. A file is there whole or not at all, with a checksum: one that was altered is made again.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..hashing import sha256_of
from ..output import read_sealed, write_sealed
from ..plain_data import build
from .fitted import PartitionResult

PREFIX = ".nacresponse-partitions-"  # ``output.is_leftover`` knows it by its beginning
_KEY_LENGTH = 16


class Checkpoint:
    """Results of one run.

    Args:
        folder: of the run's results.
        inputs: all that the results follow from, as plain data.
    """

    def __init__(self, folder: Path, inputs: Any) -> None:
        key = sha256_of(json.dumps(inputs, sort_keys=True).encode())
        self._folder = folder / f"{PREFIX}{key[:_KEY_LENGTH]}"

    def load(self, feature_set: str, partition: int) -> PartitionResult | None:
        """A finished partition; None if it is not finished, or its file is not what was written."""
        content = read_sealed(self._file(feature_set, partition))
        try:
            return build(PartitionResult, content, "a finished partition")
        except InputError:
            return None

    def save(self, result: PartitionResult) -> None:
        """Keeps a finished partition."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_sealed(self._file(result.feature_set, result.partition), asdict(result))

    @staticmethod
    def remove_all(folder: Path) -> None:
        """Removes finished partitions from the folder of a run that is done, those of other inputs among them."""
        for kept in folder.glob(f"{PREFIX}*"):
            shutil.rmtree(kept)

    def _file(self, feature_set: str, partition: int) -> Path:
        return self._folder / f"{feature_set}-{partition:04d}.json"
