"""Which features belong to which model: tables are joined, and what is missing is named in one line."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.features.table import FeatureTable, read_table, table_file, write_table
from NACResponseLib.model.columns import Column
from NACResponseLib.training.cohort import read_cohort
from NACResponseLib.training.signatures.model import fit_formula
from NACResponseLib.training.signatures.recipe import load_signature_recipe
from NACResponseLib.training.signatures.recipe_parts import SignatureSpec
from NACResponseLib.training.signatures.strategy import SignatureStrategy
from NACResponseLib.training.table import ImageTable

from .conftest import PLAIN, write_both, write_recipe


@pytest.fixture
def folder(tmp_path):
    return write_both(tmp_path / "features", patients=40)


def changed(path, **changes):
    return load_signature_recipe(write_recipe(path / "recipe.yaml", **changes))


def refused(folder, recipe, features=None):
    with pytest.raises(InputError) as error:
        read_cohort(folder, "pcr", recipe, features)
    return str(error.value)


def rewrite(folder, name, change=lambda values: values, target=None, **metadata):
    table = read_table(table_file(folder, name))
    made = FeatureTable(target or name, change(table.values.copy()), {**table.metadata, **metadata})
    write_table(made, table_file(folder, made.name))


def test_each_model_has_the_columns_of_its_signatures_and_its_clinical_variables(cohort):
    table = cohort.tables["combined"]
    assert list(cohort.tables) == ["MRI", "combined", "clinical", "volume_receptors"]
    assert table.names[-2:] == ("ER", "HER2") and cohort.comparators == ("clinical", "volume_receptors")
    assert all(column.group == "MRI" for column in cohort.tables["MRI"].columns)
    members = [name for names in table.signatures.values() for name in names]
    assert sorted(members) == sorted(table.names[:-2]) and list(table.signatures) == ["MRI", "CT", "deep"]
    assert all("_glcm_" in name and name.startswith("CT") for name in table.signatures["CT"])
    assert cohort.sources["MRI"].keys() == {"handcrafted"}
    assert cohort.sources["combined"].keys() == {"handcrafted", "resnet10"}
    assert set(cohort.metadata) == {"handcrafted", "resnet10"}


def test_values_of_joined_tables_are_the_patients_own(cohort, features):
    for name in ("handcrafted", "resnet10"):
        written = read_table(table_file(features, name)).values.loc[list(cohort.patients)]
        table = cohort.tables["combined"]
        for column in cohort.sources["combined"][name][::7]:
            assert table.values[:, table.names.index(column)].tolist() == written[column].tolist()


def test_tables_that_no_signature_needs_are_not_read(folder, tmp_path):
    (folder / "features_resnet10.parquet").write_bytes(b"no table")
    only = changed(tmp_path, models={"MRI": {"signatures": ["MRI"]}}, final="MRI", nested=None)
    assert set(read_cohort(folder, "pcr", only).metadata) == {"handcrafted"}


def test_missing_deep_features_are_reported(folder, recipe):
    (folder / "features_resnet10.parquet").unlink()
    message = refused(folder, recipe)
    assert re.search("deep features.* signature deep", message) and "handcrafted" in message


def test_a_missing_table_is_named(folder, recipe):
    (folder / "features_handcrafted.parquet").unlink()
    assert re.search("features_handcrafted.parquet.* signature MRI", refused(folder, recipe))
    for file in folder.glob("features_*"):
        file.unlink()
    assert "found none" in refused(folder, recipe)


def test_several_networks_must_be_chosen_from(folder, recipe):
    rewrite(folder, "resnet10", target="resnet18", depth=18)
    message = refused(folder, recipe)
    assert "resnet10, resnet18" in message and "--features" in message
    chosen = read_cohort(folder, "pcr", recipe, ["handcrafted", "resnet18"])
    assert chosen.sources["combined"].keys() == {"handcrafted", "resnet18"}


def test_features_of_two_networks_do_not_go_into_one_model(folder, tmp_path):
    rewrite(folder, "resnet10", target="resnet18", depth=18)
    both = changed(
        tmp_path,
        signatures={"ten": {"features": "resnet10"}, "eighteen": {"features": "resnet18"}},
        models={"both": {"signatures": ["ten", "eighteen"]}},
        final="both",
        nested=None,
    )
    assert re.search("one network .*both", refused(folder, both))


def test_the_one_network_that_deep_means_is_not_used_twice_in_a_model(folder, tmp_path):
    both = changed(
        tmp_path,
        signatures={"named": {"features": "resnet10"}, "any": {"features": "deep"}},
        models={"both": {"signatures": ["named", "any"]}},
        final="both",
        nested=None,
    )
    assert "any of the same ones" in refused(folder, both)


def test_an_unknown_contour_suggests_the_nearest(folder, tmp_path):
    wrong = {**PLAIN["signatures"], "MRI": {"features": "handcrafted", "contours": ["MRT"]}}
    assert "did you mean 'MRI'?" in refused(folder, changed(tmp_path, signatures=wrong))


def test_another_protocol_than_the_recipes_is_refused(folder, tmp_path):
    assert "features of the protocol li2026" in refused(folder, changed(tmp_path, protocol="li2026"))
    assert read_cohort(folder, "pcr", changed(tmp_path, protocol="jang2025")).tables


def test_tables_of_different_margins_are_refused(folder, recipe):
    rewrite(folder, "resnet10", margin_mm=4.0)
    message = refused(folder, recipe)
    assert "one margin_mm" in message and "4.0 in resnet10" in message


def test_a_comparator_without_its_variables_is_left_out_with_a_warning(folder, recipe):
    path = folder / "cases.csv"
    pd.read_csv(path).drop(columns="tumor_volume_mm3").to_csv(path, index=False)
    cohort = read_cohort(folder, "pcr", recipe)
    assert cohort.comparators == ("clinical",) and any(
        "volume_receptors is left out" in each for each in cohort.warnings
    )


def image(*groups):
    columns = tuple(Column(f"{group}{number}", group, group=group) for group in groups for number in range(2))
    return ImageTable(columns, np.zeros((3, len(columns))), {"handcrafted": tuple(c.name for c in columns)})


@pytest.mark.parametrize(
    ("narrowed", "groups"),
    [
        ({}, {"PRE", "POST", "delta"}),
        ({"contours": ("PRE",)}, {"PRE"}),
        ({"contours": ("PRE",), "deltas": True}, {"PRE", "delta"}),
        ({"contours": ("delta",)}, {"delta"}),
        ({"deltas": False}, {"PRE", "POST"}),
    ],
)
def test_contours_and_deltas_narrow_a_signature(recipe, narrowed, groups):
    spec = SignatureSpec("handcrafted", **narrowed)
    alone = replace(
        recipe,
        signatures={"one": spec},
        models={"model": replace(recipe.models["MRI"], signatures=("one",))},
        final="model",
        nested=(),
    )
    joined = SignatureStrategy(alone).feature_sets({"handcrafted": image("PRE", "POST", "delta")})["model"]
    assert {column.group for column in joined.columns} == groups
    assert joined.signatures["one"] == {column.name for column in joined.columns}


def test_deltas_alone_without_any_are_refused(recipe):
    with pytest.raises(InputError, match=r"image features .*one"):
        alone = replace(
            recipe,
            signatures={"one": SignatureSpec("handcrafted", contours=("delta",))},
            models={"model": replace(recipe.models["MRI"], signatures=("one",))},
            final="model",
            nested=(),
        )
        SignatureStrategy(alone).feature_sets({"handcrafted": image("PRE")})


def test_features_that_another_contour_changes_are_left_out_of_signatures(folder, recipe, tmp_path):
    """Replicates of both tables, nine tenths of the features drowned in noise."""
    random, stable = np.random.default_rng(0), {}
    for name in ("handcrafted", "resnet10"):
        whole = read_table(table_file(folder, name))
        stable[name] = set(list(whole.values)[::10])
        noise = np.where(whole.values.columns.isin(list(stable[name])), 0.01, 5.0) * whole.values.std().to_numpy()
        for number in range(1, 4):
            place = tmp_path / "study" / f"replicate_{number:02d}"
            place.mkdir(parents=True, exist_ok=True)
            moved = whole.values + random.normal(size=whole.values.shape) * noise
            write_table(replace(whole, values=moved), table_file(place, name))
    cohort = read_cohort(folder, "pcr", recipe).with_stability(tmp_path / "study", 0.6)
    table = cohort.tables["combined"].stable()
    left = {column.name for column in table.columns if column.group != "clinical"}
    assert left == stable["handcrafted"] | stable["resnet10"] and table.names[-2:] == ("ER", "HER2")
    assert "replicate_01/features_handcrafted.parquet" in cohort.hashes
    assert np.isfinite(fit_formula(cohort.tables["combined"], recipe).reference).all()
