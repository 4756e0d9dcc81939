"""A model with clinical, handcrafted and deep inputs scores a patient from images."""

import dataclasses
import json

import numpy as np
import pytest
import xgboost

from NACResponseLib.case import Case
from NACResponseLib.clinical import parse_clinical
from NACResponseLib.errors import InputError
from NACResponseLib.features.deep import extract_deep
from NACResponseLib.features.extraction import extract_features
from NACResponseLib.features.weights import install_from_file
from NACResponseLib.model.bundle import bundle_bytes, load_bundle, save_bundle
from NACResponseLib.model.bundle_parts import BundleInput, ImageNeeds
from NACResponseLib.model.trees import ReferencePredictions, Trees, portable_json
from NACResponseLib.protocol import load_protocol
from NACResponseLib.scoring.patient import score_patient

from ..features import formula

pytestmark = pytest.mark.torch

NAMES = ("age", "MRI_CET1_Intra_glcm_Contrast", "MRI_CET1_Intra_0003", "MRI_CET1_Peri_0400")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet_10_23dataset.pth"
    return formula.write(formula.official(formula.tensors(10)), path)


@pytest.fixture
def installed(tmp_path, monkeypatch, weights):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "weights"))
    return install_from_file(10, weights)


@pytest.fixture
def case(files):
    breast = {"breast": files.image > 50}
    return Case("P1", {"MRI_CET1": files.image}, {"MRI": files.tumor}, parse_clinical({"age": "50"}), masks=breast)


def bundle_of(shipped, needs):
    """The shipped bundle with other trees, on inputs of every kind."""
    rng = np.random.default_rng(1)
    rows = rng.normal(0, 50, (200, len(NAMES)))
    data = xgboost.DMatrix(rows, rows.sum(axis=1) > 0, feature_names=list(NAMES))
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 2, "nthread": 1}, data, 10)
    margins = booster.predict(xgboost.DMatrix(rows[:3], feature_names=list(NAMES)), output_margin=True)
    return dataclasses.replace(
        shipped,
        inputs=tuple(BundleInput(name, name, "continuous", "", False, 0, -99.0, 99.0, -90.0, 90.0) for name in NAMES),
        images=needs,
        card=dataclasses.replace(shipped.card, name="deep"),
        preparation=None,
        model=Trees(
            portable_json(booster), ReferencePredictions(tuple(map(tuple, rows[:3].tolist())), tuple(margins.tolist()))
        ),
    )


def needs(sha256):
    return ImageNeeds("jang2025", "MRI", depth=10, weights_sha256=sha256)


@pytest.mark.slow
def test_a_model_may_use_handcrafted_and_deep_features_together(shipped, case, installed, tmp_path):
    save_bundle(bundle_of(shipped, needs(installed.sha256)), tmp_path / "deep.nacmodel")
    bundle = load_bundle(tmp_path / "deep.nacmodel")
    assert bundle.images == needs(installed.sha256)
    scored = score_patient(case, bundle)
    protocol = load_protocol("jang2025")
    handcrafted = extract_features(case, protocol, NAMES[1:2])
    deep = extract_deep(case, protocol, 10, device="cpu", wanted=NAMES[2:]).values
    assert scored.values == pytest.approx({"age": 50.0, **handcrafted, **deep}, rel=1e-6)
    assert 0 < scored.score.probability < 1
    origin = scored.score.provenance["deep_features"]
    assert (origin["feature_set"], origin["weights_sha256"]) == ("resnet10", installed.sha256)
    json.dumps(scored.score.provenance)


def test_weights_other_than_the_models_are_refused(shipped, case, installed):
    with pytest.raises(InputError, match="trained with"):
        score_patient(case, bundle_of(shipped, needs("0" * 64)))


def test_without_weights_the_command_is_named(shipped, case, tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_WEIGHTS", str(tmp_path / "none"))
    with pytest.raises(InputError, match="nacresponse weights install 10"):
        score_patient(case, bundle_of(shipped, needs("0" * 64)))


def test_a_deep_model_that_does_not_name_its_network_is_refused(shipped, case):
    with pytest.raises(InputError, match="the network's depth"):
        score_patient(case, bundle_of(shipped, ImageNeeds("jang2025", "MRI")))
    with pytest.raises(InputError, match="both depth and weights_sha256"):
        ImageNeeds("jang2025", "MRI", depth=10)


def test_a_bundle_without_deep_features_says_nothing_of_them(shipped):
    assert b"weights_sha256" not in bundle_bytes(shipped)
