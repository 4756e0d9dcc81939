"""Recipes for models of signatures, read from YAML with every key checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from ...endpoints import endpoint_named
from ...errors import InputError
from ...plain_data import CheckedFields, build, limits, mapping, one_of, read_by, read_yaml, unknown
from ...registry import find
from ...variables import ClinicalVariable, known_variables, variables_from
from ..recipe_parts import (
    CORRECT,
    LASSO,
    SCALINGS,
    SIGNATURES,
    THRESHOLD_RULES,
    CardText,
    Harmonization,
    Step,
    recipe_path,
    steps_of,
)
from .recipe_parts import ModelSpec, SignatureSpec, SignatureValidation, twice

LOGISTIC = "logistic"
COMPARATORS = ("clinical", "volume_receptors")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True)
class SignatureRecipe(CheckedFields):
    """How models of signatures are trained and compared.

    Attributes:
        endpoint: the study's own; another may be named.
        protocol: whose features are expected; any if None.
        scaling: of continuous columns, as in ``trees.recipe``.
        signatures: by name.
        selection: steps inside each training part; LASSO is the last.
        models: logistic models by name; comparators are models of clinical variables alone.
        final: the model that is shipped.
        nested: comparisons stated beforehand, (larger, smaller).
        relevant_gain: gain in AUC that would matter.
        classifiers: compared on the terms of the final model; the logistic one is shipped.
        interval: level of a probability's interval.
        threshold: a rule of ``training.clinical.recipe.THRESHOLD_RULES``.
        variables: clinical ones that the recipe itself defines.
    """

    name: str
    version: str
    kind: str = field(metadata=one_of("a kind of recipe", (SIGNATURES,)))
    endpoint: str
    harmonization: Harmonization
    scaling: str = field(metadata=one_of("a scaling", SCALINGS))
    signatures: Mapping[str, SignatureSpec]
    selection: tuple[Step, ...] = field(metadata=read_by(steps_of))
    models: Mapping[str, ModelSpec]
    comparators: Mapping[str, tuple[str, ...]]
    final: str
    validation: SignatureValidation
    threshold: str = field(metadata=one_of("a threshold rule", tuple(THRESHOLD_RULES)))
    interval: float = field(metadata=limits(0.5, 0.999))
    card: CardText
    protocol: str | None = None
    nested: tuple[tuple[str, str], ...] = ()
    relevant_gain: float = field(default=0.05, metadata=limits(0.001, 0.5))
    classifiers: tuple[str, ...] = ("logistic",)
    variables: Mapping[str, ClinicalVariable] = field(default_factory=dict, metadata=read_by(variables_from))

    def mistakes(self) -> Iterator[InputError]:
        endpoint_named(self.endpoint)
        yield from self._wrong_names()
        lasso = [number for number, step in enumerate(self.selection) if step.step == LASSO]
        if lasso != [len(self.selection) - 1]:
            yield InputError("one step lasso, the last of the selection", f"{len(lasso)} or another order", CORRECT)
        for name, model in self.models.items():
            yield from self._wrong_model(name, model)
        for name, variables in self.comparators.items():
            if not variables:
                yield InputError(f"variables of the comparator {name}", "an empty list", CORRECT)
            yield from self._wrong_variables(variables, f"the comparator {name}")
        yield from unknown("the final model", [self.final], self.models)
        for pair in self.nested:
            yield from self._wrong_pair(*pair)
        yield from twice(self.classifiers, "classifiers")
        for classifier in self.classifiers:
            if classifier != LOGISTIC:
                find("classifiers", classifier, "a classifier")
        if LOGISTIC not in self.classifiers:
            yield InputError(
                "logistic among the classifiers: a bundle holds a model as data, so it is what ships, others are "
                "compared with it",
                f"{list(self.classifiers)}",
                "add it",
            )

    @property
    def log_volume(self) -> bool:
        """The logarithm of the tumour volume is taken: a formula is linear, and volumes are skewed."""
        return True

    def changed(self, *, seed: int | None = None, partitions: int | None = None) -> SignatureRecipe:
        """The recipe with another seed or number of partitions.

        Raises:
            InputError: a number of partitions that the scheme cannot make.
        """
        validation = self.validation
        if seed is not None:
            validation = replace(validation, seed=seed)
        if partitions is not None:
            validation = validation.of_count(partitions)
        return replace(self, validation=validation)

    def plain(self) -> dict[str, Any]:
        """The recipe as plain data, as it could be written to a file."""
        plain = asdict(self)
        plain["selection"] = tuple(step.plain() for step in self.selection)
        plain["validation"] = {key: value for key, value in plain["validation"].items() if value is not None}
        return plain

    def clinical_of(self, model: str) -> tuple[str, ...]:
        """Clinical variables of a model or comparator."""
        return self.models[model].clinical if model in self.models else self.comparators[model]

    def signatures_of(self, model: str) -> tuple[str, ...]:
        """Signatures of a model; a comparator has none."""
        return self.models[model].signatures if model in self.models else ()

    def _wrong_names(self) -> Iterator[InputError]:
        for what, count in (("signatures", len(self.signatures)), ("models", len(self.models))):
            if not count:
                yield InputError(f"at least one of {what}", "none", CORRECT)
        every = [*self.signatures, *known_variables(self.variables)]
        for what, names in (("signature", every), ("model", [*self.models, *self.comparators])):
            for name in names:
                if not _NAME.fullmatch(name):
                    yield InputError(f"a {what}'s name of letters, digits and '_'", f"'{name}'", "rename it")
            yield from twice(names, f"names of a {what} and of clinical variables or comparators")
        lacking = [name for name in COMPARATORS if name not in self.comparators]
        if lacking:
            yield InputError(f"the comparators {' and '.join(COMPARATORS)}", f"no {lacking[0]}", "add it")

    def _wrong_variables(self, names: Sequence[str], where: str) -> Iterator[InputError]:
        yield from unknown(f"a clinical variable of {where}", names, known_variables(self.variables))
        yield from twice(names, f"clinical variables of {where}")

    def _wrong_model(self, name: str, model: ModelSpec) -> Iterator[InputError]:
        if not model.signatures:
            yield InputError(f"signatures of the model {name}", "none", "put it under comparators")
        yield from unknown(f"a signature of the model {name}", model.signatures, self.signatures)
        yield from twice(model.signatures, f"signatures of the model {name}")
        yield from self._wrong_variables(model.clinical, f"the model {name}")
        used = [(each, self.signatures[each]) for each in dict.fromkeys(model.signatures) if each in self.signatures]
        for (first, one), (second, other) in combinations(used, 2):
            if one.shares_with(other):
                yield InputError(
                    f"signatures of different features in the model {name}",
                    f"{first} and {second} of the same ones",
                    "give them different contours",
                )

    def _wrong_pair(self, larger: str, smaller: str) -> Iterator[InputError]:
        known = (*self.models, *self.comparators)
        yield from unknown("a model that is compared", (larger, smaller), known)
        if larger not in known or smaller not in known or self._parts(smaller) < self._parts(larger):
            return
        left = sorted(self._parts(smaller) - self._parts(larger))
        yield InputError(
            f"a smaller model {smaller} whose signatures and clinical variables are all in {larger}",
            f"{', '.join(left)} besides" if left else "the same ones in both",
            "write nested as [larger, smaller]",
        )

    def _parts(self, name: str) -> set[str]:
        return {*(self.models[name].signatures if name in self.models else ()), *self.clinical_of(name)}


def load_signature_recipe(name: str | Path) -> SignatureRecipe:
    """A shipped recipe by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key, an unusable value, a recipe of another
            kind.
    """
    path = recipe_path(name)
    entries = {"signatures": {}, "models": {}, "comparators": {}, **mapping(read_yaml(path), path.name)}
    if entries.get("kind") != SIGNATURES:
        raise InputError(f"a recipe of kind {SIGNATURES}", f"another in {path.name}", "choose liang2025")
    recipe: SignatureRecipe = build(SignatureRecipe, entries, path.name)
    return recipe
