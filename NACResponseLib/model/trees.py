"""The trees of a bundle, between XGBoost's releases: written so that old ones read them, checked before and after.

A damaged tree could make XGBoost read out of bounds. And releases before 3.1 misread, without a word, the base score
that later ones write as a list: hence the plain number, and the reference predictions that show whether trees were
read rightly.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.logistic import logit, sigmoid
from .archive import from_json
from .bundle_parts import LARGEST_VALUE
from .linear import Linear

if TYPE_CHECKING:
    from xgboost import Booster

_WITNESS_TOLERANCE = 1e-4


@dataclass(frozen=True)
class ReferencePredictions:
    """Inputs (rows, inputs) and the margins (rows,) that the trees gave when they were trained; NaN where missing."""

    rows: tuple[tuple[float, ...], ...]
    margins: tuple[float, ...]

    def check(self, booster: Booster) -> None:
        """Compares the trees' margins now with those then.

        Raises:
            InputError: they differ, so this release of XGBoost misreads the trees.
        """
        import xgboost

        data = xgboost.DMatrix(np.array(self.rows), feature_names=booster.feature_names, nthread=1)
        if not np.allclose(booster.predict(data, output_margin=True), self.margins, atol=_WITNESS_TOLERANCE):
            raise InputError(
                "trees that predict as they did in training",
                f"other predictions by xgboost {xgboost.__version__}",
                "install the version of xgboost that the bundle names, or get the bundle again",
            )


@dataclass(frozen=True)
class Trees:
    """Boosted trees, alone or added to a logistic regression.

    Attributes:
        json: as stored, in XGBoost's own format.
        reference: shows whether they are read rightly.
        logistic: whose log-odds are added to the trees'; None where they are alone.
    """

    json: bytes
    reference: ReferencePredictions
    logistic: Linear | None = None

    @cached_property
    def booster(self) -> Booster:
        """The trees, on one thread.

        Raises:
            InputError: this release of XGBoost cannot read them, or misreads them.
        """
        import xgboost

        booster = xgboost.Booster({"nthread": 1})
        try:
            booster.load_model(bytearray(self.json))
        except xgboost.core.XGBoostError as error:
            raise InputError(
                "trees that XGBoost reads", reason_of(error), "install a newer xgboost, or get the bundle again"
            ) from None
        self.reference.check(booster)
        return booster

    @property
    def size(self) -> str:
        """In words: ``140 rounds of trees``."""
        added = "" if self.logistic is None else f" added to {self.logistic.size}"
        return f"{self.booster.num_boosted_rounds()} rounds of trees{added}"

    def margins(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) log-odds before calibration, of prepared rows (n, inputs), NaN where missing."""
        own = margins(self.booster, rows)
        return own if self.logistic is None else own + self.logistic.margins(rows)

    def contributions(self, rows: NDArray[Any]) -> tuple[float, NDArray[np.float64]]:
        """TreeSHAP: the margin's bias and its (n, inputs) parts, which add up to it; those of the logistic regression,
        which are Shapley values, too, are added.

        XGBoost sums in 32-bit floats, so its contributions miss the margin by about 1e-7; the rest is shared among
        them by their size.

        Source: Lundberg et al., Nat Mach Intell 2020.
        """
        import xgboost

        data = xgboost.DMatrix(rows, feature_names=self.booster.feature_names, nthread=1)
        margin = self.booster.predict(data, output_margin=True).astype(float)
        given = self.booster.predict(data, pred_contribs=True).astype(float)
        parts, bias = given[:, :-1], float(given[0, -1])
        sizes = np.abs(parts) + np.finfo(float).tiny  # equal shares where no input moves the margin
        rest = margin - bias - parts.sum(axis=1)
        parts = parts + rest[:, None] * sizes / sizes.sum(axis=1, keepdims=True)
        if self.logistic is None:
            return bias, parts
        linear_bias, linear_parts = self.logistic.contributions(rows)
        return bias + linear_bias, parts + linear_parts


def margins(booster: Booster, values: NDArray[Any]) -> NDArray[np.float64]:
    """(n,) log-odds before calibration."""
    import xgboost

    data = xgboost.DMatrix(values, feature_names=booster.feature_names, nthread=1)
    return booster.predict(data, output_margin=True).astype(float)


def read_trees(content: bytes, reference: Any, names: Sequence[str], where: str, logistic: Linear | None) -> Trees:
    """The trees of a bundle, checked.

    Args:
        content: of ``xgboost.json``.
        reference: of ``model.json``, plain data.
        names: of the bundle's inputs.
        logistic: beneath the trees.

    Raises:
        InputError: no such trees, or reference predictions that are none.
    """
    check_trees(from_json(content, f"{where}, xgboost.json"), names, where)
    return Trees(content, _read_reference(reference, len(names), where), logistic)


def plain_reference(reference: ReferencePredictions) -> dict[str, Any]:
    """Plain data for JSON."""
    rows = [[None if math.isnan(value) else value for value in row] for row in reference.rows]
    return {"rows": rows, "margins": reference.margins}


def _read_reference(data: Any, inputs: int, where: str) -> ReferencePredictions:
    rows, margins = ((data.get(key) if isinstance(data, dict) else None) or [] for key in ("rows", "margins"))
    lists = isinstance(rows, list) and isinstance(margins, list) and len(rows) == len(margins) > 0
    sized = lists and all(isinstance(row, list) and len(row) == inputs for row in rows)
    sound = sized and all(value is None or _is_number(value) for row in rows for value in row)
    if not sound or not all(_is_number(margin) for margin in margins):
        raise InputError("a margin per witness row", f"others in {where}", "do not use this bundle")
    return ReferencePredictions(
        tuple(tuple(math.nan if value is None else value for value in row) for row in rows), tuple(margins)
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= LARGEST_VALUE


def reason_of(error: Exception) -> str:
    """What XGBoost says is wrong, without the source file it stands in and without the stack trace below it."""
    lines = (re.sub(r"^\[[\d:]+\]\s*(\S+:\d+:)?", "", line).strip() for line in str(error).splitlines())
    return next((line for line in lines if line), "an error without a reason")


def portable_json(booster: Booster) -> bytes:
    """XGBoost's JSON with the base score as a plain number, which every release from 2.1 on reads alike."""
    model = json.loads(bytes(booster.save_raw("json")))
    parameters = model["learner"]["learner_model_param"]
    parameters["base_score"] = parameters["base_score"].strip("[]")
    return json.dumps(model, separators=(",", ":")).encode()


def scaled(booster: Booster, factor: float) -> Booster:
    """Trees whose margin is the given ones' times a factor above 0."""
    if factor == 1:
        return booster
    import xgboost

    model = json.loads(bytes(booster.save_raw("json")))
    parameters = model["learner"]["learner_model_param"]
    base = float(parameters["base_score"].strip("[]"))
    # As short as single precision allows: XGBoost 2.1 takes a longer text for 0.5, without a word.
    parameters["base_score"] = str(np.float32(sigmoid(factor * logit(base))))
    for tree in model["learner"]["gradient_booster"]["model"]["trees"]:
        leaf = np.array(tree["left_children"]) == -1
        conditions = np.array(tree["split_conditions"])
        tree["split_conditions"] = np.where(leaf, factor * conditions, conditions).tolist()
        tree["base_weights"] = (factor * np.array(tree["base_weights"])).tolist()
    changed = xgboost.Booster({"nthread": 1})
    changed.load_model(bytearray(json.dumps(model).encode()))
    return changed


_INTEGER_LISTS = ("left_children", "right_children", "parents", "split_indices", "split_type", "default_left")
_NUMBER_LISTS = ("split_conditions", "base_weights", "loss_changes", "sum_hessian")
_CATEGORY_LISTS = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
_LARGEST_FLOAT = 3.4e38
_LARGEST_LEAF = 1e3
_DEEPEST = 32  # XGBoost descends by recursion


def check_trees(model: Mapping[str, Any], names: Sequence[str], where: str) -> None:
    """Checks that XGBoost's JSON holds binary-logistic trees over exactly these inputs, each tree well formed.

    Raises:
        InputError: it does not.
    """
    try:
        sound = _sound(model["learner"], list(names))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        sound = False
    if not sound:
        raise InputError(
            "well-formed XGBoost trees over the bundle's inputs", f"others in {where}", "do not use this bundle"
        )


def _sound(learner: Mapping[str, Any], names: list[str]) -> bool:
    """The learner's own figures fit its trees: XGBoost believes them, and would read beyond a list that is shorter."""
    booster, parameters = learner["gradient_booster"], learner["learner_model_param"]
    forest = booster["model"]
    trees, ends = forest["trees"], forest["iteration_indptr"]
    sizes = {key: parameters[key] for key in ("num_class", "num_feature", "num_target")}
    return (
        (learner["objective"]["name"], booster["name"]) == ("binary:logistic", "gbtree")
        and learner["feature_names"] == names
        and "c" not in learner["feature_types"]
        and sizes == {"num_class": "0", "num_feature": str(len(names)), "num_target": "1"}
        and 0 < float(parameters["base_score"]) < 1
        and isinstance(trees, list)
        and len(trees) > 0
        and forest["gbtree_model_param"]["num_trees"] == str(len(trees))
        and forest["tree_info"] == [0] * len(trees)
        and all(type(end) is int for end in ends)
        and (ends[0], ends[-1]) == (0, len(trees))
        and all(first < second for first, second in itertools.pairwise(ends))
        and not any(forest.get("cats", {}).values())
        and [tree["id"] for tree in trees] == list(range(len(trees)))
        and all(_well_formed(tree, len(names)) for tree in trees)
    )


def _well_formed(tree: Mapping[str, Any], inputs: int) -> bool:
    """Lists of one length, numeric splits on inputs that exist, every node but the root the child of one before it."""
    nodes, parameters = len(tree["left_children"]), tree["tree_param"]
    return (
        nodes > 0
        and all(len(tree[name]) == nodes for name in (*_INTEGER_LISTS, *_NUMBER_LISTS))
        and all(type(value) is int for name in _INTEGER_LISTS for value in tree[name])
        and all(type(value) in (int, float) for name in _NUMBER_LISTS for value in tree[name])
        and all(abs(value) < _LARGEST_FLOAT for name in _NUMBER_LISTS for value in tree[name])
        and (parameters["num_nodes"], parameters["num_feature"]) == (str(nodes), str(inputs))
        and parameters["size_leaf_vector"] in ("0", "1")
        and not any(tree["split_type"])
        and not any(tree[name] for name in _CATEGORY_LISTS)
        and all(0 <= index < inputs for index in tree["split_indices"])
        and all(flag in (0, 1) for flag in tree["default_left"])
        and all(cover > 0 for cover in tree["sum_hessian"])
        and _is_tree(tree["left_children"], tree["right_children"], tree["parents"])
        and all(
            abs(value) <= _LARGEST_LEAF
            for value, left in zip(tree["split_conditions"], tree["left_children"], strict=True)
            if left == -1
        )
    )


def _is_tree(left: Sequence[int], right: Sequence[int], parents: Sequence[int]) -> bool:
    """Whether every node but the first is the child of exactly one earlier node, and none lies too deep to descend."""
    depths = [0] + [math.inf] * (len(left) - 1)
    children: list[int] = []
    for node, pair in enumerate(zip(left, right, strict=True)):
        if pair == (-1, -1):
            continue
        if not all(node < child < len(left) and parents[child] == node for child in pair):
            return False
        children.extend(pair)
        for child in pair:
            depths[child] = depths[node] + 1
    return sorted(children) == list(range(1, len(left))) and max(depths) <= _DEEPEST
