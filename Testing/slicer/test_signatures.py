"""Every call of Slicer's Python functions fits what they take in 5.12 and 5.10, and so do the functions that stand in.

``find_signatures.py`` makes the table ``python_signatures.csv`` from Slicer's sources.
"""

import ast
import csv
import inspect
import re
from pathlib import Path

import pytest

from .test_api_names import ROOT, dotted, sources

TABLE = Path(__file__).with_name("python_signatures.csv")
ROOTS = ("slicer", "SampleData")
LOCAL = {"self": "slicer.util.VTKObservationMixin"}  # what our panels and widget inherit


def signature(parameters: str) -> inspect.Signature:
    """The signature that a row of the table names; defaults are there or not, their values do not count."""
    arguments = ast.parse(f"def f({parameters.strip('()')}): pass").body[0].args
    kinds = inspect.Parameter
    plain = [*arguments.posonlyargs, *arguments.args]
    without = len(plain) - len(arguments.defaults)
    every = [
        kinds(item.arg, kinds.POSITIONAL_OR_KEYWORD, default=kinds.empty if place < without else None)
        for place, item in enumerate(plain)
    ]
    if arguments.vararg:
        every.append(kinds(arguments.vararg.arg, kinds.VAR_POSITIONAL))
    for item, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        every.append(kinds(item.arg, kinds.KEYWORD_ONLY, default=kinds.empty if default is None else None))
    if arguments.kwarg:
        every.append(kinds(arguments.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(every)


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def imported(tree: ast.AST) -> dict[str, str]:
    """Local names of what a file imports from Slicer, with their full names."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ROOTS
        for alias in node.names
    }


def mismatches(tree: ast.AST, table: dict[str, dict[str, str]], version: str) -> list[str]:
    """The calls of one file that a version of Slicer would refuse; what the version lacks is another test's matter."""
    local, found = imported(tree), []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        first, _, rest = name.partition(".")
        full = f"{local[first]}.{rest}".rstrip(".") if first in local else name
        if first in LOCAL and rest.count(".") == 0:
            full = f"{LOCAL[first]}.{rest}"
        parameters = table.get(full, {}).get(f"parameters_{version}", "")
        if not parameters:
            continue
        if any(isinstance(item, ast.Starred) for item in node.args) or any(item.arg is None for item in node.keywords):
            found.append(f"{full}: arguments handed on by * or ** cannot be compared")
            continue
        try:
            signature(parameters).bind(*node.args, **{item.arg: item.value for item in node.keywords if item.arg})
        except TypeError as error:
            found.append(f"{full} in line {node.lineno}: {error}")
    return found


VERSIONS = ("5_12", "5_10")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_call_of_a_python_function_of_slicer_fits_its_signature(table, version):
    wrong = {
        path.relative_to(ROOT).as_posix(): mismatches(ast.parse(path.read_text(encoding="utf-8")), table, version)
        for path in sources()
    }
    assert not {path: calls for path, calls in wrong.items() if calls}


def test_a_call_with_an_argument_that_slicer_does_not_know_is_seen(table):
    wrong = ast.parse(
        "import SampleData\nfrom slicer.util import loadVolume as load\n"
        "SampleData.SampleDataLogic.registerCustomSampleDataSource(category='a', sampleDescription='b')\n"
        "load('a', {}, False, 1, 2)\nself.addObserver(1)\nload(*names)\n"
    )
    right = ast.parse("from slicer.util import loadVolume\nloadVolume('a', {'name': 'b'})\nself.addObserver(1, 2, 3)\n")
    assert len(mismatches(wrong, table, "5_12")) == 4
    assert mismatches(right, table, "5_12") == []


def shape(given: inspect.Signature) -> list[tuple[str, str, bool]]:
    """Names, kinds and which have a default."""
    return [
        (item.name, item.kind.name, item.default is not inspect.Parameter.empty) for item in given.parameters.values()
    ]


def fake_functions(table: dict[str, dict[str, str]]) -> dict[str, object]:
    """What is in the place of Slicer's functions and classes while tests run, where it is ours."""
    import SampleData
    import slicer

    found = {}
    for name in table:
        item: object = {"slicer": slicer, "SampleData": SampleData}[name.split(".")[0]]
        for part in name.split(".")[1:]:
            item = getattr(item, part, None)
        if getattr(item, "__module__", "").startswith("Testing."):
            found[name] = item
    return found


def test_the_functions_that_stand_in_take_what_slicers_own_take(slicerApp, table):
    ours, wrong = fake_functions(table), {}
    assert len(ours) > 20
    for name, item in ours.items():
        if inspect.isclass(item) and "__init__" not in vars(item):
            continue
        own = inspect.signature(item)
        own = own.replace(parameters=[one for one in own.parameters.values() if one.name != "self"])
        if shape(own) != shape(signature(table[name]["parameters_5_12"])):
            wrong[name] = f"{own} instead of ({table[name]['parameters_5_12']})"
    assert not wrong


def test_no_keyword_reaches_a_qt_object_since_pythonqt_drops_it_without_a_word():
    """Methods and constructors of Qt's, CTK's and Slicer's C++ classes take their arguments by place."""
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.keywords:
                name = dotted(node.func)
                if re.match(r"(qt|ctk)\.|slicer\.(q[A-Z]|vtk|app\.|mrmlScene)|(self\.)?(ui|widget|editor)\.", name):
                    found.append(f"{name} in {path.relative_to(ROOT).as_posix()}:{node.lineno}")
    assert not found


def test_the_modules_that_are_used_are_those_that_the_module_depends_on():
    """Slicer loads what ``parent.dependencies`` names first."""
    texts = [path.read_text(encoding="utf-8") for path in sources()]
    used = {name.lower() for text in texts for name in re.findall(r"slicer\.modules\.(\w+)\.(?:logic|widget)", text)}
    named = ast.literal_eval(re.search(r"parent\.dependencies = (\[[^\]]+\])", "\n".join(texts)).group(1))
    assert used - {"nacresponse"} <= {name.lower() for name in named}
