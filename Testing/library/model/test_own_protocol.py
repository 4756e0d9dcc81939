"""A model of a user's own protocol carries its definition, and so scores where nobody has heard of the protocol."""

import json
import math
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from NACResponseLib.cli import main
from NACResponseLib.clinical import parse_clinical
from NACResponseLib.errors import InputError
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.imaging.io import load_case
from NACResponseLib.model.bundle import bundle_bytes, load_bundle, save_bundle
from NACResponseLib.model.bundle_parts import BundleInput, ImageNeeds
from NACResponseLib.model.linear import Linear, LinearFormula, Term
from NACResponseLib.model.protocols import check_protocol
from NACResponseLib.protocol import load_protocol, protocol_from, protocol_plain, protocol_sha256
from NACResponseLib.scoring.needs import needs_of
from NACResponseLib.scoring.patient import score_patient
from NACResponseLib.scoring.predict import score_values

from .bundle_files import refused, rehashed

DEFINITION = {
    "name": "clinic2026",
    "description": "Two MRI examinations and an ultrasound frame.",
    "source": "synthetic",
    "images": {
        "US": {"modality": "US", "contour": "US", "dimension": 2},
        "DCE": {"modality": "MR", "contour": "lesion"},
        "LATE": {"modality": "MR", "contour": "lesion_after", "time": "post"},
    },
    "preprocessing": {
        "MR": {"spacing_mm": 2.0, "zscore": True, "bin_count": 16},
        "US": {"spacing_mm": 0.5, "bin_count": 16},
    },
    "regions": {"MR": ["Intra", "Peri"], "US": ["Intra"]},
    "deltas": {"change": {"before": "DCE", "after": "LATE"}},
    "margin_mm": 4.0,
}
PROTOCOL = protocol_from(DEFINITION, "test")
NAMES = (
    "DCE_Peri_firstorder_Mean",
    "change_Intra_firstorder_Mean",
    "US_Intra_shape2D_PixelSurface",
    "age",
    "tumor_volume_mm3",
)


@pytest.fixture(scope="module")
def bundle(shipped):
    terms = tuple(Term(name, name, 0.001, (name,), (1.0,), 0.0, 0.0, 1.0, 0.5) for name in NAMES)
    return replace(
        shipped,
        card=replace(shipped.card, name="own"),
        inputs=tuple(BundleInput(n, n, "continuous", "", False, 0, -99.0, 9999.0, -90.0, 9000.0) for n in NAMES),
        images=ImageNeeds("clinic2026", "lesion", 4.0),
        preparation=None,
        model=Linear(LinearFormula(NAMES, terms, 0.0), (0.0,) * 5),
        own_protocol=PROTOCOL,
        sha256="",
    )


@pytest.fixture
def model(bundle, tmp_path):
    save_bundle(bundle, tmp_path / "own.nacmodel")
    return tmp_path / "own.nacmodel"


@pytest.fixture
def sources(files):
    """Files of the images and contours: the lesion darkens, and is a disc of 6 mm radius on ultrasound."""
    y, x = np.mgrid[0:100, 0:120] * 0.4
    disc = (x - 24) ** 2 + (y - 20) ** 2 <= 36
    frame = sitk.GetImageFromArray(
        (80 + 60 * disc + np.random.default_rng(0).normal(0, 5, disc.shape)).astype(np.float32)
    )
    mask = sitk.GetImageFromArray(disc.astype(np.uint8))
    for image in (frame, mask):
        image.SetSpacing((0.4, 0.4))
    late = files.image - 30 * sitk.Cast(files.tumor, sitk.sitkFloat32)
    images = {"DCE": files.image, "LATE": late, "US": frame}
    contours = {"lesion": files.tumor, "lesion_after": files.tumor, "US": mask}
    return (
        {name: files.write(image, f"{name}.nrrd") for name, image in images.items()},
        {name: files.write(mask, f"tumor_{name}.nrrd") for name, mask in contours.items()},
    )


def case_of(sources, clinical=None):
    images, contours = sources
    record = parse_clinical(clinical or {"age": "50"})
    return load_case(patient_id="P1", images=images, contours=contours, clinical=record, planar=PROTOCOL.planar)


def test_the_definition_travels_in_the_file(model):
    with pytest.raises(InputError):
        load_protocol("clinic2026")
    read = load_bundle(model)
    assert protocol_sha256(read.protocol) == protocol_sha256(PROTOCOL) and read.protocol == PROTOCOL
    assert bundle_bytes(read) == model.read_bytes()
    with zipfile.ZipFile(model) as file:
        assert json.loads(file.read("manifest.json"))["schema"] == 3


def test_a_bundle_of_a_shipped_protocol_carries_none(shipped):
    assert shipped.own_protocol is None
    assert shipped.protocol == load_protocol("jang2025")


def test_it_needs_both_examinations_of_a_delta_and_the_frame(bundle):
    needs = needs_of(bundle)
    assert (needs.images, needs.contours) == (("US", "DCE", "LATE"), ("US", "lesion", "lesion_after"))
    only = replace(bundle, inputs=(replace(bundle.inputs[0], name="US_Intra_shape2D_PixelSurface"),))
    assert (needs_of(only).images, needs_of(only).contours) == (("US",), ("US",))


def test_a_patient_is_scored_by_the_definition(model, sources):
    scored = score_patient(case_of(sources), load_bundle(model))
    features = extract_features(case_of(sources), PROTOCOL, NAMES[:3])
    assert {name: scored.values[name] for name in NAMES[:3]} == pytest.approx(features, rel=1e-9)
    assert scored.values["change_Intra_firstorder_Mean"] < 0, "the lesion darkened"
    assert scored.values["US_Intra_shape2D_PixelSurface"] == pytest.approx(math.pi * 36, rel=0.03)
    assert scored.values["tumor_volume_mm3"] == pytest.approx(4 / 3 * math.pi * 9**3, rel=0.05)
    log_odds = sum(0.001 * value for value in scored.values.values())
    calibrated = load_bundle(model).calibration.log_odds(log_odds)
    assert scored.score.probability == pytest.approx(1 / (1 + math.exp(-calibrated)))
    assert scored.regions["US"].anatomy is None and scored.regions["lesion"].anatomy is not None


def test_the_command_line_scores_it(model, sources, tmp_path, capsys):
    images, contours = sources
    given = [word for name, file in images.items() for word in ("--image", f"{name}={file}")]
    given += [word for name, file in contours.items() for word in ("--tumor", f"{name}={file}")]
    arguments = ["score", *given, "--set", "age=50", "--model", str(model), "--output", str(tmp_path / "out")]
    assert main(arguments) == 0
    written = json.loads((tmp_path / "out" / "score.json").read_text(encoding="utf-8"))
    values = pd.read_csv(tmp_path / "out" / "features.csv").loc[0, list(NAMES)].astype(float)
    scored = score_values(values, load_bundle(model), patient_id="out")
    assert written["probability"] == pytest.approx(scored.probability, rel=1e-9)
    assert written["prediction_set"] == list(scored.prediction_set) and written["set_level"] == 0.9
    assert written["p_values"] == pytest.approx(dict(scored.p_values))
    assert "At 90 % confidence: " in capsys.readouterr().out


def test_a_volume_is_not_measured_on_a_frame(bundle, sources):
    of_frame = replace(bundle, images=ImageNeeds("clinic2026", "US", 4.0))
    with pytest.raises(InputError, match="tumor_volume_mm3"):
        score_patient(case_of(sources), of_frame)
    scored_patient = score_patient(case_of(sources, {"age": "50", "tumor_volume_mm3": "4200"}), of_frame)
    assert scored_patient.values["tumor_volume_mm3"] == 4200


def definition(**changes):
    return lambda data: data.update(protocol=json.dumps({**json.loads(data["protocol"]), **changes}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (definition(name="other"), "protocol clinic2026"),
        (definition(images={}, deltas={}), "images in"),
        (definition(images=[]), "named entries"),
        (definition(images={"../../DCE": DEFINITION["images"]["DCE"]}, deltas={}), "of letters"),
        (definition(images={"DCE": {"modality": "MR", "contour": "../lesion"}}, deltas={}), "of letters"),
        (definition(images={f"I{n}": DEFINITION["images"]["DCE"] for n in range(5000)}), "at most 100"),
        (definition(preprocessing={}), "a modality with preprocessing"),
        (definition(margin_mm=1e9), "margin_mm from"),
        (definition(code="import os"), "'code'"),
        (lambda data: data.update(protocol="/etc/passwd"), "JSON of finite numbers"),
        (lambda data: data.update(protocol=DEFINITION), "'protocol' as str"),
        (lambda data: data.pop("protocol"), "'clinic2026'"),
        (lambda data: data["images"].update(contour="MRI"), "a contour of protocol clinic2026"),
    ],
)
def test_an_unsound_definition_is_refused_in_one_line(tmp_path, model, change, words):
    with zipfile.ZipFile(model) as file:
        members = {name: file.read(name) for name in file.namelist()}
    assert words in refused(tmp_path, rehashed(members, "model.json", change))


def test_a_protocols_name_in_a_bundle_opens_no_file(tmp_path, members):
    own = tmp_path / "mine.yaml"
    own.write_text(json.dumps(DEFINITION), encoding="utf-8")
    text = refused(tmp_path, rehashed(members, "model.json", lambda data: data["images"].update(protocol=str(own))))
    assert "the name of a protocol" in text


def test_features_state_their_protocol_by_a_definition_that_fits(tmp_path):
    plain, sha256 = protocol_plain(PROTOCOL), protocol_sha256(PROTOCOL)
    fields = {"protocol": "clinic2026", "protocol_sha256": sha256, "protocol_definition": plain}
    assert check_protocol(fields, "the table") == PROTOCOL
    shipped = load_protocol("jang2025")
    assert check_protocol({"protocol": "jang2025", "protocol_sha256": protocol_sha256(shipped)}, "it") == shipped
    for wrong in (
        {**fields, "protocol": "another"},
        {**fields, "protocol_sha256": "0" * 64},
        {**fields, "protocol_definition": {**plain, "margin_mm": 5.0}},
        {"protocol": "clinic2026", "protocol_sha256": sha256},
        {"protocol": "jang2025", "protocol_sha256": sha256},
    ):
        with pytest.raises(InputError):
            check_protocol(wrong, "the table")
