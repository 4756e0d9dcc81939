"""What the columns of a table are, by headings as people write them: patient, clinical variables, outcomes, scanners.

Compared are letters and digits alone, in any case; a trailing unit or ``status`` may be there or not. A unit in
brackets must be the variable's own: nothing is converted. A heading that is the name itself comes before a synonym.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from .endpoints import OUTCOME_COLUMNS
from .errors import InputError
from .protocol.parts import MODALITIES
from .variables import NUMBER, ClinicalVariable, Variables

PATIENT = "patient_id"
_PATIENT_SYNONYMS = (
    "patient",
    "patient id",
    "patient no",
    "patient number",
    "case id",
    "subject",
    "subject id",
    "sample name",
    "id",
)
SCANNER = "scanner_"
"""Beginning of the columns that hold a patient's scanner, by group of features."""
CLINICAL, OUTCOME, OTHER = "clinical", "outcome", "other"
_UNITS = {
    "years": ("year", "yrs", "yr", "y"),
    "mm³": ("mm3", "mm^3", "cubic mm"),
    "%": ("percent", "pct"),
    "kg/m²": ("kg/m2", "kg/m^2"),
}
_LIKE = 0.88
_SHORTEST_LIKE = 5
_MOST_LISTED = 5


@dataclass(frozen=True)
class Heading:
    """A column.

    Attributes:
        text: as it is written.
        role: ``patient_id``, ``clinical``, ``outcome``, ``scanner_`` or ``other``.
        name: of what it holds; the text itself of ``other``.
        note: why it was not taken for what it looks like; empty otherwise.
    """

    text: str
    role: str
    name: str
    note: str = ""


def key(text: str) -> str:
    """A heading as it is compared."""
    return re.sub(r"[^a-z0-9]+", "", text.lower().replace("ö", "oe").replace("ü", "ue").replace("ä", "ae"))


def recognised(
    headings: Sequence[str],
    variables: Variables,
    *,
    patient: str | None = None,
    named: Mapping[str, str] | None = None,
    outcomes: Mapping[str, Sequence[str]] = OUTCOME_COLUMNS,
) -> list[Heading]:
    """What each column is.

    Args:
        patient: the heading of the patients' names; found by its name or a synonym if None.
        named: by heading, the column that it is, as the user says.
        outcomes: synonyms by column of an outcome.

    Raises:
        InputError: no column ``patient``; two columns for one thing.
    """
    if patient is not None and patient not in headings:
        raise InputError(f"a column {patient}", f"{', '.join(headings)[:200]}", "correct --id")
    roles = dict.fromkeys(variables, CLINICAL) | dict.fromkeys(outcomes, OUTCOME)
    chosen = dict(named or {})
    found: list[Heading] = []
    for text in headings:
        name, note = chosen.get(text, ""), ""
        if text == patient:
            name = PATIENT
        elif not name:
            name, note = _name_of(text, variables, outcomes, with_patient=patient is None)
        role = PATIENT if name == PATIENT else SCANNER if name.startswith(SCANNER) else roles.get(name, OTHER)
        found.append(Heading(text, role, name or text, note))
    return _once(found, chosen)


def _name_of(
    text: str, variables: Variables, outcomes: Mapping[str, Sequence[str]], *, with_patient: bool
) -> tuple[str, str]:
    """The name of what a column is, empty where it is nothing known; and a note."""
    if with_patient and is_patient(text):
        return PATIENT, ""
    if text in MODALITIES:  # images: CT is no cT
        return "", ""
    if text.lower().startswith(SCANNER):
        return SCANNER + text[len(SCANNER) :], ""
    bracket = re.fullmatch(r"(.*?)\s*[(\[]([^)\]]*)[)\]]", text)
    stem, unit = bracket.groups() if bracket else (text, "")
    for column, synonyms in outcomes.items():
        if _forms(stem) & set(map(key, (column, *synonyms))):
            return column, ""
    for variable in variables.values():
        own = set(map(key, (variable.name, *variable.synonyms)))
        if _forms(text, variable) & own:
            return variable.name, ""
        if bracket and _forms(stem, variable) & own:
            if variable.kind != NUMBER or unit.strip().lower() in _units(variable):
                return variable.name, ""
            return "", f"{variable.name} is in {variable.unit or 'no unit'}, not in {unit}"
    return "", ""


def is_patient(text: str) -> bool:
    """Whether a heading is that of the patients' names."""
    return key(text) in map(key, (PATIENT, *_PATIENT_SYNONYMS))


def _units(variable: ClinicalVariable) -> tuple[str, ...]:
    return (variable.unit, *_UNITS.get(variable.unit, ())) if variable.unit else ()


def _forms(text: str, variable: ClinicalVariable | None = None) -> set[str]:
    """The ways in which a heading is compared: whole, without ``status``, without the unit."""
    whole = key(text)
    ends = ["status", *(key(unit) for unit in (_units(variable) if variable else ()))]
    return {whole, *(whole.removesuffix(end) for end in ends if end and whole != end)}


def _once(found: Sequence[Heading], chosen: Collection[str]) -> list[Heading]:
    """Of several columns for one thing the one that the user named, or that bears the name itself.

    Raises:
        InputError: neither decides.
    """
    kept: list[Heading] = []
    for heading in found:
        others = [other for other in found if other.name == heading.name and other.role == heading.role != OTHER]
        rank = [(other.text in chosen, other.text.lower() == other.name.lower()) for other in others]
        mine = (heading.text in chosen, heading.text.lower() == heading.name.lower())
        if heading.role != OTHER and rank and rank.count(max(rank)) > 1:
            texts = " and ".join(f"'{other.text}'" for other in others)
            raise InputError(f"one column {heading.name}", texts, "remove or rename one")
        if rank and mine < max(rank):
            taken = others[rank.index(max(rank))].text
            kept.append(Heading(heading.text, OTHER, heading.text, f"{heading.name} is read from '{taken}'"))
        else:
            kept.append(heading)
    return kept


def looks_like(heading: Heading, variables: Variables) -> str:
    """The clinical variable that an unknown column is misspelt of, perhaps; empty if none."""
    if heading.text in MODALITIES:
        return ""
    plain = {key(word): each.name for each in variables.values() for word in (each.name, *each.synonyms)}
    words = [word for word in plain if len(word) >= _SHORTEST_LIKE]
    near = [match for form in _forms(heading.text) for match in get_close_matches(form, words, n=1, cutoff=_LIKE)]
    short = next((plain[form] for form in _forms(heading.text) if form in plain), "")
    return short or (plain[near[0]] if near else "")


def described(heading: Heading, values: Sequence[str], variables: Variables) -> str:
    """A line on a column: what it was taken for, and how many of its cells say something."""
    known = [value for value in values if value]
    count = f"{len(known)} of {len(values)} known"
    if heading.role == CLINICAL:
        variable = variables[heading.name]
        return f"{heading.text} -> {heading.name} ({variable.label}): {', '.join([count, *_summary(known, variable)])}"
    if heading.role == OTHER:
        return f"{heading.text} -> not used{f': {heading.note}' if heading.note else ''}"
    kind = {PATIENT: "the patient's name", OUTCOME: f"outcome column {heading.name}"}
    counts = Counter(known)
    listed = ", ".join(f"{number} '{value}'" for value, number in sorted(counts.items()))
    more = f", {listed}" if heading.role != PATIENT and len(counts) <= _MOST_LISTED else ""
    return f"{heading.text} -> {kind.get(heading.role, heading.name)}: {count}{more}"


def _number(value: str, variable: ClinicalVariable) -> float | None:
    """A cell's number; None where it cannot be understood."""
    try:
        return variable.parse(value)
    except InputError:
        return None


def _summary(known: Sequence[str], variable: ClinicalVariable) -> Iterator[str]:
    """The median of a number with its unit, by which a wrong unit is seen; the counts of levels."""
    read = [_number(value, variable) for value in known]
    wrong, numbers = read.count(None), sorted(value for value in read if value is not None and not math.isnan(value))
    if wrong:
        yield f"{wrong} not understood"
    if variable.kind == NUMBER and numbers:
        yield f"median {variable.shown(numbers[len(numbers) // 2])}"
    elif numbers:
        counts = {code: numbers.count(code) for code in sorted(set(numbers))}
        yield ", ".join(f"{count} {variable.shown(code)}" for code, count in counts.items())
