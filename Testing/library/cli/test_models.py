"""The models command: what it prints, its exit status, and that the shipped model can be made again."""

import argparse
import json
import re
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
import yaml

from NACResponseLib.cli import models
from NACResponseLib.clinical import ClinicalRecord
from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.model.bundle import load_bundle, save_bundle
from NACResponseLib.packages import package_version
from NACResponseLib.scoring.predict import score_values
from NACResponseLib.training.recipe_parts import recipe_path

from ..model.bundle_files import linear_bundle

NAME = "ispy-clinical-volume"
SHIPPED = resources() / "Models" / f"{NAME}.nacmodel"


def run(*words):
    parser = argparse.ArgumentParser()
    models.add_parser(parser.add_subparsers())
    args = parser.parse_args(["models", *map(str, words)])
    return args.run(args)


@pytest.fixture
def small_recipe(tmp_path):
    """The shipped recipe made small, as a user's own file, under a name of one's choice."""

    def write(name):
        entries = yaml.safe_load(recipe_path(NAME).read_text(encoding="utf-8"))
        entries["name"] = name
        entries["table"]["file"] = str(resources() / "Models" / "ispy_clinical_volume.csv")
        entries["classifier"].update(rounds=10, parallel_trees=1)
        entries["validation"].update(repeats=1, final_repeats=1, bootstrap_draws=20)
        entries["interval"].update(simulations=1)
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump(entries, sort_keys=False), encoding="utf-8")
        return path

    return write


def test_list_names_each_model_with_its_positive_class_and_cohort(capsys):
    assert run("list") == 0
    printed = capsys.readouterr().out
    for words in (NAME, "probability of pathological complete response", "1,020 patients", "Research use only"):
        assert words in printed


def test_the_list_for_programs_holds_each_model_and_what_it_needs(capsys):
    assert run("list", "--json") == 0
    models = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert [name for name, entry in models.items() if entry["default"]] == [NAME]
    for name, entry in models.items():
        bundle = load_bundle(entry["path"])
        card = bundle.card
        result = ("version", "title", "endpoint", "positive_class", "negative_class", "demonstration")
        assert {key: entry[key] for key in result} == {key: getattr(card, key) for key in result}
        assert (entry["sha256"], name) == (sha256(Path(entry["path"]).read_bytes()).hexdigest(), card.name)
        clinical = [item.name for item in bundle.inputs if item.name in ClinicalRecord().values()]
        assert [item["name"] for item in entry["clinical"]] == [one for one in clinical if one != "tumor_volume_mm3"]
    assert (models[NAME]["images"], models[NAME]["contours"], models[NAME]["protocol"]) == ([], ["MRI"], None)
    age = {"name": "age", "label": "Age", "unit": "years", "levels": [], "needed": True}
    assert age in models[NAME]["clinical"] and set(models[NAME]["variables"]) == {"age", "HR", "HER2"}


def test_a_model_file_is_shown_to_programs_as_the_list_shows_it(capsys, tmp_path):
    assert run("list", "--json") == 0
    listed = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}[NAME]
    own = tmp_path / "mine.nacmodel"
    own.write_bytes(Path(SHIPPED).read_bytes())
    assert run("show", str(own), "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == {**listed, "path": str(own.resolve()), "default": shown["default"]}
    assert (listed["patients"], listed["positives"]) == (1020, load_bundle(NAME).card.positives)


def test_show_prints_the_whole_card(capsys):
    assert run("show", NAME) == 0
    printed = " ".join(capsys.readouterr().out.split())
    card = load_bundle(NAME).card
    for text in (card.intended_use, card.cohort, card.validation, card.interval, card.source, *card.limits):
        assert " ".join(text.split()) in printed.replace("log- odds", "log-odds")
    for metric in card.metrics:
        assert f"{metric.label} {metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f})" in printed


def test_verify_accepts_a_sound_file_and_refuses_a_damaged_one(capsys, tmp_path):
    assert run("verify", SHIPPED) == 0
    assert load_bundle(NAME).sha256 in capsys.readouterr().out
    damaged = tmp_path / "damaged.nacmodel"
    damaged.write_bytes(SHIPPED.read_bytes()[:-100])
    with pytest.raises(InputError):
        run("verify", damaged)


def test_a_linear_model_is_listed_shown_and_verified_like_others(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("NACRESPONSE_MODELS", str(tmp_path / "models"))
    save_bundle(linear_bundle(load_bundle(NAME)), tmp_path / "formula.nacmodel")
    assert run("verify", tmp_path / "formula.nacmodel") == 0
    assert re.search(r"5 terms.*5 inputs", capsys.readouterr().out)
    assert run("show", tmp_path / "formula.nacmodel") == 0
    assert "MRI_T2_Peri_glcm_Contrast" in capsys.readouterr().out
    assert run("install", tmp_path / "formula.nacmodel", "--name", "formula") == 0
    capsys.readouterr()
    assert run("list", "--json") == 0
    entry = {each["name"]: each for each in json.loads(capsys.readouterr().out)}["formula"]
    assert (entry["images"], entry["contours"], entry["protocol"]) == (["MRI_CET1", "MRI_T2"], ["MRI"], "jang2025")
    assert entry["protocol_images"]["CT"] == {
        "modality": "CT", "contour": "CT", "dimension": 3, "time": "pre", "shell": True
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "output", "words"),
    [
        ("ispy-clinic-volume", "new.nacmodel", "did you mean 'ispy-clinical-volume'"),
        (NAME, "new.zip", "ends in .nacmodel"),
        (NAME, "none/new.nacmodel", "an existing folder"),
    ],
)
def test_a_rebuild_that_cannot_be_done_is_refused_at_once(tmp_path, name, output, words):
    with pytest.raises(InputError, match=words):
        run("rebuild", name, "--output", tmp_path / output)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_recipe_gives_the_same_bytes_twice(small_recipe, tmp_path, capsys):
    recipe = small_recipe("my-model")
    for name in ("first", "second"):
        assert run("rebuild", recipe, "--output", tmp_path / f"{name}.nacmodel") == 0
    assert "no shipped model" in capsys.readouterr().out
    first, second = ((tmp_path / f"{name}.nacmodel").read_bytes() for name in ("first", "second"))
    assert first == second


@pytest.mark.slow
def test_a_rebuilt_model_that_differs_is_reported_with_the_reason(small_recipe, tmp_path, capsys):
    assert run("rebuild", small_recipe(NAME), "--output", tmp_path / "other.nacmodel") == 1
    printed = capsys.readouterr().out
    assert "differs from the shipped model" in printed
    assert "another recipe" in printed


@pytest.mark.slow
def test_the_shipped_model_is_rebuilt_byte_for_byte(tmp_path, capsys):
    """The full recipe, a minute. With other packages than those the file names, other random draws: then within the
    interval."""
    shipped, output = load_bundle(NAME), tmp_path / "again.nacmodel"
    packages = shipped.provenance["packages"]
    if all(package_version(name) == packages[name] for name in packages):
        assert run("rebuild", NAME, "--output", output) == 0
        assert output.read_bytes() == SHIPPED.read_bytes()
        assert "identical, byte for byte" in capsys.readouterr().out
        return
    assert run("rebuild", NAME, "--output", output) == 1
    again = load_bundle(output)
    for age, volume in product((30, 45, 60), (3e3, 2e4, 9e4)):
        values = {"age": age, "HR": 1, "HER2": 0, "tumor_volume_mm3": volume}
        first, second = (score_values(values, bundle, patient_id="A") for bundle in (shipped, again))
        assert first.interval[0] < second.probability < first.interval[1]
