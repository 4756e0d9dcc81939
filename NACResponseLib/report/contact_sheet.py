"""The contact sheet: every patient's contours with shell, skin and chest wall, the most doubtful first.

Self-contained HTML pages of at most ``PER_PAGE`` patients, with nothing to fetch and no script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cohort.quality import OUTLYING, Concern
from .patient import RESEARCH_ONLY
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


def contact_sheet(
    title: str,
    concerns: Sequence[Concern],
    record_of: Callable[[str], Mapping[str, Any]],
    missing: Mapping[str, Sequence[str]],
    synthetic: bool = False,
) -> Iterator[tuple[str, str]]:
    """The pages, one at a time: file name and HTML; the first is ``index.html``.

    Args:
        title: of the cohort.
        concerns: every patient, in the order of the sheet.
        record_of: a patient's record, read when it is drawn.
        missing: the patients without an image, by image.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("contact_sheet.html.j2")
    starts = range(0, max(len(concerns), 1), PER_PAGE)
    names = [_page_name(k) for k in range(len(starts))]
    for name, start in zip(names, starts, strict=True):
        part = concerns[start : start + PER_PAGE]
        yield (
            name,
            template.render(
                title=title,
                research_only=RESEARCH_ONLY,
                synthetic=synthetic,
                total=len(concerns),
                warned=sum(bool(concern.warnings) for concern in concerns),
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
    told = [
        f"{what} {record[key][contour] / per:.1f} {unit}"
        for what, key, per, unit in _MEASURES
        if contour in record.get(key, ())
    ]
    return ", ".join(told)
