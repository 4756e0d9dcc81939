"""Tests that need torch are left out where it is not installed or ``TORCH=no`` says so, and are counted.

A test needs it that bears the mark ``torch`` or uses weights of a network. Its file loads without torch.
"""

import gc
import os
from importlib.util import find_spec

import pytest

WITHOUT_TORCH = os.environ.get("TORCH") == "no" or not (find_spec("torch") and find_spec("monai"))
LEFT_OUT = pytest.StashKey[int]()


def pytest_configure():
    gc.disable()  # what collecting the tests makes is kept to their end


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


def needs_torch(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("torch")) or "tensors10" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)  # after the marks of the command line
def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if needs_torch(item)] if WITHOUT_TORCH else []
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    config.stash[LEFT_OUT] = len(left_out)


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # a process of pytest-xdist tells the one that reports
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter, config):
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.line(f"{left_out} tests need torch and were left out")
