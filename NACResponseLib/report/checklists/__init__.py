"""Reporting checklists: what software can answer truthfully of a study, by the numbers of the publication.

Items are named in our own short words. What only the authors of a study can say is left to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

AUTHORS = "for the authors"
LEFT = "For the authors."
"""The whole answer to an item of which a run holds nothing."""


@dataclass(frozen=True)
class Item:
    """``answer`` is what the run's files state."""

    number: str
    title: str
    answer: str


def entries_of(recipe: Mapping[str, Any], *keys: str) -> str:
    """The recipe's own entries, or that they are left to the authors."""
    entries = [f"{key}: {in_words(recipe[key])}" for key in keys if recipe.get(key) is not None]
    return "; ".join(entries) + "." if entries else f"Not in the recipe: {AUTHORS}."


def listed(names: Iterable[str]) -> str:
    """Names that may hold commas themselves."""
    return "; ".join(names)


def in_words(value: Any) -> str:
    """Plain data on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {in_words(entry)}" for name, entry in value.items())
    if isinstance(value, (list, tuple)):
        return "/".join(in_words(entry) for entry in value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
