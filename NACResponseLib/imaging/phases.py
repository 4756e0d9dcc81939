"""The phases of a dynamic series, in the order of time, and the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from .lattice import Note
from .source import FIRST_POST, LAST, PHASE, PRE, Source

_SHOWN = 12


@dataclass(frozen=True)
class Phase:
    """One volume of several.

    Attributes:
        size: voxels along x, y, z.
        when: its time or what else distinguishes it from the others, for a reader.
        timed: it is time that distinguishes it from the others, not an echo or a kind of image.
        after_contrast: whether it was taken after contrast was given; None where the file does not say.
    """

    size: tuple[int, int, int]
    when: str = ""
    timed: bool = True
    after_contrast: bool | None = None


def chosen_phase(phases: Sequence[Phase], source: Source, note: Note) -> int:
    """The place of the phase that is meant, from 0.

    Raises:
        InputError: several and no choice, no such one, or no order of time where one is asked for.
    """
    count, wanted = len(phases), source.phase
    if wanted is None:
        if count == 1:
            return 0
        remedy = f"add '{PHASE}' and a number, or {PHASE}{PRE}, {PHASE}{FIRST_POST}, {PHASE}{LAST}, to '{source}'"
        kind = "phase" if phases[0].timed else "volume"
        raise InputError(f"the {kind} to take (time point)", f"{listing(phases)} in {source.path.name}", remedy)
    if wanted.isdecimal():
        if int(wanted) > count:
            found = f"'{PHASE}{wanted}' of {listing(phases)} in {source.path.name}"
            raise InputError(f"a phase from 1 to {count}", found, "choose one of those")
        return int(wanted) - 1
    if count > 1 and not all(phase.timed for phase in phases):
        found = f"{listing(phases)} in {source.path.name}"
        raise InputError(f"phases in the order of time for {PHASE}{wanted}", found, f"choose by number, as {PHASE}1")
    if wanted == LAST:
        return count - 1
    return _around_contrast(phases, source, note)


def _around_contrast(phases: Sequence[Phase], source: Source, note: Note) -> int:
    known = [phase.after_contrast for phase in phases]
    if None not in known:
        before = [n for n, is_known in enumerate(known) if not is_known]
        after = [n for n, is_known in enumerate(known) if is_known]
        found = before[-1:] if source.phase == PRE else after[:1]
        if not found:
            kind = "before" if source.phase == PRE else "after"
            raise InputError(f"a phase {kind} contrast", f"none in {source.path.name}", "choose by number")
        return found[0]
    place = 0 if source.phase == PRE else 1
    if len(phases) < 2:
        raise InputError("phases before and after contrast", f"one volume in {source.path.name}", "leave out the phase")
    note(
        f"{source.path.name} does not say when contrast was given: its first phase is taken to be the one before, so "
        f"that {PHASE}{source.phase} is phase {place + 1} of {len(phases)}."
    )
    return place


def listing(phases: Sequence[Phase]) -> str:
    """All phases with their times and sizes, for one line."""
    sizes = {phase.size for phase in phases}
    shape = " x ".join(map(str, phases[0].size)) if len(sizes) == 1 else ""
    every = [_one(n, phase, not shape) for n, phase in enumerate(phases, 1)]
    shown = every if len(every) <= _SHOWN else [*every[: _SHOWN - 1], "...", every[-1]]
    kind = "phases" if phases[0].timed else "volumes"
    return f"{len(phases)} {kind}{f' of {shape} voxels' if shape else ''}: {', '.join(shown)}"


def _one(number: int, phase: Phase, with_size: bool) -> str:
    parts = [phase.when, " x ".join(map(str, phase.size)) if with_size else ""]
    parts = [part for part in parts if part]
    return f"{PHASE}{number}" + (f" ({', '.join(parts)})" if parts else "")
