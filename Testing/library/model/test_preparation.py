"""Preparation in a bundle: plain numbers that come back as they were, and nothing unsound is believed."""

import copy
import math

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.model.bundle_parts import BundleInput
from NACResponseLib.model.preparation import Preparation, ScannerEffects, preparation_from_plain, preparation_to_plain

NAMES = ("CT_Intra_0001", "ER", "age")


def inputs():
    kinds = ("continuous", "binary", "continuous")
    return [
        BundleInput(name, name, kind, "", True, 0, 0, 1, 0, 1, 0.3 if kind == "binary" else None)
        for name, kind in zip(NAMES, kinds, strict=True)
    ]


def preparation():
    effects = ScannerEffects(("A", "B"), np.array([0]), np.array([[1.5], [0.5]]), np.array([[0.1], [-0.2]]))
    numbers = (np.array([2.0, 0, 50]), np.array([4.0, 1, 20]), np.array([2.0, math.nan, 50]))
    return Preparation({"CT": effects}, *numbers, np.array([math.nan, 0.3, math.nan]))


PLAIN = preparation_to_plain(preparation(), NAMES)


def test_it_comes_back_as_it_was():
    back = preparation_from_plain(copy.deepcopy(PLAIN), inputs(), "x")
    assert preparation_to_plain(back, NAMES) == PLAIN
    row = np.array([[3.0, math.nan, 60], [math.nan, 1, math.nan]])
    found = back.apply(row, {"CT": np.array(["B", "A"])})
    np.testing.assert_allclose(found, [[(3 * 0.5 - 0.2 - 2) / 4, math.nan, 0.5], [0, 1, 0]])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("unseen",), "guess"),
        (("columns", "age", "scale"), 0),
        (("columns", "age", "scale"), -1),
        (("columns", "age", "center"), "50"),
        (("columns", "age", "center"), 1e300),
        (("columns", "age", "fill"), None),
        (("columns", "age", "fill"), True),
        (("columns", "ER", "fill"), 0.3),
        (("columns", "ER", "scale"), 2),
        (("columns", "weight"), {"center": 0, "scale": 1, "fill": 0}),
        (("columns",), []),
        (("harmonization", "CT", "columns"), ["CT_Intra_0002"]),
        (("harmonization", "CT", "columns"), ["ER"]),
        (("harmonization", "CT", "columns"), []),
        (("harmonization", "CT", "columns"), [["age"]]),
        (("harmonization", "CT", "scanners"), {}),
        (("harmonization", "CT", "scanners", ""), {"factor": [1], "offset": [0]}),
        (("harmonization", "CT", "scanners", "A", "factor"), [0]),
        (("harmonization", "CT", "scanners", "A", "factor"), [1, 1]),
        (("harmonization", "CT", "scanners", "A", "offset"), [None]),
        (("harmonization", "CT", "scanners", "A", "more"), [1]),
        (("harmonization", "MR"), {"columns": ["CT_Intra_0001"], "scanners": {"A": {"factor": [1], "offset": [0]}}}),
        (("code",), "import os"),
    ],
)
def test_what_is_unsound_is_refused(path, value):
    data = copy.deepcopy(PLAIN)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(InputError):
        preparation_from_plain(data, inputs(), "model.json")
