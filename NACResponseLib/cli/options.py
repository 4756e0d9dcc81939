"""What options of several commands have in common."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..imaging.source import NAME, private

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


def given(options: argparse.Namespace) -> dict[str, Any]:
    """The options of a command by the names of its function's parameters, without the command itself."""
    return {name: value for name, value in vars(options).items() if name not in ("command", "run")}


def add_figures(parser: argparse.ArgumentParser, names: str) -> None:
    """Adds ``--figures``.

    Args:
        names: of the figures that are written.
    """
    help_text = f"write each figure there, too, as SVG, PDF and PNG (300 dpi): {names}"
    parser.add_argument("--figures", metavar="DIR", type=Path, help=help_text)


def command_line() -> str:
    """The command as it was typed, for results: files without their folders; empty where results are private."""
    return "" if private() else shlex.join(["nacresponse", *map(_without_folder, sys.argv[1:])])


def _without_folder(word: str) -> str:
    """``--image=MRI=/a/b.nrrd::name`` as ``--image=MRI=b.nrrd::name``."""
    names, equals, value = word.rpartition("=")
    path, colons, part = value.partition(NAME)
    file = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    return f"{names}{equals}{file}{colons}{part}"
