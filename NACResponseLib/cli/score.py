"""``nacresponse score``, one patient from files, and ``nacresponse demo``, the sample patient."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..case import USER_MASKS, Case, Examination
from ..clinical import parse_clinical
from ..clinical_table import read_clinical, read_patient
from ..config import resources
from ..errors import InputError, few, unknown_name
from ..evaluation.conformal import set_in_words
from ..features.names import pyradiomics_names
from ..hashing import sha256_of_files
from ..imaging.source import parse_source
from ..model.bundle import DEFAULT_MODEL, load_bundle
from ..model.bundle_content import Bundle
from ..output import check_folder
from ..scoring.result import Score
from .options import RESEARCH_ONLY, command_line

EXAMINATION = {"exam_date": "date", "laterality": "laterality", "reader": "reader"}
"""Columns of a record, and options, that tell of the examination."""
_MOST_SHOWN = 15
"""Reasons, largest first."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``demo`` and ``score``."""
    demo = commands.add_parser("demo", help="score the sample patient, a real one", allow_abbrev=False)
    demo.add_argument("--output", metavar="DIR", type=Path, default=Path("demo"), help="default: %(default)s")
    demo.set_defaults(run=run_demo)

    score = commands.add_parser(
        "score",
        help="score a patient",
        description="The probability of response of one patient, with its reasons, as files in a folder.",
        epilog="A FILE is NRRD, NIfTI, MHA, DICOM or a folder of it; a contour may be SEG or RTSTRUCT, too. FILE::NAME "
        "picks a series, segment, label or region; FILE#N, #pre, #first-post or #last a phase; both go together.",
        allow_abbrev=False,
    )
    pair: dict[str, Any] = {"action": "append", "default": []}
    score.add_argument("--image", metavar="NAME=FILE", **pair, help="as MRI_CET1=FILE; may be repeated")
    score.add_argument("--tumor", metavar="CONTOUR=FILE", **pair, help="tumour mask, as MRI=FILE; may be repeated")
    score.add_argument("--scanner", metavar="CONTOUR=NAME", **pair, help="as MRI=Signa, for models that harmonize")
    score.add_argument("--clinical", metavar="FILE", type=Path, help="clinical record, a table or JSON")
    score.add_argument(
        "--features", metavar="FILE", type=Path, help="a table with a row of feature values, computed elsewhere"
    )
    score.add_argument("--set", metavar="KEY=VALUE", **pair, help="a clinical value, as age=50 or HER2=negative")
    score.add_argument(
        "--exam-date", metavar="DATE", default="", help="as 2026-11-29; default: that of the DICOM images"
    )
    score.add_argument("--laterality", metavar="SIDE", default="", help="left, right or bilateral; default: DICOM's")
    score.add_argument("--reader", metavar="NAME", default="", help="who drew the contours; default: DICOM's")
    score.add_argument("--patient-id", metavar="ID", help="whose record it is; else the file's, or the folder's name")
    for name in USER_MASKS:
        option = f"--{name.replace('_', '-')}"
        help_text = f"your own mask of the {name.replace('_', ' ')}; MRI=FILE for the images of one contour"
        score.add_argument(option, metavar="[CONTOUR=]FILE", dest=name, **pair, help=help_text)
    help_text = "your points on the front of the pectoral muscle: .mrk.json, .fcsv, .json or .csv"
    score.add_argument("--wall-points", metavar="CONTOUR=FILE", **pair, help=help_text)
    help_text = "who accepted contour and shell, and when, for the report; as 'MRI=A. Reader, 2026-11-29 16:30'"
    score.add_argument("--accepted", metavar="CONTOUR=WHO", **pair, help=help_text)
    score.add_argument("--output", metavar="DIR", type=Path, required=True)
    score.add_argument(
        "--dicom",
        action="store_true",
        help="write tumour and shell as DICOM SEG, the measurements as SR and the report as DICOM PDF, too",
    )
    help_text = "the DICOM series of an image that is given as another file, for --dicom; as MRI_CET1=FOLDER::UID"
    score.add_argument("--dicom-source", metavar="NAME=FOLDER", **pair, help=help_text)
    help_text = "the report as PDF, printed before, for --dicom; else WeasyPrint prints it"
    score.add_argument("--dicom-report", metavar="FILE", type=Path, help=help_text)
    for command in (demo, score):
        command.add_argument("--model", metavar="NAME|FILE", default=DEFAULT_MODEL, help="default: %(default)s")
        command.add_argument("--pdf", action="store_true", help="write the report as PDF, too")
    score.set_defaults(run=run_score)


def run_score(options: argparse.Namespace) -> int:
    """Scores the patient that the options describe."""
    from ..imaging.io import load_case
    from ..imaging.reading import source_files
    from ..report.export import MARKER, own_files
    from ..report.pdf import check_pdf, pdf_printer

    bundle = load_bundle(options.model)
    protocol = bundle.protocol
    check_folder(options.output, MARKER, own_files(protocol.contours))
    if options.dicom_report:
        check_pdf(options.dicom_report)
    if options.pdf or (options.dicom and not options.dicom_report):
        pdf_printer()
    variables = bundle.variables
    named, entries, features = _given_features(options, bundle) if options.features else (None, {}, {})
    examined: dict[str, Any] = {}
    if options.clinical:
        who = options.patient_id or named
        named_there, recorded, examined = read_patient(options.clinical, who, variables, tuple(EXAMINATION))
        named, entries = named or named_there, entries | recorded
    typed = _pairs(options.set, "--set KEY=VALUE", may_be_empty=True)
    entries = {name: value for name, value in entries.items() if name.lower() not in map(str.lower, typed)} | typed
    examination = Examination(
        **{own: str(getattr(options, name) or examined.get(name) or "") for name, own in EXAMINATION.items()}
    )
    masks = _masks(options, protocol.contours)
    if masks and not options.image:
        raise InputError("an image for the masks", "none", "give --image NAME=FILE")
    images = _known(_pairs(options.image, "--image NAME=FILE"), "an image", protocol.images)
    given = _known(_pairs(options.dicom_source, "--dicom-source NAME=FOLDER"), "an image", images)
    series = _series(images, given) if options.dicom else None
    case = load_case(
        patient_id=options.patient_id or named or options.output.absolute().name,
        images=images,
        contours=_known(_pairs(options.tumor, "--tumor CONTOUR=FILE"), "a contour", protocol.contours),
        clinical=parse_clinical(entries, variables),
        scanners=_known(_pairs(options.scanner, "--scanner CONTOUR=NAME"), "a contour", protocol.contours),
        masks=masks,
        planar=protocol.planar,
        protocol=protocol,
        recorded_id=options.patient_id or named,
        wall_points=_known(_pairs(options.wall_points, "--wall-points CONTOUR=FILE"), "a contour", protocol.contours),
        examination=examination,
    )
    accepted = _known(_pairs(options.accepted, "--accepted CONTOUR=WHO"), "a contour", protocol.contours)
    case = replace(case, accepted=accepted)
    if options.features:
        read_from = {**case.provenance, "features": sha256_of_files([options.features])}
        case = replace(case, features=features, provenance=read_from)
    for name in case.images:
        if protocol.images[name].contour not in case.contours:
            contour = protocol.images[name].contour
            raise InputError(f"the contour of image {name}", "none", f"give --tumor {contour}=FILE")
    if series is not None:
        series |= {name: source_files(parse_source(given[name]), case.images[name]) for name in given}
    return _score(case, bundle, options.output, options.pdf, series, options.dicom_report)


def _given_features(options: argparse.Namespace, bundle: Bundle) -> tuple[str | None, dict[str, Any], dict[str, float]]:
    """The patient's name, clinical entries and features in the table of ``--features``.

    Raises:
        InputError: as ``read_patient``; a value that is no number.
    """
    wanted = [item.name for item in bundle.inputs if item.name not in bundle.variables]
    others = {other: name for other, name in pyradiomics_names(bundle.protocol).items() if name in wanted}
    either = [*wanted, *others]
    named, entries, found_cells = read_patient(options.features, options.patient_id, bundle.variables, either)
    cells = {others.get(name, name): cell for name, cell in found_cells.items()}
    features = {name: _number(cell, f"{name} in {options.features.name}") for name, cell in cells.items()}
    if not features:
        found = f"none in {options.features.name}"
        raise InputError(f"columns of the model's features ({few(wanted, 2)})", found, "give another table")
    return named, entries, features


def _number(cell: Any, what: str) -> float:
    try:
        if "_" in str(cell):  # Python's own way to group digits
            raise ValueError
        return float(str(cell or "nan").replace(",", "."))
    except ValueError:
        raise InputError(f"a number of {what}", f"'{str(cell)[:40]}'", "correct it") from None


def _series(images: Mapping[str, str], given: Mapping[str, str]) -> dict[str, tuple[Path, ...]]:
    """The DICOM files of each image that was read from DICOM, or whose series is given.

    Raises:
        InputError: there is none.
    """
    from ..imaging.reading import source_files

    found = {name: source_files(parse_source(source)) for name, source in {**images, **given}.items()}
    if not any(found.values()):
        raise InputError("an image read from DICOM, for --dicom", "none", "give a DICOM folder, or leave out --dicom")
    return found


def _masks(options: argparse.Namespace, contours: tuple[str, ...]) -> dict[str, str]:
    """The user's masks by name; those for one contour as ``MRI:skin``."""
    masks: dict[str, str] = {}
    for name in USER_MASKS:
        for entry in getattr(options, name):
            contour, equals, file = entry.partition("=")
            own = equals and contour.strip() in contours
            key, source = (f"{contour.strip()}:{name}", file.strip()) if own else (name, entry)
            if key in masks:
                raise InputError(f"one mask {key}", "two", "leave one out")
            masks[key] = source
    return masks


def run_demo(options: argparse.Namespace) -> int:
    """Scores the sample patient that ships with the program."""
    from ..imaging.io import load_case

    folder = resources() / "SampleData" / "nact06"
    sample = json.loads((folder / "sample.json").read_text(encoding="utf-8"))
    _, entries = read_clinical(folder / sample["clinical"])
    case = load_case(
        patient_id=sample["patient_id"],
        images={name: folder / file for name, file in sample["images"].items()},
        contours={name: folder / file for name, file in sample["contours"].items()},
        clinical=parse_clinical(entries),
    )
    print(f"Sample patient {case.patient_id}: {sample['description']}.")
    known = {name: sample[name] for name in ("known_outcome", "attribution")}
    status = _score(case, load_bundle(options.model), options.output, options.pdf, **known)
    print(f"Known outcome: {case.patient_id} {sample['known_outcome']}.")
    print(sample["attribution"])
    return status


def _score(
    case: Case,
    bundle: Any,
    output: Path,
    pdf: bool,
    dicom: Mapping[str, tuple[Path, ...]] | None = None,
    printed: Path | None = None,
    **sample: str,
) -> int:
    from ..results.score import score_case

    scored = score_case(case, bundle)
    scored.save(output, command=command_line(), pdf=pdf, dicom=dicom, printed=printed, **sample)
    print("\n".join(_summary(scored.score, bundle.card.cohort)))
    print(f"Report: {output / scored.page}")
    return 0


def _summary(score: Score, cohort: str) -> Iterator[str]:
    level = f"{100 * score.interval_level:g} %"
    digits = 1 if abs(score.probability - score.threshold) < 0.01 else 0
    probability, low, high, threshold, average = (
        f"{100 * value:.{digits}f} %" for value in (score.probability, *score.interval, score.threshold, score.baseline)
    )
    warnings = list(score.warnings)
    if score.predicted_class is None:
        yield warnings.pop(0)
    yield f"Probability of {score.model['positive_class']}: {probability} ({level} interval {low} to {high})"
    side = "at or above" if score.probability >= score.threshold else "below"
    if score.predicted_class is not None:
        yield f"Predicted: {score.predicted_class} ({side} the threshold of {threshold})"
        positive, negative = score.model["positive_class"], score.model["negative_class"]
        yield set_in_words(score.prediction_set, positive, negative, score.set_level)
    yield f"What drove it, in percentage points from the average patient's {average}:"
    for item in score.contributions[:_MOST_SHOWN]:
        yield f"  {100 * item.contribution:+6.1f}  {item.label}: {item.shown}"
    if len(score.contributions) > _MOST_SHOWN:
        yield f"          and {len(score.contributions) - _MOST_SHOWN} more: see the report"
    for warning in warnings:
        yield f"Warning: {warning}"
    yield f"Model: {score.model['name']} {score.model['version']}. {cohort}"
    yield RESEARCH_ONLY


def _pairs(given: list[str], form: str, *, may_be_empty: bool = False) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for entry in given:
        name, equals, value = entry.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name or not (value or may_be_empty):
            raise InputError(form, f"'{entry}'", "write the name, '=' and what it is")
        if name in pairs:
            raise InputError(f"{name} once", "twice", "leave one out")
        pairs[name] = value
    return pairs


def _known(pairs: dict[str, str], kind: str, names: Mapping[str, Any] | tuple[str, ...]) -> dict[str, str]:
    for name in pairs:
        if name not in names:
            raise unknown_name(kind, name, names)
    return pairs
