"""A tiny cohort, what an undisturbed run makes of it, and weights for its deep features."""

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


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Formula-made weights of the smallest network, installed in a folder of their own."""
    from NACResponseLib.features.weights import install_from_file

    from ..features import formula

    folder = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NACRESPONSE_WEIGHTS", str(folder / "installed"))
        file = formula.write(formula.official(formula.tensors(10)), folder / "resnet_10_23dataset.pth")
        yield install_from_file(10, file)
