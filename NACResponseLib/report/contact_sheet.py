"""The contact sheet: every patient's contours with shell, skin and chest wall, the most doubtful first.

Self-contained HTML pages of at most ``PER_PAGE`` patients, with nothing to fetch and no script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cohort.quality import OUTLYING, Concern, concerns
from ..cohort.results import QC, Cohort
from ..features.table import HANDCRAFTED, read_table, table_file
from ..output import whole_file
from .page import RESEARCH_ONLY, environment
from .thumbnail import COLOURS, SIDE

PER_PAGE = 200
_MEASURES = (
    ("tumour", "tumor_volume_mm3", 1000, "cm³"),
    ("tumour", "tumor_area_mm2", 100, "cm²"),
    ("shell", "shell_volume_mm3", 1000, "cm³"),
)
_LABELS = {"skin": "skin", "chest_wall": "chest wall", "shell": "edge of the shell", "tumor": "tumour"}


@dataclass(frozen=True)
class Card:
    """A patient on the sheet.

    Attributes:
        rank: from 1, the most doubtful.
        pictures: PNG in base64 by contour.
        sizes: of tumour and shell by contour, in words.
        missing: images that the patient lacks.
    """

    rank: int
    concern: Concern
    pictures: Mapping[str, str]
    sizes: Mapping[str, str]
    missing: tuple[str, ...]


def write_contact_sheet(cohort: Cohort, output: Path, about: Mapping[str, Mapping[str, Any]]) -> None:
    """Writes ``qc``, pages of every finished patient; those of an earlier run that are no longer needed go.

    Args:
        output: with the cohort's feature tables.
        about: what ``run.json`` says of each finished patient.

    Raises:
        InputError: a result has gone since it was made.
    """
    patients = {patient.patient_id: patient for patient in cohort.manifest.patients}
    warnings = {patient: one["warnings"] for patient, one in about.items()}
    scored = HANDCRAFTED in cohort.settings.feature_sets
    features = read_table(table_file(output, HANDCRAFTED)).values if scored else None
    pages = contact_sheet(
        cohort.manifest.path.stem,
        concerns(warnings, features),
        lambda name: cohort.record(patients[name]),
        cohort.manifest.missing(cohort.settings.protocol),
        cohort.manifest.synthetic,
    )
    folder = output / QC
    folder.mkdir(exist_ok=True)
    written = set()
    for name, page in pages:
        written.add(name)
        with whole_file(folder / name) as stream:
            stream.write(page.encode())
    for file in folder.glob("*.html"):
        if file.name not in written:
            file.unlink()


def contact_sheet(
    title: str,
    patients: Sequence[Concern],
    record_of: Callable[[str], Mapping[str, Any]],
    missing: Mapping[str, Sequence[str]],
    synthetic: bool = False,
) -> Iterator[tuple[str, str]]:
    """The pages, one at a time: file name and HTML; the first is ``index.html``.

    Args:
        title: of the cohort.
        patients: in the order of the sheet.
        record_of: a patient's record, read when it is drawn.
        missing: the patients without an image, by image.
    """
    template = environment().get_template("contact_sheet.html.j2")
    starts = range(0, max(len(patients), 1), PER_PAGE)
    names = [_page_name(k) for k in range(len(starts))]
    for name, start in zip(names, starts, strict=True):
        part = patients[start : start + PER_PAGE]
        yield (
            name,
            template.render(
                title=title,
                research_only=RESEARCH_ONLY,
                synthetic=synthetic,
                total=len(patients),
                warned=sum(bool(concern.warnings) for concern in patients),
                cards=[_card(start + k, concern, record_of, missing) for k, concern in enumerate(part, 1)],
                names=names,
                here=name,
                per_page=PER_PAGE,
                colours={_LABELS[place]: f"#{r:02x}{g:02x}{b:02x}" for place, (r, g, b) in COLOURS.items()},
                side=SIDE,
                outlying=OUTLYING,
            ),
        )


def _page_name(number: int) -> str:
    return f"page-{number + 1}.html" if number else "index.html"


def _card(
    rank: int, concern: Concern, record_of: Callable[[str], Mapping[str, Any]], missing: Mapping[str, Sequence[str]]
) -> Card:
    record = record_of(concern.patient_id)
    return Card(
        rank=rank,
        concern=concern,
        pictures=record["pictures"],
        sizes={contour: _sizes(record, contour) for contour in record["pictures"]},
        missing=tuple(image for image, patients in missing.items() if concern.patient_id in patients),
    )


def _sizes(record: Mapping[str, Any], contour: str) -> str:
    """``tumour 3.2 cm³, shell 4.1 cm³``; of an image of a single plane ``tumour 2.1 cm²``."""
    sizes = [
        f"{what} {record[key][contour] / per:.1f} {unit}"
        for what, key, per, unit in _MEASURES
        if contour in record.get(key, ())
    ]
    return ", ".join(sizes)
