"""A study's recipe tells the panel its endpoint and what it needs, without any package."""

# ruff: noqa: F811 - fixtures are imported, and named as arguments

import json

import pytest

from Testing.slicer.training_runs import logic  # noqa: F401 - a fixture

STUDY = """\
# kind: radiomics in a comment is no entry
name: mine
version: "1.0"
kind: signatures
description: >-
  Of four modalities; features: of the tumour.
endpoint: apcr                 # the study's own
protocol: "li2026"
signatures:
  radiomics: {label: Radiomics, features: handcrafted}
  deep:
    label: Deep
    features: deep   # any network
  again: {label: Again, features: handcrafted, deltas: true}
models:
  all: {signatures: [radiomics, deep]}
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return path


def test_a_study_names_its_endpoint_protocol_and_features(logic, study):
    facts = logic.recipeFacts(str(study))
    assert (facts.kind, facts.endpoint, facts.protocol) == ("signatures", "apcr", "li2026")
    assert facts.features == ("handcrafted", "deep")
    assert facts.lacking(["handcrafted", "resnet50"]) == [] and facts.lacking(["resnet10"]) == ["handcrafted"]
    assert facts.lacking([]) == ["handcrafted", "deep"]


def test_what_is_read_line_by_line_is_what_the_file_says(logic, study):
    """Every shipped recipe, and the study above, read by a YAML parser."""
    import yaml

    from NACResponseLib.config import named_files

    names = logic.recipes()
    for name, file in {**named_files("Recipes", ".yaml"), str(study): study}.items():
        result = yaml.safe_load(file.read_text(encoding="utf-8"))
        facts = logic.recipeFacts(name)
        assert facts.kind == result.get("kind", "") and (name in names) == (
            facts.kind in ("radiomics", "signatures") and name != str(study)
        )
        if facts.kind == "signatures":
            assert (facts.endpoint, facts.protocol) == (result["endpoint"], result["protocol"])
            assert set(facts.features) == {one["features"] for one in result["signatures"].values()}


def test_a_radiomics_recipe_leaves_endpoint_and_features_to_the_user(logic):
    facts = logic.recipeFacts("")
    assert (facts.kind, facts.endpoint, facts.features) == ("radiomics", "", ())


def test_a_recipe_that_is_not_there_has_no_facts(logic, tmp_path):
    assert logic.recipeFacts("nothing").kind == logic.recipeFacts(str(tmp_path / "no.yaml")).kind == ""


def test_features_that_a_study_needs_and_the_folder_lacks_are_named(logic, study, tmp_path):
    features = tmp_path / "features"
    features.mkdir()
    (features / "cases.csv").write_text("patient_id\n", encoding="utf-8")
    (features / "run.json").write_text(json.dumps({"protocol": {"name": "jang2025"}}), encoding="utf-8")
    notes = logic.missingForTrain(str(features), "apcr", str(tmp_path / "run"), str(study))
    assert notes == [
        "The recipe needs handcrafted, deep features: extract them with the protocol li2026.",
        "The recipe is for features of the protocol li2026; these are of jang2025.",
    ]
    for name in ("handcrafted", "resnet50"):
        (features / f"features_{name}.parquet").write_bytes(b"")
    (features / "run.json").write_text("{}", encoding="utf-8")  # made by hand, or by another program
    assert logic.missingForTrain(str(features), "apcr", str(tmp_path / "run"), str(study)) == []
