"""Recipes and training tables: what is accepted, and how the rest is refused."""

from dataclasses import replace

import numpy as np
import pytest
import yaml

from NACResponseLib.errors import InputError
from NACResponseLib.training.clinical.recipe import load_clinical_recipe
from NACResponseLib.training.clinical.table import read_training_table
from NACResponseLib.training.recipe_parts import recipe_path


@pytest.fixture
def entries():
    return yaml.safe_load(recipe_path("ispy-clinical-volume").read_text(encoding="utf-8"))


def refused(entries, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(entries), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_clinical_recipe(path)
    return str(error.value)


def test_an_unknown_key_is_refused_with_the_nearest_one(entries, tmp_path):
    entries["clasifier"] = entries.pop("classifier")
    assert "did you mean 'classifier'?" in refused(entries, tmp_path)


def test_an_unknown_key_within_a_part_is_refused_with_the_nearest_one(entries, tmp_path):
    entries["validation"]["repeat"] = 3
    assert "did you mean 'repeats'?" in refused(entries, tmp_path)


@pytest.mark.parametrize(
    ("part", "key", "value", "words"),
    [
        ("validation", "folds", "five", "int in mine.yaml, validation: folds"),
        ("validation", "folds", 1, "folds from 2"),
        ("classifier", "max_depth", [2], "int in mine.yaml, classifier: max_depth"),
        ("classifier", "max_depth", 0, "max_depth from 1"),
        ("classifier", "subsample", 0, "subsample from"),
        ("classifier", "subsample", 6, "to 1"),
        ("classifier", "colsample", 1.5, "to 1"),
        ("classifier", "learning_rate", float("inf"), "a finite float"),
        ("classifier", "rounds", 0, "rounds from 1"),
        ("classifier", "parallel_trees", 0, "parallel_trees from 1"),
        ("classifier", "min_child_weight", -1, "min_child_weight from 0"),
        ("validation", "seed", -1, "seed from 0"),
        ("validation", "seed", 10**30, "a finite int"),
        ("images", "margin_mm", -1, "margin_mm from 0.5"),
        ("interval", "level", 95.0, "level from"),
        ("card", "limits", [1], "str in mine.yaml, card: limits"),
    ],
)
def test_an_unusable_value_is_named(entries, tmp_path, part, key, value, words):
    entries[part][key] = value
    assert words in refused(entries, tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "suggested"),
    [("endpoint", "pCR", "pcr"), ("threshold", "yuden", "youden"), ("calibration", ["logistik"], "logistic")],
)
def test_an_unknown_choice_is_refused_with_the_nearest_one(entries, tmp_path, key, value, suggested):
    entries[key] = value
    assert f"did you mean '{suggested}'?" in refused(entries, tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("calibration", [], "at least one calibration"),
        ("name", "../../x", "letters, digits"),
        ("name", "", "letters, digits"),
        ("name", "a\nb", "letters, digits"),
    ],
)
def test_an_unusable_entry_is_refused_in_one_line(entries, tmp_path, key, value, words):
    entries[key] = value
    text = refused(entries, tmp_path)
    assert words in text
    assert "\n" not in text


def test_an_unknown_recipe_is_refused_with_the_nearest_one():
    with pytest.raises(InputError, match="did you mean 'ispy-clinical-volume'"):
        load_clinical_recipe("ispy-volume")


def test_the_shipped_table_has_the_published_patients():
    table = read_training_table(load_clinical_recipe("ispy-clinical-volume"))
    assert (len(table.patients), int(table.outcome.sum())) == (1020, 321)
    assert np.isnan(table.values).sum(axis=0).tolist() == [0, 2, 3, 0]


def written(tmp_path, change):
    """The shipped recipe over a changed copy of its table."""
    import pandas as pd

    recipe = load_clinical_recipe("ispy-clinical-volume")
    frame = pd.read_csv(recipe.table_path, dtype=str, keep_default_na=False)
    change(frame).to_csv(tmp_path / "table.csv", index=False)
    return replace(recipe, folder=tmp_path, table=replace(recipe.table, file="table.csv"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.drop(columns="her2"), "the column 'her2'"),
        (lambda frame: frame.assign(patient_id="one"), "each patient once"),
        (lambda frame: frame.assign(age_years="old"), "numbers in column 'age_years'"),
        (lambda frame: frame.assign(age_years="inf"), "numbers in column 'age_years'"),
        (lambda frame: frame.assign(age_years=""), "1020 missing"),
        (lambda frame: frame.assign(her2=""), "values in column 'her2'"),
        (lambda frame: frame.assign(hr="2"), "0 or 1 in column 'hr'"),
        (lambda frame: frame.assign(tumor_volume_mm3="0"), "'tumor_volume_mm3' above 0"),
        (lambda frame: frame.assign(pcr="1"), "1020 with and 0 without pcr"),
        (lambda frame: frame.assign(pcr="2"), "an outcome 'pcr' of 0 and 1"),
        (lambda frame: frame.assign(pcr=""), "1020 missing"),
        (lambda frame: frame.head(12), "at least 10 patients"),
    ],
)
def test_an_unusable_table_is_refused_in_one_line(tmp_path, change, words):
    with pytest.raises(InputError) as error:
        read_training_table(written(tmp_path, change))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_an_absent_table_is_refused(tmp_path):
    recipe = replace(load_clinical_recipe("ispy-clinical-volume"), folder=tmp_path)
    with pytest.raises(InputError, match="a training table"):
        read_training_table(recipe)
