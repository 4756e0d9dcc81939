"""Which series is which image of a protocol: by its name, else by modality, date, and what a series shows.

The last word of an image's name says what it shows, as phantoms read it: ``ADC``, ``T2``, ``PRE``, ``POST3``; one that
says nothing (``CET1``) is the early phase after contrast. Where a protocol has several time points, the study dates in
their order are these; where there are more or fewer dates, only names tell. What is not clear is left out.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Protocol as Shape

from .series_roles import CET1, CT, PRE, T2, Series, guess_roles, phase_numbers

_PLANAR = ("US", "MG", "PT")
_PHASE = re.compile(r"(?:POST|PHASE|DCE)(\d{1,2})$")


class ImageOf(Shape):
    """What is asked of an image of a protocol."""

    @property
    def modality(self) -> str: ...
    @property
    def time(self) -> str: ...


def guess_images(series: Sequence[Series], images: Mapping[str, ImageOf]) -> dict[str, Hashable]:
    """Key of the series by image name, for the images that a series clearly is.

    Args:
        series: of one patient; ``StudyDate`` among the tags tells time points.
        images: of the protocol, by name.
    """
    found = {name: key for name in images if (key := _by_name(name, series)) is not None}
    times = list(dict.fromkeys(image.time for image in images.values()))
    for time, its in zip(times, _by_date(series, len(times)), strict=False):
        wanted = {name: image for name, image in images.items() if image.time == time and name not in found}
        taken = set(found.values())
        found |= _by_content([one for one in its if one.key not in taken], wanted)
    return {name: found[name] for name in images if name in found}


def _by_name(name: str, series: Sequence[Series]) -> Hashable | None:
    """The only series whose name is or ends with the image's."""
    ends = re.compile(rf"(?:^|[^A-Za-z0-9]){re.escape(name)}(?:\.\w+)*$", re.IGNORECASE)
    keys = [one.key for one in series if ends.search(one.name)]
    return keys[0] if len(keys) == 1 else None


def _by_date(series: Sequence[Series], times: int) -> list[list[Series]]:
    """The series of each time point; none where the dates do not decide."""
    if times == 1:
        return [list(series)]
    dates = sorted({str(one.tags.get("StudyDate") or "") for one in series} - {""})
    if len(dates) != times:
        return []
    return [[one for one in series if one.tags.get("StudyDate") == date] for date in dates]


def _by_content(series: Sequence[Series], images: Mapping[str, ImageOf]) -> dict[str, Hashable]:
    roles, numbers = guess_roles(series), phase_numbers(series)
    found: dict[str, Hashable] = {}
    for name, image in images.items():
        key = _one_of(name, image.modality, series, roles, numbers)
        if key is not None and key not in found.values():
            found[name] = key
    return found


def _one_of(
    name: str,
    modality: str,
    series: Sequence[Series],
    roles: Mapping[str, Hashable],
    numbers: Mapping[Hashable, int],
) -> Hashable | None:
    last = name.upper().rpartition("_")[2]
    if modality in _PLANAR:
        return _only([one.key for one in series if one.tags.get("Modality") == modality])
    if modality == "CT":
        return roles.get(CT)
    if last == "ADC":
        return _only([one.key for one in series if re.search(r"(?:^|[^a-z])e?adc(?![a-z])", one.name.lower())])
    if last.startswith("T2"):
        return roles.get(T2)
    if last in ("PRE", "NATIVE", "T1", "T1W"):
        return roles.get(PRE)
    if phase := _PHASE.search(last):
        return _only([key for key, number in numbers.items() if number == int(phase[1])])
    return roles.get(CET1)


def _only(keys: Sequence[Hashable]) -> Hashable | None:
    return keys[0] if len(keys) == 1 else None
