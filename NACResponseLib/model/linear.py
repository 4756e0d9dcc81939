"""A bundle's linear model: the formula, and the training patients' means, from which contributions are measured.

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
from numpy.typing import NDArray

from ..errors import InputError
from ..plain_data import build, mapping
from .archive import from_json, to_json
from .formula import LinearFormula, Term

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
    terms = tuple(build(Term, term, f"{where}, term") for term in data["terms"])
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
