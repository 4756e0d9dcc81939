"""Predicts the response of a breast cancer to neoadjuvant chemotherapy from pre-treatment images.

The library runs without 3D Slicer, Qt or a display. Its words (image, contour, region, shell, case, protocol,
recipe, endpoint, bundle) are defined in the documentation. Importing it costs milliseconds: what is named below is
loaded on first use, and heavy packages inside the functions that need them.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Case": "case",
    "ComparisonResult": "results.comparison",
    "ExtractionResult": "results.extraction",
    "FollowupResult": "results.followup",
    "ImportResult": "results.importing",
    "InputError": "errors",
    "ScoredCase": "results.score",
    "StabilityResult": "results.stability",
    "TrainingResult": "results.training",
    "ValidationResult": "results.validation",
    "compare": "results.comparison",
    "export_table": "results.merged",
    "extract_cohort": "results.extraction",
    "extract_features": "features.extraction",
    "followup": "results.followup",
    "import_features": "results.importing",
    "load_bundle": "model.bundle",
    "load_case": "imaging.io",
    "load_protocol": "protocol",
    "load_recipe": "training.recipes",
    "peritumoral_shell": "anatomy.peritumoral",
    "score_case": "results.score",
    "stability": "results.stability",
    "train": "results.training",
    "validate": "results.validation",
}
__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    """Loads a public name from the module that defines it (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
