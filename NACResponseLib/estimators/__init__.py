"""Steps of training as scikit-learn estimators, each usable by itself: ``ComBatHarmonizer``, ``MRMRSelector``,
``MannWhitneySelector``, ``SpearmanSelector``, ``LassoSignature``. What is named here is loaded on first use."""

from importlib import import_module
from typing import Any

_HOME = {
    "ComBatHarmonizer": "combat",
    "HarmonizationWarning": "combat",
    "LassoSignature": "selectors",
    "MRMRSelector": "mrmr",
    "MannWhitneySelector": "selectors",
    "SpearmanSelector": "selectors",
}
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    """Loads a public name from the module that defines it (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
