"""Preparation: a few numbers a column do what the fitted estimators do, for training patients and new ones."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import RobustScaler, StandardScaler

from NACResponseLib.errors import InputError
from NACResponseLib.estimators.combat import ComBatHarmonizer
from NACResponseLib.model.columns import clinical_column, image_columns
from NACResponseLib.training.preparation import fit_preparation
from NACResponseLib.training.table import Table

from .synthetic import IMAGES


def by_estimators(train, test, group):
    """Harmonized and scaled values of a group's columns in the test part, by the estimators themselves."""

    def frame(part):
        values = pd.DataFrame(part.values[:, part.in_group(group)]).rename(columns=str)
        return values.assign(scanner=part.scanners[group])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        combat = ComBatHarmonizer("scanner").fit(frame(train))
        scaler = RobustScaler().fit(combat.transform(frame(train)))
        return scaler.transform(combat.transform(frame(test)))


@pytest.mark.parametrize("group", ["MRI", "CT"])
def test_new_patients_are_prepared_as_by_combat_and_robust_scaling(table, recipe, group):
    train, test = table.part(np.arange(80)), table.part(np.arange(80, 120))
    test.scanners[group][3] = "another"
    preparation, _, _ = fit_preparation(train, recipe)
    found = preparation.apply(test.values, test.scanners)[:, table.in_group(group)]
    np.testing.assert_allclose(found, by_estimators(train, test, group), atol=1e-10)


def test_some_columns_are_prepared_as_among_all(table, recipe):
    preparation, _, _ = fit_preparation(table, recipe)
    some = np.array([125, 3, 100, 40, 121])
    whole = preparation.apply(table.values, table.scanners)
    np.testing.assert_array_equal(
        preparation.of_columns(some).apply(table.values[:, some], table.scanners), whole[:, some]
    )
    assert set(preparation.of_columns(np.array([3, 121])).effects) == {"MRI"}


def test_the_outcome_is_never_used(table, recipe):
    other = replace(table, outcome=1 - table.outcome)
    for first, second in zip(
        *(vars(fit_preparation(each, recipe)[0]).values() for each in (table, other)), strict=True
    ):
        assert str(first) == str(second)


def small_table():
    columns = (*image_columns(["MRI_Intra_shape_Sphericity", "MRI_T2_Intra_0001"], IMAGES), clinical_column("ER"))
    columns = (*columns, clinical_column("grade"), clinical_column("age"))
    values = np.random.default_rng(0).normal(size=(40, 5))
    values[:20, :2] += 3
    values[:, 2], values[:, 3] = np.arange(40) % 4 == 0, 1 + np.arange(40) % 3
    scanners = {"MRI": np.repeat(["a", "b"], 20)}
    return Table(tuple(map(str, range(40))), columns, values, np.arange(40) % 2, scanners)


def test_shape_is_left_out_of_harmonization_unless_asked_for(recipe):
    table = small_table()
    assert fit_preparation(table, recipe)[0].effects["MRI"].columns.tolist() == [1]
    asked = replace(recipe, harmonization=replace(recipe.harmonization, shape=True))
    assert fit_preparation(table, asked)[0].effects["MRI"].columns.tolist() == [0, 1]


def test_missing_values_become_the_training_median_but_statuses_stay_missing(recipe):
    table = small_table()
    preparation, completed, _ = fit_preparation(table, recipe)
    row = preparation.apply(np.full((1, 5), np.nan), {"MRI": np.array(["a"])})[0]
    assert np.isnan(row[2]) and row[3] == np.median(table.values[:, 3])
    assert row[[0, 1, 4]] == pytest.approx(0)
    assert preparation.share[2] == table.values[:, 2].mean()
    assert np.isfinite(completed).all()


def test_statuses_and_grades_are_not_scaled(recipe):
    table = small_table()
    _, completed, _ = fit_preparation(table, recipe)
    np.testing.assert_array_equal(completed[:, 2:4], table.values[:, 2:4])


def test_a_new_scanner_is_refused_where_the_recipe_says_so(recipe):
    table = small_table()
    strict = replace(recipe, harmonization=replace(recipe.harmonization, unseen="refuse"))
    preparation, _, _ = fit_preparation(table, strict)
    with pytest.raises(InputError, match=r"MRI scanner of the training patients \(a, b\), found c"):
        preparation.check(table.values[:1], {"MRI": np.array(["c"])})
    preparation.check(table.values[:1], {"MRI": np.array(["b"])})
    preparation.check(np.array([[1.0, np.nan, 1, 1, 50]]), {"MRI": np.array([""])})  # nothing to harmonize
    fit_preparation(table, recipe)[0].check(table.values[:1], {"MRI": np.array(["c"])})


def test_a_single_scanner_changes_nothing_and_is_reported(recipe):
    table = small_table()
    table = replace(table, scanners={"MRI": np.repeat("a", 40)})
    unscaled = replace(recipe, scaling="none")
    preparation, _, result = fit_preparation(table, unscaled)
    np.testing.assert_allclose(preparation.apply(table.values, table.scanners), table.values, atol=1e-12)
    assert any("one scanner" in warning for warning in result)


def test_standard_scaling_is_scikit_learns_with_missing_values_left_out(recipe):
    table = small_table()
    values = table.values.copy()
    values[::7, 1], values[:, 4] = np.nan, 2.5
    standard = replace(recipe, scaling="standard", harmonization=replace(recipe.harmonization, combat=False))
    preparation, _, _ = fit_preparation(replace(table, values=values), standard)
    scaler = StandardScaler().fit(values[:, :2])
    np.testing.assert_allclose(preparation.center[:2], scaler.mean_)
    np.testing.assert_allclose(preparation.scale[:2], scaler.scale_)
    assert preparation.scale[2:].tolist() == [1, 1, 1] and preparation.center[2:].tolist() == [0, 0, 2.5]


def test_robust_scaling_is_by_numpys_quantiles_of_the_values_that_are_known(table, recipe):
    random = np.random.default_rng(1)
    values = np.where(random.random(table.values.shape) < 0.2, np.nan, table.values)
    values[:, 2], values[1:, 3] = np.nan, np.nan
    plain = replace(recipe, harmonization=replace(recipe.harmonization, combat=False))
    preparation, _, _ = fit_preparation(replace(table, values=values), plain)
    low, middle, high = np.nanquantile(values[:, 4:100], [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_array_equal(preparation.center[4:100], middle)
    np.testing.assert_array_equal(preparation.scale[4:100], high - low)
    assert preparation.center[2:4].tolist() == [0, values[0, 3]] and preparation.scale[2:4].tolist() == [1, 1]


def test_columns_beside_others_are_prepared_as_by_themselves(table, recipe):
    mri, ct = (fit_preparation(table.of_columns(table.in_group(group)), recipe)[0] for group in ("MRI", "CT"))
    order = np.r_[table.in_group("CT"), table.in_group("MRI")]
    found = ct.beside(mri).apply(table.values[:, order], table.scanners)
    whole, _, _ = fit_preparation(table, recipe)
    np.testing.assert_array_equal(found, whole.apply(table.values, table.scanners)[:, order])


def test_a_logarithm_is_taken_before_filling_and_scaling_and_follows_its_column(recipe):
    """Volumes 1, e, e^2 and a missing one, whose place the median takes."""

    class Logarithmic:
        harmonization, scaling, log_volume = recipe.harmonization, "standard", True

    columns = (clinical_column("age"), clinical_column("tumor_volume_mm3"))
    values = np.column_stack([np.arange(4.0), np.exp([0.0, 1.0, 2.0, np.nan])])
    table = Table(tuple("abcd"), columns, values, np.arange(4) % 2, {})
    preparation, completed, _ = fit_preparation(table, Logarithmic())
    assert completed[:, 1] == pytest.approx(np.array([-1, 0, 1, 0]) / np.std([0, 1, 2]))
    alone = preparation.of_columns(np.array([1]))
    assert alone.log == (0,)
    assert alone.apply(values[:, 1:], {})[:, 0] == pytest.approx(completed[:, 1])
    assert alone.beside(alone).log == (0, 1)
    assert fit_preparation(table, recipe)[0].log == ()
