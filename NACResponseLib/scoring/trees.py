"""The trees of a bundle, between XGBoost's releases: written so that old ones read them, checked before and after.

A damaged tree could make XGBoost read out of bounds. And releases before 3.1 misread, without a word, the base score
that later ones write as a list: hence the plain number, and the witness that shows whether trees were read rightly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from xgboost import Booster

_WITNESS_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Witness:
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


def portable_json(booster: Booster) -> bytes:
    """XGBoost's JSON with the base score as a plain number, which every release from 2.1 on reads alike."""
    model = json.loads(bytes(booster.save_raw("json")))
    parameters = model["learner"]["learner_model_param"]
    parameters["base_score"] = parameters["base_score"].strip("[]")
    return json.dumps(model, separators=(",", ":")).encode()


_NODE_LISTS = ("left_children", "right_children", "split_indices", "split_conditions", "default_left", "base_weights")


def check_trees(model: Mapping[str, Any], names: Sequence[str], where: str) -> None:
    """Checks that XGBoost's JSON holds binary-logistic trees over exactly these inputs, each tree well formed.

    Raises:
        InputError: it does not.
    """
    try:
        learner = model["learner"]
        trees = learner["gradient_booster"]["model"]["trees"]
        facts = learner["objective"]["name"], learner["gradient_booster"]["name"], list(learner["feature_names"])
        float(learner["learner_model_param"]["base_score"])
        sound = isinstance(trees, list) and bool(trees) and all(_well_formed(tree, len(names)) for tree in trees)
    except (KeyError, TypeError, ValueError, AttributeError):
        facts, sound = ("", "", []), False
    if not sound or facts != ("binary:logistic", "gbtree", list(names)):
        raise InputError(
            "well-formed XGBoost trees over the bundle's inputs", f"others in {where}", "do not use this bundle"
        )


def _well_formed(tree: Mapping[str, Any], inputs: int) -> bool:
    """Children come after their parent and exist (so no cycles), and splits name an input."""
    nodes = len(tree["left_children"])
    if nodes == 0 or any(len(tree[name]) != nodes for name in _NODE_LISTS):
        return False
    pairs = zip(tree["left_children"], tree["right_children"], strict=True)
    children = all(
        (left == right == -1) or (node < left < nodes and node < right < nodes)
        for node, (left, right) in enumerate(pairs)
    )
    return children and all(0 <= index < inputs for index in tree["split_indices"])
