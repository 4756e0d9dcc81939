"""Every name of Slicer, Qt, CTK and MRML that the module uses is one that Slicer 5.12 and 5.10 have.

``api_names.csv`` says where each is defined in the sources of both; ``find_api_names.py`` adds to it.
"""

import ast
import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULE = ROOT / "NACResponse"
ROOTS = ("slicer", "qt", "ctk", "SampleData")
PARTS = {"util", "app", "modules", "i18n", "packaging", "ScriptedLoadableModule", "parameterNodeWrapper"}
OWN_MODULES = {"nacresponse", "NACResponseWidget", "NACResponseInstance"}
PYTHON_OWN = {"connect", "disconnect", "parameterNode"}


def listed() -> dict[str, dict[str, str]]:
    with (HERE / "api_names.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def sources() -> list[Path]:
    files = sorted(MODULE.rglob("*.py"))
    assert files, "NACResponse/ has no Python file"
    return files


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of an attribute chain; empty where it starts with anything but a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def listed_part(name: str) -> str:
    """The part of a dotted name that has an entry of its own: three words below slicer.util and the like, else two."""
    words = name.split(".")
    return ".".join(words[: 3 if words[0] == "slicer" and len(words) > 2 and words[1] in PARTS else 2])


def names_in(tree: ast.AST) -> set[str]:
    """Names of the toolkits as a file uses or imports them."""
    found = set()
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            name = dotted(node)
            if name.split(".")[0] in ROOTS:
                found.add(listed_part(name))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ROOTS:
            found |= {listed_part(f"{node.module}.{alias.name}") for alias in node.names if alias.name != "*"}
    return {name for name in found if name.count(".") and name not in {f"slicer.{part}" for part in PARTS - {"app"}}}


def class_of(annotation: ast.AST | None) -> str:
    """The toolkit class that an annotation or a call names: ``slicer.vtkMRMLTableNode | None`` gives the class."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    if isinstance(annotation, ast.BinOp):
        parts = {class_of(annotation.left), class_of(annotation.right)} - {""}
        return parts.pop() if len(parts) == 1 else ""
    match = re.fullmatch(r"(slicer|ctk|qt)\.(\w+)|(vtk(MRML|S|O)\w+)", dotted(annotation) if annotation else "")
    return (match.group(2) or match.group(3)) if match else ""


def classes_in(tree: ast.AST) -> dict[str, str]:
    """What annotations, and assignments from a class that is called, say of variables and of ``self.x``."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            known[node.arg] = class_of(node.annotation)
        elif isinstance(node, ast.AnnAssign):
            known[dotted(node.target)] = class_of(node.annotation)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made = class_of(node.value.func)
            called = dotted(node.value.func).split(".")[-1] == made
            known.update({dotted(target): made if called else "" for target in node.targets})
    return {name: kind for name, kind in known.items() if name}


def members_in(tree: ast.Module) -> set[tuple[str, str]]:
    """Members (class, name) taken from variables of a known class, function by function."""
    shared = {name: kind for name, kind in classes_in(tree).items() if name.startswith("self.")}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    loose = [node for node in tree.body if not isinstance(node, ast.ClassDef | ast.FunctionDef)]
    found = set()
    for scope in [*functions, ast.Module(loose, [])]:
        known = {**shared, **classes_in(scope)}
        receivers = ((dotted(node.value), node.attr) for node in ast.walk(scope) if isinstance(node, ast.Attribute))
        found |= {(known[receiver], name) for receiver, name in receivers if known.get(receiver)}
    return found


# the checks themselves, on code that breaks them


def test_the_reader_sees_names_and_members():
    tree = ast.parse(
        "import slicer, qt\nfrom slicer.i18n import tr as _\n"
        "def f(node: slicer.vtkMRMLTableNode | None):\n    slicer.util.noSuch(node.NoSuch())\n"
        "box = slicer.qMRMLNodeComboBox()\nbox.wrong = qt.QMessageBox.Yes\nslicer.app.layoutManager().x()\n"
    )
    assert names_in(tree) == {
        "slicer.util.noSuch", "slicer.vtkMRMLTableNode", "slicer.qMRMLNodeComboBox", "qt.QMessageBox",
        "slicer.app.layoutManager", "slicer.i18n.tr",
    }  # fmt: skip
    assert members_in(tree) == {("vtkMRMLTableNode", "NoSuch"), ("qMRMLNodeComboBox", "wrong")}


def test_every_entry_says_where_it_is_defined_or_why_not():
    for name, row in listed().items():
        assert row["defined_in_5_12"], name
        assert row["defined_in_5_10"] or row["note"], f"{name} is not in 5.10 and the list does not say what to do"


def test_the_fakes_offer_nothing_that_slicer_lacks(slicerApp):
    import slicer

    widgets = ("qMRMLNodeComboBox", "qMRMLSegmentEditorWidget", "qMRMLTableView")
    entries = listed()
    for name in widgets:
        members = {entry.split(".")[1] for entry in entries if entry.startswith(f"{name}.")}
        assert members, name
        assert not [member for member in members if not hasattr(getattr(slicer, name), member)]


# the module


needs_module = pytest.mark.skipif(not MODULE.exists(), reason="NACResponse/ is not there yet")


@needs_module
def test_every_name_the_module_uses_is_listed():
    entries, unknown = listed(), {}
    for path in sources():
        for name in names_in(ast.parse(path.read_text(encoding="utf-8"))):
            own = name.startswith("slicer.modules.") and name.split(".")[2] in OWN_MODULES
            if name not in entries and not own and name.split(".")[1] not in PYTHON_OWN:
                unknown.setdefault(name, path.relative_to(ROOT).as_posix())
    assert not unknown, "add these to api_names.csv with find_api_names.py, or do without them"


@needs_module
def test_every_member_the_module_uses_of_a_known_class_exists(slicerApp):
    import ctk
    import qt
    import slicer

    entries, unknown = listed(), set()
    for path in sources():
        for name, member in members_in(ast.parse(path.read_text(encoding="utf-8"))):
            if f"{name}.{member}" in entries:
                continue
            home = qt if name.startswith("Q") else ctk if name.startswith("ctk") else slicer
            bases = getattr(home, name, object).__mro__
            real = [base for base in bases if not base.__module__.startswith("Testing")]  # fakes prove nothing
            if not any(member in vars(base) for base in real):
                unknown.add(f"{name}.{member} in {path.relative_to(ROOT).as_posix()}")
    assert not unknown, "no such member, or it has no entry in api_names.csv"


@needs_module
def test_every_widget_class_of_the_forms_is_listed(slicerApp):
    import qt

    entries = listed()
    for form in sorted(MODULE.rglob("*.ui")):
        for element in ElementTree.parse(form).getroot().iter("widget"):
            name = element.get("class", "")
            known = hasattr(qt, name) or f"slicer.{name}" in entries or f"ctk.{name}" in entries
            assert known, f"{name} in {form.relative_to(ROOT).as_posix()}"


@needs_module
def test_what_5_10_lacks_is_used_only_where_its_absence_is_handled():
    """Such a name stands in a ``try`` that catches ImportError or AttributeError, or beside a hasattr or version."""
    lacking = {name for name, row in listed().items() if not row["defined_in_5_10"]}
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Module)]:
            if isinstance(function, ast.Module):
                body = ast.Module([s for s in function.body if not isinstance(s, ast.ClassDef | ast.FunctionDef)], [])
            else:
                body = function  # type: ignore[assignment]
            used = names_in(body) & lacking
            text = ast.unparse(body)
            handled = re.search(r"except \(?(ImportError|ModuleNotFoundError|AttributeError)|hasattr\(|Version\b", text)
            assert not used or handled, f"{sorted(used)} in {path.relative_to(ROOT).as_posix()}"
