"""Bundles written by hand for tests: of any members, with checksums made right again."""

import hashlib
import io
import json
import zipfile

import pytest

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.scoring.bundle import load_bundle

SHIPPED = resources() / "Models" / "ispy-clinical-volume.nacmodel"


def refused(tmp_path, content):
    """The error's text for a file with this content, or for an archive of these members."""
    path = tmp_path / "bad.nacmodel"
    path.write_bytes(content if isinstance(content, bytes) else archive(content))
    with pytest.raises(InputError) as error:
        load_bundle(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def archive(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return file.getvalue()


def resealed(members, name, change):
    """The members with one JSON changed and the manifest's checksum made right again."""
    data = json.loads(members[name])
    change(data)
    manifest = json.loads(members["manifest.json"])
    changed = {**members, name: json.dumps(data).encode()}
    if name != "manifest.json":
        manifest["sha256"][name] = hashlib.sha256(changed[name]).hexdigest()
        changed["manifest.json"] = json.dumps(manifest).encode()
    return changed


def resealed_as_is(members):
    manifest = json.loads(members["manifest.json"])
    manifest["sha256"] = {name: hashlib.sha256(members[name]).hexdigest() for name in manifest["sha256"]}
    return {**members, "manifest.json": json.dumps(manifest).encode()}
