"""Points from files: LPS whatever system the file is in."""

import json
from pathlib import Path

import numpy as np
import pytest

from NACResponseLib.errors import InputError
from NACResponseLib.imaging.points import read_points

LPS = [[10.0, -20.5, 30.0], [1.0, 2.0, 3.0]]


def markups(system: str) -> str:
    sign = -1 if system == "RAS" else 1
    placed = [{"position": [sign * x, sign * y, z], "positionStatus": "defined"} for x, y, z in LPS]
    preview = {"position": [0, 0, 0], "positionStatus": "preview"}
    return json.dumps({"markups": [{"coordinateSystem": system, "controlPoints": [*placed, preview]}]})


FCSV = "# Markups fiducial file version = 4.11\n# CoordinateSystem = {}\n# columns = id,x,y,z,ow\n{}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.mrk.json", markups("LPS")),
        ("a.mrk.json", markups("RAS")),
        ("a.json", json.dumps(LPS)),
        ("a.csv", "x,y,z\n10,-20.5,30\n1,2,3\n"),
        ("a.csv", "10,-20.5,30\n1,2,3\n"),
        ("a.fcsv", FCSV.format("LPS", "1,10,-20.5,30,0\n2,1,2,3,0\n")),
        ("a.fcsv", FCSV.format("0", "1,-10,20.5,30,0\n2,-1,-2,3,0\n")),
    ],
)
def test_every_format_gives_the_same_points(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    np.testing.assert_allclose(read_points(tmp_path / name), LPS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "[]"),
        ("a.json", "[[1, 2]]"),
        ("a.json", "[[1, 2, NaN]]"),
        ("a.json", "{}"),
        ("a.mrk.json", markups("XYZ")),
        ("a.csv", "x,y\n1,2\n"),
        ("a.csv", "here,there,where\n"),
        ("a.stl", ""),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_points(tmp_path / name)
