"""Recipes for models of signatures, read from YAML with every key checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ...endpoints import endpoint_named
from ...errors import InputError
from ...plain_data import CheckedFields, build, check_known, in_short, limits, mapping, one_of, read_yaml
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
    texts,
)
from .recipe_parts import ModelSpec, SignatureSpec, SignatureValidation, each_once

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
    selection: tuple[Step, ...]
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
    variables: Mapping[str, ClinicalVariable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        endpoint_named(self.endpoint)
        self._check_names()
        self._check_selection()
        for name, model in self.models.items():
            self._check_model(name, model)
        for name, variables in self.comparators.items():
            if not variables:
                raise InputError(f"variables of the comparator {name}", "an empty list", CORRECT)
            self._check_variables(variables, f"the comparator {name}")
        check_known("the final model", self.final, tuple(self.models))
        for pair in self.nested:
            self._check_nested(pair)
        each_once(self.classifiers, "classifiers")
        for classifier in self.classifiers:
            if classifier != LOGISTIC:
                find("classifiers", classifier, "a classifier")
        if LOGISTIC not in self.classifiers:
            raise InputError(
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

    def _check_names(self) -> None:
        for what, count in (("signatures", len(self.signatures)), ("models", len(self.models))):
            if not count:
                raise InputError(f"at least one of {what}", "none", CORRECT)
        every = [*self.signatures, *known_variables(self.variables)]
        for what, names in (("signature", every), ("model", [*self.models, *self.comparators])):
            for name in names:
                if not _NAME.fullmatch(name):
                    raise InputError(f"a {what}'s name of letters, digits and '_'", f"'{name}'", "rename it")
            each_once(names, f"names of a {what} and of clinical variables or comparators")
        lacking = [name for name in COMPARATORS if name not in self.comparators]
        if lacking:
            raise InputError(f"the comparators {' and '.join(COMPARATORS)}", f"no {lacking[0]}", "add it")

    def _check_variables(self, names: Sequence[str], where: str) -> None:
        for name in names:
            check_known(f"a clinical variable of {where}", name, tuple(known_variables(self.variables)))
        each_once(names, f"clinical variables of {where}")

    def _check_selection(self) -> None:
        lasso = [number for number, step in enumerate(self.selection) if step.step == LASSO]
        if lasso != [len(self.selection) - 1]:
            raise InputError("one step lasso, the last of the selection", f"{len(lasso)} or another order", CORRECT)

    def _check_model(self, name: str, model: ModelSpec) -> None:
        if not model.signatures:
            raise InputError(f"signatures of the model {name}", "none", "put it under comparators")
        for signature in model.signatures:
            check_known(f"a signature of the model {name}", signature, tuple(self.signatures))
        each_once(model.signatures, f"signatures of the model {name}")
        self._check_variables(model.clinical, f"the model {name}")
        used = [(each, self.signatures[each]) for each in model.signatures]
        for place, (first, one) in enumerate(used):
            for second, other in used[place + 1 :]:
                if one.shares_with(other):
                    raise InputError(
                        f"signatures of different features in the model {name}",
                        f"{first} and {second} of the same ones",
                        "give them different contours",
                    )

    def _check_nested(self, pair: tuple[str, str]) -> None:
        known = (*self.models, *self.comparators)
        for name in pair:
            check_known("a model that is compared", name, known)
        larger, smaller = (self._parts(name) for name in pair)
        if not smaller < larger:
            left = sorted(smaller - larger) or ["the same parts"]
            raise InputError(
                f"a smaller model {pair[1]} whose signatures and clinical variables are all in {pair[0]}",
                f"{', '.join(left)} besides" if smaller - larger else "the same ones in both",
                "write nested as [larger, smaller]",
            )

    def _parts(self, name: str) -> set[str]:
        return {*(self.models[name].signatures if name in self.models else ()), *self.clinical_of(name)}


_PARTS: dict[str, type] = {"harmonization": Harmonization, "validation": SignatureValidation, "card": CardText}
_ITEMS: dict[str, type] = {"signatures": SignatureSpec, "models": ModelSpec}


def load_signature_recipe(name: str | Path) -> SignatureRecipe:
    """A shipped recipe by name, or the user's own YAML file.

    Raises:
        InputError: unknown name, unreadable YAML, an unknown or missing key, an unusable value, a recipe of another
            kind.
    """
    path = recipe_path(name)
    entries = dict(mapping(read_yaml(path), path.name))
    where = path.name
    if entries.get("kind") != SIGNATURES:
        raise InputError(f"a recipe of kind {SIGNATURES}", f"another in {where}", "choose liang2025")
    for key, part in _PARTS.items():
        if key in entries:
            entries[key] = build(part, entries[key], f"{where}, {key}")
    for key, item in _ITEMS.items():
        entries[key] = {
            each: build(item, spec, f"{where}, {key} {each}")
            for each, spec in mapping(entries.get(key, {}), f"{where}, {key}").items()
        }
    entries["comparators"] = {
        each: texts(variables, f"{where}, comparator {each}")
        for each, variables in mapping(entries.get("comparators", {}), f"{where}, comparators").items()
    }
    entries["selection"] = steps_of(entries.get("selection"), where)
    entries["variables"] = variables_from(entries.get("variables"), f"{where}, variables")
    entries["nested"] = _pairs(entries.get("nested", []), where)
    return build(SignatureRecipe, entries, where)


def _pairs(data: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(data, (list, tuple)):
        raise InputError(f"a list of pairs in {where}, nested", in_short(data), "write [[larger, smaller]]")
    pairs = [texts(list(pair) if isinstance(pair, (list, tuple)) else pair, f"{where}, nested") for pair in data]
    for pair in pairs:
        if len(pair) != 2:
            raise InputError(f"pairs in {where}, nested", f"{len(pair)} names", "write [larger, smaller]")
    return tuple((larger, smaller) for larger, smaller in pairs)
