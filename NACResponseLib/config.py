"""Where what ships and what the user installed lies: protocols, recipes, models, weights."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import InputError, unknown_name

DEFAULT_PROTOCOL, DEFAULT_RECIPE = "jang2025", "nac2026"


def resources() -> Path:
    """The folder ``Resources``: beside the library in a source checkout or a Slicer package, inside it after pip."""
    package = Path(__file__).resolve().parent
    candidates = (package / "Resources", package.parent / "Resources")
    for folder in candidates:
        if (folder / "Protocols").is_dir():
            return folder
    raise InputError(
        "the folder Resources with the installed program", f"none in {package}", "install NACResponse again"
    )


def user_folder(kind: str, variable: str) -> Path:
    """A folder of the user's for what was installed: an environment variable's, else in this system's data folder.

    Args:
        kind: its name, ``weights`` or ``models``; it may not exist yet.
        variable: that names another folder.
    """
    if os.environ.get(variable):
        return Path(os.environ[variable]).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "nacresponse" / kind


def find_resource(kind: str, name: str | Path, folder: str, suffix: str, own: Path | None = None) -> Path:
    """A shipped or installed file by its name, or the user's own by its path.

    Args:
        kind: what it is, for the error ("protocol").
        name: ``jang2025``, or a path that ends in ``suffix``.
        folder: below ``Resources``.
        suffix: of the file's name (".yaml").
        own: folder of what the user installed; a shipped name comes first.

    Raises:
        InputError: no such name or file; the nearest name is suggested.
    """
    path = Path(name)
    if path.suffix == suffix:
        if not path.is_file():
            raise InputError(f"a {kind} file", f"no file {path}", "check the path")
        return path
    known = named_files(folder, suffix, own)
    if str(name) not in known:
        raise unknown_name(f"a {kind}", str(name), known)
    return known[str(name)]


def named_files(folder: str, suffix: str, own: Path | None = None) -> dict[str, Path]:
    """The shipped files below a folder of ``Resources`` by name, then those of the user's folder with other names."""
    shipped = {
        file.stem: file for file in sorted((resources() / folder).rglob(f"*{suffix}"), key=lambda file: file.stem)
    }
    installed = {file.stem: file for file in sorted(own.glob(f"*{suffix}"))} if own else {}
    return shipped | {name: file for name, file in installed.items() if name not in shipped}


def worker_count(asked: int | None) -> int:
    """How many processes to use: all cores that this process may use if None.

    Raises:
        InputError: fewer than one.
    """
    if asked is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if asked < 1:
        raise InputError("at least 1 worker", f"{asked}", "correct --workers")
    return asked
