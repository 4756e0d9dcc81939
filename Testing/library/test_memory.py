"""Freed memory goes back to the system."""

import platform
from pathlib import Path

import pytest

from NACResponseLib.memory import return_freed


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps freed memory that it can give back")
def test_memory_that_was_freed_beneath_a_block_in_use_is_given_back():
    blocks = [bytearray(60_000) for _ in range(1000)]
    kept = bytearray(60_000)
    del blocks
    before = resident_bytes()
    return_freed()
    assert before - resident_bytes() > 30e6 and len(kept) == 60_000
