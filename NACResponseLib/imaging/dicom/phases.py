"""Frames at the same place distinguished: phases by time, echoes and kinds of image by what they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ...errors import InputError
from ..phases import Phase
from .frames import Frame, clock_text

TIMES = ("temporal", "acquisition", "offset", "acquired", "trigger", "content")
"""Marks of time, the surest first."""
KINDS = ("echo", "echo time", "b-value", "type")
_SAME_PLACE_MM = 0.05


@dataclass(frozen=True)
class Group:
    """The frames of one phase, and how it is called."""

    frames: tuple[Frame, ...]
    phase: Phase


def slots_of(frames: Sequence[Frame]) -> np.ndarray:
    """The number of each frame's place: frames within 0.05 mm of each other share one."""
    positions = np.array([frame.position for frame in frames])
    along = positions @ frames[0].normal
    order = np.lexsort((positions[:, 1], positions[:, 0], np.round(along, 2)))
    slots = np.empty(len(frames), int)
    slot = 0
    for place, index in enumerate(order):
        if place and np.linalg.norm(positions[index] - positions[order[place - 1]]) > _SAME_PLACE_MM:
            slot += 1
        slots[index] = slot
    return slots


def groups_of(frames: Sequence[Frame], where: str) -> tuple[Group, ...]:
    """The phases that frames of one orientation make up, in the order of time.

    Raises:
        InputError: frames at the same place that nothing distinguishes.
    """
    slots = slots_of(frames)
    most = int(np.bincount(slots).max())
    if most == 1:
        return (_group([tuple(frames)], frames, (), 0),)
    marks = _separating(frames, slots, most)
    if marks is not None:
        keys = [tuple(_sortable(frame.marks.get(mark)) for mark in marks) for frame in frames]
        parts = [[f for f, key in zip(frames, keys, strict=True) if key == one] for one in sorted(set(keys))]
    else:
        marks, parts = _by_rank(frames, slots, most, where)
    return tuple(_group([tuple(part) for part in parts], frames, marks, n) for n in range(len(parts)))


def _separating(frames: Sequence[Frame], slots: np.ndarray, most: int) -> tuple[str, ...] | None:
    """The marks by which every group has each place once at most, and there are no more groups than need be."""
    usable = [mark for mark in (*TIMES, *KINDS) if len({_sortable(f.marks.get(mark)) for f in frames}) > 1]
    for count in (1, 2, 3):
        for marks in combinations(usable, count):
            keys = [tuple(_sortable(frame.marks.get(mark)) for mark in marks) for frame in frames]
            if len(set(keys)) == most and len(set(zip(keys, slots.tolist(), strict=True))) == len(frames):
                return marks
    return None


def _by_rank(
    frames: Sequence[Frame], slots: np.ndarray, most: int, where: str
) -> tuple[tuple[str, ...], list[list[Frame]]]:
    """Where each slice has a time of its own: at each place the first in time, the second, and so on.

    Raises:
        InputError: no such times.
    """
    for mark in TIMES:
        marks = [frame.marks.get(mark) for frame in frames]
        times = [float(time) for time in marks if time is not None]
        if len(times) < len(frames):
            continue
        places = [sorted((times[n], n) for n in np.flatnonzero(slots == s).tolist()) for s in range(slots.max() + 1)]
        if all(len(place) == most and len({time for time, _ in place}) == most for place in places):
            return (mark,), [[frames[place[rank][1]] for place in places] for rank in range(most)]
    found = f"up to {most} at the same position in {where}, with no time, echo or image type that distinguishes them"
    raise InputError("one image for each slice position", found, "give a folder for each of the series")


def _sortable(value: Any) -> Any:
    if value is None or value == "":
        return (-1, "")
    if isinstance(value, tuple) or (hasattr(value, "__iter__") and not isinstance(value, str)):
        return (1, "\\".join(map(str, value)))
    try:
        return (0, float(value))
    except (TypeError, ValueError):
        return (1, str(value))


def _group(parts: Sequence[tuple[Frame, ...]], every: Sequence[Frame], marks: Iterable[str], number: int) -> Group:
    frames = parts[number]
    marks = tuple(marks)
    rows, columns = frames[0].shape
    timed = not marks or (marks[0] in TIMES and len(marks) == 1)
    words = [_when(parts, number)] + [_kind(mark, frames[0]) for mark in marks if mark in KINDS]
    when = ", ".join(word for word in words if word)
    return Group(frames, Phase((columns, rows, len(frames)), when, timed, _after_contrast(parts, number)))


def _when(parts: Sequence[tuple[Frame, ...]], number: int) -> str:
    """The time of a phase: of day, else after the trigger or the first phase."""
    acquired = _earliest(parts, "acquired")
    if acquired is not None and len(set(acquired)) > 1:
        return clock_text(acquired[number])
    for mark, scale in (("trigger", 1000.0), ("offset", 1.0)):
        earliest = _earliest(parts, mark)
        if earliest is not None and len(set(earliest)) > 1:
            return f"{earliest[number] / scale:g} s"
    content = _earliest(parts, "content")
    return clock_text(content[number]) if content is not None and len(set(content)) > 1 else ""


def _earliest(parts: Sequence[tuple[Frame, ...]], mark: str) -> list[float] | None:
    """The first time of each phase; None where one is not stated."""
    found = []
    for part in parts:
        times = [float(time) for frame in part if (time := frame.marks.get(mark)) not in (None, "")]
        if len(times) < len(part):
            return None
        found.append(min(times))
    return found


def _kind(mark: str, frame: Frame) -> str:
    value = frame.marks.get(mark)
    if mark == "type":
        return "\\".join(map(str, value or ()))
    unit = " ms" if mark == "echo time" else ""
    return f"{mark} {value}{unit}"


def _after_contrast(parts: Sequence[tuple[Frame, ...]], number: int) -> bool | None:
    """By the time that contrast was given, or by the agent where only some phases name one; None without either."""
    agents = [all(frame.marks.get("agent") for frame in part) for part in parts]
    if len(set(agents)) > 1:
        return agents[number]
    started = {frame.marks.get("started") for frame in parts[number]}
    times = [frame.marks.get("acquired") for frame in parts[number]]
    if len(started) == 1 and None not in started and None not in times:
        return min(map(float, times)) % 86400 >= float(started.pop())  # type: ignore[arg-type]
    return None
