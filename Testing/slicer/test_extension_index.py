"""What Slicer's extensions index asks of an extension and a machine can check.

Source: its checklist (`.github/PULL_REQUEST_TEMPLATE.md`) and `scripts/check_description_files.py`, as of
August 2026. What only people can do (answering questions, the topic of the published repository) is not here.
"""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CMAKE = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULE = ROOT / "NACResponse"
TUTORIAL = MODULE / "Tutorial.md"
ENTRY = Path(__file__).parent / "packaging" / "NACResponse.json"
ENTRY_KEYS = {
    "$schema", "category", "scm_url", "scm_revision", "scm_type", "build_dependencies", "build_subdirectory",
    "dicom_support_rule", "enabled", "tier",
}  # fmt: skip
FILE_SCOPE = {"slicer", "qt", "ctk", "vtk", "SimpleITK", "numpy", "scipy", "NACResponseSlicer", "NACResponse"}
SLICERS_OWN = {"numpy", "scipy", "simpleitk", "vtk", "torch", "torchvision", "pyradiomics"}
COMPILED = {".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib", ".exe", ".o", ".a", ".jar", ".pkl", ".pt", ".pth"}
HIDDEN = {".github", ".gitignore", ".ci"}
LIMIT_MB, PICTURE_KB = 100, 300


def literal(name: str) -> str:
    """A value as the index finds it: it reads the file's text and runs nothing."""
    found = re.findall(rf'^set\(EXTENSION_{name}\s+"([^"]+)"[ ]*\)', CMAKE, re.MULTILINE)
    assert len(found) == 1, f"EXTENSION_{name} is no literal"
    return found[0]


def git(*words: str) -> list[str]:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs a checkout and git")
    return done.stdout.splitlines()


def repositoryFiles() -> list[Path]:
    """What a clone holds, or will with the next commit."""
    return [Path(line) for line in git("ls-files", "--cached", "--others", "--exclude-standard")]


def imageUrls() -> list[str]:
    return [literal("ICONURL"), *literal("SCREENSHOTURLS").split()]


# Tier 1: name, metadata, licence


def test_the_extension_is_named_as_its_project_and_not_slicer_something():
    project = re.search(r"project\s*\(\s*([^\s)]+)", CMAKE).group(1)
    assert project == ENTRY.stem == "NACResponse"
    assert not project.lower().startswith("slicer")


def test_the_description_is_one_or_two_sentences_that_name_research_use():
    description = literal("DESCRIPTION")
    assert ";" not in description  # a list to CMake
    assert 1 <= len(re.findall(r"\.(?= |$)", description)) <= 2
    assert "research only" in description


def test_contributors_and_homepage_are_given():
    assert literal("CONTRIBUTORS")
    assert literal("HOMEPAGE").startswith("https://github.com/")
    assert literal("HOMEPAGE").endswith("/SlicerNACResponse")


def test_icon_and_screenshots_are_pictures_in_this_repository():
    owner = literal("HOMEPAGE").removeprefix("https://github.com/")
    branch = json.loads(ENTRY.read_text(encoding="utf-8"))["scm_revision"]
    prefix = f"https://raw.githubusercontent.com/{owner}/{branch}/"
    assert len(imageUrls()) >= 2
    for url in imageUrls():
        assert url.startswith(prefix)
        file = ROOT / url.removeprefix(prefix)
        assert file.suffix == ".png"
        assert file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        assert file.stat().st_size < PICTURE_KB * 1000


@pytest.mark.slow
def test_the_icon_is_128_pixels_square_transparent_and_drawn_from_its_svg(installed):
    image = pytest.importorskip("PIL.Image")
    from PySide6 import QtGui, QtSvg

    icon = MODULE / "Resources" / "Icons" / "NACResponse.png"
    renderer = QtSvg.QSvgRenderer(str(icon.with_suffix(".svg")))
    drawn = QtGui.QImage(128, 128, QtGui.QImage.Format.Format_RGBA8888)
    drawn.fill(0)
    painter = QtGui.QPainter(drawn)
    renderer.render(painter)
    painter.end()
    with image.open(icon) as shipped:
        assert shipped.size == (128, 128)
        assert shipped.mode == "RGBA"
        pixels = shipped.tobytes()
    wrong = sum(abs(a - b) > 32 for a, b in zip(pixels, bytes(drawn.constBits()), strict=True))
    assert wrong < 0.01 * len(pixels)  # edges may be smoothed otherwise by another Qt


def test_the_entry_for_the_index_has_its_format_and_says_what_cmake_says():
    text = ENTRY.read_bytes()
    assert b"\r" not in text
    entry = json.loads(text)
    assert set(entry) <= ENTRY_KEYS
    assert {"$schema", "category", "scm_url"} <= set(entry)
    assert re.search(r"/slicer-extension-catalog-entry-schema-v1\.\d+\.\d+\.json#$", entry["$schema"])
    assert entry["scm_url"] == literal("HOMEPAGE") + ".git"
    assert entry["build_dependencies"] == literal("DEPENDS").split()
    assert entry["tier"] in (1, 3, 5)
    assert f'"{entry["category"]}"' in (MODULE / "NACResponse.py").read_text(encoding="utf-8")


def test_the_licence_is_permissive_in_the_root_and_named_on_the_homepage():
    assert "Apache License" in (ROOT / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Apache-2.0" in README


def test_the_homepage_names_the_module_shows_it_and_cites_the_method():
    assert README.startswith("# NACResponse")
    assert "Jang" in README
    assert "3D Slicer" in README
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", README)
    assert any(Path(name).name.startswith("slicer_") for name in shown)
    assert all((ROOT / name).is_file() for name in shown)


# Tier 1: safe and small


def test_a_clone_with_its_history_stays_below_the_limit():
    result = dict(line.split(": ") for line in git("count-objects", "-v"))
    history = (int(result["size"]) + int(result["size-pack"])) / 1024
    tree = sum((ROOT / file).stat().st_size for file in repositoryFiles() if (ROOT / file).is_file()) / 1024**2
    assert history + tree < LIMIT_MB


def test_nothing_compiled_pickled_or_hidden_is_in_the_repository():
    for file in repositoryFiles():
        assert file.suffix not in COMPILED, file
        assert not file.parts[0].startswith(".") or file.parts[0] in HIDDEN, file
        assert not any(part.startswith(".") for part in file.parts[1:]), file


def test_every_file_name_works_on_windows_macos_and_linux():
    names = [file.as_posix() for file in repositoryFiles()]
    assert len({name.lower() for name in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", name) for name in names)
    assert max(map(len, names)) < 120


def requirementNames() -> set[str]:
    """Packages that users get: those of pyproject.toml without the developers' own, and of the module."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        pytest.skip("reading pyproject.toml needs Python 3.11")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["deep"]]
    return {re.match(r"[\w.-]+", line).group().lower() for line in [*lines, *moduleRequirements()]}


def moduleRequirements() -> list[str]:
    lines = (MODULE / "Resources" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def licence(name: str) -> str | None:
    """Of a package: its classifiers, else its expression, else the first line of its text; None where it is missing."""
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    classifiers = [line for line in metadata.get_all("Classifier") or [] if line.startswith("License")]
    text = str(metadata.json.get("license", "")).strip().partition("\n")[0]
    return "; ".join(classifiers) or str(metadata.json.get("license_expression", "")) or text


def test_no_package_that_users_get_is_under_the_gpl():
    entries = {name: licence(name) for name in requirementNames()}
    known = {name: text for name, text in entries.items() if text is not None}
    assert len(known) > 10
    assert all(known.values())
    assert not [name for name, text in known.items() if re.search(r"\bA?GPL|General Public", text)]


def test_the_module_installs_minimums_and_nothing_that_slicer_brings():
    for line in moduleRequirements():
        assert re.fullmatch(r"[\w.-]+>=[\d.]+", line), line
        assert line.partition(">")[0].lower() not in SLICERS_OWN


# Tier 1: importing is safe


def moduleFiles() -> list[Path]:
    return sorted(file for file in MODULE.rglob("*.py") if "Scripts" not in file.parts)


def isHarmless(node: ast.stmt) -> bool:
    """Whether a statement at file scope only defines something."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return isinstance(node, kinds)


@pytest.mark.parametrize("path", moduleFiles(), ids=lambda path: path.relative_to(MODULE).as_posix())
def test_a_file_of_the_module_runs_nothing_and_imports_only_what_slicer_brings(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        assert isHarmless(node), f"line {node.lineno}"
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
            for name in names:
                root = name.split(".")[0]
                assert root in FILE_SCOPE or root in sys.stdlib_module_names, name


# Tier 3: documentation and sample data


def test_the_tutorial_goes_step_by_step_with_pictures_and_the_registered_sample():
    text = TUTORIAL.read_text(encoding="utf-8")
    steps = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert len(steps) >= 5
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert len(shown) >= 2
    assert all((TUTORIAL.parent / name).is_file() for name in shown)
    from_module = (MODULE / "NACResponseSlicer" / "sampleData.py").read_text(encoding="utf-8")
    assert "registerCustomSampleDataSource" in from_module
    name = re.search(r'NAME = "[^"]*", "([^"]+)"', from_module).group(1)
    assert "Sample Data" in text
    assert name in text


def test_the_tutorial_is_linked_from_the_homepage_and_links_nowhere_wrong():
    assert "NACResponse/Tutorial.md" in README
    for target in re.findall(r"\]\(([^)#]+)\)", TUTORIAL.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (TUTORIAL.parent / target).exists(), target


def test_no_form_or_panel_sets_a_style_sheet():
    for file in [*MODULE.rglob("*.ui"), *moduleFiles()]:
        assert "styleSheet" not in file.read_text(encoding="utf-8"), file
