"""Steps, classifiers and endpoints by the names that recipes use: the library's, then a user's own.

A user's package names its own in its ``pyproject.toml``, and recipes name them from then on::

    [project.entry-points."nacresponse.selectors"]
    variance = "my_package.steps:VarianceSelector"

================ ====================================================================================================
group            what stands there
================ ====================================================================================================
``selectors``    a scikit-learn selector: ``fit(X, y)``, ``get_support()``; its parameters are the step's keys
``classifiers``  a scikit-learn classifier, or a function that makes one: ``fit(X, y)``, ``predict_proba(X)``
``endpoints``    an ``endpoints.Endpoint``
================ ====================================================================================================

``Resources/NewSelector.py`` is a template. A name of the library's comes first.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from .errors import InputError, unknown_name

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
    raise unknown_name(kind, name, names(group))


def make(factory: Callable[..., Any], /, **offered: Any) -> Any:
    """Calls a class or function with as much of what is offered as it takes."""
    taken = inspect.signature(factory).parameters
    return factory(**{name: value for name, value in offered.items() if name in taken})


def users_files() -> tuple[Path, ...]:
    """The files of the users' steps that were loaded: results follow from them, too."""
    files = {inspect.getsourcefile(inspect.getmodule(found) or type(found)) for found in _loaded.values()}
    return tuple(sorted(Path(file) for file in files if file))
