"""The shipped model, and its file's members."""

import zipfile

import pytest

from NACResponseLib.scoring.bundle import load_bundle

from .bundle_files import SHIPPED


@pytest.fixture(scope="session")
def shipped():
    return load_bundle("ispy-clinical-volume")


@pytest.fixture
def members():
    with zipfile.ZipFile(SHIPPED) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
