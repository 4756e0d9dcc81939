"""Stops every writer everywhere, or some: ``python -m Testing.crash --writer score``."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from Testing.stopped import FAILED, KILLED, stopped_at_each_operation

from .writers import WRITERS, Writer

Content = dict[str, bytes]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writer", action="append", choices=WRITERS, help="only this one")
    options = parser.parse_args()
    points, bad = 0, 0
    for name in options.writer or WRITERS:
        for how in (KILLED, FAILED):
            start = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                count, found = tried(name, Path(folder) / "work", how)
            points, bad = points + count, bad + sum(found.values())
            print(
                f"{name:<10} {how:<7} {count:>4} points, {sum(found.values())} bad ({time.monotonic() - start:.0f} s)"
            )
            for what, times in found.most_common(8):
                print(f"    {times:>4} {what}")
            sys.stdout.flush()
    print(f"{points} points, {bad} bad")
    return min(bad, 1)


def tried(name: str, work: Path, how: str) -> tuple[int, Counter[str]]:
    """Stops a writer everywhere, without an earlier result and with one.

    Returns:
        The number of points, and how often what was wrong.
    """
    writer = WRITERS[name](work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    writer.write()
    expected, earlier_work = content(writer), work.with_name("earlier")
    shutil.copytree(work, earlier_work)
    found: Counter[str] = Counter()
    count = 0
    for earlier in (False, True):
        _start(work, earlier_work if earlier else None)
        for _ in stopped_at_each_operation(writer.write, work, how):
            count += 1
            found.update(
                f"{what} ({'with' if earlier else 'without'} an earlier result)" for what in _wrong(writer, expected)
            )
            _start(work, earlier_work if earlier else None)
    return count, found


def content(writer: Writer) -> Content:
    """The result's files by name; of those that state when they were made only that they are there."""
    files = sorted(file for file in writer.folder.rglob("*") if file.is_file())
    return {
        str(file.relative_to(writer.folder)): b"" if any(map(file.match, writer.dated)) else file.read_bytes()
        for file in files
    }


def _start(work: Path, earlier: Path | None) -> None:
    shutil.rmtree(work, ignore_errors=True)
    if earlier is None:
        work.mkdir()
    else:
        shutil.copytree(earlier, work)


def _wrong(writer: Writer, expected: Content) -> list[str]:
    """What is wrong after a stop, and after the same command again."""
    wrong = []
    left = content(writer) if writer.folder.exists() else {}
    seen = {
        name: text for name, text in left.items() if not any(p.startswith(".nacresponse-") for p in Path(name).parts)
    }
    lacking = seen.get(writer.failures, b"").count(b"\n") > 1  # and says so
    whole = (writer.marker is None or writer.marker in seen) and not lacking
    if whole and any(expected.get(name) != text for name, text in seen.items()):
        wrong.append("looks whole and is not")
    if whole and writer.marker in seen and set(seen) != set(expected):
        wrong.append("the marker without the other files")
    try:
        writer.write()
    except Exception as error:
        return [*wrong, f"the same again fails: {type(error).__name__}: {str(error)[:100]}"]
    after = content(writer)
    if after != expected:
        other = sorted(name for name in {*after, *expected} if after.get(name) != expected.get(name))
        wrong.append(f"another result after the same again: {', '.join(other[:4])}")
    beside = [path.name for path in writer.folder.parent.iterdir() if path != writer.folder]
    return [*wrong, f"left beside it: {beside[0]}"] if beside else wrong


if __name__ == "__main__":
    sys.exit(main())
