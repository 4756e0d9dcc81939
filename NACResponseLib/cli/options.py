"""What options of several commands have in common."""

from __future__ import annotations

import shlex
import sys

from ..errors import InputError

RESEARCH_ONLY = "Research use only: not for diagnosis or treatment decisions."


def named_sets(text: str) -> list[str]:
    """The names of feature sets in a list with commas, of ``--features``.

    Raises:
        InputError: no name in it.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InputError("names of feature sets", f"'{text}'", "write for example --features handcrafted,resnet34")
    return names


def command_line() -> str:
    """The command as it was typed."""
    return shlex.join(["nacresponse", *sys.argv[1:]])
