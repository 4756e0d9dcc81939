"""A process with all its children, which end together.

POSIX: the process leads a session of its own, so that a signal reaches the whole group. A child that left the group (it
made its own session; the command line does not) is found with psutil, where that is installed, and only then.
Windows: ``taskkill /T`` walks from parent to child; ``PythonSlicer.exe`` is a launcher, and its child does the work.
"""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from typing import Any

WINDOWS = os.name == "nt"
_TICK = 0.02


def startOptions() -> dict[str, Any]:
    """What ``subprocess.Popen`` needs so that the new process can be ended with its children; no console window."""
    if sys.platform == "win32":  # pragma: no cover - tried on Windows only
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


class ProcessTree:
    """A process started with ``startOptions`` and its children.

    Args:
        process: that leads the tree.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._strays: list[Any] = []
        self._killed = False

    def ask(self) -> None:
        """Asks all to end, so that they can tidy up: SIGTERM; on Windows, which has no such thing, they are ended."""
        self._strays += self._descendants()
        if WINDOWS:  # pragma: no cover - tried on Windows only
            self.kill()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends all at once."""
        self._killed = True
        self._strays += self._descendants()
        if WINDOWS:  # pragma: no cover - tried on Windows only
            words = ["taskkill", "/T", "/F", "/PID", str(self._process.pid)]
            subprocess.run(words, capture_output=True, check=False, **startOptions())
            return
        self._signal(signal.SIGKILL)

    def endChildren(self, grace: float = 0.0) -> None:
        """Ends the children that outlived the process; called as soon as it has ended.

        Args:
            grace: seconds that they have to tidy up. A launcher ends at once when it is asked to, its child later.
        """
        end = time.monotonic() + grace
        while not self._killed and time.monotonic() < end and self._signal(0):
            time.sleep(_TICK)
        if not WINDOWS:  # which has no SIGKILL
            self._signal(signal.SIGKILL)
        for stray in self._strays:
            with contextlib.suppress(Exception):  # psutil.NoSuchProcess: it has ended
                stray.kill()

    def _signal(self, number: int) -> bool:
        """To the group, which keeps its number as long as a member lives; whether there was one.

        PermissionError is macOS' word for a group of zombies.
        """
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if not WINDOWS:
                os.killpg(self._process.pid, number)
                return True
        return False

    def _descendants(self) -> list[Any]:
        if importlib.util.find_spec("psutil") is None:
            return []
        import psutil

        with contextlib.suppress(psutil.Error):
            return psutil.Process(self._process.pid).children(recursive=True)
        return []
