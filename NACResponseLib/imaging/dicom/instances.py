"""The DICOM files of a folder: found by their content, their headers read, and what is damaged refused by name."""

from __future__ import annotations

import logging
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ...errors import InputError, few
from ..files.bounded import check_ordinary
from ..lattice import ReadingWarning

if TYPE_CHECKING:
    from pydicom import Dataset

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""Segmentation Storage and Label Map Segmentation Storage."""
STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_DIRECTORY = "1.2.840.10008.1.3.10"
_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID")
_SUFFIXES = (".dcm", ".ima", ".dicom")
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_LARGEST_DEFLATED = 1 << 28


@dataclass(frozen=True, eq=False)
class Instance:
    """A DICOM file and its header, without pixels."""

    path: Path
    header: Dataset

    def text(self, keyword: str) -> str:
        """An element's value as text; empty where there is none.

        Raises:
            InputError: the element is damaged, which shows when its value is asked for.
        """
        try:
            value = self.header.get(keyword)
        except Exception as error:  # of many kinds, as in ``reading``
            raise damaged(self.path, error) from error
        return "" if value is None else str(value).strip()

    @cached_property
    def frames(self) -> int:
        """How many it holds."""
        return int(self.header.get("NumberOfFrames") or 1)

    @property
    def kind(self) -> str:
        """Its SOP class."""
        return self.text("SOPClassUID")

    @property
    def has_pixels(self) -> bool:
        """Whether it is a picture."""
        return bool(self.header.get("Rows") and self.header.get("Columns"))

    @property
    def is_image(self) -> bool:
        """Whether it is a picture and no segmentation."""
        return self.has_pixels and self.kind not in SEGMENTATIONS

    @property
    def is_contour(self) -> bool:
        """Whether it is a segmentation or a structure set."""
        return self.kind in SEGMENTATIONS or self.kind == STRUCTURES


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever pydicom or highdicom make of a file that contradicts the standard becomes one line.

    Raises:
        InputError: instead of any other error.
    """
    loggers = [logging.getLogger(name) for name in ("pydicom", "highdicom")]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("default", ReadingWarning)
            yield
    except (InputError, KeyboardInterrupt):
        raise
    except ImportError as error:
        found = f"no package {error.name or error}"
        raise InputError("pydicom and highdicom for DICOM files", found, "pip install 'highdicom>=0.25'") from None
    except OSError as error:
        if error.strerror:
            raise
        raise damaged(path, error) from None
    except Exception as error:  # of many kinds: the standard's breaches are as many
        raise damaged(path, error) from error
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def damaged(path: Path, error: object) -> InputError:
    """The error for a file that pydicom or highdicom cannot use."""
    why = f"{type(error).__name__}: {str(error)[:120]}" if str(error) else type(error).__name__
    return InputError("a whole DICOM file", f"{path.name}, damaged or cut short ({why})", "export it again")


def is_dicom(path: Path) -> bool:
    """Whether an ordinary file begins as DICOM does, with or without its preamble."""
    with path.open("rb") as stream:
        start = stream.read(132)
    return start[128:] == b"DICM" or _bare(start)


def _bare(start: bytes) -> bool:
    """Elements of group 0008 from the first byte on, as files of old have them."""
    return start[:2] == b"\x08\x00" and (start[4:6].isalpha() or start[6:8] == b"\0\0") and len(start) > 16


def read_header(path: Path) -> Instance:
    """A file's header.

    Raises:
        InputError: no DICOM file, or a damaged one.
    """
    with reading(path):
        from pydicom import dcmread

        found = Instance(path, dcmread(path, stop_before_pixels=True, force=not _has_preamble(path)))
    missing = [key for key in _IDENTITY if found.kind != _DIRECTORY and not found.text(key)]
    if missing:  # of a file that was cut in its header, what is left would be taken for no slice at all
        raise damaged(path, f"without {missing[0]}")
    return found


def read_whole(path: Path) -> Dataset:
    """A file with its pixels.

    Raises:
        InputError: it is damaged.
    """
    with reading(path):
        from pydicom import dcmread

        return dcmread(path, force=not _has_preamble(path))


def _has_preamble(path: Path) -> bool:
    """Raises: InputError: no ordinary file, or deflated content that unpacks to more than it may."""
    check_ordinary(path)
    with path.open("rb") as stream:
        start = stream.read(1024)
        if start[128:132] == b"DICM" and _DEFLATED in start:
            stream.seek(144 + int.from_bytes(start[140:144], "little"))  # after the group of file meta information
            _check_deflated(stream, path)
    return start[128:132] == b"DICM"


def _check_deflated(stream: BinaryIO, path: Path) -> None:
    """Unpacks without keeping, as pydicom would in one go and without a limit."""
    unpacker, length = zlib.decompressobj(-15), 0
    try:
        while not unpacker.eof and (fed := unpacker.unconsumed_tail or stream.read(1 << 20)):
            length += len(unpacker.decompress(fed, 1 << 22))
            if length > _LARGEST_DEFLATED:
                raise InputError("deflated DICOM of at most 256 MiB", f"more in {path.name}", "export it uncompressed")
    except zlib.error as error:
        raise damaged(path, error) from None


def instances_of(path: Path) -> tuple[Instance, ...]:
    """The DICOM files of a folder, or the one file, in order of their names.

    Other files in the folder are left aside, unless they should be DICOM: empty or damaged ones may be slices.

    Raises:
        InputError: none there, or damaged ones.
    """
    if not path.is_dir():
        return (read_header(path),)
    files = sorted(file for file in path.iterdir() if not file.name.startswith(".") and file.is_file())
    found = [file for file in files if is_dicom(file)]
    _check_others(path, files, found)
    if not found:
        raise InputError("a folder of DICOM files", f"none in {path}{_below(path)}", "choose the folder of the slices")
    every = [read_header(file) for file in found]
    return tuple(one for one in every if one.kind != _DIRECTORY)


def _check_others(folder: Path, files: list[Path], found: list[Path]) -> None:
    endings = {*_SUFFIXES, *(file.suffix.lower() for file in found)}
    others = [file for file in files if file not in set(found)]
    suspect = [file for file in others if file.suffix.lower() in endings and not _is_text(file)]
    if suspect:
        empty = sum(file.stat().st_size == 0 for file in suspect)
        names = few([file.name for file in suspect], 3)
        kind = "empty (0 bytes)" if empty == len(suspect) else "damaged or cut short"
        raise InputError(
            "whole DICOM files", f"{len(suspect)} {kind} in {folder}: {names}", "copy or export the series again"
        )


def _is_text(file: Path) -> bool:
    with file.open("rb") as stream:
        start = stream.read(512)
    return bool(start) and all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start) and file.suffix == ""


def _below(folder: Path) -> str:
    """The subfolders that do hold DICOM files, as a hospital's export has them."""
    inner = [sub for sub in sorted(folder.glob("**/")) if sub != folder]
    found = [str(sub.relative_to(folder)) for sub in inner[:50] if _holds_dicom(sub)]
    return f" itself, but in its subfolders {', '.join(found[:5])}" if found else ""


def _holds_dicom(folder: Path) -> bool:
    files = (file for file in sorted(folder.iterdir())[:20] if file.is_file() and file.name != "DICOMDIR")
    return any(is_dicom(file) for file in files)


def decimals(dataset: Any, keyword: str, count: int) -> np.ndarray | None:
    """Numbers of an element; None where it is missing or empty.

    Raises:
        InputError: others, or not so many.
    """
    value = dataset.get(keyword) if dataset is not None else None
    if value is None or (not isinstance(value, (int, float)) and len(value) == 0):
        return None
    try:
        found = np.atleast_1d(np.asarray(value, float))
    except (TypeError, ValueError):
        found = np.empty(0)
    if found.shape != (count,) or not np.isfinite(found).all():
        raise InputError(f"{count} numbers in {keyword}", f"'{value}'", "export the series again")
    return found
