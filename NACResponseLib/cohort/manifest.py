"""``COHORT.csv``: the patients of a cohort and their files, checked whole before anything is computed.

A row a patient: ``patient_id``; a column for each image of the protocol (``MRI_CET1``), ``tumor_<contour>`` and
``scanner_<contour>`` for each of its contours (``tumor_MRI``); clinical variables; then whatever else, as outcomes.
Paths are relative to the table. A patient may lack images, by empty cells, but not all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from ..clinical import CLINICAL_VARIABLES, VARIABLES, ClinicalRecord, parse_clinical
from ..clinical_table import PATIENT, table_text
from ..errors import InputError
from ..imaging.source import Source, parse_source
from ..protocol import Protocol
from .check import Check, Checked, check_here

TUMOR, SCANNER = "tumor_", "scanner_"
SYNTHETIC = "synthetic"


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
    """

    path: Path
    patients: tuple[Patient, ...]
    clinical: tuple[str, ...]
    other: tuple[str, ...]
    synthetic: bool

    def missing(self, protocol: Protocol) -> dict[str, list[str]]:
        """By image, the patients that lack it."""
        lacking = {name: [p.patient_id for p in self.patients if name not in p.images] for name in protocol.images}
        return {name: patients for name, patients in lacking.items() if patients}


def read_manifest(path: Path, protocol: Protocol, check: Check = check_here) -> Manifest:
    """Reads a cohort's table and checks all of it: cells, files, and that their headers can be read.

    Args:
        check: looks at the files' headers, here or in processes of its own, which a hostile file may kill.

    Raises:
        ManifestError: any problem; all of them are in its ``problems``.
        InputError: no such file, or no table.
    """
    reader = _Reader(path, protocol)
    patients = tuple(reader.patients())
    reader.check_files(check)
    if not patients and not reader.problems:
        raise InputError("a row a patient", f"none in {path.name}", "add the patients")
    if reader.problems:
        raise ManifestError(path.name, tuple(sorted(reader.problems, key=lambda problem: problem.row)))
    synthetic = any(patient.other.get(SYNTHETIC, "").lower() in ("yes", "true", "1") for patient in patients)
    return Manifest(path, patients, reader.clinical, reader.other, synthetic)


@dataclass
class _Reader:
    """Reads row by row and notes every problem."""

    path: Path
    protocol: Protocol
    problems: list[Problem] = field(default_factory=list)
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
                self._note(number, column, reason)

    def patients(self) -> Iterator[Patient]:
        text = table_text(self.path, "a cohort table as CSV")
        delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            header = [cell.strip() for cell in next(rows, [])]
            while header and not header[-1]:
                header.pop()
            self._check_header(header)
            for number, cells in enumerate(rows, 2):
                if self._fits(number, cells, len(header)):
                    patient = self._patient(number, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
                    if patient is not None:
                        yield patient
        except csv.Error as error:
            raise InputError("a cohort table as CSV", f"{self.path.name}: {error}", "save it again as CSV") from None

    def _check_header(self, header: list[str]) -> None:
        contours = self.protocol.contours
        required = (
            PATIENT,
            *self.protocol.images,
            *(TUMOR + contour for contour in contours),
            *(SCANNER + contour for contour in contours),
        )
        clinical = {name.lower(): name for name in VARIABLES}
        for name in dict.fromkeys(header):
            if not name or header.count(name) > 1:
                self._note(1, name or "without a name", "every column needs a name of its own")
        known = [name for name in header if name in required or name.lower() in clinical]
        self.other = tuple(name for name in header if name not in known)
        for name in required:
            if name not in header:
                near = get_close_matches(name.lower(), [other.lower() for other in self.other], n=1, cutoff=0.8)
                empty = "" if name == PATIENT else "; cells may be empty where a patient has none"
                hint = f"there is a column '{near[0]}'" if near else f"add it{empty}"
                self._note(1, name, f"the column is missing: {hint}")
        for name in self.other:
            plain = name.lower().removesuffix("_status").removesuffix("_years")
            if plain in clinical or get_close_matches(plain, [v for v in clinical if len(v) > 4], n=1, cutoff=0.85):
                self._note(1, name, f"no such variable; the clinical ones are {', '.join(VARIABLES)}")
        present = {clinical[name.lower()] for name in header if name.lower() in clinical}
        self.clinical = tuple(name for name in (*CLINICAL_VARIABLES, "HR", "tumor_volume_mm3") if name in present)

    def _fits(self, number: int, cells: list[str], width: int) -> bool:
        if not any(cell.strip() for cell in cells):
            return False
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            self._note(number, "last", f"{len(cells)} cells under a header of {width}")
            return False
        return True

    def _patient(self, number: int, row: Mapping[str, str]) -> Patient | None:
        before = len(self.problems)
        self._check_id(number, row.get(PATIENT, ""))
        images = self._files(number, row, {name: name for name in self.protocol.images})
        contours = self._files(number, row, {TUMOR + name: name for name in self.protocol.contours})
        scanners = {name: row.get(SCANNER + name, "") for name in self.protocol.contours if row.get(SCANNER + name)}
        self._check_together(number, row, scanners)
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

    def _check_together(self, number: int, row: Mapping[str, str], scanners: Mapping[str, str]) -> None:
        """A contour for every image, an image for every contour, and their scanner."""
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
            if images and SCANNER + contour in row and contour not in scanners:
                self._note(number, SCANNER + contour, "the scanner is missing: write its name, or 'unknown'")
        if not some and any(name in row for name in self.protocol.images):
            self._note(number, next(iter(self.protocol.images)), "the patient has no image at all")

    def _clinical(self, number: int, row: Mapping[str, str]) -> ClinicalRecord | None:
        known = {name.lower() for name in VARIABLES}
        entries = {name: value for name, value in row.items() if name.lower() in known}
        records = [self._parsed(number, name, {name: value}) for name, value in entries.items()]
        return None if None in records else self._parsed(number, "HR", entries)

    def _parsed(self, number: int, column: str, entries: Mapping[str, str]) -> ClinicalRecord | None:
        try:
            return parse_clinical(entries)
        except InputError as error:
            self._note(number, column, str(error))
            return None

    def _note(self, row: int, column: str, reason: str) -> None:
        self.problems.append(Problem(row, column, reason))
