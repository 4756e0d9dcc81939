"""Writers of every kind stopped everywhere: the fast ones here, the others by ``make test-crash``."""

import os

import pytest

from Testing.stopped import FAILED, KILLED

from .__main__ import tried
from .writers import WRITERS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the work is stopped in a forked process")
FAST = ("models",)


@pytest.mark.parametrize("how", [KILLED, FAILED])
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow])
        for name in WRITERS
        if name in ("models", "compare")
    ],
)
def test_wherever_a_writer_is_stopped_nothing_is_lost_and_nothing_left(name, how, tmp_path):
    pytest.importorskip("cryptography")
    points, wrong = tried(name, tmp_path / "work", how)
    assert points > 20 and not wrong
