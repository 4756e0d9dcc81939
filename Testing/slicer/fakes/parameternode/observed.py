"""Lists and dictionaries of a parameter node, whose every change is written to it."""

from collections.abc import MutableMapping, MutableSequence
from typing import Any


class ObservedList(MutableSequence):  # type: ignore[type-arg]
    """A list whose every change is written to its parameter node."""

    def __init__(self, values: list[Any], save: Any) -> None:
        self._values, self._save = values, save

    def __getitem__(self, index: Any) -> Any:
        return self._values[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._values[index] = value
        self._save(self._values)

    def __delitem__(self, index: Any) -> None:
        del self._values[index]
        self._save(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def insert(self, index: int, value: Any) -> None:
        self._values.insert(index, value)
        self._save(self._values)

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, ObservedList) else other)

    def __repr__(self) -> str:
        return f"ObservedList({self._values})"


class ObservedDict(MutableMapping):  # type: ignore[type-arg]
    """A dictionary whose every change is written to its parameter node."""

    def __init__(self, values: dict[Any, Any], save: Any) -> None:
        self._values, self._save = values, save

    def __getitem__(self, key: Any) -> Any:
        return self._values[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._values[key] = value
        self._save(self._values)

    def __delitem__(self, key: Any) -> None:
        del self._values[key]
        self._save(self._values)

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return self._values == (other._values if isinstance(other, ObservedDict) else other)

    def __repr__(self) -> str:
        return f"ObservedDict({self._values})"
