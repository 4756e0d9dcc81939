"""Small things that panels do with rows and files: a table filled, a file opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import qt


def prepareTable(table: qt.QTableWidget, headers: Sequence[str]) -> None:
    """Columns with these headers; the last takes the room that is left, and long text wraps."""
    table.setColumnCount(len(headers))
    table.setHorizontalHeaderLabels(list(headers))
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
    table.horizontalHeader().setStretchLastSection(True)


def fillTable(table: qt.QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """These rows and no others, each cell's text also as its tip."""
    table.setRowCount(len(rows))
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text)
            table.setItem(number, column, item)
    for column in range(table.columnCount - 1):
        table.resizeColumnToContents(column)


def runStamp(folder: str) -> tuple[str, int]:
    """Which run lies in a folder: another stamp is another run, or another folder; 0 where there is none."""
    marker = Path(folder) / "run.json"
    try:
        return folder, marker.stat().st_mtime_ns if folder else 0
    except OSError:
        return folder, 0


def openInDesktop(path: str | Path) -> None:
    """Opens a page in the web browser, or a folder in the file manager."""
    qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(path)))
