"""Versions of installed packages, by the name of the project that made them and not of the one that packs them."""

from importlib.metadata import PackageNotFoundError, version

_ALSO_PACKED_AS = {"xgboost": "xgboost-cpu", "pyradiomics": "pyradiomics-bhklab"}
"""``xgboost-cpu``: the same without CUDA. ``pyradiomics-bhklab``: the same with a build for today's Python."""


def package_version(name: str) -> str:
    """The installed version of a package, under whichever of its names it was installed.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    try:
        return version(_ALSO_PACKED_AS.get(name, name))
    except PackageNotFoundError:
        return version(name)
