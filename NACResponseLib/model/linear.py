"""A bundle's linear model: a formula of terms, each a weighted sum of prepared inputs, and the training patients'
means, from which contributions are measured.

``linear.json`` holds it, every number of it checked when it is read::

    {"intercept": number,
     "terms": [{"name", "label", "coefficient", "inputs": [names], "weights": [numbers], "intercept", "low", "high",
                "mean"}],
     "means": {name: number}}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..plain_data import build, mapping
from .archive import from_json, to_json

_LARGEST = 1e12  # of any number; sound ones belong to prepared values and stay near 1
_MAX_TERMS = 1000
_ROUNDING = 1e-9
_KEYS = {"intercept", "terms", "means"}


@dataclass(frozen=True)
class Linear:
    """Attributes:
    formula: over the bundle's prepared inputs, in their order.
    means: (inputs,) of the prepared values of the training patients.
    """

    formula: LinearFormula
    means: tuple[float, ...]

    @property
    def size(self) -> str:
        """In words: ``a formula of 3 terms over 22 inputs``."""
        return f"a formula of {len(self.formula.terms)} terms over {len(self.means)} inputs"

    def margins(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """(n,) log-odds before calibration, of prepared rows (n, inputs)."""
        return self.formula.log_odds(rows)

    def contributions(self, rows: NDArray[Any]) -> tuple[float, NDArray[np.float64]]:
        """The log-odds of the mean patient, and what each input adds to them, (n, inputs): coefficient times (value
        less mean).

        For a linear model these are the Shapley values of the inputs, exactly, where those are taken as independent
        of each other (Štrumbelj and Kononenko, Knowl Inf Syst 2014; Lundberg and Lee, NIPS 2017).
        """
        means = np.array(self.means)
        bias = float(self.formula.log_odds(means[None])[0])
        return bias, self.formula.coefficients * (np.asarray(rows, dtype=float) - means)


def linear_to_json(model: Linear) -> bytes:
    """The content of ``linear.json``."""
    formula = model.formula
    plain = {
        "intercept": formula.intercept,
        "terms": [asdict(term) for term in formula.terms],
        "means": dict(zip(formula.inputs, model.means, strict=True)),
    }
    return to_json(plain, indent=1)


def read_linear(content: bytes, names: Sequence[str], where: str) -> Linear:
    """The linear model of a bundle, checked.

    Args:
        content: of ``linear.json``.
        names: of the bundle's inputs.

    Raises:
        InputError: an unknown or missing key, a number that is none or too large, weights of another number than
            inputs, an input that belongs to no term or to two, two terms of one name, a range without its mean.
    """
    where = f"{where}, linear.json"
    data = from_json(content, where)
    if set(data) != _KEYS or not isinstance(data["terms"], list) or len(data["terms"]) > _MAX_TERMS:
        raise _unsound(f"{', '.join(sorted(_KEYS))}, of at most {_MAX_TERMS} terms", where)
    terms = build(tuple[Term, ...], data["terms"], f"{where}, terms")
    means = mapping(data["means"], f"{where}, means")
    owned = [name for term in terms for name in term.inputs]
    if sorted(owned) != sorted(names) or len(set(names)) < len(names) or set(means) != set(names):
        raise _unsound("every input of the bundle in one term and with a mean", where)
    if len({term.name for term in terms}) < len(terms) or not all(map(_sound, terms)):
        raise _unsound("terms of different names with a weight for each of their inputs, and low, mean, high", where)
    if not all(map(_is_number, (data["intercept"], *means.values()))):
        raise _unsound(f"an intercept and means within {_LARGEST:g}", where)
    formula = LinearFormula(tuple(names), terms, float(data["intercept"]))
    return Linear(formula, tuple(float(means[name]) for name in names))


def _sound(term: Term) -> bool:
    numbers = (term.coefficient, *term.weights, term.intercept, term.low, term.high, term.mean)
    sized = bool(term.name) and len(term.inputs) == len(term.weights)
    slack = _ROUNDING * max(1, abs(term.low), abs(term.high))  # a mean of equal values may miss them by the last bit
    inside = term.low <= term.high and term.low - slack <= term.mean <= term.high + slack
    return sized and all(map(_is_number, numbers)) and inside


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= _LARGEST


def _unsound(expected: str, where: str) -> InputError:
    return InputError(expected, f"others in {where}", "do not use this bundle")


def linear_of(formula: LinearFormula, prepared: NDArray[Any]) -> Linear:
    """The model of a formula.

    Args:
        prepared: (patients, inputs) of the training patients, complete.
    """
    return Linear(formula, tuple(float(mean) for mean in np.asarray(prepared, dtype=float).mean(axis=0)))


@dataclass(frozen=True)
class Term:
    """A variable of the model: a signature of image features, or one clinical variable.

    Attributes:
        name: of the signature or of the clinical variable.
        label: in words.
        coefficient: log-odds of the positive class for one unit more of the term.
        inputs: names of the prepared inputs it is made of; its own name for a clinical variable.
        weights: of each of them, (k,); ``(1.0,)`` for a clinical variable.
        intercept: of the term; 0 for a clinical variable.
        low, high, mean: range and mean of its value among the training patients.
    """

    name: str
    label: str
    coefficient: float
    inputs: tuple[str, ...]
    weights: tuple[float, ...]
    intercept: float
    low: float
    high: float
    mean: float


@dataclass(frozen=True)
class LinearFormula:
    """``log-odds = intercept + sum(coefficient * term)``, before calibration.

    Attributes:
        inputs: names of the prepared inputs, in the order of their columns.
        terms: each over some of the inputs; every input belongs to one term.
        intercept: of the model.
    """

    inputs: tuple[str, ...]
    terms: tuple[Term, ...]
    intercept: float

    def values(self, prepared: ArrayLike) -> NDArray[np.float64]:
        """(n, terms) of each term, from (n, inputs) prepared values."""
        rows = np.atleast_2d(np.asarray(prepared, dtype=float))
        parts = [rows[:, self._places(term.inputs)] @ np.array(term.weights) + term.intercept for term in self.terms]
        return np.column_stack(parts) if parts else np.empty((len(rows), 0))

    def log_odds(self, prepared: ArrayLike) -> NDArray[np.float64]:
        """(n,) from (n, inputs) prepared values."""
        return self.intercept + self.values(prepared) @ np.array([term.coefficient for term in self.terms])

    @property
    def coefficients(self) -> NDArray[np.float64]:
        """(inputs,) log-odds for one unit more of each prepared input."""
        found = np.zeros(len(self.inputs))
        for term in self.terms:
            found[self._places(term.inputs)] += term.coefficient * np.array(term.weights)
        return found

    def _places(self, names: Sequence[str]) -> list[int]:
        return [self.inputs.index(name) for name in names]
