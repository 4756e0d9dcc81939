"""The shipped model."""

import pytest

from NACResponseLib.scoring.bundle import load_bundle


@pytest.fixture(scope="session")
def shipped():
    return load_bundle("ispy-clinical-volume")
