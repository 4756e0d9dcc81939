"""A logistic model written down: terms, each a weighted sum of prepared inputs, and what a unit of each is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
