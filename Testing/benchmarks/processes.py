"""What a whole process costs: start, imports, reading and writing included. Linux and macOS."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, bytes


@dataclass(frozen=True)
class Cost:
    """Wall seconds, seconds of the processor (all threads, user and system), peak of resident memory in MiB."""

    wall: float
    processor: float
    peak: float

    @property
    def row(self) -> str:
        """As cells of a table."""
        return f"{self.wall:.1f} | {self.processor:.1f} | {self.peak:.0f}"


def cost(command: Sequence[str], runs: int = 3) -> Cost:
    """Medians over runs of a command, after one that is not counted: files are in memory, byte code is compiled.

    Raises:
        RuntimeError: the command fails.
    """
    found = [_once(command) for _ in range(runs + 1)][1:]
    return Cost(*(median(values) for values in zip(*found, strict=True)))


def _once(command: Sequence[str]) -> tuple[float, float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss * _PEAK_UNIT / 2**20
