"""A scored patient as files: ``score.json``, ``features.csv``, ``report.html`` and the masks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..case import Case
from ..imaging.io import write_image
from ..model.bundle import Bundle
from ..output import whole_folder
from ..protocol import Protocol
from ..scoring.explanation import three_digits
from ..scoring.nomogram import bundle_nomogram, position
from ..scoring.patient import ScoredPatient
from ..scoring.result import Score
from ..writing import write_csv, write_json
from .dicom_objects import dicom_files, write_dicom
from .nomogram_layout import NomogramChart, nomogram_charts
from .patient import PatientReport, patient_report
from .pdf import write_pdf
from .plots import TrainingScores
from .slices import View

MARKER = "score.json"
MASKS = ("tumor", "shell", "body")
_PLACES = {"skin": "skin", "chest_wall": "chest wall", "air": "air", "other": "other tissue"}


def write_score(
    folder: Path,
    scored: ScoredPatient,
    case: Case,
    bundle: Bundle,
    *,
    date: str,
    command: str = "",
    known_outcome: str | None = None,
    attribution: str = "",
    pdf: bool = False,
    dicom: Mapping[str, Sequence[Path]] | None = None,
    printed: Path | None = None,
) -> None:
    """Writes a patient's results, whole or not at all; results of an earlier run in the folder are replaced.

    Args:
        date: of the score, as it shall be printed.
        command: by which it was made; for the report.
        known_outcome, attribution: for the report, where there are any.
        pdf: write ``report.pdf``, too.
        dicom: write DICOM objects, too: the files that each image was read from, by name (``dicom_objects``).
        printed: the report as PDF, for DICOM, where it was printed before; None prints it.

    Raises:
        InputError: the folder cannot be written or holds other files; no PDF can be made here.
    """
    with whole_folder(folder, MARKER, own_files(case.contours)) as partial:
        write_json(partial / MARKER, score_json(scored.score), indent=2, allow_nan=False)
        cells = ("" if math.isnan(value) else float(value) for value in scored.values.values())
        header = ("patient_id", *scored.values)
        write_csv(partial / "features.csv", header, [(scored.score.patient_id, *cells)], line_end="\r\n")
        for contour, regions in scored.regions.items():
            for name, mask in regions.masks.items():
                write_image(mask, partial / f"{name}_{contour}.nii.gz")
        page = patient_report(
            PatientReport(
                score=scored.score,
                card=bundle.card,
                reference=TrainingScores(bundle.reference.probabilities, bundle.reference.outcomes),
                clinical=case.clinical,
                variables=bundle.variables,
                inputs=tuple(item.name for item in bundle.inputs if item.name in bundle.variables),
                views=_views(scored, case, bundle.protocol),
                measurements=measurements(scored),
                known_outcome=known_outcome,
                date=date,
                command=command,
                attribution=attribution,
                nomogram=_nomogram(scored, case, bundle),
            )
        )
        (partial / "report.html").write_text(page, encoding="utf-8")
        document = write_pdf(partial / "report.html") if pdf or (dicom is not None and not printed) else printed
        if dicom is not None and document is not None:
            write_dicom(partial, scored, dicom, printed or document)
        if not pdf:
            (partial / "report.pdf").unlink(missing_ok=True)


def own_files(contours: Iterable[str]) -> tuple[str, ...]:
    """Names of the files that a patient's results consist of, besides the marker."""
    names = dict.fromkeys(("MRI", "CT", *contours))
    return (
        "features.csv",
        "report.html",
        "report.pdf",
        *(f"{mask}_{contour}.nii.gz" for contour in names for mask in MASKS),
        *dicom_files(tuple(names)),
    )


def score_json(score: Score) -> dict[str, Any]:
    """The score as plain data for ``score.json``."""
    fields = asdict(score)
    fields["interval"] = list(score.interval)
    return fields


def measurements(scored: ScoredPatient) -> tuple[tuple[str, str], ...]:
    """Labels and values of what was measured, in words and units for a reader."""
    rows = []
    for contour, measured in scored.measures.items():
        if math.isnan(measured.volume_mm3):
            rows.append((f"Tumour area ({contour})", f"{three_digits(measured.area_mm2 / 100)}\u00a0cm²"))
        else:
            rows.append((f"Tumour volume ({contour})", _volume(measured.volume_mm3)))
        rows.append((f"Longest diameter ({contour})", f"{measured.longest_diameter_mm:.0f}\u00a0mm"))
        if contour in scored.regions:
            regions = scored.regions[contour]
            if regions.anatomy is not None:
                for part, words in regions.anatomy.confidence_in_words.items():
                    rows.append((f"{_PLACES[part].capitalize()} at the tumour ({contour})", words))
            if regions.shell is not None:
                rows.append((f"Peritumoral shell ({contour})", _volume(regions.shell_mm3)))
            for place, clipped in regions.clipped_mm3.items():
                if clipped:
                    rows.append((f"Cut off the shell: {_PLACES[place]} ({contour})", _volume(clipped)))
    return tuple(rows)


def _volume(cubic_mm: float) -> str:
    grouped = f"{cubic_mm:,.0f}".replace(",", "\u202f")
    return f"{three_digits(cubic_mm / 1000)}\u00a0cm³ ({grouped}\u00a0mm³)"


def _views(scored: ScoredPatient, case: Case, protocol: Protocol) -> tuple[View, ...]:
    """Of each contour the image that it was drawn on; its time point, where the protocol has several."""
    several = len({spec.time for spec in protocol.images.values()}) > 1
    return tuple(
        View(
            r.image_name,
            case.images[r.image_name],
            r.tumor,
            r.shell if r.shell is not None and r.shell_mm3 else None,
            r.modality,
            protocol.images[r.image_name].time if several else "",
        )
        for r in scored.regions.values()
    )


def _nomogram(scored: ScoredPatient, case: Case, bundle: Bundle) -> tuple[tuple[str, NomogramChart], ...]:
    if bundle_nomogram(bundle) is None:
        return ()
    row = np.array([scored.values[item.name] for item in bundle.inputs])
    return nomogram_charts(bundle, position(bundle, row, case.scanners))
