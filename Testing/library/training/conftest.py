"""The shipped recipe, small enough for tests, and a small cohort with known causes."""

from dataclasses import replace

import pytest

from NACResponseLib.training.trees.recipe import load_trees_recipe

from .synthetic import make


@pytest.fixture(scope="session")
def shipped_recipe():
    return load_trees_recipe("jang2025")


@pytest.fixture(scope="session")
def recipe(shipped_recipe):
    return small(shipped_recipe)


def small(shipped):
    """The recipe with few trees and partitions."""
    return replace(
        shipped,
        elimination=replace(shipped.elimination, rounds=10),
        classifier=replace(
            shipped.classifier, max_depth=(2,), learning_rate=(0.1,), min_child_weight=(4.0,), rounds=(10, 30)
        ),
        validation=replace(shipped.validation, partitions=3),
    )


@pytest.fixture(scope="session")
def made():
    return make(patients=120, deep=120, seed=3, strength=2.0)


@pytest.fixture
def table(made):
    return made.table
