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
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, few
from .plain_data import CheckedFields, build, read_by, read_yaml
from .registry import find, names
from .variables import NO, UNKNOWN, YES, plain, words_of

if TYPE_CHECKING:
    import pandas as pd

SIZE_AFTER, CELLULARITY = "pathological_size_mm", "residual_cellularity_percent"
SIZES_BEFORE = ("longest_diameter_pre_mm", "tumor_size_mm")
RCB_CLASS = "rcb_class"
NODES_AFTER = "ypn"
MIN_REDUCTION, MIN_CELLULARITY = 0.3, 1.0
_SMALLEST, _ROUNDING = 0.1, 1e-9

OUTCOME_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "pcr": ("pathological complete response", "pathologic complete response", "pCR response"),
    "apcr": ("axillary pCR", "axillary pathological complete response", "axillary pathologic complete response"),
    "responder": (),
    "rcb01": ("RCB 0/I", "RCB 0-I"),
    RCB_CLASS: ("residual cancer burden class",),
    NODES_AFTER: ("ypN stage",),
    SIZE_AFTER: ("pathological size", "residual tumor size", "residual tumour size"),
    SIZES_BEFORE[0]: ("longest diameter before treatment",),
    CELLULARITY: ("residual cellularity",),
}
"""The columns that outcomes are read from, each with other headings of it."""
_PCR_WORDS = ({"pcr", "complete", "complete response"}, {"rd", "non-pcr", "no pcr", "residual", "residual disease"})
_ROMAN = {"iii": "3", "ii": "2", "i": "1"}

Outcomes = NDArray[np.float64]


@dataclass(frozen=True)
class Endpoint:
    """An outcome; ``positive_class`` is coded 1.

    Attributes:
        derived: each patient's outcome from the raw columns, None where they are not there; then, and where it is None
            itself, a column named as the endpoint is taken.
        needed: the columns, in words.
        column: that holds it, of a user's endpoint by a file; empty otherwise.
        positive, negative: the words for either class there.
    """

    name: str
    positive_class: str
    negative_class: str
    derived: Callable[[pd.DataFrame], Outcomes | None] | None = None
    needed: str = ""
    column: str = ""
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether a user's file defines it."""
        return bool(self.column)

    def plain(self) -> dict[str, Any]:
        """A user's endpoint as its file has it."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in self._entries()}

    def _entries(self) -> Iterator[tuple[str, Any]]:
        for key in _ENTRIES:
            yield key, getattr(self, key)


_ENTRIES = ("name", "column", "positive_class", "negative_class", "positive", "negative")


def _words(data: Any, where: str) -> tuple[str, ...]:
    return tuple(map(plain, words_of(data, where)))


@dataclass(frozen=True)
class EndpointFile(CheckedFields):
    """A user's endpoint as a file defines it.

    Attributes:
        column: its heading.
        positive_class, negative_class: in words.
        positive, negative: what is written for either.
        name: where it is not the column's.
    """

    column: str
    positive_class: str
    negative_class: str
    positive: tuple[str, ...] = field(metadata=read_by(_words))
    negative: tuple[str, ...] = field(metadata=read_by(_words))
    name: str = ""

    def mistakes(self) -> Iterator[InputError]:
        where = f"the endpoint of the column '{self.column[:40]}'"
        for key in (key for key in _ENTRIES[1:] if not getattr(self, key)):
            yield InputError(f"the key '{key}' in {where}", "nothing", f"add {key}: ...")
        both = sorted(set(self.positive) & set(self.negative))
        if both:
            yield InputError(f"other words for either class in {where}", f"'{both[0]}' for both", "correct them")
        name = self.name or key_of(self.column)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", name) or name in names("endpoints"):
            yield InputError(f"a name of its own for {where}", f"'{name}'", "add name: ...")


def endpoint_from(data: Any, where: str) -> Endpoint:
    """A user's endpoint, from plain data as ``EndpointFile`` says.

    Raises:
        InputError: an unknown or missing entry, or a word for both classes.
    """
    own = vars(build(EndpointFile, data, where))
    return Endpoint(**{**own, "name": own["name"] or key_of(own["column"])}, needed=f"a column {own['column']}")


def key_of(column: str) -> str:
    """A column's heading as a name."""
    return re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")


def endpoint_named(name: str) -> Endpoint:
    """The endpoint of that name, or of a file (``.yaml``).

    Raises:
        InputError: unknown name; the nearest is suggested. No such file, or as ``endpoint_from``.
    """
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        if not path.is_file():
            raise InputError("an endpoint file", f"no file {path}", "check the path")
        return endpoint_from(read_yaml(path), path.name)
    found: Endpoint = find("endpoints", name, "an endpoint")
    return found


def endpoints() -> dict[str, Endpoint]:
    """Every endpoint by name, those of users' packages among them."""
    return {name: endpoint_named(name) for name in names("endpoints")}


def outcomes(endpoint: str | Endpoint, cases: pd.DataFrame) -> Outcomes:
    """Each patient's outcome: 1 for the positive class, 0 for the other, NaN where it is not known.

    Args:
        endpoint: or its name.
        cases: index ``patient_id``, the raw columns of the module's table as text or numbers.

    Raises:
        InputError: unknown endpoint, none of its columns, a value that cannot be understood.
    """
    endpoint = endpoint_named(endpoint) if isinstance(endpoint, str) else endpoint
    name = endpoint.name
    found = endpoint.derived(cases) if endpoint.derived is not None else None
    if found is not None:
        return found
    column = endpoint.column or name
    if column not in cases:
        raise InputError(
            f"the outcome {name} (positive: {endpoint.positive_class}): {endpoint.needed or f'a column {name}'}",
            f"columns {', '.join(map(str, cases.columns))}",
            "add them",
        )
    if not endpoint.is_own:
        return _read(cases, column, _yes_no, "1 or 0")
    codes = dict.fromkeys(endpoint.positive, 1.0) | dict.fromkeys(endpoint.negative, 0.0)
    return _read(cases, column, lambda text: _code(text, codes), " or ".join(codes), unknown=UNKNOWN - codes.keys())


def _code(text: str, codes: Mapping[str, float]) -> float:
    if text not in codes:
        raise ValueError
    return codes[text]


def outcomes_of_both_classes(endpoint: str | Endpoint, cases: pd.DataFrame) -> Outcomes:
    """As ``outcomes``, with patients of either class.

    Raises:
        InputError: as ``outcomes``; no known outcome, or those of a single class, with the counts.
    """
    endpoint = endpoint_named(endpoint) if isinstance(endpoint, str) else endpoint
    found = outcomes(endpoint, cases)
    positive, negative, missing = (int(count.sum()) for count in (found == 1, found == 0, np.isnan(found)))
    if not positive or not negative:
        counts = (
            f"{positive} with {endpoint.positive_class}, {negative} with {endpoint.negative_class}, {missing} not known"
        )
        raise InputError(f"both classes of the outcome {endpoint.name}", counts, "use a cohort that has both")
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


def _read(
    cases: pd.DataFrame,
    column: str,
    parse: Callable[[str], float],
    expected: str,
    unknown: Collection[str] = UNKNOWN,
) -> Outcomes:
    """(n,) of a column; NaN where empty."""
    values = np.full(len(cases), np.nan)
    for row, (patient, raw) in enumerate(zip(cases.index, cases[column], strict=True)):
        text = plain(raw)
        if text in unknown:
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
    positive, negative = _PCR_WORDS
    if text not in YES | NO | positive | negative:
        raise ValueError
    return float(text in YES | positive)


def _rcb(text: str) -> float:
    number = re.sub(r"^rcb[\s_-]*", "", text)
    number = _ROMAN.get(number, number)
    if number not in {"0", "1", "2", "3"}:
        raise ValueError
    return float(number)


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
