"""The extension is packaged whole: its CMake code runs, lists every file, and installs what the module finds."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLICER = Path(__file__).parent / "packaging"
LISTS = (ROOT / "NACResponse" / "CMakeLists.txt", ROOT / "NACResponseLib" / "CMakeLists.txt")
MODULE_PATH = Path("lib/Slicer/qt-scripted-modules")
LIBRARY_DATA = {".j2", ".css"}  # read by the library; its README files are not


def shipped() -> set[str]:
    """What belongs into the package, as paths in it: module, library, Resources without the site's sources, licence."""
    module, library = ROOT / "NACResponse", ROOT / "NACResponseLib"
    found = {file.relative_to(module) for file in module.rglob("*") if file.suffix == ".py"}
    found |= {file.relative_to(module) for file in (module / "Resources").rglob("*")}
    found |= {file.relative_to(ROOT) for file in library.rglob("*") if file.suffix in {".py", *LIBRARY_DATA}}
    found |= {file.relative_to(ROOT) for file in (ROOT / "Resources").rglob("*")}
    places = (module, ROOT)
    return {"LICENSE.txt"} | {
        path.as_posix()
        for path in found
        if not {"__pycache__", "Documentation"} & set(path.parts) and any((place / path).is_file() for place in places)
    }


def listed() -> list[str]:
    """The entries of all lists, in the order of the files."""
    text = "".join(file.read_text(encoding="utf-8") for file in LISTS)
    blocks = re.findall(r"^set\(\w+_(?:SCRIPTS|RESOURCES)\n(.*?)^ *\)", text, re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def cmake():
    program = shutil.which("cmake") or shutil.which("cmake", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("needs cmake")
    return program


@pytest.fixture(scope="module")
def built(cmake, tmp_path_factory):
    """The build tree, configured by the extension's own CMake code against the fake of Slicer's."""
    build = tmp_path_factory.mktemp("build")
    words = [cmake, "-S", ROOT, "-B", build, f"-DSlicer_DIR={SLICER}", "-DBUILD_TESTING=ON"]
    done = subprocess.run(words, capture_output=True, text=True)
    if "CMAKE_C_COMPILER" in done.stderr or "CMAKE_CXX_COMPILER" in done.stderr:
        pytest.skip("needs a C and C++ compiler, as every CMake project does that names no languages")
    assert done.returncode == 0, done.stderr
    return build


@pytest.fixture(scope="module")
def package(cmake, built, tmp_path_factory):
    """The folder of modules of an installed package."""
    prefix = tmp_path_factory.mktemp("package")
    subprocess.run([cmake, "--install", built, "--prefix", prefix], check=True, capture_output=True)
    return prefix / MODULE_PATH


def python(package: Path, code: str, *path: Path) -> str:
    """Output of Python with the package, and nothing of the checkout unless given, on its path."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (package, *path))), "OMP_NUM_THREADS": "1"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, cwd=package, env=environment, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_module_library_and_resources_is_listed_once_and_no_other():
    entries = listed()
    assert len(entries) == len(set(entries))
    assert set(entries) == shipped()


def test_the_package_holds_what_is_listed_under_the_same_relative_paths(package):
    installed = {file.relative_to(package).as_posix() for file in package.rglob("*") if file.is_file()}
    assert installed == shipped()


def test_the_generic_test_and_the_module_s_own_test_are_registered(cmake, built):
    ctest = Path(cmake).with_name("ctest" + Path(cmake).suffix)
    printed = subprocess.run([ctest, "--test-dir", built, "-N"], capture_output=True, text=True, check=True).stdout
    assert "py_nomainwindow_qSlicerNACResponseModuleGenericTest" in printed
    assert re.search(r"py_NACResponse$", printed, re.MULTILINE)


def test_cmake_reads_the_metadata_as_they_stand(built):
    lines = (built / "metadata.txt").read_text(encoding="utf-8").splitlines()
    result = dict(line.split("=", 1) for line in lines)
    assert result["DEPENDS"].split() == ["PyTorch"]
    assert result["HOMEPAGE"].startswith("https://")
    assert all(result[name] for name in ("CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS"))


def test_the_packaged_module_finds_the_packaged_library_and_its_resources(package):
    code = (
        "from NACResponseSlicer.libraryPath import ensureLibrary; print(ensureLibrary());"
        "from NACResponseLib.config import resources; print(resources())"
    )
    found = [Path(line) for line in python(package, code).splitlines()]
    assert found == [package.resolve(), package.resolve() / "Resources"]


def test_the_packaged_command_line_reads_its_models_and_templates(package):
    pytest.importorskip("yaml")
    code = "import sys; from NACResponseLib.cli import main; sys.exit(main(['models', 'list', '--json']))"
    names = {entry["name"] for entry in json.loads(python(package, code))}
    assert {"ispy-clinical-volume", "phantom-multimodal"} <= names


@pytest.mark.slow
def test_the_packaged_module_loads_and_takes_library_and_sample_patient_from_the_package(package, installed):
    code = f"""
import os, sys
from Testing.slicer import fakes
app = fakes.install()
app.reset()
panel = app.loadModule({str(package / "NACResponse.py")!r}).widgetRepresentation().self()
from NACResponseSlicer import sampleData
import NACResponseLib
sampleData.loadSamplePatient(panel.parameterNode, panel.logic)
assert panel.logic.missingFor("shell", panel.parameterNode) == []
print(sampleData.__file__, NACResponseLib.__file__, sampleData.sampleFolder(), sep="\\n", flush=True)
os._exit(0)  # without taking VTK and Qt down, whose order is not set
"""
    places = [Path(line) for line in python(package, code, ROOT).splitlines()[-3:]]
    assert all(place.resolve().is_relative_to(package.resolve()) for place in places)
