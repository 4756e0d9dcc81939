"""Steps, classifiers, endpoints and feature families by the names that recipes and protocols use: the library's, then a
user's own.

A user's package names its own in its ``pyproject.toml``, and recipes name them from then on::

    [project.entry-points."nacresponse.selectors"]
    variance = "my_package.steps:VarianceSelector"

================ ====================================================================================================
group            what stands there
================ ====================================================================================================
``selectors``    a scikit-learn selector: ``fit(X, y)``, ``get_support()``; its parameters are the step's keys
``classifiers``  a scikit-learn classifier, or a function that makes one: ``fit(X, y)``, ``predict_proba(X)``
``endpoints``    an ``endpoints.Endpoint``
``features``     a ``FeatureFamily``, named under ``families`` in a protocol
================ ====================================================================================================

``Resources/NewSelector.py`` and ``Resources/NewFeatures.py`` are templates. A name of the library's comes first.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .errors import InputError, unknown_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PREFIX = "nacresponse."
_SELECTORS, _CLASSIFIERS = "NACResponseLib.estimators.selectors", "NACResponseLib.training.signatures.classifiers"
_OWN: Mapping[str, Mapping[str, str]] = {
    "selectors": {
        "mann_whitney": f"{_SELECTORS}:MannWhitneySelector",
        "spearman": f"{_SELECTORS}:SpearmanSelector",
        "lasso": f"{_SELECTORS}:LassoSignature",
    },
    "classifiers": {
        name: f"{_CLASSIFIERS}:{name}"
        for name in ("lda", "svm", "knn", "naive_bayes", "random_forest", "xgboost", "mlp")
    },
    "endpoints": {name: f"NACResponseLib.endpoints:{name.upper()}" for name in ("pcr", "responder", "rcb01", "apcr")},
    "features": {},
}
_loaded: dict[EntryPoint, Any] = {}


def names(group: str) -> tuple[str, ...]:
    """Every name of a group, the library's first."""
    return tuple(dict.fromkeys([*_OWN[group], *(entry.name for entry in entry_points(group=_PREFIX + group))]))


def is_own(group: str, name: str) -> bool:
    """Whether the library itself has it."""
    return name in _OWN[group]


def find(group: str, name: str, kind: str) -> Any:
    """What stands under a name.

    Args:
        kind: what it is, for the error ("a classifier").

    Raises:
        InputError: an unknown name, or a user's package that cannot be imported.
    """
    if is_own(group, name):
        return EntryPoint(name, _OWN[group][name], _PREFIX + group).load()
    for entry in entry_points(group=_PREFIX + group, name=name):
        if entry not in _loaded:
            try:
                _loaded[entry] = entry.load()
            except Exception as error:  # whatever a package of others does at import
                found = f"{type(error).__name__}: {error}"
                raise InputError(f"{kind} {name}, as {entry.value}", found, "correct or install that package") from None
        return _loaded[entry]
    if _OWN[group]:
        raise unknown_name(kind, name, names(group))
    found = ", ".join(names(group)) or "none"
    raise InputError(f"{kind} '{name}' in an installed package", found, "install the package that has it")


class FeatureFamily(Protocol):
    """Features of one region of one image, from a user's package.

    Attributes:
        names: of its features, letters and digits.
    """

    names: Sequence[str]

    def compute(
        self, values: NDArray[np.float64], region: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
    ) -> Mapping[str, float]:
        """A finite value for each name.

        Args:
            values: (z, y, x) of the prepared image, of the region's bounding box.
            region: (z, y, x) whether a voxel belongs to the region; some do.
            spacing_mm: (z, y, x).
        """


def feature_family(name: str) -> FeatureFamily:
    """The family of that name, made where a class is registered.

    Raises:
        InputError: as ``find``; an object that is no ``FeatureFamily``, or names that cannot be columns.
    """
    found = find("features", name, "the feature family")
    try:
        family = found() if isinstance(found, type) else found
        listed = tuple(family.names)
        sound = listed and len(set(listed)) == len(listed) and callable(family.compute)
        sound = sound and all(re.fullmatch(r"[A-Za-z0-9]{1,64}", each) for each in listed)
    except Exception as error:  # whatever a class of others does
        raise InputError(f"a feature family {name}", f"{type(error).__name__}: {error}", "correct it") from None
    if not sound:
        needed = f"names of letters and digits, each once, and compute in the feature family {name}"
        raise InputError(needed, "others", "correct it")
    return family


def make(factory: Callable[..., Any], /, **offered: Any) -> Any:
    """Calls a class or function with as much of what is offered as it takes."""
    taken = inspect.signature(factory).parameters
    return factory(**{name: value for name, value in offered.items() if name in taken})


def users_files() -> tuple[Path, ...]:
    """The files of the users' steps that were loaded: results follow from them, too."""
    files = {inspect.getsourcefile(inspect.getmodule(found) or type(found)) for found in _loaded.values()}
    return tuple(sorted(Path(file) for file in files if file))
