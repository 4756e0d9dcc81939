"""Stops a piece of work at each of its file operations in turn: by a kill, or by an error of the disk.

What Python does with files and folders it reports to its audit hooks before it does it. They are counted in a forked
process; at the wanted one that process is killed, or the operation fails.
"""

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "os.link"}
KILLED, FAILED = "killed", "failed"


def stopped_at_each_operation(work: Callable[[], object], folder: Path, how: str) -> Iterator[int]:
    """Does the work again and again, stopped one operation later each time, until it comes to its end.

    Args:
        work: whose operations below ``folder`` are counted; an exception ends its process with status 1.
        how: ``killed`` or ``failed``.

    Yields:
        The number of the operation, after the process has ended: look at ``folder``, and bring it back to what the next
        round starts from.
    """
    number = 1
    while not _ends(work, folder, how, number):
        yield number
        number += 1


def _ends(work: Callable[[], object], folder: Path, how: str, number: int) -> bool:
    """Whether the work came to its end before the operation of that number."""
    child = os.fork()
    if child:
        _pid, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) == 0
    reached = [0]

    def count(event: str, arguments: tuple) -> None:
        if event in OPERATIONS and any(_below(one, folder) for one in arguments[:2]):
            reached[0] += 1
            if reached[0] == number:
                if how == KILLED:
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    sys.addaudithook(count)
    try:
        work()
    except BaseException:
        os._exit(1)
    os._exit(0 if reached[0] < number else 1)


def _below(path: object, folder: Path) -> bool:
    return isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(str(folder))
