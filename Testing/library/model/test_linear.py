"""Linear models in bundles: scores that can be worked out by hand, and nothing unsound is believed."""

import itertools
import json
import math
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.calibration import Calibration
from NACResponseLib.model.bundle import bundle_bytes, load_bundle, save_bundle
from NACResponseLib.model.linear import Term
from NACResponseLib.model.recalibrated import recalibrated
from NACResponseLib.scoring.needs import needs_of
from NACResponseLib.scoring.predict import score_values

from .bundle_files import NAMES, archive, linear_bundle, refused, rehashed

PATIENT = dict(zip(NAMES, (20.0, 3.0, 1.0, 40.0, math.exp(3.0)), strict=True))


@pytest.fixture(scope="module")
def bundle(shipped):
    return linear_bundle(shipped)


@pytest.fixture
def linear_members(bundle, tmp_path):
    save_bundle(bundle, tmp_path / "linear.nacmodel")
    with zipfile.ZipFile(tmp_path / "linear.nacmodel") as file:
        return {name: file.read(name) for name in file.namelist()}


def score(bundle, **changes):
    return score_values({**PATIENT, **changes}, bundle, patient_id="P1")


def sigmoid(log_odds):
    return 1 / (1 + math.exp(-log_odds))


def by_hand(contrast=20.0, texture=3.0, er=1.0, age=40.0, log_volume=3.0):
    """The formula of ``linear_bundle``, written out once more."""
    signature = 0.8 * (contrast - 10) / 5 - 0.4 * (texture - 4) / 2 + 0.1
    margin = -0.3 + 1.5 * signature - 0.9 * er - 0.25 * (age - 50) / 10 - 0.5 * (log_volume - 2) / 0.5
    return 0.125 + 1.25 * margin


def test_the_probability_is_that_of_the_formula(bundle):
    assert score(bundle).probability == pytest.approx(sigmoid(by_hand()), abs=1e-12)
    assert score(bundle).baseline == pytest.approx(
        sigmoid(0.125 + 1.25 * (-0.3 + 1.5 * (0.8 * 0.1 + 0.4 * 0.2 + 0.1) - 0.9 * 0.6 - 0.25 * 0.05)), abs=1e-12
    )


def test_a_signature_is_reported_in_one_line_with_its_value(bundle):
    items = {each.feature: each for each in score(bundle).contributions}
    assert list(items) == sorted(items, key=lambda name: -abs(items[name].contribution))
    assert set(items) == {"MRI", "ER", "CT", "age", "tumor_volume_mm3"}
    signature = items["MRI"]
    assert (signature.label, signature.inputs) == ("MRI signature", NAMES[:2])
    assert signature.value == pytest.approx(0.8 * 2 - 0.4 * -0.5 + 0.1) and signature.shown == "1.90"
    assert (items["ER"].shown, items["ER"].inputs, items["age"].value) == ("positive", (), 40.0)
    assert (items["CT"].contribution, items["CT"].log_odds) == (0, 0)


@pytest.mark.parametrize("changes", [{}, {"ER": math.nan}, {"age": math.nan, NAMES[0]: math.nan}])
def test_contributions_add_up_to_the_probability(bundle, changes):
    result = score(bundle, **changes)
    total = result.baseline + sum(each.contribution for each in result.contributions)
    assert total == pytest.approx(result.probability, abs=1e-12)


def test_contributions_are_shapley_values_over_independent_inputs(bundle):
    """By their definition: what is unknown of the patient is drawn from the training patients, here eight."""
    random = np.random.default_rng(4)
    training = random.normal(size=(8, 5))
    model = replace(bundle.model, means=tuple(training.mean(axis=0)))
    row = random.normal(size=5)

    def worth(known):
        mixed = training.copy()
        mixed[:, list(known)] = row[list(known)]
        return model.margins(mixed).mean()

    bias, parts = model.contributions(row[None])
    assert bias == pytest.approx(worth(()))
    for place in range(5):
        others = [other for other in range(5) if other != place]
        expected = sum(
            math.factorial(size)
            * math.factorial(4 - size)
            / math.factorial(5)
            * (worth((*known, place)) - worth(known))
            for size in range(5)
            for known in itertools.combinations(others, size)
        )
        assert parts[0, place] == pytest.approx(expected, abs=1e-12)


def test_a_missing_status_is_averaged_over_and_a_missing_number_filled(bundle):
    unknown = score(bundle, ER=math.nan)
    both = 0.4 * sigmoid(by_hand(er=0)) + 0.6 * sigmoid(by_hand(er=1))
    assert unknown.probability == pytest.approx(both, abs=1e-12)
    assert {each.feature: each.shown for each in unknown.contributions}["ER"] == "not known"
    filled = score(bundle, age=math.nan)
    assert filled.probability == pytest.approx(sigmoid(by_hand(age=52)), abs=1e-12)
    assert any("median" in warning for warning in filled.warnings)
    without = score(bundle, **{NAMES[0]: math.nan, "tumor_volume_mm3": math.nan})
    assert without.probability == pytest.approx(sigmoid(by_hand(contrast=11, log_volume=2.5)), abs=1e-12)


@pytest.mark.parametrize("volume", [0.0, -5.0])
def test_a_value_without_logarithm_is_refused(bundle, volume):
    with pytest.raises(InputError, match="tumor_volume_mm3 above 0"):
        score(bundle, tumor_volume_mm3=volume)


def test_it_comes_back_from_disk_as_it_was(bundle, tmp_path):
    save_bundle(bundle, tmp_path / "linear.nacmodel")
    copy = load_bundle(tmp_path / "linear.nacmodel")
    assert bundle_bytes(copy) == bundle_bytes(bundle) == (tmp_path / "linear.nacmodel").read_bytes()
    assert (copy.model, copy.inputs, copy.preparation.log) == (bundle.model, bundle.inputs, (4,))
    assert score(copy).probability == score(bundle).probability


def test_it_has_a_schema_that_older_programs_refuse_and_no_trees(linear_members):
    assert json.loads(linear_members["manifest.json"])["schema"] == 3
    assert sorted(linear_members) == ["linear.json", "manifest.json", "model.json", "reference.json"]
    assert "witness" not in json.loads(linear_members["model.json"])


def test_scoring_does_not_speak_of_trees(bundle):
    assert set(score(bundle).provenance["model"]["scored_with"]) == {"numpy"}
    assert bundle.model.size == "a formula of 5 terms over 5 inputs"


def test_it_needs_what_its_signatures_are_made_of(bundle):
    needs = needs_of(bundle)
    assert (needs.images, needs.contours) == (("MRI_CET1", "MRI_T2"), ("MRI",))
    assert [item.name for item in needs.clinical] == ["ER", "age"]


def test_it_can_be_recalibrated(bundle):
    changed = recalibrated(
        bundle, Calibration(0.7, -0.4), {"cohort": "others", "patients": 9, "positives": 4, "method": "both"}
    )
    margin = (by_hand() - 0.125) / 1.25
    assert score(changed).probability == pytest.approx(sigmoid(-0.4 + 0.7 * margin), abs=1e-12)


def test_a_formula_of_an_intercept_alone_scores_everyone_alike(bundle, tmp_path):
    formula = replace(bundle.model.formula, inputs=(), terms=())
    empty = replace(bundle, inputs=(), preparation=None, model=replace(bundle.model, formula=formula, means=()))
    save_bundle(empty, tmp_path / "empty.nacmodel")
    result = score(load_bundle(tmp_path / "empty.nacmodel"))
    assert result.probability == result.baseline == pytest.approx(sigmoid(0.125 - 1.25 * 0.3))
    assert result.contributions == ()


def test_a_signature_of_no_feature_says_so_and_moves_nothing(bundle):
    formula = bundle.model.formula
    nothing = Term("MG", "Mammography signature", 1.0, (), (), 0.0, 0.0, 0.0, 0.0)
    model = replace(bundle.model, formula=replace(formula, terms=(*formula.terms, nothing)))
    result = score(replace(bundle, model=model))
    assert result.probability == score(bundle).probability
    items = result.contributions[-1]
    assert (items.label, items.shown, items.contribution) == ("Mammography signature", "no feature kept", 0)


def term(number, **changes):
    return lambda data: data["terms"][number].update(changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.pop("means"), "intercept, means, terms"),
        (lambda data: data.update(code="import os"), "intercept, means, terms"),
        (lambda data: data.update(terms={}), "intercept, means, terms"),
        (lambda data: data.update(intercept="0"), "an intercept and means within"),
        (lambda data: data.update(intercept=True), "an intercept and means within"),
        (lambda data: data.update(intercept=1e300), "an intercept and means within"),
        (lambda data: data.update(intercept=float("nan")), "JSON of finite numbers"),
        (lambda data: data["means"].update(age=None), "an intercept and means within"),
        (lambda data: data["means"].pop("age"), "in one term"),
        (lambda data: data["means"].update(weight=1.0), "in one term"),
        (lambda data: data["terms"].pop(), "in one term"),
        (lambda data: data["terms"].append(data["terms"][1]), "in one term"),
        (lambda data: data["terms"].append(dict(data["terms"][2])), "terms of different names"),
        (lambda data: data["terms"].append("ER"), "named entries"),
        (term(1, inputs=["age"]), "in one term"),
        (term(1, inputs=["PR"]), "in one term"),
        (term(0, inputs=list(NAMES)), "in one term"),
        (term(0, weights=[0.8]), "a weight for each"),
        (term(0, weights=[0.8, "x"]), "float in"),
        (term(0, weights=[0.8, 1e300]), "a weight for each"),
        (term(0, coefficient=1e300), "a weight for each"),
        (term(0, coefficient=10**400), "JSON of finite numbers"),
        (term(0, coefficient=True), "float in"),
        (term(0, mean=9.0), "low, mean, high"),
        (term(0, low=4.0, mean=3.5), "low, mean, high"),
        (term(0, name=""), "terms of different names"),
        (term(0, name="ER"), "terms of different names"),
        (term(0, label=5), "str in"),
        (term(0, code="import os"), "'code'"),
        (term(0, label="Age\x1b[2J"), "control characters"),
        (lambda data: data["terms"].extend([{}] * 1000), "at most 1000 terms"),
    ],
)
def test_what_is_unsound_is_refused_in_one_line(tmp_path, linear_members, change, words):
    assert words in refused(tmp_path, rehashed(linear_members, "linear.json", change))


def test_a_formula_that_cannot_fill_what_may_be_missing_is_refused(tmp_path, linear_members):
    assert "missing inputs" in refused(
        tmp_path, rehashed(linear_members, "model.json", lambda data: data.pop("preparation"))
    )


def test_a_formula_beneath_trees_of_other_inputs_is_refused(tmp_path, linear_members, members):
    both = {**members, "linear.json": linear_members["linear.json"]}
    assert "every input of the bundle in one term" in refused(
        tmp_path, rehashed(both, "linear.json", lambda data: data)
    )


def test_a_formula_in_place_of_the_trees_of_other_inputs_is_refused(tmp_path, linear_members, members):
    mixed = {**members, "linear.json": linear_members["linear.json"]}
    del mixed["xgboost.json"]
    assert refused(tmp_path, mixed)


@pytest.mark.parametrize("log", [False, 1, "yes", None])
def test_a_logarithm_is_asked_for_plainly_or_not_at_all(tmp_path, linear_members, log):
    def change(data):
        data["preparation"]["columns"]["age"]["log"] = log

    assert "log as true" in refused(tmp_path, rehashed(linear_members, "model.json", change))


def test_no_logarithm_is_taken_of_a_status_or_of_what_may_be_zero(tmp_path, linear_members):
    def of_status(data):
        data["preparation"]["columns"]["ER"]["log"] = True

    def of_zero(data):
        data["inputs"][4].update(low=0.0)

    for change in (of_status, of_zero):
        assert "log as true" in refused(tmp_path, rehashed(linear_members, "model.json", change))


def test_quantiles_must_rise_and_be_complete(tmp_path, linear_members):
    rising = [float(value) for value in range(101)]

    def with_quantiles(values):
        return rehashed(linear_members, "model.json", lambda data: data["inputs"][3].update(quantiles=values))

    path = tmp_path / "sound.nacmodel"
    path.write_bytes(archive(with_quantiles(rising)))
    assert load_bundle(path).inputs[3].quantiles == tuple(rising)
    for unsound in (rising[:100], rising[::-1], [*rising[:100], "x"], [*rising[:100], float("nan")], "abc", 5):
        assert refused(tmp_path, with_quantiles(unsound))
