"""Recipes for feature tables: the shipped one says what the paper says, and mistakes are named."""

import pytest
import yaml

from NACResponseLib.cli import main
from NACResponseLib.clinical import CLINICAL_VARIABLES
from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.training.clinical.recipe import load_clinical_recipe
from NACResponseLib.training.trees.recipe import load_trees_recipe


def test_the_shipped_recipe_is_the_papers(shipped_recipe):
    recipe = shipped_recipe
    assert recipe.clinical == tuple(name for name in CLINICAL_VARIABLES if name != "T_stage")
    assert (recipe.validation.partitions, recipe.validation.test_share, recipe.validation.folds) == (10, 0.2, 5)
    assert recipe.selection.kept(177) == 18
    assert recipe.sampling.method == "smotenc" and recipe.scaling == "robust"
    assert recipe.harmonization.combat and not recipe.harmonization.shape
    assert set(recipe.comparators) == {"clinical", "volume_receptors"}


def test_options_change_a_copy(shipped_recipe):
    changed = shipped_recipe.changed(seed=7, partitions=3, oversample=False)
    assert (changed.validation.seed, changed.validation.partitions, changed.sampling.method) == (7, 3, "none")
    assert shipped_recipe.sampling.method == "smotenc"
    assert shipped_recipe.changed() == shipped_recipe


def write(tmp_path, change):
    data = yaml.safe_load((resources() / "Recipes" / "jang2025.yaml").read_text(encoding="utf-8"))
    change(data)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda data: data.update(selektion={}), "did you mean 'selection'?"),
        (lambda data: data["classifier"].update(max_deptth=[2]), "did you mean 'max_depth'?"),
        (lambda data: data.pop("elimination"), "elimination"),
        (lambda data: data["sampling"].update(method="smote"), "did you mean 'smotenc'?"),
        (lambda data: data["selection"].update(method="MRMR"), "FCQ"),
        (lambda data: data["classifier"].update(rounds=[100, 50]), "rising order"),
        (lambda data: data["classifier"].update(max_depth=[]), "max_depth"),
        (lambda data: data["validation"].update(folds=1), "folds from 2"),
        (lambda data: data["validation"].update(test_share=0.9), "test_share"),
        (lambda data: data["comparators"].update(mine=["agee"]), "did you mean 'age'?"),
        (lambda data: data["comparators"].update(mine="age"), "a list"),
        (lambda data: data["monotone"].update(ER=2), "-1 or 1"),
        (lambda data: data["harmonization"].update(unseen="guess"), "identity"),
        (lambda data: data.update(clinical=["volume"]), "tumor_volume_mm3"),
        (lambda data: data.update(logistic={"inverse_penalty": 0}), "inverse_penalty"),
        (lambda data: data.update(kind="deep"), "feature tables"),
    ],
)
def test_a_mistake_is_named(tmp_path, change, named):
    with pytest.raises(InputError) as error:
        load_trees_recipe(write(tmp_path, change))
    assert named in str(error.value)


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path, capsys):
    def change(data):
        data["selektion"] = {}
        data["sampling"].update(method="smote", neighbors=0)
        data["classifier"]["max_depth"] = [2, "three"]
        data["validation"].pop("folds")
        data["validation"]["seed"] = -1
        data["selection"]["steps"] = [{"step": "spearmen"}, {"step": "spearman", "mots": 1}]
        data["card"]["limits"] = "none"

    path = write(tmp_path, change)
    with pytest.raises(InputError) as error:
        load_trees_recipe(path)
    named = ("a list", "int in", "'smotenc'", "neighbors", "'spearman'", "mots", "folds", "seed")
    for each in named:
        assert sum(each in str(mistake) for mistake in error.value.mistakes) == 1, each
    assert len(error.value.mistakes) == 9 and "did you mean 'selection'" in str(error.value.mistakes)
    assert (
        main(["train", str(tmp_path), "--endpoint", "pcr", "--recipe", str(path), "--output", str(tmp_path / "o")]) == 2
    )
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 9 and all(line.startswith("nacresponse: expected") for line in lines)


def test_all_contradictions_of_a_recipe_are_named_at_once(tmp_path):
    def change(data):
        data["clinical"] = ["agee", "ER"]
        data["monotone"]["ER"] = 2
        data["comparators"]["mine"] = []

    with pytest.raises(InputError) as error:
        load_trees_recipe(write(tmp_path, change))
    assert [each.found for each in error.value.mistakes] == ["'agee'", "2", "an empty list"]


def test_recipes_of_the_other_kind_are_refused_with_where_they_belong():
    with pytest.raises(InputError, match="nacresponse train"):
        load_clinical_recipe("jang2025")
    with pytest.raises(InputError, match="models rebuild"):
        load_trees_recipe("ispy-clinical-volume")
