"""The archive a bundle is packed in: a ZIP file of JSON members, each with its checksum in ``manifest.json``.

Members are stored, not compressed, with fixed dates and sorted names, so that equal models give equal bytes.
``manifest.json`` holds the schema number, name, version, and SHA-256 of each other member. Schema 2 tells how inputs
are prepared; a program that knows only schema 1 would score them raw, so it must refuse. Schema 3 may hold a linear
model in place of trees or beneath them, the definition of a protocol, and quantiles of the inputs.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from ..errors import InputError
from ..hashing import sha256_of

SCHEMA = 3
PREPARED_SCHEMA = 2  # of bundles of trees that tell how inputs are prepared, and nothing newer
PLAIN_SCHEMA = 1  # of those whose inputs are used as they are
MODEL, REFERENCE, TREES, LINEAR = "model.json", "reference.json", "xgboost.json", "linear.json"
LARGEST_FILE = 64 * 2**20
_MANIFEST = "manifest.json"
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_CONTROL = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:u00[01]|[bfr])|\x7f|\xc2[\x80-\x9f]")
"""A character, as JSON writes it, that would command a terminal; line ends and tabs are none."""
_LARGEST_INTEGER = 2**53  # the last that a float holds exactly


def pack(name: str, version: str, members: Mapping[str, bytes], schema: int) -> bytes:
    """The archive of these members and their manifest."""
    checksums = {member: sha256_of(content) for member, content in members.items()}
    manifest = {"schema": schema, "name": name, "version": version, "sha256": checksums}
    contents = {**members, _MANIFEST: to_json(manifest, indent=1)}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for member in sorted(contents):
            entry = zipfile.ZipInfo(member, _FIXED_DATE)
            entry.create_system, entry.external_attr = _UNIX, 0o644 << 16
            file.writestr(entry, contents[member])
    return archive.getvalue()


def unpack(content: bytes, where: str) -> dict[str, bytes]:
    """The archive's members but the manifest, checked against it.

    Raises:
        InputError: no archive or a damaged one, a missing or foreign member, a newer schema, a wrong checksum.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            entries = file.infolist()
            _check_entries(entries, where)
            members = {entry.filename: file.read(entry) for entry in entries}
    except InputError:
        raise
    except (zipfile.BadZipFile, EOFError, ValueError, RuntimeError) as error:
        raise InputError("a bundle (.nacmodel)", f"{where}: {error}", "get the file again, it may be cut off") from None
    manifest = from_json(members.pop(_MANIFEST), f"{where}, {_MANIFEST}")
    schema, checksums = manifest.get("schema"), manifest.get("sha256")
    if type(schema) is not int or not 1 <= schema <= SCHEMA:
        raise InputError(f"a bundle of schema 1 to {SCHEMA}", f"schema {schema} in {where}", "update NACResponse")
    checksums = checksums if isinstance(checksums, dict) else {}
    for name in sorted(checksums.keys() - members.keys()):
        raise InputError(f"{name} in the bundle", f"none in {where}", "get the bundle again")
    for name, member in members.items():
        if checksums.get(name) != sha256_of(member):
            raise InputError(f"{name} as its checksum says", f"other content in {where}", "get the bundle again")
    return members


def _check_entries(entries: list[zipfile.ZipInfo], where: str) -> None:
    """Exactly the known members, once each, stored as they are: no paths, no bombs, no encryption."""
    names = [entry.filename for entry in entries]
    expected = {MODEL, REFERENCE, _MANIFEST, *({LINEAR, TREES}.intersection(names) or {TREES})}
    for name in sorted(expected - set(names)):
        raise InputError(f"{name} in the bundle", f"none in {where}", "get the bundle again")
    for name in names:
        if name not in expected or names.count(name) > 1:
            raise InputError(f"only {', '.join(sorted(expected))}", f"'{name}' in {where}", "do not use this bundle")
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1 or entry.file_size > LARGEST_FILE:
            raise InputError(
                "members stored without compression or encryption",
                f"another {entry.filename} in {where}",
                "do not use this bundle",
            )


def from_json(content: bytes, where: str) -> dict[str, Any]:
    """A JSON object of finite numbers and of text that can be written.

    Raises:
        InputError: it is none.
    """

    def finite(text: str) -> float:
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(f"{text} is no finite number")
        return number

    def exact(text: str) -> int:
        number = int(text)
        if abs(number) > _LARGEST_INTEGER:
            raise ValueError(f"an integer of {len(text)} digits")
        return number

    try:
        data = json.loads(content, parse_constant=finite, parse_float=finite, parse_int=exact)
        if _CONTROL.search(to_json(data)):  # to which half of a surrogate pair is an error, too
            raise ValueError("control characters")
    except (ValueError, RecursionError) as error:
        raise InputError(
            "JSON of finite numbers and readable text", f"{where}: {error}", "do not use this bundle"
        ) from None
    if not isinstance(data, dict):
        raise InputError("a JSON object", f"another value in {where}", "do not use this bundle")
    return data


def to_json(data: Any, indent: int | None = None) -> bytes:
    """JSON with sorted keys; a NaN is a programming error."""
    return json.dumps(data, indent=indent, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()
