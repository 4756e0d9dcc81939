"""Long work in another process: the command line of ``NACResponseLib``, its progress, its result, and its end.

``python -m NACResponseLib WORDS`` runs in the interpreter that Slicer names ``sys.executable``: ``PythonSlicer`` in
5.10 and 5.12 (set in ``Base/QTCore/qSlicerCoreApplication.cxx``), a launcher that gives the child Slicer's libraries;
outside Slicer, Python itself. Nothing here needs Qt: whoever has an event loop calls ``poll`` from a timer.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, NamedTuple

import slicer
from slicer.i18n import tr as _

from .libraryPath import LIBRARY, ensureLibrary
from .processTree import ProcessTree, startOptions

ERROR_PREFIX = "nacresponse: "
GRACE = 3.0  # seconds between asking and killing
MAX_LINES = 20_000  # kept; of longer outputs the last
LONGEST_LINE = 65_536
_TICK = 0.05

_running: "set[ConsoleProcess]" = set()


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        status: exit status (0 done, 1 some cases failed, 2 unusable input); None where the program did not start.
        cancelled: on the user's wish.
        message: one sentence for the user; empty where all went well.
        output: both streams as they came, at most the last ``MAX_LINES`` lines.
        standardOutput: of it, what came on standard output.
    """

    status: int | None
    cancelled: bool
    message: str
    output: str
    standardOutput: str

    @property
    def ok(self) -> bool:
        """Whether all went well."""
        return self.status == 0 and not self.cancelled


class Poll(NamedTuple):
    """What is new: lines, progress as (done, total) where known, and the result once the run has ended."""

    lines: list[str]
    progress: tuple[int, int] | None
    result: RunResult | None


def interpreter() -> str:
    """The Python that runs the command line."""
    return sys.executable or shutil.which("PythonSlicer") or "PythonSlicer"


def environment() -> dict[str, str]:
    """That of this process, as Slicer gives its own console processes; the library can be imported, text is UTF-8.

    The folder that happens to be current is kept out of the child's ``sys.path``.
    """
    paths = [str(ensureLibrary()), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8:replace",
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": "1",
    }


def workingFolder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for one run; it goes with ``cleanup()``, with the object, or with Slicer."""
    return tempfile.TemporaryDirectory(prefix="NACResponse-", dir=slicer.app.temporaryPath, ignore_cleanup_errors=True)


class ConsoleProcess:
    """A command that runs; it starts when it is made.

    Args:
        words: of the command line after the program's name, as ``["score", "--image", ...]``.
        program: what they are given to; ``python -m NACResponseLib`` if None.
    """

    def __init__(self, words: Sequence[str], program: Sequence[str] | None = None) -> None:
        environ = environment()
        from NACResponseLib.execution.progress import parse_progress

        self._parseProgress = parse_progress
        self.command = [*(program or (interpreter(), "-m", LIBRARY)), *map(str, words)]
        self._lines: deque[tuple[bool, str]] = deque(maxlen=MAX_LINES)
        self._unread: deque[str] = deque(maxlen=MAX_LINES)
        self._progress: tuple[int, int] | None = None
        self._dropped = 0
        self._cancelled = False
        self._late = ""
        self._result: RunResult | None = None
        self._done = threading.Event()
        self._start(environ)

    def _start(self, environ: dict[str, str]) -> None:
        try:
            process = subprocess.Popen(
                self.command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                encoding="utf-8", errors="replace", **startOptions(),
            )  # fmt: skip
        except OSError as error:
            message = _("{program} could not be started: {reason}.")
            message = message.format(program=self.command[0], reason=error.strerror or error)
            self._end(RunResult(None, False, message, message, ""))
            return
        self._tree = ProcessTree(process)
        _running.add(self)
        streams = ((process.stdout, False), (process.stderr, True))
        readers = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in streams]
        for reader in readers:
            reader.start()
        threading.Thread(target=self._watch, args=(process, readers), daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self._done.is_set()

    def poll(self) -> Poll:
        """What came since the last call. Once a result is there, no more lines come."""
        result = self._result
        lines = [self._unread.popleft() for _number in range(len(self._unread))]
        return Poll(lines, self._progress, result)

    def wait(self, onLine: Callable[[str], None] | None = None, timeout: float | None = None) -> RunResult:
        """Waits for the end; for scripts and tests.

        Args:
            onLine: is given every line.
            timeout: in seconds, after which the run is cancelled.
        """
        end = None if timeout is None else time.monotonic() + timeout
        try:
            while not self._done.wait(_TICK):
                self._forward(onLine)
                if end is not None and time.monotonic() > end:
                    self._late = _("It took longer than {seconds:g} seconds and was ended.").format(seconds=timeout)
                    self.cancel()
            self._forward(onLine)
        except BaseException:
            self.cancel()
            raise
        assert self._result is not None
        return self._result

    def cancel(self, wait: bool = True) -> None:
        """Ends the process and its children: asks first, and after ``GRACE`` seconds does not ask any more.

        Args:
            wait: until all have ended. Without, the call returns at once and ``poll`` tells the end.
        """
        if self._done.is_set():
            return
        self._cancelled = True
        if wait:
            self._endTree()
        else:
            threading.Thread(target=self._endTree, daemon=True).start()

    def ask(self) -> None:
        """Asks the process and its children to end, and does not wait."""
        if not self._done.is_set():
            self._cancelled = True
            self._tree.ask()

    def _endTree(self) -> None:
        self._tree.ask()
        if not self._done.wait(GRACE):
            self._tree.kill()
            self._done.wait(3 * GRACE)  # the watcher waits as long for each reader at most

    def _forward(self, onLine: Callable[[str], None] | None) -> None:
        for line in self.poll().lines:
            if onLine is not None:
                onLine(line)

    def _read(self, stream: IO[str], isError: bool) -> None:
        """The life of a reader: until the other end of the pipe is closed."""
        with stream:
            for line in iter(lambda: stream.readline(LONGEST_LINE), ""):
                text = line.rstrip("\n")
                self._progress = self._parseProgress(text) or self._progress
                self._dropped += len(self._lines) == MAX_LINES
                self._lines.append((isError, text))
                self._unread.append(text)

    def _watch(self, process: "subprocess.Popen[str]", readers: list[threading.Thread]) -> None:
        """Waits for the end, so that nothing is left behind even where nobody polls."""
        status = process.wait()
        self._tree.endChildren(GRACE if self._cancelled else 0.0)
        for reader in readers:
            reader.join(GRACE)  # a stray child could hold the pipe
        lines = list(self._lines)
        left = [_("({count} earlier lines are left out)").format(count=self._dropped)] if self._dropped else []
        output = "\n".join([*left, *(text for _isError, text in lines)])
        standard = "\n".join(text for isError, text in lines if not isError)
        message = self._message(status, lines)
        self._end(RunResult(status, self._cancelled, message, output, standard))

    def _end(self, result: RunResult) -> None:
        self._result = result
        self._done.set()
        _running.discard(self)

    def _message(self, status: int, lines: list[tuple[bool, str]]) -> str:
        if self._cancelled:
            return self._late or _("Cancelled.")
        if status == 0:
            return ""
        errors = [text.strip() for isError, text in lines if isError and text.strip() and not self._parseProgress(text)]
        ours = [text.removeprefix(ERROR_PREFIX) for text in errors if text.startswith(ERROR_PREFIX)]
        if ours:
            return ours[-1][:1].upper() + ours[-1][1:]
        if status < 0:
            message = _("The program was ended by signal {number}; the memory may be too small.")
            return message.format(number=-status)
        if not errors:
            return _("The program ended with status {status}.").format(status=status)
        return _("The program ended with status {status}: {line}").format(status=status, line=errors[-1])


def run(words: Sequence[str], onLine: Callable[[str], None] | None = None, timeout: float | None = None) -> RunResult:
    """Runs a command to its end; for scripts and tests. See ``ConsoleProcess``."""
    return ConsoleProcess(words).wait(onLine, timeout)


@atexit.register
def endAll() -> None:
    """Ends all that runs: when Slicer quits, and before the module is loaded again."""
    for process in list(_running):  # without a thread: Python 3.12 starts none any more when it ends
        process.ask()
    for process in list(_running):
        process.cancel()
