"""Fuzzes every reader, or some: ``python -m Testing.fuzz --inputs 100000 --seconds 600 --reader nifti``."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from .readers import READERS
from .worker import content_of


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="of all readers together")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--reader", action="append", choices=READERS, help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=Path, default=Path("build/fuzz"), help="folder for inputs that were findings")
    options = parser.parse_args()
    names = [name for name in options.reader or READERS if find_spec(READERS[name].needs)]
    left, end, tried, findings = options.inputs, time.monotonic() + options.seconds, 0, 0
    for place, name in enumerate(names):
        count = left // (len(names) - place)
        until = time.monotonic() + max((end - time.monotonic()) / (len(names) - place), 1)
        done, found, memory = fuzz(name, options.seed, count, until)
        left, tried, findings = left - count, tried + done, findings + len(found)
        print(f"{name:<16} {done:>7,} inputs, {len(found)} findings, {memory:,} MB at most", flush=True)
        for what, times in Counter(text for _, text in found).most_common(12):
            print(f"    {times:>5} {what}", flush=True)
        save(name, options.seed, found, options.save)
    print(f"{tried:,} inputs, {findings} findings")
    return min(findings, 1)


def fuzz(name: str, seed: int, count: int, until: float) -> tuple[int, list[tuple[int, str]], int]:
    """Tries a reader's inputs; a worker that dies is followed by another.

    Returns:
        Inputs tried, number and fault of each finding, and the most memory that a worker held, in MB.
    """
    number, found, memory = 0, [], 0
    while number < count and time.monotonic() < until:
        words = [sys.executable, "-m", "Testing.fuzz.worker", name, str(seed), str(number), str(count - number)]
        with (
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, text=True) as child,
        ):
            assert child.stdout
            at = number - 1
            for line in child.stdout:
                kind, _, rest = line.rstrip("\n").partition(" ")
                if kind == "at":
                    at = int(rest)
                    if time.monotonic() > until:
                        child.kill()
                        return at, found, memory
                elif kind == "found":
                    which, _, what = rest.partition(" ")
                    found.append((int(which), what))
                elif kind == "memory":
                    memory = max(memory, int(rest))
            child.wait()
            errors.seek(0)
            output = errors.read()[-500:]
        if child.returncode:
            if at < number:
                raise SystemExit(f"{name}: {output}")
            why = "more than 10 seconds" if child.returncode == -signal.SIGALRM else output[-200:]
            found.append((at, f"the process ended with {child.returncode}: {why!r}"))
        number = at + 1
    return number, found, memory


def save(name: str, seed: int, found: list[tuple[int, str]], folder: Path) -> None:
    """Writes the inputs of findings, one for each fault."""
    if not found:
        return
    with tempfile.TemporaryDirectory() as place:
        files = READERS[name].make(Path(place))
        seeds = [file.read_bytes() for file in files]
    for number, _ in {what: (number, what) for number, what in reversed(found)}.values():
        which, content = content_of(seeds, name, seed, number)
        target = folder / name.replace(" ", "_") / f"{number}-{files[which].name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
