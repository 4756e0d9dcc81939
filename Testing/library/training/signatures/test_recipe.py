"""Recipes of signatures: the shipped ones load, and what cannot be is refused with what was meant."""

import json
from dataclasses import replace

import numpy as np
import pytest
import yaml

from NACResponseLib.config import named_files
from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.partitions import random_splits
from NACResponseLib.protocol import load_protocol
from NACResponseLib.training.clinical.recipe import load_clinical_recipe
from NACResponseLib.training.recipes import load_recipe
from NACResponseLib.training.signatures.recipe import load_signature_recipe
from NACResponseLib.training.signatures.recipe_parts import SignatureSpec

from .conftest import PLAIN, write_recipe

SHIPPED = ("janse2025", "li2026", "liang2025")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_studies_load_with_a_protocol_that_has_their_contours(name):
    recipe = load_recipe(name)
    protocol = load_protocol(recipe.protocol)
    assert (recipe.name, recipe.kind) == (name, "signatures") and name in named_files("Recipes", ".yaml")
    for signature in recipe.signatures.values():
        assert set(signature.contours) <= set(protocol.contours)
    assert {"clinical", "volume_receptors"} <= set(recipe.comparators)


def test_what_was_published_is_in_the_recipes():
    """Li 2026: 110 of 254 held out, eight classifiers; Liang 2025: five folds, PR, HER2, T; Janse 2025: RCB 0 or I."""
    li, liang, janse = (load_signature_recipe(name) for name in ("li2026", "liang2025", "janse2025"))
    assert li.validation.test_share == pytest.approx(110 / 254, abs=5e-4) and len(li.classifiers) == 8
    assert [step.step for step in li.selection] == ["mann_whitney", "spearman", "lasso"] and li.endpoint == "apcr"
    assert li.models["combined"].clinical == ("ER", "HER2", "T_stage")
    assert liang.validation.outer_folds == 5 and liang.models["combined"].clinical == ("PR", "HER2", "T_stage")
    assert liang.models["multimodal"].signatures == ("US", "MG", "CT", "MRI")
    assert janse.endpoint == "rcb01" and janse.nested == (("deep_volume_subtype", "volume_receptors"),)


def test_a_recipe_comes_back_from_its_plain_data(recipe, tmp_path):
    plain = json.loads(json.dumps(recipe.plain()))
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    assert load_signature_recipe(path) == recipe


def test_recipes_of_both_kinds_load_by_their_kind(tmp_path):
    assert load_recipe("jang2025").kind == "radiomics"
    assert load_recipe(write_recipe(tmp_path / "mine.yaml")).kind == "signatures"
    with pytest.raises(InputError, match="train FEATURES_DIR"):
        load_clinical_recipe("liang2025")
    with pytest.raises(InputError, match="kind signatures"):
        load_signature_recipe("jang2025")


def models(**changes):
    return {**PLAIN["models"], **changes}


def validation(**changes):
    return {key: value for key, value in {**PLAIN["validation"], **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"finale": "combined"}, "did you mean 'final'"),
        ({"endpoint": "pcrr"}, "did you mean 'pcr'"),
        ({"final": "combine"}, "did you mean 'combined'"),
        ({"final": "clinical"}, "final model"),
        ({"scaling": "standart"}, "did you mean 'standard'"),
        ({"models": models(combined={"signatures": ["MRT"]})}, "did you mean 'MRI'"),
        ({"models": models(combined={"signatures": ["MRI"], "clinical": ["HER"]})}, "did you mean 'HER2'"),
        ({"models": models(combined={"signature": ["MRI"]})}, "did you mean 'signatures'"),
        ({"models": models(bare={"signatures": []})}, "put it under comparators"),
        ({"models": models(twice={"signatures": ["MRI", "MRI"]})}, "'MRI' twice"),
        ({"models": models(clinical={"signatures": ["MRI"]})}, "'clinical' twice"),
        ({"models": models(**{"../x": {"signatures": ["MRI"]}})}, "rename it"),
        ({"models": {}}, "at least one of models"),
        ({"signatures": {**PLAIN["signatures"], "ER": {"features": "deep"}}}, "'ER' twice"),
        ({"signatures": {**PLAIN["signatures"], "deep": {"features": "resnet"}}}, "did you mean 'resnet50'"),
        (
            {"signatures": {**PLAIN["signatures"], "CT": {"features": "handcrafted", "contours": ["CT", "MRI"]}}},
            "of the same ones",
        ),
        ({"signatures": {**PLAIN["signatures"], "CT": {"features": "handcrafted"}}}, "of the same ones"),
        ({"comparators": {"clinical": ["ER"]}}, "no volume_receptors"),
        ({"comparators": {**PLAIN["comparators"], "clinical": []}}, "an empty list"),
        ({"nested": [["clinical", "combined"]]}, r"\[larger, smaller\]"),
        ({"nested": [["combined", "volume_receptors"]]}, "PR, tumor_volume_mm3 besides"),
        ({"nested": [["combined", "combined"]]}, "the same ones"),
        ({"nested": [["combined", "clinic"]]}, "did you mean 'clinical'"),
        ({"nested": [["combined"]]}, "2 entries in recipe.yaml: nested"),
        ({"nested": ["combined"]}, "a list"),
        ({"selection": PLAIN["selection"][:2]}, "the last of the selection"),
        ({"selection": PLAIN["selection"][::-1]}, "the last of the selection"),
        ({"selection": [{"step": "laso"}]}, "did you mean 'lasso'"),
        ({"selection": [{"step": "lasso", "rule": "2se"}]}, "1se"),
        ({"selection": [{"step": "lasso", "level": 0.05}]}, "level"),
        ({"selection": "lasso"}, "a list of steps"),
        ({"classifiers": ["logistic", "forest"]}, "did you mean 'random_forest'"),
        ({"classifiers": ["lda"]}, "it is what ships"),
        ({"relevant_gain": 0}, "relevant_gain"),
        ({"validation": validation(scheme="fold")}, "did you mean 'folds'"),
        ({"validation": validation(test_share=0.2)}, "repeats and outer_folds with scheme: folds"),
        ({"validation": validation(repeats=None)}, "repeats and outer_folds"),
        ({"validation": validation(outer_folds=1)}, "outer_folds from 2"),
        ({"validation": validation(folds=1)}, "folds from 2"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, changes, expected):
    with pytest.raises(InputError, match=expected):
        load_signature_recipe(write_recipe(tmp_path / "recipe.yaml", **changes))


def test_seed_and_number_of_partitions_can_be_changed(recipe):
    changed = recipe.changed(seed=5, partitions=6)
    assert (changed.validation.seed, changed.validation.repeats, changed.validation.count) == (5, 2, 6)
    with pytest.raises(InputError, match="multiples of 3"):
        recipe.changed(partitions=4)
    assert load_signature_recipe("li2026").changed(partitions=7).validation.count == 7


def test_cross_validation_tests_every_patient_once_a_repeat(recipe):
    outcome = (np.arange(60) % 3 == 0).astype(np.int64)
    folds = replace(recipe.validation, repeats=2).draw(outcome)
    assert len(folds) == 6
    for repeat in (folds[:3], folds[3:]):
        assert sorted(row for _, test in repeat for row in test) == list(range(60))
    assert all(outcome[test].sum() in (6, 7) for _, test in folds)
    assert [test.tolist() for _, test in folds[:3]] != [test.tolist() for _, test in folds[3:]]


def test_partitions_hold_out_the_published_share():
    outcome = (np.arange(254) % 2).astype(np.int64)
    spec = load_signature_recipe("li2026").validation
    drawn = spec.draw(outcome)
    assert {(len(train), len(test)) for train, test in drawn} == {(144, 110)} and len(drawn) == 20
    assert drawn[3][1].tolist() == random_splits(outcome, 20, 0.433, spec.seed)[3][1].tolist()


def test_too_few_patients_for_the_folds_are_reported(recipe):
    with pytest.raises(InputError, match="2 of 60"):
        recipe.validation.draw((np.arange(60) < 2).astype(np.int64))


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ({}, {}, True),
        ({}, {"contours": ("MRI",)}, True),
        ({"contours": ("MRI",)}, {"contours": ("CT",)}, False),
        ({"deltas": False}, {"contours": ("delta",)}, False),
        ({"contours": ("MRI", "delta")}, {"contours": ("CT",), "deltas": True}, True),
        ({"contours": ("MRI",)}, {"contours": ("delta",)}, False),
    ],
)
def test_signatures_of_one_model_share_no_features(one, other, shared):
    first, second = (SignatureSpec("handcrafted", **given) for given in (one, other))
    assert first.shares_with(second) == second.shares_with(first) == shared
    assert not first.shares_with(SignatureSpec("deep", **other))
