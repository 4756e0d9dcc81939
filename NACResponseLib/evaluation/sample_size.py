"""Whether there are patients enough for what is claimed of them."""

from __future__ import annotations

from collections.abc import Sequence

FEW_EVENTS = 20
"""Patients of a class in a test part below which a metric's interval is called wide."""
EVENTS_PER_FEATURE = 10
"""Patients of the smaller class for each fitted feature below which a model is called too rich (Peduzzi et al., J Clin
Epidemiol 49:1373-1379, 1996)."""


def few_events(positives: Sequence[int], negatives: Sequence[int], classes: tuple[str, str]) -> str | None:
    """A warning where test parts hold few patients of the rarer class, else None.

    Args:
        positives, negatives: patients of either class in each test part.
        classes: names of the positive and the negative class.
    """
    counts, name = (positives, classes[0]) if sum(positives) <= sum(negatives) else (negatives, classes[1])
    fewest, most = min(counts), max(counts)
    if fewest >= FEW_EVENTS:
        return None
    span = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    events = "event" if most == 1 else "events"
    part = "the test part" if len(counts) == 1 else "each test part"
    return f"{span} {events} ({name}) in {part}: intervals are wide."
