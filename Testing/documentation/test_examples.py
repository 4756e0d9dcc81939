"""Every public name has an example in its docstring, and the examples are true."""

import doctest
import inspect
import shutil
import warnings
from importlib import import_module

import matplotlib
import pandas as pd
import pytest
from generated import HELPERS, PARTS

import NACResponseLib as nac
from NACResponseLib import estimators
from NACResponseLib.clinical import parse_clinical
from NACResponseLib.config import resources

from ..library.cohort.tiny import make_cohort

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
WORKERS = {"extract_cohort", "stability"}  # start processes


def public() -> dict[str, object]:
    """Public objects by name: the library's, its estimators, and the parts that the reference describes."""
    found = {name: getattr(nac, name) for name in nac.__all__ if not name.startswith("__")}
    found |= {name: getattr(estimators, name) for name in estimators.__all__}
    for path in (*HELPERS, *PARTS):
        module, _, name = path.rpartition(".")
        found[name] = getattr(import_module(module), name)
    return found


NAMES = [
    pytest.param(name, marks=pytest.mark.slow if name in {*WORKERS, "StabilityResult"} else ()) for name in public()
]


def examples(name: str) -> list[doctest.DocTest]:
    """Those of the object's own docstring."""
    found = public()[name]
    names = {**vars(inspect.getmodule(found)), name: found}
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(found) or "", names, name, None, None)
    return [test] if test.examples else []


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What the reference says lies in the folder: tiny synthetic patients, and a table of real ones."""
    folder = tmp_path_factory.mktemp("made") / "here"
    make_cohort(folder, 4)
    table = pd.read_csv(resources() / "Models" / "CC-BY-NC-4.0" / "ispy_radiomics.csv")
    table.iloc[:120, [0, 2, 3, 4, 5, 6, 10, 20, 40, 60, 80]].to_csv(folder / "radiomics.csv", index=False)
    nac.import_features(folder / "radiomics.csv", folder / "features")
    (folder / "clinic").mkdir()
    shutil.copyfile(folder / "features" / "cases.csv", folder / "clinic" / "cases.csv")
    nac.train(folder / "clinic", "pcr", folder / "run", partitions=2)
    nac.validate(folder / "run" / "model.nacmodel", folder / "clinic", folder / "validated")
    record = parse_clinical({"age": 52, "HR": "+", "HER2": "-", "tumor_volume_mm3": 12000})
    nac.score_case(nac.Case("P1", clinical=record), "ispy-clinical-volume").save(folder / "score")
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """A copy of it, to work in."""
    shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    matplotlib.use("agg")


@pytest.mark.parametrize("name", public())
def test_every_public_name_has_an_example(name):
    assert examples(name), f"no example in the docstring of {name}"


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_true(name, here):
    if name == "StabilityResult":
        nac.stability("COHORT.csv", "stable", "protocol.yaml", replicates=2, workers=1)
    said = []
    with warnings.catch_warnings():
        for test in examples(name):
            doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(test, out=said.append)
    assert not said, "".join(said)
