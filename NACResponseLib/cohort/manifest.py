"""``COHORT.csv``: the patients of a cohort and their files, checked whole before anything is computed.

A row a patient: ``patient_id``; a column for each image of the protocol (``MRI_CET1``), ``tumor_<contour>`` and
``scanner_<contour>`` for each of its contours (``tumor_MRI``); clinical variables; then whatever else, as outcomes.
Paths are relative to the table. A patient may lack images, by empty cells or absent columns, but not all; a scanner
that is not written is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from ..clinical import BASIC_VARIABLES, ClinicalRecord, parse_clinical
from ..errors import InputError
from ..headings import (
    CLINICAL,
    OTHER,
    OUTCOME,
    PATIENT,
    SCANNER,
    Heading,
    described,
    is_patient,
    looks_like,
    recognised,
)
from ..imaging.source import Source, parse_source
from ..protocol import Protocol
from ..tables import EXCEL, PARQUET, read_rows
from ..variables import Variables, variables_beside
from .check import Check, Checked, check_here

TUMOR = "tumor_"
SYNTHETIC, SYNTHETIC_WORDS = "synthetic", ("yes", "true", "1")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell: its row as a spreadsheet counts (the header is 1), its column, and why."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.reason}"


class ManifestError(InputError):
    """A table of patients that cannot be used; ``problems`` holds every one."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        found = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}, the first in {problems[0]}"
        super().__init__(f"a cohort table {name} without errors", found, "correct the table")
        self.problems = problems


@dataclass(frozen=True)
class Patient:
    """A row of the table.

    Attributes:
        images, contours: source by image and by contour name, its path absolute, as ``imaging.source`` writes it.
        scanners: by contour name.
        other: the cells of every further column.
    """

    patient_id: str
    images: Mapping[str, str]
    contours: Mapping[str, str]
    clinical: ClinicalRecord
    scanners: Mapping[str, str]
    other: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """A cohort.

    Attributes:
        path: of the table.
        patients: in the table's order.
        clinical: the clinical variables that the table has, in the program's order.
        other: its further columns, in its order.
        synthetic: a column ``synthetic`` says ``yes`` of a patient: the cohort is not real.
        unreadable: by patient, the first of its files that cannot be read.
        headings: what the columns other than images, contours and their scanners were taken for.
        variables: the clinical ones that are known here.
        cells: of every column, as they are written.
    """

    path: Path
    patients: tuple[Patient, ...]
    clinical: tuple[str, ...]
    other: tuple[str, ...]
    synthetic: bool
    unreadable: Mapping[str, Problem] = field(default_factory=dict)
    headings: tuple[Heading, ...] = ()
    variables: Variables = field(default_factory=dict)
    cells: Mapping[str, list[str]] = field(default_factory=dict)

    def missing(self, protocol: Protocol) -> dict[str, list[str]]:
        """By image, the patients that lack it."""
        lacking = {name: [p.patient_id for p in self.patients if name not in p.images] for name in protocol.images}
        return {name: patients for name, patients in lacking.items() if patients}

    def columns_in_words(self) -> Iterator[str]:
        """A line on each column other than those of images: what it was taken for, how complete it is."""
        for heading in self.headings:
            yield described(heading, self.cells[heading.text], self.variables)


def read_manifest(path: Path, protocol: Protocol, check: Check = check_here, *, strict: bool = False) -> Manifest:
    """Reads a cohort's table and checks all of it: cells, files, and that their headers can be read.

    A file that is missing or cannot be read fails its patient alone; what is wrong with the table stops everything.

    Args:
        check: looks at the files' headers, here or in processes of its own, which a hostile file may kill.
        strict: such a file stops everything, too.

    Raises:
        ManifestError: any problem; all of them are in its ``problems``.
        InputError: no such file, or no table.
    """
    variables = variables_beside(path.parent)
    reader = _Reader(path, protocol, variables)
    patients = tuple(reader.patients())
    reader.check_files(check)
    if not patients and not reader.problems:
        raise InputError("a row a patient", f"none in {path.name}", "add the patients")
    unreadable = reader.unreadable_patients(patients)
    if reader.problems or len(unreadable) == len(patients) or (strict and unreadable):
        problems = (*reader.problems, *reader.unreadable)
        raise ManifestError(path.name, tuple(sorted(problems, key=lambda problem: problem.row)))
    synthetic = any(patient.other.get(SYNTHETIC, "").lower() in SYNTHETIC_WORDS for patient in patients)
    return Manifest(
        path, patients, reader.clinical, reader.other, synthetic, unreadable, tuple(reader.headings), variables,
        reader.cells,
    )  # fmt: skip


@dataclass
class _Reader:
    """Reads row by row and notes every problem."""

    path: Path
    protocol: Protocol
    variables: Variables
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[Problem] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    cells: dict[str, list[str]] = field(default_factory=dict)
    clinical: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    _seen: dict[str, int] = field(default_factory=dict)
    _used: dict[str, int] = field(default_factory=dict)
    _files_of: list[tuple[int, str, Checked]] = field(default_factory=list)

    def check_files(self, check: Check) -> None:
        """Notes what is wrong with the files of the cells."""
        reasons = check([file for _, _, file in self._files_of])
        for (number, column, _), reason in zip(self._files_of, reasons, strict=True):
            if reason is not None:
                self.unreadable.append(Problem(number, column, reason))

    def unreadable_patients(self, patients: Sequence[Patient]) -> dict[str, Problem]:
        """By patient, the first of the files that cannot be read."""
        names = {self._seen[patient.patient_id]: patient.patient_id for patient in patients}
        found: dict[str, Problem] = {}
        for problem in self.unreadable:
            if problem.row in names:
                found.setdefault(names[problem.row], problem)
        return found

    def patients(self) -> Iterator[Patient]:
        header, *body = read_rows(self.path, "a cohort table as CSV, Excel or Parquet") or [[]]
        header = list(header)
        while header and not header[-1]:
            header.pop()
        self._check_header(header)
        ragged = self.path.suffix.lower() in (EXCEL, PARQUET)
        for number, cells in enumerate(body, 2):
            row = cells + [""] * (len(header) - len(cells)) if ragged and any(cells) else cells
            if self._fits(number, row, len(header)):
                patient = self._patient(number, dict(zip(header, row, strict=False)))
                if patient is not None:
                    yield patient

    def _check_header(self, header: list[str]) -> None:
        protocol = self.protocol
        of_images = [n for name in protocol.contours for n in (*protocol.images_of(name), TUMOR + name, SCANNER + name)]
        wanted = [PATIENT, *protocol.images]
        if not set(header) & set(wanted) and not any(is_patient(name) for name in header):
            found = f"{self.path.name} with none of them" if header else f"{self.path.name}, which is empty"
            raise InputError(
                f"a cohort table with columns {', '.join(wanted)}", found, "check that it is the right file"
            )
        for name in dict.fromkeys(header):
            if not name or header.count(name) > 1:
                self._note(1, name or "without a name", "every column needs a name of its own")
        rest = [name for name in dict.fromkeys(header) if name and name not in of_images]
        try:
            self.headings = recognised(rest, self.variables)
        except InputError as error:
            self._note(1, "header", str(error))
            return
        self.names = {heading.text: heading.name for heading in self.headings}
        roles = {
            role: [h for h in self.headings if h.role == role] for role in (PATIENT, CLINICAL, OUTCOME, OTHER, SCANNER)
        }
        unknown = [heading.text for heading in (*roles[OTHER], *roles[SCANNER])]
        self.other = tuple(h.name for h in self.headings if h.role in (OUTCOME, OTHER, SCANNER))
        self._check_needed(header, unknown, bool(roles[PATIENT]))
        for heading in roles[OTHER]:
            if not heading.note and looks_like(heading, self.variables):
                reason = f"no such variable; the clinical ones are {', '.join(self.variables)}"
                self._note(1, heading.text, reason)
        present = {heading.name for heading in roles[CLINICAL]}
        self.clinical = tuple(name for name in dict.fromkeys([*BASIC_VARIABLES, *self.variables]) if name in present)

    def _check_needed(self, header: Sequence[str], unknown: Sequence[str], patient: bool) -> None:
        """A column for patients, one image at least, the contour of each image; nothing that is misspelt."""
        protocol = self.protocol
        missing = [] if patient else [PATIENT]
        present = [contour for contour in protocol.contours if set(protocol.images_of(contour)) & set(header)]
        lacking = {TUMOR + contour for contour in present} | (set() if present else set(protocol.images))
        optional = (n for c in protocol.contours for n in (*protocol.images_of(c), TUMOR + c, SCANNER + c))
        for name in dict.fromkeys([*missing, *protocol.images, *optional]):
            near = get_close_matches(name.lower(), [other.lower() for other in unknown], n=1, cutoff=0.8)
            if name not in header and (near or name in lacking or name in missing):
                self._note(1, name, f"the column is missing: {f'there is a column {near[0]!r}' if near else 'add it'}")

    def _fits(self, number: int, cells: list[str], width: int) -> bool:
        if not any(cell.strip() for cell in cells):
            return False
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            self._note(number, "last", f"{len(cells)} cells under a header of {width}")
            return False
        return True

    def _patient(self, number: int, row: Mapping[str, str]) -> Patient | None:
        before = len(self.problems)
        for text, cell in row.items():
            self.cells.setdefault(text, []).append(cell)
        row = {self.names.get(text, text): cell for text, cell in row.items()}
        self._check_id(number, row.get(PATIENT, ""))
        images = self._files(number, row, {name: name for name in self.protocol.images})
        contours = self._files(number, row, {TUMOR + name: name for name in self.protocol.contours})
        scanners = {name: row.get(SCANNER + name, "") for name in self.protocol.contours if row.get(SCANNER + name)}
        self._check_together(number, row)
        clinical = self._clinical(number, row)
        if len(self.problems) > before or clinical is None:
            return None
        other = {name: row[name] for name in self.other}
        return Patient(row[PATIENT], images, contours, clinical, scanners, other)

    def _check_id(self, number: int, name: str) -> None:
        if not name or not name.isprintable():
            self._note(number, PATIENT, "a name in printable characters is needed")
        elif name in self._seen:
            self._note(number, PATIENT, f"'{name}' stands in row {self._seen[name]} already")
        self._seen.setdefault(name, number)

    def _files(self, number: int, row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
        """Absolute sources of the cells that are not empty, by image or contour name."""
        found = {}
        for column, name in columns.items():
            if not row.get(column):
                continue
            try:
                found_source: Source = parse_source(row[column], self.path.parent).resolved()
            except InputError as error:
                self._note(number, column, str(error))
                continue
            self._files_of.append((number, column, Checked(found_source, name in self.protocol.planar, column != name)))
            source = str(found_source)
            if source in self._used:
                self._note(number, column, f"the same file as in row {self._used[source]}")
            self._used.setdefault(source, number)
            found[name] = source
        return found

    def _check_together(self, number: int, row: Mapping[str, str]) -> None:
        """A contour for every image, an image for every contour."""
        some = False
        for contour in self.protocol.contours:
            column = TUMOR + contour
            images = [name for name in self.protocol.images_of(contour) if row.get(name)]
            some = some or bool(images)
            if images and column in row and not row[column]:
                self._note(number, column, f"the contour of {', '.join(images)} is missing")
            if row.get(column) and not images:
                self._note(
                    number, column, f"a contour without an image ({', '.join(self.protocol.images_of(contour))})"
                )
        if not some and any(name in row for name in self.protocol.images):
            first = next(name for name in self.protocol.images if name in row)
            self._note(number, first, "the patient has no image at all")

    def _clinical(self, number: int, row: Mapping[str, str]) -> ClinicalRecord | None:
        entries = {name: value for name, value in row.items() if name in self.variables}
        records = [self._parsed(number, name, {name: value}) for name, value in entries.items()]
        return None if None in records else self._parsed(number, "HR", entries)

    def _parsed(self, number: int, column: str, entries: Mapping[str, str]) -> ClinicalRecord | None:
        try:
            return parse_clinical(entries, self.variables)
        except InputError as error:
            self._note(number, column, str(error))
            return None

    def _note(self, row: int, column: str, reason: str) -> None:
        self.problems.append(Problem(row, column, reason))
