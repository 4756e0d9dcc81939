"""The house: imports point one way, importing is light, and every part of the tree says what it is."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "NACResponseLib"
ORDER = (
    "errors", "text_file", "csv_cells", "hashing", "memory", "packages", "registry", "plain_data", "config", "protocol",
    "output", "writing", "variables", "tables", "clinical", "endpoints", "headings", "patient_names", "clinical_table",
    "case", "run_folder", "execution", "imaging", "anatomy", "features", "evaluation", "model", "estimators",
    "training", "scoring", "validation", "cohort", "report", "results", "cli",
)  # fmt: skip
ALLOWED_BELOW_PHANTOM = {"errors", "case", "imaging", "output"}
MODULES = sorted(path for path in LIBRARY.rglob("*.py") if path.name != "__main__.py" and path.parent != LIBRARY)
FOLDERS = sorted({path.parent for path in MODULES})
HEAVY = {"torch", "monai", "radiomics", "xgboost", "matplotlib", "sklearn", "pandas", "SimpleITK", "scipy", "numpy"}


def part(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """The library's parts that a module imports from, at any depth of its code."""
    here = list(path.relative_to(LIBRARY).parts[:-1])
    parts = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1]
            names = [*base, *(node.module.split(".") if node.module else [])]
            parts |= {names[0]} if names else {alias.name for alias in node.names}
    return parts - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_a_module_imports_only_what_stands_before_it(path):
    own, used = part(path), imported_parts(path)
    if own == "phantom":
        assert used <= ALLOWED_BELOW_PHANTOM | {"phantom"}
        return
    known = set(ORDER[: ORDER.index(own) + 1])
    assert used <= (known | {"phantom"} if own == "cli" else known)


def imported_modules(path: Path) -> set[tuple[str, ...]]:
    """The library's modules that a module imports as it runs, at any depth of its code; not for types alone."""
    tree, here = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(LIBRARY).parts[:-1]
    for_types = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for part in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and id(node) not in for_types:
            base = (*here[: len(here) - node.level + 1], *(node.module.split(".") if node.module else ()))
            whole = LIBRARY.joinpath(*base).with_suffix(".py").is_file()
            found |= {base} if whole else {(*base, alias.name) for alias in node.names}
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(LIBRARY).as_posix())
def test_imports_point_one_way_inside_a_folder(folder):
    """Its files and folders can be put into an order in which each imports only what stands before it."""
    place, imports = folder.relative_to(LIBRARY).parts, {}
    for path in folder.rglob("*.py"):
        own = path.relative_to(folder).parts[0].removesuffix(".py")
        inside = {name[len(place)] for name in imported_modules(path) if name[: len(place)] == place and name != place}
        imports.setdefault(own, set()).update(inside - {own})
    assert tuple(TopologicalSorter(imports).static_order())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_a_module_says_what_it_is_for_and_stays_short(path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)) or not text.strip()
    assert text.count("\n") <= 320


def test_the_library_knows_nothing_of_slicer_or_qt():
    for path in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not {name.split(".")[0] for name in names} & {"slicer", "qt", "ctk", "vtk", "PySide6", "pickle"}


def test_importing_the_library_loads_no_heavy_package():
    code = "import sys, NACResponseLib; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not set(done.stdout.split()) & HEAVY


def test_the_help_of_the_command_line_loads_no_heavy_package():
    code = "import sys\nfrom NACResponseLib.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not set(done.stderr.split()) & (HEAVY - {"numpy"})


def test_every_public_name_of_the_library_exists():
    import NACResponseLib

    for name in NACResponseLib.__all__:
        assert getattr(NACResponseLib, name) is not None
