"""Text out of files from others: ordinary files no larger than tables are, in the encodings that programs write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import InputError

LARGEST = 256 * 2**20


def read_text(path: Path, expected: str, remedy: str = "check the path", most: int = LARGEST) -> str:
    """A file's text: UTF-8, UTF-16 with its mark, or else Windows-1252, as spreadsheets write it.

    Args:
        expected: what the file should be, for the error.
        most: bytes that it may have.

    Raises:
        InputError: no ordinary file, one that is too large or cannot be read, or one with null characters.
    """
    try:
        content = None
        if path.is_file():  # no pipe or device, which may have no end
            with path.open("rb") as stream:
                content = stream.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise InputError(expected, f"{path}: {getattr(error, 'strerror', None) or error}", remedy) from None
    if content is None:
        raise InputError(expected, f"no file {path}", remedy)
    if len(content) > most:
        raise InputError(f"{expected} of at most {most >> 20} MiB", f"more in {path.name}", "give the right file")
    text = _decoded(content)
    if "\0" in text:
        raise InputError(expected, f"null characters in {path.name}", "save it again as text")
    return text


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_json(path: Path, expected: str, remedy: str) -> Any:
    """A JSON file's content as plain data.

    Raises:
        InputError: as ``read_text``, or ``parse_json``.
    """
    return parse_json(read_text(path, expected, remedy), expected, path.name, remedy)


def parse_json(text: str, expected: str, where: str, remedy: str, **how: Any) -> Any:
    """JSON as plain data whose text can be written again.

    Args:
        expected: what it should be, for the error.
        where: the file's name.
        how: options of ``json.loads``.

    Raises:
        InputError: no JSON, nested too deeply, or half a character (a lone surrogate).
    """
    try:
        data = json.loads(text, **how)
        if "\\u" in text:
            json.dumps(data, ensure_ascii=False).encode()
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(expected, f"{where}: {error}", remedy) from None
    return data
