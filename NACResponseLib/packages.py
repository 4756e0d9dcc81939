"""Installed packages: which are missing, and their versions whatever name they were packed under."""

import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from .errors import InputError

_ALSO_PACKED_AS = {"xgboost": "xgboost-cpu", "pyradiomics": "pyradiomics-bhklab"}
"""``xgboost-cpu``: the same without CUDA. ``pyradiomics-bhklab``: the same with a build for today's Python."""


def require(*modules: str) -> None:
    """Refuses at the start what would fail in the middle.

    Args:
        modules: that will be imported.

    Raises:
        InputError: one of them is not installed.
    """
    for name in modules:
        if find_spec(name) is None:
            raise missing(name)


def import_without(module: str, optional: str) -> None:
    """Imports a module as if a package that it can do without were not installed; for processes of one command.

    XGBoost loads scikit-learn, SciPy's statistics and pandas for classes that scoring does not use, which takes as long
    as scoring a patient. The optional package can be imported afterwards; where it is already, nothing is spared.
    """
    if optional in sys.modules:
        return
    sys.modules[optional] = None  # type: ignore[assignment]  # Python's own way to have an import fail
    try:
        import_module(module)
    finally:
        del sys.modules[optional]


def missing(module: str) -> InputError:
    """The error for a module that is not installed; ``make demo`` alone leaves out what only cohorts need."""
    remedy = "run 'make install', or 'pip install .', in the copy of the repository"
    return InputError(f"the Python package {module}", "none", remedy)


def package_version(name: str) -> str:
    """The installed version of a package, under whichever of its names it was installed.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    try:
        return version(_ALSO_PACKED_AS.get(name, name))
    except PackageNotFoundError:
        return version(name)
