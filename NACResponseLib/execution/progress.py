"""How far a run is: a bar with rate and remaining time on a terminal, plain lines elsewhere.

A plain line of progress begins with how many are done, ``of``, how many there are, and what is counted in one word; if
more follows, a comma stands before it::

    12 of 177 patients, 1 failed, 3.2 a minute, 51 min left
    177 of 177 patients, 1 failed, 3.2 a minute in 55 min
    5 of 30 partitions, resnet34 2, 12 min left

``extract`` and ``stability`` write such lines on standard error, ``train`` and ``phantom`` on standard output. This
form is kept: programs that run a command read it with ``parse_progress``. Every other line says something else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

_WIDTH = 28
_LINES = 20  # at most about so many plain lines
_PLAIN = re.compile(r"(\d+) of (\d+) [a-z]+(?:,.*)?")


@dataclass
class Progress:
    """Counts what is done of ``total`` and shows it on a stream.

    Attributes:
        stream: None shows nothing.
        noun: what is counted, in the plural ("patients").
    """

    total: int
    stream: TextIO | None
    noun: str = "patients"
    done: int = 0
    failed: int = 0
    _start: float = field(default_factory=time.monotonic)

    def step(self, name: str, reason: str | None = None) -> None:
        """One more is done; a reason says that it failed."""
        self.done += 1
        self.failed += reason is not None
        if self.stream is None:
            return
        on_terminal = self.stream.isatty()
        if reason is not None:
            _write(self.stream, f"{name} failed: {reason}", "\n")
        if on_terminal:
            _write(self.stream, f"{self._bar()} {self._state()}", "\n" if self.done == self.total else "")
        elif self.done == self.total or self.done % max(self.total // _LINES, 1) == 0:
            _write(self.stream, self._state(), "\n")

    def _bar(self) -> str:
        full = _WIDTH * self.done // max(self.total, 1)
        return f"[{'#' * full}{'.' * (_WIDTH - full)}]"

    def _state(self) -> str:
        spent = time.monotonic() - self._start
        left = spent / self.done * (self.total - self.done)
        rate = 60 * self.done / max(spent, 1e-6)
        failed = f", {self.failed} failed" if self.failed else ""
        when = f", {duration(left)} left" if self.done < self.total else f" in {duration(spent)}"
        return f"{self.done} of {self.total} {self.noun}{failed}, {rate:.3g} a minute{when}"


def _write(stream: TextIO, line: str, end: str) -> None:
    clear = "\r\x1b[K" if stream.isatty() else ""
    print(f"{clear}{line}", end=end, file=stream, flush=True)


def parse_progress(line: str) -> tuple[int, int] | None:
    """How many are done and how many there are, from a plain line of progress; None for any other line."""
    found = _PLAIN.fullmatch(line.strip())
    return (int(found.group(1)), int(found.group(2))) if found else None


class TimeLeft:
    """Adds the time that is left to lines of progress that do not tell it.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted, self._since, self._before = "", clock(), 0

    def __call__(self, line: str) -> str:
        """The line with the time left; one that is no progress, or the first of its kind, as it is."""
        found = parse_progress(line)
        if found is None:
            self._since = self._clock()  # what follows begins now
            return line
        (done, total), now = found, self._clock()
        counted = line.split(",")[0].partition(" of ")[2]
        if counted != self._counted or line.endswith("finished before"):
            self._counted, self._before = counted, done if line.endswith("finished before") else 0
        if line.endswith("finished before") or done <= self._before:
            self._since = now
            return line
        if done >= total:
            self._counted, self._since = "", now
            return line
        left = (now - self._since) / (done - self._before) * (total - done)
        return f"{line}, {duration(left)} left"


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
