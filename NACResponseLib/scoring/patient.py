"""From a case to a score: only what the bundle needs is measured or extracted."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import __version__
from ..anatomy.regions import Regions
from ..anatomy.tumour import TumourMeasures, measure_tumour
from ..case import Case
from ..errors import InputError, few
from ..features.deep import extract_deep, place_of
from ..features.extraction import extract_features
from ..features.preparation import CasePreparation, contour_regions
from ..model.bundle import Bundle
from ..model.bundle_parts import ImageNeeds
from ..protocol import Protocol
from .predict import score_values
from .result import Score

VOLUME = "tumor_volume_mm3"


@dataclass(frozen=True)
class ScoredPatient:
    """A score with what it was computed from.

    Attributes:
        values: the model's inputs by name; NaN where missing.
        regions: by contour, for every contour that has one of its images.
        measures: of the tumour by contour.
    """

    score: Score
    values: Mapping[str, float]
    regions: Mapping[str, Regions]
    measures: Mapping[str, TumourMeasures]


def score_patient(case: Case, bundle: Bundle, device: str = "cpu") -> ScoredPatient:
    """Scores a patient.

    Args:
        case: with the contour the model measures the tumour volume in (or ``tumor_volume_mm3`` in its clinical
            record), and the images that its features come from.
        bundle: from ``load_bundle``.
        device: for deep features, ``cpu``, ``cuda`` or ``auto``; one patient needs no GPU.

    Raises:
        InputError: something the model needs is missing or cannot be used.
    """
    needs = bundle.images
    protocol = bundle.protocol
    regions, measures = _measured(case, protocol, needs.margin_mm)
    warnings = [*case.warnings, *_region_warnings(regions, measures)]
    names = [item.name for item in bundle.inputs]
    values = dict.fromkeys(bundle.variables, math.nan) | case.clinical.values() | dict(case.features)
    lacking = [name for name in bundle.imported_inputs if name not in values]
    if lacking:
        raise InputError(
            f"the features of another program that this model was trained on (table {needs.imported})",
            f"no {few(lacking)}",
            "give a row of their values, --features FILE: they cannot be computed from images here",
        )
    if VOLUME in names:
        values[VOLUME] = _tumour_volume(case, needs.contour, measures, warnings)
    features = [name for name in names if name not in values]
    origin: dict[str, Any] = {}
    if features:
        found, origin, more = _image_features(CasePreparation(case, protocol, regions), needs, features, device)
        values |= found
        warnings.extend(more)
    score = score_values(
        values,
        bundle,
        patient_id=case.patient_id,
        scanners=case.scanners,
        warnings=tuple(warnings),
        provenance={
            "software": {"NACResponse": __version__, "Python": platform.python_version()},
            "inputs": dict(case.provenance),
            **_anatomy_record(case, regions),
            "settings": {"margin_mm": needs.margin_mm, "contour": needs.contour or "none"},
            **origin,
        },
        examination=case.examination,
    )
    return ScoredPatient(score, {name: values.get(name, math.nan) for name in names}, regions, measures)


def _anatomy_record(case: Case, regions: Mapping[str, Regions]) -> dict[str, Any]:
    """How far skin and chest wall are to be trusted, a reader's points on the wall, and who accepted, by contour."""
    found = {name: region.anatomy for name, region in regions.items() if region.anatomy is not None}
    record: dict[str, Any] = {}
    if found:
        record["anatomy"] = {
            name: {"status": a.status, "skin": round(a.skin_confidence, 3), "chest_wall": round(a.wall_confidence, 3)}
            for name, a in found.items()
        }
    if case.wall_points:
        record["wall_points_mm"] = {name: points.tolist() for name, points in case.wall_points.items()}
    if case.accepted:
        record["accepted"] = dict(case.accepted)
    return record


def _image_features(
    preparation: CasePreparation, needs: ImageNeeds, names: Sequence[str], device: str
) -> tuple[dict[str, float], dict[str, Any], tuple[str, ...]]:
    """Handcrafted and deep features by name from images prepared once; where deep ones come from; warnings."""
    case, protocol = preparation.case, preparation.protocol
    deep = [name for name in names if place_of(name, protocol)]
    found = extract_features(case, protocol, [name for name in names if name not in deep], preparation=preparation)
    if not deep:
        return found, {}, ()
    if needs.depth is None:
        raise InputError("the network's depth in a model with deep features", "none", "do not use this bundle")
    extracted = extract_deep(
        case,
        protocol,
        needs.depth,
        device=device,
        wanted=deep,
        preparation=preparation,
        weights_sha256=needs.weights_sha256,
    )
    return found | extracted.values, {"deep_features": extracted.metadata}, extracted.warnings


def _measured(case: Case, protocol: Protocol, margin_mm: float) -> tuple[dict[str, Regions], dict[str, TumourMeasures]]:
    regions, measures = {}, {}
    for contour, mask in case.contours.items():
        if any(name in case.images for name in protocol.images_of(contour)):
            regions[contour] = contour_regions(case, protocol, contour, margin_mm)
            measures[contour] = regions[contour].measures
        else:
            measures[contour] = measure_tumour(mask, contour)
    return regions, measures


def _region_warnings(regions: Mapping[str, Regions], measures: Mapping[str, TumourMeasures]) -> tuple[str, ...]:
    found: list[str] = []
    for contour, measured in measures.items():
        found.extend(regions[contour].warnings if contour in regions else measured.warnings(contour))
    return tuple(found)


def _tumour_volume(
    case: Case, contour: str | None, measures: Mapping[str, TumourMeasures], warnings: list[str]
) -> float:
    recorded = case.clinical.tumor_volume_mm3
    measured = math.nan if contour is None or contour not in measures else measures[contour].volume_mm3
    if not math.isnan(measured):
        if not math.isnan(recorded) and abs(measured / recorded - 1) > 0.01:
            warnings.append(
                f"The tumour volume measured in contour {contour} ({measured:,.0f} mm³) is used; "
                f"the record says {recorded:,.0f} mm³."
            )
        return measured
    if math.isnan(recorded):
        wanted = "a tumour volume" if contour is None else f"a tumour contour {contour}"
        give = "tumor_volume_mm3" if contour is None else f"--tumor {contour}=FILE or tumor_volume_mm3"
        raise InputError(wanted, "none", f"give {give}")
    return recorded
