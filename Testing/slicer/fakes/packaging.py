"""``slicer.packaging`` (Slicer 5.11 and later) and pip in Slicer 5.10: asked for and recorded, never installed."""

from __future__ import annotations

import importlib.metadata
import logging
import re
import shlex
import types
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import slicer
from packaging.requirements import Requirement


@dataclass
class Installations:
    """What would have been installed. A test may name packages as missing, or let the next installation fail."""

    asked: list[list[str]] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    fails: bool = False

    def clear(self) -> None:
        self.asked.clear()
        self.missing.clear()
        self.fails = False

    def install(self, words: list[str]) -> None:
        self.asked.append(words)
        if self.fails:
            raise CalledProcessError(1, ["pip", "install", *words])
        for word in words:
            self.missing.discard(re.split(r"[<>=\[]", word)[0].removesuffix("-cpu"))  # xgboost-cpu is xgboost


installations = Installations()


def load_requirements(path: str | Path) -> list[Requirement]:
    """The requirements of a file, without comments, empty lines and options of pip."""
    lines = [line.split(" #")[0].strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def _requirements(given: Any) -> list[Requirement]:
    if isinstance(given, str):
        given = [given] if ";" in given else shlex.split(given)
    given = [given] if isinstance(given, Requirement) else given
    return [item if isinstance(item, Requirement) else Requirement(item) for item in given]


def pip_check(req: Any, _seen: Any = None) -> bool:
    """Whether all are installed in versions that do; those named as missing are not."""
    for one in _requirements(req):
        if one.marker is not None and not one.marker.evaluate():
            continue
        if one.name.removesuffix("-cpu") in installations.missing:  # xgboost-cpu is xgboost
            return False
        try:
            version = importlib.metadata.version(one.name)
        except importlib.metadata.PackageNotFoundError:
            return False
        if not one.specifier.contains(version, prereleases=True):
            return False
    return True


def pip_ensure(
    requirements: Any,
    constraints: Any = None,
    skip_packages: list[str] | None = None,
    prompt_install: bool = True,
    prompt_restart: bool = True,
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> list[str] | None:
    """Asks, then installs what is missing.

    Raises:
        RuntimeError: the user declined.
        CalledProcessError: the installation failed.
    """
    missing = [one for one in _requirements(requirements) if not pip_check(one)]
    if not missing:
        return None
    if skip_in_testing and slicer.app.testingEnabled():
        logging.info("Testing mode is enabled: skipping pip_ensure")
        return None
    if prompt_install:
        title = f"{requester} - Install Python Packages" if requester else "Install Python Packages"
        text = f"{len(missing)} Python packages need to be installed.\n\nThis will modify Slicer's Python environment."
        detail = "\n".join(f"- {one}" for one in missing)
        if not slicer.util.confirmOkCancelDisplay(text, title, detailedText=detail):
            raise RuntimeError("User declined package installation")
    return pip_install([str(one) for one in missing], skip_packages=skip_packages, requester=requester)


def pip_install(
    requirements: str | list[str],
    constraints: Any = None,
    no_deps_requirements: Any = None,
    skip_packages: list[str] | None = None,
    blocking: bool = True,
    show_progress: bool = True,
    requester: str | None = None,
    parent: Any = None,
    logCallback: Any = None,
    completedCallback: Any = None,
) -> list[str] | None:
    """Records the words that pip would have been given.

    Raises:
        CalledProcessError: the test had it fail.
    """
    if not isinstance(requirements, str | list):
        raise ValueError("pip_install requirement input must be string or list")
    installations.install(shlex.split(requirements) if isinstance(requirements, str) else requirements)
    return [] if skip_packages is not None else None


def pip_uninstall(requirements: str | list[str], **kwargs: Any) -> None:
    installations.asked.append(["uninstall", *_words(requirements)])


def _words(requirements: str | list[str]) -> list[str]:
    return shlex.split(requirements) if isinstance(requirements, str) else list(requirements)


def isPipInstallInProgress() -> bool:
    return False


def pip_install_of_util(requirements: str | list[str], **kwargs: Any) -> list[str] | None:
    """``slicer.util.pip_install``, which hands on to ``slicer.packaging``."""
    return pip_install(requirements, **kwargs)


def pip_install_of_5_10(requirements: str | list[str]) -> None:
    """``slicer.util.pip_install`` of Slicer 5.10: one argument, no question."""
    pip_install(requirements)


def make_module() -> types.ModuleType:
    """The module ``slicer.packaging``."""
    module = types.ModuleType("slicer.packaging")
    names = (
        "load_requirements", "pip_check", "pip_ensure", "pip_install", "pip_uninstall",
        "isPipInstallInProgress",
    )  # fmt: skip
    module.__dict__.update({name: globals()[name] for name in names}, __all__=list(names))
    return module
