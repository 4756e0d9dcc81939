"""The outcomes a model can be trained for, each with its positive class named, read from a cohort's raw columns.

========= ===================================== =============================================================
endpoint  positive class                        from the columns
========= ===================================== =============================================================
pcr       pathological complete response        ``pcr`` (1, 0, yes, no)
responder response                              ``pathological_size_mm``, ``longest_diameter_pre_mm`` (or
                                                ``tumor_size_mm``), ``residual_cellularity_percent``
rcb01     residual cancer burden class 0 or I   ``rcb_class`` (0 to 3, 0 to III, RCB-II)
apcr      axillary pathological complete        ``apcr`` (1, 0, yes, no), or ``ypn`` (ypN0, ypN0(i+), ypN1mi,
          response                              ypN1 to ypN3c, 0 to 3), where the axilla was involved
========= ===================================== =============================================================

A responder's size falls by at least 30 %, from the longest diameter before treatment to the size in the surgical
specimen, or less than 1 % residual cellularity is left (Jang et al., section 2.3). Isolated tumour cells, ypN0(i+), and
micrometastases are residual axillary disease (AJCC, 8th edition). Where the raw columns are absent, a column named as
the endpoint (1, 0) is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, few
from .registry import find, names

if TYPE_CHECKING:
    import pandas as pd

SIZE_AFTER, CELLULARITY = "pathological_size_mm", "residual_cellularity_percent"
SIZES_BEFORE = ("longest_diameter_pre_mm", "tumor_size_mm")
RCB_CLASS = "rcb_class"
NODES_AFTER = "ypn"
MIN_REDUCTION, MIN_CELLULARITY = 0.3, 1.0
_SMALLEST, _ROUNDING = 0.1, 1e-9

_YES, _NO = {"1", "yes", "y", "true", "positive"}, {"0", "no", "n", "false", "negative"}
_UNKNOWN = {"", "na", "n/a", "nan", "none", "unknown", "missing"}
_ROMAN = {"iii": "3", "ii": "2", "i": "1"}

Outcomes = NDArray[np.float64]


@dataclass(frozen=True)
class Endpoint:
    """An outcome; ``positive_class`` is coded 1.

    Attributes:
        derived: each patient's outcome from the raw columns, None where they are not there; then, and where it is None
            itself, a column named as the endpoint is taken.
        needed: the columns, in words.
    """

    name: str
    positive_class: str
    negative_class: str
    derived: Callable[[pd.DataFrame], Outcomes | None] | None = None
    needed: str = ""


def endpoint_named(name: str) -> Endpoint:
    """The endpoint of that name.

    Raises:
        InputError: unknown name; the nearest is suggested.
    """
    found: Endpoint = find("endpoints", name, "an endpoint")
    return found


def endpoints() -> dict[str, Endpoint]:
    """Every endpoint by name, those of users' packages among them."""
    return {name: endpoint_named(name) for name in names("endpoints")}


def outcomes(name: str, cases: pd.DataFrame) -> Outcomes:
    """Each patient's outcome: 1 for the positive class, 0 for the other, NaN where it is not known.

    Args:
        name: of the endpoint.
        cases: index ``patient_id``, the raw columns of the module's table as text or numbers.

    Raises:
        InputError: unknown endpoint, none of its columns, a value that cannot be understood.
    """
    endpoint = endpoint_named(name)
    found = endpoint.derived(cases) if endpoint.derived is not None else None
    if found is not None:
        return found
    if name not in cases:
        raise InputError(
            f"the outcome {name} (positive: {endpoint.positive_class}): {endpoint.needed or f'a column {name}'}",
            f"columns {', '.join(map(str, cases.columns))}",
            "add them",
        )
    return _read(cases, name, _yes_no, "1 or 0")


def outcomes_of_both_classes(name: str, cases: pd.DataFrame) -> Outcomes:
    """As ``outcomes``, with patients of either class.

    Raises:
        InputError: as ``outcomes``; no known outcome, or those of a single class, with the counts.
    """
    found = outcomes(name, cases)
    endpoint = endpoint_named(name)
    positive, negative, missing = (int(count.sum()) for count in (found == 1, found == 0, np.isnan(found)))
    if not positive or not negative:
        counts = (
            f"{positive} with {endpoint.positive_class}, {negative} with {endpoint.negative_class}, {missing} not known"
        )
        raise InputError(f"both classes of the outcome {name}", counts, "use a cohort that has both")
    return found


def _responder(cases: pd.DataFrame) -> Outcomes | None:
    before = next((column for column in SIZES_BEFORE if column in cases), None)
    if CELLULARITY not in cases and (before is None or SIZE_AFTER not in cases):
        return None
    size = _measure(cases, before or SIZES_BEFORE[0], least=_SMALLEST)
    reduction = 1 - _measure(cases, SIZE_AFTER) / size
    found = np.where(np.isnan(reduction), np.nan, (reduction >= MIN_REDUCTION - _ROUNDING).astype(float))
    return np.where(_measure(cases, CELLULARITY) < MIN_CELLULARITY, 1.0, found)


def _measure(cases: pd.DataFrame, column: str, least: float = 0.0) -> Outcomes:
    """(n,) of a column, NaN where empty or where there is no such column."""
    if column not in cases:
        return np.full(len(cases), np.nan)
    values = _read(cases, column, float, "a number")
    if (values < least).any():
        raise InputError(f"{column} from {least:g}", f"less for {few(cases.index[values < least])}", "correct it")
    return values


def _rcb01(cases: pd.DataFrame) -> Outcomes | None:
    if RCB_CLASS not in cases:
        return None
    classes = _read(cases, RCB_CLASS, _rcb, "0 to 3")
    return np.where(np.isnan(classes), np.nan, (classes <= 1).astype(float))


def _apcr(cases: pd.DataFrame) -> Outcomes | None:
    return _read(cases, NODES_AFTER, _ypn0, "ypN0 to ypN3") if NODES_AFTER in cases and "apcr" not in cases else None


def _read(cases: pd.DataFrame, column: str, parse: Callable[[str], float], expected: str) -> Outcomes:
    """(n,) of a column; NaN where empty."""
    values = np.full(len(cases), np.nan)
    for row, (patient, raw) in enumerate(zip(cases.index, cases[column], strict=True)):
        text = str(raw).strip().lower()
        if text in _UNKNOWN:
            continue
        try:
            values[row] = parse(text)
        except ValueError:
            raise InputError(
                f"{column} as {expected}", f"'{text[:40]}' of patient {patient}", "correct it, or leave it empty"
            ) from None
        if not np.isfinite(values[row]):
            raise InputError(f"{column} as {expected}", f"'{text}' of patient {patient}", "correct it")
    return values


def _yes_no(text: str) -> float:
    plain = text.removesuffix(".0")
    if plain not in _YES | _NO:
        raise ValueError
    return float(plain in _YES)


def _rcb(text: str) -> float:
    plain = re.sub(r"^rcb[\s_-]*", "", text).removesuffix(".0")
    plain = _ROMAN.get(plain, plain)
    if plain not in {"0", "1", "2", "3"}:
        raise ValueError
    return float(plain)


def _ypn0(text: str) -> float:
    """1 for ypN0 and ypN0(i-), 0 for residual disease of any extent."""
    match = re.fullmatch(r"(?:yp)?n?(0|[0-3]\.0|[123](?:mi|[abc])?)(?: ?\(sn\))?(?: ?\((?:i|mol)([+-])\))?", text)
    if match is None:
        raise ValueError
    stage, cells = match.groups()
    return float(stage in ("0", "0.0") and cells != "+")


PCR = Endpoint("pcr", "pathological complete response", "residual disease")
RESPONDER = Endpoint(
    "responder",
    "response",
    "no response",
    _responder,
    f"columns {SIZES_BEFORE[0]} and {SIZE_AFTER}, and {CELLULARITY} where known",
)
RCB01 = Endpoint(
    "rcb01",
    "residual cancer burden class 0 or I",
    "residual cancer burden class II or III",
    _rcb01,
    f"a column {RCB_CLASS}",
)
APCR = Endpoint(
    "apcr",
    "axillary pathological complete response",
    "residual axillary disease",
    _apcr,
    f"a column apcr, or {NODES_AFTER}",
)
