"""Finished patients on disk: one file each, written whole, with a checksum over all of it.

``OUTPUT/patients/NAME.json`` is a line with the SHA-256 of the rest, then the rest. Whatever ends a run early (a kill,
a full disk, a pulled plug), a file is whole or not counted. Several runs may share a folder: they write the same.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..hashing import sha256_of
from ..output import is_leftover, read_sealed, remove_leftovers, whole_file, write_sealed

FOLDER = "patients"
_MARKER = "README.txt"
_README = """Finished patients of "nacresponse extract", one file each. Delete one to have it computed again.
Running the same command with the same output folder goes on where the last run ended. Files up to 4 MiB are known by
their content, larger ones by their size and times.
"""
_PATCHES = "*.patches.npz"
_STALE_S = 86400  # patches of runs that were killed


def open_store(output: Path, own: tuple[str, ...]) -> Path:
    """The folder of finished patients in an output folder, made if need be; leftovers of killed runs are removed.

    Args:
        output: new, empty, or of an earlier run.
        own: patterns of the other files and folders that a run writes there.

    Raises:
        InputError: it holds something else, or cannot be written.
    """
    folder = output / FOLDER
    try:
        if not (folder / _MARKER).is_file():
            _refuse_foreign(output)
            folder.mkdir(parents=True, exist_ok=True)
            with whole_file(folder / _MARKER) as stream:
                stream.write(_README.encode())
        else:
            _refuse_foreign(output, (FOLDER, *own))
        for place in (output, folder):
            remove_leftovers(place)
        for file in folder.glob(_PATCHES):
            if time.time() - file.stat().st_mtime > _STALE_S:
                file.unlink(missing_ok=True)
    except OSError as error:
        found = f"{output}: {error.strerror}"
        raise InputError("an output folder that can be written", found, "choose another or free space") from None
    return folder


def _refuse_foreign(output: Path, own: tuple[str, ...] = (FOLDER,)) -> None:
    if output.exists() and not output.is_dir():
        raise InputError("an output folder", f"the file {output}", "choose another name")
    present = [file for file in output.iterdir() if not is_leftover(file)] if output.exists() else []
    foreign = [file.name for file in present if not any(file.match(pattern) for pattern in own)]
    if foreign:
        raise InputError("an empty or new output folder", f"{foreign[0]} in {output}", "choose another folder")


def record_file(folder: Path, name: str) -> Path:
    """The file of a patient: the name as far as a file system allows, made unique by its hash."""
    readable = re.sub(r"[^A-Za-z0-9._-]", "_", name).strip(".")[:60]
    return folder / f"{readable}-{sha256_of(name.encode())[:10]}.json"


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Writes a finished patient, whole or not at all.

    Raises:
        OSError: the disk is full or not to be written.
    """
    write_sealed(path, record)


def read_record(path: Path) -> dict[str, Any] | None:
    """A finished patient; None where there is none, or a file that is not what was written.

    Raises:
        OSError: the file is there and cannot be read.
    """
    record = read_sealed(path)
    return record if isinstance(record, dict) else None
