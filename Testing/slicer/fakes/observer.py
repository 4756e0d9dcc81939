"""Observations on VTK objects that a widget may exchange and end."""

from __future__ import annotations

from typing import Any

import vtk


class Observer:
    """Observations of a widget on VTK objects; they end with the widget or when the object is exchanged."""

    def __init__(self) -> None:
        self._tags: dict[str, tuple[Any, list[int]]] = {}

    def observe(
        self, role: str, thing: Any, events: dict[Any, Any], priorities: dict[Any, float] | None = None
    ) -> None:
        """Watches ``thing`` in the place of what was watched in that role before; None watches nothing."""
        first = priorities or {}
        old, tags = self._tags.pop(role, (None, []))
        for tag in tags:
            old.RemoveObserver(tag)
        if thing is not None:
            self._tags[role] = (
                thing,
                [thing.AddObserver(event, call, first.get(event, 0.0)) for event, call in events.items()],
            )

    def clear(self) -> None:
        for role in list(self._tags):
            self.observe(role, None, {})


def with_data(call: Any) -> Any:
    """An observer that is handed the node of the event, as VTK_OBJECT call data."""

    def observer(caller: Any, event: str, data: Any) -> None:
        call(data)

    observer.CallDataType = vtk.VTK_OBJECT  # type: ignore[attr-defined]
    return observer
