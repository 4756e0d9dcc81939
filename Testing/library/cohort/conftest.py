"""A tiny cohort, and what an undisturbed run makes of it."""

import shutil
from pathlib import Path

import pytest

from .tiny import extracted, make_cohort, tables


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> tuple[Path, dict[str, bytes]]:
    """A cohort of six, and the tables of a run in which nothing went wrong."""
    folder = tmp_path_factory.mktemp("cohort")
    cohort = make_cohort(folder / "in", 6)
    extracted(cohort, folder / "out")
    return cohort, tables(folder / "out")


@pytest.fixture
def cohort(undisturbed, tmp_path) -> Path:
    """A copy of the cohort to do things to; its paths differ, its contents do not."""
    shutil.copytree(undisturbed[0].parent, tmp_path / "cohort")
    return tmp_path / "cohort" / "COHORT.csv"


@pytest.fixture
def expected(undisturbed) -> dict[str, bytes]:
    """The bytes of the undisturbed run's tables."""
    return undisturbed[1]
