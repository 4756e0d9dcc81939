"""What the tests of the panels do again and again: let the application live, read a table, look at processes."""

import contextlib
import time
from pathlib import Path

PROC = Path("/proc")


def settle(seconds=0.15):
    """Lets a panel show what changed; on a busy machine that takes longer than it is asked to."""
    import slicer

    end = time.monotonic() + seconds
    while time.monotonic() < end or update_pending():
        assert time.monotonic() < end + 60, "still not shown"
        slicer.app.processEvents()
        time.sleep(0.01)


def update_pending():
    """Whether a panel is yet to show a change: it does so by a timer that fires once."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    timers = (timer for widget in QApplication.topLevelWidgets() for timer in widget.findChildren(QTimer))
    return any(timer.isActive() and timer.isSingleShot() and timer.property("interval") <= 100 for timer in timers)


def until(condition, seconds=60.0):
    """Lets a panel live until something holds, which on a busy machine can take longer than ``settle``."""
    import slicer

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        slicer.app.processEvents()
        time.sleep(0.01)


def wait(bar, stop=lambda: False, seconds=300.0):
    """Lets the application live until the run of a bar has ended and is shown, or something has come about."""
    import slicer

    end = time.monotonic() + seconds
    while bar.running and not stop():
        assert time.monotonic() < end, f"still running: {bar.messageLabel.text}"
        slicer.app.processEvents()
        time.sleep(0.01)
    if not bar.running:
        settle()


def cells(table):
    """The texts of a QTableWidget, row by row."""
    return [[table.item(row, column).text() for column in range(table.columnCount)] for row in range(table.rowCount)]


def processes(below=None, among=None):
    """Ids of the living processes below one, or of those ``among`` that live; empty without /proc."""
    parents = {}
    for stat in PROC.glob("[0-9]*/stat") if PROC.is_dir() else ():
        with contextlib.suppress(OSError):
            state, parent = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(stat.parent.name)] = int(parent)
    if among is not None:
        return among & set(parents)
    found = {below}
    for _generation in range(6):
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found - {below}
