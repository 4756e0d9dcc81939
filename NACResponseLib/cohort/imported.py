"""Features that another program computed, as a folder that training takes: from a table with a row a patient.

Clinical variables, outcomes and scanners go into ``cases.csv``, from the same table or from one of their own; features
keep their names. With a protocol the names must be the protocol's; then a model of them scores patients from images.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..clinical import parse_clinical
from ..errors import InputError, few
from ..features.names import handcrafted_names, pyradiomics_names
from ..features.table import HANDCRAFTED
from ..headings import CLINICAL, OTHER, OUTCOME, PATIENT, SCANNER, described, recognised
from ..patient_names import check_names, several_times
from ..protocol import Protocol
from ..tables import table_of
from ..variables import Variables, variables_beside
from .foreign_columns import FEATURE, KEPT, LEFT_OUT, ColumnMap, Taken, taken
from .results import Failure

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_TAKEN_NAMES = re.compile(r"handcrafted|resnet.*|clinical|volume_receptors|.*_alone")
_GROUP = "image"
"""Whose scanner features are harmonized by, where no column says it."""


@dataclass(frozen=True)
class Source:
    """A table as it was read.

    Attributes:
        columns: what each was taken for.
        cells: by heading, a text a patient.
    """

    path: Path
    columns: tuple[Taken, ...]
    cells: Mapping[str, Sequence[str]]

    @property
    def patients(self) -> Sequence[str]:
        """Their names, in the table's order."""
        return self.cells[next(each.heading.text for each in self.columns if each.role == PATIENT)]

    def of(self, *roles: str) -> list[Taken]:
        """The columns of these roles."""
        return [each for each in self.columns if each.role in roles]

    def row(self, patient: str) -> dict[str, str]:
        """A patient's cells by name, of all that goes into ``cases.csv``."""
        number = list(self.patients).index(patient)
        kept = self.of(CLINICAL, OUTCOME, SCANNER, KEPT)
        return {each.heading.name: self.cells[each.heading.text][number] for each in kept}


@dataclass(frozen=True)
class Imported:
    """What is to be written.

    Attributes:
        name: of the feature set.
        features, cases: the table of features, and that of patients where it is another one.
        variables: the clinical ones that are known; ``own`` are those of the user's map.
    """

    name: str
    features: Source
    cases: Source | None
    protocol: Protocol | None
    variables: Variables
    own: Variables

    @property
    def names(self) -> list[str]:
        """Of the features, in the table's order."""
        return [each.heading.text for each in self.features.of(FEATURE)]

    @property
    def patients(self) -> list[str]:
        """Those of both tables, in the order of the features."""
        also = set(self.features.patients if self.cases is None else self.cases.patients)
        return [patient for patient in self.features.patients if patient in also]

    @property
    def failures(self) -> list[Failure]:
        """Those of one table alone."""
        if self.cases is None:
            return []
        both, pair = set(self.patients), (self.features, self.cases)
        return [
            Failure(patient, "import", f"no row in {other.path.name}")
            for one, other in (pair, pair[::-1])
            for patient in one.patients
            if patient not in both
        ]

    @property
    def group(self) -> str:
        """Whose scanner the features are harmonized by: that of the only column of scanners."""
        sources = (self.features, self.cases)
        found = {each.heading.name for source in sources if source for each in source.of(SCANNER)}
        return found.pop().removeprefix(SCANNER) if len(found) == 1 else _GROUP

    def lines(self, *, every: bool = False) -> Iterator[str]:
        """What each column was taken for.

        Args:
            every: all features are named, not the first.
        """
        for source in filter(None, (self.features, self.cases)):
            features = [each.heading.text for each in source.of(FEATURE)]
            yield f"{source.path.name}: {len(source.patients)} patients, {len(source.columns)} columns"
            if features:
                yield f"  {len(features)} features: {', '.join(features) if every else few(features, 4)}"
            elif source is self.features:
                yield "  no features: for models of clinical variables alone"
            yield from (f"  {line}" for line in _in_words(source, self.variables))
        yield f"{len(self.patients)} patients are taken, {len(self.failures)} left out"


def read_import(
    table: Path,
    *,
    cases: Path | None = None,
    patient: str | None = None,
    name: str | None = None,
    protocol: Protocol | None = None,
    columns: ColumnMap | None = None,
) -> Imported:
    """Reads and checks everything.

    Args:
        table: of features, and of all else where ``cases`` is None; without features, for models of clinical variables
            alone.
        cases: a table of clinical variables, scanners and outcomes.
        patient: heading of the column of patients' names; found if None.
        name: of the feature set; the file's if None.
        protocol: whose features they are, by its names or, of one region of one image, by pyradiomics'; None for
            another program's.
        columns: what the user says of columns.

    Raises:
        InputError: tables that cannot be read or joined, a patient without a name or twice, no features, names that
            are not the protocol's, a clinical value that cannot be understood.
    """
    mapping = columns or ColumnMap()
    variables = variables_beside((cases or table).parent, mapping.variables)
    own_names = {} if protocol is None else pyradiomics_names(protocol)
    features = _source(table, patient, mapping, variables, with_features=True, names=own_names)
    others = None if cases is None else _source(cases, patient, mapping, variables, with_features=False)
    found = Imported(_name(name, table, protocol), features, others, protocol, variables, mapping.variables)
    if not found.names and (protocol is not None or not features.of(CLINICAL, OUTCOME)):
        raise InputError(f"columns of numbers that may be features in {table.name}", "none", "check it, or give --map")
    if protocol is not None:
        known = set(handcrafted_names(protocol))
        unknown = [each for each in found.names if each not in known]
        if unknown:
            remedy = "leave out --protocol, or map those columns to ignore with --map"
            raise InputError(f"names of the protocol {protocol.name}", few(unknown), remedy)
    headings = [each.heading.text for source in (features, others) if source for each in source.columns]
    if patient is not None and patient not in headings:
        raise InputError(f"a column {patient}", few(headings), "correct --id")
    absent = [text for text in mapping.columns if text not in headings]
    if absent:
        raise InputError("columns of the tables in --map", f"{few(absent)}, which are not there", "write them alike")
    _check_joined(found)
    for each in found.patients:
        case_row(found, each)
    return found


def _source(
    path: Path,
    patient: str | None,
    mapping: ColumnMap,
    variables: Variables,
    *,
    with_features: bool,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Source:
    header, rows = table_of(path)
    header = [names.get(text, text) for text in header]
    if patient not in header:
        patient = None
    roles = {heading: name for heading, name in mapping.columns.items() if name not in (FEATURE, KEPT, LEFT_OUT)}
    patient = patient or next(
        (heading for heading, name in roles.items() if name == PATIENT and heading in header), None
    )
    found = recognised(header, variables, patient=patient, named=roles)
    cells = {text: [row[number] for row in rows] for number, text in enumerate(header)}
    columns = []
    for heading in found:
        one = taken(heading, cells[heading.text], mapping.columns.get(heading.text, ""), variables)
        other = heading.role == OTHER and one.role == FEATURE and not with_features
        columns.append(Taken(heading, KEPT, "") if other else one)
    source = Source(path, tuple(columns), cells)
    if not source.of(PATIENT):
        raise InputError(f"a column of patients' names in {path.name}", few(header), "name it: --id COLUMN")
    patients = list(source.patients)
    twice = several_times(patients)
    if twice:
        raise InputError(f"a row a patient in {path.name}", f"several of {few(twice)}", "keep one row each")
    for each in patients:
        if not each or not each.isprintable():
            found_name = "one with characters that cannot be printed" if each else "an empty one"
            raise InputError(f"a patient's name in every row of {path.name}", found_name, "complete or correct it")
    return source


def _name(asked: str | None, table: Path, protocol: Protocol | None) -> str:
    if protocol is not None:
        if asked not in (None, HANDCRAFTED):
            raise InputError(
                f"no --name beside --protocol: the set is called {HANDCRAFTED}", f"'{asked}'", "leave it out"
            )
        return HANDCRAFTED
    name = asked or re.sub(r"[^A-Za-z0-9_-]+", "_", table.stem).strip("_")[:40]
    if not _NAME.fullmatch(name) or _TAKEN_NAMES.fullmatch(name):
        expected = "a name of the feature set of letters, digits, '_' and '-', none of this program's own"
        raise InputError(expected, f"'{name}'", "give another with --name")
    return name


def _check_joined(found: Imported) -> None:
    if found.cases is None:
        return
    check_names(found.features.patients, found.features.path.name, found.cases.patients, found.cases.path.name)
    if not found.patients:
        pair = f"{few(found.features.patients, 2)} and {few(found.cases.patients, 2)}"
        raise InputError(f"patients of {found.features.path.name} in {found.cases.path.name}", pair, "check --id")


def _in_words(source: Source, variables: Variables) -> Iterator[str]:
    count: dict[str, int] = {}
    for each in source.columns:
        if each.role in (KEPT, LEFT_OUT):
            where = "kept in cases.csv, not used" if each.role == KEPT else "left out"
            same = f"{each.role} {each.note}"
            count[same] = count.get(same, 0) + 1
            if each.role == LEFT_OUT and count[same] > 1:
                continue
            total = sum(one.role == each.role and one.note == each.note for one in source.columns)
            more = f" and {total - 1} more" if each.role == LEFT_OUT and total > 1 else ""
            yield f"{each.heading.text}{more} -> {where}{f': {each.note}' if each.note else ''}"
        elif each.role != FEATURE:
            yield described(each.heading, source.cells[each.heading.text], variables)


def case_row(found: Imported, patient: str) -> dict[str, str]:
    """A row of ``cases.csv``; of what both tables hold, that of patients counts."""
    row = found.features.row(patient) | (found.cases.row(patient) if found.cases else {})
    entries = {name: text for name, text in row.items() if name in found.variables}
    try:
        values = parse_clinical(entries, found.variables).values()
    except InputError as error:
        raise InputError(error.expected, f"{error.found} for patient {patient}", error.remedy) from None
    return {**row, **{name: found.variables[name].written(values[name]) for name in entries}}
