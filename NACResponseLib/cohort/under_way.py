"""What is under way on the workers of a Dask scheduler: as much as those present can take, and a little more.

Workers come and go while a run goes on: every second it is asked who is there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any

from ..errors import InputError

AHEAD = 2
"""Pieces a thread, so that none waits for the next."""
DEVICE = "GPU"
"""The resource by which a worker says that it has a device: ``dask worker --resources GPU=1``."""
_ASK_S = 1.0


@dataclass(frozen=True)
class Sent:
    """A piece of work that was sent.

    Attributes:
        work: the function of the piece.
        on_device: it waits for a worker with a device.
    """

    work: Callable[[Any], Any]
    piece: Any
    on_device: bool
    future: Any


class UnderWay:
    """Sends pieces and takes what has ended; ``threads`` and ``devices`` are those of the workers present.

    Args:
        client: ``distributed.Client``.
    """

    threads = devices = 0

    def __init__(self, client: Any) -> None:
        self._client = client
        self._ended: Queue[Any] = Queue()
        self._sent: dict[str, Sent] = {}
        self._asked = float("-inf")
        self._look()

    def __len__(self) -> int:
        return len(self._sent)

    def room(self) -> int:
        """How many more pieces should be sent for any worker; at least one must always be under way."""
        elsewhere = self.count(on_device=False)
        return max(AHEAD * self.threads - elsewhere, 0 if elsewhere else 1)

    def count(self, *, on_device: bool) -> int:
        """How many pieces wait for a device, or for any worker."""
        return sum(sent.on_device == on_device for sent in self._sent.values())

    def send(self, work: Callable[[Any], Any], piece: Any, *, on_device: bool = False) -> None:
        """Sends a piece to any worker, or to one with a device, before whatever else that has to do."""
        how: dict[str, Any] = {"resources": {DEVICE: 1}, "priority": 1} if on_device else {}
        future = self._client.submit(work, piece, pure=False, **how)
        self._sent[future.key] = Sent(work, piece, on_device, future)
        future.add_done_callback(self._ended.put)

    def take(self) -> Sent | None:
        """A piece that has ended; None after a second without any, or when workers may have come or gone.

        Raises:
            InputError: the scheduler has gone away.
        """
        self._look()
        try:
            future = self._ended.get(timeout=_ASK_S)
        except Empty:
            return None
        sent = self._sent.pop(future.key, None)
        if sent is not None and future.cancelled():
            raise _gone()
        return sent

    def take_back(self) -> Sequence[Any]:
        """The pieces that wait for a device, where there is none any more."""
        if self.devices:
            return ()
        stuck = [sent for sent in self._sent.values() if sent.on_device]
        for sent in stuck:
            del self._sent[sent.future.key]
            sent.future.cancel()
        return [sent.piece for sent in stuck]

    def _look(self) -> None:
        if time.monotonic() - self._asked < _ASK_S:
            return
        try:
            workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        except (OSError, asyncio.TimeoutError, ValueError, RuntimeError):  # distributed's CommClosedError is an OSError
            raise _gone() from None
        self.threads = sum(worker["nthreads"] for worker in workers)
        self.devices = int(sum((worker.get("resources") or {}).get(DEVICE, 0) for worker in workers))
        self._asked = time.monotonic()


def _gone() -> InputError:
    return InputError("the Dask scheduler to the end", "it went away", "start it and run the command again")
