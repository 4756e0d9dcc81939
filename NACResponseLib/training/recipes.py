"""Recipes that are trained on feature tables, of whichever kind: how they are read, and how they are followed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..plain_data import mapping, read_yaml
from .clinical.recipe import SIGNATURES, recipe_path

if TYPE_CHECKING:
    from .signatures.recipe import SignatureRecipe
    from .strategy import RecipeKind
    from .trees.recipe import RadiomicsRecipe

    AnyRecipe = RadiomicsRecipe | SignatureRecipe


def load_training_recipe(name: str | Path) -> AnyRecipe:
    """A shipped recipe by name, or the user's own YAML file, loaded as its ``kind`` says.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key, an unusable value, a recipe that is not
            for feature tables.
    """
    from .signatures.recipe import load_signature_recipe
    from .trees.recipe import load_radiomics_recipe

    path = recipe_path(name)
    told = mapping(read_yaml(path), path.name).get("kind")
    return load_signature_recipe(path) if told == SIGNATURES else load_radiomics_recipe(path)


def kind_of(recipe: AnyRecipe) -> RecipeKind:
    """The kind of a recipe, with the recipe."""
    from .signatures.strategy import SignatureKind
    from .strategy import RadiomicsKind
    from .trees.recipe import RadiomicsRecipe

    return RadiomicsKind(recipe) if isinstance(recipe, RadiomicsRecipe) else SignatureKind(recipe)
