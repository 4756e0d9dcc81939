"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any


def return_freed() -> None:
    """Gives back what the C library keeps of freed arrays (glibc; elsewhere nothing is done), in a millisecond or so.

    It would keep the largest of a stage in use for the whole of the next.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
