"""The schemas for editors: they are those of the types, and an independent validator finds every shipped file sound."""

import json
import re

import pytest
import yaml

from NACResponseLib.cli import main
from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.protocol import protocol_from
from NACResponseLib.training.clinical.recipe import load_clinical_recipe
from NACResponseLib.training.recipes import load_recipe
from Testing.json_schemas import schemas

FOLDER = resources() / "Schemas"
PROTOCOLS, RECIPES = (sorted((resources() / folder).glob("*.yaml")) for folder in ("Protocols", "Recipes"))


def plain(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def wrong(data, name):
    """What an independent validator says of data, in the file's own words."""
    jsonschema = pytest.importorskip("jsonschema", reason="needs jsonschema")
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(data)]


def kind_of(recipe):
    return f"recipe-{recipe.get('kind', 'clinical')}"


def test_the_files_are_those_of_the_types():
    """Otherwise: python -m Testing.json_schemas."""
    assert {file.name: json.loads(file.read_text(encoding="utf-8")) for file in FOLDER.iterdir()} == schemas()


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_shipped_protocols_are_sound(path):
    assert not wrong(plain(path), "protocol")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_shipped_recipes_are_sound(path):
    assert not wrong(plain(path), kind_of(plain(path)))


def test_shipped_variables_are_sound():
    assert not wrong(plain(resources() / "variables.yaml"), "variables")


def test_the_files_of_the_chapter_on_a_new_study_are_sound_and_name_their_schemas():
    text = (resources() / "NewStudy.md").read_text(encoding="utf-8")
    for block in re.findall(r"## The \w+: `[\w.-]+`\n\n```yaml\n(.*?)```", text, re.DOTALL):
        named = re.match(r"# yaml-language-server: \$schema=.*/([\w-]+)\.schema\.json\n", block)
        assert named and not wrong(yaml.safe_load(block), named[1])


@pytest.mark.parametrize(
    ("positive", "sound"), [([0, "I", True], True), ("yes", True), ([[1]], False), ({"a": 1}, False)]
)
def test_an_endpoints_words_may_be_what_yaml_takes_for_numbers_and_truth_values(positive, sound):
    entries = {"column": "y", "positive_class": "a", "negative_class": "b", "negative": ["x"]}
    assert (not wrong(entries | {"positive": positive}, "endpoint")) == sound


def test_a_score_is_sound(tmp_path):
    given = [f"--set={value}" for value in ("age=50", "ER=positive", "PR=negative", "HER2=1", "tumor_volume_mm3=20000")]
    assert main(["score", *given, "--output", str(tmp_path / "out")]) == 0
    score = json.loads((tmp_path / "out" / "score.json").read_text(encoding="utf-8"))
    assert not wrong(score, "score")
    assert wrong(score | {"probability": "high"}, "score") and wrong({}, "score")


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("jang2025", ("sampling", "method"), "smote"),
        ("jang2025", ("classifier", "max_depth"), []),
        ("jang2025", ("classifier", "max_depth"), [17]),
        ("jang2025", ("classifier",), None),
        ("jang2025", ("monotone", "ER"), 2),
        ("jang2025", ("validation", "folds"), 2.5),
        ("jang2025", ("validation", "fold"), 5),
        ("jang2025", ("clinical",), "age"),
        ("jang2025", ("own_classifier",), {"name": "lda"}),
        ("li2026", ("nested",), [["combined"]]),
        ("li2026", ("selection",), "lasso"),
        ("li2026", ("models", "combined", "signature"), ["radiomics"]),
        ("li2026", ("card", "limits"), [1]),
        ("li2026", ("relevant_gain",), 0),
        ("ispy-clinical-volume", ("inputs", "age", "kind"), "number"),
        ("ispy-clinical-volume", ("interval", "level"), 95.0),
        ("ispy-clinical-volume", ("threshold",), "yuden"),
    ],
)
def test_a_recipe_that_an_editor_marks_is_refused_by_the_program(tmp_path, name, place, value):
    data = plain(resources() / "Recipes" / f"{name}.yaml")
    part = data
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    assert wrong(data, kind_of(data))
    with pytest.raises(InputError):
        (load_recipe if "kind" in data else load_clinical_recipe)(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(margin=3),
        lambda data: data.update(regions="Peri"),
        lambda data: data.update(regions={"MR": ["Pery"]}),
        lambda data: data["preprocessing"]["MR"].update(spacing_mm="own"),
        lambda data: data["images"]["CT"].pop("contour"),
    ],
)
def test_a_protocol_that_an_editor_marks_is_refused_by_the_program(change):
    data = plain(resources() / "Protocols" / "jang2025.yaml")
    change(data)
    assert wrong(data, "protocol")
    with pytest.raises(InputError):
        protocol_from(data, "mine")
