"""A recipe of signatures for the feature tables that the user names: what needs others is left out, and listed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ...errors import InputError
from ...features.table import HANDCRAFTED
from .recipe import SignatureRecipe
from .recipe_parts import DEEP, ModelSpec, SignatureSpec


def restricted(recipe: SignatureRecipe, features: Collection[str]) -> tuple[SignatureRecipe, tuple[str, ...]]:
    """The recipe without signatures of feature tables that are not named, without models that were made of these alone,
    and without comparisons of those models.

    Args:
        features: names of feature tables (``handcrafted``, ``resnet50``).

    Returns:
        The recipe, and what was left out, in words; the recipe itself where that is nothing.

    Raises:
        InputError: nothing is left of the final model's signatures.
    """
    left_out = [name for name, spec in recipe.signatures.items() if not _made_of(spec, features)]
    if not left_out:
        return recipe, ()
    models = {
        name: _without(spec, left_out)
        for name, spec in recipe.models.items()
        if not set(spec.signatures) <= set(left_out)
    }
    if recipe.final not in models:
        raise InputError(
            f"the features that the final model {recipe.final} of {recipe.name} is made of",
            ", ".join(features) or "none",
            "name others with --features, or write a recipe of your own",
        )
    known = (*models, *recipe.comparators)
    rest = replace(
        recipe,
        signatures={name: spec for name, spec in recipe.signatures.items() if name not in left_out},
        models=models,
        nested=tuple(pair for pair in recipe.nested if set(pair) <= set(known)),
    )
    gone = [name for name in recipe.models if name not in models]
    notes = [f"By --features {','.join(features)}, the recipe's signatures are left out: {', '.join(left_out)}."]
    if gone:
        notes.append(f"So are the models that were made of them alone: {', '.join(gone)}.")
    return rest, tuple(notes)


def _without(spec: ModelSpec, left_out: Collection[str]) -> ModelSpec:
    """A model that loses a signature loses its label, too, which may tell of it."""
    kept = tuple(name for name in spec.signatures if name not in left_out)
    return spec if kept == spec.signatures else replace(spec, signatures=kept, label="")


def _made_of(spec: SignatureSpec, features: Collection[str]) -> bool:
    if spec.features == DEEP:
        return any(name != HANDCRAFTED for name in features)
    return spec.features in features
