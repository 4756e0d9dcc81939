"""The series of a folder: which there are, and the one that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ...errors import InputError
from ..lattice import Note
from ..source import NAME, Source, same_name
from .instances import Instance

_SHOWN = 12
_ALIKE = (
    "StudyInstanceUID", "FrameOfReferenceUID", "SeriesNumber", "SeriesDescription", "Modality", "Rows", "Columns",
    "PixelSpacing", "ImageOrientationPatient",
)  # fmt: skip


@dataclass(frozen=True)
class Series:
    """The files of one series."""

    instances: tuple[Instance, ...]

    @cached_property
    def uid(self) -> str:
        """Series instance UID; of several with one slice each, the first one's."""
        return self.instances[0].text("SeriesInstanceUID")

    @property
    def description(self) -> str:
        """As the scanner calls it."""
        return self.instances[0].text("SeriesDescription")

    @property
    def modality(self) -> str:
        """As DICOM names it."""
        return self.instances[0].text("Modality")

    def __str__(self) -> str:
        first = self.instances[0]
        pictures = sum(one.frames for one in self.instances)
        count = f"{len(self.instances)} files" if pictures == len(self.instances) else f"{pictures} frames"
        study = f", study of {first.text('StudyDate')}" if first.text("StudyDate") else ""
        return f"{self.description or 'no description'} ({self.modality or 'no modality'}, {count}{study}, {self.uid})"


def series_of(instances: Sequence[Instance], note: Note) -> tuple[Series, ...]:
    """The series of some files; slices that have a series each are joined, with a note."""
    by_uid: dict[str, list[Instance]] = {}
    for one in instances:
        by_uid.setdefault(one.text("SeriesInstanceUID"), []).append(one)
    single = [files[0] for files in by_uid.values() if len(files) == 1 and files[0].is_image and files[0].frames == 1]
    alike: dict[tuple, list[Instance]] = {}
    for one in single:
        alike.setdefault(_stack_key(one), []).append(one)
    joined = {id(one): tuple(group) for group in alike.values() if len(group) > 3 for one in group}
    found: dict[int, Series] = {}
    for files in by_uid.values():
        together = joined.get(id(files[0]), tuple(files))
        if id(together[0]) not in found and len(together) > len(files):
            note(f"{len(together)} slices with a series UID each were joined to one series.")
        found.setdefault(id(together[0]), Series(together))
    return tuple(found.values())


def _stack_key(one: Instance) -> tuple:
    """What slices of one stack have in common, the series UID aside."""
    return tuple(one.text(key) for key in _ALIKE)


def choose_series(series: Sequence[Series], source: Source, others: Sequence[Series] = ()) -> Series:
    """The series of images that is meant.

    Args:
        series: to choose from.
        others: what else the folder holds, to be listed.

    Raises:
        InputError: several and no choice, or no such one.
    """
    wanted = source.names
    matches = [one for one in series if not wanted or any(fits(one, name) for name in wanted)]
    if len(matches) == 1:
        return matches[0]
    every = [*series, *others]
    listed = "; ".join(str(one) for one in every[:_SHOWN])
    listed += f"; and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    where = f" '{source.name}'" if source.name else ""
    raise InputError(
        f"one DICOM series{where} in {source.path}",
        listed or "none",
        f"add '{NAME}' and the series UID or description to the folder",
    )


def fits(one: Series, name: str) -> bool:
    """Whether a series is called so, by its description or a UID."""
    return same_name(name, one.description) or any(i.text("SeriesInstanceUID") == name for i in one.instances)
