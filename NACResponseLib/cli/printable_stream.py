"""What is printed, made harmless: names out of files must not command the terminal."""

from __future__ import annotations

from typing import Any, TextIO

from ..errors import printable

CLEAR_LINE = "\x1b[K"
"""The one command that progress lines give."""


class PrintableStream:
    """A stream that writes a mark in place of control characters.

    Args:
        stream: of text; all but ``write`` is its own.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes the text made harmless; gives the number of its characters."""
        self._stream.write(CLEAR_LINE.join(map(printable, text.split(CLEAR_LINE))))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
