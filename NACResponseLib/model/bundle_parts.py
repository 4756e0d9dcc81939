"""Parts of a bundle: its inputs, the images they need, what its intervals are made with, and the training patients'
probabilities."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..plain_data import CheckedFields, limits, one_of
from .columns import Column

INPUT_KINDS = ("continuous", "binary", "ordinal")
LARGEST_VALUE = 3.4e38
"""Of an input, by its size; XGBoost holds it in 32 bits."""
QUANTILES = 101
_MAX_PATIENTS = 10**6


@dataclass(frozen=True)
class BundleInput(CheckedFields):
    """One input of the model, in its order.

    Attributes:
        kind: ``continuous``, ``binary`` (1 positive, 0 negative) or ``ordinal``.
        low, high: range of the training patients; ``p01`` and ``p99`` hold the central 98 % of them.
        missing: training patients without it.
        prevalence: of a binary input, the share of positives among the training patients with a value; the weight of
            either value where it is missing. None in older bundles: they score complete patients only.
        quantiles: (101,) of the training patients' values, 0 to 100 %; none of a binary input and in older bundles.
    """

    name: str
    label: str
    kind: str = field(metadata=one_of("a kind of input", INPUT_KINDS))
    unit: str
    missing_allowed: bool
    missing: int
    low: float
    high: float
    p01: float
    p99: float
    prevalence: float | None = None
    quantiles: tuple[float, ...] = ()

    def mistakes(self) -> Iterator[InputError]:
        if not self.low <= self.p01 <= self.p99 <= self.high or self.missing < 0:
            expected = f"low, p01, p99 and high of {self.name} in this order, and missing from 0"
            yield InputError(expected, "others", "correct the bundle")
        if self.prevalence is not None and not (self.kind == "binary" and 0 <= self.prevalence <= 1):
            expected = "a prevalence from 0 to 1, of a binary input"
            yield InputError(expected, f"{self.prevalence} of {self.name}", "correct the bundle")
        steps = itertools.pairwise(self.quantiles)
        if len(self.quantiles) not in (0, QUANTILES) or any(after < before for before, after in steps):
            yield InputError(f"{QUANTILES} quantiles of {self.name} that rise, or none", "others", "correct the bundle")


def quantiles_of(values: NDArray[np.float64], kind: str, digits: int = 6) -> tuple[float, ...]:
    """For ``BundleInput.quantiles``, with so many significant digits; none of a binary input.

    Args:
        values: (n,) of the training patients, NaN where missing.
        kind: of the input.
    """
    if kind == "binary":
        return ()
    steps = np.linspace(0, 1, QUANTILES)
    found = np.nanquantile(values, steps, method="nearest" if kind == "ordinal" else "linear")
    return tuple(float(f"{each:.{digits}g}") for each in found)


def input_of(
    column: Column,
    values: NDArray[np.float64],
    *,
    missing_allowed: bool,
    prevalence: float | None = None,
    digits: int | None = None,
) -> BundleInput:
    """An input of the model, described by its training patients.

    Args:
        values: (n,) theirs, NaN where missing.
        prevalence: share of positives of a binary one.
        digits: after the point, of the range; all if None.
    """
    range_ = (float(each) for each in np.nanquantile(values, [0, 0.01, 0.99, 1]))
    low, p01, p99, high = range_ if digits is None else (round(each, digits) for each in range_)
    return BundleInput(
        name=column.name,
        label=column.label,
        kind=column.kind,
        unit=column.unit,
        missing_allowed=missing_allowed,
        missing=int(np.isnan(values).sum()),
        low=low,
        high=high,
        p01=p01,
        p99=p99,
        prevalence=prevalence if column.kind == "binary" else None,
        quantiles=quantiles_of(values, column.kind),
    )


@dataclass(frozen=True)
class ImageNeeds(CheckedFields):
    """What a case must bring for the inputs: a protocol's features (or None), and the volume inside a contour.

    Attributes:
        depth: of the MedicalNet network that deep features among the inputs come from.
        weights_sha256: of that network's weights file; values from other weights mean something else.
        imported: name of the table of another program that features among the inputs come from; no image gives them.
    """

    protocol: str | None = None
    contour: str | None = None
    margin_mm: float = field(default=5.0, metadata=limits(0.5, 50))
    depth: int | None = None
    weights_sha256: str | None = None
    imported: str | None = None

    def mistakes(self) -> Iterator[InputError]:
        if self.imported is not None and self.protocol is not None:
            yield InputError("a protocol, or features of another program", "both", "correct images: ...")
        if (self.depth is None) != (self.weights_sha256 is None):
            yield InputError("both depth and weights_sha256, or neither", "one of them", "correct images: ...")


@dataclass(frozen=True)
class IntervalSettings(CheckedFields):
    """The interval is Wilson's at ``level`` for a rate seen in ``effective_patients``."""

    effective_patients: float = field(metadata=limits(1, _MAX_PATIENTS))
    level: float

    def mistakes(self) -> Iterator[InputError]:
        if not 0 < self.level < 1:
            yield InputError("a level inside (0, 1)", f"{self.level}", "correct the bundle")


@dataclass(frozen=True)
class Reference:
    """Training patients' out-of-fold calibrated probabilities (n,) and outcomes (n,), 1 for the positive class.

    Attributes:
        margins: (n,) the log-odds before calibration, by which the bundle's calibration is checked; None in the shipped
            models, whose hashes are known, and in older ones.
        subtypes: receptor subtype of each (``HR+/HER2-``), empty where it is not known; none at all in shipped models,
            whose training table ships (``subtypes.training_subtypes``), and in older ones.
    """

    probabilities: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    margins: NDArray[np.float64] | None = None
    subtypes: tuple[str, ...] = ()
