"""Of which feature tables and columns signatures are made, and a recipe without those that are not named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np

from ...errors import InputError, few, unknown_name
from ...features.table import HANDCRAFTED
from ...model.columns import DELTA
from ..table import ImageTable
from .recipe import SignatureRecipe
from .recipe_parts import DEEP, ModelSpec, SignatureSpec

_ALIKE = ("protocol", "protocol_sha256", "margin_mm")


def table_of(name: str, spec: SignatureSpec, found: Collection[str]) -> str:
    """The feature table that a signature is made of."""
    if spec.features != DEEP:
        if spec.features not in found:
            raise InputError(
                f"the feature table features_{spec.features}.parquet, of which the signature {name} is made",
                f"{', '.join(found) or 'none'}",
                f"extract with --features {spec.features}",
            )
        return spec.features
    networks = [table for table in found if table != HANDCRAFTED]
    if not networks:
        raise InputError(
            f"deep features, of which the signature {name} is made",
            f"{'no feature table' if not found else 'handcrafted ones alone'}",
            "install a network's weights (nacresponse weights install) and extract with --features resnet50",
        )
    if len(networks) > 1:
        raise InputError(
            f"deep features of one network for the signature {name}", ", ".join(networks), "choose with --features"
        )
    return networks[0]


def members_of(name: str, spec: SignatureSpec, table: ImageTable) -> frozenset[str]:
    """Names of the columns that a signature may be made of."""
    groups = tuple(dict.fromkeys(column.group for column in table.columns))
    for contour in spec.contours:
        if contour not in (*groups, DELTA):
            raise unknown_name(f"a contour of the signature {name}", contour, groups)
    members = frozenset(column.name for column in table.columns if spec.holds(column.group))
    if not members:
        raise InputError(f"image features for the signature {name}", "none", "correct its contours and deltas")
    return members


def joined(model: str, members: Mapping[str, tuple[str, frozenset[str]]], read: Mapping[str, ImageTable]) -> ImageTable:
    _check_apart(model, members)
    columns, values, sources = [], [], {}
    for source in dict.fromkeys(table for table, _ in members.values()):
        wanted = frozenset().union(*(names for table, names in members.values() if table == source))
        numbers = [number for number, column in enumerate(read[source].columns) if column.name in wanted]
        columns += [read[source].columns[number] for number in numbers]
        values.append(read[source].values[:, numbers])
        sources[source] = tuple(read[source].columns[number].name for number in numbers)
    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        twice = [table for table in sources if table != HANDCRAFTED]
        raise InputError(f"features of one network in the model {model}", " and ".join(twice), "leave one out")
    signatures = {name: each for name, (_, each) in members.items()}
    return ImageTable(tuple(columns), np.column_stack(values), sources, signatures)


def _check_apart(model: str, members: Mapping[str, tuple[str, frozenset[str]]]) -> None:
    """As the recipe's own check (``SignatureSpec.shares_with``), but ``deep`` and ``resnet50`` may be one table."""
    for (first, (table, one)), (second, (other, two)) in combinations(members.items(), 2):
        if table == other and one & two:
            raise InputError(
                f"signatures of different features in the model {model}",
                f"{first} and {second} of the same ones",
                "give them different contours",
            )


def check_alike(recipe: SignatureRecipe, read: Mapping[str, ImageTable]) -> None:
    for key in _ALIKE:
        values = {name: table.metadata.get(key) for name, table in read.items()}
        if len({str(value) for value in values.values()}) > 1:
            found = few([f"{str(value)[:16]} in {name}" for name, value in values.items()])
            raise InputError(f"feature tables of one {key}", found, "extract them together")
    others = {str(table.metadata.get("protocol")) for table in read.values()} - {recipe.protocol}
    if recipe.protocol is not None and others:
        raise InputError(
            f"features of the protocol {recipe.protocol}, which the recipe {recipe.name} asks for",
            f"of {', '.join(sorted(others))}",
            f"extract with --protocol {recipe.protocol}, or train by a copy of the recipe without its protocol",
        )


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
