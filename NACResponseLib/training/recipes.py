"""Recipes that are trained on feature tables, of whichever kind: how they are read, and how they are followed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..plain_data import mapping, read_yaml
from .recipe_parts import SIGNATURES, recipe_path

if TYPE_CHECKING:
    from .signatures.recipe import SignatureRecipe
    from .trees.recipe import TreesRecipe

    AnyRecipe = TreesRecipe | SignatureRecipe


def load_recipe(name: str | Path) -> AnyRecipe:
    """A shipped recipe by name, or the user's own YAML file, loaded as its ``kind`` says.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key, an unusable value, a recipe that is not
            for feature tables.

    Example:
        >>> import NACResponseLib as nac
        >>> nac.load_recipe("nac2026").validation.partitions
        10
    """
    from .signatures.recipe import load_signature_recipe
    from .trees.recipe import load_trees_recipe

    path = recipe_path(name)
    kind = mapping(read_yaml(path), path.name).get("kind")
    return load_signature_recipe(path) if kind == SIGNATURES else load_trees_recipe(path)


def strategy_of(recipe: Any) -> Any:
    """The kind of a recipe, with the recipe."""
    from .clinical.recipe import Recipe
    from .clinical.strategy import ClinicalStrategy
    from .signatures.strategy import SignatureStrategy
    from .trees.recipe import TreesRecipe
    from .trees.strategy import TreesStrategy

    if isinstance(recipe, Recipe):
        return ClinicalStrategy(recipe)
    return TreesStrategy(recipe) if isinstance(recipe, TreesRecipe) else SignatureStrategy(recipe)
