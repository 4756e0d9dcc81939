"""Warnings of small numbers."""

from NACResponseLib.evaluation.detectable import few_events

CLASSES = ("response", "no response")


def test_few_patients_of_the_rarer_class_are_reported_with_its_name():
    assert few_events([7, 7], [29, 29], CLASSES).startswith("7 events (response)")
    assert few_events([30], [1], CLASSES).startswith("1 event (no response)")
    assert few_events([5, 8], [29, 26], CLASSES).startswith("5 to 8 events (response)")


def test_enough_patients_are_passed_over():
    assert few_events([20, 25], [40, 35], CLASSES) is None
