"""What models of the same images have in common is learned once, and they are the same as each by itself."""

from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.training.checkpoint import Checkpoint
from NACResponseLib.training.preparation import fit_preparation
from NACResponseLib.training.recipes import strategy_of
from NACResponseLib.training.run import run_partition, run_partitions
from NACResponseLib.training.trees import candidates as module
from NACResponseLib.training.trees.candidates import candidates, image_candidates
from NACResponseLib.training.trees.pipeline import inner_folds
from NACResponseLib.training.trees.recipe import load_trees_recipe

from ..synthetic import CLINICAL, make


@pytest.fixture(scope="module")
def recipe():
    shipped = load_trees_recipe("nac2026")
    return replace(shipped, classifier=replace(shipped.classifier, rounds=(10,))).changed(partitions=2)


@pytest.fixture(scope="module")
def tables():
    whole = make(patients=90, deep=60, seed=3, strength=2.0).table
    return {
        "deep": whole,
        "deep_alone": whole.of_columns(np.arange(60)),
        "clinical": replace(whole.of_columns(np.arange(60, 60 + len(CLINICAL))), selected=True),
    }


@pytest.fixture
def widths(monkeypatch):
    """Numbers of columns that preparations were learned of."""
    seen = []
    monkeypatch.setattr(
        module,
        "fit_preparation",
        lambda table, recipe: seen.append(len(table.columns)) or fit_preparation(table, recipe),
    )
    return seen


@pytest.mark.slow
def test_images_are_learned_of_once_for_models_with_and_without_clinical_variables(tables, recipe, widths, tmp_path):
    strategy = strategy_of(recipe)
    drawn = strategy.draw(tables["deep"].outcome)
    found = run_partitions(tables, drawn, strategy)
    assert widths.count(60) == len(drawn) * (1 + recipe.validation.folds)
    for name, table in tables.items():
        assert found[name] == [run_partition(table, name, number, rows, strategy) for number, rows in enumerate(drawn)]

    checkpoint = Checkpoint(tmp_path, "inputs")  # as if the run had been stopped between the two
    checkpoint.save(found["deep"][0])
    assert run_partitions(tables, drawn, strategy, checkpoint=checkpoint) == found


def test_a_table_whose_name_ends_as_that_of_images_alone_is_trained_by_itself(recipe):
    names = ("deep", "deep_alone", "other_alone", "clinical")
    assert strategy_of(recipe).together(names) == [("deep", "deep_alone"), ("other_alone",), ("clinical",)]
    assert strategy_of(replace(recipe, images_alone=False)).together(names) == [(name,) for name in names]


@pytest.mark.parametrize("in_folds", [True, False])
def test_columns_of_a_fold_are_those_that_its_own_patients_show_or_the_whole_part_s(tables, recipe, in_folds):
    recipe = replace(recipe, validation=replace(recipe.validation, select_in_folds=in_folds))
    table = tables["deep"]
    folds = inner_folds(table.outcome, recipe)
    whole, *parts = candidates(image_candidates(table, folds, recipe, 5), table, folds, recipe, 5)
    for (train, test), part in zip(folds, parts, strict=True):
        places = [table.names.index(column.name) for column in part.data.columns]
        learned, _, _ = fit_preparation(table.part(train) if in_folds else table, recipe)
        values = learned.completed(learned.apply(table.values, table.scanners))[:, places]
        np.testing.assert_array_equal(part.data.train, values[train])
        np.testing.assert_array_equal(part.data.held_out, values[test])
    assert (len({part.data.columns for part in (whole, *parts)}) > 1) == in_folds
