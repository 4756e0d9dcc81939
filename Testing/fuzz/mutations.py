"""Changes of a file's bytes, from single bits to words that other programs stumbled over."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

WORDS = (
    b"", b"0", b"-1", b"1 -2 2", b"nan", b"-inf", b"1e999", b"9" * 400, b"9" * 4400, b"2147483648",
    b"-9223372036854775809", b"\x00", b"\x1b[2J\x07", b"\xff\xfe", b"\xe9\xfc", b"\xed\xa0\x80", b"\xc2\x9b",
    b"\xe2\x80\xae", b"\\ud800", b"\n", b"\r", b'"', b"'", b",", b";", b"=cmd|' /C calc'!A0", b"../../x", b"/dev/zero",
    b"[" * 3000, b'{"a":' * 2000, b"&a [*a]", b"!!python/x ", b"<<: *a", b"null", b"true", b"{}", b"[]", b"A" * 5000,
)  # fmt: skip
KINDS: tuple[Any, ...] = (None, True, 1, -1, 10**400, float("nan"), "x", "", [], [1, "a"], {}, {"a": {"b": 1}})
NUMBERS = tuple(
    struct.pack(order + kind, value)
    for order in "<>"
    for kind, values in (
        ("B", (0, 1, 127, 128, 255)),
        ("h", (-1, 0, 1, 32767, -32768)),
        ("i", (-1, 0, 1, 2**31 - 1, -(2**31))),
        ("q", (-1, 2**63 - 1, 2**40)),
        ("f", (float("nan"), float("inf"), -1.0, 0.0, 1e38)),
        ("d", (float("nan"), float("-inf"), 1e308)),
    )
    for value in values
)


def mutated(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A file's content with one to six changes.

    Args:
        others: files of the same kind, of which parts may be put in.
    """
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        rng.choice(_CHANGES)(changed, others, rng)
    return bytes(changed)


def _flip(content: bytearray, _others: list[bytes], rng: random.Random) -> None:
    if content:
        content[min(_place(content, rng), len(content) - 1)] ^= 1 << rng.randrange(8)


def _cut(content: bytearray, _others: list[bytes], rng: random.Random) -> None:
    del content[_place(content, rng) :]


def _remove(content: bytearray, _others: list[bytes], rng: random.Random) -> None:
    at = _place(content, rng)
    del content[at : at + rng.choice((1, 2, 8, 64, 1024))]


def _overwrite(content: bytearray, _others: list[bytes], rng: random.Random) -> None:
    number = rng.choice(NUMBERS)
    at = _place(content, rng)
    content[at : at + len(number)] = number


def _insert(content: bytearray, _others: list[bytes], rng: random.Random) -> None:
    at = _place(content, rng)
    content[at:at] = rng.choice(WORDS)


def _replace_word(content: bytearray, _others: list[bytes], rng: random.Random) -> None:
    """A word of text, between separators, for another."""
    at = _place(content, rng)
    ends = [end for mark in b" ,;:\n\"'=[]{}" if (end := content.find(mark, at)) >= 0]
    content[at : min(ends, default=at + 8)] = rng.choice(WORDS)


def _splice(content: bytearray, others: list[bytes], rng: random.Random) -> None:
    other = rng.choice(others)
    at, start = _place(content, rng), rng.randrange(len(other) + 1)
    content[at : at + rng.choice((0, 16, 256))] = other[start : start + rng.choice((16, 256, 4096))]


def _repeat(content: bytearray, _others: list[bytes], rng: random.Random) -> None:
    at = _place(content, rng)
    part = content[at : at + rng.choice((1, 16, 256))]
    content[at:at] = part * rng.choice((1, 2, 50))


def _exchange(content: bytearray, _others: list[bytes], rng: random.Random) -> None:
    """An entry of JSON, at any depth, for one of another kind or none; nothing happens to another file."""
    try:
        whole = data = json.loads(content) if content[:1] in (b"{", b"[") else None
    except (ValueError, RecursionError):
        return
    if not data:
        return
    while True:
        key = rng.choice(list(data) if isinstance(data, dict) else range(len(data)))
        if not isinstance(data[key], (dict, list)) or not data[key] or rng.random() < 0.5:
            break
        data = data[key]
    if rng.random() < 0.1:
        del data[key]
    else:
        data[key] = rng.choice(KINDS)
    content[:] = json.dumps(whole).encode()


def _place(content: bytearray, rng: random.Random) -> int:
    """Anywhere; more often in the first kilobyte, where headers are."""
    return rng.randrange(min(len(content), rng.choice((64, 1024, 1 << 30))) + 1) if content else 0


_CHANGES: tuple[Callable[[bytearray, list[bytes], random.Random], None], ...] = (
    _flip, _flip, _cut, _remove, _overwrite, _overwrite, _insert, _replace_word, _replace_word, _splice, _repeat,
    _exchange, _exchange,
)  # fmt: skip


def mutated_inside(content: bytes, rng: random.Random) -> bytes | None:
    """A change inside what checksums protect, and the checksums made right again; None where there are none."""
    if content[:2] == b"\x1f\x8b":
        try:
            inside = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return None
        return gzip.compress(mutated(inside, [inside], rng), 1)
    if content[:2] == b"PK":
        return _rezipped(content, rng)
    seal, newline, text = content.partition(b"\n")
    if newline and seal == hashlib.sha256(text).hexdigest().encode():
        changed = mutated(text, [text], rng)
        return hashlib.sha256(changed).hexdigest().encode() + b"\n" + changed
    return None


def _rezipped(content: bytes, rng: random.Random) -> bytes:
    """One member changed; checksums of a bundle's manifest are made right."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        members = {entry.filename: file.read(entry) for entry in file.infolist()}
    name = rng.choice(sorted(members))
    members[name] = mutated(members[name], [members[name]], rng)
    try:
        manifest = json.loads(members["manifest.json"])
        manifest["sha256"] = {each: hashlib.sha256(members[each]).hexdigest() for each in manifest["sha256"]}
        members["manifest.json"] = json.dumps(manifest).encode()
    except (KeyError, ValueError, TypeError, RecursionError):
        pass
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as file:
        for each, value in members.items():
            file.writestr(each, value)
    return made.getvalue()
