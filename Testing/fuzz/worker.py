"""Reads changed files, one after the other, in a process that may die of one: ``worker READER SEED FIRST COUNT``.

Prints ``at N`` before each input, and ``found N WHAT`` for each that is not refused well.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from NACResponseLib.errors import InputError

from .mutations import mutated, mutated_inside
from .readers import READERS, Reader

LONGEST_S, LONGEST_LINE, MOST_BYTES = 10, 400, 2 * 10**9


def fault(read: Callable[[], Any]) -> str | None:
    """What is wrong with how an input was read; None where it gave a value or one good line."""
    try:
        read()
    except InputError as error:
        text = str(error)
        if len(text) >= LONGEST_LINE:
            return f"a line of {len(text)} characters: {text[:100]!r}"
        bad = [letter for letter in text if not letter.isprintable()]
        return f"{bad[0]!r} in a line: {text!r}" if bad else None
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in place if "NACResponseLib" in frame.filename] or place
        where = f"{Path(own[-1].filename).name}:{own[-1].lineno}"
        return f"{type(error).__name__} at {where}: {str(error)[:150]!r}"
    return None


def content_of(seeds: list[bytes], name: str, seed: int, number: int) -> tuple[int, bytes]:
    """Which file is changed for an input, and to what."""
    rng = random.Random(f"{name} {seed} {number}")
    which = rng.randrange(len(seeds))
    inside = mutated_inside(seeds[which], rng) if rng.random() < 0.5 else None
    return which, mutated(seeds[which], seeds, rng) if inside is None else inside


def work(name: str, seed: int, first: int, count: int) -> None:
    reader: Reader = READERS[name]
    with tempfile.TemporaryDirectory() as folder:
        files = reader.make(Path(folder))
        seeds = [file.read_bytes() for file in files]
        for file in files:
            problem = fault(lambda file=file: reader.read(file))
            if problem:
                raise SystemExit(f"the sound {file.name} is not read: {problem}")
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + MOST_BYTES, used + MOST_BYTES))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for number in range(first, first + count):
            which, content = content_of(seeds, name, seed, number)
            print(f"at {number}", flush=True)
            files[which].write_bytes(content)
            signal.alarm(LONGEST_S)
            problem = fault(lambda which=which: reader.read(files[which]))
            signal.alarm(0)
            files[which].write_bytes(seeds[which])
            if problem:
                print(f"found {number} {problem}".encode("ascii", "backslashreplace").decode(), flush=True)
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with contextlib.suppress(BrokenPipeError):
        work(sys.argv[1], *map(int, sys.argv[2:5]))
