"""Fixtures of the tests of the Slicer module: fakes installed, an empty scene for every test.

Tests import ``slicer``, ``qt`` and ``ctk`` inside the test or a fixture, after ``slicerApp`` has put them in place.
"""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from Testing.slicer import fakes
from Testing.slicer.opened_module import opened  # noqa: F401 - a fixture
from Testing.slicer.shared import made_once
from Testing.slicer.training_runs import extracted, trained  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[2]
LACKING = fakes.missing()
REASON = f"needs {' and '.join(LACKING)}, which is not installed or has no wheel for this Python and platform"
# These run without Slicer's packages; what needs them skips by its fixture.
READ_SOURCE_ONLY = {"test_api_names.py", "test_packaging.py", "test_extension_index.py"}


class SkippedModule(pytest.Module):
    """A test file that is not even imported."""

    def collect(self):
        pytest.skip(REASON, allow_module_level=True)


def pytest_pycollect_makemodule(module_path, parent):
    if LACKING and module_path.name not in READ_SOURCE_ONLY:
        return SkippedModule.from_parent(parent, path=module_path)
    return None


@pytest.fixture(scope="session")
def installed():
    if LACKING:
        pytest.skip(REASON)
    standIns = fakes.install()
    yield standIns
    standIns.reset()  # widgets and nodes go before the interpreter does: it would end with a segmentation fault
    standIns.app.processEvents()
    gc.collect()


@pytest.fixture(autouse=True)
def library():
    """The library's modules are put back where a reload dropped them: the tests of other files hold the old ones."""

    def ours() -> dict:
        return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "NACResponseLib"}

    before = ours()
    yield
    if any(sys.modules.get(name) is not module for name, module in before.items()):
        for name in ours():
            del sys.modules[name]
        sys.modules.update(before)


@pytest.fixture
def slicerApp(installed):
    """The fakes, reset; a test fails when a slot raised or a queued answer was not asked for.

    A test that means a slot to raise looks at ``slicerApp.raised`` and clears it.
    """
    installed.reset()
    raised = installed.raised
    before, sys.excepthook = sys.excepthook, lambda kind, error, trace: raised.append(error)
    try:
        yield installed
        installed.app.processEvents()
    finally:
        sys.excepthook = before
    assert not raised, f"a slot raised {raised[0]!r}"
    assert not installed.dialogs.unused(), f"nobody asked for {installed.dialogs.unused()}"


@pytest.fixture
def scene(slicerApp):
    return slicerApp.scene


@pytest.fixture
def slicer(slicerApp):
    import slicer

    return slicer


@pytest.fixture
def qt(slicerApp):
    import qt

    return qt


@pytest.fixture
def asking():
    """For tests in which the opened module asks the program itself which models there are."""


@pytest.fixture(scope="session")
def listing(installed, tmp_path_factory):
    """What ``models list --json`` writes."""

    def ask(folder):
        words = [sys.executable, "-m", "NACResponseLib", "models", "list", "--json"]
        listed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
        (folder / "models.json").write_bytes(listed.stdout)

    return (made_once(tmp_path_factory, "models", ask) / "models.json").read_text(encoding="utf-8")


@pytest.fixture
def moduleFolder(slicerApp, monkeypatch):
    """The module's folder on ``sys.path``, as Slicer puts it there: ``from NACResponseSlicer import ...`` works."""
    folder = ROOT / "NACResponse"
    monkeypatch.syspath_prepend(str(folder))
    return folder
