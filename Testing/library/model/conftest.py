"""The members of the shipped model's file."""

import zipfile

import pytest

from .bundle_files import SHIPPED


@pytest.fixture
def members():
    with zipfile.ZipFile(SHIPPED) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
