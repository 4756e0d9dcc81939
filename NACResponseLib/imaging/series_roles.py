"""Which image is which: a guess at the roles of a study's series from their names and DICOM tags. The user decides.

================ ========================================================================================
role             chosen
================ ========================================================================================
``MRI_CET1``     the T1-weighted phase about 90 seconds after contrast; without times the first after it
``MRI_T2``       the T2-weighted image; one that says T2 before a STIR or spin echo that does not
``CT``           the CT; with contrast before without, low-dose CT of a PET last
``pre_contrast`` the phase before contrast, of the same sequence as ``MRI_CET1`` where there are several
``later_phase``  the phase nearest to 7.5 minutes, as UCSF's Breast_DCEMRI_FTV takes it; without times the last
================ ========================================================================================

Never chosen: subtractions, projections and reformats, localizers, diffusion and maps made from it or from enhancement
(ADC, SER, PE), field maps, fat and in-phase or opposed-phase images of a Dixon series, masks, and other modalities.
A role for which two series are equally good is left out, and so is one for which none is good.

Phases. *Pre*, *post*, ordinals ("2nd pass") and their like in several languages are taken by their word. "Ph1", "Ph2"
follow a phase before contrast if there is one (a series named so, or the same name without "Ph": Duke, GE); if there is
none, they are counted from it, so that Ph1 is the one before contrast (a site of I-SPY 2). A T1-weighted series without
any such word is the phase before contrast if others of the same name come after it; a dynamic series that is the only
one of its kind, ``MRI_CET1``. Several series of one name are ordered by TemporalPositionIdentifier, of which the first
is before contrast; files of one name that end in ``_0000``, ``_0001``, ... are such phases too (MAMA-MIA). A phase that
is known to be the third or a later one, and without a time, is not taken for the early one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isnan, nan
from typing import Any, TypeVar

from .series_words import Words, read_words

ROLES = ("MRI_CET1", "MRI_T2", "CT", "pre_contrast", "later_phase")
CET1, T2, CT, PRE, LATE = ROLES
EARLY_SECONDS, LATE_SECONDS = 90.0, 450.0
_SHORTEST_SPAN = 30.0  # seconds; times that differ by less were not set by the scanner
_FIRST_PHASES = 2  # a phase known to be a later one than this is not taken for the early one
_T2_ECHO_MS, _T2_REPETITION_MS, _T1_ECHO_MS, _T1_REPETITION_MS = 60.0, 1500.0, 30.0, 1000.0
_DELAYED = 99

T = TypeVar("T")


@dataclass(frozen=True)
class Series:
    """A series, or a volume made of one.

    Attributes:
        key: by which the caller knows it.
        name: as the volume or file is called.
        tags: DICOM tags by keyword, as text or numbers, as far as known: Modality, SeriesDescription, ProtocolName,
            ContrastBolusAgent, RepetitionTime, EchoTime (ms), ImageType, AcquisitionTime, TriggerTime (ms),
            TemporalPositionIdentifier.
    """

    key: Hashable
    name: str
    tags: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Phase:
    """A T1-weighted series. ``number``: 0 before contrast, 1, 2, ... after it; None unknown. ``seconds`` after it."""

    series: Series
    words: Words
    number: int | None
    seconds: float | None = None


def guess_roles(series: Sequence[Series]) -> dict[str, Hashable]:
    """Key by role, for the roles that a series clearly fits."""
    read = [(one, read_words(_text(one))) for one in series]
    usable = [(one, words) for one, words in read if not words.never and not _never_by_tags(one)]
    kinds = [(one, words, _kind(one, words)) for one, words in usable]
    found = {
        T2: _best([(one, words) for one, words, kind in kinds if kind == "T2"], lambda pair: pair[1].t2_score),
        CT: _best([(one, words) for one, words, kind in kinds if kind == "CT"], lambda pair: _ct_score(*pair)),
    }
    roles = {role: pair[0].key for role, pair in found.items() if pair is not None}
    phases = _phases([(one, words) for one, words, kind in kinds if kind == "T1"])
    roles |= {role: phase.series.key for role, phase in _choose_phases(phases).items()}
    return {role: roles[role] for role in ROLES if role in roles}


def phase_numbers(series: Sequence[Series]) -> dict[Hashable, int]:
    """Number by key of the phases of the dynamic series: 0 before contrast, 1, 2, ... after it; by time where the
    scanner's times tell it. Empty where none is clear."""
    read = [(one, read_words(_text(one))) for one in series]
    usable = [(one, words) for one, words in read if not words.never and not _never_by_tags(one)]
    phases = _phases([(one, words) for one, words in usable if _kind(one, words) == "T1"])
    early = _choose_phases(phases).get(CET1)
    its = [phase for phase in phases if early is not None and phase.words.stem == early.words.stem]
    after = [phase for phase in its if phase.number]
    if after and all(phase.seconds is not None for phase in after):
        ordered = sorted(after, key=lambda phase: phase.seconds or 0.0)
        numbers = {phase.series.key: place for place, phase in enumerate(ordered, 1)}
    else:
        numbers = {phase.series.key: phase.number for phase in after if phase.number is not None}
    return {phase.series.key: 0 for phase in its if phase.number == 0} | numbers


def _text(one: Series) -> str:
    """Its text: the name, and the description where it says something else."""
    description = str(one.tags.get("SeriesDescription") or "")
    text = one.name if description.lower() in one.name.lower() else f"{one.name} {description}"
    return text if text.strip() else str(one.tags.get("ProtocolName") or "")


def _never_by_tags(one: Series) -> bool:
    modality = str(one.tags.get("Modality") or "MR").upper()
    kind = one.tags.get("ImageType") or ""
    kind = "\\".join(map(str, kind)) if isinstance(kind, (list, tuple)) else str(kind)
    derived = r"SUB|MIP|MPR|PROJECTION|LOCALIZER|ADC|DIFFUSION|TRACEW?|FA|SUBTRACT\w*|FAT|IN_PHASE|OUT_PHASE|OPP_PHASE"
    return modality not in ("MR", "CT") or re.search(rf"(?:^|\\)(?:{derived})\w*(?:\\|$)", kind.upper()) is not None


def _kind(one: Series, words: Words) -> str | None:
    """``CT``, ``T1``, ``T2`` or None."""
    modality = str(one.tags.get("Modality") or "").upper()
    if modality == "CT" or (not modality and words.ct and not words.t1 and not words.t2_score):
        return "CT"
    echo, repetition = _number(one.tags.get("EchoTime")), _number(one.tags.get("RepetitionTime"))
    short = echo is not None and repetition is not None and echo < _T1_ECHO_MS and repetition < _T1_REPETITION_MS
    long = echo is not None and repetition is not None and echo >= _T2_ECHO_MS and repetition >= _T2_REPETITION_MS
    if words.t2_score and not words.t1:
        return None if short else "T2"
    if words.t1 or words.dynamic or words.has_phase:  # phases are of T1-weighted images unless they say otherwise
        return None if long else "T1"
    if long:
        return "T2"
    return "T1" if short and _has_agent(one) else None


def _has_agent(one: Series) -> bool:
    agent = str(one.tags.get("ContrastBolusAgent") or "").strip().lower()
    return agent not in ("", "none", "no", "n/a", "na", "0")


def _ct_score(one: Series, words: Words) -> int:
    return 2 * (words.after or _has_agent(one)) - 4 * words.hard_kernel - 8 * words.low_dose


def _phases(found: Sequence[tuple[Series, Words]]) -> list[_Phase]:
    """T1-weighted series with the number of their phase, and seconds after the one before contrast."""
    phases = [_Phase(one, words, _stated_number(one, words)) for one, words in found]
    return _timed(_counted_from_before(_bare_is_before(_by_position(phases))))


def _stated_number(one: Series, words: Words) -> int | None:
    if words.before:
        return None if words.after else 0
    if words.delayed:
        return _DELAYED
    if words.phase is not None:
        return words.phase
    if words.channel is not None and not words.after:
        return None
    fast = words.gradient_echo or not words.t1
    return 1 if words.after or (fast and not words.dynamic and _has_agent(one)) else None


def _by_position(phases: Sequence[_Phase]) -> list[_Phase]:
    """Several of one name that give their position among the phases: the first is before contrast."""
    places: dict[str, list[float]] = {}
    for phase in phases:
        if phase.number is None:
            places.setdefault(phase.words.stem, []).append(_position(phase))
    return [
        replace(phase, number=_rank(phase, places[phase.words.stem])) if phase.number is None else phase
        for phase in phases
    ]


def _rank(phase: _Phase, places: Sequence[float]) -> int | None:
    """The phase's number among those at these positions; None where they give no order."""
    if len(places) < 2 or len(set(places)) < len(places) or any(map(isnan, places)):
        return None
    return phase.words.channel if phase.words.channel is not None else sorted(places).index(_position(phase))


def _position(phase: _Phase) -> float:
    if phase.words.channel is not None:
        return phase.words.channel
    position = _number(phase.series.tags.get("TemporalPositionIdentifier"))
    return nan if position is None else position


def _bare_is_before(phases: Sequence[_Phase]) -> list[_Phase]:
    """A name without a phase, beside the same name with one, is the phase before contrast, unless another says so."""
    before = {phase.words.stem for phase in phases if phase.number == 0}
    after = {phase.words.stem for phase in phases if phase.number}
    bare = [phase.words.stem for phase in phases if phase.number is None]
    return [
        replace(phase, number=0)
        if phase.number is None and phase.words.stem in after - before and bare.count(phase.words.stem) == 1
        else phase
        for phase in phases
    ]


def _counted_from_before(phases: Sequence[_Phase]) -> list[_Phase]:
    """Where "Ph1" and "Ph2" are there and no phase before contrast is, Ph1 is that one."""
    if any(phase.number == 0 for phase in phases):
        return list(phases)
    first, second = (
        {phase.words.stem for phase in phases if phase.words.counted and phase.number == number} for number in (1, 2)
    )
    return [
        replace(phase, number=phase.number - 1)
        if phase.number and phase.words.counted and phase.words.stem in first & second
        else phase
        for phase in phases
    ]


def _timed(phases: Sequence[_Phase]) -> list[_Phase]:
    """With seconds after the phase before contrast of the same name, where the scanner's times distinguish phases."""
    for time_of in (_trigger_seconds, _clock_seconds):
        times = [time_of(phase.series) for phase in phases]
        known = [time for time in times if time is not None]
        if known and max(known) - min(known) >= _SHORTEST_SPAN:
            break
    else:
        return list(phases)
    start = {phase.words.stem: time for phase, time in zip(phases, times, strict=True) if phase.number == 0}
    return [
        replace(phase, seconds=time - begun)
        if phase.number and time is not None and (begun := start.get(phase.words.stem)) is not None and time > begun
        else phase
        for phase, time in zip(phases, times, strict=True)
    ]


def _trigger_seconds(one: Series) -> float | None:
    milliseconds = _number(one.tags.get("TriggerTime"))
    return None if milliseconds is None else milliseconds / 1000


def _clock_seconds(one: Series) -> float | None:
    """Of the day, from DICOM's HHMMSS.ffffff."""
    match = re.match(r"(\d\d):?(\d\d):?(\d\d(?:\.\d*)?)", str(one.tags.get("AcquisitionTime") or ""))
    return None if match is None else 3600 * int(match[1]) + 60 * int(match[2]) + float(match[3])


def _choose_phases(phases: Sequence[_Phase]) -> dict[str, _Phase]:
    after = [phase for phase in phases if phase.number]
    unknown = [phase for phase in phases if phase.number is None and phase.words.dynamic]
    early = _best([phase for phase in after if _may_be_early(phase)], _earliness)
    if not after and len(unknown) == 1:
        early = unknown[0]
    pre = _best(
        [phase for phase in phases if phase.number == 0 and _same_sequence(phase, early)],
        lambda phase: early is not None and phase.words.stem == early.words.stem,
    )
    late = _best([phase for phase in after if _follows(phase, early)], _lateness)
    found = {CET1: early, PRE: pre, LATE: late}
    return {role: phase for role, phase in found.items() if phase is not None}


def _may_be_early(phase: _Phase) -> bool:
    return phase.seconds is not None or (phase.number or 0) <= _FIRST_PHASES


def _is_fast(phase: _Phase) -> bool:
    """A phase of a dynamic series, or a gradient echo, or one whose name says nothing against it."""
    return phase.words.gradient_echo or phase.words.dynamic or not phase.words.t1


def _earliness(phase: _Phase) -> tuple[float, ...]:
    """Larger for what suits better: a dynamic series, then nearer to 90 s, then earlier."""
    away = -inf if phase.seconds is None else -abs(phase.seconds - EARLY_SECONDS)
    return (_is_fast(phase), away, -(phase.number or 0))


def _lateness(phase: _Phase) -> tuple[float, ...]:
    away = -inf if phase.seconds is None else -abs(phase.seconds - LATE_SECONDS)
    return (away, phase.number or 0)


def _same_sequence(pre: _Phase, early: _Phase | None) -> bool:
    """Percent enhancement needs both phases of one sequence: a plain T1 is not the one before a dynamic series."""
    return early is None or pre.words.stem == early.words.stem or (_is_fast(pre) and _is_fast(early))


def _follows(phase: _Phase, early: _Phase | None) -> bool:
    """A later phase of the same sequence; without an early one, a phase known to be late."""
    number = phase.number or 0
    if early is None:
        return number > _FIRST_PHASES
    return phase.words.stem == early.words.stem and number > (early.number or 0)


def _best(found: Iterable[T], score: Callable[[T], Any]) -> T | None:
    """The one of highest score; None where there is none, or two share it."""
    candidates = list(found)
    scores = [score(one) for one in candidates]
    highest = [one for one, its in zip(candidates, scores, strict=True) if its == max(scores)]
    return highest[0] if len(highest) == 1 else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
